"""Rows from elsewhere: what is read, what is drawn, and what is said when they can't be had."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from distil_dagster.tasks import Row
from distil_dagster.tasks.source import RowSource
from distil_dagster.tasks.sourcing import SourceCounts, SourcedRows, SourceError, fetch_rows, write_sourced_rows

Record = dict[str, Any]
COLOURS = ("red", "green", "blue", "grey")
REVISION = "0123456789abcdef0123456789abcdef01234567"


def colour_records(stem: str, count: int, answers: Sequence[Any] = COLOURS) -> list[Record]:
    return [{"text": f"{stem} {index}", "label": answers[index % len(answers)]} for index in range(count)]


def write_csv(file: Path, records: Sequence[Record]) -> None:
    with file.open("w", encoding="utf-8", newline="") as text:
        writer = csv.DictWriter(text, list(records[0]))
        writer.writeheader()
        writer.writerows(records)


def write_jsonl(file: Path, records: Sequence[Record]) -> None:
    file.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")


def write_parquet(file: Path, records: Sequence[Record]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.Table.from_pylist(list(records)), file)


def local(folder: Path, train: Sequence[Record], tests: Sequence[Record], **settings: Any) -> RowSource:
    """A folder of these rows as JSON Lines, and the source that reads it."""
    write_jsonl(folder / "train.jsonl", train)
    write_jsonl(folder / "test.jsonl", tests)
    return RowSource(path=str(folder), **{"question": "text", "answer": "label", **settings})


def fetch_error(source: RowSource, **settings: Any) -> str:
    with pytest.raises(SourceError) as error:
        fetch_rows(source, stratified=True, **settings)
    return str(error.value)


class TestLocalFiles:
    @pytest.mark.parametrize(
        ("ending", "write"), [("csv", write_csv), ("jsonl", write_jsonl), ("parquet", write_parquet)]
    )
    def test_every_form_gives_the_same_rows(
        self, tmp_path: Path, ending: str, write: Callable[[Path, Sequence[Record]], None]
    ) -> None:
        tests = [{"text": 'a "quoted", 1st\nline: né', "label": "red"}, {"text": "b", "label": "blue"}]
        write(tmp_path / f"train.{ending}", colour_records("seed", 40))
        write(tmp_path / f"test.{ending}", tests)
        sourced = fetch_rows(RowSource(path=str(tmp_path), question="text", answer="label", seeds=20), stratified=True)
        assert sourced.tests == (Row('a "quoted", 1st\nline: né', "red"), Row("b", "blue"))
        assert {row.question for row in sourced.seeds} <= {record["text"] for record in colour_records("seed", 40)}
        assert len(sourced.seeds) == 20

    def test_the_splits_may_have_other_names(self, tmp_path: Path) -> None:
        write_jsonl(tmp_path / "learn.jsonl", colour_records("seed", 20))
        write_csv(tmp_path / "validation.csv", colour_records("asked", 3))
        source = RowSource(
            path=str(tmp_path), train_split="learn", test_split="validation", question="text", answer="label"
        )
        assert [row.question for row in fetch_rows(source, stratified=False).tests] == ["asked 0", "asked 1", "asked 2"]

    def test_blanks_around_texts_and_a_byte_order_mark_are_no_part_of_them(self, tmp_path: Path) -> None:
        source = local(tmp_path, colour_records("seed", 20), [])
        (tmp_path / "test.jsonl").unlink()
        (tmp_path / "test.csv").write_text("text,label\n  a question ,red \n", encoding="utf-8-sig")
        assert fetch_rows(source, stratified=True).tests == (Row("a question", "red"),)

    def test_numbers_are_answers_as_they_are_written(self, tmp_path: Path) -> None:
        source = local(tmp_path, colour_records("seed", 20, [0, 1]), colour_records("asked", 2, [0, 1]))
        assert [row.answer for row in fetch_rows(source, stratified=True).tests] == ["0", "1"]

    def test_answer_names_replace_the_values_they_name(self, tmp_path: Path) -> None:
        train, tests = colour_records("seed", 20, [0, 1, 2]), colour_records("asked", 3, [0, 1, 2])
        source = local(tmp_path, train, tests, answer_names={"0": "red", "1": "blue"})
        sourced = fetch_rows(source, stratified=True)
        assert [row.answer for row in sourced.tests] == ["red", "blue", "2"]
        assert {row.answer for row in sourced.seeds} == {"red", "blue", "2"}


class TestFaults:
    def test_a_missing_column_is_named_with_those_there_are(self, tmp_path: Path) -> None:
        source = local(tmp_path, colour_records("seed", 20), colour_records("asked", 2), answer="colour")
        message = fetch_error(source)
        assert "no column 'colour'" in message
        assert "it has: text, label" in message
        assert "'train'" in message

    def test_a_missing_column_of_contexts_is_named_as_well(self, tmp_path: Path) -> None:
        source = local(tmp_path, colour_records("seed", 20), colour_records("asked", 2), context="passage")
        assert "no column 'passage'" in fetch_error(source)

    def test_a_missing_split_says_which_files_were_looked_for(self, tmp_path: Path) -> None:
        source = local(tmp_path, colour_records("seed", 20), colour_records("asked", 2))
        (tmp_path / "test.jsonl").unlink()
        message = fetch_error(source)
        assert "no rows of the split 'test'" in message
        assert "test.csv, test.jsonl, test.parquet" in message

    @pytest.mark.parametrize("empty", ["", "  \n", None])
    @pytest.mark.parametrize("column", ["text", "label"])
    def test_an_empty_question_or_answer_is_told_with_its_place(
        self, tmp_path: Path, column: str, empty: str | None
    ) -> None:
        tests = colour_records("asked", 3)
        tests[1][column] = empty
        message = fetch_error(local(tmp_path, colour_records("seed", 20), tests))
        assert message.startswith("row 2 of the split 'test'")
        assert "empty question or answer" in message

    def test_a_csv_row_that_is_cut_short_is_an_empty_answer_and_none_called_none(self, tmp_path: Path) -> None:
        source = local(tmp_path, colour_records("seed", 20), [])
        (tmp_path / "test.jsonl").unlink()
        (tmp_path / "test.csv").write_text("text,label\nwhich colour\n")
        assert fetch_error(source).startswith("row 1 of the split 'test'")

    @pytest.mark.parametrize(
        ("name", "content", "expected"),
        [
            ("test.csv", b"text,label\nfirst, second,red\n", "test.csv:2: more values than columns"),
            ("test.csv", b'text,label\n"' + b"x" * 200_000 + b'",red\n', "not CSV"),
            ("test.csv", b"text,label\ncaf\xe9,red\n", "test.csv: can't be read as UTF-8"),
            ("test.jsonl", b'{"text": "a", "label": "red"}\n\n{"text": ', "test.jsonl:3: not JSON"),
            ("test.jsonl", b'["a", "red"]\n', "test.jsonl:1: expected a JSON object, found list"),
            ("test.parquet", b"text,label\n", "test.parquet: can't be read as Parquet"),
        ],
    )
    def test_a_file_that_cannot_be_read_is_named(
        self, tmp_path: Path, name: str, content: bytes, expected: str
    ) -> None:
        source = local(tmp_path, colour_records("seed", 20), [])
        (tmp_path / "test.jsonl").unlink()
        (tmp_path / name).write_bytes(content)
        assert expected in fetch_error(source)

    def test_rows_that_only_a_person_can_fetch_are_told_with_their_homepage(self) -> None:
        message = fetch_error(RowSource(homepage="https://example.org/colours", train_split="learn"))
        assert "https://example.org/colours" in message
        assert "learn.csv and test.csv" in message
        assert "distil import FOLDER --name TASK" in message

    @pytest.mark.parametrize(
        "settings",
        [
            {},
            {"hub": "someone/colours"},
            {"hub": "someone/colours", "revision": REVISION, "path": "colours"},
            {"path": "colours", "seeds": 5},
            {"path": "colours", "colour": "label"},
        ],
    )
    def test_a_source_that_names_no_fixed_place_is_refused(self, settings: dict[str, Any]) -> None:
        with pytest.raises(ValidationError):
            RowSource(**settings)


class TestSeeds:
    def test_the_same_rows_are_drawn_each_time_and_others_under_another_seed(self, tmp_path: Path) -> None:
        source = local(tmp_path, colour_records("seed", 200), colour_records("asked", 4), seeds=20)
        seeds = fetch_rows(source, stratified=True).seeds
        assert fetch_rows(source, stratified=True).seeds == seeds
        assert set(fetch_rows(source.model_copy(update={"random_seed": 5}), stratified=True).seeds) != set(seeds)

    def test_answers_are_drawn_equally_often_however_rare_they_are(self, tmp_path: Path) -> None:
        train = colour_records("common", 300, ["red"]) + colour_records("rare", 18, ["green", "blue", "grey"])
        source = local(tmp_path, train, colour_records("asked", 4), seeds=22)
        drawn = Counter(row.answer for row in fetch_rows(source, stratified=True).seeds)
        assert set(drawn) == set(COLOURS)
        assert sorted(drawn.values()) == [5, 5, 6, 6]

    def test_an_answer_with_too_few_rows_gives_what_it_has(self, tmp_path: Path) -> None:
        train = colour_records("common", 300, ["red", "green"]) + colour_records("rare", 2, ["blue"])
        drawn = Counter(
            row.answer for row in fetch_rows(local(tmp_path, train, colour_records("asked", 1)), stratified=True).seeds
        )
        assert drawn == {"red": 24, "green": 24, "blue": 2}

    def test_more_answers_than_seeds_are_drawn_once_each_and_not_from_the_front(self, tmp_path: Path) -> None:
        names = [f"colour {index:02}" for index in range(70)]
        train = colour_records("seed", 350, names)
        source = local(tmp_path, train, colour_records("asked", 1), seeds=30)
        drawn = Counter(row.answer for row in fetch_rows(source, stratified=True).seeds)
        assert set(drawn.values()) == {1}
        assert len(drawn) == 30
        assert set(drawn) != set(names[:30])

    def test_unstratified_draws_follow_how_common_answers_are(self, tmp_path: Path) -> None:
        train = colour_records("common", 980, ["red"]) + colour_records("rare", 20, ["blue"])
        seeds = fetch_rows(local(tmp_path, train, colour_records("asked", 1)), stratified=False).seeds
        assert len(set(seeds)) == 50
        assert Counter(row.answer for row in seeds)["blue"] < 10

    def test_fewer_rows_than_seeds_are_all_taken(self, tmp_path: Path) -> None:
        sourced = fetch_rows(local(tmp_path, colour_records("seed", 21), colour_records("asked", 1)), stratified=True)
        assert {row.question for row in sourced.seeds} == {f"seed {index}" for index in range(21)}
        assert sourced.counts.seeds == 21


class TestOverlap:
    def test_training_rows_that_are_also_tests_are_left_out_and_counted(self, tmp_path: Path) -> None:
        tests = colour_records("asked", 4)
        train = [
            *colour_records("seed", 20),
            {"text": "Asked  0", "label": "red"},
            {"text": " asked 0", "label": "red"},
            {"text": "ASKED 3", "label": "blue"},
        ]
        sourced = fetch_rows(local(tmp_path, train, tests), stratified=True)
        assert sourced.counts == SourceCounts(
            address=str(tmp_path), train_rows=23, test_rows=4, train_rows_also_in_test=3, seeds=20
        )
        assert {row.question for row in sourced.seeds} == {f"seed {index}" for index in range(20)}

    def test_the_test_set_stays_whole_and_in_its_order(self, tmp_path: Path) -> None:
        tests = [*colour_records("asked", 4), *colour_records("asked", 2), *colour_records("seed", 1)]
        sourced = fetch_rows(local(tmp_path, colour_records("seed", 20), tests), stratified=True)
        assert [row.question for row in sourced.tests] == [record["text"] for record in tests]
        assert sourced.counts.test_rows == len(tests)

    def test_a_question_that_training_repeats_is_drawn_once(self, tmp_path: Path) -> None:
        train = [*colour_records("seed", 20), *colour_records("Seed ", 20), *colour_records("other", 2)]
        seeds = fetch_rows(local(tmp_path, train, colour_records("asked", 1)), stratified=False).seeds
        assert len({" ".join(row.question.casefold().split()) for row in seeds}) == len(seeds) == 22

    def test_the_same_question_about_another_context_is_another_row(self, tmp_path: Path) -> None:
        train = [{"text": "Which colour?", "label": "red", "passage": f"Case {index}."} for index in range(20)]
        tests = [{"text": "Which colour?", "label": "red", "passage": "Case 7."}]
        sourced = fetch_rows(local(tmp_path, train, tests, context="passage"), stratified=False)
        assert sourced.counts.train_rows_also_in_test == 1
        assert len(sourced.seeds) == 19


def hotpot_record(number: int) -> Record:
    """A question as HotpotQA has them on the hub: ten paragraphs of which two hold the answer; two here mislead."""
    titles = [f"River {number}", f"Bridge {number}", f"Tower {number}", f"Town {number}"]
    return {
        "question": f"In which town does bridge {number} stand?",
        "answer": f"Town {number}",
        "supporting_facts": {"title": [titles[3], titles[1], titles[1]], "sent_id": [0, 0, 1]},
        "context": {"title": titles, "sentences": [[f"{title} is old.", " It is tall."] for title in titles]},
    }


class TestContexts:
    def source(self, folder: Path, tests: Sequence[Record], **settings: Any) -> RowSource:
        columns = {"question": "question", "answer": "answer", "context": "context", **settings}
        return local(folder, [hotpot_record(number) for number in range(20)], tests, **columns)

    def test_only_the_paragraphs_that_facts_name_are_shown_in_the_order_of_the_context(self, tmp_path: Path) -> None:
        source = self.source(tmp_path, [hotpot_record(30)], supporting_facts="supporting_facts")
        (row,) = fetch_rows(source, stratified=False).tests
        assert row.context == "Bridge 30\nBridge 30 is old. It is tall.\n\nTown 30\nTown 30 is old. It is tall."

    def test_all_paragraphs_are_shown_where_no_facts_are_named(self, tmp_path: Path) -> None:
        (row,) = fetch_rows(self.source(tmp_path, [hotpot_record(30)]), stratified=False).tests
        assert row.context is not None
        assert [part.split("\n")[0] for part in row.context.split("\n\n")] == hotpot_record(30)["context"]["title"]

    def test_parquet_gives_the_same_contexts(self, tmp_path: Path) -> None:
        source = self.source(tmp_path, [hotpot_record(30)], supporting_facts="supporting_facts")
        expected = fetch_rows(source, stratified=False)
        for stem, numbers in (("train", range(20)), ("test", (30,))):
            write_parquet(tmp_path / f"{stem}.parquet", [hotpot_record(number) for number in numbers])
            (tmp_path / f"{stem}.jsonl").unlink()
        assert fetch_rows(source, stratified=False) == expected

    @pytest.mark.parametrize("context", ["  ", None])
    def test_an_empty_context_is_none(self, tmp_path: Path, context: str | None) -> None:
        (row,) = fetch_rows(self.source(tmp_path, [{**hotpot_record(30), "context": context}]), stratified=False).tests
        assert row.context is None

    def test_a_text_is_a_context_as_it_is(self, tmp_path: Path) -> None:
        source = self.source(tmp_path, [{**hotpot_record(30), "context": " One.\n\nTwo. "}])
        assert [row.context for row in fetch_rows(source, stratified=False).tests] == ["One.\n\nTwo."]

    @pytest.mark.parametrize(
        "context", [[["Town 30", ["It is old."]]], {"title": ["Town 30"]}, {"title": ["Town 30"], "sentences": []}, 7]
    )
    def test_a_context_of_another_form_is_told_with_its_place(self, tmp_path: Path, context: object) -> None:
        message = fetch_error(self.source(tmp_path, [{**hotpot_record(30), "context": context}]))
        assert message.startswith("row 1 of the split 'test'")
        assert "expected 'context' to be a text, or title and sentences" in message


def cached_copy(cache: Path, records: dict[str, list[Record]], *, names: Sequence[str], revision: str) -> None:
    """The data set `someone/colours` as `datasets` leaves it in its cache after it was fetched from the hub.

    It stands for the network: the rows are cached from files on this machine, then filed as those of the hub are.
    """
    import datasets

    features = datasets.Features({"text": datasets.Value("string"), "label": datasets.ClassLabel(names=list(names))})
    files = cache.parent / "colours"
    files.mkdir(parents=True)
    for split, rows in records.items():
        datasets.Dataset.from_list(rows, features=features).to_parquet(files / f"{split}.parquet")
    datasets.load_dataset(str(files), cache_dir=str(cache))
    (built,) = (file.parent for file in cache.glob("colours/*/*/*/dataset_info.json"))
    filed = cache / "someone___colours" / built.relative_to(cache / "colours").parent / revision
    filed.parent.mkdir(parents=True)
    built.rename(filed)


class TestHub:
    @pytest.fixture(autouse=True)
    def without_network(self, monkeypatch: pytest.MonkeyPatch) -> None:
        import datasets

        monkeypatch.setenv("HF_HUB_OFFLINE", "1")
        monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)

    @pytest.fixture
    def cache(self, tmp_path: Path) -> Path:
        """Holds labels as numbers with names, and one test row whose label isn't given away."""
        records = {
            "train": colour_records("seed", 40, [0, 1, 2]),
            "test": colour_records("asked", 3, [0, 1, 2]),
            "validation": colour_records("asked", 2, [0, -1]),
        }
        cached_copy(tmp_path / "cache", records, names=COLOURS[:3], revision=REVISION)
        return tmp_path / "cache"

    def source(self, **settings: Any) -> RowSource:
        return RowSource(
            **{"hub": "someone/colours", "revision": REVISION, "question": "text", "answer": "label", **settings}
        )

    def test_a_cached_copy_is_read_and_numbers_of_labels_become_their_names(self, cache: Path) -> None:
        sourced = fetch_rows(self.source(seeds=21), stratified=True, cache=cache)
        assert [row.answer for row in sourced.tests] == ["red", "green", "blue"]
        assert Counter(row.answer for row in sourced.seeds) == {"red": 7, "green": 7, "blue": 7}
        assert sourced.counts.address == f"someone/colours (revision {REVISION})"

    def test_names_of_labels_may_be_replaced(self, cache: Path) -> None:
        source = self.source(answer_names={"red": "warm"})
        assert fetch_rows(source, stratified=True, cache=cache).tests[0].answer == "warm"

    def test_a_label_that_is_not_given_away_is_none(self, cache: Path) -> None:
        message = fetch_error(self.source(test_split="validation"), cache=cache)
        assert message.startswith("row 2 of the split 'validation'")

    def test_what_is_not_cached_is_told_with_what_to_do(self, tmp_path: Path) -> None:
        message = fetch_error(self.source(), cache=tmp_path)
        assert f"someone/colours (revision {REVISION})" in message
        assert "run this once with a network and HF_HUB_OFFLINE=0" in message
        assert "distil import FOLDER --name TASK" in message
        assert "\n" not in message

    def test_a_copy_of_another_revision_is_not_taken_for_this_one(self, cache: Path) -> None:
        other = "f" * 40
        message = fetch_error(self.source(revision=other), cache=cache)
        assert f"as of revision {REVISION} and not {other}" in message
        assert "run this once with a network" in message

    @pytest.mark.parametrize(
        ("settings", "expected"),
        [
            ({"test_split": "dev"}, "the split 'dev' of someone/colours"),
            ({"configuration": "pastel"}, "the split 'train' of someone/colours"),
            ({"answer": "colour"}, "no column 'colour'; it has: text, label"),
        ],
    )
    def test_what_a_cached_copy_lacks_is_named(self, cache: Path, settings: dict[str, Any], expected: str) -> None:
        assert expected in fetch_error(self.source(**settings), cache=cache)


class TestWriting:
    def test_rows_and_counts_are_written_as_a_task_folder_has_them(self, tmp_path: Path) -> None:
        counts = SourceCounts(address="somewhere", train_rows=9, test_rows=1, train_rows_also_in_test=2, seeds=1)
        write_sourced_rows(SourcedRows((Row("why?", "né", "a\nb"),), (Row("how?", "so"),), counts), tmp_path)
        (seed,) = map(json.loads, (tmp_path / "train.jsonl").read_text(encoding="utf-8").splitlines())
        (asked,) = map(json.loads, (tmp_path / "test.jsonl").read_text(encoding="utf-8").splitlines())
        assert seed == {"question": "why?", "answer": "né", "context": "a\nb"}
        assert asked == {"question": "how?", "answer": "so"}
        assert SourceCounts.model_validate_json((tmp_path / "source.json").read_text()) == counts
