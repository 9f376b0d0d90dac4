"""The embedded teacher of redaction: new texts with known values in known places (Jia & Liang 2016).

Seeds are cut into sentences whose values become slots; sentences of several seeds are mixed and filled again with
values that Faker and patterns draw. Where the task is about healthcare, sentences of a phrasebook stand beside them. As
each value is put in its place, the answer is known; a row is given up if replacing its values everywhere wouldn't give
the redacted text.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from random import Random

from distil_dagster.tasks import Example, Row, Task
from distil_dagster.teachers.recombination.redaction import composing, typing_habits
from distil_dagster.teachers.recombination.redaction.balance import Balance
from distil_dagster.teachers.recombination.redaction.composing import Text
from distil_dagster.teachers.recombination.redaction.grammar import joined
from distil_dagster.teachers.recombination.redaction.pieces import PERSON, AnswerStyle, Piece
from distil_dagster.teachers.recombination.redaction.scene import Scene, Supplies
from distil_dagster.teachers.recombination.redaction.seed_sentences import SeedSentence, SeedText, read_seeds, reasons
from distil_dagster.teachers.teacher import Assessment, GeneratedRow, Generation, NoRowsError, Origin

PATIENCE = 300
"""Texts in a row without a new row after which the teacher says that it has no more."""
OWN_SHARE = 0.75
"""How many rows come from the phrasebook, where it fits the task; the others are seeds filled again or mixed."""
FORM_SHARE, TALK_SHARE = 0.12, 0.1
LENGTH_SPREAD = 0.25
"""How far the wanted length of a text lies from that of a seed, at most, as a part of it."""
_HEALTHCARE = re.compile(r"\b(?:health|healthcare|clinic|clinical|patient|medical|hospital)", re.IGNORECASE)
_TITLED = re.compile(r"(?:Dr|Mr|Mrs|Ms|Prof)\b")


class RedactionRecombinationTeacher:
    """Writes texts and their redactions; see `distil_dagster.teachers.teacher.Teacher`."""

    name = "recombination"
    is_model = False

    def __init__(self, task: Task) -> None:
        """Raises ValueError if no seed's answer is the redaction of its text."""
        self.task = task
        self._seeds = read_seeds(task.seeds)
        if not any(seed.whole.types for seed in self._seeds):
            raise NoRowsError(
                f"no seed of {task.name} can be recombined: each should be answered by JSON with redacted_text, the "
                "text with its values replaced by their tokens, and entities, the list of these values"
            )
        self._style = _style(self._seeds)
        self._lengths = [len(seed.row.question) for seed in self._seeds]
        self._nothing_share = sum(not seed.whole.types for seed in self._seeds) / len(self._seeds)
        self._knows_domain = bool(_HEALTHCARE.search(task.description)) and not _titles_are_redacted(self._seeds)
        self._sentences = _by_voice(self._seeds)

    def generate(self, *, count: int, seed: int) -> Generation:
        """Write up to `count` rows that are neither seeds nor repeat each other; ends early when there are no more."""
        supplies = Supplies(Random(seed))
        balance = Balance(Counter(piece.type for text in self._seeds for piece in text.whole.pieces if piece.type))
        known = {row.question for row in self.task.seeds}
        rows: list[GeneratedRow] = []
        failures = 0
        while len(rows) < count and failures < PATIENCE:
            failures += 1
            text = self._text(supplies, balance)
            row = self._row(text, supplies.random) if text else None
            if text and row and row.question not in known:
                known.add(row.question)
                rows.append(GeneratedRow(row, _origin(text)))
                balance.count(text.pieces, text.sources)
                failures = 0
        return Generation(tuple(rows), count, len(rows) < count)

    def assess(self, examples: Iterable[Example]) -> tuple[Assessment, ...]:
        """No answers: it knows the values of the texts that it writes, and finds none in others."""
        return tuple(Assessment(example.id, None, False) for example in examples)

    def _text(self, supplies: Supplies, balance: Balance) -> Text | None:
        random = supplies.random
        length = max(40, round(random.choice(self._lengths) * random.uniform(1 - LENGTH_SPREAD, 1 + LENGTH_SPREAD)))
        if not self._knows_domain or random.random() > OWN_SHARE:
            return self._from_seeds(supplies, length)
        scene = Scene(supplies)
        if random.random() < self._nothing_share:
            return composing.general(scene, length, balance.choose)
        kind = random.random()
        if kind < FORM_SHARE:
            return composing.form(scene, length, balance.choose, self._sentences.get(composing.FORM, ()))
        if kind < FORM_SHARE + TALK_SHARE:
            return composing.talk_in_turns(scene, length, balance.choose)
        chosen = random.choices(composing.PROSE, weights=[prose.weight for prose in composing.PROSE])[0]
        return composing.prose(chosen, scene, length, balance.choose, self._sentences)

    def _from_seeds(self, supplies: Supplies, length: int) -> Text | None:
        """A seed filled again, sometimes one sentence short, or with sentences of others of its voice."""
        random = supplies.random
        seed = random.choice(self._seeds)
        sex = seed.whole.sex if seed.whole.sex in ("m", "f") else random.choice("mf")
        scene = Scene(supplies, sex)
        if seed.has_lines or len(seed.sentences) == 1 or random.random() < 0.4:
            return Text(seed.whole.write(scene), (seed.whole,), 0.05)
        start = next((part for part in seed.sentences if part.role == "opening"), seed.sentences[0])
        sources = [start]
        others = [part for part in self._sentences.get(seed.whole.voice, ()) if part.seeds != start.seeds]
        parts = [start.write(scene)]
        pool = [*others, *(part for part in seed.sentences if part.role == "body")]
        for candidate in random.sample(pool, len(pool)):
            if sum(len(piece.text) for part in parts for piece in part) > length - 30 or len(parts) == 4:
                break
            if candidate is not start and candidate.role == "body" and candidate.fits(scene):
                sources.append(candidate)
                parts.append(candidate.write(scene))
        closing = seed.sentences[-1]
        if closing.role == "closing":
            sources.append(closing)
            parts.append(closing.write(scene))
        return Text(joined(parts, " "), tuple(sources), 0.05)

    def _row(self, text: Text, random: Random) -> Row | None:
        pieces = typing_habits.with_articles(text.pieces)
        habit = random.random()
        if habit < text.sloppy:
            pieces = typing_habits.with_slips(
                typing_habits.in_small_letters(pieces, random), random, random.randint(0, 3)
            )
        elif habit > 0.985:
            pieces = typing_habits.in_capitals(pieces)
        else:
            pieces = typing_habits.capitalised(pieces)
            if random.random() < 0.06:
                pieces = typing_habits.with_slips(pieces, random, random.randint(1, 2))
        return self._style.row(_trimmed(pieces))


