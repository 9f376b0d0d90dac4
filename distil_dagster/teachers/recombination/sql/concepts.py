"""All requests that can be written, each as often as the seeds ask for such, mixed with an equal share of each."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from random import Random

from distil_dagster.tasks.sql.facts import parse_query
from distil_dagster.teachers.recombination.sql.english import Voice
from distil_dagster.teachers.recombination.sql.features import features, likeness
from distil_dagster.teachers.recombination.sql.filling import fill
from distil_dagster.teachers.recombination.sql.induction import Template
from distil_dagster.teachers.recombination.sql.model import Schema, Table
from distil_dagster.teachers.recombination.sql.requests_groups import GROUPS
from distil_dagster.teachers.recombination.sql.requests_joined import JOINED
from distil_dagster.teachers.recombination.sql.requests_numbers import NUMBERS
from distil_dagster.teachers.recombination.sql.requests_parents import PARENTS
from distil_dagster.teachers.recombination.sql.requests_rows import ROWS
from distil_dagster.teachers.recombination.sql.requests_sets import SETS, managed, united
from distil_dagster.teachers.recombination.sql.requests_totals import TOTALS
from distil_dagster.teachers.recombination.sql.sampling import SchemaSampler
from distil_dagster.teachers.recombination.sql.seeds import Seed
from distil_dagster.teachers.recombination.sql.writing import Draft

Writer = Callable[[Schema, Voice], Draft | None]
UNIFORM = 0.2
"""The share of the weights that is the same for all concepts."""
OWN_TEMPLATES = 0.5
"""How often a request for a changed schema of a seed is the seed's own, with other values."""
GENERAL_TEMPLATES = 0.06
"""How often a request for a new schema is a seed's template, rather than of the grammar."""
TRIES = 4
MOST_OFTEN = 25
"""How much more often than its share a request may be tried because few schemas allow it."""
SHARPNESS = 12
"""How much more a seed counts for a concept that is more like it."""
_SCHEMAS = 150
_SAMPLES = 40


class Concepts:
    """The grammar's requests, with their weights."""

    def __init__(self, seeds: Sequence[Seed], templates: Sequence[Template], sampler: SchemaSampler) -> None:
        self._writers = _writers()
        self._templates = templates
        self._seeds = seeds
        self._weights = self._as_in_seeds(sampler)

    def draft(self, schema: Schema, voice: Voice) -> tuple[Draft, tuple[str, ...]] | None:
        """One request, and the seeds that it stems from: those of the schema, or such as ask for the like."""
        if self._templates and voice.chance(OWN_TEMPLATES if schema.seeds else GENERAL_TEMPLATES):
            usable = [one for one in self._templates if (one.seed in schema.seeds if schema.seeds else one.is_general)]
            for _ in range(TRIES if usable else 0):
                template = voice.random.choice(usable)
                filled = fill(template, schema, voice)
                if filled is not None:
                    return filled, (template.seed,)
        for name in voice.random.choices(list(self._weights), list(self._weights.values()), k=TRIES):
            draft = self._writers[name](schema, voice)
            if draft is not None and _says_its_texts(draft):
                return draft, schema.seeds
        return None

    def _as_in_seeds(self, sampler: SchemaSampler) -> dict[str, float]:
        """How often each concept is tried.

        Each seed counts for the concepts of which some request is like it, most for the one that has the most like it.
        """
        random = Random(0)
        samples: dict[str, set[frozenset[str]]] = {name: set() for name in self._writers}
        written: Counter[str] = Counter()
        for _ in range(_SCHEMAS):
            schema, voice = sampler.sample(random), Voice(random)
            for name, write in self._writers.items():
                draft = write(schema, voice)
                written[name] += draft is not None
                tree = parse_query(draft.query) if draft and written[name] <= _SAMPLES else None
                if tree is not None:
                    samples[name].add(features(tree))
        weights = dict.fromkeys(samples, 0.0)
        for seed in self._seeds:
            asked = features(seed.tree)
            best = {name: max((likeness(asked, one) for one in found), default=0.0) for name, found in samples.items()}
            total = sum(value**SHARPNESS for value in best.values())
            for name, value in best.items():
                weights[name] += value**SHARPNESS / total
        shares = {name: (1 - UNIFORM) * weights[name] / len(self._seeds) + UNIFORM / len(samples) for name in samples}
        # What few schemas allow is tried the more often.
        return {name: share * _SCHEMAS / max(written[name], _SCHEMAS / MOST_OFTEN) for name, share in shares.items()}


def _says_its_texts(draft: Draft) -> bool:
    """Whether the question has each text of the query by the letter, not with a capital where a sentence begins."""
    return all(text in draft.question for text in re.findall(r"'%?([a-z][^'%]*)%?'", draft.query))


def _writers() -> dict[str, Writer]:
    writers: dict[str, Writer] = {"managed": managed}
    for write in (*ROWS, *NUMBERS, *GROUPS, *SETS):
        writers[write.__name__] = partial(_on_one_table, write)
    for write_pair in (*JOINED, *PARENTS, *TOTALS, united):
        writers[write_pair.__name__] = partial(_on_both_tables, write_pair)
    return writers


def _on_one_table(write: Callable[[Table, Voice], Draft | None], schema: Schema, voice: Voice) -> Draft | None:
    return write(voice.random.choice(schema.tables), voice)


def _on_both_tables(
    write: Callable[[Schema, Table, Voice], Draft | None], schema: Schema, voice: Voice
) -> Draft | None:
    return write(schema, schema.parent, voice) if schema.parent is not None else None
