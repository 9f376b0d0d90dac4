"""What a running server says of itself, and what its processes use."""

from __future__ import annotations

import re
from collections import defaultdict
from contextlib import suppress

import psutil

from distil_dagster.machines.use import tree_memory_mib
from distil_dagster.serving.engine import ServerHandle

TIMEOUT_SECONDS = 10.0
SAMPLE = re.compile(r"(?P<name>vllm:\w+?)(?:\{.*\})? (?P<value>[^ ]+)(?: \d+)?")
"""A line of Prometheus' text format; of vLLM's own figures only, not those of its Python process and web framework."""
QUERIES, HITS = "vllm:prefix_cache_queries_total", "vllm:prefix_cache_hits_total"
LEFT_OUT = ("_bucket", "_created", "_info")
"""Parts of histograms, times of day, and settings written as figures."""


def server_metrics(server: ServerHandle) -> dict[str, float]:
    """Memory (MiB) and processor time (s) of all its processes, whatever serves; and what vLLM has counted.

    vLLM's figures keep their names, such as `vllm:prefix_cache_hits_total`, and are summed over their labels. An engine
    without such a page has none.
    """
    return {
        "memory_mib": tree_memory_mib(server.process.pid),
        "cpu_seconds": _cpu_seconds(server.process.pid),
        **read_samples(_page(server.endpoint.base_url)),
    }


def read_samples(page: str) -> dict[str, float]:
    """The figures of vLLM's own on a page in Prometheus' text format."""
    totals: defaultdict[str, float] = defaultdict(float)
    for line in page.splitlines():
        sample = SAMPLE.fullmatch(line)
        if sample and not sample["name"].endswith(LEFT_OUT):
            totals[sample["name"]] += float(sample["value"])
    return dict(totals)


def prefix_cache_counters(base_url: str) -> tuple[float, float] | None:
    """Prompt tokens that were looked for in the engine's cache so far, and those found; None if it doesn't say."""
    counted = read_samples(_page(base_url))
    if QUERIES not in counted or HITS not in counted:
        return None
    return counted[QUERIES], counted[HITS]


def _page(base_url: str) -> str:
    import httpx

    with suppress(httpx.TransportError):
        response = httpx.get(f"{base_url.removesuffix('/v1')}/metrics", timeout=TIMEOUT_SECONDS)
        if response.is_success:
            return response.text
    return ""


def _cpu_seconds(pid: int) -> float:
    total = 0.0
    with suppress(psutil.NoSuchProcess):
        leader = psutil.Process(pid)
        for process in (leader, *leader.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                times = process.cpu_times()
                total += times.user + times.system
    return total
