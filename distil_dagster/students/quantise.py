"""Quantises a merged model, in a process of its own.

    python -m distil_dagster.students.quantise --model DIR --settings JSON --output DIR

Writes a model folder that servers load (safetensors, tokenizer, chat template, generation config) and, last,
`summary.json` (`settings.QuantisationSummary`). It takes no GPU: each weight is rounded by itself.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from distil_dagster.progress import Progress
from distil_dagster.students.settings import QuantisationSettings
from distil_dagster.students.worker import run_worker


def main(arguments: list[str] | None = None) -> int:
    """Quantise a model; returns the exit code."""
    parser = argparse.ArgumentParser(description="Quantise a merged model for a server.")
    parser.add_argument("--model", required=True, type=Path, help="folder of a merged model")
    parser.add_argument("--settings", required=True, type=QuantisationSettings.model_validate_json, help="as JSON")
    parser.add_argument("--output", required=True, type=Path, help="existing folder for the quantised model")
    options = parser.parse_args(arguments)
    return run_worker(lambda progress: _quantise(options, progress))


def _quantise(options: argparse.Namespace, progress: Progress) -> None:
    from transformers.utils.logging import disable_progress_bar

    from distil_dagster.students.quantising import quantise

    disable_progress_bar()
    progress.report(f"quantising the merged model to {options.settings.scheme}", final=True)
    summary = quantise(options.model, options.settings, output=options.output)
    (options.output / "summary.json").write_text(summary.model_dump_json(indent=2))
    progress.report(
        f"{summary.matrices} matrices, {summary.quantised_share:.0%} of the parameters; "
        f"{summary.bytes / summary.merged_bytes:.0%} of the size",
        final=True,
    )


if __name__ == "__main__":
    sys.exit(main())
