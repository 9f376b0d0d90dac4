"""How rows of two tables belong to each other, in English: orders placed by customers, lessons of a course."""

from collections.abc import Sequence

from distil_dagster.teachers.recombination.sql.aggregates import Aggregate, aggregate_of
from distil_dagster.teachers.recombination.sql.conditions import Condition, noun_phrase
from distil_dagster.teachers.recombination.sql.english import Voice
from distil_dagster.teachers.recombination.sql.model import Schema, Table
from distil_dagster.teachers.recombination.sql.projections import Output

PREPOSITIONS = {"of", "for", "in", "on", "at", "from", "to"}
_PAST = {"written": "wrote", "given": "gave"}


def related(
    schema: Schema, parent: Table, on_child: Sequence[Condition], on_parent: Sequence[Condition], voice: Voice
) -> str:
    """The child's rows, said to belong to certain parents: delivered orders placed by customers from Lisbon."""
    word = relation(schema.main, parent, voice)
    if word not in PREPOSITIONS:
        word = f"{word} by"
    return f"{noun_phrase(schema.main.many, on_child)} {word} {noun_phrase(parent.many, on_parent)}"


def relation(child: Table, parent: Table, voice: Voice) -> str:
    """A preposition, or a participle where the parents are people."""
    usable = [word for word in child.relations if word in PREPOSITIONS or parent.is_person]
    return voice.random.choice(usable) if usable else "of"


def having_verb(schema: Schema, parent: Table) -> str:
    """What parents do to have children: `placed`, if they are people and the lexicon knows, else `have`."""
    verbs = [_PAST.get(word, word) for word in schema.main.relations if word not in PREPOSITIONS]
    return f"[{'|'.join(verbs)}|have]" if verbs and parent.is_person else "have"


def before_more(conditions: Sequence[Condition]) -> list[Condition]:
    """The conditions after which more words about the same noun can follow without doubt."""
    return [condition for condition in conditions if condition.before or condition.rank < 3][:1]


def number_of_children(child: Table, voice: Voice, qualifier: str) -> Aggregate | None:
    """Some number of the child's rows that a parent may be asked for."""
    return aggregate_of(child, voice, qualifier=qualifier, functions=("SUM", "AVG", "MAX", "MIN"))


def grouping_of(parent: Table, naming: Sequence[Output], qualifier: str) -> list[str]:
    """The parent's key and all that is shown of it, as every row of a group has the same."""
    shown = [output.sql for output in naming]
    key = f"{qualifier}{parent.key.name}" if parent.key else ""
    return [key, *(sql for sql in shown if sql != key)] if key else shown
