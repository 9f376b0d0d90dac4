"""New labels from a committee of models: what most of them answer, else what an arbiter chooses.

Labels of production logs are as wrong as the system that wrote them. Only a dialogue's last call is labelled anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from distil_dagster.tasks import Message, Row, Task
from distil_dagster.tasks.fences import without_fence
from distil_dagster.tasks.tool_calling import ToolCalling
from distil_dagster.teachers.model.reading import UnreadableError, read_object
from distil_dagster.traces.asking import Panel
from distil_dagster.traces.reading import TracedRow


def relabelled(
    task: Task, rows: Sequence[TracedRow], panel: Panel
) -> tuple[list[TracedRow], list[TracedRow], Counter[str]]:
    """The rows with their new labels, those for which there is none, and how each was decided."""
    prompts = [task.kind.prompt(task, task.kind.expand(traced.row)[-1]) for traced in rows]
    answers = [panel.answers(model, prompts, "label") for model in panel.settings.committee]
    decided: dict[int, Row] = {}
    disputed: dict[int, list[Row]] = {}
    counts: Counter[str] = Counter()
    for position, traced in enumerate(rows):
        candidates = [_labelled(task, traced.row, given[position]) for given in answers]
        valid = [candidate for candidate in candidates if candidate is not None]
        best, supporters = _most_supported(task, valid)
        if best is not None and supporters * 2 > len(answers):
            decided[position] = best
            counts["unanimous" if supporters == len(answers) else "majority"] += 1
        elif valid:
            disputed[position] = valid
        else:
            counts["no valid answer"] += 1
    decided |= _arbitrated(task, rows, disputed, panel, counts)
    labelled = [replace(traced, row=decided[position]) for position, traced in enumerate(rows) if position in decided]
    counts["label changed"] = sum(
        not _same(task, traced.row, decided[position]) for position, traced in enumerate(rows) if position in decided
    )
    return labelled, [traced for position, traced in enumerate(rows) if position not in decided], counts


def _arbitrated(
    task: Task, rows: Sequence[TracedRow], disputed: dict[int, list[Row]], panel: Panel, counts: Counter[str]
) -> dict[int, Row]:
    arbiter = panel.settings.arbiter
    if arbiter is None:
        counts["no majority"] += len(disputed)
        return {}
    prompts = [_dispute(task, rows[position].row, candidates) for position, candidates in disputed.items()]
    chosen: dict[int, Row] = {}
    for (position, candidates), reply in zip(
        disputed.items(), panel.answers(arbiter, prompts, "arbitration"), strict=True
    ):
        try:
            number = int(read_object(reply, "choice")["choice"])
        except (UnreadableError, TypeError, ValueError):
            number = 0
        if 1 <= number <= len(candidates):
            chosen[position] = candidates[number - 1]
            counts["arbiter"] += 1
        else:
            counts["arbiter undecided"] += 1
    return chosen


def _labelled(task: Task, row: Row, answer: str) -> Row | None:
    """The row with a model's answer as its label, written as labels are; None if it is no valid answer."""
    text = without_fence(answer)
    try:
        if isinstance(task.kind, ToolCalling):
            text = task.kind.parse(text).to_answer()
        candidate = Row(row.question, text, row.context)
        return None if not text or task.kind.row_problems(task, candidate) else candidate
    except ValueError:
        return None


def _most_supported(task: Task, candidates: Sequence[Row]) -> tuple[Row | None, int]:
    """The candidate that most of them agree with, and how many do."""
    support = [sum(_same(task, candidate, other) for other in candidates) for candidate in candidates]
    return max(zip(candidates, support, strict=True), key=lambda pair: pair[1], default=(None, 0))


def _same(task: Task, left: Row, right: Row) -> bool:
    score = task.kind.score(task, task.kind.expand(left)[-1], right.answer)
    return score.metrics[task.kind.deciding_metric] == 1


def _dispute(task: Task, row: Row, candidates: Sequence[Row]) -> list[Message]:
    *_, asked = task.kind.expand(row)[-1].messages
    numbered = "\n".join(f"{number}. {candidate.answer}" for number, candidate in enumerate(candidates, start=1))
    system = (
        "Several models have answered the same request, and disagree. Say which of their answers is right by the rules "
        'of the task, or 0 if none is. Answer with JSON only, in this form:\n{"choice": 2}\n\n'
        f"<task>\n{task.kind.system_prompt(task)}\n</task>"
    )
    return [Message("system", system), Message("user", f"Request: {asked.content}\n\nAnswers:\n{numbered}")]
