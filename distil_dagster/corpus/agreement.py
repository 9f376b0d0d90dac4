"""Whether a teacher that is asked blind gives the answer that was designed.

Answers count as the same where the task's own score says so: calls that do the same, queries that return the same. The
method is self-consistency (Wang et al. 2023, "Self-Consistency Improves Chain of Thought Reasoning in Language Models")
used as a filter, as in Distil Labs' published pipeline of generation and validation.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from distil_dagster.tasks import Row, Task

SHOWN_CHARACTERS = 160
"""Of each other answer in a sentence about the votes."""


@dataclass(frozen=True)
class Agreement:
    """What came of the votes on one row."""

    votes: int
    agreeing: int
    others: tuple[tuple[str, int], ...] = ()
    """Each other answer with the number of its votes, the most frequent first."""

    @property
    def is_unanimous(self) -> bool:
        """Whether all votes agree with the row."""
        return self.agreeing == self.votes

    @property
    def is_for_another(self) -> bool:
        """Whether more than half of the votes are for one and the same other answer."""
        return bool(self.others) and 2 * self.others[0][1] > self.votes

    def __str__(self) -> str:
        """The votes in a sentence: `2 of 3 votes agree; the other: lights off`."""
        said = f"{self.agreeing} of {self.votes} votes agree"
        if not self.others:
            return said
        shown = (_shortened(answer) + (f" ({count} votes)" if count > 1 else "") for answer, count in self.others)
        noun = "other" if self.votes - self.agreeing == 1 else "others"
        return f"{said}; the {noun}: {' | '.join(shown)}"


def agreement(task: Task, row: Row, votes: Sequence[str]) -> Agreement:
    """Compare the votes with the row's answer, and those that differ from it with each other.

    Args:
        task: what knows which answers are the same.
        row: a row that the task's kind finds valid; of a dialogue, the votes are on its last turn.
        votes: the blind answers.
    """
    *_, example = task.kind.expand(row)
    same = {row.answer.strip(), example.target.strip()}
    counts = Counter(vote.strip() for vote in votes)
    # Most votes repeat the answer to the letter, and equal texts are much sooner compared than queries are run.
    others = [(text, count) for text, count in counts.items() if text not in same and not _agrees(task, row, text)]
    grouped: list[tuple[str, int]] = []
    for text, count in others:
        for position, (first, votes_so_far) in enumerate(grouped):
            if _agrees(task, replace(row, answer=first, id=""), text):
                grouped[position] = (first, votes_so_far + count)
                break
        else:
            grouped.append((text, count))
    grouped.sort(key=lambda group: -group[1])
    return Agreement(len(votes), len(votes) - sum(count for _, count in others), tuple(grouped))


def _agrees(task: Task, row: Row, text: str) -> bool:
    """Whether the text is right where the row's answer is; nothing is where that answer is none."""
    try:
        *_, example = task.kind.expand(row)
        return task.kind.score(task, example, text).metrics[task.kind.deciding_metric] == 1
    except ValueError:
        return False


def _shortened(answer: str) -> str:
    line = " ".join(answer.split()) or "nothing"
    return line if len(line) <= SHOWN_CHARACTERS else line[:SHOWN_CHARACTERS] + "…"
