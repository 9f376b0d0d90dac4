"""A task folder, read and checked: the form Distil Labs publishes, as it is.

All that is wrong with a folder is reported at once (`TaskFolderError`), each problem with its file, its line
and what was expected. Nothing after this module checks a row again.
"""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from distil_dagster.tasks.job_description import JobDescription, read_job_description
from distil_dagster.tasks.kind import Kind
from distil_dagster.tasks.kinds import kind_of
from distil_dagster.tasks.rows import Example, Row, read_json
from distil_dagster.tasks.settings import TaskSettings, settings_problems
from distil_dagster.tasks.tools import Toolbox

MINIMUM_ROWS = 20
JOB_DESCRIPTION = "job_description.json"
CONFIG = "config.yaml"


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a folder: where, and what was expected there."""

    file: str
    line: int | None
    message: str

    def __str__(self) -> str:
        """The problem on one line, as compilers write it."""
        return f"{self.file}:{self.line}: {self.message}" if self.line else f"{self.file}: {self.message}"


class TaskFolderError(ValueError):
    """A folder is no valid task; carries every problem found in it."""

    def __init__(self, folder: Path, problems: list[Problem]) -> None:
        self.folder = folder
        self.problems = problems
        lines = "\n".join(f"  {problem}" for problem in problems)
        count = f"{len(problems)} problem" + ("s" if len(problems) != 1 else "")
        super().__init__(f"the task folder {folder} has {count}:\n{lines}")


@dataclass(frozen=True)
class Task:
    """A valid task: what it asks for, the tools it may call, and its rows."""

    name: str
    kind: Kind
    job: JobDescription
    seeds: tuple[Row, ...]
    tests: tuple[Row, ...]
    unstructured: tuple[str, ...]
    settings: TaskSettings
    phrasings: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Further templates from grammar.yaml, by tool; only the recombination teacher reads them."""

    @property
    def description(self) -> str:
        """The task in words."""
        return self.job.description

    @property
    def tools(self) -> Toolbox:
        """The tools that may be called."""
        return self.job.tools

    @property
    def classes(self) -> Mapping[str, str]:
        """The labels that may be given, each with its description."""
        return self.job.classes

    @cached_property
    def answer_token_limit(self) -> int:
        """Tokens that no answer should need: one for every two characters of the longest seed's answer, and some.

        Tokenizers need one for three to four characters of English, for two and a half of JSON or code.
        """
        return max(len(example.target) for row in self.seeds for example in self.kind.expand(row)) // 2 + 16

    @cached_property
    def test_examples(self) -> tuple[Example, ...]:
        """The questions of the test set, each once, in the order of its rows.

        Each assistant turn is a question of its own unless `evaluation.expand_tool_calling_turns` is off. Rows
        that already hold a dialogue turn by turn would ask the same question twice, so equal ones count once.
        """
        seen = set()
        examples = []
        for row in self.tests:
            expanded = self.kind.expand(row)
            if not self.settings.evaluation.expand_tool_calling_turns:
                expanded = expanded[-1:]
            for example in expanded:
                question = (example.messages, example.target)
                if question not in seen:
                    seen.add(question)
                    examples.append(example)
        return tuple(examples)


def load_task(folder: Path, *, name: str | None = None) -> Task:
    """Read and check a task folder.

    Raises:
        TaskFolderError: with every problem of the folder, not only the first.
    """
    return _FolderReader(folder).read(name or folder.name)


def load_declaration(folder: Path) -> Task:
    """What a folder says of its task, without its rows; the form of answers to questions must be named in config.yaml.

    Raises:
        TaskFolderError: with every problem of job_description.json and config.yaml.
    """
    return _FolderReader(folder).declaration(folder.name)


def settings_of(folder: Path) -> TaskSettings | None:
    """The settings of a task folder; None if they can't be read, which `load_task` then tells."""
    return _FolderReader(folder).settings()


