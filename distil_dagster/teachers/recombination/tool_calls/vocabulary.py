"""What the values of a task's parameters are called: by their names, by the schema's descriptions, by the seeds.

A parameter's place in a call is a path (`("room",)`, `("to", "name")`, `("items", 0)`); what may stand there is its
`Domain`. Parameters of several tools that share name and values share one domain, hence one set of words.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import Any, Literal

from distil_dagster.tasks import Tool, Toolbox
from distil_dagster.teachers.recombination.tool_calls.english import DETERMINERS, FUNCTION_WORDS, PARTICLES, VERBS
from distil_dagster.teachers.recombination.tool_calls.words import normal_words

Path = tuple[str | int, ...]
DomainKind = Literal["enum", "number", "text", "fixed"]


@dataclass(frozen=True)
class Domain:
    """What may stand at a path: one of some values, a number in a range, a free text, or a thing never varied."""

    name: str
    kind: DomainKind
    values: tuple[Any, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    integer: bool = False
    description: str = field(default="", compare=False)
    owner: str = ""
    """Tool and path for free texts: those of equal name need not mean the same."""
    pattern: str = ""
    """A regular expression that the schema asks a free text to match; empty if any text will do."""


@dataclass(frozen=True)
class Form:
    """Words that stand for a value; `shape` is the inflection in which they do ("base", "ing", "ed", "s")."""

    words: tuple[str, ...]
    shape: str = "base"
    origin: Literal["name", "description", "seed", "part", "synonym"] = "name"

    @property
    def text(self) -> str:
        """The words as written."""
        return " ".join(self.words)


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every scalar of a call's arguments with its path, in order; empty objects and lists count as scalars."""
    if isinstance(value, Mapping) and (value or not path):
        for name, item in value.items():
            yield from leaves(item, (*path, name))
    elif isinstance(value, list) and value:
        for index, item in enumerate(value):
            yield from leaves(item, (*path, index))
    else:
        yield path, value


def with_leaf(arguments: dict[str, Any], path: Path, value: Any) -> None:
    """Set one leaf; the objects and lists on the way are made as needed."""
    node: Any = arguments
    for step, following in pairwise(path):
        child: Any = [] if isinstance(following, int) else {}
        if isinstance(node, list):
            while len(node) <= int(step):
                node.append(child)
            node = node[int(step)]
        else:
            node = node.setdefault(step, child)
    if isinstance(node, list):
        while len(node) <= int(path[-1]):
            node.append(None)
        node[int(path[-1])] = value
    else:
        node[path[-1]] = value


def path_key(path: Path) -> str:
    """A path without its list indices, as "items[].name"."""
    return ".".join("[]" if isinstance(step, int) else step for step in path).replace(".[]", "[]")


def domain_at(tool: Tool, path: Path) -> Domain:
    """The domain at a path of a tool's arguments, from its JSON schema."""
    schema: Mapping[str, Any] = tool.parameters
    for step in path:
        schema = (schema.get("items") if isinstance(step, int) else (schema.get("properties") or {}).get(step)) or {}
        if not isinstance(schema, Mapping):
            schema = {}
    names = [step for step in path if isinstance(step, str)]
    name = names[-1] if names else ""
    description = str(schema.get("description") or "")
    kinds = schema.get("type")
    kind = next((item for item in kinds if item != "null"), None) if isinstance(kinds, list) else kinds
    values = tuple(schema.get("enum") or ())
    numeric = values and all(isinstance(item, int | float) and not isinstance(item, bool) for item in values)
    if values and all(isinstance(item, str) for item in values):
        return Domain(name, "enum", values, description=description)
    if kind in ("integer", "number") or numeric:
        low, high = _bounds(schema)
        return Domain(name, "number", values, low, high, kind == "integer", description)
    if kind in ("string", None) and not values and "format" not in schema:
        pattern = str(schema.get("pattern") or "")
        return Domain(name, "text", description=description, owner=f"{tool.name}:{path_key(path)}", pattern=pattern)
    return Domain(name, "fixed", values, description=description, owner=f"{tool.name}:{path_key(path)}")


def _bounds(schema: Mapping[str, Any]) -> tuple[float | None, float | None]:
    step = 1 if schema.get("type") == "integer" else 0.01
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is None and "exclusiveMinimum" in schema:
        low = schema["exclusiveMinimum"] + step
    if high is None and "exclusiveMaximum" in schema:
        high = schema["exclusiveMaximum"] - step
    return low, high


