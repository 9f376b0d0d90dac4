"""vLLM's own server, from an environment of its own, for a GPU or a CPU. docs/vllm.md says how to install it."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from distil_dagster.serving.engine import HOST, ServerError, server_environment
from distil_dagster.serving.other_environment import environment_of
from distil_dagster.serving.settings import VllmServeSettings

MODULE = "vllm.entrypoints.cli.main"
"""What the script `vllm` calls; as a module it needs no script where the interpreter is."""
PACKAGE_PARENT = Path(__file__).parents[2]
VERSIONS = 'from importlib.metadata import version; print(f\'{version("vllm")} (torch {version("torch")})\')'


@dataclass(frozen=True)
class VllmServe:
    """The engine as `distil_dagster.serving.engine.Engine` describes it."""

    settings: VllmServeSettings
    own_flags: tuple[str, ...] = ()
    """Those that whoever starts it needs, before those of the settings."""

    name = "vllm serve"

    @property
    def python(self) -> Path:
        """The interpreter that has vLLM. Not resolved: where a link to it lies decides which packages it has."""
        return PACKAGE_PARENT / (self.settings.python or Path(sys.executable)).expanduser()

    @cached_property
    def version(self) -> str:
        """Of vLLM and of torch, as their environment says.

        Raises:
            ServerError: if there is no vLLM.
        """
        environment = environment_of(self.python, server_environment(os.environ))
        advice = "name the interpreter of one that has it in the engine's `python` (docs/vllm.md says how to make one)"
        try:
            asked = subprocess.run(
                [self.python, "-c", VERSIONS], env=environment, capture_output=True, text=True, check=False
            )
        except OSError as error:
            raise ServerError(f"{self.python} can't be run ({error.strerror}): {advice}") from error
        if asked.returncode != 0:
            reason = (asked.stderr.splitlines() or ["no reason given"])[-1]
            raise ServerError(
                f"there is no vLLM for {self.python} ({reason}): `{self.python} -m pip install vllm`, or {advice}"
            )
        return asked.stdout.strip()

    @property
    def flags(self) -> tuple[str, ...]:
        """As set, behind the variables that are set for it."""
        return (*self._variables, *self._arguments)

    @property
    def startup_timeout_seconds(self) -> float:
        """As set."""
        return self.settings.startup_timeout_seconds

    def command(self, model: Path, /, *, model_name: str, port: int) -> list[str]:
        """`vllm serve` with a model folder, or a model of the hub (`organisation/name`) that is in the local cache.

        Raises:
            ServerError: if there is no vLLM, or no such model on this machine.
        """
        _ = self.version  # raises without vLLM, before anything is started and waited for
        served = ("--host", HOST, "--port", str(port), "--served-model-name", model_name)
        launched = (str(self.python), "-m", MODULE, "serve", _local(model), *served, *self._arguments)
        return ["env", *self._variables, sys.executable, "-m", "distil_dagster.serving.other_environment", *launched]

    @property
    def _variables(self) -> tuple[str, ...]:
        return tuple(f"{name}={value}" for name, value in self.settings.variables.items())

    @property
    def _arguments(self) -> tuple[str, ...]:
        return ("--dtype", self.settings.dtype, *self.own_flags, *self.settings.flags)


def _local(model: Path) -> str:
    """What vLLM finds the model by without a network."""
    from huggingface_hub.constants import HF_HUB_CACHE
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.file_download import repo_folder_name

    if model.is_dir():
        return str(model.absolute())
    try:
        cached = Path(HF_HUB_CACHE, repo_folder_name(repo_id=str(model), repo_type="model"))
    except HFValidationError as error:
        raise ServerError(f"there is no folder {model}: correct the name of the model") from error
    if not (cached / "snapshots").is_dir():
        raise ServerError(
            f"{model} is no folder, nor a model in {HF_HUB_CACHE}: `hf download {model}`, or correct its name"
        )
    return str(model)