class _FolderReader:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.problems: list[Problem] = []

    def read(self, name: str) -> Task:
        if not self.folder.is_dir():
            self.fault(str(self.folder), None, "no such folder")
            raise TaskFolderError(self.folder, self.problems)
        settings = self.settings()
        job = self.job_description()
        seeds = self.rows("train", settings)
        tests = self.rows("test", settings)
        unstructured = self.unstructured()
        phrasings = self.phrasings(job.tools)
        if settings:
            task = Task(
                name,
                kind_of(settings, [row for _, _, row in seeds]),
                job,
                tuple(row for _, _, row in seeds),
                tuple(row for _, _, row in tests),
                unstructured,
                settings,
                phrasings,
            )
            lacking = task.kind.declaration_problems(task)
            # A job description that can't be read has been told of; that it lacks tools as well is no news.
            if not any(problem.file == JOB_DESCRIPTION for problem in self.problems):
                for problem in lacking:
                    self.fault(JOB_DESCRIPTION, None, problem)
            if not lacking:
                for file, line, row in [*seeds, *tests]:
                    for problem in task.kind.row_problems(task, row):
                        self.fault(file, line, problem)
        self.overlap(seeds, tests, task.kind if settings else None)
        if self.problems or not settings:
            raise TaskFolderError(self.folder, self.problems)
        return task

    def declaration(self, name: str) -> Task:
        settings, job = self.settings(), self.job_description()
        if settings:
            task = Task(name, kind_of(settings, ()), job, (), (), (), settings)
            for problem in task.kind.declaration_problems(task):
                self.fault(JOB_DESCRIPTION, None, problem)
        if self.problems or not settings:
            raise TaskFolderError(self.folder, self.problems)
        return task

    def fault(self, file: str, line: int | None, message: str) -> None:
        self.problems.append(Problem(file, line, message))

    def text(self, file: str) -> str | None:
        path = self.folder / file
        try:
            return path.read_text(encoding="utf-8-sig")
        except FileNotFoundError:
            self.fault(file, None, "missing")
        except (OSError, UnicodeDecodeError) as error:
            self.fault(file, None, f"can't be read as UTF-8 text: {error}")
        return None

    def settings(self) -> TaskSettings | None:
        text = self.text(CONFIG)
        if text is None:
            return None
        try:
            content = self.mapping(CONFIG, text)
            return None if content is None else TaskSettings.model_validate(content)
        except ValidationError as error:
            for problem in settings_problems(error):
                self.fault(CONFIG, None, problem)
        return None

    def mapping(self, file: str, text: str) -> dict[str, Any] | None:
        try:
            content = yaml.safe_load(text) or {}
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            reason = getattr(error, "problem", None) or str(error)
            self.fault(file, mark.line + 1 if mark else None, f"not YAML: {reason}")
            return None
        if not isinstance(content, dict):
            self.fault(file, None, f"expected keys with values, found {type(content).__name__}")
            return None
        return content

    def job_description(self) -> JobDescription:
        text = self.text(JOB_DESCRIPTION)
        if text is None:
            return JobDescription()
        return read_job_description(text, lambda line, message: self.fault(JOB_DESCRIPTION, line, message))

    def rows(self, stem: str, settings: TaskSettings | None) -> list[tuple[str, int, Row]]:
        found: list[tuple[str, int, Row]] = []
        file = self.existing(stem)
        if file is None:
            source = settings.distil_dagster.source if settings else None
            elsewhere = f"; its rows are those of {source.address}, which the seed set fetches" if source else ""
            self.fault(f"{stem}.jsonl", None, f"missing: expected {stem}.jsonl or {stem}.csv{elsewhere}")
            return found
        count = 0
        for line, record in self.records(file):
            count += 1
            texts = {}
            for column in ("question", "answer"):
                value = record.get(column)
                if value is None and column not in record:
                    self.fault(file, line, f"missing column {column!r}; found {', '.join(map(str, record))}")
                elif not isinstance(value, str):
                    self.fault(file, line, f"{column}: expected a text, found {type(value).__name__}")
                elif not value.strip():
                    self.fault(file, line, f"{column}: empty")
                else:
                    texts[column] = value
            context = record.get("context")
            if not isinstance(context, str | None):
                self.fault(file, line, f"context: expected a text, found {type(context).__name__}")
            elif len(texts) == 2:
                shown = context if context and context.strip() else None
                found.append((file, line, Row(texts["question"], texts["answer"], shown)))
        if count < MINIMUM_ROWS:
            self.fault(file, None, f"{count} rows; at least {MINIMUM_ROWS} are needed")
        return found

    def unstructured(self) -> tuple[str, ...]:
        file = self.existing("unstructured")
        if file is None:
            return ()
        texts = []
        for line, record in self.records(file):
            context = record.get("context")
            if isinstance(context, str) and context.strip():
                texts.append(context)
            else:
                self.fault(file, line, "context: expected a text")
        return tuple(texts)

    def phrasings(self, tools: Toolbox) -> dict[str, tuple[str, ...]]:
        file = "grammar.yaml"
        if not (self.folder / file).exists():
            return {}
        text = self.text(file) or ""
        phrasings = {}
        for tool_name, templates in (self.mapping(file, text) or {}).items():
            if tools.get(str(tool_name)) is None:
                self.fault(file, None, f"no tool is named {tool_name!r}; declared are {', '.join(tools.by_name)}")
            elif not isinstance(templates, list) or not all(isinstance(item, str) for item in templates):
                self.fault(file, None, f"{tool_name}: expected a list of phrasings with {{parameter}} slots")
            else:
                phrasings[str(tool_name)] = tuple(templates)
        return phrasings

    def existing(self, stem: str) -> str | None:
        present = [file for file in (f"{stem}.jsonl", f"{stem}.csv") if (self.folder / file).exists()]
        if len(present) > 1:
            self.fault(present[1], None, f"stands beside {present[0]}; remove one of them")
        return present[0] if present else None

    def records(self, file: str) -> Iterator[tuple[int, dict[str, Any]]]:
        text = self.text(file)
        if text is None:
            return
        if file.endswith(".csv"):
            reader = csv.DictReader(io.StringIO(text, newline=""))
            try:
                for record in reader:
                    if None in record:
                        self.fault(file, reader.line_num, "more values than columns; put values with commas in quotes")
                    else:
                        yield reader.line_num, record
            except csv.Error as error:
                self.fault(file, reader.line_num, f"not CSV: {error}")
            return
        for line, content in enumerate(text.split("\n"), start=1):
            if not content.strip():
                continue
            try:
                record = read_json(content)
            except ValueError as error:
                self.fault(file, line, f"not JSON: {_reason(error)}")
                continue
            if isinstance(record, dict):
                yield line, record
            else:
                self.fault(file, line, f"expected a JSON object, found {type(record).__name__}")

    def overlap(self, seeds: list[tuple[str, int, Row]], tests: list[tuple[str, int, Row]], kind: Kind | None) -> None:
        lines = {_shown(row, kind): (file, line) for file, line, row in seeds}
        for file, line, row in tests:
            if _shown(row, kind) in lines:
                seed_file, seed_line = lines[_shown(row, kind)]
                self.fault(file, line, f"this test row is also a seed ({seed_file}:{seed_line}); remove one")


def _reason(error: ValueError) -> str:
    return f"{error.msg} at column {error.colno}" if isinstance(error, json.JSONDecodeError) else str(error)


def _shown(row: Row, kind: Kind | None) -> str:
    """All that a model is shown of the row, folded; its question and context if that can't be said."""
    try:
        parts = [message.content for message in kind.expand(row)[-1].messages] if kind else [row.question]
    except ValueError:
        parts = [row.question, row.context or ""]
    return " ".join(" ".join(parts).casefold().split())
