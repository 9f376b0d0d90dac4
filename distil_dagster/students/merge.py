"""Folds an adapter into its base model, in a process of its own, and proves that nothing changed by it.

    python -m distil_dagster.students.merge --adapter DIR --base-model JSON --cache DIR --rows rows.parquet
        --task-folder DIR --output DIR [--device cpu|cuda]

Writes a model folder that servers load (safetensors, tokenizer, chat template, generation config) and, last,
`summary.json` with the verdict of the parity check. What merging and the check do is in `merging`.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from distil_dagster.progress import Progress
from distil_dagster.students.settings import BASE_MODEL_SOURCE
from distil_dagster.students.worker import run_worker


def main(arguments: list[str] | None = None) -> int:
    """Merge an adapter; returns the exit code, which is 0 for a merged model that fails the parity check too."""
    parser = argparse.ArgumentParser(description="Merge an adapter into its base model and check the result.")
    parser.add_argument("--adapter", required=True, type=Path, help="folder of a PEFT adapter")
    parser.add_argument("--base-model", required=True, help="JSON of the BaseModelSource it was trained on")
    parser.add_argument("--cache", required=True, type=Path, help="folder for converted and downloaded models")
    parser.add_argument("--rows", required=True, type=Path, help="Parquet table of rows to compare on")
    parser.add_argument("--task-folder", required=True, type=Path, help="the task the rows belong to")
    parser.add_argument("--output", required=True, type=Path, help="folder for the merged model and summary")
    parser.add_argument("--device", choices=("cpu", "cuda"), help="CUDA where there is one, if not given")
    options = parser.parse_args(arguments)
    return run_worker(lambda progress: _merge(options, progress))


def _merge(options: argparse.Namespace, progress: Progress) -> None:
    from transformers.utils.logging import disable_progress_bar

    from distil_dagster.students.base_model import resolve_base_model
    from distil_dagster.students.merging import merge, merge_parity
    from distil_dagster.students.precision import choose_precision
    from distil_dagster.tasks import load_task
    from distil_dagster.tasks.seed_set import read_rows

    disable_progress_bar()
    precision = choose_precision(options.device)
    base_model = resolve_base_model(BASE_MODEL_SOURCE.validate_json(options.base_model), options.cache)
    task = load_task(options.task_folder)
    progress.report("merging the adapter into the base model", final=True)
    merge(base_model, options.adapter, dtype=precision.dtype, output=options.output)
    progress.report("comparing the merged model, read back from disk, with base and adapter", final=True)
    summary = merge_parity(
        task,
        read_rows(options.rows),
        base_model=base_model,
        adapter=options.adapter,
        merged=options.output,
        precision=precision,
    )
    (options.output / "summary.json").write_text(summary.model_dump_json(indent=2))
    progress.report(
        f"{summary.token_agreement:.2%} of {summary.compared_tokens} tokens agree, "
        f"logits differ by at most {summary.largest_logit_difference:.2g}",
        final=True,
    )


if __name__ == "__main__":
    sys.exit(main())
