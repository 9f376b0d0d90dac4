"""Mining: further values of free texts from a folder's unlabelled texts.

Only what users said is read, never the calls that a text may record beside it; a value is taken where a template of the
seeds matches what was said and leaves no doubt.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from distil_dagster.teachers.recombination.tool_calls.english import FUNCTION_WORDS, NEUTRAL_WORDS, PARTICLES, VERBS
from distil_dagster.teachers.recombination.tool_calls.parsing import Parser
from distil_dagster.teachers.recombination.tool_calls.templates import Slot, Template
from distil_dagster.teachers.recombination.tool_calls.vocabulary import Domain
from distil_dagster.teachers.recombination.tool_calls.words import normal_words


def mined_values(parser: Parser, texts: Iterable[str]) -> list[tuple[Domain, str]]:
    """Values of free-text parameters that the texts show and the seeds don't, the most frequent first."""
    counts: Counter[tuple[Domain, str]] = Counter()
    for utterance in dict.fromkeys(said for text in texts for said in user_utterances(text)):
        readings = parser.readings(utterance, ())
        best = max((reading.weight for reading in readings), default=0)
        chosen = [reading for reading in readings if reading.weight == best]
        if not chosen or any(reading.call != chosen[0].call for reading in chosen):
            continue
        for domain, value in chosen[0].texts:
            if value not in parser.values.texts(domain) and value.lower() == value:
                counts[domain, value] += 1 if _is_telling(chosen[0].template) else 0
                counts[domain, value] += _has_known_head(value, parser.values.texts(domain))
    ranked = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0][0].owner, entry[0][1]))
    return [item for item, count in ranked if count and not _is_literal(item[1], parser)]


def _is_telling(template: Template) -> bool:
    """Whether a template names what it is about, so that any words in its slot are a value of its tool."""
    generic = NEUTRAL_WORDS | VERBS | PARTICLES
    named = any(word not in generic for word in template.literal_words)
    behind = [part for part, slot in zip(template.parts[1:], template.parts, strict=False) if isinstance(slot, Slot)]
    # Before a noun stand not only places but also "other", "main", "nearest".
    nouns = [normal_words(part)[:1] for part in behind if isinstance(part, str) and part[:1] == " "]
    return named and all(not word or word[0] in FUNCTION_WORDS for word in nouns)


def _has_known_head(value: str, known: tuple[str, ...]) -> bool:
    """Whether a value of several words ends as a known one does, as "corner plug" and "wemo plug"."""
    words = value.split()
    return len(words) > 1 and words[-1] in {text.split()[-1] for text in known if len(text.split()) > 1}


def _is_literal(value: str, parser: Parser) -> bool:
    return all(parser.is_literal(word) for word in value.split())


def user_utterances(text: str) -> Iterator[str]:
    """What users said in a text: a chat in JSON, or plain lines."""
    if text.lstrip().startswith(("[", "{")):
        try:
            yield from _said(json.loads(text))
        except (json.JSONDecodeError, RecursionError):
            return
        return
    yield from (line.strip() for line in text.splitlines() if line.strip())


def _said(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _said(item)
    elif isinstance(value, dict):
        if value.get("role") == "user" and isinstance(value.get("content"), str):
            yield value["content"].strip()
        elif "messages" in value:
            yield from _said(value["messages"])
