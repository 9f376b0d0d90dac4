"""What a student gets wrong on the rows that were held back, by design and mutator, and what a round brought.

The task that it is asked as is a folder of its own, whose test file is the rows held back.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from distil_dagster.benchmark.intervals import wilson_interval
from distil_dagster.benchmark.statistics import clustered_interval, paired_comparison
from distil_dagster.corpus.tables import WrittenRows
from distil_dagster.tasks import Row, Task, load_task
from distil_dagster.tasks.folder import CONFIG, JOB_DESCRIPTION
from distil_dagster.tasks.seed_set import complete_folder
from distil_dagster.teachers import GeneratedRow
from distil_dagster.teachers.emphasis import Emphasis, design_of

SCORES = "scores.parquet"
PRIOR_QUESTIONS = 2.0
"""Questions that the overall share of errors counts for beside those that a spot was asked."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True)


class Spot(_Record):
    """The questions of one design, or of one value of a mutator."""

    mutator: str | None
    """None for a design."""
    name: str
    asked: int
    wrong: int
    error_share: float
    """Smoothed: what it is weighed by. A spot with few questions is near the overall share."""
    right_share: float
    low: float
    """Wilson's 95 % interval of the share right."""
    high: float


class RoundGain(_Record):
    """What a round brought: the student before and after it on the same questions."""

    round: int
    question_noun: str
    n: int
    """Questions that were asked both times."""
    before: float
    after: float
    difference: float
    low: float
    high: float
    """The ends of the 95 % interval of the difference."""
    p_value: float
    method: str


class WeakSpots(_Record):
    """What a student got wrong after a round."""

    student: str
    round: int
    """Of the corpus that it trained on: 0 before any further batch."""
    question_noun: str
    asked: int
    right: int
    accuracy: float
    low: float
    """Ends of the 95 % interval, of whole conversations or schemas where questions share one."""
    high: float
    error_share: float
    """Smoothed, so that it is never zero."""
    designs: tuple[Spot, ...]
    """The weakest first; likewise the mutators."""
    mutators: tuple[Spot, ...]
    gain: RoundGain | None
    """None for round 0, and where the student before was trained otherwise."""

    def emphasis(self) -> Emphasis:
        """What the next batch is to be about: everything by its share of errors."""
        return Emphasis(
            designs={spot.name: spot.error_share for spot in self.designs},
            mutators={(spot.mutator, spot.name): spot.error_share for spot in self.mutators if spot.mutator},
            other=self.error_share,
            batch=self.round + 1,
        )


@dataclass(frozen=True)
class Answered:
    """One question that was asked: the row and the turn that it is of, and 1 where the answer was right."""

    example_id: str
    row_id: str
    turn: int
    cluster: str
    outcome: float


def write_held_back_folder(task_folder: Path, held_back: Iterable[Row], output: Path) -> None:
    """Write the task as a folder whose test file is the rows held back; the task's own test file isn't read."""
    output.mkdir()
    complete_folder(task_folder, output, only={JOB_DESCRIPTION, CONFIG, "train.jsonl", "train.csv"})
    lines = [
        json.dumps({"question": row.question, "answer": row.answer, "context": row.context}, ensure_ascii=False)
        for row in held_back
    ]
    (output / "test.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_weak_spots(
    folder: Path, corpus: WrittenRows, output: Path, *, student: str, before: Path | None
) -> WeakSpots:
    """Find the weak spots in the answers that `run_arms` has written to the output, and write `summary.json` there.

    Args:
        folder: the task with the held-back rows as its test file, see `write_held_back_folder`.
        corpus: that these are of.
        output: has the answers.
        student: who gave them.
        before: the output of the round before.
    """
    task = load_task(folder)
    metric = task.kind.deciding_metric
    spots = weak_spots_of(
        task,
        {generated.row.id: generated for generated in corpus.generated if generated.row.id in corpus.held_back},
        read_answers(output, metric),
        student=student,
        number=max(corpus.rounds),
        before=read_answers(before, metric) if before else None,
    )
    (output / "summary.json").write_text(spots.model_dump_json(indent=2))
    return spots


