"""One process of the client: MLPerf LoadGen schedules queries, the asynchronous client asks, LoadGen takes the times.

    python -m distil_dagster.serving.load.issue JOB.json

LoadGen is the field's own instrument: its Server scenario draws exponential gaps and counts latency from the scheduled
time, so that neither a slow server nor a slow client can hide its queue. LoadGen's log of every sample is where the
latencies come from; the client adds what was answered. There is one instance in a process, so a rate that one process
can't issue is split among several: independent Poisson processes add up to a Poisson process of their summed rate.
Writes `requests.json` (`Issued`) and LoadGen's logs to the job's folder.
"""

from __future__ import annotations

import gzip
import json
import re
import shutil
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel

if TYPE_CHECKING:
    from distil_dagster.serving.load.client import Reply

GIL_SWITCH_SECONDS = 0.0005
"""LoadGen's thread waits no longer for the interpreter when a query is due; Python's default is ten times that."""
TRACE = "mlperf_log_trace.json"
NEVER_MS = 0

Scenario = Literal["Server", "Offline", "SingleStream"]

_SAMPLE = re.compile(
    r'"name":"Sample",.*"ph":"b",.*"ts":(?P<scheduled>[\d.]+),.*"sample_idx":(?P<index>\d+),'
    r'"issue_start_ns":(?P<issued>\d+),"complete_ns":(?P<complete>\d+)'
)


class Job(BaseModel):
    """What one process is to do."""

    base_url: str
    prompts: Path
    first_prompt: int
    """The n-th query asks prompt `first_prompt + n` of the file, which begins anew when all have been asked."""
    queries: int
    scenario: Scenario
    rate: float
    """Queries per second of the Server scenario."""
    timeout_seconds: float
    seed: int
    output: Path


class Issued(BaseModel):
    """What became of the queries, in the order of their scheduled times. One list item for each query."""

    scheduled_seconds: list[float]
    """On the machine's monotonic clock, which all processes share."""
    delay_seconds: list[float]
    """From the scheduled time until LoadGen handed the query to the client."""
    latency_seconds: list[float]
    """From the scheduled time to the last byte of the answer."""
    error: list[str | None]
    input_tokens: list[int]
    output_tokens: list[int]


def run(job: Job) -> Issued:
    """Issue all queries, wait for all answers, and join LoadGen's log with them."""
    import mlperf_loadgen as loadgen

    from distil_dagster.serving.load.client import LoadClient

    bodies = job.prompts.read_bytes().split(b"\n")
    handed_over = [0.0] * job.queries
    replies: dict[int, Reply] = {}
    sys.setswitchinterval(GIL_SWITCH_SECONDS)
    with LoadClient(job.base_url, timeout_seconds=job.timeout_seconds) as client:

        def ask(query_id: int, index: int) -> None:
            handed_over[index] = time.monotonic()
            client.ask(
                bodies[(job.first_prompt + index) % len(bodies)],
                lambda: loadgen.QuerySamplesComplete([loadgen.QuerySampleResponse(query_id, 0, 0)]),
                lambda reply: replies.__setitem__(index, reply),
            )

        def issue(samples: Iterable[Any]) -> None:
            for sample in samples:
                ask(sample.id, sample.index)

        system = loadgen.ConstructSUT(issue, lambda: None)
        library = loadgen.ConstructQSL(job.queries, job.queries, lambda _: None, lambda _: None)
        try:
            loadgen.StartTestWithLogSettings(system, library, _settings(loadgen, job), _logging(loadgen, job), "")
        finally:
            loadgen.DestroyQSL(library)
            loadgen.DestroySUT(system)
    return _joined(job.output / TRACE, handed_over, replies)


def _settings(loadgen: Any, job: Job) -> Any:
    settings = loadgen.TestSettings()
    settings.scenario = getattr(loadgen.TestScenario, job.scenario)
    settings.mode = loadgen.TestMode.PerformanceOnly
    settings.server_target_qps = job.rate
    settings.min_query_count = settings.max_query_count = job.queries
    settings.min_duration_ms = settings.max_duration_ms = NEVER_MS
    # Each query has an index of its own, and none comes twice.
    settings.sample_concatenate_permutation = True
    settings.qsl_rng_seed, settings.sample_index_rng_seed, settings.schedule_rng_seed = job.seed, job.seed, job.seed
    return settings


def _logging(loadgen: Any, job: Job) -> Any:
    logging = loadgen.LogSettings()
    logging.enable_trace = True
    logging.log_output.outdir = str(job.output)
    logging.log_output.copy_summary_to_stdout = False
    return logging


def _joined(trace: Path, handed_over: Sequence[float], replies: Mapping[int, Reply]) -> Issued:
    """LoadGen's times and the client's replies, by the index of each query."""
    with trace.open() as lines:
        matches = [match for line in lines if (match := _SAMPLE.search(line))]
    samples = sorted(
        (float(it["scheduled"]) / 1e6, int(it["index"]), int(it["issued"]) / 1e9, int(it["complete"]) / 1e9)
        for it in matches
    )
    # LoadGen's clock began earlier than any query was handed over, by at most this.
    origin = min(handed_over[index] - scheduled - delay for scheduled, index, delay, _ in samples)
    ordered = [replies[index] for _, index, _, _ in samples]
    return Issued(
        scheduled_seconds=[origin + scheduled for scheduled, _, _, _ in samples],
        delay_seconds=[delay for _, _, delay, _ in samples],
        latency_seconds=[latency for _, _, _, latency in samples],
        error=[reply.error for reply in ordered],
        input_tokens=[reply.input_tokens for reply in ordered],
        output_tokens=[reply.output_tokens for reply in ordered],
    )


def main() -> int:
    """Do the job of the command line; exit code 1 without LoadGen."""
    job = Job.model_validate_json(Path(sys.argv[1]).read_text())
    try:
        issued = run(job)
    except ModuleNotFoundError as error:
        print(f"the load test needs {error.name}: pip install 'distil_dagster[serve]'", file=sys.stderr)
        return 1
    (job.output / "requests.json").write_text(json.dumps(issued.model_dump()))
    trace = job.output / TRACE
    with trace.open("rb") as plain, gzip.open(f"{trace}.gz", "wb", compresslevel=3) as packed:
        shutil.copyfileobj(plain, packed)
    trace.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
