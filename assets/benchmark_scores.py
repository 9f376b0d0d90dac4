"""`benchmark_scores`: the arms on the test set, over HTTP, one row per question and arm."""

from pathlib import Path

import dagster as dg

from assets.adapters import adapter_folders
from assets.columns import described_table
from assets.merging import merge
from assets.partitions import by_task_and_student
from assets.regressions import no_worse_than_before
from assets.wrong_answers import wrong_answers
from distil_dagster.artifacts import Artifact, Workspace
from distil_dagster.benchmark.judge import read_judge_report
from distil_dagster.benchmark.score_columns import ScoreColumns
from distil_dagster.benchmark.settings import BenchmarkSummary
from distil_dagster.profile import load_profile
from distil_dagster.reports import wording
from distil_dagster.reports.sparklines import accuracy_svg, confusion_svg, markdown_image
from distil_dagster.reports.students import label_report
from distil_dagster.tasks.seed_set import read_seed_set
from distil_dagster.teachers.opening import writes_rows_for
from resources import Artifacts, Launcher, ProfileResource
from resources.artifacts import partition_of


@dg.asset(
    partitions_def=by_task_and_student,
    group_name="benchmark",
    deps=[
        "seed_set",
        "seeds_only_adapter",
        "merged_model",
        *(["quantised_model"] if load_profile().quantisation else []),
    ],
    kinds={"parquet", "openai"},
    metadata=described_table("scores.parquet", ScoreColumns),
    pool="gpu",
    code_version="2",
    check_specs=[
        dg.AssetCheckSpec(
            "distilled_beats_seeds_only",
            asset="benchmark_scores",
            partitions_def=by_task_and_student,
            description="The distilled arm is better than the seeds alone on the same questions, by more than chance.",
        ),
        dg.AssetCheckSpec(
            "no_worse_than_before",
            asset="benchmark_scores",
            partitions_def=by_task_and_student,
            description="No arm answers fewer of the questions right than when it was last asked, by more than chance.",
        ),
    ],
)
def benchmark_scores(
    context: dg.AssetExecutionContext, artifacts: Artifacts, profile: ProfileResource, launcher: Launcher
) -> dg.MaterializeResult:
    """Accuracy of the base model, of the seeds alone, and of the distilled student, with 95 % intervals.

    Every arm is asked the same questions through the same server, as any client would ask. Where the teacher can't
    write rows for the task there is no distilled student, and two arms are measured. Where the profile has
    `quantisation`, the quantised student is the last arm.
    """
    partition = partition_of(context)
    seeds = artifacts.current("seed_set", task=partition["task"])
    ablation = artifacts.current("seeds_only_adapter", **partition)
    distillable = writes_rows_for(read_seed_set(seeds.local()).kind, profile.load().teacher)
    merged = artifacts.current("merged_model", **partition) if distillable else None
    distilled = artifacts.input_of(merged, "lora_adapter") if merged else None
    quantised = artifacts.current("quantised_model", **partition) if merged and profile.load().quantisation else None
    student = profile.load().students[partition["student"]]
    settings = profile.load().benchmark
    device, judge = profile.load().device, profile.load().judge

    def merged_for_scoring(adapter: Path, output: Path) -> Path:
        if not (output / "summary.json").exists():
            output.mkdir(exist_ok=True)
            merge(
                context,
                launcher,
                artifacts.folder,
                seeds=seeds,
                adapter=adapter,
                student=student,
                device=device,
                output=output,
            )
        return output

    def produce(workspace: Workspace) -> dict[str, int]:
        arms = []
        for arm, adapter, served in (("seeds_only", ablation, None), ("distilled", distilled, merged)):
            for number, folder in enumerate(adapter_folders(adapter) if adapter else []):
                name = f"{arm}@{number}" if number else arm
                model = (
                    served.local()
                    if served and not number
                    else merged_for_scoring(folder, workspace.checkpoints / name)
                )
                arms += ["--arm", f"{name}={model}"]
        if quantised:
            arms += ["--arm", f"quantised={quantised.local()}"]
        arguments = (
            *("--task-folder", seeds.local() / "folder"),
            *("--base-model", student.base_model.model_dump_json()),
            *("--cache", artifacts.folder.base_models),
            *arms,
            *("--settings", settings.model_dump_json()),
            *("--journal", workspace.checkpoints / "journal"),
            *(("--judge", judge.model_dump_json()) if judge else ()),
            *(("--responses", artifacts.folder.responses) if judge else ()),
            *("--output", workspace.draft),
        )
        launcher.run(context, "distil_dagster.benchmark.run_arms", arguments)
        summary = BenchmarkSummary.model_validate_json((workspace.draft / "summary.json").read_text())
        return {"questions": summary.arms[0].n_questions, "test_rows": summary.asked_rows}

    return artifacts.materialize(
        context,
        inputs=[seeds, ablation, *filter(None, (merged, quantised))],
        parameters={
            "student": student.model_dump(mode="json"),
            "benchmark": settings.model_dump(mode="json"),
            **({"judge": judge.deciding()} if judge else {}),
        },
        produce=produce,
        describe=_describe,
        check=lambda artifact: [
            _distilled_beats_seeds_only(artifact),
            no_worse_than_before(artifacts.store, artifact),
        ],
    )


