"""What profiles say about traces: who relabels them, and who judges what belongs to the task."""

from __future__ import annotations

from distil_dagster.serving.remote import RemoteAsking, RemoteModel


class TraceSettings(RemoteAsking):
    """The models that look at traces. The budget is that of each of them."""

    committee: tuple[RemoteModel, ...] = ()
    """Each answers every question; what most of them answer is the label."""
    arbiter: RemoteModel | None = None
    """Chooses among the answers where no majority agrees; without one such rows have no label."""
    relevance: RemoteModel | None = None
    """Says which traces belong to the task; without one all do that the task's declarations allow."""
