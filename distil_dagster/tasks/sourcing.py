"""Fetches the rows of a `RowSource` and writes them into a task folder as `train.jsonl` and `test.jsonl`."""

import csv
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

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
        answer = str(record[source.answer]).strip()
        context = _context(record, source)
        question = str(record[source.question]).strip()
        if not question or not answer:
            raise SourceError(
                f"row {number} of the split {split!r} of {source.address} has an empty question or answer"
            )
        yield Row(question, source.answer_names.get(answer, answer), context)


def _context(record: Mapping[str, Any], source: RowSource) -> str | None:
    if source.context is None:
        return None
    context = record[source.context]
    if isinstance(context, str):
        return context.strip() or None
    wanted = set(record[source.supporting_facts]["title"]) if source.supporting_facts else set(context["title"])
    paragraphs = zip(context["title"], context["sentences"], strict=True)
    return "\n\n".join(f"{title}\n{''.join(sentences)}" for title, sentences in paragraphs if title in wanted)


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
    except (OSError, ValueError, RuntimeError) as error:
        raise SourceError(
            f"the rows of {source.address} are neither in the cache nor can they be downloaded ({_first_line(error)}); "
            f"run this once with a network and HF_HUB_OFFLINE=0, or take a copy of the data set from a folder with "
            f"distil import FOLDER --name TASK"
        ) from error
    feature = rows.features.get(source.answer)
    names = feature.names if isinstance(feature, datasets.ClassLabel) else None
    for record in rows:
        yield {**record, source.answer: names[record[source.answer]]} if names else record


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
    """The rows of a CSV, JSON Lines or Parquet file. Raises SourceError naming the line that can't be read."""
    if file.suffix == ".parquet":
        import pyarrow.parquet as pq

        yield from pq.read_table(file).to_pylist()
        return
    with file.open(encoding="utf-8-sig", newline="") as text:
        if file.suffix == ".csv":
            yield from csv.DictReader(text)
            return
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
