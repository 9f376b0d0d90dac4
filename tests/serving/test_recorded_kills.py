"""A run that is killed again and again: what was answered is whole, and asked only once."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

from distil_dagster.serving.responses import ResponseFolder
from tests.serving.recorded_answers import recorded_hashes
from tests.serving.scripted_server import ScriptedServer

CHECKOUT = Path(__file__).parents[2]
KILLS = 10
COUNT = 400
CONCURRENCY = 4

WORKER = """
import asyncio
import sys
from pathlib import Path

from distil_dagster.serving.budget import TokenPrices
from distil_dagster.serving.chat import ChatEndpoint
from distil_dagster.serving.recorded import ChatRequest, RecordedChat, ResponseFolder
from distil_dagster.serving.remote import RemoteAsking
from distil_dagster.tasks import Message

base_url, folder, count, concurrency = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
chat = RecordedChat(
    ChatEndpoint(base_url, "some/model"), ResponseFolder(folder), TokenPrices(0.0, 0.0),
    RemoteAsking(concurrency=concurrency), budget_setting="", report=lambda message: None,
)
answers = asyncio.run(chat.ask_all([
    ChatRequest(base_url, "some/model", (Message("user", f"question {number}"),), 50, None) for number in range(count)
]))
assert [answer.text for answer in answers] == [f"question {number}" for number in range(count)]
"""


def start(server: ScriptedServer, folder: Path) -> subprocess.Popen[bytes]:
    arguments = [server.base_url, str(folder), str(COUNT), str(CONCURRENCY)]
    return subprocess.Popen([sys.executable, "-c", WORKER, *arguments], cwd=CHECKOUT)


def test_ten_kills_at_any_moment_lose_at_most_what_was_in_flight(tmp_path: Path) -> None:
    moments = random.Random(0)
    with ScriptedServer(seconds=0.01) as server:
        for _ in range(KILLS):
            worker = start(server, tmp_path)
            until = len(server.requests) + moments.randrange(1, 15)
            while len(server.requests) < until and worker.poll() is None:
                time.sleep(0.001)
            time.sleep(moments.uniform(0.0, 0.03))
            worker.send_signal(signal.SIGKILL)
            assert worker.wait() == -signal.SIGKILL
        time.sleep(0.3)  # what the server had begun ends
        sent, recorded = len(server.requests), len(recorded_hashes(tmp_path))
        assert 0 < recorded < COUNT
        assert sent - recorded <= KILLS * CONCURRENCY
        with closing(sqlite3.connect(ResponseFolder(tmp_path).path)) as database:
            assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert start(server, tmp_path).wait() == 0
        assert len(server.requests) == sent + COUNT - recorded
        assert len({str(request) for request in server.requests}) == COUNT
    found = [ResponseFolder(tmp_path).read(sha256) for sha256 in recorded_hashes(tmp_path)]
    assert len(found) == COUNT
    for record in found:
        assert record is not None
        asked = record.request["messages"][-1]["content"]
        assert record.response["choices"][0]["message"]["content"] == asked
