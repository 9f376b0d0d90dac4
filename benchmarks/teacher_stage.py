"""Requests per second of the whole stage that writes a corpus, beside what the teacher could give at most.

    .venv/bin/python benchmarks/teacher_stage.py [--rows 10000] [--slots 16] [--latency 0.05]

The teacher is a server on this machine that answers in `latency` seconds, `slots` requests at once: slots / latency
answers per second at most, which is the peer. Ours is the worker that `synthetic_corpus` starts, with a classification
task of ten classes: a plan, rows asked for four at a time, three blind votes on each, recording, filters. Requests are
counted from the first to the last; beside that stand the worker's peak of memory and its whole time.
"""

import argparse
import asyncio
import json
import multiprocessing
import re
import resource
import subprocess
import sys
import tempfile
import time
from hashlib import sha256
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random

import yaml
from teacher_client import Load, Server, response

from distil_dagster.corpus import CorpusSettings, CorpusSummary, CurationSettings

CLASSES = ("red", "orange", "yellow", "green", "blue", "violet", "brown", "grey", "black", "white")
SYLLABLES = ["ba", "ce", "di", "fo", "gu", "ka", "le", "mi", "no", "pu", "ra", "se", "ti", "vo", "zu"]
SPAWN = multiprocessing.get_context("spawn")


class Served:
    """Writes what is ordered and answers it blind, and remembers when it was asked first and last."""

    def __init__(self) -> None:
        self.count = 0
        self.first = self.last = 0.0

    def __call__(self, body: bytes) -> bytes:
        self.last = time.monotonic()
        self.first = self.first or self.last
        self.count += 1
        request = json.loads(body)
        asked = request["messages"][-1]["content"]
        ordered = re.search(r"Write (\d+) new example.*class '(\w+)'", asked)
        if ordered is None:
            text = asked.rpartition(" ")[2]
        else:
            random = Random(sha256(body + self.count.to_bytes(4)).digest())
            words = [
                " ".join("".join(random.choices(SYLLABLES, k=3)) for _ in range(8)) for _ in range(int(ordered[1]))
            ]
            text = json.dumps({"examples": [{"text": f"{said} {ordered[2]}"} for said in words]})
        return response(text, len(body) // 4)


def serve(load: Load, pipe: Connection) -> None:
    """Serve until asked for the figures."""

    async def until_asked() -> None:
        served, slots = Served(), asyncio.Semaphore(load.slots)
        server = await asyncio.get_running_loop().create_server(
            lambda: Server(slots, load.latency_seconds, served), "127.0.0.1", 0, backlog=1000
        )
        pipe.send(server.sockets[0].getsockname()[1])
        while not pipe.poll():
            await asyncio.sleep(0.1)
        # The last answer was given a latency after it was asked for.
        pipe.send((served.count, served.last - served.first + load.latency_seconds))

    asyncio.run(until_asked())


def write_task(folder: Path) -> None:
    """A classification task of ten classes."""
    folder.mkdir()
    description = {"task_description": "Name the colour.", "classes_description": dict.fromkeys(CLASSES, "")}
    (folder / "job_description.json").write_text(json.dumps(description))
    (folder / "config.yaml").write_text(yaml.safe_dump({"base": {"task": "classification"}}))
    for split, count in (("train", 50), ("test", 200)):
        rows = [
            {"question": f"{split} thing {number} of the {number * 7919} kind", "answer": CLASSES[number % 10]}
            for number in range(count)
        ]
        (folder / f"{split}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def main() -> None:
    parser = argparse.ArgumentParser(description="The stage that writes a corpus beside the ceiling of its teacher.")
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--slots", type=int, default=16, help="requests that the server answers at once")
    parser.add_argument("--latency", type=float, default=0.05, help="seconds to an answer")
    options = parser.parse_args()
    load = Load(options.rows, options.slots, options.latency)
    pipe, child = SPAWN.Pipe()
    server = SPAWN.Process(target=serve, args=(load, child), daemon=True)
    server.start()
    base_url = f"http://127.0.0.1:{pipe.recv()}/v1"
    endpoint = {"model": "teacher", "base_url": base_url, "input_price": 0.0, "output_price": 0.0}
    # As many requests under way as there are slots, and some on the wire.
    teacher = {"kind": "endpoint", "endpoint": endpoint, "concurrency": 2 * options.slots}
    settings = CorpusSettings(count=options.rows, random_seed=1, curation=CurationSettings())
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        write_task(folder / "task")
        command: list[str | Path] = [
            *(sys.executable, "-m", "distil_dagster.corpus.write_corpus", "--task-folder", folder / "task"),
            *("--teacher", json.dumps(teacher), "--settings", settings.model_dump_json()),
            *("--responses", folder / "responses", "--server-log", folder / "log", "--output", folder / "corpus"),
        ]
        started = time.monotonic()
        subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
        seconds = time.monotonic() - started
        summary = CorpusSummary.model_validate_json((folder / "corpus" / "summary.json").read_text())
    pipe.send("enough")
    requests, asking_seconds = pipe.recv()
    server.join()
    ours, ceiling = requests / asking_seconds, options.slots / options.latency
    peak_mib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"{summary.funnel['generated']:,} rows written, {summary.funnel['kept']:,} kept, {requests:,} requests")
    print(f"{ours:,.0f} requests/s of {ceiling:,.0f}, {seconds:,.0f} s in all, at most {peak_mib:,.0f} MiB")
    print(json.dumps({"ours": ours, "peer": ceiling, "ratio": ours / ceiling, "unit": "requests per second"}))


if __name__ == "__main__":
    main()
