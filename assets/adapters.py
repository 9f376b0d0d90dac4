"""What the two adapters share: the worker that trains them, and what a person sees of the result."""

import dagster as dg

from distil_dagster.artifacts import Artifact, Workspace
from distil_dagster.profile import Profile
from distil_dagster.reports.artifacts import curve_points
from distil_dagster.reports.sparklines import curve_svg, markdown_image
from distil_dagster.students.settings import FinetuneRecipe, FinetuneSummary
from distil_dagster.students.training_rows import write_training_rows
from distil_dagster.tasks.seed_set import read_seed_set
from resources import Artifacts, Launcher
from resources.artifacts import partition_of


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
    """Choose the rows, train an adapter on them in a process of its own, and publish it."""
    student = profile.students[partition_of(context)["student"]]

    def produce(workspace: Workspace) -> dict[str, int]:
        rows = workspace.draft / "rows.parquet"
        task = read_seed_set(seeds.local())
        write_training_rows(task, corpus.local() / "rows.parquet" if corpus else None, recipe, rows)
        recipe_file = workspace.draft / "recipe.json"
        recipe_file.write_text(recipe.model_dump_json(indent=2))
        arguments = (
            *("--rows", rows),
            *("--task-folder", seeds.local() / "folder"),
            *("--recipe", recipe_file),
            *("--base-model", student.base_model.model_dump_json()),
            *("--cache", artifacts.folder.base_models),
            *("--device", profile.device.kind),
            *("--output", workspace.draft),
            *("--checkpoints", workspace.checkpoints),
        )
        launcher.run(context, "distil_dagster.students.finetune", arguments)
        summary = FinetuneSummary.model_validate_json((workspace.draft / "summary.json").read_text())
        return {"rows": summary.rows, "held_back_rows": summary.held_back_rows, "steps": summary.steps}

    return artifacts.materialize(
        context,
        inputs=[seeds, corpus] if corpus else [seeds],
        parameters={
            "student": student.model_dump(mode="json"),
            "recipe": recipe.model_dump(mode="json"),
            "device": profile.device.kind,
        },
        produce=produce,
        describe=_describe,
    )


def _describe(artifact: Artifact) -> dict[str, dg.MetadataValue]:
    """The numbers, the curve and one decoded example with its mask."""
    summary = artifact.summary(FinetuneSummary)
    return {
        "held_back_loss": dg.MetadataValue.float(summary.kept_held_back_loss),
        "training_seconds": dg.MetadataValue.float(summary.seconds),
        "tokens_per_second": dg.MetadataValue.float(summary.tokens_per_second),
        "peak_memory_mib": dg.MetadataValue.float(summary.peak_memory_mib),
        "curve": dg.MetadataValue.md(markdown_image("training curve", curve_svg(curve_points(artifact)))),
        "supervised_example": dg.MetadataValue.md(
            f"Trained on what stands in ⟦ ⟧.\n\n```\n{summary.decoded_example}\n```"
        ),
    }