def _describe(artifact: Artifact) -> dict[str, dg.MetadataValue]:
    summary = artifact.summary(BenchmarkSummary)
    shown: dict[str, dg.MetadataValue] = {"metric": dg.MetadataValue.text(summary.metric)}
    for arm in summary.arms:
        shown[f"{arm.arm}_accuracy"] = dg.MetadataValue.float(round(arm.accuracy, 4))
        shown[f"{arm.arm}_interval"] = dg.MetadataValue.text(
            f"{arm.low:.1%} to {arm.high:.1%} (95 %, {arm.correct} of {arm.n_questions} {summary.question_noun}s)"
        )
    for spread in summary.spreads:
        shown[f"{spread.arm}_over_training_seeds"] = dg.MetadataValue.text(wording.spread(spread))
    for pair in summary.comparisons:
        shown[f"{pair.first}_against_{pair.second}"] = dg.MetadataValue.text(wording.comparison(pair))
    shown["verdicts"] = dg.MetadataValue.table(
        [
            dg.TableRecord(
                {"arm": arm.arm, **{verdict: arm.verdicts.get(verdict, 0) for verdict in _verdicts(summary)}}
            )
            for arm in summary.arms
        ]
    )
    shown["metrics"] = dg.MetadataValue.table([dg.TableRecord({"arm": arm.arm, **arm.metrics}) for arm in summary.arms])
    shown["accuracy_by_arm"] = dg.MetadataValue.md(
        markdown_image("accuracy", accuracy_svg(summary.arms, question_noun=summary.question_noun))
    )
    if report := label_report(artifact):
        labels = [score.label for score in report.labels]
        shown["confusion"] = dg.MetadataValue.md(
            markdown_image("confusion matrix", confusion_svg(labels, report.answers, report.confusion))
        )
    if judged := read_judge_report(artifact.local()):
        for name, verdicts in judged.arms.items():
            shown[f"{name}_judge"] = dg.MetadataValue.text(f"{judged.model}: {verdicts}")
    shown["wrong_answers"] = wrong_answers(artifact, summary.best_arm.arm, summary.metric)
    return shown


def _verdicts(summary: BenchmarkSummary) -> list[str]:
    return list(dict.fromkeys(verdict for arm in summary.arms for verdict in arm.verdicts))


def _distilled_beats_seeds_only(artifact: Artifact) -> dg.AssetCheckResult:
    gain = artifact.summary(BenchmarkSummary).comparison("distilled", "seeds_only")
    if gain is None:
        return dg.AssetCheckResult(
            check_name="distilled_beats_seeds_only",
            passed=False,
            severity=dg.AssetCheckSeverity.WARN,
            description="There is no distilled student: the teacher can't write rows for this task.",
        )
    return dg.AssetCheckResult(
        check_name="distilled_beats_seeds_only",
        passed=gain.difference > 0 and gain.p_value < 0.05,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"gain": gain.difference, "p_value": gain.p_value, "method": gain.method},
    )
