"""Fine-tunes a student on a table of rows, in a process of its own.

    python -m distil_dagster.students.finetune --rows rows.parquet --task-folder DIR --recipe recipe.json
        --base-model JSON --cache DIR --output DIR --checkpoints DIR [--device cpu|cuda]

Writes `adapter/`, `curve.parquet` and, last, `summary.json`. Killed and started again with the same arguments it goes
on from its last checkpoint. What training does is in `training`. Started by `accelerate launch` it trains in several
processes, one per GPU.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from distil_dagster.progress import Progress
from distil_dagster.students.settings import BASE_MODEL_SOURCE, FinetuneRecipe
from distil_dagster.students.worker import run_worker


def main(arguments: list[str] | None = None) -> int:
    """Train an adapter; returns the exit code."""
    parser = argparse.ArgumentParser(description="Fine-tune a student on a table of rows.")
    parser.add_argument("--rows", required=True, type=Path, help="Parquet table with id, question, answer")
    parser.add_argument("--task-folder", required=True, type=Path, help="the task the rows belong to")
    parser.add_argument("--recipe", required=True, type=Path, help="JSON file of a FinetuneRecipe")
    parser.add_argument("--base-model", required=True, help="JSON of a BaseModelSource")
    parser.add_argument("--cache", required=True, type=Path, help="folder for converted and downloaded models")
    parser.add_argument("--output", required=True, type=Path, help="folder for the adapter, curve and summary")
    parser.add_argument("--checkpoints", required=True, type=Path, help="folder that outlives a killed run")
    parser.add_argument("--device", choices=("cpu", "cuda"), help="CUDA where there is one, if not given")
    options = parser.parse_args(arguments)
    return run_worker(lambda progress: _finetune(options, progress))


def _finetune(options: argparse.Namespace, progress: Progress) -> None:
    from transformers.utils.logging import disable_progress_bar

    from distil_dagster.students.base_model import resolve_base_model
    from distil_dagster.students.data_parallel import training_processes
    from distil_dagster.students.precision import choose_precision
    from distil_dagster.students.training import finetune
    from distil_dagster.tasks import load_task
    from distil_dagster.tasks.seed_set import read_rows

    disable_progress_bar()
    recipe = FinetuneRecipe.model_validate_json(options.recipe.read_text())
    source = BASE_MODEL_SOURCE.validate_json(options.base_model)
    with training_processes(options.device) as processes:
        summary = finetune(
            load_task(options.task_folder),
            read_rows(options.rows),
            recipe,
            base_model=resolve_base_model(source, options.cache),
            precision=choose_precision(options.device),
            checkpoints=options.checkpoints,
            output=options.output,
            progress=progress,
            processes=processes,
        )
    progress.report(
        f"kept step {summary.kept_step} of {summary.steps}, held-back loss {summary.kept_held_back_loss:.4f}, "
        f"{summary.tokens_per_second:.0f} tokens/s",
        final=True,
    )


if __name__ == "__main__":
    sys.exit(main())
