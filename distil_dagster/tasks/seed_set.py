"""A task folder as an artifact: the files as they were, and tables of the rows with their ids."""

import hashlib
import shutil
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from distil_dagster.tasks.folder import Task, load_task
from distil_dagster.tasks.rows import Row

PREVIEW_ROWS = 5


class PreviewRow(BaseModel):
    """One row to look at."""

    question: str
    answer: str


class SeedSetSummary(BaseModel):
    """What a task folder holds."""

    model_config = ConfigDict(frozen=True)

    name: str
    kind: str
    description: str
    system_prompt: str
    counts: dict[str, int]
    preview: tuple[PreviewRow, ...]


def folder_hash(folder: Path) -> str:
    """SHA-256 over the names and contents of the folder's files."""
    digest = hashlib.sha256()
    for path in _files(folder):
        digest.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def write_seed_set(folder: Path, name: str, output: Path) -> SeedSetSummary:
    """Check the folder and write `folder/`, `seeds.parquet`, `tests.parquet` and `summary.json`.

    Raises TaskFolderError with every problem of the folder.
    """
    task = load_task(folder, name=name)
    (output / "folder").mkdir()
    for path in _files(folder):
        shutil.copyfile(path, output / "folder" / path.name)
    write_rows(list(task.seeds), output / "seeds.parquet")
    write_rows(list(task.tests), output / "tests.parquet")
    summary = SeedSetSummary(
        name=name,
        kind=task.kind.name,
        description=task.description,
        system_prompt=task.kind.system_prompt(task),
        counts={
            "seeds": len(task.seeds),
            "tests": len(task.tests),
            "test_turns": len(task.test_examples),
            "unstructured": len(task.unstructured),
            "tools": len(task.tools.tools),
        },
        preview=tuple(PreviewRow(question=row.question, answer=row.answer) for row in task.seeds[:PREVIEW_ROWS]),
    )
    (output / "summary.json").write_text(summary.model_dump_json(indent=2))
    return summary


def read_seed_set(artifact_folder: Path) -> Task:
    """The task of a seed set on disk, under the name it was written with."""
    summary = SeedSetSummary.model_validate_json((artifact_folder / "summary.json").read_text())
    return load_task(artifact_folder / "folder", name=summary.name)


def write_rows(rows: list[Row], path: Path) -> None:
    """Write rows as a table with the columns id, question, answer."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = {name: [getattr(row, name) for row in rows] for name in ("id", "question", "answer")}
    pq.write_table(pa.table(columns, schema=pa.schema([(name, pa.string()) for name in columns])), path)


def read_rows(path: Path) -> list[Row]:
    """Read a table with the columns id, question, answer."""
    import pyarrow.parquet as pq

    table = pq.read_table(path, columns=["id", "question", "answer"]).to_pylist()
    return [Row(record["question"], record["answer"], id=record["id"]) for record in table]


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file())
