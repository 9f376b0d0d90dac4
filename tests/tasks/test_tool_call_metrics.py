"""The three metrics of a tool call, as relations between calls."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from distil_dagster.tasks import Tool, Toolbox, ToolCall
from distil_dagster.tasks.tool_call_metrics import (
    binary_tool_call,
    effective_arguments,
    same_json,
    staged_tool_call,
    tool_call_equivalence,
)

DEFAULTS: dict[str, Any] = {
    "room": "all",
    "level": 50,
    "fade": False,
    "tags": ["home"],
    "style": {"colour": "white", "warm": True},
}
"""What `lights` assumes for the parameters that have a default; `note` and `until` have none."""

LIGHTS = Tool(
    "lights",
    "",
    {
        "type": "object",
        "properties": {
            "room": {"type": "string", "default": DEFAULTS["room"]},
            "level": {"type": "number", "default": DEFAULTS["level"]},
            "fade": {"type": "boolean", "default": DEFAULTS["fade"]},
            "tags": {"type": "array", "items": {"type": "string"}, "default": DEFAULTS["tags"]},
            "style": {
                "type": "object",
                "properties": {
                    "colour": {"type": "string", "default": "white"},
                    "warm": {"type": "boolean", "default": True},
                    "hue": {"type": "integer"},
                },
                "default": DEFAULTS["style"],
            },
            "note": {"type": "string"},
            "until": {"type": ["string", "null"]},
        },
    },
)
TOOLBOX = Toolbox((LIGHTS, Tool("stop", "", {"type": "object"})))

scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
json_values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3), max_leaves=8
)
styles = st.fixed_dictionaries(
    {},
    optional={
        "colour": st.sampled_from(["white", "red"]),
        "warm": st.booleans(),
        "hue": st.integers(0, 9),
        "tone": json_values,
    },
)
sensible_arguments = st.fixed_dictionaries(
    {},
    optional={
        "room": st.sampled_from(["all", "hall", None]),
        "level": st.sampled_from([50, 50.0, 51, 0, 1, True]),
        "fade": st.sampled_from([False, True, 0, None]),
        "tags": st.sampled_from([["home"], [], ["home", "home"]]),
        "style": styles,
        "note": st.sampled_from(["", "x", None]),
        "until": st.sampled_from(["", "x", None]),
    },
)
any_arguments = sensible_arguments | st.dictionaries(st.sampled_from([*LIGHTS.properties, "other"]), json_values)
calls = st.builds(ToolCall, st.sampled_from(["lights", "stop", "unknown"]), any_arguments)
light_calls = st.builds(ToolCall, st.just("lights"), any_arguments)


def lights(**arguments: Any) -> ToolCall:
    return ToolCall("lights", arguments)


def equivalent(left: ToolCall, right: ToolCall) -> bool:
    return tool_call_equivalence(TOOLBOX, left, right)


def shuffled(value: Any, random: Any) -> Any:
    if isinstance(value, dict):
        items = [(key, shuffled(item, random)) for key, item in value.items()]
        random.shuffle(items)
        return dict(items)
    return [shuffled(item, random) for item in value] if isinstance(value, list) else value


class TestEquivalence:
    @given(calls)
    def test_a_call_is_equivalent_to_itself(self, call: ToolCall) -> None:
        assert equivalent(call, copy.deepcopy(call))

    @given(calls, calls)
    def test_it_does_not_matter_which_call_is_the_reference(self, left: ToolCall, right: ToolCall) -> None:
        assert equivalent(left, right) == equivalent(right, left)

    @given(light_calls, light_calls, light_calls)
    def test_calls_equivalent_to_the_same_call_are_equivalent(
        self, first: ToolCall, second: ToolCall, third: ToolCall
    ) -> None:
        if equivalent(first, second) and equivalent(second, third):
            assert equivalent(first, third)

    @given(calls, st.randoms(use_true_random=False))
    def test_the_order_of_keys_does_not_count_at_any_depth(self, call: ToolCall, random: Any) -> None:
        assert equivalent(call, ToolCall(call.name, shuffled(call.arguments, random)))

    @given(light_calls, st.sets(st.sampled_from(sorted(DEFAULTS))))
    def test_writing_out_defaults_changes_nothing(self, call: ToolCall, written: set[str]) -> None:
        added = {name: DEFAULTS[name] for name in written if name not in call.arguments}
        assert equivalent(call, ToolCall("lights", {**added, **call.arguments}))

    @given(light_calls, st.sets(st.sampled_from(sorted(DEFAULTS))))
    def test_leaving_out_defaults_changes_nothing(self, call: ToolCall, left_out: set[str]) -> None:
        full = ToolCall("lights", {**call.arguments, **{name: DEFAULTS[name] for name in left_out}})
        rest = {name: value for name, value in full.arguments.items() if name not in left_out}
        assert equivalent(full, ToolCall("lights", rest))

    @given(light_calls, styles)
    def test_defaults_inside_an_object_may_be_written_out_or_left_out(self, call: ToolCall, style: Any) -> None:
        short = {name: value for name, value in style.items() if value != DEFAULTS["style"].get(name, ...)}
        long = {**DEFAULTS["style"], **style}
        variants = [ToolCall("lights", {**call.arguments, "style": variant}) for variant in (style, short, long)]
        assert equivalent(variants[0], variants[1])
        assert equivalent(variants[0], variants[2])

    @given(light_calls, st.sampled_from(["room", "level", "fade", "tags", "style", "note"]))
    def test_a_null_where_the_schema_knows_none_counts_as_omitted(self, call: ToolCall, name: str) -> None:
        without = {key: value for key, value in call.arguments.items() if key != name}
        assert equivalent(ToolCall("lights", without), ToolCall("lights", {**without, name: None}))

    def test_a_null_that_the_schema_allows_is_a_value(self) -> None:
        assert not equivalent(lights(), lights(until=None))

    @given(light_calls, st.sampled_from(["room", "level", "fade", "tags", "note", "other"]), json_values)
    def test_another_value_breaks_it(self, call: ToolCall, name: str, value: Any) -> None:
        default = DEFAULTS.get(name)
        before = call.arguments.get(name, default)
        assume(value is not None and not same_json(value, default if before is None else before))
        assert not equivalent(call, ToolCall("lights", {**call.arguments, name: value}))

    @given(calls, st.sampled_from(["lights", "stop", "unknown", "Lights"]))
    def test_another_tool_breaks_it(self, call: ToolCall, name: str) -> None:
        assert equivalent(call, ToolCall(name, call.arguments)) == (name == call.name)

    @pytest.mark.parametrize(
        ("left", "right", "expected"),
        [
            (lights(level=1), lights(level=True), False),
            (lights(level=0), lights(level=False), False),
            (lights(level=1), lights(level=1.0), True),
            (lights(level=1), lights(level="1"), False),
            (lights(fade=0), lights(), False),
            (lights(fade=False), lights(), True),
            (lights(room="All"), lights(), False),
            (lights(tags=["a", "b"]), lights(tags=["b", "a"]), False),
            (lights(style={"hue": 1, "warm": True}), lights(style={"hue": 1}), True),
            (lights(style={"hue": 1, "warm": False}), lights(style={"hue": 1}), False),
            (lights(style={}), lights(), True),
            (lights(style={"colour": "white"}), lights(style={"warm": True}), True),
            (lights(other=None), lights(), False),
        ],
    )
    def test_cases_by_hand(self, left: ToolCall, right: ToolCall, expected: bool) -> None:
        assert equivalent(left, right) is expected

    def test_an_empty_object_is_an_argument_where_the_object_has_no_default(self) -> None:
        parameters = {"properties": {"style": {"type": "object", "properties": {"warm": {"default": True}}}}}
        toolbox = Toolbox((Tool("lights", "", parameters),))
        assert tool_call_equivalence(toolbox, lights(style={"warm": True}), lights(style={}))
        assert not tool_call_equivalence(toolbox, lights(style={}), lights())

    def test_schemas_that_are_a_plain_true_have_no_defaults(self) -> None:
        parameters = {"properties": {"style": {"type": "object", "properties": {"warm": True}}}}
        toolbox = Toolbox((Tool("lights", "", parameters),))
        assert tool_call_equivalence(toolbox, lights(style={"warm": 1}), lights(style={"warm": 1}))
        assert not tool_call_equivalence(toolbox, lights(style={"warm": 1}), lights(style={}))

    def test_calls_of_a_tool_that_is_not_declared_are_compared_as_they_are(self) -> None:
        assert equivalent(ToolCall("unknown", {"a": 1}), ToolCall("unknown", {"a": 1}))
        assert not equivalent(ToolCall("unknown", {"a": None}), ToolCall("unknown", {}))


class TestBinary:
    @given(calls, calls)
    def test_it_implies_equivalence(self, left: ToolCall, right: ToolCall) -> None:
        if binary_tool_call(left, right):
            assert equivalent(left, right)

    @given(calls, st.randoms(use_true_random=False))
    def test_the_order_of_keys_does_not_count(self, call: ToolCall, random: Any) -> None:
        assert binary_tool_call(call, ToolCall(call.name, shuffled(call.arguments, random)))

    def test_a_default_written_out_counts(self) -> None:
        assert not binary_tool_call(lights(), lights(room="all"))

    def test_true_is_not_one_but_one_point_zero_is(self) -> None:
        assert not binary_tool_call(lights(level=True), lights(level=1))
        assert binary_tool_call(lights(level=1.0), lights(level=1))


class TestStaged:
    @given(calls, calls)
    def test_it_is_one_exactly_where_the_calls_are_equivalent(self, left: ToolCall, right: ToolCall) -> None:
        assert (staged_tool_call(TOOLBOX, left, right) == 1) == equivalent(left, right)

    @given(calls, calls)
    def test_the_stages_are_name_then_argument_names_then_values(self, left: ToolCall, right: ToolCall) -> None:
        tool = TOOLBOX.get(left.name)
        if left.name != right.name:
            expected = 0.25
        elif effective_arguments(tool, left).keys() != effective_arguments(tool, right).keys():
            expected = 0.5
        else:
            expected = 1.0 if equivalent(left, right) else 0.75
        assert staged_tool_call(TOOLBOX, left, right) == expected

    @given(calls, calls)
    def test_it_does_not_matter_which_call_is_the_reference(self, left: ToolCall, right: ToolCall) -> None:
        assert staged_tool_call(TOOLBOX, left, right) == staged_tool_call(TOOLBOX, right, left)

    @pytest.mark.parametrize(
        ("prediction", "expected"),
        [
            (ToolCall("stop", {"note": "x", "room": "hall"}), 0.25),
            (lights(note="x"), 0.5),
            (lights(note="x", room="hall", level=3), 0.5),
            (lights(note="y", room="hall"), 0.75),
            (lights(note="x", room="hall"), 1.0),
            (lights(note="x", room="hall", level=50.0, until=None), 0.5),
            (lights(note="x", room="hall", level=50.0, fade=None), 1.0),
        ],
    )
    def test_cases_by_hand(self, prediction: ToolCall, expected: float) -> None:
        assert staged_tool_call(TOOLBOX, lights(note="x", room="hall"), prediction) == expected


class TestSameJson:
    @given(json_values)
    def test_it_is_reflexive(self, value: Any) -> None:
        assert same_json(value, copy.deepcopy(value))

    @given(json_values, json_values)
    def test_it_is_symmetric(self, left: Any, right: Any) -> None:
        assert same_json(left, right) == same_json(right, left)

    @pytest.mark.parametrize(
        ("left", "right"),
        [(True, 1), (False, 0), (None, False), (None, 0), ("1", 1), ([], {}), ([True], [1]), ("", [])],
    )
    def test_values_of_different_types_differ(self, left: Any, right: Any) -> None:
        assert not same_json(left, right)
        assert not same_json({"a": left}, {"a": right})

    @pytest.mark.parametrize(("left", "right"), [(1, 1.0), (-0.0, 0), (10**20, 1e20), ([{"a": 2}], [{"a": 2.0}])])
    def test_numbers_are_equal_by_value(self, left: Any, right: Any) -> None:
        assert same_json(left, right)
