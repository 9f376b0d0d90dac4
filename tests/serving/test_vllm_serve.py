"""vLLM as an engine: its command line, the environment it runs in, and that nothing of it is left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from distil_dagster.serving.engine import ServerError, running_server, server_environment
from distil_dagster.serving.other_environment import environment_of
from distil_dagster.serving.settings import VllmServeSettings
from distil_dagster.serving.vllm_serve import VllmServe
from tests.serving.stand_in_vllm import environment_with_stand_in, environment_without_vllm
from tests.serving.test_engine import ask, assert_group_ends, group_of

CHECKOUT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def stand_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return environment_with_stand_in(tmp_path_factory.mktemp("environment"))


@pytest.fixture
def hub_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of the hub."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


def engine_of(python: Path, *flags: str, **settings: Any) -> VllmServe:
    return VllmServe(VllmServeSettings(python=python, flags=flags, startup_timeout_seconds=30, **settings))


def logged(log: Path, what: str) -> Any:
    (line,) = [line for line in log.read_text().splitlines() if line.startswith(f"{what} ")]
    return json.loads(line.removeprefix(f"{what} "))


class TestSettings:
    def test_nothing_has_to_be_set(self) -> None:
        settings = VllmServeSettings()
        assert settings.startup_timeout_seconds == 900
        assert VllmServe(settings).python == Path(sys.executable)
        assert VllmServe(settings).flags == ("--dtype", "auto")

    def test_numbers_may_be_written_as_such(self) -> None:
        settings = VllmServeSettings.model_validate(
            {"flags": ["--max-model-len", 8192, "--gpu-memory-utilization", 0.92]}
        )
        assert settings.flags == ("--max-model-len", "8192", "--gpu-memory-utilization", "0.92")
        assert VllmServeSettings.model_validate_json(settings.model_dump_json()) == settings

    @pytest.mark.parametrize(
        "flag",
        ["--host", "--port=1", "--model", "--served-model-name", "--served_model_name", "--served", "--dtype=float16"],
    )
    def test_a_flag_of_the_engine_itself_is_an_error(self, flag: str) -> None:
        with pytest.raises(ValidationError, match=rf"the engine sets {flag.split('=', maxsplit=1)[0]} itself"):
            VllmServeSettings(flags=("--enforce-eager", flag))

    @pytest.mark.parametrize("flag", ["--uds", "--api-key", "--api_key=secret", "--headless", "--ssl-keyfile"])
    def test_a_flag_that_hides_the_server_is_an_error(self, flag: str) -> None:
        with pytest.raises(ValidationError, match=rf"with {flag.split('=', maxsplit=1)[0]} the pipeline can't reach"):
            VllmServeSettings(flags=(flag,))

    def test_a_flag_and_its_value_in_one_item_is_an_error(self) -> None:
        with pytest.raises(ValidationError, match="'--max-model-len 8192' as two items"):
            VllmServeSettings(flags=("--max-model-len 8192",))

    def test_flags_that_only_resemble_those_of_the_engine_are_passed_on(self) -> None:
        flags = ("--model-impl", "auto", "--api-server-count=1", "--compilation-config", '{"mode": 3}', "-tp", "1")
        assert VllmServeSettings(flags=flags).flags == flags

    def test_an_unknown_setting_is_an_error(self) -> None:
        with pytest.raises(ValidationError, match="max_model_len"):
            VllmServeSettings.model_validate({"max_model_len": 8192})


class TestStartAndStop:
    def test_it_answers_under_the_name_it_was_given(self, stand_in: Path, tmp_path: Path) -> None:
        engine = engine_of(stand_in, "--enforce-eager", dtype="bfloat16")
        log = tmp_path / "log"
        with running_server(engine, tmp_path, log_path=log, model_name="teacher") as server:
            assert ask(server, "hello") == "hello"
            port = server.endpoint.base_url.removesuffix("/v1").rpartition(":")[2]
        served = ["--host", "127.0.0.1", "--port", port, "--served-model-name", "teacher"]
        assert logged(log, "arguments") == ["serve", str(tmp_path), *served, "--dtype", "bfloat16", "--enforce-eager"]
        assert engine.flags == ("--dtype", "bfloat16", "--enforce-eager")

    def test_its_engine_process_is_gone_when_the_context_ends(self, stand_in: Path, tmp_path: Path) -> None:
        with running_server(engine_of(stand_in), tmp_path, log_path=tmp_path / "log") as server:
            assert len(group_of(server.process.pid)) == 3, "the server, its engine, and what watches over them"
        assert not group_of(server.process.pid)

    def test_its_engine_process_is_gone_when_the_server_is_killed(self, stand_in: Path, tmp_path: Path) -> None:
        with running_server(engine_of(stand_in), tmp_path, log_path=tmp_path / "log") as server:
            server.process.send_signal(signal.SIGKILL)
            assert_group_ends(server.process.pid)

    @pytest.mark.skipif(sys.platform != "linux", reason="only Linux can be asked to")
    def test_its_engine_process_is_gone_when_the_pipeline_is_killed(self, stand_in: Path, tmp_path: Path) -> None:
        starter = subprocess.Popen(
            [sys.executable, "-c", STARTER, str(stand_in), str(tmp_path)],
            env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
            stdout=subprocess.PIPE,
            text=True,
        )
        with starter:
            try:
                assert starter.stdout is not None
                server = int(starter.stdout.readline())
                assert len(group_of(server)) == 3
            finally:
                starter.kill()
        assert_group_ends(server)

    def test_a_slow_start_is_waited_for(self, stand_in: Path, tmp_path: Path) -> None:
        engine = engine_of(stand_in, "--fault", "warms up")
        with running_server(engine, tmp_path, log_path=tmp_path / "log") as server:
            assert ask(server, "hello") == "hello"

    def test_an_end_at_the_start_is_an_error_with_the_last_words_of_its_log(
        self, stand_in: Path, tmp_path: Path
    ) -> None:
        with (
            pytest.raises(
                ServerError, match=r"no weights in this folder\n.* ended with exit code 1 before it answered"
            ),
            running_server(engine_of(stand_in, "--fault", "ends"), tmp_path, log_path=tmp_path / "log"),
        ):
            pytest.fail("a dead server is not ready")

    def test_a_flag_that_vllm_does_not_know_is_an_error_in_its_words(self, stand_in: Path, tmp_path: Path) -> None:
        with (
            pytest.raises(ServerError, match=r"unrecognized arguments: --max-modle-len"),
            running_server(engine_of(stand_in, "--max-modle-len", "8"), tmp_path, log_path=tmp_path / "log"),
        ):
            pytest.fail("a dead server is not ready")

    def test_a_server_that_never_answers_is_an_error_and_ended(self, stand_in: Path, tmp_path: Path) -> None:
        engine = VllmServe(VllmServeSettings(python=stand_in, flags=("--fault", "hangs"), startup_timeout_seconds=2))
        log = tmp_path / "log"
        with (
            pytest.raises(ServerError, match=r"no answer within 2 s: it does not listen on its port"),
            running_server(engine, tmp_path, log_path=log),
        ):
            pytest.fail("a silent server is not ready")
        words = log.read_text().split()
        assert not group_of(int(words[words.index("as") + 1]))


STARTER = """
import sys, time
from pathlib import Path
from distil_dagster.serving.engine import running_server
from tests.serving.test_vllm_serve import engine_of

