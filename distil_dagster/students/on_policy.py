"""Trains an adapter further on its student's own answers, in a process of its own.

    python -m distil_dagster.students.on_policy --rows rows.parquet --task-folder DIR --recipe recipe.json
        --settings JSON --adapter DIR --base-model JSON --cache DIR --output DIR --checkpoints DIR [--device cpu|cuda]

`--settings` is an `OnPolicySettings`, which names the teacher. Writes `adapter/`, `curve.parquet` and, last,
`summary.json`. Killed and started again with the same arguments it goes on from its last checkpoint. What it does is in
`on_policy_training`. It trains in one process, whatever the machine has.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from distil_dagster.progress import Progress
from distil_dagster.students.settings import BASE_MODEL_SOURCE, FinetuneRecipe, OnPolicySettings
from distil_dagster.students.worker import run_worker


def main(arguments: list[str] | None = None) -> int:
    """Train an adapter further; returns the exit code."""
    parser = argparse.ArgumentParser(description="Train an adapter further on its student's own answers.")
    parser.add_argument("--rows", required=True, type=Path, help="the Parquet table that the adapter was trained on")
    parser.add_argument("--task-folder", required=True, type=Path, help="the task the rows belong to")
    parser.add_argument("--recipe", required=True, type=Path, help="JSON file of the adapter's FinetuneRecipe")
    parser.add_argument("--settings", required=True, help="JSON of OnPolicySettings")
    parser.add_argument("--adapter", required=True, type=Path, help="folder of a PEFT adapter")
    parser.add_argument("--base-model", required=True, help="JSON of the BaseModelSource it was trained on")
    parser.add_argument("--cache", required=True, type=Path, help="folder for converted and downloaded models")
    parser.add_argument("--output", required=True, type=Path, help="folder for the adapter, curve and summary")
    parser.add_argument("--checkpoints", required=True, type=Path, help="folder that outlives a killed run")
    parser.add_argument("--device", choices=("cpu", "cuda"), help="CUDA where there is one, if not given")
    options = parser.parse_args(arguments)
    return run_worker(lambda progress: _train(options, progress))


def _train(options: argparse.Namespace, progress: Progress) -> None:
    from transformers.utils.logging import disable_progress_bar

    from distil_dagster.students.base_model import BaseModelError, resolve_base_model
    from distil_dagster.students.on_policy_training import distil_on_policy
    from distil_dagster.students.precision import choose_precision
    from distil_dagster.tasks import load_task
    from distil_dagster.tasks.seed_set import read_rows

    disable_progress_bar()
    settings = OnPolicySettings.model_validate_json(options.settings)
    try:
        teacher = resolve_base_model(settings.teacher, options.cache)
    except BaseModelError as error:
        raise BaseModelError(f"on_policy.teacher can't be had: {error}") from error
    summary = distil_on_policy(
        load_task(options.task_folder),
        read_rows(options.rows),
        FinetuneRecipe.model_validate_json(options.recipe.read_text()),
        settings,
        base_model=resolve_base_model(BASE_MODEL_SOURCE.validate_json(options.base_model), options.cache),
        adapter=options.adapter,
        teacher=teacher,
        precision=choose_precision(options.device),
        checkpoints=options.checkpoints,
        output=options.output,
        progress=progress,
    )
    progress.report(
        f"kept step {summary.kept_step} of {summary.steps}; divergence from the teacher on held-back rows "
        f"{summary.first_held_back_loss:.4f} before, {summary.kept_held_back_loss:.4f} after",
        final=True,
    )


if __name__ == "__main__":
    sys.exit(main())