def read_answers(folder: Path, metric: str) -> list[Answered]:
    """The answers of a student in the folder of an artifact, judged by the deciding metric."""
    import pyarrow.parquet as pq

    table = pq.read_table(folder / SCORES, columns=["example_id", "row_id", "turn", "cluster", metric])
    return [
        Answered(record["example_id"], record["row_id"], record["turn"], record["cluster"], float(record[metric] == 1))
        for record in table.to_pylist()
    ]


def weak_spots_of(
    task: Task,
    held_back: Mapping[str, GeneratedRow],
    answers: Sequence[Answered],
    *,
    student: str,
    number: int,
    before: Sequence[Answered] | None = None,
) -> WeakSpots:
    """What the answers show. A design is that of a row's last answer, so a dialogue's earlier turns say nothing of it.

    Args:
        task: tells how rows are sorted; its rows aren't looked at.
        held_back: the rows that were asked, by id.
        answers: to every question of them.
        student: who answered.
        number: the round of the corpus that it trained on.
        before: the answers after the round before.
    """
    outcomes = [answer.outcome for answer in answers]
    right = int(sum(outcomes))
    # Laplace's rule: a student without an error may still have a weak spot.
    overall = (len(answers) - right + 1) / (len(answers) + 2)
    by_spot: dict[tuple[str | None, str], list[float]] = defaultdict(list)
    last_turns: dict[str, int] = {}
    for answer in answers:
        last_turns[answer.row_id] = max(answer.turn, last_turns.get(answer.row_id, answer.turn))
    for answer in answers:
        generated = held_back[answer.row_id]
        for mutator in generated.origin.mutators:
            by_spot[mutator].append(answer.outcome)
        if answer.turn == last_turns[answer.row_id]:
            by_spot[None, design_of(task, generated)].append(answer.outcome)
    spots = sorted(
        (_spot(mutator, name, its, overall) for (mutator, name), its in by_spot.items()),
        key=lambda spot: (-spot.error_share, -spot.asked, spot.mutator or "", spot.name),
    )
    low, high = clustered_interval(outcomes, [answer.cluster for answer in answers])
    return WeakSpots(
        student=student,
        round=number,
        question_noun=task.kind.question_noun,
        asked=len(answers),
        right=right,
        accuracy=right / len(answers),
        low=low,
        high=high,
        error_share=overall,
        designs=tuple(spot for spot in spots if spot.mutator is None),
        mutators=tuple(spot for spot in spots if spot.mutator is not None),
        gain=round_gain(before, answers, number=number, question_noun=task.kind.question_noun) if before else None,
    )


def round_gain(
    before: Sequence[Answered], after: Sequence[Answered], *, number: int, question_noun: str
) -> RoundGain | None:
    """The student before and after a round on the questions that were asked both times; None if there are none."""
    first = {answer.example_id: answer.outcome for answer in after}
    second = {answer.example_id: answer.outcome for answer in before}
    both = first.keys() & second.keys()
    if not both:
        return None
    clusters = {answer.example_id: answer.cluster for answer in after if answer.example_id in both}
    pair = paired_comparison({key: first[key] for key in both}, {key: second[key] for key in both}, clusters)
    return RoundGain(
        round=number,
        question_noun=question_noun,
        n=pair.n,
        before=(pair.both_right + pair.only_second) / pair.n,
        after=(pair.both_right + pair.only_first) / pair.n,
        difference=pair.difference,
        low=pair.low,
        high=pair.high,
        p_value=pair.p_value,
        method=pair.method,
    )


def _spot(mutator: str | None, name: str, outcomes: Sequence[float], overall: float) -> Spot:
    """One spot; its share of errors is an m-estimate (Cestnik 1990, "Estimating probabilities", ECAI)."""
    asked, right = len(outcomes), int(sum(outcomes))
    low, high = wilson_interval(right, asked)
    return Spot(
        mutator=mutator,
        name=name,
        asked=asked,
        wrong=asked - right,
        error_share=(asked - right + PRIOR_QUESTIONS * overall) / (asked + PRIOR_QUESTIONS),
        right_share=right / asked,
        low=low,
        high=high,
    )
