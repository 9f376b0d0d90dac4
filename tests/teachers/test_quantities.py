import pytest
from hypothesis import given
from hypothesis import strategies as st

from distil_dagster.teachers.quantities import find_quantities, in_words
from distil_dagster.teachers.words import tokenise


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
