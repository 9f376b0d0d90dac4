"""Holding a docstring against its source."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distil_dagster.tasks.answer_forms.docstring_metrics import CHECKS, docstring_checks, docstring_problems

SOURCE = """
import json

def load(path, *, strict=False, **options):
    if not path:
        raise ValueError("no path")
    with open(path) as file:
        found = json.load(file, **options)
    if strict and not found:
        raise EmptyFile(path)
    return found
"""
SECTIONS = {
    "summary": "Load a file.\n",
    "args": "Args:\n    path: Where\n    strict: How\n    **options: What else\n",
    "returns": "Returns:\n    What was found\n",
    "raises": "Raises:\n    ValueError: No path\n    EmptyFile: Nothing there\n",
}
GENERATOR = "def f(x):\n    yield x"
PLAIN = "def f(x):\n    print(x)"
RETRY = "def f(x):\n    try:\n        x()\n    except Exception:\n        raise"

pieces = st.sampled_from(
    ["Do it.", "", "Args:", "Returns:", "Raises:", "    path: x", "    ValueError: x", "    None", "é"]
)


def docstring(**changed: str) -> str:
    return "\n".join({**SECTIONS, **changed}.values())


def failed(source: str, text: str) -> set[str]:
    return {name for name, value in docstring_checks(source, text).items() if not value}


class TestChecks:
    @pytest.mark.parametrize(
        ("changed", "expected", "problem"),
        [
            ({"summary": ""}, set(), "there is no summary"),
            (
                {"args": "Args:\n    path: x\n    **options: x\n"},
                {"parameters"},
                "the parameter strict is not documented",
            ),
            (
                {"args": SECTIONS["args"] + "    mode: x\n"},
                {"nothing_invented"},
                "mode is documented but is no parameter",
            ),
            ({"returns": ""}, {"returns"}, "what is returned is not documented"),
            ({"returns": "Returns:\n    None\n"}, {"returns"}, "what is returned is not documented"),
            (
                {"returns": SECTIONS["returns"] + "Yields:\n    x\n"},
                {"returns"},
                "yielded values are documented, but there are none",
            ),
            ({"raises": "Raises:\n    ValueError: x\n"}, {"raises"}, "the exception EmptyFile is not documented"),
            (
                {"raises": SECTIONS["raises"] + "    TypeError: x\n"},
                {"nothing_invented"},
                "TypeError is documented but can't be raised",
            ),
        ],
    )
    def test_each_fault_fails_its_own_check(self, changed: dict[str, str], expected: set[str], problem: str) -> None:
        assert docstring_problems(SOURCE, docstring(**changed)) == [problem]
        assert failed(SOURCE, docstring(**changed)) == expected | {"docstring_match"}

    @pytest.mark.parametrize(
        "changed",
        [
            {},
            {"summary": "Load a file.\n\nThis takes time.\n"},
            {"args": "Args:\n    self: x\n    strict, path: x\n    options: x\n"},
            {"args": "Args:\n    path: x\n\nKeyword Args:\n    strict: x\n    mode: One of the options\n"},
            {"raises": SECTIONS["raises"] + "    FileNotFoundError: x\n    json.JSONDecodeError: x\n"},
        ],
    )
    def test_a_careful_authors_choices_pass_all(self, changed: dict[str, str]) -> None:
        assert docstring_problems(SOURCE, docstring(**changed)) == []
        assert failed(SOURCE, docstring(**changed)) == set()

    @given(st.lists(pieces).map("\n".join))
    def test_the_match_is_one_exactly_where_there_are_no_problems(self, text: str) -> None:
        checks = docstring_checks(SOURCE, text)
        assert checks.keys() == {*CHECKS, "docstring_match"}
        assert (checks["docstring_match"] == 1) == (docstring_problems(SOURCE, text) == [])
        assert checks["docstring_match"] <= min(checks.values())

    def test_an_empty_docstring_is_never_a_match(self) -> None:
        assert failed("def f(): pass", "") == {"docstring_match"}

    def test_keyword_args_of_a_function_that_takes_none_are_invented(self) -> None:
        text = "Do it.\n\nArgs:\n    x: It\n\nKeyword Args:\n    mode: x"
        assert docstring_problems(PLAIN, text) == ["mode is documented but is no parameter"]

    def test_a_source_that_is_no_python_is_an_error(self) -> None:
        with pytest.raises(ValueError, match="can't be parsed"):
            docstring_checks("def f(", "Do it.")


class TestResults:
    @pytest.mark.parametrize("heading", ["Yields", "Returns"])
    def test_a_generator_may_be_documented_either_way(self, heading: str) -> None:
        assert docstring_problems(GENERATOR, f"Do it.\n\nArgs:\n    x: It\n\n{heading}:\n    It") == []

    def test_a_generator_must_be_documented_one_way(self) -> None:
        assert docstring_problems(GENERATOR, "Do it.\n\nArgs:\n    x: It") == ["what is yielded is not documented"]

    def test_a_function_without_a_value_may_say_that_it_returns_none(self) -> None:
        assert docstring_problems(PLAIN, "Do it.\n\nArgs:\n    x: It\n\nReturns:\n    None") == []
        assert docstring_problems(PLAIN, "Do it.\n\nArgs:\n    x: It\n\nReturns:\n    An x") == [
            "a returned value is documented, but there is none"
        ]


class TestRaises:
    @pytest.mark.parametrize("name", ["Exception", "ConnectionError", "errors.Own"])
    def test_what_hands_on_any_exception_may_document_any(self, name: str) -> None:
        assert docstring_problems(RETRY, f"Do it.\n\nArgs:\n    x: It\n\nRaises:\n    {name}: If x does") == []

    def test_but_has_to_document_one(self) -> None:
        assert docstring_problems(RETRY, "Do it.\n\nArgs:\n    x: It") == ["the exception Exception is not documented"]


class TestClasses:
    @pytest.mark.parametrize("heading", ["Args", "Attributes"])
    def test_the_parameters_of_a_class_may_stand_under_its_attributes(self, heading: str) -> None:
        source = "class A:\n    def __init__(self, x):\n        self.x = x"
        assert docstring_problems(source, f"An A.\n\n{heading}:\n    x: It") == []

    def test_attributes_need_not_be_parameters(self) -> None:
        source = "class A:\n    def __init__(self):\n        self.x = 1"
        assert docstring_problems(source, "An A.\n\nAttributes:\n    x: It") == []
