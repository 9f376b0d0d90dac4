"""A sample of rows that is bounded by what they ask, not by how many they are."""

from collections import Counter
from collections.abc import Sequence
from itertools import accumulate
from random import Random


def drawn_rows(
    turns: Sequence[int], most: int | None, random: Random, *, groups: Sequence[str] | None = None
) -> list[int]:
    """The positions, in their order, of rows drawn until the next one would exceed `most` turns in all.

    Args:
        turns: how many turns each row has. A dialogue teaches, and tests, as much as its turns do.
        most: the turns at most; all rows if None.
        random: the source of the draw.
        groups: the group of each row, if all groups are to have the same number of rows as long as they have any.
    """
    if most is None:
        return list(range(len(turns)))
    order = random.sample(range(len(turns)), len(turns))
    if groups is not None:
        drawn_before: Counter[str] = Counter()
        rounds = {}
        for position in order:
            rounds[position] = drawn_before[groups[position]]
            drawn_before[groups[position]] += 1
        order.sort(key=rounds.__getitem__)
    ends = accumulate(turns[position] for position in order)
    return sorted(position for position, end in zip(order, ends, strict=True) if end <= most)
