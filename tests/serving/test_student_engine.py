"""From a profile's words to the engine of a student, and what it is asked with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from distil_dagster.serving.engine import running_server
from distil_dagster.serving.settings import ServingSettings, TransformersServeSettings, VllmStudentSettings
from distil_dagster.serving.student_engine import cache_size, request_extras, student_engine, with_cache
from distil_dagster.serving.transformers_serve import TransformersServe
from distil_dagster.serving.vllm_serve import VllmServe
from distil_dagster.tasks import load_task
from tests.serving.stand_in_vllm import environment_with_stand_in
from tests.serving.test_engine import ask
from tests.serving.test_vllm_serve import logged

AS_TRAINED = ["--generation-config", "vllm", "--default-chat-template-kwargs", '{"enable_thinking": false}']


def engine_settings(**engine: Any) -> TransformersServeSettings | VllmStudentSettings:
    return ServingSettings.model_validate({"engine": engine}).engine


def test_a_student_is_served_by_transformers_unless_the_profile_says_otherwise() -> None:
    assert ServingSettings().engine == engine_settings(cache_tokens=16_384)
    engine = student_engine(engine_settings(cache_tokens=32_768))
    assert isinstance(engine, TransformersServe)
    assert ("--cache-tokens", "32768") in zip(engine.flags, engine.flags[1:], strict=False)


def test_with_vllm_it_answers_as_it_was_trained_to(tmp_path: Path) -> None:
    python = environment_with_stand_in(tmp_path / "environment")
    variables = {"VLLM_CPU_OMP_THREADS_BIND": "0-1"}
    settings = engine_settings(
        kind="vllm", python=python, flags=["--enforce-eager"], variables=variables, startup_timeout_seconds=30
    )
    assert ServingSettings.model_validate_json(ServingSettings(engine=settings).model_dump_json()).engine == settings
    engine = student_engine(settings)
    assert isinstance(engine, VllmServe)
    with running_server(engine, tmp_path, log_path=tmp_path / "log") as server:
        assert ask(server, "hello") == "hello"
    arguments = logged(tmp_path / "log", "arguments")
    assert arguments[-7:] == ["--dtype", "auto", *AS_TRAINED, "--enforce-eager"]
    assert logged(tmp_path / "log", "environment").items() >= variables.items()
    assert engine.flags == ("VLLM_CPU_OMP_THREADS_BIND=0-1", *arguments[-7:])


def test_a_cache_has_whole_pages_and_room_for_one_step() -> None:
    settings = engine_settings(page_tokens=16, max_batch_tokens=512, cache_tokens=16_384)
    assert (cache_size(settings, 1001), cache_size(settings, 10)) == (1008, 512)
    assert with_cache(settings, 1008, bytes_per_token=1) == engine_settings(page_tokens=16, cache_tokens=1008)


def test_vllm_is_told_the_size_of_its_cache_in_bytes_and_nothing_that_contradicts_it() -> None:
    flags = ["--gpu-memory-utilization", "0.9", "--max-model-len=4096", "--kv-cache-memory-bytes=1G", "--enforce-eager"]
    settings = engine_settings(kind="vllm", flags=flags)
    small, large = (with_cache(settings, cache_size(settings, tokens), bytes_per_token=10) for tokens in (100, 5000))
    kept = ("--max-model-len=4096", "--enforce-eager")
    assert isinstance(small, VllmStudentSettings)
    assert isinstance(large, VllmStudentSettings)
    assert small.flags == (*kept, "--kv-cache-memory-bytes", "40960"), "it does not start with less"
    assert large.flags == (*kept, "--kv-cache-memory-bytes", "50000")


@pytest.mark.parametrize(
    ("engine", "complaint"),
    [
        ({"kind": "llama.cpp"}, "llama.cpp"),
        ({"kind": "vllm", "cache_tokens": 1}, "cache_tokens"),
        ({"constrain_labels": True}, "constrain_labels"),
        ({"kind": "vllm", "variables": {"LD_PRELOAD": "x"}}, "should match pattern"),
        ({"kind": "vllm", "variables": {"VLLM_API_KEY": "x"}}, "with VLLM_API_KEY the pipeline can't reach the server"),
    ],
)
def test_what_an_engine_does_not_know_is_an_error(engine: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        engine_settings(**engine)


def test_an_interpreter_named_by_half_a_path_is_in_the_checkout() -> None:
    engine = VllmServe(VllmStudentSettings(kind="vllm", python=Path(".venv-vllm/bin/python")))
    assert engine.python == Path(__file__).parents[2] / ".venv-vllm" / "bin" / "python"


def test_a_student_of_a_classification_is_held_to_its_labels_if_the_profile_says_so(
    tiny_classification_folder: Path, tiny_task_folder: Path
) -> None:
    labels, calls = load_task(tiny_classification_folder), load_task(tiny_task_folder)
    constrained = engine_settings(kind="vllm", constrain_labels=True)
    assert request_extras(constrained, labels) == {"structured_outputs": {"choice": list(labels.classes)}}
    assert request_extras(constrained, calls) == {}
    assert request_extras(engine_settings(kind="vllm"), labels) == {}
    assert request_extras(engine_settings(), labels) == {}
