"""The worked examples of docs/extending.md fit the code: they are run as they stand on the page."""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from distil_dagster.corpus.curation import CurationSettings, curate
from distil_dagster.corpus.filters import FILTERS, Filter
from distil_dagster.serving.engine import Engine, running_server
from distil_dagster.tasks import Kind, Row, load_task
from distil_dagster.teachers.model.classification import LabelledTexts
from distil_dagster.teachers.model.writers import writer_for
from tests.corpus.parts import as_generated
from tests.docs.pages import CHECKOUT, blocks

SERVER = CHECKOUT / "tests" / "serving" / "scripted_server.py"


def example(holding: str) -> Mapping[str, Any]:
    """The names of the one example in which this stands."""
    (source,) = [
        block for block in blocks((CHECKOUT / "docs" / "extending.md").read_text(), "python") if holding in block
    ]
    module = ModuleType("example")
    # Dataclasses look their module up by its name.
    sys.modules[module.__name__] = module
    exec(compile(source, "docs/extending.md", "exec"), vars(module))
    return vars(module)


def members(protocol: type) -> set[str]:
    return {name for name, _ in inspect.getmembers(protocol) if not name.startswith("_")}


def test_the_filter_rejects_what_it_says(tiny_task_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FILTERS, "web_address", Filter(example("def web_address")["web_address"], by_default=False))
    task = load_task(tiny_task_folder)
    rows = [
        as_generated(Row(question, '{"name": "stop", "parameters": {}}'))
        for question in ("stop what plays on https://example.org", "stop all that noise in here")
    ]
    chosen = CurationSettings(filters=("unreadable", "invalid_answer", "web_address", "test_contamination"))
    assert [verdict.rejected_by for verdict in curate(task, rows, chosen)] == ["web_address", None]


def test_the_kind_scores_a_task_folder(tiny_classification_folder: Path) -> None:
    kind = example("class Rating")["Rating"]()
    assert members(Kind) <= members(type(kind))
    task = replace(load_task(tiny_classification_folder), kind=kind)
    assert not kind.declaration_problems(task)
    assert isinstance(writer_for(task), LabelledTexts)
    steps = list(task.classes)
    question = next(each for each in task.test_examples if each.target == steps[1])
    scores = [kind.score(task, question, said) for said in (steps[1], steps[2], steps[4], "no step")]
    assert [score.metrics["within_one"] for score in scores] == [1.0, 1.0, 0.0, 0.0]
    assert [score.metrics[kind.deciding_metric] for score in scores] == [1.0, 0.0, 0.0, 0.0]
    assert all(set(score.metrics) == set(kind.metrics) for score in scores)


def test_the_engine_starts_a_server_that_is_waited_for(tmp_path: Path) -> None:
    """The interpreter is a stand-in: it notes what it was called with, and starts a server that answers by a script."""
    called, python = tmp_path / "called.json", tmp_path / "python"
    python.write_text(
        f"#!{sys.executable}\nimport json, os, sys\n"
        f"open({str(called)!r}, 'w').write(json.dumps(sys.argv[1:]))\n"
        f"port = sys.argv[sys.argv.index('--port') + 1]\n"
        f"os.execv({sys.executable!r}, [{sys.executable!r}, {str(SERVER)!r}, port, ''])\n"
    )
    python.chmod(0o755)
    parts = example("class SglangServe")
    engine = parts["SglangServe"](parts["SglangSettings"](kind="sglang", python=python, version="1"))
    assert members(Engine) <= members(type(engine))
    with running_server(engine, tmp_path, log_path=tmp_path / "log", model_name="student") as server:
        assert server.endpoint.model == "student"
    words = json.loads(called.read_text())
    assert words[:2] == ["-m", "sglang.launch_server"]
    given = dict(zip(words[2::2], words[3::2], strict=True))
    assert given["--model-path"] == str(tmp_path)
    assert given["--served-model-name"] == "student"
    assert server.endpoint.base_url == f"http://{given['--host']}:{given['--port']}/v1"
