"""Further rounds: which rows are held back, what their answers show, and what the next batch is about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from distil_dagster.corpus import CorpusSettings, CorpusSummary, CurationSettings
from distil_dagster.corpus.rounds import ErrorRounds, held_back_ids
from distil_dagster.corpus.synthesis import RoundBefore, synthesise
from distil_dagster.corpus.tables import HELD_BACK, read_written_rows
from distil_dagster.corpus.weak_spots import (
    Answered,
    Spot,
    WeakSpots,
    round_gain,
    weak_spots_of,
    write_held_back_folder,
)
from distil_dagster.progress import Progress
from distil_dagster.reports.rounds import gain_in_words
from distil_dagster.tasks import Example, Row, Task, load_task
from distil_dagster.tasks.seed_set import read_rows
from distil_dagster.teachers import Assessment, GeneratedRow, Generation, Origin

ROUNDS = ErrorRounds(student="a-student", rounds=2, rows=30, held_back_share=0.4, most_held_back=25)
SETTINGS = CorpusSettings(count=120, random_seed=1, curation=CurationSettings())
QUIET = Progress(lambda _: None)
SYLLABLES = ["ba", "ce", "di", "fo", "gu", "ka", "le", "mi", "no", "pu", "ra", "se", "ti", "vo", "zu"]


class Forbidden(tuple[Row, ...]):
    """Rows that nobody may look at."""

    def __iter__(self) -> Iterator[Row]:
        raise AssertionError("the test set was read")


@dataclass
class NonsenseTeacher:
    """Writes calls of two tools in words that mean nothing, such that no two rows are alike."""

    name: str = "nonsense"
    is_model: bool = False

    def generate(self, *, count: int, seed: int) -> Generation:
        random = Random(seed)
        return Generation(tuple(self._row(random) for _ in range(count)), count, exhausted=False)

    def assess(self, examples: Iterable[Example]) -> tuple[Assessment, ...]:
        return ()

    def _row(self, random: Random) -> GeneratedRow:
        words = ["".join(random.choices(SYLLABLES, k=3)) for _ in range(6)]
        if random.random() < 0.5:
            minutes = random.randint(1, 10**6)
            question = f"{' '.join(words)} in {minutes} minutes"
            return GeneratedRow(Row(question, f'{{"name":"set_timer","parameters":{{"minutes":{minutes}}}}}'))
        room = random.choice(["kitchen", "hall", "study", "cellar", "porch"])
        question = f"{' '.join(words)} in the {room}"
        return GeneratedRow(Row(question, f'{{"name":"set_lights","parameters":{{"room":"{room}"}}}}'))


@pytest.fixture
def task(tiny_task_folder: Path) -> Task:
    return load_task(tiny_task_folder)


@pytest.fixture(scope="module")
def smart_home(smart_home_folder: Path) -> Task:
    return load_task(smart_home_folder)


def folder(path: Path) -> Path:
    path.mkdir()
    return path


def first_round(task: Task, output: Path) -> CorpusSummary:
    return synthesise(task, NonsenseTeacher(), SETTINGS, output=output, progress=QUIET, rounds=ROUNDS)


def next_round(task: Task, before: Path, spots: WeakSpots, output: Path) -> CorpusSummary:
    return synthesise(
        task,
        NonsenseTeacher(),
        SETTINGS,
        output=output,
        progress=QUIET,
        rounds=ROUNDS,
        before=RoundBefore(before, spots),
    )


def held_back(corpus: Path) -> dict[str, GeneratedRow]:
    written = read_written_rows(corpus)
    return {generated.row.id: generated for generated in written.generated if generated.row.id in written.held_back}


def answered(rows: Iterable[GeneratedRow], *, wrong: str) -> list[Answered]:
    """Every row answered rightly unless its answer holds the word."""
    return [
        Answered(row.row.id, row.row.id, 1, row.row.id, 0.0 if wrong in row.row.answer else 1.0)
        for row in sorted(rows, key=lambda row: row.row.id)
    ]


def spots_of(task: Task, corpus: Path, *, wrong: str = "set_timer", number: int = 0) -> WeakSpots:
    asked = held_back(corpus)
    return weak_spots_of(task, asked, answered(asked.values(), wrong=wrong), student="a-student", number=number)


def outcomes(values: Mapping[str, float]) -> list[Answered]:
    return [Answered(name, name, 1, name, value) for name, value in values.items()]


class TestHeldBack:
    rows = tuple(NonsenseTeacher().generate(count=400, seed=3).rows)

    def ids(self, task: Task, rows: Sequence[Row], **settings: float) -> frozenset[str]:
        said = {"student": "a-student", "held_back_share": 0.2, "most_held_back": 200} | settings
        return held_back_ids(task, rows, ErrorRounds.model_validate(said))

    def test_about_the_share_of_the_rows_is_held_back(self, task: Task) -> None:
        assert 50 <= len(self.ids(task, [row.row for row in self.rows])) <= 110

    def test_no_more_than_the_limit_and_these_are_among_those_without_one(self, task: Task) -> None:
        rows = [row.row for row in self.rows]
        few = self.ids(task, rows, most_held_back=25)
        assert len(few) == 25
        assert few < self.ids(task, rows)

    def test_neither_the_order_of_the_rows_nor_other_rows_matter(self, task: Task) -> None:
        rows = [row.row for row in self.rows]
        half = self.ids(task, rows[:200])
        assert self.ids(task, rows[::-1]) & {row.id for row in rows[:200]} == half

    def test_a_row_that_asks_what_a_seed_asks_is_not_held_back(self, task: Task) -> None:
        copies = [Row(f"{seed.question.upper()} ", '{"name":"stop","parameters":{}}') for seed in task.seeds]
        rows = [row.row for row in self.rows]
        assert self.ids(task, [*copies, *rows], held_back_share=0.99).isdisjoint(row.id for row in copies)

    def test_too_few_are_an_error_that_names_the_setting(self, task: Task) -> None:
        with pytest.raises(ValueError, match=r"error_rounds\.held_back_share higher than 0\.01"):
            self.ids(task, [row.row for row in self.rows[:50]], held_back_share=0.01)


class TestWeakSpots:
    def test_errors_are_counted_by_structure_where_rows_have_no_design(self, task: Task) -> None:
        rows = NonsenseTeacher().generate(count=60, seed=1).rows
        by_id = {row.row.id: row for row in rows}
        spots = weak_spots_of(task, by_id, answered(rows, wrong="set_timer"), student="s", number=0)
        forms = Counter(task.kind.structure(row.row) for row in rows)
        assert [(spot.name, spot.asked, spot.wrong) for spot in spots.designs] == [
            ("set_timer(minutes)", forms["set_timer(minutes)"], forms["set_timer(minutes)"]),
            ("set_lights(room)", forms["set_lights(room)"], 0),
        ]
        assert (spots.asked, spots.right) == (60, forms["set_lights(room)"])
        assert spots.low < spots.accuracy < spots.high
        assert all(spot.low <= spot.right_share <= spot.high for spot in spots.designs)

    def test_designs_and_each_mutator_are_counted_where_a_row_has_them(self, task: Task) -> None:
        rows = [
            GeneratedRow(
                Row(f"row {number}", '{"name":"stop","parameters":{}}'),
                Origin(
                    design="stopping" if number % 2 else "halting",
                    mutators=(("length", "short" if number < 10 else "long"), ("topic", "pets")),
                ),
            )
            for number in range(20)
        ]
        wrong = {row.row.id for row in rows[:10]}
        answers = [Answered(row.row.id, row.row.id, 1, row.row.id, float(row.row.id not in wrong)) for row in rows]
        spots = weak_spots_of(task, {row.row.id: row for row in rows}, answers, student="s", number=0)
        assert {(spot.name, spot.asked, spot.wrong) for spot in spots.designs} == {
            ("stopping", 10, 5),
            ("halting", 10, 5),
        }
        assert [(spot.mutator, spot.name, spot.wrong) for spot in spots.mutators] == [
            ("length", "short", 10),
            ("topic", "pets", 10),
            ("length", "long", 0),
        ]

    def test_a_dialogue_says_of_its_design_what_its_last_turn_says(self, task: Task) -> None:
        dialogues = [
            GeneratedRow(Row(f"dialogue {number}", "x"), Origin(design="ending", mutators=(("length", "long"),)))
            for number in range(10)
        ]
        answers = [
            Answered(f"{row.row.id}#{turn}", row.row.id, turn, row.row.id, float(turn == 2))
            for row in dialogues
            for turn in (2, 1)
        ]
        spots = weak_spots_of(task, {row.row.id: row for row in dialogues}, answers, student="s", number=0)
        assert [(spot.name, spot.asked, spot.wrong) for spot in spots.designs] == [("ending", 10, 0)]
        assert [(spot.name, spot.asked, spot.wrong) for spot in spots.mutators] == [("long", 20, 10)]
        assert (spots.asked, spots.right) == (20, 10)

    @given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), min_size=1, max_size=40))
    def test_every_weight_is_above_zero_and_between_what_was_seen_and_the_rest(
        self, smart_home: Task, answers: list[tuple[str, bool]]
    ) -> None:
        spots = self.of(smart_home, answers)
        assert 0 < spots.error_share < 1
        for spot in spots.designs:
            low, high = sorted((spot.wrong / spot.asked, spots.error_share))
            assert low - 1e-12 <= spot.error_share <= high + 1e-12
            assert spot.error_share > 0

    def test_more_errors_of_as_many_questions_weigh_more_and_the_unasked_weigh_as_all_do(self, task: Task) -> None:
        spots = self.of(task, [("a", False)] * 3 + [("a", True)] * 7 + [("b", True)] * 10)
        emphasis = spots.emphasis()
        assert emphasis.of_design("a") > spots.error_share > emphasis.of_design("b")
        assert emphasis.of_design("never asked") == spots.error_share
        assert emphasis.of_mutators(()) == 1.0
        assert emphasis.batch == 1

    def of(self, task: Task, answers: list[tuple[str, bool]]) -> WeakSpots:
        rows = [GeneratedRow(Row(f"q{number}", "x"), Origin(design=name)) for number, (name, _) in enumerate(answers)]
        asked = [
            Answered(row.row.id, row.row.id, 1, row.row.id, float(right))
            for row, (_, right) in zip(rows, answers, strict=True)
        ]
        return weak_spots_of(task, {row.row.id: row for row in rows}, asked, student="s", number=0)


class TestGain:
    def test_only_questions_that_were_asked_both_times_count(self) -> None:
        before = outcomes({f"q{number}": float(number < 6) for number in range(12)})
        after = outcomes({f"q{number}": 1.0 for number in range(2, 20)})
        gain = round_gain(before, after, number=1, question_noun="question")
        assert gain
        assert (gain.n, gain.before, gain.after) == (10, 0.4, 1.0)
        assert gain.difference == pytest.approx(0.6)
        assert gain.low < gain.difference < gain.high
        assert gain.p_value == pytest.approx(2 / 2**6)

    def test_without_a_question_in_common_there_is_none(self) -> None:
        assert round_gain(outcomes({"a": 1.0}), outcomes({"b": 1.0}), number=1, question_noun="turn") is None

    def test_in_words_it_is_one_line(self) -> None:
        before = outcomes({f"q{number}": float(number < 142) for number in range(200)})
        after = outcomes({f"q{number}": float(number < 149) for number in range(200)})
        gain = round_gain(before, after, number=1, question_noun="question")
        assert gain
        assert gain_in_words(gain) == (
            "round 1: 71.0 % -> 74.5 % of 200 held-back questions right (+3.5 points, p = 0.016)"
        )


class TestFirstRound:
    def test_held_back_rows_are_marked_and_nobody_trains_on_them(self, task: Task, tmp_path: Path) -> None:
        output = folder(tmp_path / "first")
        summary = first_round(task, output)
        corpus = pd.read_parquet(output / "corpus.parquet")
        trained = {row.id for row in read_rows(output / "rows.parquet")}
        asked = {row.id for row in read_rows(output / HELD_BACK)}
        assert len(asked) == summary.held_back == 25
        assert trained.isdisjoint(asked)
        assert trained | asked == set(corpus["id"][corpus["kept"]])
        assert set(corpus["id"][corpus["held_back"]]) == asked
        assert set(corpus["round"]) == {0}

    def test_without_further_rounds_none_is_held_back(self, task: Task, tmp_path: Path) -> None:
        output = folder(tmp_path / "first")
        summary = synthesise(task, NonsenseTeacher(), SETTINGS, output=output, progress=QUIET)
        corpus = pd.read_parquet(output / "corpus.parquet")
        assert {row.id for row in read_rows(output / "rows.parquet")} == set(corpus["id"][corpus["kept"]])
        assert not corpus["held_back"].any()
        assert not (output / HELD_BACK).exists()
        assert summary.held_back == 0


class TestFurtherRounds:
    def test_the_rows_before_stay_and_a_batch_is_added_and_the_same_rows_are_held_back(
        self, task: Task, tmp_path: Path
    ) -> None:
        outputs = [folder(tmp_path / f"round {number}") for number in range(3)]
        first_round(task, outputs[0])
        for number in (1, 2):
            before = outputs[number - 1]
            summary = next_round(task, before, spots_of(task, before, number=number - 1), outputs[number])
            assert summary.round == number
        assert summary.requested == 120 + 30 + 30
        tables = [pd.read_parquet(output / "corpus.parquet") for output in outputs]
        assert list(tables[2]["round"]) == [0] * 120 + [1] * 30 + [2] * 30
        assert list(tables[2]["id"][:150]) == list(tables[1]["id"])
        assert list(tables[1]["id"][:120]) == list(tables[0]["id"])
        assert (outputs[0] / HELD_BACK).read_bytes() == (outputs[2] / HELD_BACK).read_bytes()
        assert not set(tables[2]["id"][150:]) & set(tables[2]["id"][:150])
        asked = {row.id for row in read_rows(outputs[2] / HELD_BACK)}
        assert asked.isdisjoint(row.id for row in read_rows(outputs[2] / "rows.parquet"))

    def test_the_batch_is_about_what_was_wrong(self, task: Task, tmp_path: Path) -> None:
        before = folder(tmp_path / "before")
        first_round(task, before)
        for wrong, other in (("set_timer", "set_lights"), ("set_lights", "set_timer")):
            output = folder(tmp_path / wrong)
            next_round(task, before, spots_of(task, before, wrong=wrong), output)
            table = pd.read_parquet(output / "corpus.parquet")
            labels = Counter(table["label"][table["round"] == 1])
            assert labels[wrong] > 2 * labels[other]

    def test_the_test_set_has_no_part_in_the_choice(self, task: Task, tmp_path: Path) -> None:
        stop = '{"name":"stop","parameters":{}}'
        poisoned = replace(task, tests=tuple(Row(f"poison {number} for the well", stop) for number in range(500)))
        written = []
        for name, its in (("as it is", task), ("poisoned", poisoned)):
            before, output = folder(tmp_path / f"before {name}"), folder(tmp_path / name)
            first_round(its, before)
            spots = spots_of(replace(its, tests=Forbidden(its.tests)), before)
            next_round(its, before, spots, output)
            files = [before / HELD_BACK, output / HELD_BACK, output / "corpus.parquet", output / "rows.parquet"]
            written.append((spots, [file.read_bytes() for file in files]))
        assert written[0] == written[1]

    def test_the_rows_held_back_are_asked_without_the_test_file(
        self, task: Task, tiny_task_folder: Path, tmp_path: Path
    ) -> None:
        (tiny_task_folder / "test.jsonl").unlink()
        corpus = folder(tmp_path / "corpus")
        first_round(task, corpus)
        rows = read_rows(corpus / HELD_BACK)
        write_held_back_folder(tiny_task_folder, rows, tmp_path / "asked")
        asked = load_task(tmp_path / "asked")
        assert list(asked.tests) == rows
        assert [row.id for row in asked.tests] == [row.id for row in rows]
        assert asked.seeds == task.seeds


def test_a_spot_is_read_back_as_it_was_written(task: Task, tmp_path: Path) -> None:
    corpus = folder(tmp_path / "corpus")
    first_round(task, corpus)
    spots = spots_of(task, corpus)
    again = WeakSpots.model_validate_json(spots.model_dump_json())
    assert again == spots
    assert isinstance(again.designs[0], Spot)
