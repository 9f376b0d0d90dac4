"""`benchmark_scores`: the three arms on the test set, over HTTP, one row per question and arm."""

import dagster as dg

from assets.merging import merge
from assets.partitions import by_task_and_student
from distil_dagster.artifacts import Artifact, Workspace
from distil_dagster.benchmark.settings import BenchmarkSummary
from distil_dagster.reports.sparklines import accuracy_svg, markdown_image
from resources import Artifacts, Launcher, ProfileResource
from resources.artifacts import partition_of


@dg.asset(
    partitions_def=by_task_and_student,
    group_name="benchmark",
    deps=["seed_set", "seeds_only_adapter", "merged_model"],
    kinds={"parquet", "openai"},
    pool="gpu",
    code_version="1",
    check_specs=[
        dg.AssetCheckSpec(
            "distilled_beats_seeds_only",
            asset="benchmark_scores",
            partitions_def=by_task_and_student,
            description="The distilled arm is better than the seeds alone by more than both intervals.",
        )
    ],
)
def benchmark_scores(
    context: dg.AssetExecutionContext, artifacts: Artifacts, profile: ProfileResource, launcher: Launcher
) -> dg.MaterializeResult:
    """Accuracy of the base model, of the seeds alone, and of the distilled student, with 95 % intervals.

    Every arm is asked the same questions through the same server, as any client would ask.
    """
    partition = partition_of(context)
    seeds = artifacts.current("seed_set", task=partition["task"])
    ablation = artifacts.current("seeds_only_adapter", **partition)
    merged = artifacts.current("merged_model", **partition)
    student = profile.load().students[partition["student"]]
    settings = profile.load().benchmark
    device = profile.load().device

    def produce(workspace: Workspace) -> dict[str, int]:
        seeds_only = workspace.checkpoints / "seeds_only_model"
        if not (seeds_only / "summary.json").exists():
            seeds_only.mkdir(exist_ok=True)
            merge(
                context,
                launcher,
                artifacts.folder,
                seeds=seeds,
                adapter=ablation,
                student=student,
                device=device,
                output=seeds_only,
            )
        arguments = (
            *("--task-folder", seeds.local() / "folder"),
            *("--base-model", student.base_model.model_dump_json()),
            *("--cache", artifacts.folder.base_models),
            *("--arm", f"seeds_only={seeds_only}"),
            *("--arm", f"distilled={merged.local()}"),
            *("--settings", settings.model_dump_json()),
            *("--journal", workspace.checkpoints / "journal"),
            *("--output", workspace.draft),
        )
        launcher.run(context, "distil_dagster.benchmark.run_arms", arguments)
        arms = BenchmarkSummary.model_validate_json((workspace.draft / "summary.json").read_text()).arms
        return {"turns": arms[0].n_turns, "conversations": arms[0].n_conversations}

    return artifacts.materialize(
        context,
        inputs=[seeds, ablation, merged],
        parameters={"student": student.model_dump(mode="json"), "benchmark": settings.model_dump(mode="json")},
        produce=produce,
        describe=_describe,
        check=lambda artifact: [_distilled_beats_seeds_only(artifact)],
    )


def _describe(artifact: Artifact) -> dict[str, dg.MetadataValue]:
    summary = artifact.summary(BenchmarkSummary)
    shown: dict[str, dg.MetadataValue] = {"metric": dg.MetadataValue.text(summary.metric)}
    for arm in summary.arms:
        shown[f"{arm.arm}_accuracy"] = dg.MetadataValue.float(round(arm.accuracy, 4))
        shown[f"{arm.arm}_interval"] = dg.MetadataValue.text(
            f"{arm.low:.1%} to {arm.high:.1%} (95 %, {arm.correct} of {arm.n_turns} turns)"
        )
    shown["accuracy_by_arm"] = dg.MetadataValue.md(markdown_image("accuracy", accuracy_svg(summary.arms)))
    wrong = artifact.table("scores.parquet").query(f"arm == 'distilled' and {summary.metric} < 1").head(8)
    shown["wrong_answers"] = dg.MetadataValue.table(
        [
            dg.TableRecord({"example": example, "expected": target, "predicted": prediction})
            for example, target, prediction in zip(
                wrong["example_id"], wrong["target"], wrong["prediction"], strict=True
            )
        ]
    )
    return shown


def _distilled_beats_seeds_only(artifact: Artifact) -> dg.AssetCheckResult:
    summary = artifact.summary(BenchmarkSummary)
    distilled, seeds_only = summary.arm("distilled"), summary.arm("seeds_only")
    return dg.AssetCheckResult(
        check_name="distilled_beats_seeds_only",
        passed=distilled.low > seeds_only.high,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"gain": distilled.accuracy - seeds_only.accuracy},
    )
