"""Reads a docstring in Google's style (Google Python Style Guide, section 3.8) as models write it.

The published parsers refuse a whole docstring for one line that is not in order (`Raises:` with `None` under it), or
pass over a section without a word (no blank line above it, entries not indented). To judge by them would be to judge
layout; this one reads whatever a person would.
"""

import inspect
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from distil_dagster.tasks.answer_forms.python_interface import exception_name
from distil_dagster.tasks.fences import without_fence

_SECTIONS = {
    "arguments": ("args", "arg", "arguments", "argument", "parameters", "parameter", "params"),
    "keywords": ("keyword args", "keyword arguments", "other parameters"),
    "attributes": ("attributes",),
    "returns": ("returns", "return"),
    "yields": ("yields", "yield"),
    "raises": ("raises", "raise", "exceptions"),
}
_SECTION_OF = {heading: section for section, headings in _SECTIONS.items() for heading in headings}
_KNOWN_HEADING = re.compile(rf"(?P<name>{'|'.join(_SECTION_OF)})\s*:(?P<content>.*)", re.IGNORECASE)
_OTHER_HEADING = re.compile(r"[A-Z][\w ]*:")

_BULLET = r"(?:[-+*•]\s+)?"
_DASH = r"[-\u2013\u2014]\s"
_JOINED_BY = r"\s*+(?:,|/|\||\bor\b|\band\b)\s*+"
_TYPE = r"\((?:[^()]|\([^()]*\))*\)"
_ARGUMENT = r"[`*\\]*[^\W\d]\w*[`*]*"
_ARGUMENTS = re.compile(
    rf"{_BULLET}(?P<names>{_ARGUMENT}(?:{_JOINED_BY}{_ARGUMENT})*)\s*+(?:(?:{_TYPE}\s*+)?(?::|{_DASH})|{_TYPE}$)"
)
_CLASS = r"`?[^\W\d]\w*(?:\.\w+)*`?"
_CLASSES = re.compile(
    rf"{_BULLET}\(?(?P<names>{_CLASS}(?:{_JOINED_BY}{_CLASS})*)\)?\s*+(?::|{_DASH}|\(|(?:if|when)\b|$)", re.IGNORECASE
)
_SEPARATOR = re.compile(_JOINED_BY)
_NOTHING = re.compile(r"`?(?:none|nothing|n/a)`?\s*(?:[.:(]|$)", re.IGNORECASE)
_QUOTES = re.compile(r"[rRuU]?(\"\"\"|''')")
_CODE = re.compile(r"(?:async\s+def|def|class)\s+\w+.*:|@\w+|(?:import|from)\s+\w+(?:\s+import\b.*)?$")


@dataclass(frozen=True)
class Docstring:
    """What a docstring says.

    `summary` is its first line, empty if it begins with a section or with code. `arguments` are the names under
    Args, `keywords` those under Keyword Args, `attributes` those under Attributes, all without stars; `raises` the
    last names of the classes under Raises. A section whose content is `None` or nothing counts as left out.
    """

    summary: str
    arguments: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()
    has_returns: bool = False
    has_yields: bool = False
    raises: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Line:
    indent: int
    text: str


def parse_docstring(text: str) -> Docstring:
    """Read a docstring, which may stand in a code fence, in triple quotes, or both.

    Headings may be synonyms (`Arguments:`, `Parameters:`, `Return:`), in any case, with content on the same line.
    An argument is one or several names, an optional type in parentheses, a colon or a dash. Lines deeper than the
    first of their section go on with the entry above. Whatever can't be read as an entry is passed over.
    """
    lines = [_Line(len(line) - len(line.lstrip()), line.strip()) for line in _plain(text).splitlines()]
    sections: dict[str, list[str]] = {section: [] for section in _SECTIONS}
    for section, entries in _sections(lines):
        sections[section] += entries
    first = lines[0].text if lines else ""
    return Docstring(
        "" if _KNOWN_HEADING.fullmatch(first) or _CODE.match(first) else first,
        tuple(_names(_ARGUMENTS, sections["arguments"])),
        tuple(_names(_ARGUMENTS, sections["keywords"])),
        tuple(_names(_ARGUMENTS, sections["attributes"])),
        _has_value(sections["returns"]),
        _has_value(sections["yields"]),
        tuple(exception_name(name) for name in _names(_CLASSES, sections["raises"])),
    )


def _plain(text: str) -> str:
    inner = without_fence(text)
    if opening := _QUOTES.match(inner):
        inner = inner[opening.end() :].strip().removesuffix(opening[1])
    return inspect.cleandoc(inner)


def _sections(lines: list[_Line]) -> Iterator[tuple[str, list[str]]]:
    """Each known section with the first lines of its entries."""
    start = 0
    while start < len(lines):
        heading = lines[start]
        start += 1
        known = _KNOWN_HEADING.fullmatch(heading.text)
        if not known and not _OTHER_HEADING.fullmatch(heading.text):
            continue
        end, entries = _content(lines, start, heading.indent)
        if known:
            inline = known["content"].strip()
            yield _SECTION_OF[known["name"].lower()], [inline, *entries] if inline else entries
        start = end


def _content(lines: list[_Line], start: int, heading_indent: int) -> tuple[int, list[str]]:
    """Where the section ends, and the first lines of its entries.

    It ends at a line no deeper than its heading; where its first entry is not deeper either, at a blank line or the
    next heading.
    """
    entries: list[str] = []
    first_indent: int | None = None
    for position in range(start, len(lines)):
        line = lines[position]
        flat = first_indent is not None and first_indent <= heading_indent
        if not line.text:
            if flat:
                return position, entries
            continue
        if line.indent <= heading_indent and (
            (entries and not flat) or _KNOWN_HEADING.fullmatch(line.text) or _OTHER_HEADING.fullmatch(line.text)
        ):
            return position, entries
        if first_indent is None:
            first_indent = line.indent
        if line.indent <= first_indent:
            entries.append(line.text)
    return len(lines), entries


def _names(entry: re.Pattern[str], entries: Iterable[str]) -> Iterator[str]:
    for line in entries:
        found = None if _NOTHING.match(line) else entry.match(line)
        if found:
            for name in _SEPARATOR.split(found["names"]):
                if name.lower() not in ("", "none", "nothing"):
                    yield name.strip("`*\\")


def _has_value(entries: list[str]) -> bool:
    return bool(entries) and not _NOTHING.match(entries[0])
