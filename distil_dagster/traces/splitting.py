"""Seeds and tests from the same traces, so that nothing said in one is said in the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from random import Random

from distil_dagster.corpus.filters.thresholds import Thresholds
from distil_dagster.corpus.questions import compared_questions
from distil_dagster.corpus.similarity import near_pairs, utterance_tokens
from distil_dagster.tasks import Row, Task
from distil_dagster.traces.reading import TracedRow

SIMILARITY = Thresholds().test_similarity
"""Token Jaccard from which two questions count as one: that of the filters of the corpus."""
TELLING_TOKENS = Thresholds().telling_tokens
"""An utterance of fewer tokens is compared together with what was said before it."""

Question = frozenset[str]
"""The words by which a question is compared."""


@dataclass(frozen=True)
class Split:
    """The rows of each side, and those that neither side has room for, or that would be known to both."""

    seeds: tuple[Row, ...]
    tests: tuple[Row, ...]
    rest: tuple[Row, ...]


def split_rows(task: Task, rows: Sequence[TracedRow], *, seeds: int, tests: int, floor: int, random_seed: int) -> Split:
    """Deal whole chats to the two sides. What asks nearly what the other side asks goes to neither.

    Questions are compared as by `corpus.contamination`, each utterance of a dialogue by itself, and dialogues as a
    whole too. Each side first gets every tool or class once, then its share of each, as far as the chats allow.

    Chats are dealt in any order, which leaves both sides like the traffic. Where that doesn't fill the sides, they are
    dealt again, those that are alike (by way of others, if need be) to the same side while it has room, the largest
    groups first, and the fuller split is taken: less is lost between the sides.

    Args:
        task: what the rows are of.
        rows: with the lines of their chats.
        seeds: rows of that side at most. With fewer rows than both sides ask for, they share in proportion.
        tests: likewise.
        floor: rows that each side gets at least, where there are so many.
        random_seed: equal ones split equally.
    """
    chats = _chats(task, rows)
    room = _room(len(rows), seeds, tests, floor)
    order = Random(f"split {random_seed}").sample(chats, len(chats))
    dealt = _deal([[chat] for chat in order], room)
    if dealt.filled < 1:
        dealt = max(dealt, _deal(_groups(order), room), key=lambda deal: deal.filled)
    of_seeds, of_tests = (tuple(side.rows) for side in dealt.sides)
    return Split(of_seeds, of_tests, tuple(dealt.rest))


@dataclass(frozen=True, eq=False)
class _Chat:
    rows: tuple[Row, ...]
    labels: tuple[str | None, ...]
    """Of its rows."""
    asked: frozenset[Question]


@dataclass
class _Side:
    room: int
    rows: list[Row] = field(default_factory=list)
    labels: Counter[str | None] = field(default_factory=Counter)
    asked: set[Question] = field(default_factory=set)

    @property
    def full(self) -> bool:
        return len(self.rows) >= self.room

    def asks_alike(self, chat: _Chat) -> bool:
        return not self.asked.isdisjoint(chat.asked) or any(
            _alike(left, right) for left in chat.asked for right in self.asked
        )

    def take(self, chat: _Chat) -> tuple[Row, ...]:
        """Put in as much as there is room for; returns what is left over."""
        fitting = self.room - len(self.rows)
        self.rows += chat.rows[:fitting]
        self.labels.update(chat.labels[:fitting])
        self.asked |= chat.asked
        return chat.rows[fitting:]

    def need(self, chat: _Chat) -> tuple[float, float]:
        """The lower, the more it lacks such rows."""
        return sum(self.labels[label] for label in set(chat.labels)) / self.room, len(self.rows) / self.room


@dataclass
class _Deal:
    sides: tuple[_Side, _Side]
    rest: list[Row] = field(default_factory=list)

    @property
    def filled(self) -> float:
        """Of the emptier side, from 0 to 1."""
        return min(len(side.rows) / side.room for side in self.sides)

    def give(self, chat: _Chat, side: _Side) -> bool:
        """Whether the side could take it."""
        (other,) = (one for one in self.sides if one is not side)
        if side.full or other.asks_alike(chat):
            return False
        self.rest += side.take(chat)
        return True


def _deal(groups: Sequence[Sequence[_Chat]], room: tuple[int, int]) -> _Deal:
    """Deal the chats in their order, those of a group to the same side as far as that can be."""
    chats = [chat for group in groups for chat in group]
    group_of = {chat: number for number, group in enumerate(groups) for chat in group}
    deal = _Deal((_Side(room[0]), _Side(room[1])))
    home: dict[int, _Side] = {}
    given: set[_Chat] = set()

    def give(chat: _Chat, side: _Side) -> bool:
        if chat in given or not deal.give(chat, side):
            return False
        given.add(chat)
        home.setdefault(group_of[chat], side)
        return True

    def away(chat: _Chat, side: _Side) -> bool:
        return home.get(group_of[chat], side) is not side

    frequency = Counter(label for chat in chats for label in set(chat.labels))
    for label in sorted(frequency, key=lambda label: (frequency[label], str(label))):
        having = [chat for chat in chats if label in chat.labels]
        for side in deal.sides:
            if not side.labels[label]:
                # The first that can be given; those whose like are on the other side come last.
                any(give(chat, side) for chat in sorted(having, key=partial(away, side=side)))
    for chat in chats:
        by_need = sorted(deal.sides, key=lambda side: (away(chat, side), *side.need(chat)))
        if chat not in given and not any(give(chat, side) for side in by_need):
            deal.rest += chat.rows
    return deal


def _chats(task: Task, rows: Sequence[TracedRow]) -> list[_Chat]:
    by_line: dict[int, list[Row]] = {}
    for traced in rows:
        by_line.setdefault(traced.line, []).append(traced.row)
    return [
        _Chat(
            tuple(its),
            tuple(task.kind.label(row.answer) for row in its),
            frozenset(question for row in its for question in _questions(task, row)),
        )
        for its in by_line.values()
    ]


def _questions(task: Task, row: Row) -> set[Question]:
    said = [exchange.question for exchange in task.kind.exchanges(row)]
    tokens = [utterance_tokens(text) for text in said]
    questions = {frozenset(words) for _, words in compared_questions(tokens, telling_tokens=TELLING_TOKENS)}
    # Questions without a word, such as two of punctuation, are compared as they are.
    whole = frozenset(word for words in tokens for word in words) or frozenset({" ".join(" ".join(said).split())})
    return questions | {whole}


def _alike(left: Question, right: Question) -> bool:
    if min(len(left), len(right)) < SIMILARITY * max(len(left), len(right)):
        return False
    return len(left & right) / len(left | right) >= SIMILARITY


def _room(rows: int, seeds: int, tests: int, floor: int) -> tuple[int, int]:
    if rows >= seeds + tests:
        return seeds, tests
    of_seeds = round(rows * seeds / (seeds + tests))
    fewest, most = min(floor, seeds), rows - min(floor, tests)
    if fewest <= most:
        of_seeds = min(max(of_seeds, fewest), most)
    return max(1, min(of_seeds, seeds)), max(1, min(rows - of_seeds, tests))


def _groups(chats: Sequence[_Chat]) -> list[list[_Chat]]:
    """The connected components of "asks alike", those of the most rows first."""
    import numpy as np
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    questions = {question: number for number, question in enumerate({q: None for chat in chats for q in chat.asked})}
    asking = [(number, len(chats) + questions[q]) for number, chat in enumerate(chats) for q in chat.asked]
    nodes = len(chats) + len(questions)
    sources, targets = np.array(asking, dtype=np.int64).reshape(-1, 2).T
    texts = [sorted(question) for question in questions]
    component = np.arange(nodes)
    # Batch by batch, each joined to the components so far: all pairs at once may be too many.
    pairs = ((lefts + len(chats), rights + len(chats)) for lefts, rights, _ in near_pairs(texts, texts, SIMILARITY))
    for lefts, rights in chain([(sources, targets)], pairs):
        rows, columns = np.concatenate([lefts, np.arange(nodes)]), np.concatenate([rights, component])
        graph = coo_array((np.ones(len(rows), np.int8), (rows, columns)), shape=(nodes, nodes))
        _, numbers = connected_components(graph, directed=False)
        _, firsts = np.unique(numbers, return_index=True)
        component = firsts[numbers]
    groups: dict[int, list[_Chat]] = {}
    for chat, representative in zip(chats, component.tolist(), strict=False):  # behind the chats are the questions
        groups.setdefault(representative, []).append(chat)
    return sorted(groups.values(), key=lambda group: -sum(len(chat.rows) for chat in group))
