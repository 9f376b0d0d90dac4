"""Fetches the rows of a `RowSource` and writes them into a task folder as `train.jsonl` and `test.jsonl`."""

import csv
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, TextIO

from pydantic import BaseModel, ConfigDict

from distil_dagster.tasks.rows import Row, read_json
from distil_dagster.tasks.source import RowSource

ENDINGS = ("csv", "jsonl", "parquet")
SOURCE_FILE = "source.json"


class SourceError(ValueError):
    """The rows of a source can't be had; the message says what to do."""


class SourceCounts(BaseModel):
    """What became of a source's rows; written beside them as `source.json`."""

    model_config = ConfigDict(frozen=True)

    address: str
    train_rows: int
    test_rows: int
    train_rows_also_in_test: int
    """Left out of what the seeds were drawn from, so that the test set stays the official one."""
    seeds: int


@dataclass(frozen=True)
class SourcedRows:
    """Seeds and tests, and how they came about."""

    seeds: tuple[Row, ...]
    tests: tuple[Row, ...]
    counts: SourceCounts


def fetch_rows(source: RowSource, *, stratified: bool, cache: Path | None = None) -> SourcedRows:
    """The rows of the source: its test split, and seeds drawn from its training split.

    Args:
        source: where the rows are.
        stratified: whether to draw equally many seeds of each answer, as far as there are as many.
        cache: folder for what the hub sends; that of `datasets` by default.

    Raises:
        SourceError: if the rows aren't there, naming what to download; or if a column is missing.
    """
    train = list(_rows(source, source.train_split, cache))
    tests = list(_rows(source, source.test_split, cache))
    asked = {_asked(row) for row in tests}
    apart = list({_asked(row): row for row in train if _asked(row) not in asked}.values())
    seeds = _drawn(apart, source.seeds, Random(source.random_seed), stratified=stratified)
    counts = SourceCounts(
        address=source.address,
        train_rows=len(train),
        test_rows=len(tests),
        train_rows_also_in_test=sum(_asked(row) in asked for row in train),
        seeds=len(seeds),
    )
    return SourcedRows(tuple(seeds), tuple(tests), counts)


def write_sourced_rows(rows: SourcedRows, folder: Path) -> None:
    """Write `train.jsonl`, `test.jsonl` and `source.json` into the task folder."""
    for stem, part in (("train", rows.seeds), ("test", rows.tests)):
        lines = (json.dumps(_record(row), ensure_ascii=False) + "\n" for row in part)
        (folder / f"{stem}.jsonl").write_text("".join(lines), encoding="utf-8")
    (folder / SOURCE_FILE).write_text(rows.counts.model_dump_json(indent=2))


def _record(row: Row) -> dict[str, str]:
    record = {"question": row.question, "answer": row.answer}
    return record if row.context is None else {**record, "context": row.context}


def _drawn(rows: Sequence[Row], count: int, random: Random, *, stratified: bool) -> list[Row]:
    """Rows drawn in turn from each answer's, in an order of answers drawn as well; from all of them if unstratified."""
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in random.sample(rows, len(rows)):
        groups[row.answer if stratified else ""].append(row)
    order = sorted(groups)
    random.shuffle(order)
    drawn: list[Row] = []
    while len(drawn) < min(count, len(rows)):
        drawn += [groups[answer].pop() for answer in order if groups[answer]][: count - len(drawn)]
    return drawn


def _rows(source: RowSource, split: str, cache: Path | None) -> Iterator[Row]:
    records = _hub_records(source, split, cache) if source.hub else _local_records(source, split)
    wanted = (source.question, source.answer, source.context, source.supporting_facts)
    for number, record in enumerate(records, start=1):
        missing = [column for column in wanted if column and column not in record]
        if missing:
            raise SourceError(
                f"the split {split!r} of {source.address} has no column {missing[0]!r}; "
                f"it has: {', '.join(map(str, record))} (distil_dagster.source in config.yaml says which mean what)"
            )
        question, answer = _text(record[source.question]), _text(record[source.answer])
        if not question or not answer:
            raise SourceError(
                f"row {number} of the split {split!r} of {source.address} has an empty question or answer"
            )
        try:
            context = _context(record, source)
        except (TypeError, KeyError, ValueError) as error:
            raise SourceError(
                f"row {number} of the split {split!r} of {source.address}: expected {source.context!r} to be a text, "
                f"or title and sentences with supporting facts that name titles"
            ) from error
        yield Row(question, source.answer_names.get(answer, answer), context)


