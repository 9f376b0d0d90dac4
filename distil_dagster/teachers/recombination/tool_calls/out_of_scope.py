"""Requests that a task's tools can't serve, for the calls by which its seeds say so."""

import re
from collections.abc import Iterator

from distil_dagster.tasks import Task
from distil_dagster.teachers.recombination.tool_calls import phrasebook
from distil_dagster.teachers.recombination.tool_calls.english import NEUTRAL_WORDS
from distil_dagster.teachers.recombination.tool_calls.grammar import Grammar
from distil_dagster.teachers.recombination.tool_calls.lexicons import LEXICONS
from distil_dagster.teachers.recombination.tool_calls.templates import Template
from distil_dagster.teachers.recombination.tool_calls.vocabulary import Domain, domain_at, leaves
from distil_dagster.teachers.recombination.tool_calls.words import normal_words, stem


def out_of_scope_templates(task: Task, grammar: Grammar) -> Iterator[Template]:
    """Requests off topic, and for devices that no tool knows, where the seeds show a call that answers them."""
    yield from _OutOfScope(task, grammar).templates()


class _OutOfScope:
    def __init__(self, task: Task, grammar: Grammar) -> None:
        self.task = task
        self.grammar = grammar

    def templates(self) -> Iterator[Template]:
        own = self._own_words()
        for tool in self.task.tools.tools:
            for name in tool.properties or ("",):
                domain = domain_at(tool, (name,)) if name else None
                for value in domain.values if domain and domain.kind == "enum" else ("",):
                    meaning = self._meaning(tool.name, tool.description, domain, str(value))
                    arguments = {name: value} if name else {}
                    if not any(
                        template.tool == tool.name and dict(template.fixed) == dict(leaves(arguments))
                        for template in self.grammar.templates
                        if template.asked is None
                    ):
                        continue
                    for number, phrase in enumerate(self._foreign(meaning, own), start=1):
                        yield Template(
                            f"english:{tool.name}:{value or 'call'}:{meaning} {number}",
                            tool.name,
                            (phrase,),
                            tuple(leaves(arguments)) if arguments else (),
                            origin="english",
                        )

    @staticmethod
    def _meaning(tool: str, description: str, domain: Domain | None, value: str) -> str:
        if domain is not None and value:
            match = re.search(rf"\b{re.escape(value)}\b\W*([^;.]*)", domain.description)
            name, text = value.replace("_", " ").lower(), (match.group(1) if match else "").lower()
        else:
            name, text = tool.replace("_", " ").lower(), description.lower()
        if any(mark in name for mark in phrasebook.OFF_TOPIC_MARKS) or any(
            mark in text for mark in phrasebook.OFF_TOPIC_DESCRIPTIONS
        ):
            return "off topic"
        if any(mark in name for mark in phrasebook.UNSUPPORTED_MARKS) and re.search(r"device|appliance", name + text):
            return "device"
        return ""

    def _foreign(self, meaning: str, own: frozenset[str]) -> Iterator[str]:
        """Requests of a meaning that share no content word with what the task's own tools are about."""
        if meaning == "off topic":
            for phrase in phrasebook.OFF_TOPIC:
                words = {stem(word) for word in normal_words(phrase) if word not in NEUTRAL_WORDS}
                if not words & own:
                    yield from _filled(phrase)
        elif meaning == "device":
            devices = [
                device for device in LEXICONS["device"] if not {stem(word) for word in normal_words(device)} & own
            ]
            for number, phrase in enumerate(phrasebook.DEVICE_REQUESTS):
                for device in devices[number % 3 :: 3]:
                    yield phrase.replace("{device}", device).replace("{number}", str(20 + 5 * (number + len(device))))

    def _own_words(self) -> frozenset[str]:
        words: set[str] = set()
        for tool in self.task.tools.tools:
            if tool.name in {call.name for call in self.grammar.asking_calls}:
                continue
            texts = [tool.name, tool.description]
            for name, schema in tool.properties.items():
                texts += [name, str(schema.get("description") or ""), *map(str, schema.get("enum") or ())]
            words.update(stem(word) for text in texts for word in normal_words(text))
        for template in self.grammar.templates:
            if template.tool not in self.grammar.chat_tools:
                words.update(stem(word) for word in template.literal_words)
        return frozenset(words - {stem(word) for word in NEUTRAL_WORDS})


def _filled(phrase: str) -> Iterator[str]:
    """A phrase with its open places filled from the lexicons, in a few ways."""
    kinds = {"country": "country", "city": "city", "name": "person", "language": "language"}
    names = re.findall(r"\{(\w+)\}", phrase)
    if not names:
        yield phrase
        return
    for variant in range(3):
        text = phrase
        for number, name in enumerate(names):
            words = LEXICONS[kinds[name]]
            text = text.replace(f"{{{name}}}", words[(len(phrase) + 7 * variant + number) % len(words)], 1)
        yield text
