"""What requests are varied by: levels of complexity, length and specificity, and the task's own topics.

Attributes drawn at random for each request give a corpus as varied as many times more requests without (Yu et al. 2023,
"Large Language Model as Attributed Training Data Generator", AttrPrompt).
"""

from __future__ import annotations

from itertools import product

from distil_dagster.tasks.settings import SynthgenSettings

BUILT_IN = {
    "complexity": ("trivial", "simple", "medium", "complex", "highly complex"),
    "length": ("short", "medium", "long"),
    "specificity": ("vague", "general", "specific", "highly specific"),
}

Mutators = tuple[tuple[str, str], ...]
"""One value of each mutator, such as `(("complexity", "simple"), ("topic", "invoices"))`."""


def combinations(settings: SynthgenSettings) -> tuple[Mutators, ...]:
    """Every combination of the values that the task asks for; a single empty one where it asks for none.

    `mutation_topics` is one list of topics, or several independent ones; single topics beside lists are a list of
    their own.
    """
    dimensions: list[tuple[str, tuple[str, ...]]] = [(name, BUILT_IN[name]) for name in settings.basic_mutators_to_use]
    single = tuple(topic for topic in settings.mutation_topics if isinstance(topic, str))
    lists = [
        *([single] if single else []),
        *(topic for topic in settings.mutation_topics if not isinstance(topic, str)),
    ]
    names = ["topic"] if len(lists) == 1 else [f"topic {number}" for number in range(1, len(lists) + 1)]
    dimensions += zip(names, lists, strict=True)
    return tuple(
        tuple(zip((name for name, _ in dimensions), values, strict=True))
        for values in product(*(values for _, values in dimensions))
    )


def in_words(mutators: Mutators) -> str:
    """The lines that a request says of them."""
    lines = [
        f"- They are about this {'topic' if name == 'topic' else 'aspect'}: {value}."
        if name.startswith("topic")
        else f"- Their {name} is: {value}."
        for name, value in mutators
    ]
    return "\n".join(lines)
