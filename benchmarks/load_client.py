"""Requests per second that a load test's client issues at most: ours, and guidellm, before the same no-op server.

    python3 -m venv ~/guidellm && ~/guidellm/bin/pip install torch guidellm
    .venv/bin/python benchmarks/load_client.py --guidellm ~/guidellm/bin/guidellm [--requests 6000] [--processes 1]

The server answers every chat request at once with the same and shares the machine with the client, in one run first
with ours and then with guidellm, which has an environment of its own because it pins other versions. Ours is LoadGen's
Server scenario at more arrivals than it can issue, all latencies taken; guidellm runs its throughput profile without
streaming.
Beside them stands httpx, as the pipeline's other requests are sent. Leave the machine alone meanwhile.
"""

import argparse
import asyncio
import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

from distil_dagster.serving.chat import ChatEndpoint
from distil_dagster.serving.load.ceiling import no_op_server
from distil_dagster.serving.load.prompts import write_prompt_file
from distil_dagster.serving.load.traffic import Traffic
from distil_dagster.tasks import Message

OFFERED_PER_SECOND = 20_000.0
AT_ONCE = 256
SYSTEM = "You control the lights, the heating and the locks of a house. " * 12
MAX_OUTPUT_TOKENS = 64


def prompts(count: int) -> list[tuple[Message, ...]]:
    return [(Message("system", SYSTEM), Message("user", f"Switch on lamp {number}.")) for number in range(count)]


def ours(requests: int, processes: int, folder: Path) -> float:
    asked = prompts(requests)
    path = folder / "prompts.jsonl"
    file = write_prompt_file(
        asked, path, ChatEndpoint("", "none"), max_output_tokens=MAX_OUTPUT_TOKENS, needed=requests
    )
    with no_op_server() as base_url:
        traffic = Traffic(base_url, file, processes=processes, timeout_seconds=60.0, logs=folder / "loadgen")
        offered = OFFERED_PER_SECOND * processes
        answered = traffic.arrivals(offered, requests / offered, run=0, name="ceiling")
        assert not any(answered.error), "the no-op server failed"
        quiet = traffic.arrivals(2_000.0, 3.0, run=1, name="at-2000")
    late = sorted(quiet.latency)[int(0.99 * len(quiet))]
    rate = len(quiet) / float((quiet.scheduled + quiet.latency).max())
    print(f"ours at 2,000 requests/s offered: {rate:,.0f} answered a second, p99 {1e3 * late:.1f} ms", flush=True)
    return len(answered) / float((answered.scheduled + answered.latency).max())


def bare_httpx(requests: int) -> float:
    upcoming = iter(prompts(requests))

    async def ask_all(endpoint: ChatEndpoint) -> None:
        async def ask_one_after_the_other() -> None:
            for prompt in upcoming:
                await endpoint.ask(client, prompt, max_output_tokens=MAX_OUTPUT_TOKENS, timeout_seconds=60.0)

        async with endpoint.client(concurrency=AT_ONCE) as client:
            await asyncio.gather(*(ask_one_after_the_other() for _ in range(AT_ONCE)))

    with no_op_server() as base_url:
        started = time.perf_counter()
        asyncio.run(ask_all(ChatEndpoint(base_url, "none")))
        return requests / (time.perf_counter() - started)


def guidellm(program: Path, requests: int, folder: Path) -> float:
    data, report = folder / "guidellm.jsonl", folder / "report.json"
    data.write_text("\n".join(json.dumps({"prompt": f"{SYSTEM}{number}"}) for number in range(requests)))
    with no_op_server() as base_url:
        backend = (
            f"kind=openai_http,target={base_url.removesuffix('/v1')},model=none,stream=false,validate_backend=false"
        )
        command = [
            *(str(program), "run", "--backend", backend),
            *("--profile", f"kind=throughput,max_concurrency={AT_ONCE}"),
            *("--constraint", f"kind=max_requests,count={requests}"),
            *("--data", f"kind=json_file,path={data}", "--output", f"kind=json,path={report}"),
            "--disable-console",
        ]
        subprocess.run(command, check=True, cwd=folder, env={**os.environ, "HF_HUB_OFFLINE": "1"})
    (benchmark,) = json.loads(report.read_text())["benchmarks"]
    return float(benchmark["metrics"]["requests_per_second"]["successful"]["mean"])


def main() -> None:
    parser = argparse.ArgumentParser(description="What our load client and guidellm issue at most.")
    parser.add_argument("--guidellm", required=True, type=Path, help="the program in guidellm's own environment")
    parser.add_argument("--requests", type=int, default=6_000, help="that each of them sends")
    parser.add_argument("--processes", type=int, default=1, help="of our client")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        our_rate = ours(options.requests, options.processes, Path(folder))
        print(f"ours, {options.processes} process(es): {our_rate:,.0f} requests/s", flush=True)
        print(f"httpx, {AT_ONCE} at once: {bare_httpx(options.requests):,.0f} requests/s", flush=True)
        peer = guidellm(options.guidellm.expanduser().absolute(), options.requests, Path(folder))
        print(f"guidellm: {peer:,.0f} requests/s", flush=True)
    print(json.dumps({"ours": our_rate, "peer": peer, "ratio": our_rate / peer, "unit": "requests/s"}))


if __name__ == "__main__":
    main()