def _text(value: object) -> str:
    return "" if value is None else str(value).strip()


def _context(record: Mapping[str, Any], source: RowSource) -> str | None:
    context = record[source.context] if source.context else None
    if context is None or isinstance(context, str):
        return _text(context) or None
    wanted = set(record[source.supporting_facts]["title"]) if source.supporting_facts else set(context["title"])
    paragraphs = zip(context["title"], context["sentences"], strict=True)
    return "\n\n".join(f"{title}\n{''.join(sentences)}" for title, sentences in paragraphs if title in wanted) or None


def _hub_records(source: RowSource, split: str, cache: Path | None) -> Iterator[Mapping[str, Any]]:
    import datasets

    try:
        rows = datasets.load_dataset(
            source.hub,
            source.configuration,
            revision=source.revision,
            split=split,
            cache_dir=str(cache) if cache else None,
        )
    except (datasets.exceptions.DatasetsError, OSError, ValueError, RuntimeError) as error:
        raise SourceError(
            f"the split {split!r} of {source.address} can't be loaded ({_first_line(error)}); if it isn't in the cache "
            f"yet, run this once with a network and HF_HUB_OFFLINE=0, or take a copy of the data set from a folder "
            f"with distil import FOLDER --name TASK"
        ) from error
    # Without a network, `datasets` takes the copy it cached last, whatever revision it is asked for. The folder of a
    # cached copy is named after its revision.
    cached = {Path(file["filename"]).parent.name for file in rows.cache_files}
    if cached - {source.revision}:
        raise SourceError(
            f"the cache holds {source.hub} as of revision {', '.join(sorted(cached))} and not {source.revision}; "
            f"run this once with a network and HF_HUB_OFFLINE=0"
        )
    feature = rows.features.get(source.answer)
    names = dict(enumerate(feature.names)) if isinstance(feature, datasets.ClassLabel) else None
    for record in rows:
        # -1 is the number of a label that isn't given away.
        yield {**record, source.answer: names.get(record[source.answer])} if names else record


def _local_records(source: RowSource, split: str) -> Iterator[Mapping[str, Any]]:
    if not source.path:
        raise SourceError(
            f"the rows are found at {source.homepage} and not on the hub; download them into a folder as "
            f"{source.train_split}.csv and {source.test_split}.csv and give it to distil import FOLDER --name TASK"
        )
    folder = Path(source.path)
    files = [file for ending in ENDINGS if (file := folder / f"{split}.{ending}").is_file()]
    if not files:
        choices = ", ".join(f"{split}.{ending}" for ending in ENDINGS)
        raise SourceError(f"{folder} has no rows of the split {split!r}; expected one of {choices}")
    yield from records_of(files[0])


def records_of(file: Path) -> Iterator[Mapping[str, Any]]:
    """The rows of a CSV, JSON Lines or Parquet file.

    Raises SourceError if it can't be read, with the line where there are lines.
    """
    if file.suffix == ".parquet":
        yield from _parquet_records(file)
        return
    try:
        with file.open(encoding="utf-8-sig", newline="") as text:
            yield from (_csv_records if file.suffix == ".csv" else _json_records)(file, text)
    except UnicodeDecodeError as error:
        raise SourceError(f"{file}: can't be read as UTF-8 text: {error}") from error


def _parquet_records(file: Path) -> Iterator[Mapping[str, Any]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        yield from pq.read_table(file).to_pylist()
    except pa.ArrowInvalid as error:
        raise SourceError(f"{file}: can't be read as Parquet: {_first_line(error)}") from error


def _csv_records(file: Path, text: TextIO) -> Iterator[Mapping[str, Any]]:
    reader = csv.DictReader(text)
    try:
        for record in reader:
            if None in record:
                raise SourceError(
                    f"{file}:{reader.line_num}: more values than columns; put values with commas in quotes"
                )
            yield record
    except csv.Error as error:
        raise SourceError(f"{file}:{reader.line_num}: not CSV: {error}") from error


def _json_records(file: Path, text: TextIO) -> Iterator[Mapping[str, Any]]:
    for number, line in enumerate(text, start=1):
        if not line.strip():
            continue
        try:
            record = read_json(line)
        except ValueError as error:
            raise SourceError(f"{file}:{number}: not JSON: {error}") from error
        if not isinstance(record, dict):
            raise SourceError(f"{file}:{number}: expected a JSON object, found {type(record).__name__}")
        yield record


def _asked(row: Row) -> str:
    return " ".join(f"{row.question} {row.context or ''}".casefold().split())


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:200] if lines else type(error).__name__
