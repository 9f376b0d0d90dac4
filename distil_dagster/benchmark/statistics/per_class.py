"""Precision, recall and F1 of a classifier that may also answer with something that is no label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

NO_LABEL = "no label"
"""The column of answers that are none of the labels."""


@dataclass(frozen=True)
class ClassReport:
    """How a classifier did, label by label."""

    classes: pd.DataFrame
    """A row per label: precision, recall, f1 (0..1) and support. NaN where nothing was there to be counted."""
    averages: pd.DataFrame
    """Rows `macro` and `micro`, with precision, recall and f1."""
    confusion: pd.DataFrame
    """Rows are targets, columns are answers, with `NO_LABEL` as the last; cells count."""


def per_class_report(targets: Sequence[str], predictions: Sequence[str | None], labels: Sequence[str]) -> ClassReport:
    """Count answers against targets.

    An answer that is no label, or None, is a miss for its target and a false alarm for nobody. So micro recall is the
    accuracy over all rows, and micro precision the accuracy over the rows that were answered with a label. Macro
    averages are means over the labels that occur among the targets; a label among them that was never answered has no
    precision and counts there as 0, as is usual. Macro F1 is the mean of the labels' F1 (Opitz & Burst 2019, "Macro F1
    and Macro F1", arXiv 1911.03347).

    Raises:
        ValueError: if there are no rows, not as many predictions as targets, or a target that is no label.
    """
    import pandas as pd

    known = list(dict.fromkeys(labels))
    strangers = sorted(set(targets) - set(known))
    if not targets:
        raise ValueError("there are no rows")
    if strangers:
        raise ValueError(f"targets that are no label: {', '.join(strangers)}")
    if NO_LABEL in known:
        raise ValueError(f"'{NO_LABEL}' stands for an invalid answer and can't be a label")
    if len(predictions) != len(targets):
        raise ValueError(f"{len(targets)} targets have {len(predictions)} predictions")
    answers = [answer if answer in known else NO_LABEL for answer in predictions]
    confusion = pd.crosstab(
        pd.Categorical(list(targets), categories=known),
        pd.Categorical(answers, categories=[*known, NO_LABEL]),
        rownames=["target"],
        colnames=["answer"],
        dropna=False,
    )
    hits = pd.Series({label: confusion.at[label, label] for label in known}, dtype=float)
    support, answered = confusion.sum(axis=1), confusion[known].sum(axis=0)
    classes = pd.DataFrame(
        {
            "precision": hits / answered,
            "recall": hits / support,
            "f1": 2 * hits / (support + answered),
            "support": support,
        },
        index=pd.Index(known, name="label"),
    )
    measures = ["precision", "recall", "f1"]
    macro = classes.loc[classes["support"] > 0, measures].fillna(0.0).mean()
    total, total_answered, total_hits = float(support.sum()), float(answered.sum()), float(hits.sum())
    micro = pd.Series(
        [
            total_hits / total_answered if total_answered else float("nan"),
            total_hits / total,
            2 * total_hits / (total + total_answered),
        ],
        index=measures,
    )
    return ClassReport(classes, pd.DataFrame({"macro": macro, "micro": micro}).T, confusion)
