"""`ablation_scores`: what each part of the recipe is worth, one row per ablation."""

import dagster as dg

from assets.columns import described_table
from assets.partitions import by_task_and_student
from assets.scored_arms import scored_arm
from assets.trained_arms import TRAINED_ARM, same_full_recipe
from distil_dagster.ablations.arms import (
    MeasuredArm,
    UnmeasuredArm,
    benchmark_arms,
    measured_arm,
    trained_on,
)
from distil_dagster.ablations.plan import AblationPlan, PlannedAblation
from distil_dagster.ablations.table import TABLE, AblationRow, AblationTable, ablation_table, write_table
from distil_dagster.ablations.teacher_gap import on_policy_arm
from distil_dagster.artifacts import Artifact, Workspace
from distil_dagster.benchmark.settings import BenchmarkSummary
from distil_dagster.profile import load_profile
from distil_dagster.reports import wording
from distil_dagster.reports.ablations import corpus_size_plot, in_words
from distil_dagster.reports.sparklines import markdown_image
from distil_dagster.tasks.seed_set import read_seed_set
from resources import Artifacts, Launcher, ProfileResource
from resources.artifacts import partition_of

PLOT = "corpus_size.svg"
ON_POLICY_ADAPTER = ["on_policy_adapter"] if load_profile().on_policy else []


@dg.asset(
    partitions_def=by_task_and_student,
    group_name="ablations",
    deps=["ablation_adapters", "benchmark_scores", *ON_POLICY_ADAPTER],
    kinds={"parquet", "openai"},
    metadata=described_table(TABLE, AblationRow),
    pool="gpu",
    code_version="1",
)
def ablation_scores(
    context: dg.AssetExecutionContext, artifacts: Artifacts, profile: ProfileResource, launcher: Launcher
) -> dg.MaterializeResult:
    """Accuracy of each ablation with its 95 % interval, and its paired difference to the full recipe.

    All are asked the questions of `benchmark_scores`, from which the full recipe, the seeds alone and the base model
    are taken as they were measured. With `on_policy` in the profile, its adapter is one more. The p values are adjusted
    for all comparisons of the table.
    """
    partition = partition_of(context)
    trained = artifacts.current("ablation_adapters", **partition)
    scores = artifacts.current("benchmark_scores", **partition)
    distilled = same_full_recipe(artifacts, scores, trained)
    task = read_seed_set(artifacts.input_of(scores, "seed_set").local())
    benchmark = scores.summary(BenchmarkSummary)
    full, others = benchmark_arms(
        scores.local(),
        full_recipe=trained_on(distilled.local(), task),
        seeds_only=trained_on(artifacts.input_of(scores, "seeds_only_adapter").local(), task),
    )
    arms: list[MeasuredArm | UnmeasuredArm] = [*others]
    answers: list[Artifact] = []
    planned: list[tuple[PlannedAblation, Artifact | None]] = [
        (ablation, artifacts.kept(trained, TRAINED_ARM, ablation.training) if ablation.training else None)
        for ablation in trained.summary(AblationPlan).ablations
    ]
    further = [artifacts.current(asset, **partition) for asset in ON_POLICY_ADAPTER]
    for on_policy in further:
        same_full_recipe(artifacts, scores, on_policy)
        planned.append((on_policy_arm(on_policy.local()), on_policy))
    for ablation, adapter in planned:
        if ablation.not_measured:
            arms.append(UnmeasuredArm(ablation.name, ablation.difference, ablation.not_measured))
            continue
        answered = scored_arm(
            context, artifacts, launcher, ablation, scores=scores, adapter=adapter, device=profile.load().device
        )
        answers.append(answered)
        arms.append(
            measured_arm(
                answered.local(),
                answered.summary(BenchmarkSummary).best_arm.arm,
                name=ablation.name,
                difference=ablation.difference,
                trained_on=trained_on(adapter.local(), task) if adapter else None,
                by_size_alone=ablation.by_size_alone,
            )
        )

    def produce(workspace: Workspace) -> dict[str, int]:
        table = ablation_table(full, arms, metric=benchmark.metric, question_noun=benchmark.question_noun)
        write_table(table, workspace.draft)
        if plot := corpus_size_plot(table):
            (workspace.draft / PLOT).write_text(plot)
        return {"ablations": len(table.rows) - 1, "questions": full.summary.n_questions}

    return artifacts.materialize(
        context, inputs=[scores, trained, *further, *answers], parameters={}, produce=produce, describe=_describe
    )


def _describe(artifact: Artifact) -> dict[str, dg.MetadataValue]:
    table = artifact.summary(AblationTable)
    shown: dict[str, dg.MetadataValue] = {
        "metric": dg.MetadataValue.text(table.metric),
        "ablations": dg.MetadataValue.table([_record(row) for row in table.rows]),
        "in_words": dg.MetadataValue.md("\n".join(f"- {in_words(row)}" for row in table.rows[1:])),
    }
    plot = artifact.local() / PLOT
    if plot.exists():
        shown["accuracy_against_corpus_size"] = dg.MetadataValue.md(
            markdown_image("accuracy against corpus size", plot.read_text())
        )
    return shown


def _record(row: AblationRow) -> dg.TableRecord:
    return dg.TableRecord(
        {
            "ablation": row.ablation,
            "what_differs": row.difference_in_words,
            "corpus_rows": row.corpus_rows,
            "steps": row.steps,
            "accuracy": None if row.accuracy is None else round(row.accuracy, 4),
            "interval": wording.interval(row.low, row.high) if row.low is not None and row.high is not None else None,
            "n": row.n_questions,
            "difference": None if row.difference is None else round(row.difference, 4),
            "difference_interval": (
                wording.span(row.difference_low, row.difference_high)
                if row.difference_low is not None and row.difference_high is not None
                else None
            ),
            "p_value": row.p_value,
            "adjusted_p_value": row.adjusted_p_value,
            "verdict": row.verdict,
        }
    )
