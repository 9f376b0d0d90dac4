"""`other_answer` and `split_votes`: what becomes of a row by the votes on it."""

from __future__ import annotations

from pathlib import Path

import pytest

from distil_dagster.tasks import Row, Task, load_task
from distil_dagster.teachers import GeneratedRow
from tests.corpus.parts import generated, lights, only, plain, voted

HALL = lights("hall").to_answer()
SAME = '{"name": "set_lights", "parameters": {"power": "on", "room": "hall"}}'
"""The same call as HALL, with its default spelt out."""
STUDY = lights("study").to_answer()
CELLAR = lights("cellar").to_answer()


def rejected_by(task: Task, row: GeneratedRow) -> tuple[str | None, str | None]:
    """The filter and its reason; a row is out by one of the two at most."""
    found = {name: only(name, task, [row]) for name in ("other_answer", "split_votes")}
    hits = [(name, rejections[0]) for name, rejections in found.items() if rejections]
    assert len(hits) <= 1
    return hits[0] if hits else (None, None)


@pytest.mark.parametrize("votes", [(), (HALL,), (HALL, HALL, HALL), (HALL, SAME, f"```json\n{SAME}\n```")])
def test_a_row_is_in_without_votes_or_if_all_mean_the_same(task: Task, votes: tuple[str, ...]) -> None:
    assert rejected_by(task, voted(plain(task, 1).row, *votes)) == (None, None)


@pytest.mark.parametrize(
    ("votes", "detail"),
    [
        ((STUDY,), f"0 of 1 votes agree; the other: {STUDY}"),
        ((STUDY, STUDY, STUDY), f"0 of 3 votes agree; the others: {STUDY} (3 votes)"),
        ((HALL, STUDY, STUDY), f"1 of 3 votes agree; the others: {STUDY} (2 votes)"),
        ((STUDY, CELLAR, STUDY), f"0 of 3 votes agree; the others: {STUDY} (2 votes) | {CELLAR}"),
        (("I can't", "I can't"), "0 of 2 votes agree; the others: I can't (2 votes)"),
    ],
)
def test_a_row_is_out_if_most_votes_are_for_one_other_answer(task: Task, votes: tuple[str, ...], detail: str) -> None:
    assert rejected_by(task, voted(plain(task, 1).row, *votes)) == ("other_answer", detail)


def test_other_answers_that_mean_the_same_are_one(task: Task) -> None:
    spelt_out = lights("study", power="on").to_answer()
    assert rejected_by(task, voted(plain(task, 1).row, STUDY, spelt_out, HALL)) == (
        "other_answer",
        f"1 of 3 votes agree; the others: {STUDY} (2 votes)",
    )


@pytest.mark.parametrize(
    ("votes", "detail"),
    [
        ((HALL, SAME, STUDY), f"2 of 3 votes agree; the other: {STUDY}"),
        ((HALL, STUDY), f"1 of 2 votes agree; the other: {STUDY}"),
        ((HALL, STUDY, CELLAR), f"1 of 3 votes agree; the others: {STUDY} | {CELLAR}"),
        ((STUDY, CELLAR, ""), f"0 of 3 votes agree; the others: {STUDY} | {CELLAR} | nothing"),
    ],
)
def test_a_row_is_out_if_its_votes_are_split(task: Task, votes: tuple[str, ...], detail: str) -> None:
    assert rejected_by(task, voted(plain(task, 1).row, *votes)) == ("split_votes", detail)


def test_votes_are_on_the_last_turn_of_a_dialogue(task: Task) -> None:
    row = generated(task, ("lights on in the study", lights("study")), ("and in the hall", lights("hall"))).row
    assert rejected_by(task, voted(row, HALL, HALL)) == (None, None)
    assert rejected_by(task, voted(row, STUDY, STUDY))[0] == "other_answer"


def test_queries_agree_by_what_they_return(tiny_sql_folder: Path) -> None:
    task = load_task(tiny_sql_folder)
    seed = task.seeds[0]
    table, size, least = (seed.answer.split()[place].strip(";") for place in (3, 5, 7))
    same = f"select t.title from {table} as t where not t.{size} <= {least}"
    other = f"SELECT title FROM {table} WHERE {size} >= {least}"
    assert rejected_by(task, voted(seed, same, seed.answer)) == (None, None)
    assert rejected_by(task, voted(seed, other, other.lower()))[0] == "other_answer"
    assert rejected_by(task, voted(seed, same, other))[0] == "split_votes"
    assert rejected_by(task, voted(seed, "DROP TABLE books", "no idea"))[0] == "split_votes"


def test_labels_and_texts_agree_by_the_score_of_their_kind(
    tiny_classification_folder: Path, tiny_open_book_folder: Path
) -> None:
    labels = load_task(tiny_classification_folder)
    assert rejected_by(labels, voted(Row("gone", "card_lost"), "card_lost ", "card_lost")) == (None, None)
    assert rejected_by(labels, voted(Row("gone", "card_lost"), "other", "other"))[0] == "other_answer"
    texts = load_task(tiny_open_book_folder)
    row = Row("Which is longer?", "the pier", "The pier is longer.")
    assert rejected_by(texts, voted(row, "Pier.", "the pier")) == (None, None)
    assert rejected_by(texts, voted(row, "the quay", "A quay"))[0] == "other_answer"
