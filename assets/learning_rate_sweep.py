"""`learning_rate_sweep`: the full recipe with other learning rates, judged by the rows held back from its corpus."""

from dataclasses import replace

import dagster as dg

from assets.partitions import by_task_and_student
from assets.trained_arms import full_recipe, trained_arm
from distil_dagster.ablations.sweep import SweepPoint, SweepSummary, swept
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
    check_specs=[
        dg.AssetCheckSpec(
            "within_the_sweep",
            asset="learning_rate_sweep",
            partitions_def=by_task_and_student,
            description="The chosen rate is neither the lowest nor the highest that was tried.",
        )
    ],
)
def learning_rate_sweep(
    context: dg.AssetExecutionContext, artifacts: Artifacts, profile: ProfileResource, launcher: Launcher
) -> dg.MaterializeResult:
    """The learning rate with the lowest held-back loss, of those in the profile and the recipe's own.

    All train on the rows of `lora_adapter` and hold back the same ones; the test set is never asked. What was trained
    before, here or as an ablation, is not trained again. Setting the chosen rate in the profile is left to a person.
    """
    settings = profile.load()
    recipe = full_recipe(artifacts, settings, partition_of(context))
    own = recipe.full.training
    others = [rate for rate in dict.fromkeys(settings.learning_rate_sweep) if rate != own.recipe.learning_rate]
    arms = {
        rate: trained_arm(
            context,
            artifacts,
            launcher,
            recipe,
            replace(own, recipe=own.recipe.model_copy(update={"learning_rate": rate})),
            name=f"learning rate {rate:g}",
            corpus=recipe.corpus,
        )
        for rate in others
    }

    def produce(workspace: Workspace) -> dict[str, int]:
        trained = {own.recipe.learning_rate: recipe.adapter, **arms}
        summary = swept(
            [
                SweepPoint.of(rate, adapter.summary(FinetuneSummary), of_the_recipe=adapter is recipe.adapter)
                for rate, adapter in trained.items()
            ]
        )
        (workspace.draft / "summary.json").write_text(summary.model_dump_json(indent=2))
        return {"learning_rates": len(summary.points)}

    return artifacts.materialize(
        context,
        inputs=[recipe.adapter, *arms.values()],
        parameters={"learning_rates": others},
        produce=produce,
        describe=_describe,
        check=lambda artifact: [_within_the_sweep(artifact.summary(SweepSummary))],
    )


def _within_the_sweep(summary: SweepSummary) -> dg.AssetCheckResult:
    rates = [point.learning_rate for point in summary.points]
    return dg.AssetCheckResult(
        check_name="within_the_sweep",
        passed=min(rates) < summary.chosen < max(rates),
        severity=dg.AssetCheckSeverity.WARN,
        description=summary.reason,
    )


def _describe(artifact: Artifact) -> dict[str, dg.MetadataValue]:
    summary = artifact.summary(SweepSummary)
    return {
        "chosen": dg.MetadataValue.float(summary.chosen),
        "reason": dg.MetadataValue.text(summary.reason),
        "rates": shown_table([dg.TableRecord(point.model_dump()) for point in summary.points]),
    }
