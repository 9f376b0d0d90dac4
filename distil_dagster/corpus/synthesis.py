"""From a task and a teacher to the corpus on disk: `corpus.parquet` (every row) and `rows.parquet` (the kept ones)."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from distil_dagster.corpus.contamination import (
    ContaminationReport,
    contamination,
    fingerprints,
    write_contamination,
)
from distil_dagster.corpus.curation import CurationSettings, Verdict, curate, funnel, test_utterances_in
from distil_dagster.tasks import Row, Task
from distil_dagster.tasks.seed_set import COLUMNS
from distil_dagster.teachers import Teacher


class CorpusSummary(BaseModel):
    """What came of a synthesis, in counts of rows."""

    model_config = ConfigDict(frozen=True)

    teacher: str
    requested: int
    exhausted: bool
    """The teacher ran out of distinct rows before it had written as many as were asked for."""
    funnel: dict[str, int]
    kept_by_label: dict[str, int]
    """Rows kept of each tool or class; empty where answers have none."""
    test_utterances_said: int
    """Distinct utterances of the test set, however short, that some kept row holds in another dialogue."""


def synthesise(
    task: Task, teacher: Teacher, *, count: int, random_seed: int, settings: CurationSettings, output: Path
) -> CorpusSummary:
    """Have the teacher write `count` rows, curate them, and write both tables and `summary.json` to `output`.

    Raises:
        ValueError: if no row is left: nothing could be trained on.
    """
    generation = teacher.generate(count=count, seed=random_seed)
    verdicts = curate(task, generation.rows, settings)
    kept = [verdict for verdict in verdicts if verdict.rejected_by is None]
    counts = funnel(verdicts)
    if not kept:
        raise ValueError(f"the teacher {teacher.name} wrote no row for {task.name} that passes the filters: {counts}")
    _write(task, teacher, verdicts, output)
    write_contamination(task_contamination(task, [verdict.generated.row for verdict in kept], settings), output)
    labels = Counter(filter(None, (task.kind.label(verdict.generated.row.answer) for verdict in kept)))
    summary = CorpusSummary(
        teacher=teacher.name,
        requested=generation.requested,
        exhausted=generation.exhausted,
        funnel=counts,
        kept_by_label=dict(sorted(labels.items())),
        test_utterances_said=len(test_utterances_in(task, [verdict.generated.row for verdict in kept])),
    )
    (output / "summary.json").write_text(summary.model_dump_json(indent=2))
    return summary


def task_contamination(task: Task, corpus: Sequence[Row], settings: CurationSettings) -> ContaminationReport:
    """How much of seeds, corpus and test set is in one another, by the thresholds that the filters use."""
    telling = settings.telling_tokens
    return contamination(
        {
            "seeds": fingerprints(task, task.seeds, telling_tokens=telling),
            "corpus": fingerprints(task, corpus, telling_tokens=telling),
            "tests": fingerprints(task, task.tests, telling_tokens=telling),
        },
        threshold=settings.test_similarity,
        telling_tokens=telling,
    )


def _write(task: Task, teacher: Teacher, verdicts: list[Verdict], output: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table(
        {
            "id": [verdict.generated.row.id for verdict in verdicts],
            "question": [verdict.generated.row.question for verdict in verdicts],
            "answer": [verdict.generated.row.answer for verdict in verdicts],
            "context": pa.array([verdict.generated.row.context for verdict in verdicts], pa.string()),
            "teacher": [teacher.name] * len(verdicts),
            "template": [verdict.generated.origin.template for verdict in verdicts],
            "seeds": pa.array([list(verdict.generated.origin.seeds) for verdict in verdicts], pa.list_(pa.string())),
            "label": pa.array([task.kind.label(verdict.generated.row.answer) for verdict in verdicts], pa.string()),
            "kept": [verdict.rejected_by is None for verdict in verdicts],
            "rejected_by": pa.array([verdict.rejected_by for verdict in verdicts], pa.string()),
            "detail": pa.array([verdict.detail for verdict in verdicts], pa.string()),
        }
    )
    pq.write_table(table, output / "corpus.parquet")
    pq.write_table(table.filter(table["kept"]).select(list(COLUMNS)), output / "rows.parquet")
