"""The database of recorded answers: made once, read by hash, readable by other tools, shared by processes."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from distil_dagster.serving.chat import Completion
from distil_dagster.serving.chat_request import ChatRequest
from distil_dagster.serving.journal import open_journal
from distil_dagster.serving.responses import ResponseFolder
from distil_dagster.serving.unanswered import UnansweredError
from distil_dagster.tasks import Message
from tests.serving.recorded_answers import recorded_hashes

CHECKOUT = Path(__file__).parents[2]


def request(number: int) -> ChatRequest:
    messages = (Message("user", f"question {number}"),)
    return ChatRequest("http://127.0.0.1/v1", "some/model", messages, 50, None)


def completion(text: str) -> Completion:
    return Completion({"model": "a model", "choices": [{"message": {"content": text}}]}, 0.25)


def record(folder: Path, answers: Sequence[tuple[int, str]]) -> list[Completion]:
    """Record the answers at the same time."""

    async def run() -> list[Completion]:
        async with open_journal(ResponseFolder(folder)) as journal:
            return await asyncio.gather(
                *(journal.record(request(number), completion(text)) for number, text in answers)
            )

    return asyncio.run(run())


def test_what_is_recorded_is_read_by_its_hash(tmp_path: Path) -> None:
    record(tmp_path, [(number, f"answer {number} \ud83d") for number in range(50)])
    found = ResponseFolder(tmp_path).read(request(7).sha256)
    assert found is not None
    assert found.request == request(7).as_dict()
    assert found.response == completion("answer 7 \ud83d").body
    assert found.latency_seconds == 0.25
    assert found.answered_at.utcoffset() is not None
    assert ResponseFolder(tmp_path).read(request(50).sha256) is None


def test_reading_makes_no_folder(tmp_path: Path) -> None:
    assert ResponseFolder(tmp_path / "none").read(request(0).sha256) is None
    assert not (tmp_path / "none").exists()


def test_the_first_answer_to_a_request_stays(tmp_path: Path) -> None:
    first, second = record(tmp_path, [(1, "first"), (1, "second")])
    assert (first.text, second.text) == ("first", "first")
    assert [kept.text for kept in record(tmp_path, [(1, "third"), (2, "other")])] == ["first", "other"]
    assert len(recorded_hashes(tmp_path)) == 2


def test_nothing_is_left_beside_the_database_when_all_is_recorded(tmp_path: Path) -> None:
    record(tmp_path, [(1, "answer")])
    assert list(tmp_path.iterdir()) == [ResponseFolder(tmp_path).path]


def test_other_tools_can_read_it(tmp_path: Path) -> None:
    record(tmp_path, [(1, "ein schönes Wort")])
    with closing(sqlite3.connect(ResponseFolder(tmp_path).path)) as database:
        query = "SELECT sha256, model, response ->> '$.choices[0].message.content', request FROM answers"
        ((sha256, model, text, asked),) = database.execute(query)
    assert (sha256, model, text) == (request(1).sha256, "some/model", "ein schönes Wort")
    assert json.loads(asked) == request(1).as_dict()


def test_a_folder_that_can_not_be_made_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UnansweredError, match=rf"{tmp_path}/file/answers\.sqlite can't be made"):
        record(tmp_path / "file", [(1, "answer")])


WORKER = """
import sys
from pathlib import Path
from tests.serving.test_responses import record

folder, text = sys.argv[1:]
sys.stdin.readline()
for start in range(0, 200, 10):
    for kept in record(Path(folder), [(number, text) for number in range(start, start + 10)]):
        print(kept.text)
"""


def test_processes_that_begin_together_record_each_answer_once_and_all_have_the_same(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WORKER, str(tmp_path)]
    workers = [
        subprocess.Popen([*command, name], cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for name in ("one", "two", "three", "four")
    ]
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    kept = [worker.communicate(timeout=60)[0].split() for worker in workers]
    assert [worker.returncode for worker in workers] == [0] * 4
    assert len(kept[0]) == 200
    assert kept[0] == kept[1] == kept[2] == kept[3]
    assert len(recorded_hashes(tmp_path)) == 200