class Vocabulary:
    """The words of every enum value of a toolbox."""

    def __init__(self, toolbox: Toolbox) -> None:
        self._forms: dict[Domain, dict[str, list[Form]]] = {}
        self.tool_words = frozenset(word for tool in toolbox.tools for word in normal_words(tool.name))
        self.schema_words = self.tool_words | {
            word
            for tool in toolbox.tools
            for name, schema in tool.properties.items()
            for text in (name, str(schema.get("description") or ""), *map(str, schema.get("enum") or ()))
            for word in normal_words(text)
        }
        self.purposes: dict[tuple[str, str, str], str] = {}
        """What a value is for, as its description says ("going out"), by tool, parameter and value."""
        described: dict[Domain, list[str]] = {}
        places: dict[Domain, list[tuple[str, str]]] = {}
        for tool in toolbox.tools:
            for name in tool.properties:
                paths: list[Path] = [(name,), (name, 0)]
                paths += [(name, inner) for inner in tool.properties[name].get("properties") or {}]
                for path in paths:
                    domain = domain_at(tool, path)
                    if domain.kind == "enum":
                        described.setdefault(domain, []).append(domain.description)
                        places.setdefault(domain, []).append((tool.name, name))
        for domain, descriptions in described.items():
            self._forms[domain] = _named_forms(domain)
            for value, words, purpose in _glosses(domain, descriptions):
                if purpose:
                    for tool_name, name in places[domain]:
                        self.purposes[tool_name, name, value] = " ".join(words)
                else:
                    self.add(domain, value, Form(words, origin="description"))

    def add(self, domain: Domain, value: str, form: Form) -> bool:
        """Let words stand for a value; refused if they stand for another value of the domain already."""
        forms = self._forms.setdefault(domain, _named_forms(domain))
        for other, known in forms.items():
            if any(item.words == form.words for item in known):
                return other == value
        forms[value].append(form)
        return True

    def forms(self, domain: Domain, value: Any) -> tuple[Form, ...]:
        """The words that stand for a value, its name first."""
        return tuple(self._forms.get(domain, {}).get(value, ()))

    def domains(self) -> tuple[Domain, ...]:
        """Every enum domain of the task."""
        return tuple(self._forms)


@lru_cache(maxsize=1 << 10)
def is_action(domain: Domain) -> bool:
    """Whether the values say what to do or which state to reach (open, off) rather than what with (kitchen)."""
    if domain.kind != "enum" or not domain.values:
        return False
    heads = [normal_words(value)[0] if normal_words(value) else "" for value in domain.values]
    # "Back" is a place more often than a state.
    states = (VERBS | PARTICLES) - {"back"}
    return 2 * sum(head in states for head in heads) >= len(heads)


def alike(domain: Domain, other: Domain) -> bool:
    """Whether two parameters mean the same: one enum, or free texts of one name that are described alike."""
    if domain.kind != "text" or other.kind != "text":
        return domain == other
    if domain.name != other.name:
        return False
    mine = {word for word in normal_words(domain.description) if word not in FUNCTION_WORDS}
    theirs = {word for word in normal_words(other.description) if word not in FUNCTION_WORDS}
    return 2 * len(mine & theirs) > len(mine | theirs) or mine == theirs


def _named_forms(domain: Domain) -> dict[str, list[Form]]:
    return {value: [Form(words)] if (words := normal_words(value)) else [] for value in domain.values}


_CALLED = re.compile(r"^(?:is |are )?(?:also |sometimes |often )*(?:called|known as|named|referred to as) (.+)$")
_MEANS = re.compile(r"^(?:also )?(?:means?|meaning|stands for|i\.e\.?|aka|a\.k\.a\.?) (.+)$")
_PURPOSE = re.compile(r"^(?:is |are )?for (\w+ing\b.*)$")
_IS = re.compile(r"^(?:is |are |= ?|: ?)(?:also )?(.+)$")
_BRACKETS = re.compile(r"^\(([^)]+)\)")
_ACTS = re.compile(r"^(\w{3,}s)((?: or \w{3,}s)*)(?: (.*))?$")


def _glosses(domain: Domain, descriptions: list[str]) -> Iterator[tuple[str, tuple[str, ...], bool]]:
    """Values with other words for them, found in descriptions; True marks what a value is for."""
    counts: dict[tuple[str, ...], set[str]] = {}
    found: list[tuple[str, tuple[str, ...], bool]] = []
    for description in dict.fromkeys(descriptions):
        for segment in re.split(r"[,;]|\.(?: |$)", description):
            for value in domain.values:
                match = re.search(rf"(?<!\w){re.escape(value)}(?!\w)['\"`]?\s*(.*)$", segment, re.IGNORECASE)
                for words, purpose in _gloss(match.group(1).strip()) if match else ():
                    if words and not all(word in FUNCTION_WORDS - PARTICLES for word in words):
                        found.append((value, words, purpose))
                        counts.setdefault(words, set()).add(value)
    names = {normal_words(value) for value in domain.values}
    for value, words, purpose in found:
        if len(counts[words]) == 1 and words not in names:
            yield value, words, purpose


def _gloss(rest: str) -> list[tuple[tuple[str, ...], bool]]:
    if purpose := _PURPOSE.match(rest):
        return [(normal_words(purpose.group(1)), True)]
    for pattern in (_CALLED, _MEANS, _BRACKETS, _IS):
        if match := pattern.match(rest):
            parts = re.split(r"\s+or\s+|\s+and\s+|/|, ", match.group(1))
            words = [_without_article(part) for part in parts]
            return [(part, False) for part in words if part and len(part) <= 3 and part[0] not in FUNCTION_WORDS]
    if match := _ACTS.match(rest):
        verbs = [match.group(1), *re.findall(r"or (\w+)", match.group(2))]
        bases = [base for base in map(_verb_base, verbs) if base in VERBS]
        rest_words = normal_words(match.group(3) or "")
        if rest_words and rest_words[0] not in DETERMINERS:
            # A verb whose object makes the meaning ("saves energy") stands for the value only together with it.
            return [((base, *rest_words), False) for base in bases] if len(rest_words) <= 2 else []
        return [((base,), False) for base in bases]
    return []


def _verb_base(verb: str) -> str:
    for ending in ("ies", "es", "s"):
        base = verb.removesuffix(ending) + ("y" if ending == "ies" else "")
        if verb.endswith(ending) and base in VERBS:
            return base
    return verb.removesuffix("s")


def _without_article(text: str) -> tuple[str, ...]:
    words = normal_words(text)
    return words[1:] if words and words[0] in ("a", "an", "the") else words
