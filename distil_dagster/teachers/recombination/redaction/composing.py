"""Own texts: which kinds there are, and how one is put together of an opening, a body and a closing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from distil_dagster.teachers.recombination.redaction.grammar import Template, joined, templates
from distil_dagster.teachers.recombination.redaction.phrasebook import counters, forms, messages, notes, talk
from distil_dagster.teachers.recombination.redaction.pieces import Piece
from distil_dagster.teachers.recombination.redaction.scene import Scene
from distil_dagster.teachers.recombination.redaction.seed_sentences import SeedSentence

Sentence = Template | SeedSentence
Choose = Callable[[Sequence[Sentence], Scene], Sentence | None]
"""Picks one of the sentences that fit the scene; None if none does."""
NOTE, PATIENT, STAFF, CALL, FORM = "note", "patient", "staff", "call", "form"
"""Who speaks in a text: seeds' sentences are mixed only with those of the same voice."""


@dataclass(frozen=True)
class Prose:
    """A kind of text in sentences."""

    voice: str
    openings: tuple[Template, ...]
    bodies: tuple[Template, ...]
    plain: tuple[Template, ...]
    closings: tuple[Template, ...] = ()
    weight: float = 1.0
    """How often it is written, beside the other kinds."""
    closes: float = 0.0
    """How often there is a closing."""
    plain_share: float = 0.45
    """How often a sentence of the body has nothing to redact."""
    sloppy: float = 0.03
    """How often it is typed in small letters."""
    signs_below: float = 0.0
    """How often the closing has a line of its own."""


def _prose(voice: str, name: str, *texts: str) -> Prose:
    """A kind of text from its openings, bodies, sentences with nothing to redact and, if it has any, closings."""
    parts = zip(("open", "body", "plain", "close"), texts, strict=False)
    openings, bodies, plain, *closings = (templates(f"{name}.{part}", text) for part, text in parts)
    return Prose(voice, openings, bodies, plain, closings=closings[0] if closings else ())


_NOTES = _prose(NOTE, "note", notes.OPENINGS, notes.BODIES, notes.PLAIN_BODIES, notes.CLOSINGS)
_PHARMACY = _prose(NOTE, "pharmacy", counters.PHARMACY_OPENINGS, counters.PHARMACY_BODIES, counters.PHARMACY_PLAIN)
_SYSTEMS = _prose(STAFF, "system", counters.SYSTEM_OPENINGS, counters.SYSTEM_BODIES, counters.SYSTEM_PLAIN)
_PATIENTS = _prose(
    PATIENT,
    "patient",
    messages.PATIENT_OPENINGS,
    messages.PATIENT_BODIES,
    messages.PATIENT_PLAIN,
    messages.PATIENT_CLOSINGS,
)
_STAFF = _prose(
    STAFF, "staff", messages.STAFF_OPENINGS, messages.STAFF_BODIES, messages.STAFF_PLAIN, messages.STAFF_CLOSINGS
)
_VOICEMAILS = _prose(
    CALL,
    "voicemail",
    messages.VOICEMAILS,
    messages.VOICEMAIL_BODIES,
    messages.PATIENT_PLAIN,
    messages.VOICEMAIL_CLOSINGS,
)
PROSE = (
    replace(_NOTES, weight=3.2, closes=0.3, signs_below=0.25),
    replace(_PATIENTS, weight=2.6, closes=0.55, plain_share=0.4, sloppy=0.22),
    replace(_STAFF, weight=2.0, closes=0.3, signs_below=0.2),
    replace(_VOICEMAILS, weight=0.7, closes=0.6, plain_share=0.2),
    replace(_PHARMACY, weight=0.9),
    replace(_SYSTEMS, weight=0.9),
)
_GENERAL = templates("general", counters.GENERAL)
_PLAIN = {
    NOTE: (*templates("note.plain", notes.PLAIN_BODIES), *templates("pharmacy.plain", counters.PHARMACY_PLAIN)),
    PATIENT: templates("patient.plain", messages.PATIENT_PLAIN),
    STAFF: (*templates("staff.plain", messages.STAFF_PLAIN), *templates("system.plain", counters.SYSTEM_PLAIN)),
}
_TURNS = tuple(templates(f"talk.{part}", text) for part, text in (("first", talk.FIRST), ("next", talk.NEXT)))
_PLAIN_TURNS = templates("talk.plain", talk.PLAIN_FIRST)
_FIELDS = tuple(
    templates(f"form.{part}", text)
    for part, text in (
        ("identity", forms.IDENTITY),
        ("traits", forms.TRAITS),
        ("contact", forms.CONTACT),
        ("codes", forms.CODES),
        ("reasons", forms.REASONS),
    )
)
_TITLES = templates("form.title", forms.TITLES)
_SPEAKERS = (
    ("Agent", "Caller"),
    ("Agent", "Caller"),
    ("Agent", "Patient"),
    ("Nurse", "Caller"),
    ("Rep", "Member"),
    ("Operator", "Caller"),
    ("Clinic", "Patient"),
    ("agent", "patient"),
    ("Pharmacy", "Customer"),
    ("A", "C"),
)


