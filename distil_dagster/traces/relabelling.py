"""New labels from a committee of models: what most of them answer, else what an arbiter chooses.

Labels of production logs are as wrong as the system that wrote them. A dialogue is labelled turn by turn, so that
every call is decided with the calls before it already corrected; what the tools reported stays as it was logged.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from distil_dagster.serving.remote import RemoteModel
from distil_dagster.tasks import Message, Row, Task
from distil_dagster.tasks.fences import without_fence
from distil_dagster.tasks.tool_calling import ToolCalling
from distil_dagster.teachers.model.reading import UnreadableError, read_object
from distil_dagster.traces.asking import Panel
from distil_dagster.traces.reading import TracedRow


@dataclass
class Relabelling:
    """What the committee made of the rows."""

    rows: list[TracedRow] = field(default_factory=list)
    """With their new labels."""
    undecided: list[TracedRow] = field(default_factory=list)
    """Rows with a question that has no label."""
    repeated: int = 0
    """Rows that differed from an earlier one by their label alone."""
    labels: Counter[str] = field(default_factory=Counter)
    """How each label was decided; of a dialogue each call is one."""


def relabelled(task: Task, rows: Sequence[TracedRow], panel: Panel, committee: Sequence[RemoteModel]) -> Relabelling:
    """Have every question of the rows answered anew.

    Raises:
        TraceError: if a model has no address.
        MissingKeyError: if its key isn't set.
        UnansweredError: if a question got no answer, or a budget is spent.
    """
    result = Relabelling()
    current = dict(enumerate(rows))
    turns = {position: len(task.kind.expand(traced.row)) for position, traced in current.items()}
    for turn in range(1, max(turns.values(), default=0) + 1):
        asked = {
            position: replace(traced, row=_up_to(task, traced.row, turn))
            for position, traced in current.items()
            if turns[position] >= turn
        }
        decided = _decided(task, asked, panel, committee, result.labels)
        for position, question in asked.items():
            if position not in decided:
                result.undecided.append(rows[position])
                del current[position]
                continue
            answer = decided[position].answer
            result.labels["changed"] += not _same(task, question.row, decided[position])
            traced = current[position]
            current[position] = replace(traced, row=_answered(task, traced.row, turn, answer))
    result.rows = list({(traced.row.question, traced.row.answer): traced for traced in current.values()}.values())
    result.repeated = len(current) - len(result.rows)
    return result


def _decided(
    task: Task,
    asked: dict[int, TracedRow],
    panel: Panel,
    committee: Sequence[RemoteModel],
    counts: Counter[str],
) -> dict[int, Row]:
    """The rows with a label for their last question, where there is one."""
    prompts = [task.kind.prompt(task, task.kind.expand(traced.row)[-1]) for traced in asked.values()]
    names = [f"the label of line {traced.line}" for traced in asked.values()]
    answers = [panel.answers(model, prompts, names) for model in committee]
    decided: dict[int, Row] = {}
    disputed: dict[int, list[Row]] = {}
    for (position, traced), given in zip(asked.items(), zip(*answers, strict=True), strict=True):
        candidates = [_labelled(task, traced.row, answer) for answer in given]
        valid = [candidate for candidate in candidates if candidate is not None]
        best, supporters = _most_supported(task, valid)
        if best is not None and supporters * 2 > len(committee):
            decided[position] = best
            counts["unanimous" if supporters == len(committee) else "majority"] += 1
        elif valid:
            disputed[position] = _different(task, valid)
        else:
            counts["no valid answer"] += 1
    return decided | _arbitrated(task, asked, disputed, panel, counts)


def _arbitrated(
    task: Task, asked: dict[int, TracedRow], disputed: dict[int, list[Row]], panel: Panel, counts: Counter[str]
) -> dict[int, Row]:
    arbiter = panel.settings.arbiter
    if not disputed:
        return {}
    if arbiter is None:
        counts["no majority"] += len(disputed)
        return {}
    prompts = [_dispute(task, asked[position].row, candidates) for position, candidates in disputed.items()]
    names = [f"the dispute about line {asked[position].line}" for position in disputed]
    chosen: dict[int, Row] = {}
    for (position, candidates), reply in zip(disputed.items(), panel.answers(arbiter, prompts, names), strict=True):
        try:
            number = int(read_object(reply, "choice")["choice"])
        except (UnreadableError, TypeError, ValueError):
            counts["arbiter unreadable"] += 1
            continue
        if 1 <= number <= len(candidates):
            chosen[position] = candidates[number - 1]
            counts["arbiter"] += 1
        else:
            counts["arbiter chose none"] += 1
    return chosen


def _up_to(task: Task, row: Row, turn: int) -> Row:
    """The row as it was when its n-th question was asked."""
    if not isinstance(task.kind, ToolCalling):
        return row
    conversation = task.kind.conversation(row)
    return task.kind.row(replace(conversation, turns=conversation.turns[:turn]))


def _answered(task: Task, row: Row, turn: int, answer: str) -> Row:
    """The row with this answer to its n-th question."""
    if not isinstance(task.kind, ToolCalling):
        return Row(row.question, answer, row.context)
    conversation = task.kind.conversation(row)
    turns = list(conversation.turns)
    turns[turn - 1] = replace(turns[turn - 1], call=task.kind.parse(answer))
    return task.kind.row(replace(conversation, turns=tuple(turns)))


def _labelled(task: Task, row: Row, answer: str) -> Row | None:
    """The row with a model's answer as its label, written as labels are; None if it is no valid answer."""
    text = without_fence(answer.rpartition("</think>")[2])
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


def _different(task: Task, candidates: Sequence[Row]) -> list[Row]:
    different: list[Row] = []
    for candidate in candidates:
        if not any(_same(task, one, candidate) for one in different):
            different.append(candidate)
    return different


def _same(task: Task, left: Row, right: Row) -> bool:
    score = task.kind.score(task, task.kind.expand(left)[-1], right.answer)
    return score.metrics[task.kind.deciding_metric] == 1


def _dispute(task: Task, row: Row, candidates: Sequence[Row]) -> list[Message]:
    messages = task.kind.expand(row)[-1].messages
    said = "\n".join(f"{message.role}: {message.content}" for message in messages)
    numbered = "\n".join(f"{number}. {candidate.answer}" for number, candidate in enumerate(candidates, start=1))
    system = (
        "Several models have answered the same request, the last one of a chat, and disagree. Say which of their "
        "answers is right by the rules of the task, or 0 if none is. Answer with JSON only, in this form:\n"
        f'{{"choice": 2}}\n\n<task>\n{task.kind.system_prompt(task)}\n</task>'
    )
    return [Message("system", system), Message("user", f"<chat>\n{said}\n</chat>\n\nAnswers:\n{numbered}")]
