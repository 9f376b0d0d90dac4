"""A long curve with fewer points, for drawing only: a run of 10,000 steps must not make a page of megabytes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise


def thinned(curve: Sequence[tuple[float, float]], *, at_most: int) -> list[tuple[float, float]]:
    """Average neighbouring points of a curve until at most so many are left.

    Every point of the curve enters exactly one bin, and bins differ in size by at most one, so no spike is
    dropped: it is averaged with its neighbours. A curve that is short enough comes back as it is.

    Args:
        curve: (x, y) pairs in order of x.
        at_most: number of bins, at least 1.
    """
    bins = min(at_most, len(curve))
    edges = [len(curve) * step // bins for step in range(bins + 1)] if bins else [0]
    return [_mean(curve[start:end]) for start, end in pairwise(edges)]


def _mean(points: Sequence[tuple[float, float]]) -> tuple[float, float]:
    xs, ys = zip(*points, strict=True)
    return sum(xs) / len(xs), sum(ys) / len(ys)
