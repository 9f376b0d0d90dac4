"""What a filter is: it looks at the rows that are still in, and says of each row that it rejects why."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from distil_dagster.corpus.agreement import Agreement, agreement
from distil_dagster.corpus.filters.thresholds import Thresholds
from distil_dagster.corpus.similarity import utterance_tokens
from distil_dagster.tasks import Row, Task
from distil_dagster.teachers import GeneratedRow


@dataclass(frozen=True)
class Candidate:
    """A generated row on its way through the filters, with what several of them compare worked out once.

    All but `generated` may be asked only of a row that `invalid_answer` has let pass.
    """

    task: Task
    generated: GeneratedRow

    @property
    def row(self) -> Row:
        """The row itself."""
        return self.generated.row

    @cached_property
    def dialogue(self) -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
        """The tokens of what is asked and those of what is answered, turn by turn."""
        # The same few thousand words make up all rows, so that each is kept once.
        return tuple(
            (
                tuple(map(sys.intern, utterance_tokens(exchange.question))),
                tuple(map(sys.intern, exchange.answer_tokens)),
            )
            for exchange in self.task.kind.exchanges(self.row)
        )

    @property
    def tokens(self) -> list[str]:
        """All tokens of the dialogue, in their order."""
        return [token for turn in self.dialogue for part in turn for token in part]

    @cached_property
    def agreement(self) -> Agreement | None:
        """How many blind answers agree with the row's; None if there are none."""
        votes = [vote.answer for vote in self.generated.origin.votes]
        return agreement(self.task, self.row, votes) if votes else None


Rejections = dict[int, str]
"""The rows to reject, by their position, each with the reason."""


@dataclass(frozen=True)
class Filter:
    """One filter; its name is its key in `FILTERS`."""

    rejects: Callable[[Task, Sequence[Candidate], Thresholds], Rejections]
    """A pure function of the task, the rows still in, and the thresholds."""
    among_rows: bool = False
    """Whether it compares the rows with each other, so that nothing can be said of one row alone."""
    by_default: bool = True
    """Whether a profile that doesn't list its filters has it."""
