"""Rejects what a few tools or classes have too much of."""

from collections import defaultdict
from collections.abc import Sequence

from distil_dagster.corpus.filters.filter import Candidate, Rejections
from distil_dagster.corpus.filters.thresholds import Thresholds
from distil_dagster.tasks import Task


def unbalanced(task: Task, rows: Sequence[Candidate], settings: Thresholds) -> Rejections:
    """The last rows of tools or classes that have more than their share."""
    by_label: dict[str, list[int]] = defaultdict(list)
    for index, row in enumerate(rows):
        label = task.kind.label(row.row.answer)
        if label is not None:
            by_label[label].append(index)
    limit = int(settings.max_label_share * len(rows) / max(1, len(by_label)))
    return {
        index: f"{len(indices)} rows of {label}, at most {limit}"
        for label, indices in by_label.items()
        for index in indices[limit:]
    }
