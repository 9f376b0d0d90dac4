"""Whether a teacher is good enough to learn from: its own score on the test set, against thresholds.

The thresholds are those that Distil Labs publishes for its platform. A student hardly gets past its teacher's labels.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from distil_dagster.tasks import Kind
from distil_dagster.tasks.tool_calling import ToolCalling

GateVerdict = Literal["proceed", "warn", "refuse"]


class TeacherGate(BaseModel):
    """Shares of the test questions that the teacher answers rightly."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    proceed: float = Field(0.80, ge=0, le=1)
    """From here a corpus is worth its price."""
    proceed_tool_calling: float = Field(0.70, ge=0, le=1)
    """The same where answers are calls."""
    refuse_below: float = Field(0.60, ge=0, le=1)
    """Below this no corpus is written, unless `override` is set."""
    override: bool = False

    def proceeds_from(self, kind: Kind) -> float:
        """The share from which a task of this kind proceeds without a warning."""
        return self.proceed_tool_calling if isinstance(kind, ToolCalling) else self.proceed

    def verdict(self, kind: Kind, share: float) -> GateVerdict:
        """What a teacher's share means."""
        if share >= self.proceeds_from(kind):
            return "proceed"
        return "warn" if share >= self.refuse_below or self.override else "refuse"
