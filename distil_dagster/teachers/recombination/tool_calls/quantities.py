"""Numbers as people say and write them: read from words, written in the manner they were read in."""

import re
from dataclasses import dataclass

from distil_dagster.teachers.recombination.tool_calls.words import Token

_UNITS = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_VALUES = {word: number for number, word in enumerate(_UNITS)} | {
    word: 10 * number for number, word in enumerate(_TENS, start=2)
}
DIGIT_WORDS = _UNITS[:10]
_DIGITS = re.compile(r"\d+(?:[.,]\d+)*(?:k)?$")
_SHARES: tuple[tuple[tuple[str, ...], float], ...] = (
    (("three", "quarters"), 0.75),
    (("a", "quarter"), 0.25),
    (("quarter",), 0.25),
    (("half",), 0.5),
    (("full",), 1.0),
    (("maximum",), 1.0),
    (("max",), 1.0),
)
PERCENT = frozenset({"percent", "%"})
SHARE_WORDS = {0.25: "a quarter", 0.5: "half", 0.75: "three quarters", 1.0: "full"}


@dataclass(frozen=True)
class Quantity:
    """A number found in an utterance: its token range, and the manner ("digits", "words" or "share")."""

    value: float
    start: int
    end: int
    manner: str


def find_quantities(
    tokens: tuple[Token, ...], *, minimum: float | None = None, maximum: float | None = None
) -> list[Quantity]:
    """Every number of an utterance; "half" and "full" count only where a scale (0 to maximum) gives them a meaning."""
    found: list[Quantity] = []
    position = 0
    while position < len(tokens):
        quantity = (
            _share(tokens, position, minimum, maximum) or _digits(tokens, position) or _number_words(tokens, position)
        )
        if quantity:
            found.append(quantity)
            position = quantity.end
        else:
            position += 1
    return found


def digits_in_words(digits: str) -> str:
    """A string of digits as it is read out ("four zero four nine")."""
    return " ".join(_UNITS[int(digit)] for digit in digits)


def read_digits(words: str) -> str:
    """The inverse of `digits_in_words`; empty if a word is no digit."""
    digits = [_VALUES.get(word, 10) for word in words.split()]
    return "".join(map(str, digits)) if all(digit < 10 for digit in digits) else ""


def in_words(number: int) -> str:
    """A whole number from 0 to 999,999 in English words ("twenty-two", "one hundred and five")."""
    if number < 20:
        return _UNITS[number]
    if number < 100:
        tens, unit = divmod(number, 10)
        return _TENS[tens - 2] + (f"-{_UNITS[unit]}" if unit else "")
    size, name = (1000, "thousand") if number >= 1000 else (100, "hundred")
    many, rest = divmod(number, size)
    joint = " and " if rest and rest < 100 else " "
    return f"{in_words(many)} {name}" + (joint + in_words(rest) if rest else "")


def _digits(tokens: tuple[Token, ...], position: int) -> Quantity | None:
    text = tokens[position].normal
    if not _DIGITS.match(text):
        return None
    thousands = 1000 if text.endswith("k") else 1
    plain = text.removesuffix("k")
    plain = plain.replace(",", "") if re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?", plain) else plain.replace(",", ".")
    end = position + 1
    # The tokeniser parts "1,200" at the comma.
    while (
        end + 1 < len(tokens)
        and tokens[end].normal == ","
        and re.fullmatch(r"\d{3}", tokens[end + 1].normal)
        and tokens[end].start == tokens[end - 1].end
        and tokens[end + 1].start == tokens[end].end
    ):
        plain += tokens[end + 1].normal
        end += 2
    try:
        return Quantity(float(plain) * thousands, position, end, "digits")
    except ValueError:
        return None


def _number_words(tokens: tuple[Token, ...], position: int) -> Quantity | None:
    words = tuple(token.normal for token in tokens[position : position + 3])
    for pair in (("a", "couple", "of"), ("a", "couple"), ("couple", "of")):
        if words[: len(pair)] == pair:
            return Quantity(2.0, position, position + len(pair), "words")
    total, current, end, seen = 0, 0, position, False
    if words[:1] == ("a",) and words[1:2] in (("hundred",), ("thousand",)):
        # "A hundred" is one number, or a larger one would be written behind its article.
        current, end, seen = 1, position + 1, True
    while end < len(tokens):
        word = tokens[end].normal
        parts = word.split("-")
        if all(part in _VALUES for part in parts):
            amount = sum(_VALUES[part] for part in parts)
            if seen and not (current % 100 == 0 or (current % 10 == 0 and current % 100 >= 20 and amount < 10)):
                break
            current += amount
        elif word == "hundred" and (seen or position == end):
            current = max(current, 1) * 100
        elif word == "thousand" and seen:
            total, current = (total + max(current, 1)) * 1000, 0
        elif (
            word == "and"
            and seen
            and current % 100 == 0
            and (current or total)
            and end + 1 < len(tokens)
            and all(part in _VALUES for part in tokens[end + 1].normal.split("-"))
        ):
            end += 1
            continue
        else:
            break
        seen = True
        end += 1
    return Quantity(float(total + current), position, end, "words") if seen else None


def _share(tokens: tuple[Token, ...], position: int, minimum: float | None, maximum: float | None) -> Quantity | None:
    if maximum is None or minimum not in (None, 0):
        return None
    for words, share in _SHARES:
        end = position + len(words)
        if tuple(token.normal for token in tokens[position:end]) == words:
            return Quantity(share * maximum, position, end, "share")
    return None
