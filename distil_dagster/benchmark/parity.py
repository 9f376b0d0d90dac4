"""Does the model that is served answer as base and adapter do under plain transformers?

A student is trained by one program, merged by another and served by a third; a wrong template, a stale weight or an
attention that is nearly right costs points that look like a weak student. So the same questions are answered along both
paths, and compared: answer by answer, token by token, and by what they score. A quantised model that is served is
compared just so, and may differ by more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from pydantic import BaseModel, ConfigDict, Field

from distil_dagster.benchmark.statistics import paired_comparison
from distil_dagster.benchmark.statistics.verdict import SIGNIFICANT_BELOW
from distil_dagster.tasks import Example, Task

PARITY = "parity.parquet"
MERGED, QUANTISED = "distilled", "quantised"
"""The benchmark's arms whose answers can be compared: those of the merged model, and of the quantised one."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ParitySettings(_Section):
    """How many questions are answered along both paths, and how far the answers may be apart."""

    max_questions: int | None = Field(None, gt=0)
    """Of those that the benchmark asked, of whole test rows drawn under the seed; all by default."""
    sample_seed: int = 0
    required_prediction_agreement: float = Field(0.75, ge=0, le=1)
    """Share of the answers that must be the same. In bfloat16 two tokens are now and then equally likely, and the order
    of a sum decides; an answer that differs once goes on differently, so that of long answers fewer are the same."""
    required_token_agreement: float = Field(0.995, ge=0, le=1)
    """Of the tokens that were chosen behind the same beginning, the share that must be the same, however long answers
    are. It and the scores decide; the answers show how often that matters."""
    required_quantised_prediction_agreement: float = Field(0.6, ge=0, le=1)
    """The same of a quantised model, whose weights are others: FP8 keeps four significant bits."""
    required_quantised_token_agreement: float = Field(0.97, ge=0, le=1)

    def required(self, arm: str) -> tuple[float, float]:
        """The shares of predictions and of tokens that must be the same."""
        if arm == QUANTISED:
            return self.required_quantised_prediction_agreement, self.required_quantised_token_agreement
        return self.required_prediction_agreement, self.required_token_agreement


class ArmParity(_Section):
    """A served model beside base and adapter. Shares are in 0..1."""

    arm: str
    """The benchmark's: `distilled` is the merged model, `quantised` the quantised one."""
    questions: int
    same_text: int
    """Answers that are the same to the letter."""
    same_prediction: int
    """Answers that come to the same by the task's deciding metric, each taken as the other's target."""
    prediction_agreement: float
    required_prediction_agreement: float
    token_agreement: float
    """Of the tokens that were chosen behind the same beginning, the share on which both agreed. What comes behind the
    first difference of two answers is not compared: one rounding may change all of it, however long it is."""
    required_token_agreement: float
    adapter_right: int
    served_right: int
    score_difference: float
    """Accuracy of the served model less that of base and adapter, on the same questions."""
    score_low: float
    """The ends of the difference's 95 % interval."""
    score_high: float
    p_value: float

    @property
    def agrees(self) -> bool:
        """Whether it passes the gate."""
        return (
            self.prediction_agreement >= self.required_prediction_agreement
            and self.token_agreement >= self.required_token_agreement
            and not (self.score_difference < 0 and self.p_value < SIGNIFICANT_BELOW)
        )


class ParitySummary(_Section):
    """Every model that was served beside base and adapter, on the same questions."""

    arms: tuple[ArmParity, ...]
    device: str
    """That base and adapter answered on; likewise the number format."""
    dtype: str

    @property
    def agrees(self) -> bool:
        """The verdict of the gate."""
        return all(arm.agrees for arm in self.arms)


@dataclass(frozen=True)
class ComparedAnswer:
    """One row of `parity.parquet`: a question, answered along both paths."""

    arm: str
    example_id: str
    question: str
    target: str
    adapter: str
    served: str
    same_text: bool
    same_prediction: bool
    shared_tokens: int
    """Tokens before the first difference; all of them if there is none."""
    adapter_score: float
    served_score: float


def compared_answers(
    task: Task,
    examples: Sequence[Example],
    adapter: Mapping[str, str],
    served: Mapping[str, str],
    tokenize: Callable[[str], Sequence[int]],
    *,
    arm: str = MERGED,
) -> list[ComparedAnswer]:
    """Compare both answers to each example.

    Args:
        task: scores them.
        examples: the questions.
        adapter: what base and adapter answered, by the example's id; likewise what the server did.
        served: see above.
        tokenize: the student's tokenizer.
        arm: what is served.
    """
    metric = task.kind.deciding_metric

    def compared(example: Example) -> ComparedAnswer:
        first, second = adapter[example.id], served[example.id]
        scores = [task.kind.score(task, example, text) for text in (first, second)]
        alike = first == second
        if not alike and not scores[0].problems:
            alike = task.kind.score(task, replace(example, target=first), second).metrics[metric] == 1
        tokens = [tokenize(text) for text in (first, second)]
        shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(*tokens, strict=False)))
        return ComparedAnswer(
            arm=arm,
            example_id=example.id,
            question=example.messages[-1].content,
            target=example.target,
            adapter=first,
            served=second,
            same_text=first == second,
            same_prediction=alike,
            shared_tokens=shared,
            adapter_score=scores[0].metrics[metric],
            served_score=scores[1].metrics[metric],
        )

    return [compared(example) for example in examples]


def arm_parity(rows: Sequence[ComparedAnswer], clusters: Mapping[str, str], settings: ParitySettings) -> ArmParity:
    """What the compared answers of an arm come to; there must be one. `clusters` holds each question's, by its id."""
    scores = paired_comparison(
        {row.example_id: row.served_score for row in rows},
        {row.example_id: row.adapter_score for row in rows},
        clusters,
    )
    same_prediction = sum(row.same_prediction for row in rows)
    agreed = sum(row.shared_tokens for row in rows)
    required_prediction_agreement, required_token_agreement = settings.required(rows[0].arm)
    return ArmParity(
        arm=rows[0].arm,
        questions=len(rows),
        same_text=sum(row.same_text for row in rows),
        same_prediction=same_prediction,
        prediction_agreement=same_prediction / len(rows),
        required_prediction_agreement=required_prediction_agreement,
        token_agreement=agreed / max(1, agreed + sum(not row.same_text for row in rows)),
        required_token_agreement=required_token_agreement,
        adapter_right=sum(row.adapter_score == 1 for row in rows),
        served_right=sum(row.served_score == 1 for row in rows),
        score_difference=scores.difference,
        score_low=scores.low,
        score_high=scores.high,
        p_value=scores.p_value,
    )
