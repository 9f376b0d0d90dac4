"""Reading a task folder: what is valid, and that everything wrong is said at once, with its place."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from distil_dagster.tasks import Task, TaskFolderError, load_task
from distil_dagster.tasks.folder import MINIMUM_ROWS
from distil_dagster.tasks.tool_calling import tool_calling

Rows = list[dict[str, Any]]


def read(folder: Path, stem: str) -> Rows:
    return [json.loads(line) for line in (folder / f"{stem}.jsonl").read_text().splitlines()]


def write(folder: Path, stem: str, rows: Rows) -> None:
    (folder / f"{stem}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def change_row(folder: Path, stem: str, line: int, **columns: Any) -> None:
    """Replace columns of one row, numbered from 1 as the lines of the file are; None removes a column."""
    rows = read(folder, stem)
    changed = {**rows[line - 1], **columns}
    rows[line - 1] = {name: value for name, value in changed.items() if value is not None}
    write(folder, stem, rows)


def change_job(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    path = folder / "job_description.json"
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def call(name: str, **parameters: Any) -> str:
    return json.dumps({"name": name, "parameters": parameters})


def problems(folder: Path) -> list[str]:
    """All problems of an invalid folder, each as `file:line: message`."""
    with pytest.raises(TaskFolderError) as error:
        load_task(folder)
    found = [str(problem) for problem in error.value.problems]
    assert all(problem in str(error.value) for problem in found)
    return found


def the_problem(folder: Path) -> str:
    (problem,) = problems(folder)
    return problem


def as_csv(folder: Path, stem: str) -> None:
    rows = read(folder, stem)
    with (folder / f"{stem}.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    (folder / f"{stem}.jsonl").unlink()


def content_of(task: Task) -> tuple[object, ...]:
    return (task.description, [tool.name for tool in task.tools.tools], task.seeds, task.tests, task.unstructured)


class TestValidFolders:
    def test_a_folder_becomes_a_task_with_its_rows_in_order(self, tiny_task_folder: Path) -> None:
        task = load_task(tiny_task_folder)
        assert (task.name, task.kind.name) == ("tiny", "tool-calling-closed-book")
        assert task.description == "Turn the request into one call."
        assert [tool.name for tool in task.tools.tools] == ["set_lights", "set_timer", "stop"]
        assert [row.question for row in task.seeds] == [row["question"] for row in read(tiny_task_folder, "train")]
        assert [row.answer for row in task.tests] == [row["answer"] for row in read(tiny_task_folder, "test")]
        assert (len(task.seeds), len(task.tests), task.unstructured, task.phrasings) == (25, 20, (), {})

    def test_the_task_bears_the_name_given(self, tiny_task_folder: Path) -> None:
        assert load_task(tiny_task_folder, name="other").name == "other"

    def test_a_multi_turn_folder_is_read_with_its_own_kind(self, tiny_multi_turn_folder: Path) -> None:
        task = load_task(tiny_multi_turn_folder)
        assert task.kind.name == "multi-turn-tool-calling-closed-book"
        assert {len(tool_calling(task.kind).conversation(row).turns) for row in task.seeds} == {2}

    def test_csv_files_hold_the_same_rows_as_jsonl(self, tiny_multi_turn_folder: Path) -> None:
        expected = content_of(load_task(tiny_multi_turn_folder))
        as_csv(tiny_multi_turn_folder, "train")
        as_csv(tiny_multi_turn_folder, "test")
        assert content_of(load_task(tiny_multi_turn_folder)) == expected

    @pytest.mark.parametrize("file", ["train.jsonl", "config.yaml", "job_description.json", "test.csv"])
    def test_a_byte_order_mark_does_not_matter(self, tiny_task_folder: Path, file: str) -> None:
        expected = content_of(load_task(tiny_task_folder))
        as_csv(tiny_task_folder, "test")
        path = tiny_task_folder / file
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
        assert content_of(load_task(tiny_task_folder)) == expected

    def test_blank_lines_and_windows_line_ends_do_not_matter(self, tiny_task_folder: Path) -> None:
        expected = content_of(load_task(tiny_task_folder))
        path = tiny_task_folder / "train.jsonl"
        path.write_bytes(b"\n  \n" + path.read_bytes().replace(b"\n", b"\r\n\r\n"))
        assert content_of(load_task(tiny_task_folder)) == expected

    def test_a_line_separator_inside_a_text_does_not_end_the_row(self, tiny_task_folder: Path) -> None:
        rows = read(tiny_task_folder, "train")
        rows[3]["question"] = "lights\u2028on in the hall\x85"
        lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (tiny_task_folder / "train.jsonl").write_text(lines, encoding="utf-8")
        assert load_task(tiny_task_folder).seeds[3].question == "lights\u2028on in the hall\x85"

    def test_a_row_keeps_its_context_and_its_id_depends_on_all_of_it(self, tiny_task_folder: Path) -> None:
        before = load_task(tiny_task_folder).seeds
        change_row(tiny_task_folder, "train", 2, context="said at night")
        after = load_task(tiny_task_folder).seeds
        assert (before[1].context, after[1].context) == (None, "said at night")
        assert before[1].id != after[1].id
        assert [row.id for row in before if row != before[1]] == [row.id for row in after if row != after[1]]

    def test_an_empty_context_of_a_csv_is_none(self, tiny_task_folder: Path) -> None:
        write(tiny_task_folder, "train", [{**row, "context": ""} for row in read(tiny_task_folder, "train")])
        as_csv(tiny_task_folder, "train")
        assert {row.context for row in load_task(tiny_task_folder).seeds} == {None}

    def test_unstructured_text_is_read(self, tiny_task_folder: Path) -> None:
        write(tiny_task_folder, "unstructured", [{"context": "a log"}, {"context": "another"}])
        assert load_task(tiny_task_folder).unstructured == ("a log", "another")

    def test_the_grammar_gives_phrasings_by_tool(self, tiny_task_folder: Path) -> None:
        (tiny_task_folder / "grammar.yaml").write_text("set_timer:\n  - '{minutes} minutes for the {label}'\n")
        assert load_task(tiny_task_folder).phrasings == {"set_timer": ("{minutes} minutes for the {label}",)}

    @pytest.mark.parametrize("content", ["", "# nothing yet\n"])
    def test_an_empty_grammar_gives_no_phrasings(self, tiny_task_folder: Path, content: str) -> None:
        (tiny_task_folder / "grammar.yaml").write_text(content)
        assert load_task(tiny_task_folder).phrasings == {}

    def test_tools_may_be_declared_without_the_function_wrapper(self, tiny_task_folder: Path) -> None:
        expected = content_of(load_task(tiny_task_folder))
        change_job(tiny_task_folder, lambda job: job.update(tools=[declared["function"] for declared in job["tools"]]))
        assert content_of(load_task(tiny_task_folder)) == expected

    def test_defaults_of_the_published_format_hold_where_config_is_silent(self, tiny_task_folder: Path) -> None:
        settings = load_task(tiny_task_folder).settings
        assert (settings.base.random_seed, settings.tuning.lora_r, settings.tuning.learning_rate) == (123, 64, 5e-5)
        assert (settings.synthgen.generation_target, settings.evaluation.expand_tool_calling_turns) == (10_000, True)

    def test_exactly_the_minimum_of_rows_is_enough(self, tiny_task_folder: Path) -> None:
        write(tiny_task_folder, "train", read(tiny_task_folder, "train")[:MINIMUM_ROWS])
        assert len(load_task(tiny_task_folder).seeds) == MINIMUM_ROWS


class TestTestExamples:
    def test_each_assistant_turn_is_a_question_of_its_own(self, tiny_multi_turn_folder: Path) -> None:
        task = load_task(tiny_multi_turn_folder)
        assert [example.id for example in task.test_examples] == [
            f"{row.id}#{turn}" for row in task.tests for turn in (1, 2)
        ]

    def test_only_the_last_turn_is_asked_when_turns_are_not_expanded(self, tiny_multi_turn_folder: Path) -> None:
        with (tiny_multi_turn_folder / "config.yaml").open("a") as file:
            file.write("evaluation:\n  expand_tool_calling_turns: false\n")
        task = load_task(tiny_multi_turn_folder)
        assert [example.id for example in task.test_examples] == [f"{row.id}#2" for row in task.tests]

    def test_a_dialogue_written_turn_by_turn_asks_each_question_once(self, tiny_multi_turn_folder: Path) -> None:
        rows = read(tiny_multi_turn_folder, "test")
        before = load_task(tiny_multi_turn_folder).test_examples
        first, first_call, _ = json.loads(rows[0]["question"])
        called = first_call["tool_calls"][0]["function"]
        prefix = {"question": json.dumps([first]), "answer": call(called["name"], **called["arguments"])}
        write(tiny_multi_turn_folder, "test", [*rows, prefix])
        after = load_task(tiny_multi_turn_folder)
        assert len(after.tests) == len(rows) + 1
        assert after.test_examples == before


class TestRowProblems:
    def test_a_line_that_is_not_json_is_named(self, tiny_task_folder: Path) -> None:
        path = tiny_task_folder / "train.jsonl"
        lines = path.read_text().splitlines()
        path.write_text("\n".join([*lines[:6], "", '{"question": "lights', *lines[7:]]))
        problem = the_problem(tiny_task_folder)
        assert problem.startswith("train.jsonl:8: not JSON: ")
        assert "column 14" in problem

    @pytest.mark.parametrize(("text", "found"), [('["lights on"]', "list"), ('"lights on"', "str"), ("3", "int")])
    def test_a_line_that_is_no_object_is_named(self, tiny_task_folder: Path, text: str, found: str) -> None:
        with (tiny_task_folder / "test.jsonl").open("a") as file:
            file.write(text)
        assert the_problem(tiny_task_folder) == f"test.jsonl:21: expected a JSON object, found {found}"

    def test_half_of_a_surrogate_pair_is_refused_where_it_stands(self, tiny_task_folder: Path) -> None:
        change_row(tiny_task_folder, "train", 5, question="lights on \ud83d")
        assert the_problem(tiny_task_folder).startswith("train.jsonl:5: not JSON: half of a surrogate pair")

    def test_a_missing_column_is_named_beside_those_found(self, tiny_task_folder: Path) -> None:
        change_row(tiny_task_folder, "train", 3, answer=None, Answer="{}")
        assert the_problem(tiny_task_folder) == "train.jsonl:3: missing column 'answer'; found question, Answer"

    @pytest.mark.parametrize("value", ["", "   ", "\n"])
    @pytest.mark.parametrize("column", ["question", "answer"])
    def test_an_empty_value_is_named(self, tiny_task_folder: Path, column: str, value: str) -> None:
        change_row(tiny_task_folder, "test", 4, **{column: value})
        assert the_problem(tiny_task_folder) == f"test.jsonl:4: {column}: empty"

    @pytest.mark.parametrize("column", ["question", "answer", "context"])
    def test_a_value_that_is_no_text_is_named_with_its_type(self, tiny_task_folder: Path, column: str) -> None:
        change_row(tiny_task_folder, "test", 4, **{column: {"name": "stop"}})
        assert the_problem(tiny_task_folder) == f"test.jsonl:4: {column}: expected a text, found dict"

    @pytest.mark.parametrize(
        ("answer", "expected"),
        [
            (call("open_door"), "no tool is named 'open_door'; declared are set_lights, set_timer, stop"),
            (call("set_lights", power="on"), "set_lights: 'room' is a required property"),
            (call("set_lights", room=None), "set_lights: 'room' is a required property"),
            (call("set_lights", room="attic"), "room: 'attic' is not one of"),
            (call("set_timer", minutes="five"), "minutes: 'five' is not of type 'integer'"),
            (call("set_timer", minutes=True), "minutes: True is not of type 'integer'"),
            (call("set_lights", room="hall", brightness=101), "brightness: 101 is greater than the maximum of 100"),
            (
                call("set_timer", minutes=5, tone="bell"),
                "Additional properties are not allowed ('tone' was unexpected)",
            ),
            (call("stop", now=True), "Additional properties are not allowed ('now' was unexpected)"),
        ],
    )
    def test_a_call_that_the_schemas_refuse_is_named(self, tiny_task_folder: Path, answer: str, expected: str) -> None:
        change_row(tiny_task_folder, "train", 7, answer=answer)
        problem = the_problem(tiny_task_folder)
        assert problem.startswith("train.jsonl:7: the call in turn 1 is not valid: ")
        assert expected in problem

    @pytest.mark.parametrize("answer", ["lights on", "[]", '{"parameters": {}}', '{"name": "stop", "parameters": []}'])
    def test_an_answer_that_is_no_call_is_named(self, tiny_task_folder: Path, answer: str) -> None:
        change_row(tiny_task_folder, "train", 7, answer=answer)
        assert the_problem(tiny_task_folder).startswith("train.jsonl:7: ")

    def test_a_null_where_the_schema_knows_none_is_as_good_as_omitted(self, tiny_task_folder: Path) -> None:
        change_row(tiny_task_folder, "train", 7, answer=call("set_lights", room="hall", brightness=None))
        load_task(tiny_task_folder)

    def test_every_fault_of_one_call_is_named(self, tiny_task_folder: Path) -> None:
        change_row(tiny_task_folder, "train", 7, answer=call("set_lights", power="dim", brightness=-1))
        found = problems(tiny_task_folder)
        assert len(found) == 3
        assert all(problem.startswith("train.jsonl:7: the call in turn 1") for problem in found)

    def test_an_invalid_call_in_the_history_is_named_with_its_turn(self, tiny_multi_turn_folder: Path) -> None:
        row = read(tiny_multi_turn_folder, "test")[1]
        messages = json.loads(row["question"])
        messages[1]["tool_calls"][0]["function"] = {"name": "set_timer", "arguments": {"minutes": "soon"}}
        change_row(tiny_multi_turn_folder, "test", 2, question=json.dumps(messages))
        assert the_problem(tiny_multi_turn_folder) == (
            "test.jsonl:2: the call in turn 1 is not valid: minutes: 'soon' is not of type 'integer'"
        )

    def test_a_history_that_can_not_be_read_is_named_with_its_message(self, tiny_multi_turn_folder: Path) -> None:
        row = read(tiny_multi_turn_folder, "test")[1]
        messages = json.loads(row["question"])
        messages[1] = {"role": "assistant", "content": "Done!"}
        change_row(tiny_multi_turn_folder, "test", 2, question=json.dumps(messages))
        assert the_problem(tiny_multi_turn_folder).startswith("test.jsonl:2: message 2 of the question holds no call")

    @pytest.mark.parametrize("stem", ["train", "test"])
    def test_too_few_rows_are_counted(self, tiny_task_folder: Path, stem: str) -> None:
        write(tiny_task_folder, stem, read(tiny_task_folder, stem)[:19])
        assert the_problem(tiny_task_folder) == f"{stem}.jsonl: 19 rows; at least 20 are needed"

    def test_an_empty_file_has_too_few_rows(self, tiny_task_folder: Path) -> None:
        (tiny_task_folder / "train.jsonl").write_text("\n")
        assert the_problem(tiny_task_folder) == "train.jsonl: 0 rows; at least 20 are needed"

    def test_a_test_row_that_is_also_a_seed_is_named_with_both_places(self, tiny_task_folder: Path) -> None:
        seed = read(tiny_task_folder, "train")[4]
        change_row(tiny_task_folder, "test", 6, question=f" {seed['question'].upper()}\t", answer=call("stop"))
        assert the_problem(tiny_task_folder) == (
            "test.jsonl:6: this test row is also a seed (train.jsonl:5); remove one"
        )

    def test_unstructured_rows_without_a_text_are_named(self, tiny_task_folder: Path) -> None:
        write(tiny_task_folder, "unstructured", [{"context": "a log"}, {"context": ""}, {"text": "a log"}])
        assert problems(tiny_task_folder) == [
            "unstructured.jsonl:2: context: expected a text",
            "unstructured.jsonl:3: context: expected a text",
        ]


class TestCsvProblems:
    def test_a_csv_without_the_column_says_what_it_found(self, tiny_task_folder: Path) -> None:
        as_csv(tiny_task_folder, "train")
        path = tiny_task_folder / "train.csv"
        path.write_text(path.read_text().replace("question,answer", "question,label", 1))
        found = problems(tiny_task_folder)
        assert len(found) == 25
        assert found[0] == "train.csv:2: missing column 'answer'; found question, label"

    def test_a_row_with_more_values_than_columns_is_named(self, tiny_task_folder: Path) -> None:
        as_csv(tiny_task_folder, "train")
        path = tiny_task_folder / "train.csv"
        with path.open("a") as file:
            file.write('stop, now,"{""name"": ""stop""}"\n')
        assert the_problem(tiny_task_folder) == (
            "train.csv:27: more values than columns; put values with commas in quotes"
        )

    def test_a_row_with_fewer_values_than_columns_is_named(self, tiny_task_folder: Path) -> None:
        as_csv(tiny_task_folder, "test")
        with (tiny_task_folder / "test.csv").open("a") as file:
            file.write("stop it\n")
        assert the_problem(tiny_task_folder) == "test.csv:22: answer: expected a text, found NoneType"

    def test_both_forms_of_one_file_are_refused(self, tiny_task_folder: Path) -> None:
        (tiny_task_folder / "train.csv").write_text("question,answer\n")
        assert the_problem(tiny_task_folder) == "train.csv: stands beside train.jsonl; remove one of them"


class TestConfigProblems:
    def config(self, folder: Path, text: str) -> str:
        (folder / "config.yaml").write_text(text)
        return the_problem(folder)

    def test_an_unknown_key_lists_the_known_ones(self, tiny_task_folder: Path) -> None:
        problem = self.config(tiny_task_folder, "base:\n  task: tool-calling-closed-book\ntuning:\n  lora_rank: 8\n")
        assert problem.startswith("config.yaml: unknown key 'tuning.lora_rank'; known here are: learning_rate, ")
        assert "lora_r, lora_alpha_multiplier" in problem

    def test_an_unknown_section_lists_the_known_ones(self, tiny_task_folder: Path) -> None:
        problem = self.config(tiny_task_folder, "base:\n  task: tool-calling-closed-book\ntraining: {}\n")
        assert problem == (
            "config.yaml: unknown key 'training'; known here are: "
            "base, synthgen, tuning, evaluation, trace_processing, distil_dagster"
        )

    def test_every_wrong_key_is_named_with_its_path_and_value(self, tiny_task_folder: Path) -> None:
        (tiny_task_folder / "config.yaml").write_text(
            "base:\n  task: tool-calling-closed-book\n  student: x\ntuning:\n  lora_r: 0\n  learning_rate: high\n"
        )
        found = problems(tiny_task_folder)
        assert len(found) == 3
        assert any("base.student" in problem for problem in found)
        assert any("tuning.lora_r: " in problem and "greater than 0, found 0" in problem for problem in found)
        assert any("tuning.learning_rate: " in problem and "found 'high'" in problem for problem in found)

    def test_a_missing_key_is_named(self, tiny_task_folder: Path) -> None:
        assert self.config(tiny_task_folder, "tuning:\n  lora_r: 8\n") == "config.yaml: missing key 'base'"

    def test_an_empty_config_lacks_its_base(self, tiny_task_folder: Path) -> None:
        assert self.config(tiny_task_folder, "") == "config.yaml: missing key 'base'"

    def test_an_unknown_kind_lists_the_published_ones(self, tiny_task_folder: Path) -> None:
        problem = self.config(tiny_task_folder, "base:\n  task: translation\n")
        assert problem.startswith("config.yaml: base.task: ")
        assert "'classification'" in problem
        assert problem.endswith("found 'translation'")

    def test_an_older_name_of_a_kind_is_understood(self, tiny_task_folder: Path) -> None:
        (tiny_task_folder / "config.yaml").write_text("base:\n  task: information-extraction\n")
        assert load_task(tiny_task_folder).kind.name == "question-answering"

    def test_a_key_of_a_nested_section_lists_the_known_ones(self, tiny_task_folder: Path) -> None:
        config = "base:\n  task: classification\ndistil_dagster:\n  source:\n    path: x\n    colour: red\n"
        problem = self.config(tiny_task_folder, config)
        assert problem.startswith("config.yaml: unknown key 'distil_dagster.source.colour'; known here are: hub, ")

    def test_text_that_is_no_yaml_is_named_with_its_line(self, tiny_task_folder: Path) -> None:
        problem = self.config(tiny_task_folder, "base:\n  task: [tool-calling\ntuning: {}\n")
        assert problem.startswith("config.yaml:3: not YAML: ")
        assert "\n" not in problem

    def test_yaml_that_is_no_mapping_is_refused(self, tiny_task_folder: Path) -> None:
        assert self.config(tiny_task_folder, "- base\n- tuning\n") == (
            "config.yaml: expected keys with values, found list"
        )


class TestJobDescriptionProblems:
    def test_text_that_is_no_json_is_named_with_its_line(self, tiny_task_folder: Path) -> None:
        (tiny_task_folder / "job_description.json").write_text('{\n  "task_description": "x",\n  oops\n}')
        assert the_problem(tiny_task_folder).startswith("job_description.json:3: not JSON: ")

    def test_json_that_is_no_object_is_refused(self, tiny_task_folder: Path) -> None:
        (tiny_task_folder / "job_description.json").write_text("[]")
        assert the_problem(tiny_task_folder) == "job_description.json: expected a JSON object"

    @pytest.mark.parametrize("description", [None, "", "  ", ["a list"]])
    def test_a_task_description_must_be_a_text(self, tiny_task_folder: Path, description: object) -> None:
        change_job(tiny_task_folder, lambda job: job.update(task_description=description))
        assert the_problem(tiny_task_folder) == (
            "job_description.json: task_description: expected a text that says what to do"
        )

    @pytest.mark.parametrize(
        "parameters",
        [
            {"type": "objekt"},
            {"type": "object", "properties": {"room": {"type": "string", "enum": "kitchen"}}},
            {"type": "object", "properties": {"room": True}},
            {"type": "object", "properties": {"room": {"type": "string", "pattern": "("}}},
            [{"name": "room"}],
            True,
        ],
    )
    def test_a_bad_schema_is_named_with_its_tool_and_its_rows_are_not_blamed(
        self, tiny_task_folder: Path, parameters: object
    ) -> None:
        change_job(tiny_task_folder, lambda job: job["tools"][0]["function"].update(parameters=parameters))
        assert the_problem(tiny_task_folder).startswith(
            "job_description.json: tool set_lights: parameters is no JSON schema of named parameters: "
        )

    def test_a_tool_name_declared_twice_is_named(self, tiny_task_folder: Path) -> None:
        change_job(tiny_task_folder, lambda job: job["tools"].append(job["tools"][1]))
        assert the_problem(tiny_task_folder) == ("job_description.json: tool 4: the name 'set_timer' is declared twice")

    @pytest.mark.parametrize("entry", ["set_lights", {"function": "set_lights"}, {"function": {"name": ""}}, {}])
    def test_a_tool_without_a_name_is_named_by_its_number(self, tiny_task_folder: Path, entry: object) -> None:
        change_job(tiny_task_folder, lambda job: job["tools"].append(entry))
        assert the_problem(tiny_task_folder) == "job_description.json: tool 4: expected function.name"

    def test_tools_must_be_a_list(self, tiny_task_folder: Path) -> None:
        change_job(tiny_task_folder, lambda job: job.update(tools={"set_lights": {}}))
        assert the_problem(tiny_task_folder) == "job_description.json: tools: expected a list"

    @pytest.mark.parametrize("tools", [None, []])
    def test_a_tool_calling_task_needs_tools(self, tiny_task_folder: Path, tools: object) -> None:
        change_job(tiny_task_folder, lambda job: job.update(tools=tools))
        assert the_problem(tiny_task_folder) == (
            "job_description.json: tools: the kind tool-calling-closed-book needs at least one tool"
        )


class TestGrammarProblems:
    def test_a_tool_that_is_not_declared_is_named(self, tiny_task_folder: Path) -> None:
        (tiny_task_folder / "grammar.yaml").write_text("open_door:\n  - open up\n")
        assert the_problem(tiny_task_folder) == (
            "grammar.yaml: no tool is named 'open_door'; declared are set_lights, set_timer, stop"
        )

    @pytest.mark.parametrize("templates", ["be quiet", "[1, 2]", "{a: b}"])
    def test_phrasings_must_be_a_list_of_texts(self, tiny_task_folder: Path, templates: str) -> None:
        (tiny_task_folder / "grammar.yaml").write_text(f"stop: {templates}\n")
        assert the_problem(tiny_task_folder) == (
            "grammar.yaml: stop: expected a list of phrasings with {parameter} slots"
        )

    def test_a_grammar_without_tools_is_refused(self, tiny_task_folder: Path) -> None:
        (tiny_task_folder / "grammar.yaml").write_text("- be quiet\n- silence\n")
        assert the_problem(tiny_task_folder) == "grammar.yaml: expected keys with values, found list"

    def test_text_that_is_no_yaml_is_named_with_its_line(self, tiny_task_folder: Path) -> None:
        (tiny_task_folder / "grammar.yaml").write_text("stop:\n  - '{'\n  -: [\n")
        assert the_problem(tiny_task_folder).startswith("grammar.yaml:")


class TestMissingFiles:
    def test_a_folder_that_is_not_there_is_named(self, tmp_path: Path) -> None:
        assert the_problem(tmp_path / "nowhere") == f"{tmp_path / 'nowhere'}: no such folder"

    @pytest.mark.parametrize("file", ["config.yaml", "job_description.json"])
    def test_a_missing_file_is_named(self, tiny_task_folder: Path, file: str) -> None:
        (tiny_task_folder / file).unlink()
        assert the_problem(tiny_task_folder) == f"{file}: missing"

    @pytest.mark.parametrize("stem", ["train", "test"])
    def test_missing_rows_are_named_in_both_forms(self, tiny_task_folder: Path, stem: str) -> None:
        (tiny_task_folder / f"{stem}.jsonl").unlink()
        assert the_problem(tiny_task_folder) == f"{stem}.jsonl: missing: expected {stem}.jsonl or {stem}.csv"

    def test_an_empty_folder_lacks_all_four(self, tmp_path: Path) -> None:
        assert [problem.split(":")[0] for problem in problems(tmp_path)] == [
            "config.yaml",
            "job_description.json",
            "train.jsonl",
            "test.jsonl",
        ]

    @pytest.mark.parametrize("file", ["config.yaml", "job_description.json", "train.jsonl"])
    def test_bytes_that_are_no_utf8_are_refused(self, tiny_task_folder: Path, file: str) -> None:
        path = tiny_task_folder / file
        path.write_bytes(path.read_bytes() + b"\xff\xfe")
        assert f"{file}: can't be read as UTF-8 text" in "\n".join(problems(tiny_task_folder))


def test_all_problems_of_all_files_are_reported_at_once(tiny_task_folder: Path) -> None:
    (tiny_task_folder / "config.yaml").write_text("base:\n  task: tool-calling-closed-book\ntraining: {}\n")
    (tiny_task_folder / "grammar.yaml").write_text("open_door:\n  - open up\n")
    change_job(tiny_task_folder, lambda job: job.update(task_description=""))
    change_row(tiny_task_folder, "train", 2, answer="")
    seed = read(tiny_task_folder, "train")[4]
    write(tiny_task_folder, "test", [*read(tiny_task_folder, "test")[:10], seed])
    with (tiny_task_folder / "test.jsonl").open("a") as file:
        file.write("not json\n")
    assert [problem.split(": ")[0] for problem in problems(tiny_task_folder)] == [
        "config.yaml",
        "job_description.json",
        "train.jsonl:2",
        "test.jsonl:12",
        "test.jsonl",
        "grammar.yaml",
        "test.jsonl:11",
    ]


def test_all_problems_of_the_rows_are_reported_at_once(tiny_task_folder: Path) -> None:
    change_row(tiny_task_folder, "train", 1, answer=call("open_door"))
    change_row(tiny_task_folder, "train", 9, question="")
    change_row(tiny_task_folder, "train", 20, answer=call("set_timer"))
    change_row(tiny_task_folder, "test", 3, answer="nothing")
    change_row(tiny_task_folder, "test", 20, answer=call("set_lights", room="moon"))
    found = problems(tiny_task_folder)
    places = sorted(problem.split(": ")[0] for problem in found)
    assert places == ["test.jsonl:20", "test.jsonl:3", "train.jsonl:1", "train.jsonl:20", "train.jsonl:9"]


def test_the_message_counts_the_problems_and_names_the_folder(tiny_task_folder: Path) -> None:
    (tiny_task_folder / "config.yaml").unlink()
    with pytest.raises(TaskFolderError, match=r"the task folder .*tiny has 1 problem:\n  config.yaml: missing$"):
        load_task(tiny_task_folder)
    (tiny_task_folder / "train.jsonl").unlink()
    with pytest.raises(TaskFolderError, match=r"has 2 problems:\n"):
        load_task(tiny_task_folder)


class TestOverlapOfWhatIsShown:
    """A test row that is also a seed is one that asks a model the same."""

    def with_repeated_question(self, folder: Path, context: str) -> Path:
        first = json.loads((folder / "train.jsonl").read_text().splitlines()[0])
        file = folder / "test.jsonl"
        file.write_text(file.read_text() + json.dumps({**first, "context": context}) + "\n")
        return folder

    def test_the_same_question_about_another_context_is_another(self, tiny_open_book_folder: Path) -> None:
        load_task(self.with_repeated_question(tiny_open_book_folder, "A context that no other row has."))

    def test_a_context_that_is_never_shown_makes_no_difference(self, tiny_closed_book_folder: Path) -> None:
        folder = self.with_repeated_question(tiny_closed_book_folder, "A context that no other row has.")
        assert "this test row is also a seed" in the_problem(folder)
