"""A task folder as an artifact: what is written can be read back as the same task."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distil_dagster.tasks import Row, TaskFolderError, load_task
from distil_dagster.tasks.seed_set import (
    SeedSetSummary,
    folder_hash,
    read_rows,
    read_seed_set,
    write_rows,
    write_seed_set,
)


@pytest.fixture
def output(tmp_path: Path) -> Path:
    folder = tmp_path / "draft"
    folder.mkdir()
    return folder


def test_a_seed_set_reads_back_as_the_task_it_was_made_from(tiny_multi_turn_folder: Path, output: Path) -> None:
    expected = load_task(tiny_multi_turn_folder, name="dialogues")
    write_seed_set(tiny_multi_turn_folder, "dialogues", output)
    task = read_seed_set(output)
    assert (task.name, task.seeds, task.tests) == ("dialogues", expected.seeds, expected.tests)
    assert task.kind.system_prompt(task) == expected.kind.system_prompt(expected)


def test_the_tables_hold_the_rows_with_their_ids(tiny_task_folder: Path, output: Path) -> None:
    task = load_task(tiny_task_folder)
    write_seed_set(tiny_task_folder, "tiny", output)
    for rows, file in ((task.seeds, "seeds.parquet"), (task.tests, "tests.parquet")):
        read = read_rows(output / file)
        assert tuple(read) == rows
        assert [row.id for row in read] == [row.id for row in rows]


def test_the_summary_counts_rows_turns_and_tools(tiny_multi_turn_folder: Path, output: Path) -> None:
    summary = write_seed_set(tiny_multi_turn_folder, "dialogues", output)
    assert summary.counts == {
        "seeds": 25,
        "tests": 20,
        "test_questions": 40,
        "unstructured": 0,
        "tools": 3,
        "classes": 0,
    }
    assert summary.kind == "multi-turn-tool-calling-closed-book"
    assert len(summary.preview) == 5
    assert SeedSetSummary.model_validate_json((output / "summary.json").read_text()) == summary


def test_an_invalid_folder_writes_nothing(tiny_task_folder: Path, output: Path) -> None:
    (tiny_task_folder / "test.jsonl").unlink()
    with pytest.raises(TaskFolderError):
        write_seed_set(tiny_task_folder, "tiny", output)
    assert list(output.iterdir()) == []


def test_the_hash_of_a_folder_changes_with_any_name_or_content(tiny_task_folder: Path) -> None:
    hashes = [folder_hash(tiny_task_folder)]
    assert folder_hash(tiny_task_folder) == hashes[0]
    (tiny_task_folder / "train.jsonl").open("a").write("\n")
    hashes.append(folder_hash(tiny_task_folder))
    (tiny_task_folder / "train.jsonl").rename(tiny_task_folder / "unstructured.jsonl")
    hashes.append(folder_hash(tiny_task_folder))
    (tiny_task_folder / "unstructured.jsonl").unlink()
    hashes.append(folder_hash(tiny_task_folder))
    assert len(set(hashes)) == 4


@given(rows=st.lists(st.builds(Row, st.text(min_size=1), st.text(min_size=1)), max_size=5))
def test_any_rows_survive_the_way_through_a_table(tmp_path_factory: pytest.TempPathFactory, rows: list[Row]) -> None:
    path = tmp_path_factory.mktemp("rows") / "rows.parquet"
    write_rows(rows, path)
    assert read_rows(path) == rows
    assert [row.id for row in read_rows(path)] == [row.id for row in rows]


@given(st.text(), st.text(), st.none() | st.text())
def test_equal_rows_have_equal_ids_and_others_do_not(question: str, answer: str, context: str | None) -> None:
    row = Row(question, answer, context)
    assert row.id == Row(question, answer, context).id
    assert len(row.id) == 12
    others = {Row(answer + "x", question, context).id, Row(question, answer, "x" + (context or "")).id}
    assert row.id not in others