TURN_LENGTH = 75
"""About the characters of a question and its answer."""


@dataclass(frozen=True)
class Text:
    """A text in pieces, and where its sentences come from."""

    pieces: list[Piece]
    sources: tuple[Sentence, ...]
    sloppy: float
    """How likely people type this kind in small letters."""


def prose(
    kind: Prose, scene: Scene, length: int, choose: Choose, seeds: Mapping[str, Sequence[SeedSentence]]
) -> Text | None:
    """A text of about `length` characters; its body may hold sentences of the seeds with the same voice."""
    random = scene.random
    opening = choose(kind.openings, scene)
    if opening is None:
        return None
    sources: list[Sentence] = [opening]
    parts = [opening.write(scene)]
    closing = choose(kind.closings, scene) if random.random() < kind.closes else None
    expected = length - (25 if closing else 0)
    while _length(parts) < expected - 25 and len(parts) < 6:
        pool: Sequence[Sentence] = kind.plain if random.random() < kind.plain_share else kind.bodies
        if random.random() < 0.15 and seeds.get(kind.voice):
            pool = seeds[kind.voice]
        sentence = choose([candidate for candidate in pool if candidate not in sources], scene)
        if sentence is None:
            break
        sources.append(sentence)
        parts.append(sentence.write(scene))
    joint = "\n" if random.random() < 0.05 else " "
    pieces = joined(parts, joint)
    if closing is not None:
        sources.append(closing)
        pieces = joined([pieces, closing.write(scene)], "\n" if random.random() < kind.signs_below else joint)
    return Text(pieces, tuple(sources), kind.sloppy)


def general(scene: Scene, length: int, choose: Choose) -> Text | None:
    """A text with nothing to redact."""
    random = scene.random
    if random.random() < 0.15:
        turns = random.sample(_PLAIN_TURNS, 1 + (random.random() < 0.4))
        return Text(_spoken(turns, scene), tuple(turns), 0.2)
    voice = random.choice([NOTE, PATIENT, STAFF, None, None])
    pool = _PLAIN[voice] if voice else _GENERAL
    sources: list[Sentence] = []
    parts: list[list[Piece]] = []
    while _length(parts) < length * 0.7 - 20 and len(parts) < 4:
        sentence = choose([candidate for candidate in pool if candidate not in sources], scene)
        if sentence is None:
            break
        sources.append(sentence)
        parts.append(sentence.write(scene))
    return Text(joined(parts, " "), tuple(sources), 0.12) if parts else None


def talk_in_turns(scene: Scene, length: int, choose: Choose) -> Text | None:
    """A telephone call or a chat."""
    sources: list[Sentence] = []
    written = 0
    while (written < length - 40 or len(sources) < 2) and len(sources) < 4:
        pool = [candidate for candidate in _TURNS[bool(sources)] if candidate not in sources]
        sentence = choose(pool, scene)
        if sentence is None:
            break
        sources.append(sentence)
        written += TURN_LENGTH
    return Text(_spoken(sources, scene), tuple(sources), 0.08) if sources else None


def _spoken(turns: Sequence[Sentence], scene: Scene) -> list[Piece]:
    """The turns with the names of who speaks, in chats with the time."""
    random = scene.random
    answers, calls = random.choice(_SPEAKERS)
    is_chat = random.random() < 0.2
    pieces = []
    for piece in joined([turn.write(scene) for turn in turns], "\n"):
        speaker = {"<A>": answers, "<C>": calls}.get(piece.text)
        if speaker is None:
            pieces.append(piece)
        else:
            pieces.append(Piece(f"[{scene.tick()}] {speaker.lower()}:" if is_chat else f"{speaker}:"))
    return pieces


def form(scene: Scene, length: int, choose: Choose, lines: Sequence[SeedSentence]) -> Text | None:
    """A form; some of its lines may come from the seeds."""
    random = scene.random
    groups = [0, *random.choices((1, 2, 3, 4), weights=(3, 2, 3, 3), k=max(2, min(7, length // 26)))]
    if random.random() < 0.15:
        groups = groups[1:]
    sources: list[Sentence] = [random.choice(_TITLES)] if random.random() < 0.35 else []
    labels: set[str] = set()
    parts: list[list[Piece]] = [source.write(scene) for source in sources]
    for group in sorted(groups):
        pool: Sequence[Sentence] = _FIELDS[group]
        if lines and random.random() < 0.2:
            pool = [line for line in lines if line.rank == group] or pool
        field = choose([candidate for candidate in pool if candidate not in sources], scene)
        if field is None:
            continue
        written = field.write(scene)
        label = written[0].text.split(":")[0].strip().lower()
        if label not in labels:
            labels.add(label)
            sources.append(field)
            parts.append(written)
    joint = "\n" if random.random() < 0.9 else random.choice([" | ", "; ", "; "])
    return Text(joined(parts, joint), tuple(sources), 0.0)


def _length(parts: Sequence[list[Piece]]) -> int:
    return sum(len(piece.text) for part in parts for piece in part)
