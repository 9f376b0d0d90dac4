"""What a task kind must know: to build a prompt, read an output, say what is wrong with it, and score it.

Training, teacher, server and benchmark all use the same object, so that their prompts can't drift apart.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from distil_dagster.tasks.rows import Example, Exchange, Message, Row
from distil_dagster.tasks.tools import Toolbox

RIGHT = "right"
INVALID = "invalid"


class InvalidOutput(ValueError):  # noqa: N818 - a verdict on a model's text, not a fault of the program
    """A model's text is no answer of this kind; the message says why."""


@dataclass(frozen=True)
class Score:
    """One prediction, judged.

    Attributes:
        metrics: every metric of the kind, each from 0 to 1.
        verdict: `right`, `invalid`, or in the kind's own words how the answer is wrong.
        problems: why the text is no valid answer, one sentence each; empty where it is one, right or wrong.
    """

    metrics: Mapping[str, float]
    verdict: str
    problems: tuple[str, ...] = ()


class Statement(Protocol):
    """The part of a task that its kind reads: what is to be done, and what may be answered."""

    @property
    def description(self) -> str:
        """The task in words."""

    @property
    def tools(self) -> Toolbox:
        """The tools that may be called; none unless the kind calls tools."""

    @property
    def classes(self) -> Mapping[str, str]:
        """The labels that may be given, each with its description; none unless the kind classifies."""


class Kind(Protocol):
    """One kind of task, named as `base.task` in config.yaml."""

    @property
    def name(self) -> str:
        """The name under `base.task`."""

    @property
    def deciding_metric(self) -> str:
        """The metric that says whether an answer is right: 1 or 0."""

    @property
    def metrics(self) -> tuple[str, ...]:
        """All metrics, strict, lenient and staged ones side by side."""

    @property
    def question_noun(self) -> str:
        """What one example is called: a turn, a question."""

    @property
    def cluster_noun(self) -> str | None:
        """What examples of one `cluster` share: a conversation, a schema; None where each stands alone."""

    def declaration_problems(self, task: Statement) -> list[str]:
        """What the job description lacks for this kind, one sentence each."""

    def row_problems(self, task: Statement, row: Row) -> list[str]:
        """Why the row can't be used with this task's declarations, one sentence each."""

    def grounding_problems(self, task: Statement, row: Row) -> list[str]:
        """Why the answer of a row without `row_problems` doesn't hold when it is put to use, one sentence each.

        What is generated is asked for it; a row of a folder is as its author thought best. It may take time: a query
        is run.
        """

    def system_prompt(self, task: Statement) -> str:
        """The instructions, the same for every row of the task: a shared prefix of all prompts."""

    def expand(self, row: Row) -> tuple[Example, ...]:
        """The questions that the row asks of a model, one per assistant turn."""

    def prompt(self, task: Statement, example: Example) -> list[Message]:
        """What any model is sent for the example, the system message first."""

    def transcript(self, task: Statement, row: Row) -> list[Message]:
        """The whole dialogue for training, the system message first; every assistant message is a target."""

    def score(self, task: Statement, example: Example, prediction: str) -> Score:
        """What a model's text is worth as the answer to the example."""

    def exchanges(self, row: Row) -> tuple[Exchange, ...]:
        """What the row says and answers, turn by turn."""

    def label(self, answer: str) -> str | None:
        """What rows are balanced by and errors are sorted by: the tool that is called, the class.

        None where the answer can't be read, or where answers have no such thing.
        """

    def structure(self, row: Row) -> str | None:
        """The form of the row's answer without its values, such as a call's signature; None where there is none."""
