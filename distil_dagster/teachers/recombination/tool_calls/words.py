"""Words of an utterance: where they stand, their normal form, their stem. Knows nothing of calls or schemas."""

import re
from dataclasses import dataclass
from functools import lru_cache

_TOKEN = re.compile(r"\w+(?:['\u2019.\-]\w+)*|[^\w\s]")
_VOWELS = "aeiou"


@dataclass(frozen=True)
class Token:
    """One word or mark of a text, with its place in it (`text[start:end]`)."""

    normal: str
    start: int
    end: int

    @property
    def is_word(self) -> bool:
        """Whether it is a word or number, not a mark."""
        return self.normal[0].isalnum() or self.normal[0] == "_"


def tokenise(text: str) -> tuple[Token, ...]:
    """Words (with inner apostrophes, hyphens and points) and marks, in order."""
    return tuple(
        Token(match.group().lower().replace("\u2019", "'"), match.start(), match.end())
        for match in _TOKEN.finditer(text)
    )


@lru_cache(maxsize=1 << 16)
def normal_words(text: str) -> tuple[str, ...]:
    """The normal forms of a text's tokens; underscores part words."""
    return tuple(token.normal for token in tokenise(text.replace("_", " ")))


def find_words(tokens: tuple[Token, ...], words: tuple[str, ...], *, plural: bool = True) -> list[tuple[int, int]]:
    """Where the words stand next to each other, as token ranges; the last may be plural on either side."""
    found: list[tuple[int, int]] = []
    count = len(words)
    if not count:
        return found
    for start in range(len(tokens) - count + 1):
        head = all(tokens[start + index].normal == words[index] for index in range(count - 1))
        if head and _same(tokens[start + count - 1].normal, words[-1], plural=plural):
            found.append((start, start + count))
    return found


def stem(word: str) -> str:
    """A crude stem that joins the inflected forms of a regular word ("closing", "closed", "closes", "close")."""
    base = word
    for ending in ("ing", "ed", "es", "s"):
        if base.endswith(ending) and len(base) - len(ending) >= 3 and not base.endswith("ss"):
            base = base[: -len(ending)]
            break
    if len(base) > 3 and base[-1] == base[-2] and base[-1] not in "ls" + _VOWELS:
        base = base[:-1]
    return base.removesuffix("e") if len(base) > 3 else base


def inflection(word: str, base: str) -> str | None:
    """Which form of `base` the word is: "base", "ing", "ed", "s", or None if it is none."""
    if word == base:
        return "base"
    if len(base) < 3 or stem(word) != stem(base):
        return None
    for ending in ("ing", "ed", "s"):
        if word.endswith(ending) and not base.endswith(ending):
            return ending
    return None


def _same(word: str, other: str, *, plural: bool) -> bool:
    if word == other:
        return True
    if not plural or min(len(word), len(other)) < 4:
        return False
    return word.removesuffix("'s") == other or word == other + "s" or other == word + "s"
