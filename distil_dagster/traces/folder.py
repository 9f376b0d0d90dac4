"""Writes a task folder from traces: the whole way from a log to rows, with what became of every line."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from distil_dagster.serving.remote import RemoteModel
from distil_dagster.tasks import Row, Task
from distil_dagster.tasks.folder import CONFIG, JOB_DESCRIPTION, MINIMUM_ROWS, load_declaration
from distil_dagster.traces.asking import Panel, counted
from distil_dagster.traces.reading import Faults, TracedRow, TraceError, read_traces
from distil_dagster.traces.relabelling import Relabelling, relabelled
from distil_dagster.traces.relevance import relevant_rows
from distil_dagster.traces.splitting import Split, split_rows

REPORT = "traces_report.json"


@dataclass(frozen=True)
class TraceReport:
    """What became of the traces, in counts of rows, and how labels were decided."""

    read: int
    """Usable rows of the traces."""
    faults: dict[str, Any]
    """What isn't usable: a line, or a part of it."""
    relevance: str
    """Who judged what belongs to the task."""
    irrelevant: int
    relevance_unreadable: int
    """Rows that were kept because the judgement of them can't be read."""
    committee: tuple[str, ...]
    """The models that labelled; none where the traces' own labels were kept."""
    arbiter: str | None
    labels: dict[str, int]
    """How each label was decided; of a dialogue each call is one."""
    undecided: int
    """Rows with a question that has no label; they are unstructured text."""
    repeated: int
    """Rows that the new labels made equal to others."""
    seeds: int
    tests: int
    left_over: int
    """Rows that neither side had room for, or that were too near to one on the other side: unstructured text too."""
    label_counts: dict[str, dict[str, int]]
    """Rows of each side by tool or class."""
    unstructured: int
    """Texts written."""
    unstructured_cut: int
    """Texts beyond `trace_processing.max_unstructured`."""
    dollars_spent: float

    def notes(self) -> list[str]:
        """The report in sentences."""
        faults = sum(int(fault["count"]) for fault in self.faults.values())
        worst = max(self.faults.items(), key=lambda item: int(item[1]["count"]), default=None)
        most = (
            f", most often: {worst[0]} ({worst[1]['count']} x, first in line {worst[1]['lines'][0]})" if worst else ""
        )
        by = f" by {', '.join(self.committee)}: {counted(self.labels)}" if self.committee else ": those of the traces"
        return [
            f"{self.read:,} usable rows in the traces, {faults:,} that are not{most}",
            f"relevance judged by {self.relevance}: {self.irrelevant:,} rows don't belong to the task",
            f"labels{by}",
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
    floor = max(MINIMUM_ROWS, settings.min_generated_examples)
    _require_room(task, floor)
    committee = _committee(task, panel) if settings.relabel and not keep_labels else ()
    rows, faults = read_traces(traces, task)
    read, irrelevant, unreadable = len(rows), 0, 0
    judge = panel.settings.relevance
    if judge is not None and rows:
        rows, irrelevant, unreadable = relevant_rows(task, rows, panel, judge)
    labelling = relabelled(task, rows, panel, committee) if committee else Relabelling(rows=rows)
    seed = task.settings.base.random_seed
    split = split_rows(
        task,
        labelling.rows,
        seeds=settings.num_traces_as_training_base,
        tests=settings.num_traces_as_testing_base,
        floor=floor,
        random_seed=0 if seed is None else seed,
    )
    _require_enough(split, floor, faults, irrelevant, labelling)
    texts = _texts(task, split, labelling.undecided)
    written = texts[: settings.max_unstructured]
    for file in (JOB_DESCRIPTION, CONFIG):
        shutil.copyfile(folder / file, output / file)
    _write_rows(split.seeds, output / "train.jsonl")
    _write_rows(split.tests, output / "test.jsonl")
    if written:
        _write_lines([{"context": text} for text in written], output / "unstructured.jsonl")
    arbiter = panel.settings.arbiter if committee else None
    report = TraceReport(
        read=read,
        faults=faults.as_dict(),
        relevance=judge.model if judge else "the task's declarations alone",
        irrelevant=irrelevant,
        relevance_unreadable=unreadable,
        committee=tuple(member.model for member in committee),
        arbiter=arbiter.model if arbiter else None,
        labels=dict(labelling.labels),
        undecided=len(labelling.undecided),
        repeated=labelling.repeated,
        seeds=len(split.seeds),
        tests=len(split.tests),
        left_over=len(split.rest),
        label_counts={"seeds": _label_counts(task, split.seeds), "tests": _label_counts(task, split.tests)},
        unstructured=len(written),
        unstructured_cut=len(texts) - len(written),
        dollars_spent=panel.spent_dollars,
    )
    (output / REPORT).write_text(json.dumps(asdict(report), indent=2, ensure_ascii=False), encoding="utf-8")
    return report


def _require_room(task: Task, floor: int) -> None:
    settings = task.settings.trace_processing
    for name in ("num_traces_as_training_base", "num_traces_as_testing_base"):
        if (size := getattr(settings, name)) < floor:
            raise TraceError(
                f"trace_processing.{name} is {size}: raise it to at least {floor}, which each side needs "
                "(trace_processing.min_generated_examples)"
            )


def _committee(task: Task, panel: Panel) -> tuple[RemoteModel, ...]:
    if not panel.settings.committee:
        raise TraceError(
            "trace_processing.relabel is on and the profile names no committee: set traces.committee in the profile, "
            "or keep the labels of the traces with --keep-labels"
        )
    try:
        return panel.settings.members(task.settings.trace_processing.relabelling_committee_models)
    except LookupError as error:
        raise TraceError(
            f"trace_processing.relabelling_committee_models can't be met: {error}; add it to the profile, or remove "
            "the setting to have the whole committee"
        ) from error


def _require_enough(split: Split, floor: int, faults: Faults, irrelevant: int, labelling: Relabelling) -> None:
    if min(len(split.seeds), len(split.tests)) >= floor:
        return
    raise TraceError(
        f"the traces give {len(split.seeds)} seeds and {len(split.tests)} tests, at least {floor} of each are needed "
        f"(trace_processing.min_generated_examples); left out are {irrelevant} irrelevant rows, "
        f"{len(labelling.undecided)} without a label that the committee agrees on, {labelling.repeated} repeated, "
        f"{len(split.rest)} too near to what the other side asks or without room, and: {faults}"
    )


def _texts(task: Task, split: Split, undecided: Sequence[TracedRow]) -> list[str]:
    """What was said in rows of neither side, each text once."""
    rows = [*split.rest, *(traced.row for traced in undecided)]
    said = (exchange.question for row in rows for exchange in task.kind.exchanges(row))
    return list(dict.fromkeys(text for text in said if text.strip()))


def _label_counts(task: Task, rows: Sequence[Row]) -> dict[str, int]:
    return dict(Counter(label for row in rows if (label := task.kind.label(row.answer)) is not None).most_common())


def _write_rows(rows: Sequence[Row], path: Path) -> None:
    _write_lines([{"question": row.question, "answer": row.answer} for row in rows], path)


def _write_lines(records: Sequence[dict[str, str]], path: Path) -> None:
    text = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    path.write_text(text, encoding="utf-8")
