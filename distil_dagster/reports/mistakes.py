"""Which labels were taken for which, out of a confusion matrix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Mistake:
    """An answer given where another label was right, and in how many questions."""

    label: str
    answered: str
    count: int


def mistakes(labels: Sequence[str], answers: Sequence[str], counts: Sequence[Sequence[int]]) -> list[Mistake]:
    """All mistakes of a confusion matrix, the most frequent first, equals in the order of the labels.

    Args:
        labels: what was right, row by row.
        answers: what was answered, column by column; may hold answers that are no label.
        counts: a row for each label, in each a number for each answer.
    """
    found = [
        Mistake(label, answer, count)
        for label, row in zip(labels, counts, strict=True)
        for answer, count in zip(answers, row, strict=True)
        if count and answer != label
    ]
    return sorted(found, key=lambda mistake: -mistake.count)
