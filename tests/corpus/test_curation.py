"""All filters together: their order, verdicts and funnel, and the settings that choose them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

# Imported as a module: two of its functions bear names that pytest would take for tests.
from distil_dagster.corpus import curation, task_contamination
from distil_dagster.corpus.curation import (
    DEFAULT_FILTERS,
    FILTERS,
    CurationSettings,
    Verdict,
    curate,
    first_rejections,
    funnel,
)
from distil_dagster.tasks import Row, Task, ToolCall, Turn, load_task
from distil_dagster.tasks.tool_calling import tool_calling
from distil_dagster.teachers import GeneratedRow
from tests.corpus.parts import DEFAULTS, LONG, STOP, as_generated, generated, lights, plain, voted, with_test


class TestSettings:
    def test_all_filters_but_the_optional_one_run_by_default_in_the_order_of_the_registry(self) -> None:
        assert (
            CurationSettings().filters
            == DEFAULT_FILTERS
            == tuple(name for name in FILTERS if name != "semantic_duplicate")
        )

    @pytest.mark.parametrize(
        ("names", "fault"),
        [
            ((*DEFAULT_FILTERS, "too_short"), "no filter is named too_short; known are: unreadable, invalid_answer, "),
            ((*DEFAULT_FILTERS, "too_long"), "more than once: too_long; .*unbalanced"),
            (("unreadable", "too_long"), "can't do without invalid_answer, test_contamination"),
            (("invalid_answer", "unreadable", "test_contamination"), "unreadable and invalid_answer must come first"),
            (("unreadable", "test_contamination", "invalid_answer"), "unreadable and invalid_answer must come first"),
            ((*DEFAULT_FILTERS, "semantic_duplicate"), "semantic_duplicate needs semantic_model"),
        ],
    )
    def test_a_list_that_does_not_work_is_an_error_that_says_why(self, names: tuple[str, ...], fault: str) -> None:
        with pytest.raises(ValidationError, match=fault):
            CurationSettings(filters=names)

    def test_they_come_back_from_json_as_they_were(self, tmp_path: Path) -> None:
        chosen = CurationSettings(filters=(*DEFAULT_FILTERS, "semantic_duplicate"), semantic_model=tmp_path)
        assert CurationSettings.model_validate_json(chosen.model_dump_json()) == chosen


class TestCurate:
    def pool(self, task: Task) -> list[GeneratedRow]:
        """Rows for every filter but the length, and some that pass."""
        tests = [tool_calling(task.kind).conversation(row).turns[0].user for row in task.tests[:2]]
        return [
            *(plain(task, number) for number in range(4)),
            generated(task, ("do it", lights("moon"))),
            as_generated(task.seeds[0]),
            *(generated(task, (said, lights("hall"))) for said in tests),
            generated(task, (" ".join(f"w{number}" for number in range(30)), lights("hall"))),
            generated(task, (" ".join(f"w{number}" for number in range(31)), lights("hall"))),
            generated(task, ("sing me something", ToolCall("stop", {}))),
        ]

    def test_a_row_is_rejected_by_the_first_filter_that_finds_fault(self, task: Task) -> None:
        said = tool_calling(task.kind).conversation(task.tests[0]).turns[0].user
        (verdict,) = curate(task, [generated(task, (said, lights("moon")))], CurationSettings(max_total_length=5))
        assert verdict.rejected_by == "invalid_answer"

    def test_membership_and_order_are_those_of_the_settings(self, task: Task) -> None:
        row = generated(task, (tool_calling(task.kind).conversation(task.tests[0]).turns[0].user, lights("hall")))
        by_contamination = ("unreadable", "invalid_answer", "test_contamination", "too_long")
        by_length = ("unreadable", "invalid_answer", "too_long", "test_contamination")
        for names, expected in ((by_contamination, "test_contamination"), (by_length, "too_long")):
            (verdict,) = curate(task, [row], CurationSettings(filters=names, max_total_length=5))
            assert verdict.rejected_by == expected
        without = CurationSettings(filters=("unreadable", "invalid_answer", "test_contamination"), max_total_length=5)
        (verdict,) = curate(task, [plain(task, 1)], without)
        assert verdict.rejected_by is None

    def test_what_is_no_row_meets_no_filter_that_would_read_it(self, task: Task) -> None:
        rows = [GeneratedRow(Row("", ""), unreadable="cut off"), as_generated(Row("[{", "x")), plain(task, 1)]
        verdicts = curate(task, rows, DEFAULTS)
        assert [verdict.rejected_by for verdict in verdicts] == ["unreadable", "invalid_answer", None]
        assert verdicts[0].detail == "cut off"

    def test_a_verdict_tells_whether_votes_agree_if_they_were_compared(self, task: Task) -> None:
        row, other = plain(task, 1).row, lights("study").to_answer()
        rows = [
            voted(row, row.answer),
            voted(plain(task, 2).row, other),
            plain(task, 3),
            voted(generated(task, ("fly", ToolCall("fly", {}))).row, other),
        ]
        verdicts = curate(task, rows, DEFAULTS)
        assert [verdict.rejected_by for verdict in verdicts] == [None, "other_answer", None, "invalid_answer"]
        assert [verdict.votes_agree for verdict in verdicts] == [True, False, None, None]
        uncounted = CurationSettings(filters=("unreadable", "invalid_answer", "test_contamination"))
        assert [verdict.votes_agree for verdict in curate(task, rows, uncounted)] == [None] * 4

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

    def test_the_funnel_names_the_filters_that_it_is_given(self, task: Task) -> None:
        verdicts = [Verdict(plain(task, 1), "too_long", "x"), Verdict(plain(task, 2))]
        assert list(funnel(verdicts, DEFAULT_FILTERS)) == ["generated", *DEFAULT_FILTERS, "kept"]
        assert funnel(verdicts, ["too_long"]) == {"generated": 2, "too_long": 1, "kept": 1}


class TestFirstRejections:
    def test_each_row_is_judged_as_if_it_stood_alone(self, task: Task) -> None:
        rows = [
            plain(task, 1),
            plain(task, 1),
            generated(task, ("do it", lights("moon"))),
            as_generated(task.seeds[0]),
            voted(plain(task, 2).row, STOP.to_answer()),
            generated(task, (tool_calling(task.kind).conversation(task.tests[0]).turns[0].user, lights("hall"))),
        ]
        alone = [curate(task, [row], DEFAULTS)[0].rejected_by for row in rows]
        assert first_rejections(task, rows, settings=DEFAULTS) == alone
        assert alone == [None, None, "invalid_answer", "copied_seed", "other_answer", "test_contamination"]

    def test_the_share_of_a_label_among_a_few_rows_means_nothing(self, task: Task) -> None:
        rows = [*(plain(task, number) for number in range(9)), generated(task, ("hush now", STOP))]
        settings = CurationSettings(max_label_share=1)
        assert first_rejections(task, rows, settings=settings) == [None] * 10
        assert any(verdict.rejected_by == "unbalanced" for verdict in curate(task, rows, settings))


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
