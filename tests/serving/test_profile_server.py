"""The worker that profiles a model: its questions, its figures, its files and its command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import save_file

from distil_dagster.machines.settings import Device
from distil_dagster.progress import Progress
from distil_dagster.serving.load.closed_loop import ClosedLoopTest, RequestRecord
from distil_dagster.serving.load.measurement import Measurement
from distil_dagster.serving.load.point import WindowRequests
from distil_dagster.serving.load.prompts import PromptFile
from distil_dagster.serving.load.sustained import Run
from distil_dagster.serving.load.traffic import RequestRow, Requests
from distil_dagster.serving.profile_server import Profile, profile, summarise, write
from distil_dagster.serving.roofline import ModelShape
from distil_dagster.serving.settings import DevicePeak, ServiceLevel, ServingSettings, TransformersServeSettings
from distil_dagster.serving.summary import LoadPoint, Percentile, ServingSummary, SustainedRate
from distil_dagster.serving.transformers_serve import TransformersServe
from distil_dagster.tasks import load_task

CHECKOUT = Path(__file__).parents[2]
CONFIG = {
    "hidden_size": 64,
    "num_attention_heads": 4,
    "num_hidden_layers": 2,
    "intermediate_size": 128,
    "vocab_size": 1000,
    "dtype": "bfloat16",
}
PEAK = DevicePeak(teraflops=1.0, gigabytes_per_second=10.0, source="assumed")
CPU = Device(name="this CPU", kind="cpu")
ENGINE = TransformersServe(TransformersServeSettings())


def point(rate: float, number: int) -> LoadPoint:
    percentile = Percentile(seconds=0.2, low=0.1, high=0.3)
    return LoadPoint(
        rate=rate,
        run=number,
        seconds=10.0,
        requests=round(rate * 10),
        failed=0,
        offered_per_second=rate,
        achieved_per_second=rate,
        p50=percentile,
        p95=percentile,
        p99=percentile,
        mean_in_flight=1.0,
        client_delay_p99_seconds=0.001,
        prefix_cache_hit_rate=None,
        refused=(),
    )


def run_at(rate: float) -> Run:
    scheduled = np.arange(3.0)
    error = (None, None, "HTTP 500")
    requests = Requests(scheduled, np.zeros(3), np.full(3, 0.2), error, np.array([90, 110, 0]), np.array([10, 30, 0]))
    return Run(point(rate, 0), requests, WindowRequests(scheduled, np.full(3, 0.2), requests.ok))


def measured() -> Profile:
    level = ServiceLevel(name="fast", p99_seconds=1.0)
    percentile = Percentile(seconds=0.4, low=0.3, high=0.5)
    sustained = SustainedRate(
        level=level,
        rate=5.1,
        requests_per_second=5.0,
        low=4.5,
        high=5.5,
        runs=3,
        seconds=10.0,
        requests=150,
        failed=0,
        p50=percentile,
        p95=percentile,
        p99=percentile,
        failing_rate=5.2,
        failing_reason="p99 1.2 s",
    )
    records = [
        RequestRecord(0.0, 99.0, ok=True, error=None, input_tokens=1, output_tokens=1, phase="warm-up"),
        *(
            RequestRecord(0.0, number / 10, ok=True, error=None, input_tokens=1, output_tokens=1, phase="measured")
            for number in range(1, 102)
        ),
        RequestRecord(0.0, 0.01, ok=False, error="HTTP 500", input_tokens=0, output_tokens=0, phase="measured"),
        RequestRecord(0.0, 99.0, ok=True, error=None, input_tokens=1, output_tokens=1, phase="draining"),
    ]
    measurement = Measurement(
        sustained=(sustained,),
        unmet=(),
        runs=(run_at(5.2), run_at(5.0)),
        closed_loop=ClosedLoopTest(tuple(records), seconds=10.0),
        offline_rate=6.0,
        single_stream_p50_seconds=0.1,
        client_ceiling=2_000.0,
        prefix_cache_hit_rate=0.7,
        prompts=PromptFile(Path("prompts.jsonl"), 400, "ab" * 32),
    )
    return Profile(
        measurement=measurement,
        memory_mib=1234.5,
        memory_measure="pss",
        memory=None,
        shape=ModelShape.of(CONFIG, bytes_per_number=2),
        peak=PEAK,
        prompts_alike=0.5,
        server_metrics={"vllm:num_preemptions_total": 1.0},
        environment={"processor": "a CPU"},
        measured_at=datetime(2026, 11, 25, tzinfo=UTC),
        model_sha256="cd" * 32,
    )


def test_the_headline_is_the_rate_sustained_at_the_first_service_level() -> None:
    summary = summarise(measured(), ENGINE, ServingSettings(concurrency=8), device="a CPU")
    assert (summary.method, summary.described) == ("open loop", "Poisson arrivals, p99 within 1 s")
    assert summary.requests_per_second == 5.0
    assert summary.interval == (4.5, 5.5)
    assert (summary.requests, summary.failed, summary.seconds) == (150, 0, 30.0)
    assert summary.p99_seconds == 0.4
    assert (summary.mean_input_tokens, summary.mean_output_tokens) == (100, 20)
    assert [point.rate for point in summary.points] == [5.0, 5.2]
    assert summary.input_tokens is not None
    assert sum(summary.input_tokens.counts) == 4
    assert ("--page-tokens", "16") in zip(summary.flags, summary.flags[1:], strict=False)
    assert ServingSummary.model_validate_json(summary.model_dump_json()) == summary


def test_the_bound_is_that_of_the_mean_request_with_what_the_cache_really_held() -> None:
    found = summarise(measured(), ENGINE, ServingSettings(), device="a CPU").roofline
    silent = replace(measured(), measurement=replace(measured().measurement, prefix_cache_hit_rate=None))
    guessed = summarise(silent, ENGINE, ServingSettings(), device="a CPU").roofline
    assert found is not None
    assert guessed is not None
    assert (found.input_tokens, found.cached_tokens, found.output_tokens) == (100, pytest.approx(70), 20)
    assert guessed.cached_tokens == 50, "the engine does not say it, so what prompts share counts as cached"
    assert guessed.expected_per_second < found.expected_per_second


def test_the_closed_loop_stands_beside_it_with_the_figures_of_its_measured_answers() -> None:
    closed = summarise(measured(), ENGINE, ServingSettings(concurrency=8), device="a CPU").closed_loop
    assert closed is not None
    assert (closed.concurrency, closed.requests, closed.failed) == (8, 102, 1)
    assert closed.requests_per_second == pytest.approx(10.1)
    assert closed.p50_seconds == pytest.approx(5.1)
    assert closed.p99_seconds == pytest.approx(10.0)


def test_a_summary_from_before_there_was_an_open_loop_can_still_be_read() -> None:
    old = {
        "engine": "transformers serve",
        "engine_version": "5.23.0",
        "flags": [],
        "device": "CPU, 2 cores",
        "method": "closed loop",
        "concurrency": 16,
        "warm_up_requests": 16,
        "requests": 157,
        "failed": 0,
        "seconds": 20.1,
        "requests_per_second": 7.8,
        "p50_seconds": 2.0,
        "p95_seconds": 2.5,
        "p99_seconds": 2.6,
        "mean_input_tokens": 427.0,
        "mean_output_tokens": 21.0,
        "memory_mib": 1700.0,
        "memory_measure": "pss",
    }
    summary = ServingSummary.model_validate(old)
    assert summary.described == "closed loop, 16 at a time"
    assert summary.interval is None


@dataclass(frozen=True)
class KnownEngine:
    """Starts a server whose capacity is known, whatever the folder holds; an `Engine`."""

    startup_timeout_seconds: float = 30.0
    name: str = "known"
    version: str = "1"
    flags: tuple[str, ...] = ()

    def command(self, model_folder: Path, *, model_name: str, port: int) -> list[str]:
        return [sys.executable, str(Path(__file__).with_name("load") / "known_server.py"), str(port), "4", "0.05"]


def test_a_served_folder_ends_in_tables_and_a_summary_that_belong_together(
    tiny_multi_turn_folder: Path, tmp_path: Path
) -> None:
    settings = ServingSettings(
        service_levels=(ServiceLevel(name="patient", p99_seconds=0.5),),
        warm_up_seconds=0.2,
        window_seconds=1.0,
        tail_seconds=0.0,
        tolerance=20.0,
        min_distinct_prompts=3,
        offline_requests=8,
        single_stream_requests=2,
        concurrency=1,
        warm_up_requests=1,
        max_seconds=1.0,
    )
    model = tmp_path / "model"
    model.mkdir()
    (model / "config.json").write_text(json.dumps(CONFIG))
    save_file({"weights": np.zeros((512, 1024), np.float16)}, model / "model.safetensors")
    engine, output, said = KnownEngine(), tmp_path / "output", list[str]()
    output.mkdir()
    found = profile(
        lambda _: engine,
        model,
        load_task(tiny_multi_turn_folder),
        settings,
        device=CPU,
        peak=PEAK,
        written_rows=(),
        output=output,
        progress=Progress(said.append),
    )
    summary = summarise(found, engine, settings, device="this CPU")
    write(found.measurement, summary, output)
    assert ServingSummary.model_validate_json((output / "summary.json").read_text()) == summary
    requests = pd.read_parquet(output / "requests.parquet")
    assert list(requests.columns) == [field.name for field in fields(RequestRow)]
    assert set(requests["rate"]) == {point.rate for point in summary.points}
    assert requests["error"].isna().all() or any(point.refused for point in summary.points)
    assert (requests["latency_seconds"] > 0).all()
    assert len(pd.read_parquet(output / "closed_loop.parquet")) >= 2
    assert (output / "server.log").exists()
    assert summary.environment["processor"]
    assert summary.memory_mib > 5
    assert said == ["starting known"]
    memory = summary.memory
    assert memory is not None
    assert memory.weights == 1.0
    assert (memory.least is None) == bool(memory.least_failure)
    assert memory.without_cache is not None
    assert memory.without_cache > 5
    assert memory.least_cache_tokens > 0
    assert (output / "loadgen-small-cache").is_dir()
    assert summary.roofline is not None
    assert summary.requests_per_second < summary.roofline.bound_per_second


def run_worker(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "distil_dagster.serving.profile_server", *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_a_real_model_is_profiled_from_the_command_line(
    tiny_task_folder: Path, base_model_dir: Path, tmp_path: Path
) -> None:
    settings = ServingSettings(
        service_levels=(ServiceLevel(name="patient", p99_seconds=60.0), ServiceLevel(name="hasty", p50_seconds=1e-4)),
        warm_up_seconds=0.5,
        window_seconds=2.0,
        tail_seconds=0.0,
        tolerance=1.0,
        min_distinct_prompts=3,
        offline_requests=6,
        single_stream_requests=2,
        concurrency=2,
        warm_up_requests=2,
        max_seconds=2.0,
        max_output_tokens=2,
    )
    output = tmp_path / "output"
    ended = run_worker(
        *("--model", base_model_dir, "--task-folder", tiny_task_folder, "--device", CPU.model_dump_json()),
        *("--settings", settings.model_dump_json(), "--output", output),
    )
    assert ended.returncode == 0, ended.stderr
    summary = ServingSummary.model_validate_json((output / "summary.json").read_text())
    requests = pd.read_parquet(output / "requests.parquet")
    assert summary.sustained[0].requests_per_second == summary.requests_per_second
    assert summary.unmet[0].level.name == "hasty"
    assert set(requests["rate"]) == {point.rate for point in summary.points}
    assert (requests["output_tokens"] <= 2).all()
    assert summary.memory_mib > 500
    assert summary.memory is not None
    assert 250 < summary.memory.weights < 600
    assert summary.roofline is not None
    assert summary.roofline.peak.source.startswith("measured here")
    assert summary.roofline.share < 1
    assert summary.client_ceiling_per_second is not None
    assert summary.client_ceiling_per_second > 2 * summary.requests_per_second
    assert not pd.read_parquet(output / "closed_loop.parquet").empty
    assert list((output / "loadgen").glob("*/client-0/mlperf_log_summary.txt"))
    assert "requests/s" in ended.stderr


def test_a_folder_that_is_no_model_is_one_error_that_ends_with_a_sentence(
    tiny_task_folder: Path, tmp_path: Path
) -> None:
    ended = run_worker(
        *("--model", tmp_path, "--task-folder", tiny_task_folder, "--device", CPU.model_dump_json()),
        *("--settings", "{}", "--output", tmp_path / "output"),
    )
    assert ended.returncode == 1
    assert "ended with exit code 1 before it answered" in ended.stderr.splitlines()[-1]
    assert not (tmp_path / "output" / "summary.json").exists()


def test_settings_that_are_not_known_are_refused() -> None:
    ended = run_worker("--settings", json.dumps({"clients": 3}))
    assert ended.returncode == 2
    assert "--settings" in ended.stderr
