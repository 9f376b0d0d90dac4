"""What a server says of itself, and what its processes use."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from distil_dagster.serving.chat import ChatEndpoint
from distil_dagster.serving.engine import ServerHandle
from distil_dagster.serving.load.metrics import prefix_cache_counters, read_samples, server_metrics
from tests.serving.scripted_server import ScriptedServer

PAGE = """
# HELP vllm:prefix_cache_hits_total Tokens found.
# TYPE vllm:prefix_cache_hits_total counter
vllm:prefix_cache_hits_total{engine="0",model_name="student"} 640.0
vllm:prefix_cache_hits_total{engine="1",model_name="student"} 60.0
vllm:prefix_cache_queries_total{engine="0",model_name="student"} 1000.0
vllm:prefix_cache_hits_created{engine="0",model_name="student"} 1.76e+09
vllm:kv_cache_usage_perc{engine="0",model_name="a student, {odd}"} 2.5e-01
vllm:e2e_request_latency_seconds_bucket{engine="0",le="0.3"} 7.0
vllm:e2e_request_latency_seconds_sum{engine="0"} 12.5
vllm:cache_config_info{block_size="16"} 1.0
process_resident_memory_bytes 1.0e+09
http_requests_total{handler="/v1/chat/completions"} 9.0
"""
FIGURES = {
    "vllm:prefix_cache_hits_total": 700.0,
    "vllm:prefix_cache_queries_total": 1000.0,
    "vllm:kv_cache_usage_perc": 0.25,
    "vllm:e2e_request_latency_seconds_sum": 12.5,
}


@pytest.fixture
def busy() -> Iterator[subprocess.Popen[bytes]]:
    """A process that has used a processor and some memory, and stays."""
    program = "import time; sum(range(5_000_000)); print(flush=True); time.sleep(600)"
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process
        process.kill()


def test_of_a_page_the_figures_of_vllm_are_kept_summed_over_their_labels() -> None:
    assert read_samples(PAGE) == FIGURES


def test_a_server_with_a_page_has_its_figures_beside_those_of_its_processes(busy: subprocess.Popen[bytes]) -> None:
    with ScriptedServer(metrics=PAGE) as server:
        metrics = server_metrics(ServerHandle(ChatEndpoint(server.base_url, "student"), busy, Path("log")))
    assert metrics.pop("memory_mib") > 1
    assert metrics.pop("cpu_seconds") > 0
    assert metrics == FIGURES


def test_a_server_without_a_page_has_those_of_its_processes(busy: subprocess.Popen[bytes]) -> None:
    with ScriptedServer() as server:
        metrics = server_metrics(ServerHandle(ChatEndpoint(server.base_url, "student"), busy, Path("log")))
    assert set(metrics) == {"memory_mib", "cpu_seconds"}


def test_a_server_that_is_gone_has_none_of_its_own(busy: subprocess.Popen[bytes]) -> None:
    with ScriptedServer() as server:
        endpoint = ChatEndpoint(server.base_url, "student")
    assert set(server_metrics(ServerHandle(endpoint, busy, Path("log")))) == {"memory_mib", "cpu_seconds"}


def test_what_an_engine_found_in_its_cache_is_read_where_it_says_so() -> None:
    with ScriptedServer(metrics=PAGE) as telling, ScriptedServer() as silent:
        assert prefix_cache_counters(telling.base_url) == (1000.0, 700.0)
        assert prefix_cache_counters(silent.base_url) is None
    assert prefix_cache_counters("http://127.0.0.1:9/v1") is None
