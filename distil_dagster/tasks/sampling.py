"""A sample of rows that is bounded by what they ask, not by how many they are."""

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
        groupings: each gives every row a group, the finest grouping first. All groups are to have the same number of
            rows as long as they have any, and so are the finer groups within each.
    """
    if most is None:
        return list(range(len(turns)))
    order = random.sample(range(len(turns)), len(turns))
    for groups in groupings:
        order = _in_rounds(order, groups)
    ends = accumulate(turns[position] for position in order)
    return sorted(position for position, end in zip(order, ends, strict=True) if end <= most)


def _in_rounds(order: Sequence[int], groups: Sequence[str]) -> list[int]:
    """The positions in rounds that take one of each group, each group's in the order given."""
    taken: Counter[str] = Counter()
    rounds = []
    for position in order:
        rounds.append(taken[groups[position]])
        taken[groups[position]] += 1
    return [position for _, position in sorted(zip(rounds, order, strict=True), key=lambda pair: pair[0])]
