from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from distil_dagster.students.settings import FinetuneRecipe
from distil_dagster.students.training_rows import training_rows, write_training_rows
from distil_dagster.tasks import Row, load_task
from distil_dagster.tasks.seed_set import read_rows

CORPUS = [Row(f"question {number}", '{"name":"stop","parameters":{}}') for number in range(40)]


def write_corpus(path: Path, rounds: list[int]) -> None:
    columns = {name: [getattr(row, name) for row in CORPUS] for name in ("id", "question", "answer", "context")}
    pd.DataFrame(columns | {"round": rounds}).to_parquet(path)


@pytest.mark.parametrize(("share", "repeats"), [(0.0, 1), (0.2, 1), (0.5, 2), (0.75, 5)])
def test_the_seeds_come_first_and_as_often_as_their_share_asks(
    tiny_task_folder: Path, share: float, repeats: int
) -> None:
    task = load_task(tiny_task_folder)
    assert (len(task.seeds), len(CORPUS)) == (25, 40)
    assert training_rows(task, CORPUS, FinetuneRecipe(seed_share=share)) == [*list(task.seeds) * repeats, *CORPUS]


def test_seeds_without_a_corpus_stand_there_once(tiny_task_folder: Path) -> None:
    task = load_task(tiny_task_folder)
    assert training_rows(task, [], FinetuneRecipe(seed_share=0.5)) == list(task.seeds)


def test_the_sample_of_the_corpus_is_drawn_under_the_seed(tiny_task_folder: Path) -> None:
    task = load_task(tiny_task_folder)

    def sample(seed: int) -> list[Row]:
        return training_rows(task, CORPUS, FinetuneRecipe(max_corpus_turns=10, random_seed=seed))[len(task.seeds) :]

    assert len(sample(1)) == 10
    assert sample(1) == sample(1) != sample(2)
    assert [row for row in CORPUS if row in sample(1)] == sample(1)


def test_a_tool_with_few_rows_keeps_more_of_them_than_one_with_many(tiny_task_folder: Path) -> None:
    task = load_task(tiny_task_folder)
    many = [
        Row(f"timer {number}", f'{{"name":"set_timer","parameters":{{"minutes":{number}}}}}') for number in range(64)
    ]
    few = [Row(f"hold it {number}", '{"name":"stop","parameters":{}}') for number in range(16)]
    drawn = training_rows(task, [*many, *few], FinetuneRecipe(max_corpus_turns=30))[len(task.seeds) :]
    assert (len([row for row in drawn if row in many]), len([row for row in drawn if row in few])) == (20, 10)


def test_the_table_keeps_the_ids(tiny_task_folder: Path, tmp_path: Path) -> None:
    task = load_task(tiny_task_folder)
    write_corpus(tmp_path / "corpus.parquet", [0] * 40)
    write_training_rows(task, tmp_path / "corpus.parquet", FinetuneRecipe(), tmp_path / "rows.parquet")
    assert [row.id for row in read_rows(tmp_path / "rows.parquet")] == [row.id for row in (*task.seeds, *CORPUS)]
    write_training_rows(task, None, FinetuneRecipe(), tmp_path / "rows.parquet")
    assert read_rows(tmp_path / "rows.parquet") == list(task.seeds)


def test_rows_of_further_rounds_are_all_taken_and_the_others_are_fewer_of_the_same(tiny_task_folder: Path) -> None:
    task = load_task(tiny_task_folder)
    recipe = FinetuneRecipe(max_corpus_turns=20)
    before = training_rows(task, CORPUS[:35], recipe)[len(task.seeds) :]
    after = training_rows(task, CORPUS, recipe, further={row.id for row in CORPUS[35:]})[len(task.seeds) :]
    assert after[15:] == CORPUS[35:]
    assert len(after[:15]) == 15
    assert [row for row in before if row in after] == after[:15]


def test_rows_of_further_rounds_are_half_of_all_at_most(tiny_task_folder: Path) -> None:
    task = load_task(tiny_task_folder)
    further = {row.id for row in CORPUS[10:]}
    drawn = training_rows(task, CORPUS, FinetuneRecipe(max_corpus_turns=16), further=further)[len(task.seeds) :]
    assert [row.id in further for row in drawn] == [False] * 8 + [True] * 8


def test_which_rows_are_of_further_rounds_is_in_the_table(tiny_task_folder: Path, tmp_path: Path) -> None:
    task = load_task(tiny_task_folder)
    write_corpus(tmp_path / "corpus.parquet", [0] * 38 + [1, 2])
    for seed in range(5):
        recipe = FinetuneRecipe(max_corpus_turns=4, random_seed=seed)
        write_training_rows(task, tmp_path / "corpus.parquet", recipe, tmp_path / "rows.parquet")
        assert read_rows(tmp_path / "rows.parquet")[-2:] == CORPUS[-2:]
