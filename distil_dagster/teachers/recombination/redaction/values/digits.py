"""Digits at random, by pattern, and in words."""

from random import Random

from distil_dagster.teachers.recombination.redaction.lists import words

_WORDS = words("zero one two three four five six seven eight nine")
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"


def digits(random: Random, count: int) -> str:
    """So many digits; the first may be 0."""
    return "".join(random.choice("0123456789") for _ in range(count))


def shaped(random: Random, pattern: str) -> str:
    """The pattern with a digit for each `#` and a capital letter for each `@`."""
    return "".join(
        random.choice("0123456789") if letter == "#" else random.choice(_LETTERS) if letter == "@" else letter
        for letter in pattern
    )


def spelled(number: str, zero: str = "zero") -> str:
    """The digits as words."""
    return " ".join(zero if digit == "0" else _WORDS[int(digit)] for digit in number)
