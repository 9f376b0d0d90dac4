"""`ablation_adapters`: the trainings that differ from the full recipe by one thing each."""

from collections.abc import Mapping

import dagster as dg

from assets.partitions import by_task_and_student
from assets.trained_arms import full_recipe, trained_arm
from assets.unvaried_corpus import unvaried_corpus
from distil_dagster.ablations.plan import AblationPlan, PlannedAblation, plan_ablations
from distil_dagster.ablations.unvaried import needs_unvaried_corpus
from distil_dagster.artifacts import Artifact, Workspace
from distil_dagster.students.settings import FinetuneSummary
from resources import Artifacts, Launcher, ProfileResource
from resources.artifacts import partition_of, shown_table


@dg.asset(
    partitions_def=by_task_and_student,
    group_name="ablations",
    deps=["seed_set", "synthetic_corpus", "lora_adapter"],
    kinds={"peft", "pytorch"},
    pool="gpu",
    code_version="1",
)
def ablation_adapters(
    context: dg.AssetExecutionContext, artifacts: Artifacts, profile: ProfileResource, launcher: Launcher
) -> dg.MaterializeResult:
    """An adapter for each ablation of the profile that needs a training, by the rows and recipe of `lora_adapter`.

    Nothing is trained whose rows, recipe, base model and code are those of a training that was done before, also not by
    the Materialize button. The artifact says by which training each ablation is measured, and which make no sense here.
    """
    settings = profile.load()
    recipe = full_recipe(artifacts, settings, partition_of(context))
    unvaried = (
        unvaried_corpus(context, artifacts, launcher, settings, seeds=recipe.seeds, corpus=recipe.corpus)
        if needs_unvaried_corpus(settings.ablations, recipe.corpus.local())
        else None
    )
    corpora = {corpus.local(): corpus for corpus in (recipe.corpus, unvaried) if corpus}
    plan, trainings = plan_ablations(
        settings.ablations, recipe.full, key=recipe.key, unvaried_corpus=unvaried.local() if unvaried else None
    )
    names = {planned.training: planned.name for planned in reversed(plan.ablations) if planned.training}
    arms = {
        key: trained_arm(
            context, artifacts, launcher, recipe, training, name=names[key], corpus=corpora[training.corpus]
        )
        for key, training in trainings.items()
    }

    def produce(workspace: Workspace) -> dict[str, int]:
        (workspace.draft / "summary.json").write_text(plan.model_dump_json(indent=2))
        return {"ablations": len(plan.ablations), "trainings": len(arms)}

    return artifacts.materialize(
        context,
        inputs=[recipe.adapter, *arms.values()],
        parameters={
            "ablations": {
                name: ablation.model_dump(mode="json", exclude_unset=True)
                for name, ablation in settings.ablations.items()
            },
            "curation": recipe.full.curation.model_dump(mode="json"),
        },
        produce=produce,
        describe=lambda artifact: _describe(artifact, arms),
    )


def _describe(artifact: Artifact, arms: Mapping[str, Artifact]) -> dict[str, dg.MetadataValue]:
    plan = artifact.summary(AblationPlan)
    return {"ablations": shown_table([_record(planned, arms) for planned in plan.ablations])}


def _record(planned: PlannedAblation, arms: Mapping[str, Artifact]) -> dg.TableRecord:
    record: dict[str, str | int | float | bool | None] = {
        "ablation": planned.name,
        "what_differs": planned.difference,
        "rows": None,
        "steps": None,
        "held_back_loss": None,
        "training_seconds": None,
        "training": planned.not_measured or "none: the base model is asked",
    }
    if planned.training:
        arm = arms[planned.training]
        summary = arm.summary(FinetuneSummary)
        record |= {
            "rows": summary.rows,
            "steps": summary.steps,
            "held_back_loss": round(summary.kept_held_back_loss, 4),
            "training_seconds": round(summary.seconds, 1),
            "training": arm.manifest.fingerprint[:16],
        }
    return dg.TableRecord(record)
