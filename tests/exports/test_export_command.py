"""`distil export`, as it is typed."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from distil_dagster.artifacts import Artifact, ArtifactStore
from distil_dagster.cli import main
from distil_dagster.exports.mlflow_runs import TRACKING_URI
from tests.reports.distilled_student import STUDENT, TASK

Distil = Callable[..., int]


@pytest.fixture
def export(store: ArtifactStore, scores: Artifact, monkeypatch: pytest.MonkeyPatch) -> Distil:
    """Runs `distil export` for the student that was scored, and returns its exit code."""
    for name in ("DISTIL_DAGSTER", "DAGSTER_HOME"):  # which the command sets where they are missing
        monkeypatch.setenv(name, store.root.path)
    monkeypatch.setenv("DISTIL_HOME", store.root.path)

    def run(*options: str) -> int:
        monkeypatch.setattr(sys, "argv", ["distil", "export", TASK, STUDENT, *options])
        with pytest.raises(SystemExit) as ended:
            main()
        code = ended.value.code
        assert isinstance(code, int)
        return code

    return run


def test_the_lineage_is_written_and_counted(export: Distil, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("openlineage.client", reason="openlineage-python (extra lineage) is not installed")
    file = tmp_path / "lineage.jsonl"
    assert export("--openlineage", str(file)) == 0
    assert capsys.readouterr().out == f"6 OpenLineage events written to {file}\n"
    assert json.loads(file.read_text().splitlines()[-1])["job"]["name"] == f"benchmark_scores/{STUDENT}/{TASK}"


def test_the_run_is_logged_and_named(
    export: Distil, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("mlflow", reason="mlflow-skinny (extra mlflow) is not installed")
    monkeypatch.chdir(tmp_path)  # where MLflow puts the files of runs beside a database
    monkeypatch.setenv(TRACKING_URI, f"sqlite:///{tmp_path}/mlflow.db")
    assert export("--mlflow") == 0
    printed = capsys.readouterr().out
    assert f"in the experiment distil_dagster/{TASK} at sqlite:///" in printed


def test_what_is_not_as_it_was_written_is_not_handed_on(
    export: Distil, scores: Artifact, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (scores.path / "summary.json").write_text("{}")
    assert export("--openlineage", str(tmp_path / "lineage.jsonl")) == 1
    assert "summary.json is changed" in capsys.readouterr().err
    assert not (tmp_path / "lineage.jsonl").exists()


def test_it_asks_where_to(export: Distil, capsys: pytest.CaptureFixture[str]) -> None:
    assert export() == 1
    assert "say where to: --openlineage FILE" in capsys.readouterr().err


def test_without_a_tracker_it_says_what_to_set(
    export: Distil, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(TRACKING_URI, raising=False)
    assert export("--mlflow") == 1
    assert "set MLFLOW_TRACKING_URI" in capsys.readouterr().err
