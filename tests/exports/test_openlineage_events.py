"""Lineage as OpenLineage events: what a catalogue needs to draw it, and nothing that the manifests don't hold."""

from __future__ import annotations

import importlib.util
import json
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from distil_dagster.artifacts import Artifact, ArtifactStore, LineageStep, trace
from distil_dagster.exports.extras import MissingExtra
from distil_dagster.exports.openlineage_events import API_KEY, NAMESPACE, export_lineage

needs_openlineage = pytest.mark.skipif(
    importlib.util.find_spec("openlineage") is None,
    reason="the package openlineage-python (extra lineage) is not installed",
)


@pytest.fixture
def steps(store: ArtifactStore, scores: Artifact) -> list[LineageStep]:
    return trace(store, scores)


@pytest.fixture
def events(steps: list[LineageStep], tmp_path: Path) -> list[dict[str, Any]]:
    file = tmp_path / "lineage.jsonl"
    export_lineage(steps, str(file))
    return [json.loads(line) for line in file.read_text().splitlines()]


def by_job(events: list[dict[str, Any]], job: str) -> dict[str, Any]:
    (found,) = (event for event in events if event["job"]["name"] == job)
    return found


def facets_of(event: dict[str, Any]) -> Iterator[dict[str, Any]]:
    holders = [event["run"], event["job"], *event["inputs"], *event["outputs"]]
    for holder in holders:
        for kind in ("facets", "inputFacets", "outputFacets"):
            yield from holder.get(kind, {}).values()


def version(dataset: dict[str, Any]) -> tuple[str, str, str]:
    return dataset["namespace"], dataset["name"], dataset["facets"]["version"]["datasetVersion"]


@needs_openlineage
def test_each_artifact_is_one_completed_run_of_its_asset(
    events: list[dict[str, Any]], steps: list[LineageStep]
) -> None:
    assert [event["eventType"] for event in events] == ["COMPLETE"] * len(steps)
    assert {event["job"]["name"] for event in events} == {
        "seed_set/tiny",
        "teacher_scores/tiny",
        "synthetic_corpus/tiny",
        "lora_adapter/tiny-20m/tiny",
        "merged_model/tiny-20m/tiny",
        "benchmark_scores/tiny-20m/tiny",
    }


@needs_openlineage
def test_every_input_is_the_very_version_that_an_earlier_event_put_out(events: list[dict[str, Any]]) -> None:
    made: set[tuple[str, str, str]] = set()
    for event in events:
        assert {version(dataset) for dataset in event["inputs"]} <= made
        made |= {version(dataset) for dataset in event["outputs"]}
    assert [event["inputs"] for event in events if event["job"]["name"] == "seed_set/tiny"] == [[]]
    assert len(by_job(events, "lora_adapter/tiny-20m/tiny")["inputs"]) == 2


@needs_openlineage
def test_what_the_specification_requires_is_there(events: list[dict[str, Any]]) -> None:
    for event in events:
        assert datetime.fromisoformat(event["eventTime"]).tzinfo
        assert event["producer"].startswith("urn:distil_dagster:")
        assert event["schemaURL"].endswith("OpenLineage.json#/$defs/RunEvent")
        UUID(event["run"]["runId"])
        facets = list(facets_of(event))
        assert len(facets) >= 5
        for facet in facets:
            assert facet["_producer"] == event["producer"]
            assert facet["_schemaURL"].startswith("https://openlineage.io/spec/facets/")


@needs_openlineage
def test_an_artifact_has_the_same_run_id_each_time_and_others_have_others(
    steps: list[LineageStep], events: list[dict[str, Any]], tmp_path: Path
) -> None:
    export_lineage(steps, str(tmp_path / "again.jsonl"))
    again = [json.loads(line) for line in (tmp_path / "again.jsonl").read_text().splitlines()]
    assert again == events
    assert len({event["run"]["runId"] for event in events}) == len(events)


