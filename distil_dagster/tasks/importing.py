"""Takes in a folder that has rows but doesn't say what they are: no config.yaml, or no job_description.json.

If it bears the name of a bundled task whose rows are public, it holds that task's rows. Otherwise kind and columns are
supposed from the rows, written down where the user can change them, and told.
"""

import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from distil_dagster.tasks.answer_forms import recognised_form
from distil_dagster.tasks.folder import CONFIG, JOB_DESCRIPTION, Problem, TaskFolderError, settings_of
from distil_dagster.tasks.job_description import JobDescription, read_job_description
from distil_dagster.tasks.rows import Row
from distil_dagster.tasks.source import RowSource
from distil_dagster.tasks.sourcing import ENDINGS, fetch_rows, records_of, write_sourced_rows
from distil_dagster.tasks.sql_eval import complete_sql_eval, is_sql_eval_folder

QUESTION_COLUMNS = ("question", "text", "utterance", "sentence", "input", "query")
ANSWER_COLUMNS = ("answer", "label_text", "label", "category", "intent", "class", "output", "target")
CONTEXT_COLUMNS = ("context", "passage", "document")
ROWS_PER_CLASS = 4
"""With fewer rows of each answer than this, answers are no classes."""


@dataclass(frozen=True)
class _Supposed:
    """What a folder's rows are taken for."""

    kind: str
    form: str | None
    classes: tuple[str, ...]

    def description(self) -> dict[str, Any]:
        if self.kind == "classification":
            return {
                "task_description": "Say which class the text belongs to.",
                "classes_description": dict.fromkeys(self.classes, ""),
            }
        if self.kind == "question-answering-open-book":
            return {"task_description": "Answer the question from the context, in as few words as possible."}
        return {"task_description": "Answer the question."}


def complete_unnamed(folder: Path, output: Path, *, bundled: Path | None) -> list[str]:
    """Write a whole task folder from one that has only rows, and say in sentences what was supposed.

    Args:
        folder: has a training and a test file in any of the known forms, or is one of sql-eval.
        output: an empty folder.
        bundled: the bundled task of the same name, if there is one.

    Raises:
        TaskFolderError: if there are no such files, or no columns that could be questions and answers.
    """
    if is_sql_eval_folder(folder):
        return complete_sql_eval(folder, output)
    source = _source(folder)
    settings = settings_of(bundled) if bundled else None
    if bundled and settings and settings.distil_dagster.source:
        for file in (CONFIG, JOB_DESCRIPTION):
            shutil.copyfile(bundled / file, output / file)
        stratified = settings.base.task == "classification"
        source = source.model_copy(update={"seeds": settings.distil_dagster.source.seeds})
        notes = [f"{folder} holds rows of the bundled task {bundled.name}: its description and settings are taken"]
    else:
        everything = fetch_rows(source.model_copy(update={"seeds": sys.maxsize}), stratified=False)
        supposed = _supposed((*everything.seeds, *everything.tests), _declared(folder))
        stratified = supposed.kind == "classification"
        source = source.model_copy(update={"seeds": max(source.seeds, len(supposed.classes))})
        if (folder / JOB_DESCRIPTION).exists():
            shutil.copyfile(folder / JOB_DESCRIPTION, output / JOB_DESCRIPTION)
        else:
            (output / JOB_DESCRIPTION).write_text(json.dumps(supposed.description(), indent=2, ensure_ascii=False))
        own = {"answer_form": supposed.form} if supposed.form else {}
        content = {"base": {"task": supposed.kind}, "distil_dagster": own}
        (output / CONFIG).write_text(yaml.safe_dump({key: value for key, value in content.items() if value}))
        notes = [f"supposed from the rows: {supposed.kind}{f', answers are {supposed.form}' if supposed.form else ''}"]
    sourced = fetch_rows(source, stratified=stratified)
    write_sourced_rows(sourced, output)
    counts = sourced.counts
    notes.append(
        f"columns: {source.question} as question, {source.answer} as answer"
        + (f", {source.context} as context" if source.context else "")
        + f"; {counts.seeds} seeds of {counts.train_rows:,} training rows"
        + (
            f", {counts.train_rows_also_in_test} of them left out: they are also tests"
            * bool(counts.train_rows_also_in_test)
        )
    )
    for unstructured in folder.glob("unstructured.*"):
        shutil.copyfile(unstructured, output / unstructured.name)
    return notes


def _source(folder: Path) -> RowSource:
    missing = [
        Problem(f"{split}.jsonl", None, f"missing: expected {split}.jsonl, {split}.csv or {split}.parquet")
        for split in ("train", "test")
        if not any((folder / f"{split}.{ending}").is_file() for ending in ENDINGS)
    ]
    if missing:
        raise TaskFolderError(folder, [*missing, Problem(CONFIG, None, "missing")])
    first = next(folder / f"train.{ending}" for ending in ENDINGS if (folder / f"train.{ending}").is_file())
    record: Mapping[str, Any] = next(iter(records_of(first)), {})
    question, answer = _named(record, QUESTION_COLUMNS), _named(record, ANSWER_COLUMNS)
    if not question or not answer:
        raise TaskFolderError(
            folder,
            [
                Problem(
                    first.name,
                    1,
                    f"no column is known as question ({', '.join(QUESTION_COLUMNS)}) and answer "
                    f"({', '.join(ANSWER_COLUMNS)}); found {', '.join(map(str, record)) or 'nothing'}; "
                    f"a {CONFIG} with distil_dagster.source may name them",
                )
            ],
        )
    return RowSource(path=str(folder), question=question, answer=answer, context=_named(record, CONTEXT_COLUMNS))


def _named(record: Mapping[str, Any], names: Sequence[str]) -> str | None:
    return next((name for name in names if name in record), None)


def _declared(folder: Path) -> JobDescription:
    """The job description that the folder has; an empty one if there is none, or what is wrong with it left out."""
    file = folder / JOB_DESCRIPTION
    return read_job_description(file.read_text("utf-8-sig"), lambda *_: None) if file.exists() else JobDescription()


def _supposed(rows: Sequence[Row], declared: JobDescription) -> _Supposed:
    if declared.tools.tools:
        dialogues = any(row.question.lstrip().startswith("[") for row in rows)
        return _Supposed(f"{'multi-turn-' * dialogues}tool-calling-closed-book", None, ())
    if declared.classes:
        return _Supposed("classification", None, tuple(declared.classes))
    form = recognised_form(rows).name
    if form != "text":
        return _Supposed("question-answering", form, ())
    answers = sorted({row.answer for row in rows})
    if len(answers) * ROWS_PER_CLASS <= len(rows):
        return _Supposed("classification", None, tuple(answers))
    kind = "question-answering-open-book" if all(row.context for row in rows) else "question-answering"
    return _Supposed(kind, form, ())
