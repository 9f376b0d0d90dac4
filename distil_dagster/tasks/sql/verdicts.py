"""What may be said of a predicted query."""

from dataclasses import dataclass
from typing import Literal

Verdict = Literal[
    "match",
    "different_result",
    "invalid",
    "unknown_name",
    "timeout",
    "too_large",
    "write_attempt",
    "forbidden",
]
"""`unknown_name`: a table or column that the schema lacks. `too_large`: in memory, rows or length. `forbidden`: ATTACH,
PRAGMA, load_extension, files, transactions, table-valued functions, several statements. `invalid`: all else that
doesn't run."""


@dataclass(frozen=True)
class ExecutionVerdict:
    """Whether a prediction answers like its reference, and why not."""

    verdict: Verdict
    detail: str
    """One sentence for a person."""

    @property
    def matches(self) -> bool:
        """Whether the prediction counts as right."""
        return self.verdict == "match"


class BadReference(ValueError):  # noqa: N818 - says what is bad, as the rows' own errors do
    """The reference, or its schema, can't be run, so nothing can be scored against it."""


class QueryFailure(Exception):  # noqa: N818 - the failure of a query, not of this program
    """A query that gave no answer."""

    def __init__(self, verdict: Verdict, detail: str) -> None:
        super().__init__(detail)
        self.verdict = verdict
        self.detail = detail