@needs_openlineage
def test_parameters_and_code_version_are_facets_of_the_run(
    events: list[dict[str, Any]], steps: list[LineageStep]
) -> None:
    facets = by_job(events, "lora_adapter/tiny-20m/tiny")["run"]["facets"]
    parameters = {entry["key"]: entry["value"] for entry in facets["executionParameters"]["parameters"]}
    tags = {entry["key"]: entry["value"] for entry in facets["tags"]["tags"]}
    (adapter,) = (step.artifact for step in steps if step.artifact.manifest.recipe.asset == "lora_adapter")
    assert parameters["recipe.lora_r"] == "4"
    assert tags["code_version"] == "1"
    assert tags["fingerprint"] == adapter.manifest.fingerprint
    assert tags["python"] == adapter.manifest.environment["python"]


@needs_openlineage
def test_tables_have_their_columns_and_rows(events: list[dict[str, Any]], steps: list[LineageStep]) -> None:
    (output,) = by_job(events, "lora_adapter/tiny-20m/tiny")["outputs"]
    tables = {table["name"]: table["fields"] for table in output["facets"]["schema"]["fields"]}
    assert set(tables) == {"curve.parquet", "rows.parquet"}
    curve = [(column["name"], column["type"], column["ordinal_position"]) for column in tables["curve.parquet"]]
    assert curve == [
        ("step", "int64", 1),
        ("examples", "int64", 2),
        ("loss", "double", 3),
        ("held_back_loss", "double", 4),
    ]
    (adapter,) = (step.artifact for step in steps if step.artifact.manifest.recipe.asset == "lora_adapter")
    statistics = output["outputFacets"]["outputStatistics"]
    assert statistics["rowCount"] == 2 + 25
    assert statistics["size"] == sum(file.bytes for file in adapter.manifest.files)
    assert statistics["fileCount"] == 3
    assert output["facets"]["dataSource"]["uri"] == adapter.path.as_uri()


@needs_openlineage
def test_an_artifact_without_tables_has_no_schema_and_no_rows(events: list[dict[str, Any]]) -> None:
    (output,) = by_job(events, "merged_model/tiny-20m/tiny")["outputs"]
    assert "schema" not in output["facets"]
    assert "rowCount" not in output["outputFacets"]["outputStatistics"]
    assert output["outputFacets"]["outputStatistics"]["size"] > 40_000_000


@needs_openlineage
def test_the_namespace_of_the_house_is_taken(
    steps: list[LineageStep], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(NAMESPACE, "our-models")
    export_lineage(steps, str(tmp_path / "ours.jsonl"))
    for line in (tmp_path / "ours.jsonl").read_text().splitlines():
        event = json.loads(line)
        datasets = [*event["inputs"], *event["outputs"]]
        assert {holder["namespace"] for holder in (event["job"], *datasets)} == {"our-models"}


@dataclass
class Catalogue:
    """A double of an OpenLineage server: keeps what it is sent, refuses all from the event `refuse` on."""

    url: str = ""
    refuse: int | None = None
    requests: list[tuple[str, str | None, dict[str, Any]]] = field(default_factory=list)


@pytest.fixture
def catalogue() -> Iterator[Catalogue]:
    kept = Catalogue()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            refused = kept.refuse is not None and len(kept.requests) >= kept.refuse
            if not refused:
                kept.requests.append((self.path, self.headers["Authorization"], body))
            self.send_response(403 if refused else 201)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        kept.url = f"http://127.0.0.1:{server.server_port}"
        yield kept
        server.shutdown()


@needs_openlineage
def test_a_server_gets_the_same_events_in_the_same_order_with_the_key(
    steps: list[LineageStep], events: list[dict[str, Any]], catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(API_KEY, "a-key")
    assert export_lineage(steps, catalogue.url) == f"6 OpenLineage events sent to {catalogue.url}"
    assert catalogue.requests == [("/api/v1/lineage", "Bearer a-key", event) for event in events]


@needs_openlineage
def test_an_event_that_a_server_refuses_is_an_error(steps: list[LineageStep], catalogue: Catalogue) -> None:
    catalogue.refuse = 2
    with pytest.raises(RuntimeError, match="didn't take event 3 of 6: 403"):
        export_lineage(steps, catalogue.url)


def test_without_the_package_it_says_what_to_install(
    steps: list[LineageStep], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "openlineage.client", None)
    with pytest.raises(MissingExtra, match=r"pip install 'distil_dagster\[lineage\]'"):
        export_lineage(steps, str(tmp_path / "lineage.jsonl"))
