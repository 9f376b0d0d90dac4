"""Further rounds of a corpus: what a profile says about them, and the rows that are held back to find errors on.

The errors of a student on rows of the corpus that it never trained on choose what the next batch is about. The test
set has no part in it: what it shows of a student is worth something only as long as nothing was chosen by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from pydantic import BaseModel, ConfigDict, Field

from distil_dagster.tasks import Row, Task
from distil_dagster.tasks.folder import MINIMUM_ROWS
from distil_dagster.teachers.teacher import NoRowsError


class ErrorRounds(BaseModel):
    """Further batches of the corpus, each about what the student got wrong after the one before."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    student: str
    """Whose errors choose; every student trains on what they chose."""
    rounds: int = Field(1, ge=1, le=2)
    """Batches after the first corpus."""
    rows: int = Field(1000, gt=0)
    """Rows of each; of a teacher that is a model, rows that pass."""
    held_back_share: float = Field(0.05, gt=0, lt=1)
    """Of the rows kept of the first corpus: nobody trains on them, and the student is asked them after each round."""
    most_held_back: int = Field(200, ge=MINIMUM_ROWS)

    @property
    def held_back(self) -> dict[str, object]:
        """What decides which rows are held back, as plain JSON values."""
        return {"share": self.held_back_share, "most": self.most_held_back}


def held_back_ids(task: Task, kept: Sequence[Row], rounds: ErrorRounds) -> frozenset[str]:
    """The ids of the kept rows that are held back: those whose hash falls under the share, the lowest first.

    A row that shows a model the same as a seed is none of them: the seeds are trained on.

    Raises:
        NoRowsError: if there are fewer than a task folder must have.
    """
    trained_on = {_shown(task, seed) for seed in task.seeds}
    places = {row.id: _place(row.id) for row in kept if _shown(task, row) not in trained_on}
    under = sorted((place, row_id) for row_id, place in places.items() if place < rounds.held_back_share)
    if len(under) < MINIMUM_ROWS:
        raise NoRowsError(
            f"{len(under)} of {len(kept):,} kept rows of {task.name} would be held back to find errors on, and at "
            f"least {MINIMUM_ROWS} are needed: set error_rounds.held_back_share higher than {rounds.held_back_share}"
        )
    return frozenset(row_id for _, row_id in under[: rounds.most_held_back])


def _place(row_id: str) -> float:
    """Where in 0..1 the hash of an id falls."""
    return int.from_bytes(sha256(f"held back {row_id}".encode()).digest()[:8]) / 2**64


def _shown(task: Task, row: Row) -> str:
    """All that a model is shown of the row before its last answer, without regard to case and blanks."""
    said = " ".join(message.content for message in task.kind.expand(row)[-1].messages)
    return " ".join(said.casefold().split())
