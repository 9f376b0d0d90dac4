"""The word a leaderboard may use for a comparison, when it makes many of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

Standing = Literal["ahead", "behind", "not distinguishable"]


@dataclass(frozen=True)
class Adjusted:
    """A p value that has paid for the other comparisons made beside it."""

    p_value: float
    significant: bool


def holm(p_values: Mapping[str, float], alpha: float = 0.05) -> dict[str, Adjusted]:
    """Adjust p values that are read together so that any false alarm among them has a chance of at most `alpha`.

    Holm 1979, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6.

    Raises:
        ValueError: if a p value lies outside 0..1; its comparison is named.
    """
    from statsmodels.stats.multitest import multipletests

    for name, p_value in p_values.items():
        if not 0 <= p_value <= 1:
            raise ValueError(f"{name} has a p value of {p_value}")
    if not p_values:
        return {}
    significant, adjusted, _, _ = multipletests(list(p_values.values()), alpha=alpha, method="holm")
    return {
        name: Adjusted(float(p_value), bool(verdict))
        for name, p_value, verdict in zip(p_values, adjusted, significant, strict=True)
    }


class Difference(Protocol):
    """A comparison of two runs, such as `PairedComparison`: the first's mean less the second's."""

    @property
    def difference(self) -> float:
        """In -1..1."""


def standing(comparison: Difference, adjusted: Adjusted) -> Standing:
    """Where the first run of a comparison stands to the second, once all comparisons on the page are counted."""
    if not adjusted.significant:
        return "not distinguishable"
    return "ahead" if comparison.difference > 0 else "behind"
