"""From a row that a student was trained on back to what made it: seeds, requests, mutators, votes, filters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

from distil_dagster.corpus.curation import Verdict
from distil_dagster.serving.chat import completion_text
from distil_dagster.serving.responses import ResponseFolder
from distil_dagster.tasks import Row


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class SeedRow(_Part):
    """A seed that was recombined, or shown to the teacher."""

    id: str
    question: str
    answer: str
    context: str | None


class RecordedRequest(_Part):
    """A request as it was recorded; of one that is not in this home any more only the hash is known."""

    sha256: str
    answered_at: str | None = None
    request: Mapping[str, Any] | None = None
    reply: str | None = None
    """The text of the response."""


class BlindVote(_Part):
    """What the teacher answered to the finished question."""

    answer: str
    request: RecordedRequest


class RowLineage(_Part):
    """All that is known of how a row came to be."""

    id: str
    question: str
    answer: str
    context: str | None
    is_seed: bool
    """The row is one of the task's own."""
    teacher: str | None = None
    template: str | None = None
    design: str | None = None
    mutators: Mapping[str, str] = {}
    seeds: tuple[SeedRow, ...] = ()
    requests: tuple[RecordedRequest, ...] = ()
    votes: tuple[BlindVote, ...] = ()
    passed: tuple[str, ...] = ()
    """The filters that let the row pass, in their order."""
    rejected_by: str | None = None
    detail: str | None = None


def seed_lineage(seed: Row) -> RowLineage:
    """The lineage of a seed, which ends with itself."""
    return RowLineage(id=seed.id, question=seed.question, answer=seed.answer, context=seed.context, is_seed=True)


def row_lineage(
    teacher: str, verdict: Verdict, seeds: Sequence[Row], responses: ResponseFolder, filters: Sequence[str]
) -> RowLineage:
    """The lineage of a generated row.

    Args:
        teacher: who wrote it.
        verdict: the row, its origin, and the filter that rejected it.
        seeds: the task's.
        responses: where requests are recorded.
        filters: the names of all filters, in the order in which they looked at the row.
    """
    row, origin = verdict.generated.row, verdict.generated.origin
    by_id = {seed.id: seed for seed in seeds}
    last = filters.index(verdict.rejected_by) if verdict.rejected_by in filters else len(filters)
    return RowLineage(
        id=row.id,
        question=row.question,
        answer=row.answer,
        context=row.context,
        is_seed=False,
        teacher=teacher,
        template=origin.template,
        design=origin.design,
        mutators=dict(origin.mutators),
        seeds=tuple(
            SeedRow(id=seed.id, question=seed.question, answer=seed.answer, context=seed.context)
            for seed in map(by_id.get, origin.seeds)
            if seed is not None
        ),
        requests=tuple(_recorded(sha256, responses) for sha256 in origin.requests),
        votes=tuple(BlindVote(answer=vote.answer, request=_recorded(vote.request, responses)) for vote in origin.votes),
        passed=tuple(filters[:last]),
        rejected_by=verdict.rejected_by,
        detail=verdict.detail,
    )


def _recorded(sha256: str, responses: ResponseFolder) -> RecordedRequest:
    found = responses.read(sha256)
    if found is None:
        return RecordedRequest(sha256=sha256)
    return RecordedRequest(
        sha256=sha256,
        answered_at=found.answered_at.isoformat(),
        request=found.request,
        reply=completion_text(found.response),
    )
