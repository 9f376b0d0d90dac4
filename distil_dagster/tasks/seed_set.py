"""A task folder as an artifact: the files as they were, and tables of the rows with their ids."""

import hashlib
import shutil
from collections.abc import Collection
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from distil_dagster.tasks.folder import Task, load_task, settings_of
from distil_dagster.tasks.kind import Kind
from distil_dagster.tasks.kinds import kind_of
from distil_dagster.tasks.rows import Row
from distil_dagster.tasks.source import RowSource
from distil_dagster.tasks.sourcing import SOURCE_FILE, SourceCounts, fetch_rows, write_sourced_rows

PREVIEW_ROWS = 5
COLUMNS = ("id", "question", "answer", "context")


class PreviewRow(BaseModel):
    """One row to look at."""

    question: str
    answer: str


class SeedSetSummary(BaseModel):
    """What a task folder holds."""

    model_config = ConfigDict(frozen=True)

    name: str
    kind: str
    metric: str
    """The one that decides whether an answer is right."""
    description: str
    system_prompt: str
    counts: dict[str, int]
    source: SourceCounts | None
    """Where the rows come from, if not from the folder itself."""
    preview: tuple[PreviewRow, ...]


def folder_hash(folder: Path) -> str:
    """SHA-256 over the names and contents of the folder's files."""
    digest = hashlib.sha256()
    for path in _files(folder):
        digest.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def complete_folder(
    folder: Path, output: Path, *, cache: Path | None = None, only: Collection[str] | None = None
) -> None:
    """Copy a task folder's files, or only those of these names, and fetch the rows if they are in a public data set.

    Raises SourceError if they can't be had.
    """
    for path in _files(folder):
        if only is None or path.name in only:
            shutil.copyfile(path, output / path.name)
    source, settings = source_of(folder), settings_of(folder)
    if source and settings:
        stratified = settings.base.task == "classification"
        write_sourced_rows(fetch_rows(source, stratified=stratified, cache=cache), output)


def kind_of_folder(folder: Path) -> Kind:
    """The kind of a valid task, also of one whose rows are elsewhere. Raises TaskFolderError for an invalid one."""
    settings = settings_of(folder)
    return kind_of(settings, ()) if settings and source_of(folder) else load_task(folder).kind


def source_of(folder: Path) -> RowSource | None:
    """Where the rows of a task folder are if they aren't in it; None if they are, or its settings can't be read.

    A path is taken from the task folder.
    """
    settings = settings_of(folder)
    source = settings.distil_dagster.source if settings else None
    if source is None or any((folder / f"train.{ending}").exists() for ending in ("jsonl", "csv")):
        return None
    return source.model_copy(update={"path": str(folder / source.path)}) if source.path else source


def write_seed_set(folder: Path, name: str, output: Path, *, cache: Path | None = None) -> SeedSetSummary:
    """Check the folder and write `folder/`, `seeds.parquet`, `tests.parquet` and `summary.json`.

    Raises TaskFolderError with every problem of the folder, SourceError if its rows are elsewhere and can't be had.
    """
    if source_of(folder) is None:
        load_task(folder)  # what is wrong with it is told of the user's own folder, not of the copy
    (output / "folder").mkdir()
    complete_folder(folder, output / "folder", cache=cache)
    task = load_task(output / "folder", name=name)
    write_rows(list(task.seeds), output / "seeds.parquet")
    write_rows(list(task.tests), output / "tests.parquet")
    summary = SeedSetSummary(
        name=name,
        kind=task.kind.name,
        metric=task.kind.deciding_metric,
        description=task.description,
        system_prompt=task.kind.system_prompt(task),
        counts={
            "seeds": len(task.seeds),
            "tests": len(task.tests),
            "test_questions": len(task.test_examples),
            "unstructured": len(task.unstructured),
            "tools": len(task.tools.tools),
            "classes": len(task.classes),
        },
        source=_source_counts(output / "folder"),
        preview=tuple(PreviewRow(question=row.question, answer=row.answer) for row in task.seeds[:PREVIEW_ROWS]),
    )
    (output / "summary.json").write_text(summary.model_dump_json(indent=2))
    return summary


def read_seed_set(artifact_folder: Path) -> Task:
    """The task of a seed set on disk, under the name it was written with."""
    summary = SeedSetSummary.model_validate_json((artifact_folder / "summary.json").read_text())
    return load_task(artifact_folder / "folder", name=summary.name)


def write_rows(rows: list[Row], path: Path) -> None:
    """Write rows as a table with the columns id, question, answer, context."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = {name: [getattr(row, name) for row in rows] for name in COLUMNS}
    pq.write_table(pa.table(columns, schema=pa.schema([(name, pa.string()) for name in columns])), path)


def read_rows(path: Path) -> list[Row]:
    """Read a table with the columns id, question, answer, context."""
    import pyarrow.parquet as pq

    return [Row(**record) for record in pq.read_table(path, columns=list(COLUMNS)).to_pylist()]


def _source_counts(folder: Path) -> SourceCounts | None:
    file = folder / SOURCE_FILE
    return SourceCounts.model_validate_json(file.read_text()) if file.exists() else None


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []
