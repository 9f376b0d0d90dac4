"""Writes a task folder from traces: the whole way from a log to rows, with what became of every line."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from distil_dagster.tasks import Row, Task
from distil_dagster.tasks.folder import CONFIG, JOB_DESCRIPTION, MINIMUM_ROWS, load_declaration
from distil_dagster.traces.asking import Panel, counted
from distil_dagster.traces.reading import Faults, TracedRow, TraceError, read_traces
from distil_dagster.traces.relabelling import relabelled
from distil_dagster.traces.relevance import relevant_rows
from distil_dagster.traces.splitting import Split, split_rows

REPORT = "traces_report.json"


@dataclass(frozen=True)
class TraceReport:
    """What became of the traces, in counts of rows, and how labels were decided."""

    read: int
    faults: dict[str, Any]
    relevance: str
    """Who judged what belongs to the task."""
    irrelevant: int
    relevance_unreadable: int
    labels: dict[str, int]
    """How each label was decided; empty where the traces' own were kept."""
    seeds: int
    tests: int
    unstructured: int

    def notes(self) -> list[str]:
        """The report in sentences."""
        faults = sum(fault["rows"] for fault in self.faults.values())
        worst = max(self.faults.items(), key=lambda item: int(item[1]["rows"]), default=None)
        most = f", most often: {worst[0]} ({worst[1]['rows']} x, first in line {worst[1]['lines'][0]})" if worst else ""
        return [
            f"{self.read:,} usable rows in the traces, {faults:,} that are not{most}",
            f"relevance judged by {self.relevance}: {self.irrelevant:,} rows don't belong to the task",
            f"labels: {counted(self.labels) or 'those of the traces'}",
            f"all counts and reasons: {REPORT}",
        ]


def folder_from_traces(
    folder: Path, traces: Path, output: Path, panel: Panel, *, keep_labels: bool = False
) -> TraceReport:
    """Write a whole task folder to `output`.

    Args:
        folder: has job_description.json and config.yaml, whose `trace_processing` says how.
        traces: a JSONL of chats.
        output: an empty folder.
        panel: the models that look at the traces.
        keep_labels: take the labels of the traces, whatever `trace_processing.relabel` says.

    Raises:
        TaskFolderError: if the folder's two files are no valid declaration.
        TraceError: if too few rows are left, or models are needed and the profile names none.
        UnansweredError: if one of them gives no answer.
    """
    task = load_declaration(folder)
    settings = task.settings.trace_processing
    relabels = settings.relabel and not keep_labels
    if relabels and not panel.settings.committee:
        raise TraceError(
            "trace_processing.relabel is on and the profile names no committee: set traces.committee in the profile, "
            "or keep the labels of the traces with --keep-labels"
        )
    rows, faults = read_traces(traces, task)
    read, irrelevant, unreadable = len(rows), 0, 0
    model = panel.settings.relevance
    if model is not None and rows:
        rows, irrelevant, unreadable = relevant_rows(task, rows, panel, model)
    undecided: list[TracedRow] = []
    labels: dict[str, int] = {}
    if relabels:
        rows, undecided, counts = relabelled(task, rows, panel)
        labels = dict(counts)
    split = split_rows(
        task,
        rows,
        seeds=settings.num_traces_as_training_base,
        tests=settings.num_traces_as_testing_base,
        random_seed=task.settings.base.random_seed or 0,
    )
    _require_enough(split, max(MINIMUM_ROWS, settings.min_generated_examples), faults, irrelevant, len(undecided))
    texts = _texts(task, [*split.rest, *(traced.row for traced in undecided)])[: settings.max_unstructured]
    for file in (JOB_DESCRIPTION, CONFIG):
        shutil.copyfile(folder / file, output / file)
    _write_rows(split.seeds, output / "train.jsonl")
    _write_rows(split.tests, output / "test.jsonl")
    if texts:
        _write_lines([{"context": text} for text in texts], output / "unstructured.jsonl")
    report = TraceReport(
        read=read,
        faults=faults.as_dict(),
        relevance=model.model if model else "the task's declarations alone",
        irrelevant=irrelevant,
        relevance_unreadable=unreadable,
        labels=labels,
        seeds=len(split.seeds),
        tests=len(split.tests),
        unstructured=len(texts),
    )
    (output / REPORT).write_text(json.dumps(asdict(report), indent=2, ensure_ascii=False))
    return report


def _require_enough(split: Split, floor: int, faults: Faults, irrelevant: int, undecided: int) -> None:
    if min(len(split.seeds), len(split.tests)) >= floor:
        return
    raise TraceError(
        f"the traces give {len(split.seeds)} seeds and {len(split.tests)} tests, at least {floor} of each are needed "
        f"(trace_processing.min_generated_examples); left out are {irrelevant} irrelevant rows, {undecided} without a "
        f"label that the committee agrees on, and: {faults}"
    )


def _texts(task: Task, rows: Sequence[Row]) -> list[str]:
    said = (exchange.question for row in rows for exchange in task.kind.exchanges(row))
    return list(dict.fromkeys(text for text in said if text.strip()))


def _write_rows(rows: Sequence[Row], path: Path) -> None:
    _write_lines([{"question": row.question, "answer": row.answer} for row in rows], path)


def _write_lines(records: Sequence[dict[str, str]], path: Path) -> None:
    path.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records))
