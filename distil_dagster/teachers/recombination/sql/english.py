"""The English that every request needs: plurals, articles, lists, and one of several wordings at random."""

import re
from collections.abc import Sequence
from random import Random

_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_TAIL = re.compile(
    r"((?<=date|time) (?:\w+ed|sent|given|read)\b.*|"
    r" (?:\(|(?:of|in|per|made|earned|sold|paid|spent|taken|included|available|owned|open|until)\b).*)"
)
"""What follows the noun that takes the plural."""
_UNCOUNTED = {"stock", "stars", "staff", "overtime", "vat", "news", "feedback", "spend", "experience"}
_IRREGULAR = {"person": "people", "child": "children", "analysis": "analyses", "status": "statuses", "series": "series"}
NUMBER_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


class Voice:
    """Chooses among wordings."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def chance(self, share: float) -> bool:
        """True in that share of cases."""
        return self.random.random() < share

    def say(self, wording: str, **values: str) -> str:
        """The wording with one of each `[several|alternatives]` (they may nest) and the values in their {slots}."""
        while choice := _CHOICE.search(wording):
            chosen = self.random.choice(choice[1].split("|"))
            wording = wording[: choice.start()] + chosen + wording[choice.end() :]
        filled = wording.format(**values)
        return re.sub(r" +(?=[,.?;:]|$)| (?= )", "", filled).strip()

    def number(self, value: int) -> str:
        """A small number, now and then as a word."""
        return NUMBER_WORDS[value] if 1 < value <= 10 and self.chance(0.3) else str(value)


def plural(phrase: str) -> str:
    """The plural of a noun phrase, by its last word, or by the one before "of" or "in"."""
    head, *rest = re.split(_TAIL, phrase, maxsplit=1)
    *before, last = head.split(" ")
    if last in _IRREGULAR:
        last = _IRREGULAR[last]
    elif last in _UNCOUNTED or (last.endswith("s") and not last.endswith("ss")):
        pass
    elif re.search(r"(s|x|z|ch|sh)$", last):
        last += "es"
    elif re.search(r"[^aeiou]y$", last):
        last = last[:-1] + "ies"
    else:
        last += "s"
    return " ".join([*before, last]) + "".join(rest)


def is_plural(phrase: str) -> bool:
    """Whether a phrase names several things: likes, units in stock."""
    head = _TAIL.split(phrase, maxsplit=1)[0]
    return head.endswith("s") and not head.endswith(("ss", "us", "is"))


def with_article(phrase: str) -> str:
    """The phrase after "a" or "an"; none before a plural or what can't be counted."""
    if is_plural(phrase) or phrase.split(maxsplit=1)[0].casefold() in _UNCOUNTED:
        return phrase
    first = phrase.split(maxsplit=1)[0]
    if first.isupper() and len(first) > 1:  # said letter by letter: a GPA, an SKU
        return f"{'an' if first[0] in 'AEFHILMNORSX' else 'a'} {phrase}"
    vowel = first[0].casefold() in "aeiou" and not re.match(r"(?i)(uni|use|eu|one)", first)
    return f"{'an' if vowel else 'a'} {phrase}"


def with_right_articles(text: str) -> str:
    """The text with "a" and "an" as the words after them ask for, and none before a plural."""
    return re.sub(r"\b(a|an) (\w+)", lambda found: with_article(found[2]), text)


def listed(phrases: Sequence[str], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    if len(phrases) < 2:
        return "".join(phrases)
    return f"{', '.join(phrases[:-1])} {last} {phrases[-1]}"


def capitalised(text: str) -> str:
    """The text with its first letter in upper case, as a sentence begins."""
    return text[:1].upper() + text[1:]
