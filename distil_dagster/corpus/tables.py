"""The corpus on disk: every row with its origin and verdict, and the kept ones as training reads them.

Where rows are held back to find a student's errors on, they are in a table of their own, and not among those.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from distil_dagster.corpus.curation import Verdict
from distil_dagster.tasks import Row, Task
from distil_dagster.tasks.seed_set import COLUMNS, write_rows
from distil_dagster.teachers import GeneratedRow, Origin, Vote

if TYPE_CHECKING:
    import pyarrow as pa

CORPUS, KEPT, HELD_BACK = "corpus.parquet", "rows.parquet", "held_back.parquet"


class CorpusRow:
    """What the columns of `corpus.parquet` hold."""

    id: str
    """Of the row's content, so that the same row has the same id everywhere."""
    question: str
    answer: str
    context: str | None
    """What the question is about, where a kind has it."""
    teacher: str
    """Who wrote it."""
    template: str | None
    """The template that it was filled from, of a teacher that has templates."""
    seeds: list[str]
    """Ids of the seeds that it comes from."""
    design: str | None
    """What the teacher was told to write about."""
    mutators: dict[str, str]
    """How it was told to vary it."""
    requests: list[str]
    """Hashes of the requests whose answers it is read from."""
    votes: list[Vote]
    """What the teacher answered to the question alone, and the hash of each request."""
    unreadable: str | None
    """Why no row could be read."""
    label: str | None
    """The tool or class of its answer."""
    kept: bool
    rejected_by: str | None
    """The filter that did."""
    detail: str | None
    """Why."""
    round: int
    """0 for the first batch, then the rounds that a student's errors chose."""
    held_back: bool
    """Whether nobody trains on it, so that a student's errors can be found on it."""


@dataclass(frozen=True)
class WrittenRows:
    """All rows of a corpus, as the teacher wrote them."""

    generated: tuple[GeneratedRow, ...]
    rounds: tuple[int, ...]
    """The round that each was written in."""
    held_back: frozenset[str]
    """Ids of the rows that nobody trains on."""


def write_corpus_tables(
    task: Task,
    teacher: str,
    verdicts: Sequence[Verdict],
    output: Path,
    *,
    rounds: Sequence[int],
    held_back: frozenset[str] | None,
) -> None:
    """Write the tables.

    Args:
        task: sorts the rows by label.
        teacher: who wrote them.
        verdicts: on all rows.
        output: an empty folder.
        rounds: the round of each row.
        held_back: ids of the rows that nobody trains on; a third table has them. None where no errors are looked for.
    """
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    origins = [verdict.generated.origin for verdict in verdicts]
    rows = [verdict.generated.row for verdict in verdicts]
    columns = {
        "id": [row.id for row in rows],
        "question": [row.question for row in rows],
        "answer": [row.answer for row in rows],
        "context": [row.context for row in rows],
        "teacher": [teacher] * len(rows),
        "template": [origin.template for origin in origins],
        "seeds": [list(origin.seeds) for origin in origins],
        "design": [origin.design for origin in origins],
        "mutators": [list(origin.mutators) for origin in origins],
        "requests": [list(origin.requests) for origin in origins],
        "votes": [[{"answer": vote.answer, "request": vote.request} for vote in origin.votes] for origin in origins],
        "unreadable": [verdict.generated.unreadable for verdict in verdicts],
        "label": [task.kind.label(row.answer) for row in rows],
        "kept": [verdict.rejected_by is None for verdict in verdicts],
        "rejected_by": [verdict.rejected_by for verdict in verdicts],
        "detail": [verdict.detail for verdict in verdicts],
        "round": list(rounds),
        "held_back": [row.id in (held_back or ()) for row in rows],
    }
    table = pa.table(columns, schema=corpus_schema())
    pq.write_table(table, output / CORPUS)
    trained_on = table.filter(pc.and_(table["kept"], pc.invert(table["held_back"])))
    pq.write_table(trained_on.select([*COLUMNS, "round"]), output / KEPT)
    if held_back is not None:
        asked = {row.id: row for row in rows if row.id in held_back}
        write_rows(list(asked.values()), output / HELD_BACK)


def read_written_rows(folder: Path) -> WrittenRows:
    """All rows of a corpus on disk, without the verdicts on them."""
    import pyarrow.parquet as pq

    records = pq.read_table(folder / CORPUS).to_pylist()
    return WrittenRows(
        tuple(_generated(record) for record in records),
        tuple(record["round"] for record in records),
        frozenset(record["id"] for record in records if record["held_back"]),
    )


def read_verdicts(folder: Path, row_id: str) -> list[tuple[str, Verdict]]:
    """The rows of a corpus with this id, each with who wrote it: one, or those whose text came twice."""
    import pyarrow.parquet as pq

    table = pq.read_table(folder / CORPUS, filters=[("id", "=", row_id)])
    return [
        (
            record["teacher"],
            Verdict(_generated(record), record["rejected_by"], record["detail"]),
        )
        for record in table.to_pylist()
    ]


def _generated(record: dict[str, Any]) -> GeneratedRow:
    return GeneratedRow(
        Row(record["question"], record["answer"], record["context"], id=record["id"]),
        Origin(
            seeds=tuple(record["seeds"]),
            template=record["template"],
            design=record["design"],
            mutators=tuple((name, value) for name, value in record["mutators"]),
            requests=tuple(record["requests"]),
            votes=tuple(Vote(vote["answer"], vote["request"]) for vote in record["votes"]),
        ),
        record["unreadable"],
    )


def corpus_schema() -> pa.Schema:
    """The columns of `corpus.parquet`."""
    import pyarrow as pa

    texts = pa.list_(pa.string())
    return pa.schema(
        {
            "id": pa.string(),
            "question": pa.string(),
            "answer": pa.string(),
            "context": pa.string(),
            "teacher": pa.string(),
            "template": pa.string(),
            "seeds": texts,
            "design": pa.string(),
            "mutators": pa.map_(pa.string(), pa.string()),
            "requests": texts,
            "votes": pa.list_(pa.struct({"answer": pa.string(), "request": pa.string()})),
            "unreadable": pa.string(),
            "label": pa.string(),
            "kept": pa.bool_(),
            "rejected_by": pa.string(),
            "detail": pa.string(),
            "round": pa.int32(),
            "held_back": pa.bool_(),
        }
    )
