"""A sample of rows that is bounded by what they ask, not by how many they are."""

import math
from collections import Counter
from collections.abc import Sequence
from itertools import accumulate
from random import Random


def drawn_rows(
    turns: Sequence[int], most: int | None, random: Random, *, groupings: Sequence[Sequence[str]] = ()
) -> list[int]:
    """The positions, in their order, of rows drawn until the next one would exceed `most` turns in all.

    Args:
        turns: how many turns each row has. A dialogue teaches, and tests, as much as its turns do.
        most: the turns at most; all rows if None.
        random: the source of the draw.
        groupings: each gives every row a group, the finest grouping first. A group's share of the rows drawn is to
            that of another as the square roots of their sizes, and likewise for the finer groups within each: small
            groups are not lost, and large ones stay larger (Arivazhagan et al. 2019, "Massively Multilingual Neural
            Machine Translation in the Wild", section 4, with a temperature of 2).
    """
    if most is None:
        return list(range(len(turns)))
    order = random.sample(range(len(turns)), len(turns))
    for groups in groupings:
        order = _interleaved(order, groups)
    ends = accumulate(turns[position] for position in order)
    return sorted(position for position, end in zip(order, ends, strict=True) if end <= most)


def _interleaved(order: Sequence[int], groups: Sequence[str]) -> list[int]:
    """The positions with those of each group, in the order given, spread at a rate of the root of its size."""
    sizes = Counter(groups)
    taken: Counter[str] = Counter()
    due = {}
    for position in order:
        group = groups[position]
        due[position] = (taken[group] + 0.5) / math.sqrt(sizes[group])
        taken[group] += 1
    return sorted(order, key=due.__getitem__)
