"""Reading docstrings in Google's style, tidy and less so."""

from __future__ import annotations

import textwrap
from keyword import iskeyword

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distil_dagster.tasks.answer_forms.google_docstring import Docstring, parse_docstring

TIDY = """\
Scale the values.

Args:
    values (list[float], optional): What to scale,
        in metres: or feet
    factor: How much
    *others: More values
    **options (dict[str, Any]): The rest

Keyword Args:
    unit: The unit

Attributes:
    size: The size

Returns:
    list[float]: The scaled values

Yields:
    One by one

Raises:
    ValueError: If `factor` is zero
    units.UnitError: If the unit
        KeyError: is not known

Example:
    >>> scale([1], 2)
    Returns:
        [2]
"""
READ = Docstring(
    "Scale the values.",
    ("values", "factor", "others", "options"),
    ("unit",),
    ("size",),
    True,
    True,
    ("ValueError", "UnitError"),
)

names = st.lists(
    st.from_regex(r"[a-z_][a-z0-9_]{0,5}", fullmatch=True).filter(lambda name: not iskeyword(name) and name != "none"),
    unique=True,
)


def under(heading: str, *lines: str) -> Docstring:
    return parse_docstring("\n".join(["Do it.", "", heading, *(f"    {line}" for line in lines)]))


class TestLayout:
    @pytest.mark.parametrize(
        "text",
        [
            TIDY,
            TIDY.replace("\n\n", "\n"),
            TIDY.replace("    ", "  "),
            TIDY.replace("    ", "\t"),
            TIDY.replace(":\n", " :\n").replace("Args", "ARGUMENTS").replace("Raises", "raises"),
            f'"""{TIDY}"""',
            f"r'''{TIDY}'''",
            f'```python\n"""\n{TIDY}"""\n```',
            f"```\n{TIDY}```",
            "Scale" + textwrap.indent(TIDY, "    ").removeprefix("    Scale"),
            textwrap.indent(TIDY, "        "),
        ],
    )
    def test_blank_lines_indentation_quotes_and_fences_change_nothing(self, text: str) -> None:
        assert parse_docstring(text) == READ

    def test_entries_need_not_be_indented(self) -> None:
        text = "Do it.\n\nArgs:\nx: An x\ny: A y\n\nBeware: it is so\n\nReturns:\nA z\nRaises:\nValueError: If not"
        assert parse_docstring(text) == Docstring("Do it.", ("x", "y"), has_returns=True, raises=("ValueError",))

    def test_a_section_ends_where_the_indentation_does(self) -> None:
        text = "Do it.\n\nArgs:\n    x: An x\n\n    y: A y\nIt is so: really.\n    z: Not an argument"
        assert parse_docstring(text).arguments == ("x", "y")

    def test_other_sections_are_passed_over(self) -> None:
        text = "Do it.\n\nSee Also:\n    other: It\n\nNote:\n    Args:\n        x: No\n\nArgs:\n    y: Yes"
        assert parse_docstring(text) == Docstring("Do it.", ("y",))

    @given(st.text())
    def test_any_text_can_be_read(self, text: str) -> None:
        assert parse_docstring(text) == parse_docstring(f"\n{text}\n")


class TestSummary:
    @pytest.mark.parametrize("text", ["Do it.", "Do this:\n\n- a\n- b", "\n\nDo it.\nAnd that.", "Class of x: a y"])
    def test_it_is_the_first_line(self, text: str) -> None:
        assert parse_docstring(text).summary == text.strip().split("\n")[0]

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "Args:\n    x: An x",
            "Returns: an x",
            "def f(x):\n    pass",
            "class A(B):",
            "@cache\ndef f(): ...",
            "import os",
        ],
    )
    def test_a_section_or_code_is_none(self, text: str) -> None:
        assert parse_docstring(text).summary == ""


class TestArguments:
    @given(names)
    def test_the_names_come_back_in_order(self, given_names: list[str]) -> None:
        assert under("Args:", *(f"{name}: What it is" for name in given_names)).arguments == tuple(given_names)

    @pytest.mark.parametrize("heading", ["Args:", "arguments:", "Parameters:", "Params:"])
    def test_headings_have_synonyms(self, heading: str) -> None:
        assert under(heading, "x: An x").arguments == ("x",)

    @pytest.mark.parametrize(
        ("line", "expected"),
        [
            ("x: int: An x", ("x",)),
            ("x (int): An x", ("x",)),
            ("x (Callable[[int], str], optional): An x (or so): yes", ("x",)),
            ("x (dict[str: int]): An x", ("x",)),
            ("x (tuple(int, int)) : An x", ("x",)),
            ("x (int)", ("x",)),
            ("x - An x", ("x",)),
            ("x – An x", ("x",)),  # noqa: RUF001 - the dash is what is tested
            ("x, y: Both", ("x", "y")),
            ("*args, **kwargs: Both", ("args", "kwargs")),
            (r"\*args: More", ("args",)),
            ("`x`: An x", ("x",)),
            ("- x: An x", ("x",)),
            ("* x: An x", ("x",)),
            ("args: The args", ("args",)),
            ("returns: Whether to", ("returns",)),
            ("None", ()),
            ("None: takes nothing", ()),
            ("It takes x", ()),
            ("See (this) for more", ()),
            ("x", ()),
        ],
    )
    def test_an_entry_is_a_name_with_a_description(self, line: str, expected: tuple[str, ...]) -> None:
        assert under("Args:", line).arguments == expected

    def test_they_may_stand_beside_the_heading(self) -> None:
        assert parse_docstring("Do it.\n\nArgs: x: An x\n\nReturns: an x") == Docstring(
            "Do it.", ("x",), has_returns=True
        )


class TestResults:
    @pytest.mark.parametrize("line", ["An x", "int: An x", "None if there is none, else x", "Nonetheless x", "bool"])
    def test_a_value_is_one_whatever_it_is_called(self, line: str) -> None:
        assert under("Returns:", line).has_returns
        assert under("Return:", line).has_returns
        assert under("Yields:", line).has_yields
        assert not under("Yields:", line).has_returns

    @pytest.mark.parametrize(
        "lines", [(), ("None",), ("None.",), ("none: it prints",), ("`None`",), ("Nothing",), ("N/A",)]
    )
    def test_none_is_no_value(self, lines: tuple[str, ...]) -> None:
        assert not under("Returns:", *lines).has_returns
        assert not under("Yields:", *lines).has_yields


class TestRaises:
    @pytest.mark.parametrize(
        ("line", "expected"),
        [
            ("ValueError: If not", ("ValueError",)),
            ("ValueError", ("ValueError",)),
            ("ValueError if not", ("ValueError",)),
            ("ValueError - If not", ("ValueError",)),
            ("ValueError (builtin): If not", ("ValueError",)),
            ("- `ValueError`: If not", ("ValueError",)),
            ("requests.exceptions.HTTPError: If not", ("HTTPError",)),
            ("IOError: If not", ("OSError",)),
            ("ValueError, KeyError: If not", ("ValueError", "KeyError")),
            ("ValueError or KeyError: If not", ("ValueError", "KeyError")),
            ("(ValueError, KeyError): If not", ("ValueError", "KeyError")),
            ("None", ()),
            ("None: never", ()),
            ("None if all is well", ()),
            ("Whatever the callback raises: all of it", ()),
        ],
    )
    def test_an_entry_begins_with_classes(self, line: str, expected: tuple[str, ...]) -> None:
        assert under("Raises:", line).raises == expected
