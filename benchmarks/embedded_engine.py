"""Requests per second of the embedded engine, and of transformers' own server, one after the other on this machine.

    .venv/bin/python benchmarks/embedded_engine.py [--seconds 30] [--concurrency 16]

Both serve the untuned student and are asked the bundled task's questions in the same closed loop; leave the machine
alone meanwhile. The peer is `transformers serve --continuous-batching` with the same cache and number format, which is
what the embedded engine is but for its attention.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import mean

from distil_dagster.home import Home
from distil_dagster.machines.settings import Device
from distil_dagster.profile import load_profile
from distil_dagster.progress import Progress
from distil_dagster.serving.engine import HOST, Engine, running_server
from distil_dagster.serving.load.closed_loop import run_closed_loop
from distil_dagster.serving.load.memory import memory_watch
from distil_dagster.serving.load.prompts import distinct_prompts
from distil_dagster.serving.profile_server import closed_loop_figures
from distil_dagster.serving.settings import ServingSettings, TransformersServeSettings
from distil_dagster.serving.transformers_serve import TransformersServe
from distil_dagster.students.base_model import resolve_base_model
from distil_dagster.students.precision import choose_precision
from distil_dagster.tasks import Task, load_task

TASK = "smart_home"


@dataclass(frozen=True)
class StockServe:
    """transformers' server as it comes; see `distil_dagster.serving.engine.Engine`."""

    settings: TransformersServeSettings
    folder: Path
    """An empty folder to run in: it calls a model by its path, and clients shall call it by its name."""

    name = "transformers serve, its own attention"
    version = version("transformers")
    startup_timeout_seconds = 180.0

    @property
    def flags(self) -> tuple[str, ...]:
        return (
            "--continuous-batching",
            *("--reasoning", "off", "--device", "cpu", "--dtype", choose_precision("cpu").dtype_name),
            *("--cb-block-size", str(self.settings.page_tokens)),
            *("--cb-num-blocks", str(self.settings.cache_tokens // self.settings.page_tokens)),
            *("--cb-max-batch-tokens", str(self.settings.max_batch_tokens)),
        )

    def command(self, model_folder: Path, *, model_name: str, port: int) -> list[str]:
        (self.folder / model_name).symlink_to(model_folder.absolute())
        program = str(Path(sys.executable).with_name("transformers"))
        served = ("serve", model_name, "--host", HOST, "--port", str(port), "--log-level", "error")
        return ["env", "--chdir", str(self.folder), program, *served, *self.flags]


def requests_per_second(engine: Engine, model: Path, task: Task, settings: ServingSettings) -> float:
    with (
        tempfile.TemporaryDirectory() as folder,
        running_server(engine, model, log_path=Path(folder, "server.log")) as server,
        memory_watch(server.process.pid, Device(name="this CPU", kind="cpu")) as memory,
    ):
        progress = Progress(lambda message: print(f"{engine.name}: {message}", flush=True))
        test = asyncio.run(
            run_closed_loop(
                server.endpoint,
                distinct_prompts(task),
                settings,
                max_output_tokens=task.answer_token_limit,
                report=progress.report,
            )
        )
    figures = closed_loop_figures(test, settings)
    answered = [record for record in test.measured if record.ok]
    print(
        f"{engine.name}: {figures.requests_per_second:.2f} requests/s over {figures.requests} requests, "
        f"{figures.failed} failed, p50 {figures.p50_seconds:.2f} s, p99 {figures.p99_seconds:.2f} s, "
        f"{mean(record.input_tokens for record in answered):.0f} tokens in, "
        f"{mean(record.output_tokens for record in answered):.0f} out, {memory.largest_mib:,.0f} MiB",
        flush=True,
    )
    return figures.requests_per_second


def main() -> None:
    parser = argparse.ArgumentParser(description="The embedded engine beside transformers' own server.")
    parser.add_argument("--seconds", type=float, default=30.0, help="how long each is measured")
    parser.add_argument("--concurrency", type=int, default=16, help="requests in flight")
    options = parser.parse_args()
    settings = load_profile("embedded").serving.model_copy(
        update={"max_seconds": options.seconds, "concurrency": options.concurrency}
    )
    engine = TransformersServeSettings()
    home = Home.from_environment()
    (student,) = load_profile("embedded").students.values()
    model = resolve_base_model(student.base_model, home.base_models)
    task = load_task(home.task_folder(TASK))
    precision = choose_precision("cpu")
    print(f"{student.base_model.kind} model in {precision.dtype_name}: {precision.reason}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        peer = requests_per_second(StockServe(engine, Path(folder)), model, task, settings)
    ours = requests_per_second(TransformersServe(engine), model, task, settings)
    print(json.dumps({"ours": ours, "peer": peer, "ratio": ours / peer, "unit": "requests/s"}))


if __name__ == "__main__":
    main()
