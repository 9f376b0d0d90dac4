"""Rows that several runs answered, and the clusters they come in: a conversation, a schema, a template.

Rows of one cluster tend to be right or wrong together, so a test set says as much as its clusters, not as its rows
(Miller 2024, "Adding error bars to evals", arXiv 2411.00640, section 2.2).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Outcomes = Mapping[str, float]
"""What a run scored on each row, by the row's id: 1 right, 0 wrong, a partial score between them."""

NAMED_AT_MOST = 5


@dataclass(frozen=True)
class ClusterTotals:
    """The rows of a test set added up by cluster, in the order of the clusters' names."""

    sums: NDArray[np.float64]
    """Outcomes added up, clusters last: (clusters,) for one run, (runs, clusters) for several."""
    sizes: NDArray[np.float64]
    """Rows per cluster."""

    def __len__(self) -> int:
        """The number of clusters."""
        return len(self.sizes)


def checked_outcomes(outcomes: Iterable[float]) -> NDArray[np.float64]:
    """The outcomes as an array.

    Raises:
        ValueError: if there is none, or one lies outside 0..1.
    """
    import numpy as np

    values = np.asarray(list(outcomes), dtype=np.float64)
    if not values.size:
        raise ValueError("there are no rows")
    outside = values[~((values >= 0) & (values <= 1))]
    if outside.size:
        raise ValueError(f"an outcome lies between 0 and 1, not {outside[0]}")
    return values


def cluster_totals(outcomes: NDArray[np.float64], clusters: Sequence[str]) -> ClusterTotals:
    """Add up the outcomes, rows last, of each cluster."""
    import numpy as np

    names, positions = np.unique(np.asarray(clusters), return_inverse=True)
    sums = np.apply_along_axis(lambda row: np.bincount(positions, weights=row, minlength=len(names)), -1, outcomes)
    return ClusterTotals(sums, np.bincount(positions).astype(np.float64))


def shared_rows(
    runs: Mapping[str, Outcomes], clusters: Mapping[str, str] | None
) -> tuple[NDArray[np.float64], list[str]]:
    """The outcomes of runs over the same rows, (runs, rows), in the order of the row ids, and each row's cluster.

    Args:
        runs: outcomes by row id, under the name of the run.
        clusters: the cluster of each row, by row id; without them each row stands for itself.

    Raises:
        ValueError: if a run or `clusters` lacks a row that another run has (some are named), there are no rows, or an
            outcome lies outside 0..1.
    """
    import numpy as np

    ids = sorted(set().union(*runs.values()))
    for name, outcomes in runs.items():
        _require(ids, outcomes, f"{name} has no outcome")
    if clusters is not None:
        _require(ids, clusters, "there is no cluster")
    table = np.stack([checked_outcomes(outcomes[row] for row in ids) for outcomes in runs.values()])
    return table, [row if clusters is None else clusters[row] for row in ids]


def _require(ids: Sequence[str], known: Mapping[str, object], complaint: str) -> None:
    missing = [row for row in ids if row not in known]
    if missing:
        more = f" and {len(missing) - NAMED_AT_MOST} more" if len(missing) > NAMED_AT_MOST else ""
        raise ValueError(f"{complaint} for {', '.join(missing[:NAMED_AT_MOST])}{more}")
