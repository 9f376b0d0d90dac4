"""What all adapters share: the worker that trains them, and what a person sees of the result."""

from pathlib import Path

import dagster as dg

from assets.partitions import by_task_and_student
from distil_dagster.artifacts import Artifact, Workspace
from distil_dagster.profile import DeviceProfile, Profile, StudentProfile
from distil_dagster.reports.sparklines import curve_svg, markdown_image
from distil_dagster.reports.students import curve_points
from distil_dagster.students.settings import FinetuneRecipe, FinetuneSummary
from distil_dagster.students.training_rows import write_training_rows
from distil_dagster.tasks.seed_set import read_seed_set
from resources import Artifacts, Launcher
from resources.artifacts import partition_of

ROWS = "rows.parquet"
"""The rows that an adapter was trained on, beside it."""
DIVERGED_TIMES = 2.0
"""A training that ends with so many times the loss that it began with has learnt nothing."""
REPEATED = "training_seed_{}"
"""The folder of a further training within the artifact."""


def learnt_spec(asset: str) -> dg.AssetCheckSpec:
    """The check of an adapter; it blocks if the training diverged, so that no such student is merged and measured."""
    return dg.AssetCheckSpec(
        "learnt",
        asset=asset,
        partitions_def=by_task_and_student,
        blocking=True,
        description="The training's loss fell, and that of the held-back rows is no multiple of the first one.",
    )


def train_adapter(
    context: dg.AssetExecutionContext,
    artifacts: Artifacts,
    profile: Profile,
    launcher: Launcher,
    *,
    recipe: FinetuneRecipe,
    seeds: Artifact,
    corpus: Artifact | None,
) -> dg.MaterializeResult:
    """Choose the rows, train an adapter on them in a process of its own, and publish it.

    The profile may ask for several trainings that differ by their random seed alone: the first is the one that is
    served, the others tell how much of a score is luck.
    """
    student = profile.students[partition_of(context)["student"]]
    task = read_seed_set(seeds.local())

    def train(recipe: FinetuneRecipe, output: Path, checkpoints: Path) -> None:
        output.mkdir(exist_ok=True)
        corpus_rows = corpus.local() / "rows.parquet" if corpus else None
        write_training_rows(task, corpus_rows, recipe, output / ROWS)
        finetune(
            context,
            artifacts,
            launcher,
            seeds=seeds,
            student=student,
            device=profile.device,
            recipe=recipe,
            output=output,
            checkpoints=checkpoints,
        )

    def produce(workspace: Workspace) -> dict[str, int]:
        for number in range(profile.training_seeds):
            again = recipe.model_copy(update={"random_seed": recipe.random_seed + number})
            name = REPEATED.format(number)
            output = workspace.draft / name if number else workspace.draft
            if not (output / "summary.json").exists():
                train(again, output, workspace.checkpoints / name)
        summary = FinetuneSummary.model_validate_json((workspace.draft / "summary.json").read_text())
        return {"rows": summary.rows, "held_back_rows": summary.held_back_rows, "steps": summary.steps}

    return artifacts.materialize(
        context,
        inputs=[seeds, corpus] if corpus else [seeds],
        parameters={
            "student": student.model_dump(mode="json"),
            "recipe": recipe.model_dump(mode="json"),
            "training_seeds": profile.training_seeds,
            "device": profile.device.kind,
        },
        produce=produce,
        describe=_describe,
        check=lambda artifact: [_learnt(artifact.summary(FinetuneSummary))],
    )


def _learnt(summary: FinetuneSummary) -> dg.AssetCheckResult:
    diverged = summary.kept_held_back_loss > DIVERGED_TIMES * summary.first_loss
    return dg.AssetCheckResult(
        check_name="learnt",
        passed=summary.last_loss < summary.first_loss and not diverged,
        severity=dg.AssetCheckSeverity.ERROR if diverged else dg.AssetCheckSeverity.WARN,
        description=(
            f"The loss went from {summary.first_loss:.3f} to {summary.last_loss:.3f}; that of the "
            f"{summary.held_back_rows} held-back rows is {summary.kept_held_back_loss:.3f}."
        ),
        metadata={
            "first_loss": summary.first_loss,
            "last_loss": summary.last_loss,
            "held_back_loss": summary.kept_held_back_loss,
        },
    )


def finetune(
    context: dg.AssetExecutionContext,
    artifacts: Artifacts,
    launcher: Launcher,
    *,
    seeds: Artifact,
    student: StudentProfile,
    device: DeviceProfile,
    recipe: FinetuneRecipe,
    output: Path,
    checkpoints: Path,
) -> None:
    """Train an adapter on the rows that lie in `output` (`ROWS`), in a process of its own; it is written beside them.

    Started again after a kill, with the same rows, recipe and checkpoints, it goes on from the last checkpoint.
    """
    recipe_file = output / "recipe.json"
    recipe_file.write_text(recipe.model_dump_json(indent=2))
    arguments = (
        *("--rows", output / ROWS),
        *("--task-folder", seeds.local() / "folder"),
        *("--recipe", recipe_file),
        *("--base-model", student.base_model.model_dump_json()),
        *("--cache", artifacts.folder.base_models),
        *("--device", device.kind),
        *("--output", output),
        *("--checkpoints", checkpoints),
    )
    launcher.run(context, "distil_dagster.students.finetune", arguments, processes=device.num_processes)


def adapter_folders(artifact: Artifact) -> list[Path]:
    """The folders of the adapters that were trained, the one that is served first."""
    repeated = sorted(artifact.local().glob(REPEATED.format("*")))
    return [folder / "adapter" for folder in (artifact.local(), *repeated)]


def _describe(artifact: Artifact) -> dict[str, dg.MetadataValue]:
    """The numbers, the curve and one decoded example with its mask."""
    summary = artifact.summary(FinetuneSummary)
    return {
        "held_back_loss": dg.MetadataValue.float(summary.kept_held_back_loss),
        "training_seconds": dg.MetadataValue.float(summary.seconds),
        "tokens_per_second": dg.MetadataValue.float(summary.tokens_per_second),
        "peak_memory_mib": dg.MetadataValue.float(summary.peak_memory_mib),
        "tokenizer_sha256": dg.MetadataValue.text(summary.tokenizer_sha256 or "not recorded"),
        "chat_template_sha256": dg.MetadataValue.text(summary.chat_template_sha256 or "not recorded"),
        "curve": dg.MetadataValue.md(markdown_image("training curve", curve_svg(curve_points(artifact)))),
        "supervised_example": dg.MetadataValue.md(
            f"Trained on what stands in ⟦ ⟧.\n\n```\n{summary.decoded_example}\n```"
        ),
    }
