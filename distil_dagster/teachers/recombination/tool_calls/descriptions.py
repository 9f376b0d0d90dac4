"""Templates from the schema alone: a tool asked for in the words of its own name and description.

Seeds show some tools once or not at all, and then the schema is all there is to learn a tool's meaning from. Where the
task asks back for what is missing and the seeds show a tool often, only the arguments that they show together are asked
for, and flags beside them.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from distil_dagster.tasks import Task, Tool
from distil_dagster.tasks.tool_calling import tool_calling
from distil_dagster.teachers.recombination.tool_calls.english import FUNCTION_WORDS, VERBS
from distil_dagster.teachers.recombination.tool_calls.grammar import Grammar
from distil_dagster.teachers.recombination.tool_calls.templates import Slot, Template
from distil_dagster.teachers.recombination.tool_calls.vocabulary import Domain, Path, domain_at

FEW_SEEDS = 3
"""A tool with fewer calls in the seeds may be called with arguments that they don't show."""
MANY_SEEDS = 6
"""A tool with so many calls in the seeds is called with the arguments that they show, in whatever combination."""
_CUSTOMER = re.compile(r"\b(?:the|a) (?:customer|user|resident|caller|person)(?:'s|s')|\btheir\b", re.IGNORECASE)
_SHORTEST, _LONGEST = 2, 9


def described_templates(task: Task, grammar: Grammar) -> tuple[Template, ...]:
    """Requests in the words of the tools' names and descriptions; none for tools that answer to anything else."""
    return tuple(_Descriptions(task, grammar).templates())


class _Descriptions:
    def __init__(self, task: Task, grammar: Grammar) -> None:
        asking = {call.name for call in grammar.asking_calls}
        self.tools = [tool for tool in task.tools.tools if tool.name not in asking]
        self.asks_back = bool(asking)
        self.chat_tools = grammar.chat_tools
        self.calls: Counter[str] = Counter()
        self.shown: dict[str, set[frozenset[str]]] = defaultdict(set)
        for row in task.seeds:
            for turn in tool_calling(task.kind).conversation(row).turns:
                self.calls[turn.call.name] += 1
                self.shown[turn.call.name].add(frozenset(turn.call.arguments))
        names = [tool.name.split("_") for tool in self.tools]
        self.common = {word for word in names[0] if all(word in words for words in names)} if len(names) > 1 else set()

    def templates(self) -> Iterator[Template]:
        for tool in self.tools:
            for number, (parts, fixed) in enumerate(self._requests(tool), start=1):
                template = Template(f"described:{tool.name}:{number}", tool.name, parts, fixed, origin="english")
                if self._is_plausible(tool, template):
                    yield template

    def _is_plausible(self, tool: Tool, template: Template) -> bool:
        said = template.said_keys
        if not said >= set(tool.required):
            return False
        flags = {str(path[0]) for path, _ in template.fixed}
        if said in self.shown[tool.name] or (flags and said - flags in self.shown[tool.name]):
            return True
        # Where a task asks back, a call that lacks something may be wrong although the schema allows it. And what many
        # seeds of a tool never give, people don't ask of it.
        often = FEW_SEEDS if self.asks_back else MANY_SEEDS
        given = {name for names in self.shown[tool.name] for name in names}
        is_free = self.calls[tool.name] < often or (not self.asks_back and said <= given)
        optional = all(_is_flag(schema) or "default" in schema for schema in tool.properties.values())
        return is_free and (bool(said) or optional)

    def _requests(self, tool: Tool) -> Iterator[tuple[tuple[str | Slot, ...], tuple[tuple[Path, bool], ...]]]:
        named = " ".join(word for word in tool.name.lower().split("_") if word not in self.common)
        described = _imperative(tool.description)
        # A tool without anything to fill in may answer to a mood, a greeting, a doubt: its name is no request.
        speaks = not described or named.split(" ")[0] in VERBS
        bases = [base for base in (described, named if speaks and tool.name not in self.chat_tools else "") if base]
        if described.startswith("show ") and " " not in named:
            bases.append(f"show the {named}")
        slots = list(_slots(tool))
        flags = [(name, phrase) for name, schema in tool.properties.items() for phrase in _flag_phrases(name, schema)]
        for base in bases:
            yield (base,), ()
            for name, phrase in flags:
                yield (f"{base}{phrase}",), (((name,), True),)
            for words, slot in slots:
                leads = [f"{base}, {words} ", f"{base} with {words} "]
                leads += [f"{base} {words} ", f"{base} "] if base == named and slot.manner == "text" else []
                for lead in leads:
                    yield (lead, slot), ()
                    for name, phrase in flags:
                        yield (lead, slot, phrase), (((name,), True),)


def _is_flag(schema: Mapping[str, Any]) -> bool:
    return schema.get("type") == "boolean" and schema.get("default") is not True


def _flag_phrases(name: str, schema: Mapping[str, Any]) -> Iterator[str]:
    if not _is_flag(schema):
        return
    words = name.replace("_", " ").lower()
    yield f" with {words}"
    yield f", {words}"
    described = _imperative(str(schema.get("description") or ""))
    if described:
        yield f", {described}"
        yield f" and {described}"


def _slots(tool: Tool) -> Iterator[tuple[str, Slot]]:
    """The parameters that take a free text or a number, with the words that name them."""
    for name, schema in tool.properties.items():
        path: Path = (name, 0) if schema.get("type") == "array" else (name,)
        domain: Domain = domain_at(tool, path)
        words = name.replace("_", " ").lower()
        if domain.kind == "text":
            yield words.removesuffix("s") if len(path) > 1 else words, Slot(path, domain, "text", "other", words)
        elif domain.kind == "number":
            yield words, Slot(path, domain, "digits", "other", "10")


def _imperative(description: str) -> str:
    """The request in a description, as "show the commit history" in "Shows the commit history, newest first."."""
    clause = re.split(r"[.,:;(]", description.strip(), maxsplit=1)[0]
    words = _CUSTOMER.sub("my", clause).strip().split(" ")
    if not _SHORTEST <= len(words) <= _LONGEST or {"or", "and/or", "if", "when", "whether", "another"} & set(words):
        return ""
    verb = words[0].lower()
    if verb.endswith("s") and verb[:-1] in VERBS:
        verb = verb[:-1]
    if not verb.isalpha() or verb in FUNCTION_WORDS or verb.startswith("use") or verb.endswith(("ly", "ed")):
        return ""
    following = words[1].lower()
    is_command = verb in VERBS or following in FUNCTION_WORDS
    return " ".join([verb, *words[1:]]) if is_command else ""
