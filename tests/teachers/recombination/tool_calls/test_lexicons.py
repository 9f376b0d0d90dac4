"""Words for free-text parameters: which meaning a name and a description have."""

import pytest

from distil_dagster.teachers.recombination.tool_calls.lexicons import LEXICONS, lexicon_for


@pytest.mark.parametrize(
    ("name", "description", "meaning"),
    [
        ("house_place", "Where it is", "room"),
        ("message", "Commit message. When amending, the old one may be kept.", "message"),
        ("at", "When to start the cleaning", "clock"),
        ("target", "The file to stage, at the time of the call", "file"),
    ],
)
def test_the_name_counts_before_the_description_and_of_that_what_comes_first(
    name: str, description: str, meaning: str
) -> None:
    assert lexicon_for(name, description) == LEXICONS[meaning]


@pytest.mark.parametrize(
    ("examples", "meaning"), [(("app.py", "src/index.html"), "file"), (("feature/login", "fix-header"), "branch")]
)
def test_the_shape_of_examples_counts_last(examples: tuple[str, ...], meaning: str) -> None:
    assert lexicon_for("thing", "What it is", examples) == LEXICONS[meaning]
    assert lexicon_for("city", "What it is", examples) == LEXICONS["city"]
    assert lexicon_for("thing", "What it is", (*examples, "hello there")) == ()


def test_an_unknown_meaning_has_no_words() -> None:
    assert lexicon_for("sentiment", "How it sounds") == ()