folder = Path(sys.argv[2])
engine = engine_of(Path(sys.argv[1]), "--fault", "obstinate")
with running_server(engine, folder, log_path=folder / "log") as server:
    print(server.process.pid, flush=True)
    time.sleep(600)
"""


class TestEnvironment:
    def test_the_version_is_that_of_the_environment(self, stand_in: Path) -> None:
        assert engine_of(stand_in).version == "0.0.1 (torch 0.0.2)"

    def test_its_interpreter_may_be_named_from_the_home_folder(self) -> None:
        assert engine_of(Path("~/vllm/bin/python")).python == Path.home() / "vllm" / "bin" / "python"

    def test_the_environment_is_asked_once(self, stand_in: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        engine = engine_of(stand_in)
        version = engine.version
        monkeypatch.setattr(subprocess, "run", lambda *_, **__: pytest.fail("asked again"))
        assert engine.version == version

    def test_without_vllm_nothing_is_started(self, tmp_path: Path) -> None:
        python = environment_without_vllm(tmp_path / "environment")
        with (
            pytest.raises(
                ServerError, match=rf"^there is no vLLM for {python} \(.*\): `{python} -m pip install vllm`, or"
            ),
            running_server(engine_of(python), tmp_path, log_path=tmp_path / "log"),
        ):
            pytest.fail("there is no vLLM")
        assert not (tmp_path / "log").exists()

    def test_an_interpreter_that_is_not_there_is_an_error(self, tmp_path: Path) -> None:
        with pytest.raises(ServerError, match=rf"^{tmp_path}/python can't be run \(No such file or directory\): name"):
            _ = engine_of(tmp_path / "python").version

    def test_it_is_as_if_its_environment_were_activated(self, stand_in: Path, tmp_path: Path) -> None:
        with running_server(engine_of(stand_in), tmp_path, log_path=tmp_path / "log"):
            pass
        environment = logged(tmp_path / "log", "environment")
        assert environment["PATH"].split(os.pathsep)[0] == str(stand_in.parent)
        assert "PYTHONPATH" not in environment
        assert logged(tmp_path / "log", "modules") == [], "it finds packages of the pipeline's environment"

    def test_it_gets_caches_and_tuning_but_no_keys_and_no_network(self) -> None:
        given = {
            "HF_HOME": "/models",
            "TIKTOKEN_ENCODINGS_BASE": "/vocabulary",
            "VLLM_CPU_KVCACHE_SPACE": "4",
            "VLLM_API_KEY": "secret",
            "HF_TOKEN": "secret",
            "PYTHONPATH": "/packages",
        }
        environment = environment_of(Path("/vllm/bin/python"), server_environment(given))
        kept = ("HF_HOME", "TIKTOKEN_ENCODINGS_BASE", "VLLM_CPU_KVCACHE_SPACE")
        assert [environment[name] for name in kept] == ["/models", "/vocabulary", "4"]
        assert (environment["HF_HUB_OFFLINE"], environment["DO_NOT_TRACK"]) == ("1", "1")
        assert not {"VLLM_API_KEY", "HF_TOKEN", "PYTHONPATH"} & set(environment)


class TestModel:
    def test_a_model_of_the_hub_is_served_by_its_name(self, stand_in: Path, tmp_path: Path, hub_cache: Path) -> None:
        (hub_cache / "models--openai--gpt-oss-120b" / "snapshots").mkdir(parents=True)
        with running_server(engine_of(stand_in), "openai/gpt-oss-120b", log_path=tmp_path / "log"):
            pass
        assert logged(tmp_path / "log", "arguments")[:2] == ["serve", "openai/gpt-oss-120b"]

    @pytest.mark.parametrize(
        ("model", "error"),
        [
            (
                "openai/gpt-oss-120b",
                "openai/gpt-oss-120b is no folder, nor a model in .*hub: `hf download openai/gpt-oss",
            ),
            ("/no/such/folder", "there is no folder /no/such/folder: correct the name"),
        ],
    )
    @pytest.mark.usefixtures("hub_cache")
    def test_a_model_that_is_not_here_is_an_error_before_anything_is_started(
        self, stand_in: Path, tmp_path: Path, model: str, error: str
    ) -> None:
        with (
            pytest.raises(ServerError, match=f"^{error}"),
            running_server(engine_of(stand_in), model, log_path=tmp_path / "log"),
        ):
            pytest.fail("there is no such model")
        assert not (tmp_path / "log").exists()