def _origin(text: Text) -> Origin:
    seeds = dict.fromkeys(seed for source in text.sources for seed in source.seeds)
    return Origin(seeds=tuple(seeds), template=" + ".join(source.name for source in text.sources))


def _trimmed(pieces: Sequence[Piece]) -> list[Piece]:
    """Without blanks at either end of the text."""
    kept = list(pieces)
    if kept and kept[0].type is None:
        kept[0] = Piece(kept[0].text.lstrip())
    if kept and kept[-1].type is None:
        kept[-1] = Piece(kept[-1].text.rstrip())
    return [piece for piece in kept if piece.text]


def _style(seeds: Sequence[SeedText]) -> AnswerStyle:
    answers = [seed.row.answer for seed in seeds]
    compact = sum('"redacted_text":"' in answer for answer in answers) * 2 > len(answers)
    return AnswerStyle(
        (",", ":") if compact else (", ", ": "),
        all(answer.isascii() for answer in answers) and any("\\u" in answer for answer in answers),
        reasons(seeds),
    )


def _titles_are_redacted(seeds: Sequence[SeedText]) -> bool:
    return any(piece.type == PERSON and _TITLED.match(piece.text) for seed in seeds for piece in seed.whole.pieces)


def _by_voice(seeds: Sequence[SeedText]) -> dict[str, list[SeedSentence]]:
    """The seeds' sentences that may stand in the middle of another text, and the lines of their forms."""
    voices: dict[str, list[SeedSentence]] = {}
    for seed in seeds:
        for part in seed.sentences:
            if part.voice == composing.FORM or (part.role == "body" and part.sex != "b"):
                voices.setdefault(part.voice, []).append(part)
    return voices
