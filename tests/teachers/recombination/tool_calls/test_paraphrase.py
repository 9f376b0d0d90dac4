from random import Random

from hypothesis import given
from hypothesis import strategies as st

from distil_dagster.teachers.recombination.tool_calls.paraphrase import Piece, Style, joined, paraphrase, style_of

STYLE = Style(capitals=0.5, marks=0.5, callers=("computer",))


@given(st.integers(0, 10_000), st.booleans(), st.booleans())
def test_free_texts_are_never_touched(seed: int, later: bool, fragment: bool) -> None:
    pieces = [Piece("Turn off the lights in "), Piece("Ada's  Room", value=True, verbatim=True), Piece(" please.")]
    varied = paraphrase(pieces, Random(seed), STYLE, later=later, fragment=fragment, banned=frozenset())
    assert [piece.text for piece in varied if piece.verbatim] == ["Ada's  Room"]


@given(st.integers(0, 10_000))
def test_banned_words_neither_come_nor_go(seed: int) -> None:
    pieces = [Piece("start the "), Piece("blinds", value=True), Piece(" song")]
    banned = frozenset({"start", "launch", "begin"})
    style = Style(capitals=1.0, marks=1.0)
    varied = joined(paraphrase(pieces, Random(seed), style, later=False, fragment=True, banned=banned))
    assert "launch" not in varied
    assert "begin" not in varied


def test_articles_fit_the_next_sound() -> None:
    assert joined([Piece("make me a "), Piece("espresso", value=True)]) == "make me an espresso"
    assert joined([Piece("make me an "), Piece("latte", value=True)]) == "make me a latte"


def test_words_of_address_are_mined_from_the_seeds() -> None:
    utterances = {
        "computer turn on the lights": "on",
        "computer make some tea": "tea",
        "turn off the lights": "off",
        "make coffee": "tea",
        "bring the blinds down": "blinds",
        "bring upstairs to 17": "heat",
    }
    assert style_of(utterances).callers == ("computer",)


def test_a_word_of_the_schema_is_no_word_of_address() -> None:
    utterances = {"force push this branch": "push", "force delete the tag": "tag", "push the rest": "push"}
    assert style_of(utterances).callers == ("force",)
    assert style_of(utterances, frozenset({"force"})).callers == ()
