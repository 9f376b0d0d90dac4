"""Rejects rows that would let a student see the test set."""

from collections.abc import Iterator, Sequence

from distil_dagster.corpus.filters.filter import Candidate, Rejections
from distil_dagster.corpus.filters.thresholds import Thresholds
from distil_dagster.corpus.questions import compared_questions
from distil_dagster.corpus.similarity import most_similar
from distil_dagster.tasks import Task
from distil_dagster.teachers import GeneratedRow


def test_contamination(task: Task, rows: Sequence[Candidate], settings: Thresholds) -> Rejections:
    """Rows that ask, in any turn, what a test row asks in any of its turns, or nearly that; the answer doesn't count.

    What counts as a question is told at `compared_questions`.
    """
    tests = list(_questions([Candidate(task, GeneratedRow(row)) for row in task.tests], settings))
    asked = list(_questions(rows, settings))
    matches = most_similar(
        [tokens for _, tokens in asked], [tokens for _, tokens in tests], threshold=settings.test_similarity
    )
    return {
        index: f"a question has similarity {similarity:.2f} to one of test {task.tests[tests[test][0]].id}"
        for (index, _), (similarity, test) in zip(asked, matches, strict=True)
        if test >= 0
    }


def _questions(rows: Sequence[Candidate], settings: Thresholds) -> Iterator[tuple[int, tuple[str, ...]]]:
    """All that is asked, with the position of the row that asks it."""
    for index, row in enumerate(rows):
        utterances = (question for question, _ in row.dialogue)
        for _, tokens in compared_questions(utterances, telling_tokens=settings.telling_tokens):
            yield index, tokens
