"""Tools: the check of a call against its schema, and the one-line rendering for the prompt."""

from __future__ import annotations

from typing import Any

import pytest

from distil_dagster.tasks import Tool, Toolbox, ToolCall


def tool(properties: dict[str, Any], **more: Any) -> Tool:
    return Tool("act", "", {"type": "object", "properties": properties, **more})


class TestProblems:
    def test_a_tool_that_is_not_declared_is_named_beside_those_that_are(self) -> None:
        toolbox = Toolbox((Tool("a", "", {}), Tool("b", "", {})))
        assert toolbox.problems(ToolCall("c", {})) == ["no tool is named 'c'; declared are a, b"]

    def test_every_problem_of_a_call_is_named_with_its_argument(self) -> None:
        lights = tool({"level": {"type": "integer", "maximum": 9}, "room": {"enum": ["hall"]}}, required=["zone"])
        assert sorted(lights.argument_problems({"level": 10, "room": "x"})) == [
            "act: 'zone' is a required property",
            "level: 10 is greater than the maximum of 9",
            "room: 'x' is not one of ['hall']",
        ]

    def test_a_problem_inside_an_object_is_named_with_its_path(self) -> None:
        style = {"type": "object", "properties": {"hues": {"type": "array", "items": {"type": "integer"}}}}
        assert tool({"style": style}).argument_problems({"style": {"hues": [1, "red"]}}) == [
            "style.hues.1: 'red' is not of type 'integer'"
        ]

    @pytest.mark.parametrize("parameters", [{}, {"type": "object"}, {"properties": {}}])
    def test_arguments_that_are_not_declared_are_refused(self, parameters: dict[str, Any]) -> None:
        (problem,) = Tool("act", "", parameters).argument_problems({"x": 1})
        assert "'x' was unexpected" in problem

    def test_arguments_that_are_not_declared_pass_where_the_schema_says_so(self) -> None:
        assert tool({}, additionalProperties=True).argument_problems({"x": 1}) == []

    def test_a_whole_number_may_be_written_with_a_point_but_true_is_no_number(self) -> None:
        level = tool({"level": {"type": "integer"}})
        assert level.argument_problems({"level": 5.0}) == []
        assert level.argument_problems({"level": 5.5}) != []
        assert level.argument_problems({"level": True}) != []

    def test_references_inside_the_schema_are_followed(self) -> None:
        room = tool({"room": {"$ref": "#/$defs/room"}}, **{"$defs": {"room": {"enum": ["hall"]}}})
        assert room.argument_problems({"room": "hall"}) == []
        assert room.argument_problems({"room": "moon"}) == ["room: 'moon' is not one of ['hall']"]
        assert room.without_empty({"room": None}) == {}


class TestWithoutEmpty:
    @pytest.mark.parametrize(
        "schema",
        [
            {"type": "string"},
            {"enum": ["a", "b"]},
            {"type": ["string", "integer"]},
            {"anyOf": [{"type": "string"}, {"type": "integer"}]},
            {"const": "a"},
        ],
    )
    def test_a_null_is_dropped_where_the_schema_knows_none(self, schema: dict[str, Any]) -> None:
        assert tool({"x": schema}).without_empty({"x": None}) == {}

    @pytest.mark.parametrize(
        "schema",
        [
            {},
            {"type": "null"},
            {"type": ["string", "null"]},
            {"enum": ["a", None]},
            {"anyOf": [{"type": "string"}, {"type": "null"}]},
            {"description": "anything"},
        ],
    )
    def test_a_null_that_the_schema_allows_stays(self, schema: dict[str, Any]) -> None:
        assert tool({"x": schema}).without_empty({"x": None}) == {"x": None}

    def test_a_null_that_is_not_declared_stays_and_is_refused(self) -> None:
        act = tool({"x": {"type": "string"}})
        assert act.without_empty({"y": None}) == {"y": None}
        assert act.argument_problems({"y": None}) != []

    @pytest.mark.parametrize("value", ["", 0, False, [], {}])
    def test_other_empty_values_stay(self, value: Any) -> None:
        assert tool({"x": {}}).without_empty({"x": value}) == {"x": value}


class TestSignature:
    @pytest.mark.parametrize(
        ("schema", "expected"),
        [
            ({"type": "string"}, "x: string"),
            ({"type": "integer", "minimum": 0, "maximum": 100}, "x: integer 0..100"),
            ({"type": "integer", "minimum": 0}, "x: integer"),
            ({"type": ["string", "null"]}, "x: string|null"),
            ({"enum": ["on", "off"]}, "x: on|off"),
            ({"enum": [1, True, None, "a"]}, "x: 1|true|null|a"),
            ({}, "x: any"),
            ({"type": "string", "default": "hall"}, "x: string=hall"),
            ({"type": "boolean", "default": False}, "x: boolean=false"),
            ({"type": "string", "default": None}, "x: string=null"),
            ({"type": "array", "default": ["a"]}, 'x: array=["a"]'),
        ],
    )
    def test_a_parameter_is_written_by_type_range_and_default(self, schema: dict[str, Any], expected: str) -> None:
        assert tool({"x": schema}).signature() == f"act({expected})"

    def test_required_parameters_bear_a_mark(self) -> None:
        two = tool({"x": {"type": "string"}, "y": {"type": "string"}}, required=["y"])
        assert two.signature() == "act(x: string, y!: string)"

    def test_a_toolbox_has_one_line_per_tool(self) -> None:
        assert Toolbox((Tool("a", "", {}), Tool("b", "", {}))).signatures() == "a()\nb()"
