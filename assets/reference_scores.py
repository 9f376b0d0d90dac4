"""`reference_scores`: a model behind an API on the test set, asked and scored as the students are."""

import dagster as dg

from assets.columns import described_table
from assets.partitions import by_task_and_reference
from assets.wrong_answers import wrong_answers
from distil_dagster.artifacts import Artifact, Workspace
from distil_dagster.benchmark.judge import read_judge_report
from distil_dagster.benchmark.published import published_figure
from distil_dagster.benchmark.reference_settings import ReferenceSummary
from distil_dagster.benchmark.references import reference_endpoint
from distil_dagster.benchmark.score_columns import ReferenceColumns
from distil_dagster.costs.price_list import PRICE, PriceList
from resources import Artifacts, Launcher, ProfileResource
from resources.artifacts import partition_of


@dg.asset(
    partitions_def=by_task_and_reference,
    group_name="benchmark",
    deps=["seed_set", "price_book"],
    kinds={"parquet", "openai"},
    metadata=described_table("scores.parquet", ReferenceColumns),
    code_version="1",
    check_specs=[
        dg.AssetCheckSpec(
            "whole_answers",
            asset="reference_scores",
            partitions_def=by_task_and_reference,
            description="No answer was cut off at max_output_tokens, and the provider counted the tokens of each.",
        )
    ],
)
def reference_scores(
    context: dg.AssetExecutionContext, artifacts: Artifacts, profile: ProfileResource, launcher: Launcher
) -> dg.MaterializeResult:
    """Accuracy of a frontier model on the very questions that the students are asked, and what its answers cost.

    Each question is asked several times. The run ends before it spends more than the profile's budget; what was
    answered is recorded, and never paid for twice.
    """
    partition = partition_of(context)
    loaded = profile.load()
    reference, settings, judge = loaded.reference(partition["reference"]), loaded.reference_run, loaded.judge
    reference_endpoint(reference, partition["task"])  # a missing key is told before any work
    seeds = artifacts.current("seed_set", task=partition["task"])
    prices = artifacts.current("price_book")
    price = prices.summary(PriceList).price(reference)

    def produce(workspace: Workspace) -> dict[str, int]:
        arguments = (
            *("--task-folder", seeds.local() / "folder"),
            *("--reference", reference.model_dump_json()),
            *("--settings", settings.model_dump_json()),
            *("--prices", PRICE.dump_json(price).decode()),
            *("--responses", artifacts.folder.responses),
            *(("--judge", judge.model_dump_json()) if judge else ()),
            *("--output", workspace.draft),
        )
        launcher.run(context, "distil_dagster.benchmark.run_reference", arguments)
        summary = ReferenceSummary.model_validate_json((workspace.draft / "summary.json").read_text())
        return {"questions": summary.n_questions, "test_rows": summary.asked_rows}

    return artifacts.materialize(
        context,
        inputs=[seeds, prices],
        parameters={
            "reference": reference.model_dump(mode="json"),
            "reference_scoring": settings.deciding(),
            **({"judge": judge.deciding()} if judge else {}),
        },
        produce=produce,
        describe=lambda artifact: _describe(artifact, partition),
        check=lambda artifact: [_whole_answers(artifact.summary(ReferenceSummary))],
    )


def _whole_answers(summary: ReferenceSummary) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        check_name="whole_answers",
        passed=not (summary.cut_off or summary.usage_suspect),
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"cut_off": summary.cut_off, "of_doubtful_usage": summary.usage_suspect},
    )


def _describe(artifact: Artifact, partition: dict[str, str]) -> dict[str, dg.MetadataValue]:
    summary = artifact.summary(ReferenceSummary)
    spread = summary.repeats.standard_deviation
    published = published_figure(partition["task"], partition["reference"])
    judged = read_judge_report(artifact.local())
    shown: dict[str, dg.MetadataValue] = {
        "metric": dg.MetadataValue.text(summary.metric),
        "accuracy": dg.MetadataValue.float(round(summary.accuracy, 4)),
        "interval": dg.MetadataValue.text(
            f"{summary.low:.1%} to {summary.high:.1%} (95 %, {summary.n_questions} {summary.question_noun}s)"
        ),
        "spread_of_repeats": dg.MetadataValue.text(
            "one repeat only"
            if spread is None
            else f"{100 * spread:.2f} points (standard deviation of {len(summary.repeats.values)})"
        ),
        "dollars_spent": dg.MetadataValue.float(round(summary.dollars_spent, 6)),
        "dollars_per_million_requests": dg.MetadataValue.float(round(summary.dollars_per_million_requests, 2)),
        "tokens": dg.MetadataValue.text(
            f"{summary.mean_input_tokens:.0f} in, {summary.mean_output_tokens:.0f} out per request, of these "
            f"{summary.mean_reasoning_tokens:.0f} thinking"
        ),
        "answers_of_doubtful_usage": dg.MetadataValue.int(summary.usage_suspect),
        "answers_cut_off": dg.MetadataValue.int(summary.cut_off),
        "answered_by": dg.MetadataValue.text(", ".join(summary.answering_models) or "not told"),
        "published": dg.MetadataValue.text(str(published) if published else "nothing found"),
        "verdicts": dg.MetadataValue.json(summary.verdicts),
        "wrong_answers": wrong_answers(artifact, summary.reference, summary.metric),
    }
    if judged:
        shown["judge"] = dg.MetadataValue.text(f"{judged.model}: {judged.arms[summary.reference]}")
    return shown
