"""What a task kind must know: to build a prompt, read an output, say what is wrong with it, and score it.

Training, teacher, server and benchmark all use the same object, so that their prompts can't drift apart.
"""

from typing import Protocol

from distil_dagster.tasks.rows import Conversation, Example, Message, Row, ToolCall
from distil_dagster.tasks.tools import Toolbox


class InvalidOutput(ValueError):  # noqa: N818 - a verdict on a model's text, not a fault of the program
    """A model's text is no answer of this kind; the message says why."""


class Statement(Protocol):
    """The part of a task that its kind reads: what is to be done, and with which tools."""

    @property
    def description(self) -> str:
        """The task in words."""

    @property
    def tools(self) -> Toolbox:
        """The tools that may be called."""


class Kind(Protocol):
    """One kind of task, named as `base.task` in config.yaml."""

    name: str
    deciding_metric: str
    metrics: tuple[str, ...]

    def conversation(self, row: Row) -> Conversation:
        """The row as a dialogue. Raises ValueError with the reason if it can't be read as one."""

    def row(self, conversation: Conversation) -> Row:
        """The dialogue as a row in the folder's own form; the inverse of `conversation`."""

    def row_problems(self, task: Statement, row: Row) -> list[str]:
        """Why the row can't be used with this task's declarations, one sentence each."""

    def system_prompt(self, task: Statement) -> str:
        """The instructions, the same for every row of the task: a shared prefix of all prompts."""

    def expand(self, row: Row) -> tuple[Example, ...]:
        """The questions that the row asks of a model, one per assistant turn."""

    def prompt(self, task: Statement, example: Example) -> list[Message]:
        """What any model is sent for the example, the system message first."""

    def transcript(self, task: Statement, row: Row) -> list[Message]:
        """The whole dialogue for training, the system message first; every assistant message is a target."""

    def parse(self, text: str) -> ToolCall:
        """The answer in a model's text. Raises InvalidOutput."""

    def output_problems(self, task: Statement, text: str) -> list[str]:
        """Why a model's text is no valid answer, one sentence each; empty when it is one."""

    def score(self, task: Statement, target: str, prediction: str) -> dict[str, float]:
        """Every metric of the kind for one prediction, each from 0 to 1."""
