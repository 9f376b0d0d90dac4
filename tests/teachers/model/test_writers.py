"""What each kind asks of a teacher, and what becomes of its replies."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from distil_dagster.tasks import Row, Task, load_task
from distil_dagster.tasks.tool_calling import tool_calling
from distil_dagster.teachers.model.plan import Order
from distil_dagster.teachers.model.writer import Draft
from distil_dagster.teachers.model.writers import writer_for
from distil_dagster.teachers.teacher import GeneratedRow
from tests.teachers.model.conftest import first_order, written
from tests.teachers.model.scripted_model import ScriptedModel


def drafts(task: Task, order: Order) -> list[Draft]:
    found = written(writer_for(task), ScriptedModel(task), order)
    assert all(isinstance(draft, Draft) for draft in found), found
    return [draft for draft in found if isinstance(draft, Draft)]


class TestEveryKind:
    def test_a_call_gives_rows_that_the_task_takes(self, task: Task) -> None:
        for design in range(len(writer_for(task).designs)):
            rows = [draft.generated.row for draft in drafts(task, first_order(task, design=design))]
            assert len(rows) == 3
            assert [task.kind.row_problems(task, row) for row in rows] == [[], [], []]

    def test_rows_tell_their_design_mutators_examples_and_requests(self, task: Task) -> None:
        order = first_order(task)
        for draft in drafts(task, order):
            origin = draft.generated.origin
            assert origin.design == order.cell.design.name
            assert origin.mutators == (("complexity", "simple"),)
            assert origin.seeds
            assert set(origin.seeds) <= {row.id for row in task.seeds}
            assert origin.requests
            assert origin.template is None

    def test_equal_orders_ask_the_same_and_others_something_else(self, task: Task) -> None:
        writer = writer_for(task)
        first, again, other = (writer.questions_of_call(first_order(task, number=number)) for number in (1, 1, 2))
        assert first == again
        assert [question.number for question in first] != [question.number for question in other]

    def test_the_system_message_is_the_same_for_all_so_that_a_server_reads_it_once(self, task: Task) -> None:
        writer = writer_for(task)
        orders = [first_order(task, design=design, number=design) for design in range(len(writer.designs))]
        assert len({writer.questions_of_call(order)[0].messages[0] for order in orders}) == 1

    def test_blind_the_teacher_is_not_told_what_was_designed(self, task: Task) -> None:
        for draft in drafts(task, first_order(task)):
            asked = "\n".join(message.content for message in draft.blind)
            assert "Write" not in draft.blind[-1].content
            assert "new example" not in asked
            assert draft.blind[-1].role == "user"

    def test_what_is_no_json_is_unreadable_and_says_so(self, task: Task) -> None:
        order = first_order(task)
        found = written(writer_for(task), lambda _: "I'd rather not.", order)
        assert len(found) == order.count
        for row in found:
            assert isinstance(row, GeneratedRow)
            assert row.unreadable is not None
            assert "I'd rather not." in row.unreadable
            assert row.origin.design == order.cell.design.name

    def test_rows_that_did_not_come_are_counted(self, task: Task) -> None:
        def one_too_few(messages: list[dict[str, str]]) -> str:
            reply = ScriptedModel(task)(messages)
            if '"examples"' not in reply:
                return reply
            return json.dumps({"examples": json.loads(reply)["examples"][:-1]})

        found = written(writer_for(task), one_too_few, first_order(task))
        assert [isinstance(row, Draft) for row in found] == [True, True, False]
        (missing,) = [row for row in found if isinstance(row, GeneratedRow)]
        assert missing.unreadable is not None
        assert "2 of 3" in missing.unreadable


class TestClassification:
    def test_each_class_is_a_design_whose_texts_get_its_label(self, tiny_classification_folder: Path) -> None:
        task = load_task(tiny_classification_folder)
        writer = writer_for(task)
        assert [design.name for design in writer.designs] == list(task.classes)
        for index, label in enumerate(task.classes):
            assert {draft.generated.row.answer for draft in drafts(task, first_order(task, design=index))} == {label}

    def test_examples_are_of_the_class_and_counterexamples_of_others(self, tiny_classification_folder: Path) -> None:
        task = load_task(tiny_classification_folder)
        order = first_order(task)
        asked = writer_for(task).questions_of_call(order)[0].messages[1].content
        own = {row.question for row in task.seeds if row.answer == order.cell.design.name}
        right, _, others = asked.partition("Examples of other answers")
        assert sum(f'"text": "{text}"' in right for text in own) == 2
        assert not any(f'"text": "{text}"' in others for text in own)
        assert others.count('"class"') == 2


class TestToolCalls:
    def test_designs_cover_every_tool_and_every_argument(self, tiny_task_folder: Path) -> None:
        task = load_task(tiny_task_folder)
        names = {design.name for design in writer_for(task).designs}
        assert {"stop()", "set_timer(minutes)", "set_timer(minutes, label)"} <= names
        assert "set_lights(room, power, brightness)" in names

    def test_rows_call_the_tool_with_the_arguments_that_were_designed(self, tiny_task_folder: Path) -> None:
        task = load_task(tiny_task_folder)
        for index, design in enumerate(writer_for(task).designs):
            for draft in drafts(task, first_order(task, design=index)):
                called = json.loads(draft.generated.row.answer)
                assert f"{called['name']}({', '.join(called['parameters'])})" == design.name

    def test_dialogues_end_in_the_call_that_was_designed(self, tiny_multi_turn_folder: Path) -> None:
        task = load_task(tiny_multi_turn_folder)
        lengths = {len(tool_calling(task.kind).conversation(row).turns) for row in task.seeds}
        for index, design in enumerate(writer_for(task).designs):
            for draft in drafts(task, first_order(task, design=index, number=index)):
                conversation = tool_calling(task.kind).conversation(draft.generated.row)
                assert conversation.turns[-1].call.name == design.name.partition("(")[0]
                assert len(conversation.turns) in lengths


class TestPassages:
    def test_a_closed_book_row_has_no_context_and_the_teacher_is_asked_with_it(
        self, tiny_closed_book_folder: Path
    ) -> None:
        task = load_task(tiny_closed_book_folder)
        order = first_order(task)
        for draft in drafts(task, order):
            assert draft.generated.row.context is None
            assert any(text in draft.blind[-1].content for text in task.unstructured)

    def test_without_unstructured_text_there_is_nothing_to_ask_about(self, tiny_closed_book_folder: Path) -> None:
        for file in tiny_closed_book_folder.glob("unstructured.*"):
            file.unlink()
        with pytest.raises(ValueError, match=r"unstructured\.jsonl"):
            writer_for(load_task(tiny_closed_book_folder))

    def test_an_open_book_row_has_the_passage_among_distractors(self, tiny_open_book_folder: Path) -> None:
        passages = [f"Passage {number} is about bridges." for number in range(6)]
        lines = "\n".join(json.dumps({"context": passage}) for passage in passages)
        (tiny_open_book_folder / "unstructured.jsonl").write_text(lines + "\n")
        config = tiny_open_book_folder / "config.yaml"
        config.write_text(config.read_text() + "synthgen: {num_distractor_context_blocks: 2}\n")
        task = load_task(tiny_open_book_folder)
        places = set()
        for number in range(8):
            order = first_order(task, count=1, number=number)
            asked = writer_for(task).questions_of_call(order)[0].messages[1].content
            (about,) = [passage for passage in passages if passage in asked]
            (draft,) = drafts(task, order)
            blocks = (draft.generated.row.context or "").split("\n\n")
            assert len(blocks) == 3
            assert set(blocks) <= set(passages)
            places.add(blocks.index(about))
        assert len(places) > 1

    def test_each_passage_has_as_many_rows_as_the_task_says(self, tiny_closed_book_folder: Path) -> None:
        config = tiny_closed_book_folder / "config.yaml"
        config.write_text(config.read_text() + "synthgen: {generation_per_unstructured_context: 6}\n")
        task = load_task(tiny_closed_book_folder)
        asked = [
            writer_for(task).questions_of_call(first_order(task, number=number))[0].messages[1].content
            for number in range(4)
        ]
        shown = [next(text for text in task.unstructured if text in message) for message in asked]
        assert shown[0] == shown[1] != shown[2] == shown[3]


class TestStagedQueries:
    def test_stages_build_on_each_other_and_the_query_is_asked_blind(self, tiny_sql_folder: Path) -> None:
        task = load_task(tiny_sql_folder)
        (draft, *_) = drafts(task, first_order(task))
        assert len(draft.generated.origin.requests) == 4
        assert draft.blind[-1].content.count("CREATE TABLE") == 1
        assert (
            task.kind.score(task, task.kind.expand(draft.generated.row)[0], draft.generated.row.answer).verdict
            == "right"
        )

    def test_rows_have_the_form_of_the_seeds(self, tiny_sql_folder: Path) -> None:
        task = load_task(tiny_sql_folder)
        seed: Row = task.seeds[0]
        for draft in drafts(task, first_order(task)):
            assert (draft.generated.row.context is None) == (seed.context is None)
            assert draft.generated.row.question.startswith("Schema:") == seed.question.startswith("Schema:")

    def test_what_fails_in_a_stage_ends_there(self, tiny_sql_folder: Path) -> None:
        task = load_task(tiny_sql_folder)
        asked: list[str] = []

        def no_rows(messages: list[dict[str, str]]) -> str:
            asked.append(messages[-1]["content"])
            return "none" if '{"rows": ' in asked[-1] else ScriptedModel(task)(messages)

        found = written(writer_for(task), no_rows, first_order(task))
        assert len(asked) == 2
        assert all(isinstance(row, GeneratedRow) and len(row.origin.requests) == 2 for row in found)
