"""How sure a share is that was counted on a few hundred cases."""

from __future__ import annotations


def wilson_interval(successes: int, trials: int) -> tuple[float, float]:
    """Wilson's score interval at 95 % for a share; it stays in 0..1 and has a width even at 0 or all successes.

    Wilson 1927, "Probable inference, the law of succession, and statistical inference", without continuity correction.

    Raises:
        ValueError: if there was no trial, or more successes than trials.
    """
    from scipy.stats import binomtest

    interval = binomtest(successes, trials).proportion_ci(confidence_level=0.95, method="wilson")
    return float(interval.low), float(interval.high)
