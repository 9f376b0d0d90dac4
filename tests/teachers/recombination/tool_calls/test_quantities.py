import pytest
from hypothesis import given
from hypothesis import strategies as st

from distil_dagster.teachers.recombination.tool_calls.quantities import (
    digits_in_words,
    find_quantities,
    in_words,
    read_digits,
)
from distil_dagster.teachers.recombination.tool_calls.words import tokenise


@given(st.integers(0, 999_999))
def test_a_number_in_words_is_read_as_itself(number: int) -> None:
    (found,) = find_quantities(tokenise(f"send {in_words(number)} dollars"))
    assert (found.value, found.manner) == (number, "words")


@given(st.integers(0, 999))
def test_hyphens_may_be_left_out(number: int) -> None:
    (found,) = find_quantities(tokenise(in_words(number).replace("-", " ")))
    assert found.value == number


@pytest.mark.parametrize(
    ("text", "value"), [("1,250 dollars", 1250), ("12.50 please", 12.5), ("to 45%", 45), ("5k for him", 5000), ("7", 7)]
)
def test_digits_are_read_as_people_write_them(text: str, value: float) -> None:
    (found,) = find_quantities(tokenise(text))
    assert found.value == value


@pytest.mark.parametrize(("text", "value"), [("half brightness", 50), ("at a quarter", 25), ("full power", 100)])
def test_shares_count_on_a_scale_only(text: str, value: float) -> None:
    (found,) = find_quantities(tokenise(text), minimum=0, maximum=100)
    assert found.value == value
    assert find_quantities(tokenise(text), minimum=10, maximum=30) == []
    assert find_quantities(tokenise(text)) == []


def test_two_numbers_in_a_row_stay_two() -> None:
    assert [quantity.value for quantity in find_quantities(tokenise("room twenty five percent, ten"))] == [25, 10]


@pytest.mark.parametrize(
    ("text", "value", "words"),
    [("a hundred bucks", 100, 2), ("a couple of degrees", 2, 3), ("down a couple", 2, 2), ("a thousand", 1000, 2)],
)
def test_an_article_may_belong_to_a_number(text: str, value: float, words: int) -> None:
    (found,) = find_quantities(tokenise(text))
    assert (found.value, found.end - found.start) == (value, words)


@given(st.from_regex(r"[0-9]{2,12}", fullmatch=True))
def test_digits_that_are_read_out_are_read_back(digits: str) -> None:
    assert read_digits(digits_in_words(digits)) == digits


def test_other_words_are_no_digits() -> None:
    assert read_digits("four eleven") == ""
    assert read_digits("four or five") == ""
