"""Everyday actions and settings, and how people ask for them: light, sound, warmth, things that open and close.

Language data with the builder of its templates. A concept counts only for a tool that is described by its words and has
its value, and only with arguments that the seeds show together.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from distil_dagster.tasks import Task, Tool
from distil_dagster.tasks.tool_calling import tool_calling
from distil_dagster.teachers.recombination.tool_calls.english import VERBS
from distil_dagster.teachers.recombination.tool_calls.grammar import Grammar
from distil_dagster.teachers.recombination.tool_calls.templates import Slot, Template
from distil_dagster.teachers.recombination.tool_calls.vocabulary import Domain, Path, domain_at, is_action
from distil_dagster.teachers.recombination.tool_calls.words import normal_words


@dataclass(frozen=True)
class Concept:
    """An action: what its tool is about, the value that stands for it, or else words of the tool's own description.

    In the phrases, {x} is the object or place; those without it leave it to the situation.
    """

    about: str
    value: str
    does: str
    phrases: tuple[str, ...]


@dataclass(frozen=True)
class Setting:
    """A number: what it is, by its name and description; {n} is the number, {x} the object or place."""

    about: str
    phrases: tuple[str, ...]


CONCEPTS: tuple[Concept, ...] = (
    Concept(
        r"\blights?\b",
        "on",
        r"\bturn on\b",
        (
            "lights on", "turn on the lights", "turn the lights on", "switch the lights on", "put the lights on",
            "I need some light", "it's too dark, lights on", "light please", "I can't see a thing, lights on",
            "get the lights on", "could I have some light", "let there be light",
            "turn on the lights in the {x}", "turn the {x} lights on", "switch on the light in the {x}",
            "light up the {x}", "I need light in the {x}", "it's dark in the {x}, turn on the lights",
            "put the {x} lights on", "the {x} needs some light", "switch the {x} light on", "lights on in the {x}",
            "could we have light in the {x}", "illuminate the {x}", "I want the lights on in the {x}",
            "get the {x} lights on", "{x} lights on", "make some light in the {x}",
        ),
    ),
    Concept(
        r"\blights?\b",
        "off",
        r"\bturn off\b",
        (
            "lights off", "turn off the lights", "turn the lights off", "switch the lights off", "kill the lights",
            "lights out", "no more light", "darkness please", "we don't need the lights", "put the lights out",
            "get the lights off", "I want it dark",
            "turn off the lights in the {x}", "turn the {x} lights off", "switch off the light in the {x}",
            "kill the lights in the {x}", "nobody is in the {x}, turn the lights off", "make the {x} dark",
            "we don't need light in the {x}", "put the {x} lights out", "switch the {x} light off",
            "the lights in the {x} can go out", "no light in the {x} please", "get the {x} lights off",
            "{x} lights off", "I don't need the light in the {x} any more",
            "someone left the {x} lights on, turn them off",
        ),
    ),
    Concept(
        r"\blights?\b.*\bbrightness\b|\bbrightness\b.*\blights?\b",
        "",
        r"\b(?:increase|raise)\b",
        (
            "brighten the lights", "make the lights brighter", "make it brighter", "more light", "turn up the lights",
            "the lights are too dim", "raise the brightness", "brighter lights please", "turn the brightness up",
            "brighten the lights in the {x}", "make the {x} lights brighter", "more light in the {x}",
            "turn up the {x} lights", "raise the brightness in the {x}", "the {x} should be brighter",
        ),
    ),
    Concept(
        r"\blights?\b.*\bbrightness\b|\bbrightness\b.*\blights?\b",
        "",
        r"\b(?:decrease|reduce|lower)\b",
        (
            "dim the lights", "make the lights darker", "make it darker", "less light", "turn down the lights",
            "the lights are too bright", "lower the brightness", "dimmer lights please", "turn the brightness down",
            "dim the lights in the {x}", "make the {x} lights dimmer", "less light in the {x}",
            "turn down the {x} lights", "lower the brightness in the {x}", "the {x} should be darker",
        ),
    ),
    Concept(
        r"\b(?:music|media|songs?|audio)\b",
        "play",
        r"\bplay\b",
        (
            "play some music", "put some music on", "I'd like some music", "let's hear some music", "start the music",
            "some tunes please", "music on", "I want to listen to something", "play a song", "play something nice",
            "put on some classical music", "how about some music",
            "play music in the {x}", "some music for the {x}", "I want to hear something in the {x}",
            "put some rock on in the {x}", "music in the {x} please", "start the music in the {x}",
            "play something relaxing in the {x}", "let's have some music in the {x}", "I'd like a song in the {x}",
            "turn on the music in the {x}", "some songs in the {x}", "put on my playlist in the {x}",
        ),
    ),
    Concept(
        r"\b(?:music|media|songs?|audio)\b",
        "pause",
        r"\bpause\b",
        (
            "pause the music", "stop the music", "hold the music", "music off", "be quiet for a moment",
            "no more music",
            "the music can stop", "stop playing", "silence the music", "give it a rest",
            "I need silence, stop the music",
            "pause the music in the {x}", "stop the music in the {x}", "pause the {x} music",
            "no more music in the {x}",
            "music off in the {x}", "the {x} music can stop", "silence in the {x} please", "stop playing in the {x}",
            "hold the music in the {x} for a minute",
        ),
    ),
    Concept(
        r"\b(?:music|media|songs?|tracks?|audio)\b",
        "skip",
        r"\bskip\b",
        (
            "next song", "next track please", "skip this one", "play the next one", "I don't like this song, next",
            "another song please", "not this one", "skip it", "go to the next track", "next one",
            "move on to the next song",
            "I'm tired of this song, skip it", "give me the next song", "skip to the next song",
            "next song in the {x}", "skip the song in the {x}", "another track in the {x}", "skip the {x} music",
            "play the next one in the {x}", "next track in the {x} please",
        ),
    ),
    Concept(
        r"\b(?:heat|climate|temperature|thermostat)\b",
        "heat",
        r"\bheat\b",
        (
            "turn on the heating", "heating on", "I'm freezing, turn on the heating", "warm it up", "heat the place",
            "it's chilly, start the heating", "heat please", "switch the heating on", "get some warmth in here",
            "heat the {x}", "warm up the {x}", "heating on in the {x}", "I want the heating on in the {x}",
            "turn on the heating in the {x}", "it's cold, heat the {x}",
        ),
    ),
    Concept(
        r"\b(?:cool|climate|temperature|thermostat)\b",
        "cool",
        r"\bcool\b",
        (
            "turn on the air conditioning", "cool it down", "AC on", "switch the AC on", "it's too hot, cool it down",
            "I'm sweating, start the air conditioning", "cooling please", "get the cooling going", "start cooling",
            "cool the {x}", "cool down the {x}", "air conditioning on in the {x}", "AC in the {x} please",
            "turn on the cooling in the {x}", "it's hot, cool the {x}",
        ),
    ),
    Concept(
        r"\b(?:climate|ventilat\w+|air|temperature)\b",
        "fan",
        r"\bventilate\b",
        (
            "turn on the fan", "fan on", "start the fan", "the fan please", "some fresh air, run the fan",
            "just move the air a bit", "let the fan run", "use the fan", "switch to the fan", "fan mode",
            "run the fan in the {x}", "turn on the fan in the {x}", "fan on in the {x}", "put the fan on in the {x}",
        ),
    ),
    Concept(
        r"\b(?:climate|energy|temperature|heat)\b",
        "eco",
        r"\bsave energy\b",
        (
            "save energy", "eco mode", "go eco", "let's save some energy", "energy saving mode please",
            "switch to eco", "be economical", "eco please", "don't waste energy", "put it in eco mode",
            "save energy in the {x}", "eco mode in the {x}", "switch the {x} to eco", "put the {x} on eco",
        ),
    ),
    Concept(
        r"\b(?:blinds?|curtains?|shutters?|doors?|windows?|gates?|covers?)\b",
        "open",
        r"^open\b",
        (
            "open up", "open the {x}", "open up the {x}", "get the {x} open", "I want the {x} open",
            "{x} open please",
            "can you open the {x} for me", "the {x} should be open", "pull the {x} open", "raise the {x}",
            "let some air in, open the {x}", "I'd like the {x} opened", "would you open the {x}",
            "all the way open with the {x}",
        ),
    ),
    Concept(
        r"\b(?:blinds?|curtains?|shutters?|doors?|windows?|gates?|covers?)\b",
        "close",
        r"^close\b",
        (
            "close the {x}", "shut the {x}", "get the {x} closed", "I want the {x} closed", "{x} closed please",
            "can you shut the {x} for me", "the {x} should be closed", "pull the {x} closed", "lower the {x}",
            "it's cold, close the {x}", "I'd like the {x} shut", "would you close the {x}", "close up the {x}",
            "the {x} can be closed now",
        ),
    ),
    Concept(
        r"\b(?:blinds?|curtains?|shutters?|doors?|windows?|gates?|covers?|motor)\b",
        "stop",
        r"^stop\b",
        (
            "stop", "stop there", "that's enough", "halt", "hold on", "enough", "wait, stop", "that's far enough",
            "not any further", "leave it there", "stop right there", "hold it", "okay, stop", "stop now",
            "that will do",
            "stop the {x}", "halt the {x}", "hold the {x}", "don't move the {x} any further",
            "stop the {x} right there",
        ),
    ),
)  # fmt: skip

SETTINGS: tuple[Setting, ...] = (
    Setting(
        r"\bbrightness\b",
        (
            "lights to {n} percent", "lights at {n} percent", "dim the lights to {n}", "brightness {n}",
            "set the lights to {n} percent", "brightness to {n} percent", "bring the lights to {n}",
            "{n} percent light",
            "set the brightness to {n}", "{n} percent brightness",
            "dim the {x} to {n}", "set the {x} lights to {n} percent", "{x} lights at {n}", "{x} at {n} percent",
            "dim the lights in the {x} to {n} percent", "brightness in the {x} to {n}",
            "lights in the {x} at {n} percent",
            "I want {n} percent in the {x}", "bring the {x} lights to {n}", "turn the {x} lights down to {n}",
            "turn the {x} lights up to {n} percent", "make the {x} lights {n} percent bright",
            "put the {x} lights at {n}",
        ),
    ),
    Setting(
        r"\bvolume\b",
        (
            "volume to {n}", "volume {n}", "set the volume to {n} percent", "music to {n}", "turn the volume to {n}",
            "turn the music down to {n}", "turn the music up to {n} percent", "put the music at {n}",
            "volume at {n} please",
            "volume in the {x} to {n}", "set the volume in the {x} to {n} percent", "music in the {x} at {n}",
            "turn the {x} music down to {n}", "turn the music in the {x} up to {n}", "{x} volume to {n} percent",
            "{x} music at {n} percent", "I want the {x} music at {n}", "put the volume in the {x} at {n}",
        ),
    ),
    Setting(
        r"\btemperature\b",
        (
            "set the temperature to {n}", "{n} degrees please", "make it {n} degrees", "temperature to {n} degrees",
            "I want {n} degrees", "bring it to {n} degrees", "thermostat to {n}", "I'd like it to be {n} degrees",
            "set the {x} to {n} degrees", "{n} degrees in the {x}", "I want {n} degrees in the {x}",
            "{x} to {n} degrees",
            "temperature in the {x} to {n}", "make it {n} degrees in the {x}", "get the {x} to {n} degrees",
            "the {x} should be {n} degrees", "bring the {x} to {n} degrees",
        ),
    ),
)  # fmt: skip

ACTION_PHRASES = (
    "{v} the {x}",
    "please {v} the {x}",
    "can you {v} the {x}",
    "could you {v} the {x} for me",
    "{v} the {x} now",
    "I want you to {v} the {x}",
    "go ahead and {v} the {x}",
    "time to {v} the {x}",
    "I'd like you to {v} the {x}",
    "you can {v} the {x}",
    "would you {v} the {x}",
)
"""Any action on any object."""


def concept_templates(task: Task, grammar: Grammar) -> tuple[tuple[Template, ...], tuple[Template, ...]]:
    """The phrases of the concepts and settings that a task has.

    First the requests that say all themselves, then those that leave out an object which every call of the tool
    names, so that they mean something only after another call.
    """
    concepts = _Concepts(task, grammar)
    templates = tuple(concepts.templates())
    complete = tuple(template for template in templates if concepts.is_complete(template))
    return complete, tuple(template for template in templates if not concepts.is_complete(template))


class _Concepts:
    def __init__(self, task: Task, grammar: Grammar) -> None:
        self.task = task
        self.grammar = grammar
        self.shown: dict[str, set[frozenset[str]]] = {}
        """Which arguments the seeds give together, by tool."""
        for row in task.seeds:
            for turn in tool_calling(task.kind).conversation(row).turns:
                self.shown.setdefault(turn.call.name, set()).add(frozenset(turn.call.arguments))

    def templates(self) -> Iterator[Template]:
        for tool in self.task.tools.tools:
            if tool.name in self.grammar.chat_tools or tool.name not in self.shown:
                continue
            text = " ".join([tool.name.replace("_", " "), tool.description, *self._descriptions(tool)]).lower()
            for concept in CONCEPTS:
                if re.search(concept.about, text):
                    for fixed in self._values(tool, concept):
                        yield from self._phrased(tool, concept.phrases, fixed, concept.value or concept.phrases[0])
            for name in tool.properties:
                domain = domain_at(tool, (name,))
                described = f"{name} {domain.description}".lower()
                for setting in SETTINGS if domain.kind == "number" else ():
                    if re.search(setting.about, described):
                        yield from self._phrased(
                            tool, setting.phrases, (), name, number=Slot((name,), domain, "digits", "other", "10")
                        )
                if is_action(domain) and all(normal_words(value)[0] in VERBS for value in domain.values):
                    verb = Slot((name,), domain, "base", "verb", "open")
                    yield from self._phrased(tool, ACTION_PHRASES, (), name, verb=verb)

    @staticmethod
    def _descriptions(tool: Tool) -> list[str]:
        return [f"{name} {schema.get('description') or ''}" for name, schema in tool.properties.items()]

    def _values(self, tool: Tool, concept: Concept) -> Iterator[tuple[tuple[Path, str], ...]]:
        """The arguments that stand for the concept: a value, or none if the tool itself does."""
        for name in tool.properties:
            domain = domain_at(tool, (name,))
            if domain.kind == "enum" and concept.value in domain.values and is_action(domain):
                yield (((name,), concept.value),)
        if re.search(concept.does, tool.description.lower()) and not any(
            is_action(domain_at(tool, (name,))) for name in tool.properties
        ):
            yield ()

    def _object(self, tool: Tool) -> tuple[str, Domain] | None:
        """The one parameter that names the object or place."""
        found = []
        for name in tool.properties:
            domain = domain_at(tool, (name,))
            place = domain.kind == "text" and re.search(
                r"\b(?:place|room|location)\b", f"{name} {domain.description}".replace("_", " ")
            )
            if (domain.kind == "enum" and not is_action(domain) and self.grammar.aligner.is_varied(domain)) or place:
                found.append((name, domain))
        return found[0] if len(found) == 1 else None

    def _phrased(
        self,
        tool: Tool,
        phrases: tuple[str, ...],
        fixed: tuple[tuple[Path, str], ...],
        mark: str,
        *,
        number: Slot | None = None,
        verb: Slot | None = None,
    ) -> Iterator[Template]:
        thing = self._object(tool)
        for count, phrase in enumerate(phrases, start=1):
            if "{x}" in phrase and thing is None:
                continue
            parts: list[str | Slot] = []
            for piece in re.split(r"(\{[xnv]\})", phrase):
                if piece == "{x}" and thing is not None:
                    name, domain = thing
                    start = not parts
                    manner = "base" if domain.kind == "enum" else "text"
                    parts.append(Slot((name,), domain, manner, "verb" if start else "noun", "the thing"))
                elif piece == "{n}" and number is not None:
                    parts.append(number)
                elif piece == "{v}" and verb is not None:
                    parts.append(verb)
                elif piece:
                    parts.append(piece)
            template = Template(f"english:{tool.name}:{mark} {count}", tool.name, tuple(parts), fixed, origin="english")
            named = template.said_keys | ({thing[0]} if thing is not None else set())
            if named in self.shown[tool.name] or self.is_complete(template):
                yield template

    def is_complete(self, template: Template) -> bool:
        """Whether the seeds show calls with just the arguments that a template says, and never ask back for more."""
        said = template.said_keys
        return said in self.shown[template.tool] and (template.tool, said) not in self.grammar.asked_back
