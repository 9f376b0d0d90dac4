"""The filters of generated rows: each with rows it rejects and rows it lets pass, and all of them together."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

# Imported as a module: two of its functions bear names that pytest would take for tests.
from distil_dagster.corpus import curation, task_contamination
from distil_dagster.corpus.curation import FILTERS, CurationSettings, Verdict, curate, funnel
from distil_dagster.tasks import Conversation, Row, Task, ToolCall, Turn, load_task
from distil_dagster.tasks.tool_calling import tool_calling
from distil_dagster.teachers import GeneratedRow, Origin

DEFAULTS = CurationSettings()


@pytest.fixture
def task(tiny_multi_turn_folder: Path) -> Task:
    return load_task(tiny_multi_turn_folder)


def lights(room: str, **more: Any) -> ToolCall:
    return ToolCall("set_lights", {"room": room, **more})


def generated(task: Task, *turns: tuple[str, ToolCall] | Turn) -> GeneratedRow:
    """A dialogue as a teacher would hand it over."""
    said = tuple(turn if isinstance(turn, Turn) else Turn(*turn) for turn in turns)
    return GeneratedRow(tool_calling(task.kind).row(Conversation("", said)), Origin(("a seed",), "a template"))


def as_generated(task: Task, row: Row) -> GeneratedRow:
    return GeneratedRow(row, Origin(("a seed",), "a template"))


def plain(task: Task, number: int) -> GeneratedRow:
    """A valid row unlike any seed, test or other plain row."""
    words = " ".join(f"word{number}x{index}" for index in range(6))
    return generated(task, (words, lights("hall")))


def only(name: str, task: Task, rows: list[GeneratedRow], settings: CurationSettings = DEFAULTS) -> dict[int, str]:
    return FILTERS[name](task, rows, settings)


class TestInvalidAnswer:
    @pytest.mark.parametrize(
        ("call", "reason"),
        [
            (ToolCall("open_door", {}), "no tool is named 'open_door'"),
            (lights("moon"), "'moon' is not one of"),
            (ToolCall("set_timer", {}), "'minutes' is a required property"),
            (ToolCall("set_timer", {"minutes": 1, "tone": "x"}), "'tone' was unexpected"),
        ],
    )
    def test_a_call_that_the_schemas_refuse_is_out(self, task: Task, call: ToolCall, reason: str) -> None:
        rows = [plain(task, 1), generated(task, ("do it", call)), plain(task, 2)]
        ((index, detail),) = only("invalid_answer", task, rows).items()
        assert index == 1
        assert reason in detail

    def test_an_invalid_call_in_the_history_is_out_and_every_fault_is_kept(self, task: Task) -> None:
        row = generated(task, ("do it", lights("moon", power="dim")), ("again", lights("hall")))
        (detail,) = only("invalid_answer", task, [row]).values()
        assert detail.count("the call in turn 1 is not valid") == 2
        assert "; " in detail

    def test_a_row_that_can_not_be_read_is_out(self, task: Task) -> None:
        broken = GeneratedRow(Row("[{", '{"name": "stop"}'), "a template", ())
        (detail,) = only("invalid_answer", task, [broken]).values()
        assert "not a JSON list of messages" in detail

    def test_valid_rows_pass(self, task: Task) -> None:
        assert only("invalid_answer", task, [as_generated(task, row) for row in task.seeds]) == {}


class TestTooLong:
    def test_question_and_answer_count_together_and_the_limit_itself_is_in(self, task: Task) -> None:
        row = plain(task, 1)
        length = len(row.row.question) + len(row.row.answer)
        assert only("too_long", task, [row], CurationSettings(max_total_length=length)) == {}
        assert only("too_long", task, [row], CurationSettings(max_total_length=length - 1)) == {
            0: f"{length} characters, at most {length - 1}"
        }


class TestExactDuplicate:
    def test_the_same_words_and_calls_are_out_whatever_their_case_and_punctuation(self, task: Task) -> None:
        rows = [
            generated(task, ("lights on please", lights("hall")), ("and now off", lights("hall", power="off"))),
            generated(task, ("Lights on, please!", lights("hall")), ("And now: off", lights("hall", power="off"))),
        ]
        assert only("exact_duplicate", task, rows) == {1: f"same as row {rows[0].row.id}"}

    @pytest.mark.parametrize(
        "other",
        [("lights on please", lights("study")), ("lights off please", lights("hall")), ("lights on", lights("hall"))],
    )
    def test_another_word_or_another_call_is_in(self, task: Task, other: tuple[str, ToolCall]) -> None:
        assert (
            only(
                "exact_duplicate", task, [generated(task, ("lights on please", lights("hall"))), generated(task, other)]
            )
            == {}
        )

    def test_the_order_of_arguments_does_not_count(self, task: Task) -> None:
        calls = (lights("hall", power="on"), ToolCall("set_lights", {"power": "on", "room": "hall"}))
        rows = [generated(task, ("lights on please", call)) for call in calls]
        assert list(only("exact_duplicate", task, rows)) == [1]


class TestCopiedSeed:
    def test_a_seed_is_out_and_is_named(self, task: Task) -> None:
        rows = [plain(task, 1), as_generated(task, task.seeds[3])]
        assert only("copied_seed", task, rows) == {1: f"similarity 1.00 to seed {task.seeds[3].id}"}

    def test_a_row_exactly_at_the_threshold_is_out_and_one_below_is_in(self, tiny_multi_turn_folder: Path) -> None:
        path = tiny_multi_turn_folder / "train.jsonl"
        words = [f"seed{number}" for number in range(18)]
        seed = {"question": " ".join(words), "answer": json.dumps({"name": "stop", "parameters": {}})}
        path.write_text(path.read_text() + json.dumps(seed) + "\n")
        task = load_task(tiny_multi_turn_folder)
        stop = ToolCall("stop", {})
        near = generated(task, (" ".join([*words, "more"]), stop))
        far = generated(task, (" ".join([*words, "more", "again"]), stop))
        assert only("copied_seed", task, [near, far]) == {0: f"similarity 0.95 to seed {task.seeds[-1].id}"}

    def test_a_seed_with_another_value_is_in(self, task: Task) -> None:
        row = generated(task, ("lights on in the hall", lights("hall")), ("no, in the study", lights("study")))
        assert only("copied_seed", task, [row]) == {}


class TestNearDuplicate:
    def dialogue(self, task: Task, *words: str) -> GeneratedRow:
        return generated(task, (" ".join([*(f"word{number}" for number in range(30)), *words]), lights("hall")))

    def test_a_row_that_differs_by_one_word_of_many_is_out(self, task: Task) -> None:
        rows = [self.dialogue(task), self.dialogue(task, "please"), self.dialogue(task, "please", "now")]
        assert only("near_duplicate", task, rows) == {
            1: f"near row {rows[0].row.id}",
            2: f"near row {rows[0].row.id}",
        }

    def test_a_row_that_differs_by_several_words_is_in(self, task: Task) -> None:
        rows = [self.dialogue(task), self.dialogue(task, *"abcdefgh")]
        assert only("near_duplicate", task, rows) == {}

    def test_short_rows_that_differ_by_one_value_are_in(self, task: Task) -> None:
        rows = [generated(task, (f"lights on in the {room}", lights(room))) for room in ("hall", "study", "kitchen")]
        assert only("near_duplicate", task, rows) == {}


def with_test(folder: Path, *turns: tuple[str, ToolCall]) -> Task:
    """The task of a folder with one test dialogue more, which is its last."""
    dialogue = Conversation("", tuple(Turn(*turn) for turn in turns))
    row = tool_calling(load_task(folder).kind).row(dialogue)
    path = folder / "test.jsonl"
    path.write_text(path.read_text() + json.dumps({"question": row.question, "answer": row.answer}) + "\n")
    return load_task(folder)


LONG = "make it bright in the cellar"
STOP = ToolCall("stop", {})


class TestTestContamination:
    @pytest.mark.parametrize("turn", [0, 1, 2])
    def test_a_question_of_some_length_is_out_in_any_turn(self, tiny_multi_turn_folder: Path, turn: int) -> None:
        task = with_test(tiny_multi_turn_folder, ("brew some coffee", STOP), (LONG, lights("hall")))
        turns = [(f"something else {number}", lights("hall")) for number in range(3)]
        turns[turn] = (f"{LONG.upper()}!", lights("hall"))
        (detail,) = only("test_contamination", task, [generated(task, *turns)]).values()
        assert detail == f"a question has similarity 1.00 to one of test {task.tests[-1].id}"

    def test_a_short_phrase_is_out_where_the_dialogue_before_it_is_the_tests(
        self, tiny_multi_turn_folder: Path
    ) -> None:
        task = with_test(tiny_multi_turn_folder, ("brew some coffee", STOP), ("same again", STOP))
        same = generated(task, ("brew some coffee", STOP), ("Same again!", lights("hall")))
        opening = generated(task, ("Brew some coffee", lights("hall")))
        other = generated(task, ("tidy up the cellar", STOP), ("same again", lights("hall")))
        assert list(only("test_contamination", task, [same, opening, other])) == [0, 1]

    def test_from_how_many_tokens_an_utterance_tells_is_a_setting(self, tiny_multi_turn_folder: Path) -> None:
        task = with_test(tiny_multi_turn_folder, ("brew some coffee", STOP), ("same again", STOP))
        row = generated(task, ("tidy up the cellar", STOP), ("same again", STOP))
        assert list(only("test_contamination", task, [row], CurationSettings(telling_tokens=2))) == [0]

    def test_a_near_question_is_out_and_a_far_one_is_in(self, tiny_multi_turn_folder: Path) -> None:
        task = with_test(tiny_multi_turn_folder, ("one two three four", STOP))
        near = generated(task, ("one two three four five", STOP))
        far = generated(task, ("one two three four five six", STOP))
        assert only("test_contamination", task, [near, far]) == {
            0: f"a question has similarity 0.80 to one of test {task.tests[-1].id}"
        }

    def test_the_call_does_not_count(self, task: Task) -> None:
        said = tool_calling(task.kind).conversation(task.tests[5]).turns[0].user
        assert list(only("test_contamination", task, [generated(task, (said, STOP))])) == [0]

    def test_rows_unlike_any_test_are_in(self, task: Task) -> None:
        assert only("test_contamination", task, [plain(task, number) for number in range(5)]) == {}

    def test_a_turn_in_which_nothing_was_said_is_no_copy(self, task: Task) -> None:
        row = generated(task, ("brew some coffee", lights("hall")), Turn("", lights("study"), "done"))
        assert only("test_contamination", task, [row]) == {}


class TestUnbalanced:
    def rows(self, task: Task, **counts: int) -> list[GeneratedRow]:
        return [
            generated(task, (f"word{number}", ToolCall(tool, {})))
            for tool, count in counts.items()
            for number in range(count)
        ]

    def test_the_last_rows_above_a_tools_share_are_out(self, task: Task) -> None:
        rejected = only("unbalanced", task, self.rows(task, stop=8, set_timer=2), CurationSettings(max_label_share=1))
        assert list(rejected) == [5, 6, 7]
        assert set(rejected.values()) == {"8 rows of stop, at most 5"}

    def test_a_tool_may_have_the_given_multiple_of_an_equal_share(self, task: Task) -> None:
        rows = self.rows(task, stop=8, set_timer=2)
        assert only("unbalanced", task, rows, CurationSettings(max_label_share=1.6)) == {}

    @given(st.dictionaries(st.sampled_from("abcd"), st.integers(1, 9), min_size=1))
    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_no_tool_loses_all_its_rows(self, task: Task, counts: dict[str, int]) -> None:
        rows = self.rows(task, **counts)
        rejected = only("unbalanced", task, rows, CurationSettings(max_label_share=1))
        kept = [row.row.answer for index, row in enumerate(rows) if index not in rejected]
        assert set(map(task.kind.label, kept)) == set(counts)


class TestCurate:
    def pool(self, task: Task) -> list[GeneratedRow]:
        """Rows for every filter but the length, and some that pass."""
        tests = [tool_calling(task.kind).conversation(row).turns[0].user for row in task.tests[:2]]
        return [
            *(plain(task, number) for number in range(4)),
            generated(task, ("do it", lights("moon"))),
            as_generated(task, task.seeds[0]),
            *(generated(task, (said, lights("hall"))) for said in tests),
            generated(task, (" ".join(f"w{number}" for number in range(30)), lights("hall"))),
            generated(task, (" ".join(f"w{number}" for number in range(31)), lights("hall"))),
            generated(task, ("sing me something", ToolCall("stop", {}))),
        ]

    def test_a_row_is_rejected_by_the_first_filter_that_finds_fault(self, task: Task) -> None:
        said = tool_calling(task.kind).conversation(task.tests[0]).turns[0].user
        (verdict,) = curate(task, [generated(task, (said, lights("moon")))], CurationSettings(max_total_length=5))
        assert verdict.rejected_by == "invalid_answer"

    def test_a_rejected_row_is_no_original_that_others_could_copy(self, task: Task) -> None:
        rows = [
            generated(task, ("brew some strong coffee", lights("moon"))),
            generated(task, ("brew some strong coffee", lights("hall"))),
            generated(task, ("Brew some strong coffee", lights("hall"))),
        ]
        verdicts = curate(task, rows, DEFAULTS)
        assert [verdict.rejected_by for verdict in verdicts] == ["invalid_answer", None, "exact_duplicate"]
        assert verdicts[2].detail == f"same as row {rows[1].row.id}"

    def test_each_kind_of_fault_is_found_in_a_mixed_lot(self, task: Task) -> None:
        rejected = [verdict.rejected_by for verdict in curate(task, [*self.pool(task), plain(task, 0)], DEFAULTS)]
        assert rejected == [
            *[None] * 4,
            "invalid_answer",
            "copied_seed",
            *["test_contamination"] * 2,
            None,
            "near_duplicate",
            None,
            "exact_duplicate",
        ]

    def test_no_rows_give_no_verdicts(self, task: Task) -> None:
        assert curate(task, [], DEFAULTS) == []
        assert funnel([]) == {"generated": 0, **dict.fromkeys(FILTERS, 0), "kept": 0}

    @given(data=st.data())
    @settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_every_row_gets_one_verdict_with_its_reason_and_the_funnel_adds_up(
        self, task: Task, data: st.DataObject
    ) -> None:
        rows = data.draw(st.lists(st.sampled_from(self.pool(task)), max_size=15))
        verdicts = curate(task, rows, CurationSettings(max_label_share=1))
        assert [verdict.generated for verdict in verdicts] == rows
        for verdict in verdicts:
            assert (verdict.rejected_by is None) == (verdict.detail is None)
            assert verdict.rejected_by is None or verdict.rejected_by in FILTERS
            assert verdict.detail != ""
        counts = funnel(verdicts)
        assert list(counts) == ["generated", *FILTERS, "kept"]
        assert counts["generated"] == len(rows) == sum(counts.values()) - counts["generated"]
        kept = [verdict.generated.row for verdict in verdicts if verdict.rejected_by is None]
        assert len(kept) == counts["kept"]
        report = task_contamination(task, kept, DEFAULTS)
        assert report.cell("corpus", "tests", "exact").rows == report.cell("corpus", "tests", "near").rows == 0

    def test_the_funnel_counts_by_filter(self, task: Task) -> None:
        row = plain(task, 1)
        verdicts = [Verdict(row), Verdict(row, "too_long", "x"), Verdict(row, "too_long", "y"), Verdict(row)]
        assert funnel(verdicts) == {**dict.fromkeys(FILTERS, 0), "generated": 4, "too_long": 2, "kept": 2}


class TestTaskContamination:
    def test_it_finds_questions_word_for_word_in_any_turn(self, tiny_multi_turn_folder: Path) -> None:
        task = with_test(tiny_multi_turn_folder, (LONG, lights("hall")))
        row = generated(task, ("something else", lights("hall")), (f"{LONG.title()}?!", lights("hall"))).row
        cell = task_contamination(task, [plain(task, 1).row, row], DEFAULTS).cell("corpus", "tests", "exact")
        assert (cell.rows, cell.matched, cell.examples[0].left_id) == (1, 1, row.id)

    def test_near_questions_are_told_apart_from_those_word_for_word(self, tiny_multi_turn_folder: Path) -> None:
        task = with_test(tiny_multi_turn_folder, (LONG, lights("hall")))
        row = generated(task, (f"{LONG} immediately", lights("hall"))).row
        report = task_contamination(task, [row], DEFAULTS)
        assert [report.cell("corpus", "tests", level).rows for level in ("exact", "near")] == [0, 1]

    def test_calls_of_one_signature_are_of_one_structure(self, task: Task) -> None:
        report = task_contamination(task, [generated(task, ("quite other words", lights("cellar"))).row], DEFAULTS)
        tests = sum(task.kind.structure(row) == "set_lights(room)" for row in task.tests)
        assert report.cell("corpus", "tests", "structural").matched == tests > 0


class TestTestUtterancesIn:
    def test_it_finds_short_utterances_in_whatever_dialogue_once(self, tiny_multi_turn_folder: Path) -> None:
        task = with_test(tiny_multi_turn_folder, ("brew some coffee", STOP), ("same again", STOP))
        rows = [generated(task, (f"tidy up {place}", STOP), ("Same again!", STOP)).row for place in ("here", "there")]
        assert curation.test_utterances_in(task, rows) == ["same again"]
        assert task_contamination(task, rows, DEFAULTS).cell("corpus", "tests", "exact").rows == 0

    def test_turns_in_which_nothing_was_said_do_not_count(self, tiny_multi_turn_folder: Path) -> None:
        task = load_task(tiny_multi_turn_folder)
        silent = generated(task, ("brew some coffee", lights("hall")), Turn("", lights("study"), "done")).row
        path = tiny_multi_turn_folder / "test.jsonl"
        path.write_text(path.read_text() + json.dumps({"question": silent.question, "answer": silent.answer}) + "\n")
        task = load_task(tiny_multi_turn_folder)
        row = generated(task, ("open the safe", lights("hall")), Turn("", lights("cellar"), "done")).row
        assert curation.test_utterances_in(task, [row]) == []
        assert task_contamination(task, [row], DEFAULTS).cell("corpus", "tests", "exact").rows == 0
