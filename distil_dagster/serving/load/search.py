"""The highest rate that passes, found by bracketing and bisection over any function that says whether a rate passes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

FIRST_STEP = 1.25


@dataclass(frozen=True)
class Bracket:
    """Between which rates the answer lies.

    Attributes:
        passing: the highest rate that passed below the lowest that failed; None if none did.
        failing: the lowest rate that failed; None if none did.
    """

    passing: float | None
    failing: float | None

    @classmethod
    def of(cls, verdicts: Mapping[float, bool]) -> Bracket:
        """The bracket that verdicts on rates leave. A rate that passed above one that failed counts for nothing."""
        failing = min((rate for rate, passed in verdicts.items() if not passed), default=None)
        passing = max(
            (rate for rate, passed in verdicts.items() if passed and (failing is None or rate < failing)), default=None
        )
        return cls(passing, failing)


@dataclass
class Search:
    """A search for the highest rate that passes.

    Attributes:
        passes: measures a rate and says whether it passes. Never asked twice for the same rate.
        start: the first rate, if nothing is known.
        tolerance: the answer is found when the lowest failing rate is at most by this share above it.
        lowest: a rate below which it is not worth looking.
        highest: a rate above which it can't be looked.
        verdicts: what is known of rates; a search begins with what it holds, and adds to it.
    """

    passes: Callable[[float], bool]
    start: float
    tolerance: float
    lowest: float
    highest: float
    verdicts: dict[float, bool] = field(default_factory=dict)

    def run(self) -> Bracket:
        """Bracket in steps that grow, then bisect geometrically.

        Returns:
            `passing` is the highest rate that passes, to the tolerance. It is None if no rate down to `lowest` does;
            `failing` is None if every rate up to `highest` does.
        """
        step = FIRST_STEP
        while True:
            bracket = Bracket.of(self.verdicts)
            rate = self._next(bracket, step)
            if rate is None:
                return bracket
            if bracket.passing is None or bracket.failing is None:
                step *= step if self.verdicts else 1
            self.verdicts[rate] = self.passes(rate)

    def _next(self, bracket: Bracket, step: float) -> float | None:
        passing, failing = bracket.passing, bracket.failing
        if passing is None and failing is None:
            return min(self.start, self.highest)
        if passing is None:
            assert failing is not None
            return max(failing / step, self.lowest) if failing > self.lowest else None
        if failing is None:
            return min(passing * step, self.highest) if passing < self.highest else None
        return math.sqrt(passing * failing) if failing > passing * (1 + self.tolerance) else None
