"""Reading `job_description.json` by itself: what it declares, and that every fault of it is told."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distil_dagster.tasks.job_description import JobDescription, read_job_description

Faults = list[tuple[int | None, str]]

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
KEYS = ("task_description", "classes_description", "tools", "llm_as_a_judge_instructions")


def read(content: Any) -> tuple[JobDescription, Faults]:
    faults: Faults = []
    text = content if isinstance(content, str) else json.dumps(content)
    return read_job_description(text, lambda line, message: faults.append((line, message))), faults


def declared(**content: Any) -> JobDescription:
    """What a description without faults declares."""
    job, faults = read({"task_description": "Do it.", **content})
    assert faults == []
    return job


class TestValid:
    def test_the_description_alone_is_enough(self) -> None:
        job = declared()
        assert (job.description, job.tools.tools, dict(job.classes), job.judge_instructions) == ("Do it.", (), {}, None)

    def test_blanks_around_the_description_do_not_count(self) -> None:
        assert declared(task_description="\n Do it.\n").description == "Do it."

    def test_labels_come_in_their_order_with_their_descriptions(self) -> None:
        job = declared(classes_description={"b": " Second letter. ", "a": None, "c d": ""})
        assert list(job.classes.items()) == [("b", "Second letter."), ("a", ""), ("c d", "")]

    def test_tools_come_in_their_order_wrapped_or_bare(self) -> None:
        parameters = {"type": "object", "properties": {"minutes": {"type": "integer"}}}
        wrapped = {"type": "function", "function": {"name": "set_timer", "parameters": parameters}}
        tools = declared(tools=[wrapped, {"name": "stop", "description": "Stop."}]).tools.tools
        assert [(tool.name, tool.description) for tool in tools] == [("set_timer", ""), ("stop", "Stop.")]
        assert tools[0].parameters == parameters

    @pytest.mark.parametrize(("given", "expected"), [("Be strict.", "Be strict."), ("", None), (None, None)])
    def test_the_judge_has_instructions_or_none(self, given: str | None, expected: str | None) -> None:
        assert declared(llm_as_a_judge_instructions=given).judge_instructions == expected

    @pytest.mark.parametrize("key", ["classes_description", "tools"])
    def test_null_is_as_good_as_leaving_it_out(self, key: str) -> None:
        assert declared(**{key: None}) == declared()

    def test_other_keys_of_the_format_are_passed_over(self) -> None:
        assert declared(output_description=["anything"]) == declared()

    def test_what_questions_look_like_is_kept_for_a_teacher(self) -> None:
        assert declared(input_description=" A text. ").input_description == "A text."


class TestFaults:
    @pytest.mark.parametrize(
        ("text", "line", "message"),
        [
            ("", 1, "not JSON: "),
            ('{\n  "task_description": "x",\n  oops\n}', 3, "not JSON: "),
            ('{"task_description": NaN}', None, "not JSON: NaN is no JSON value"),
            ('{"task_description": "\\ud800"}', None, "not JSON: half of a surrogate pair is no character"),
            ("[" * 100_000, None, "not JSON: nested too deeply"),
            ("[]", None, "expected a JSON object"),
            ("null", None, "expected a JSON object"),
        ],
    )
    def test_text_that_is_no_object_declares_nothing(self, text: str, line: int | None, message: str) -> None:
        job, faults = read(text)
        assert job == JobDescription()
        ((found_line, found),) = faults
        assert found_line == line
        assert found.startswith(message)

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            ({"task_description": ["Do it."]}, "task_description: expected a text that says what to do"),
            ({"task_description": " "}, "task_description: expected a text that says what to do"),
            ({"llm_as_a_judge_instructions": ["x"]}, "llm_as_a_judge_instructions: expected a text, found list"),
            ({"classes_description": ["a", "b"]}, "classes_description: expected an object of labels"),
            ({"classes_description": {"a ": "x"}}, "classes_description: 'a ': expected a label without blanks"),
            ({"classes_description": {"a": {"text": "x"}}}, "classes_description: 'a': expected a label"),
            ({"tools": {"stop": {}}}, "tools: expected a list"),
            ({"tools": ["stop"]}, "tool 1: expected function.name"),
            ({"tools": [{"name": "stop"}, {"name": "stop"}]}, "tool 2: the name 'stop' is declared twice"),
            ({"tools": [{"name": "stop", "parameters": {"type": "thing"}}]}, "tool stop: parameters is no JSON schema"),
        ],
    )
    def test_each_fault_is_told_once(self, content: dict[str, Any], message: str) -> None:
        _, faults = read({"task_description": "Do it.", **content})
        ((line, found),) = faults
        assert line is None
        assert found.startswith(message)

    def test_all_faults_are_told_at_once_and_what_is_right_is_kept(self) -> None:
        job, faults = read(
            {
                "task_description": "",
                "llm_as_a_judge_instructions": 1,
                "classes_description": {"a": 1, "b": "Second letter."},
                "tools": [{}, {"name": "stop"}],
            }
        )
        assert len(faults) == 4
        assert job.classes["b"] == "Second letter."
        assert [tool.name for tool in job.tools.tools] == ["stop"]

    @given(st.dictionaries(st.sampled_from(KEYS), values) | values)
    def test_any_json_is_read_or_told_of(self, content: Any) -> None:
        job, faults = read(json.dumps(content))
        assert faults or job.description
