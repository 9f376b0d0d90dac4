"""Which traces belong to the task, in a model's judgement."""

from __future__ import annotations

from collections.abc import Sequence

from distil_dagster.serving.remote import RemoteModel
from distil_dagster.tasks import Message, Row, Task
from distil_dagster.teachers.model.reading import UnreadableError, read_object
from distil_dagster.traces.asking import Panel
from distil_dagster.traces.reading import TracedRow


def relevant_rows(
    task: Task, rows: Sequence[TracedRow], panel: Panel, model: RemoteModel
) -> tuple[list[TracedRow], int, int]:
    """The rows that belong to the task, how many don't, and how many were kept because the judgement was unreadable."""
    size = task.settings.trace_processing.relevance_filtering_batch_size
    batches = [rows[start : start + size] for start in range(0, len(rows), size)]
    names = [f"the relevance of lines {batch[0].line} to {batch[-1].line}" for batch in batches]
    replies = panel.answers(model, [_prompt(task, batch) for batch in batches], names)
    kept: list[TracedRow] = []
    irrelevant = unreadable = 0
    for batch, reply in zip(batches, replies, strict=True):
        try:
            numbers = read_object(reply, "relevant")["relevant"]
            chosen = {int(number) for number in numbers}
        except (UnreadableError, TypeError, ValueError):
            kept += batch
            unreadable += len(batch)
            continue
        kept += [row for number, row in enumerate(batch, start=1) if number in chosen]
        irrelevant += sum(number not in chosen for number in range(1, len(batch) + 1))
    return kept, irrelevant, unreadable


def _prompt(task: Task, batch: Sequence[TracedRow]) -> list[Message]:
    system = (
        "You sort requests. A task is described, then numbered requests follow. Say which of them are requests that "
        "this task is for, whatever their right answer is. Answer with JSON only, in this form:\n"
        '{"relevant": [1, 3, …]}\n\n'
        f"<task>\n{task.kind.system_prompt(task)}\n</task>"
    )
    requests = "\n".join(f"{number}. {_said(task, traced.row)}" for number, traced in enumerate(batch, start=1))
    return [Message("system", system), Message("user", requests)]


def _said(task: Task, row: Row) -> str:
    """All that the user said, on one line."""
    said = " / ".join(exchange.question for exchange in task.kind.exchanges(row) if exchange.question)
    return " ".join(said.split())
