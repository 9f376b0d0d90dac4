"""The page of errors quotes sentences that the code says."""

from __future__ import annotations

import ast
import re
from functools import cache

import pytest

from tests.docs.pages import CHECKOUT

OMITTED = "…"
QUOTED = re.findall(r"^\| `([^`]+)` \|", (CHECKOUT / "docs" / "trouble.md").read_text(), re.MULTILINE)


@cache
def said() -> list[str]:
    """Every text in the code, the parts that differ from case to case left out."""
    texts = []
    for package in ("distil_dagster", "assets", "resources"):
        for file in sorted((CHECKOUT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.JoinedStr):
                    parts = (part.value if isinstance(part, ast.Constant) else OMITTED for part in node.values)
                    texts.append("".join(map(str, parts)))
                elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                    texts.append(node.value)
    return texts


@pytest.mark.parametrize("sentence", QUOTED)
def test_the_code_says_a_quoted_error(sentence: str) -> None:
    parts = [re.escape(part) for part in sentence.split(OMITTED)]
    pattern = re.compile(".*".join(parts), re.DOTALL)
    assert any(pattern.search(text) for text in said()), f"nothing in the code says: {sentence}"


def test_a_page_of_errors_is_read() -> None:
    assert len(QUOTED) > 30
