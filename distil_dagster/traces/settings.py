"""What profiles say about traces: who relabels them, and who judges what belongs to the task."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from pydantic import field_validator

from distil_dagster.serving.remote import RemoteAsking, RemoteModel


class TraceSettings(RemoteAsking):
    """The models that look at traces. The budget is that of each of them."""

    committee: tuple[RemoteModel, ...] = ()
    """Each answers every question; what most of them answer is the label."""
    arbiter: RemoteModel | None = None
    """Chooses among the answers where no majority agrees; without one such rows have no label."""
    relevance: RemoteModel | None = None
    """Says which traces belong to the task; without one all do that the task's declarations allow."""

    @field_validator("committee")
    @classmethod
    def _different_members(cls, committee: tuple[RemoteModel, ...]) -> tuple[RemoteModel, ...]:
        members = Counter((member.base_url, member.model) for member in committee)
        twice = sorted(model for (_, model), count in members.items() if count > 1)
        if twice:
            raise ValueError(f"{', '.join(twice)} has two votes; list each model once")
        return committee

    def members(self, names: Sequence[str]) -> tuple[RemoteModel, ...]:
        """Those of the committee that have these model ids; all if there are no names.

        Raises:
            LookupError: naming those that aren't in the committee.
        """
        known = {member.model for member in self.committee}
        if missing := [name for name in names if name not in known]:
            raise LookupError(
                f"no member of the profile's traces.committee ({', '.join(sorted(known))}) has the model "
                f"{', '.join(missing)}"
            )
        return tuple(member for member in self.committee if not names or member.model in names)
