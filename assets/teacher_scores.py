"""`teacher_scores`: what the teacher makes of the test set, before it is trusted with a corpus."""

import dagster as dg

from assets.columns import described_table
from assets.partitions import by_task
from assets.teaching import POOL, teacher_arguments
from distil_dagster.artifacts import Artifact, Workspace
from distil_dagster.benchmark.intervals import wilson_interval
from distil_dagster.tasks.seed_set import read_seed_set
from distil_dagster.teachers.gate import TeacherGate
from distil_dagster.teachers.scores import AnsweredQuestion, TeacherSummary
from resources import Artifacts, Launcher, ProfileResource
from resources.artifacts import shown_table

SHOWN_MISTAKES = 20


@dg.asset(
    partitions_def=by_task,
    group_name="corpus",
    deps=["seed_set"],
    kinds={"parquet"},
    metadata=described_table("scores.parquet", AnsweredQuestion),
    code_version="3",
    pool=POOL,
    check_specs=[
        dg.AssetCheckSpec(
            "good_enough",
            asset="teacher_scores",
            partitions_def=by_task,
            blocking=True,
            description="The teacher answers the test set well enough for its corpus to be worth the price.",
        )
    ],
)
def teacher_scores(
    context: dg.AssetExecutionContext, artifacts: Artifacts, profile: ProfileResource, launcher: Launcher
) -> dg.MaterializeResult:
    """The teacher on the test set: how many questions it can answer, and how many of those rightly.

    A model is asked as the students are, behind a few seeds. The recombination teacher is no model: it parses a
    question with the templates it induced from the seeds, passes over those it can't parse, and the gate lets it pass.
    """
    seeds = artifacts.current("seed_set", task=context.partition_key)
    loaded = profile.load()

    def produce(workspace: Workspace) -> dict[str, int]:
        arguments = teacher_arguments(seeds, loaded, artifacts, workspace)
        launcher.run(context, "distil_dagster.teachers.score_teacher", arguments)
        summary = TeacherSummary.model_validate_json((workspace.draft / "summary.json").read_text())
        return {"questions": summary.questions, "answered": summary.answered, "right": summary.right}

    return artifacts.materialize(
        context,
        inputs=[seeds],
        parameters={"teacher": loaded.teacher.deciding()},
        produce=produce,
        describe=_describe,
        check=lambda artifact: [_good_enough(artifact, seeds, loaded.teacher_gate)],
    )


def _good_enough(artifact: Artifact, seeds: Artifact, gate: TeacherGate) -> dg.AssetCheckResult:
    summary = artifact.summary(TeacherSummary)
    if not summary.is_model:
        return dg.AssetCheckResult(
            check_name="good_enough",
            passed=True,
            description="The teacher is no model: how many questions it can parse says nothing of the rows it writes.",
        )
    kind = read_seed_set(seeds.local()).kind
    verdict = gate.verdict(kind, summary.share)
    scores = artifact.table("scores.parquet")
    mistakes = scores[~scores["right"]].head(SHOWN_MISTAKES)
    return dg.AssetCheckResult(
        check_name="good_enough",
        passed=verdict == "proceed",
        severity=dg.AssetCheckSeverity.ERROR if verdict == "refuse" else dg.AssetCheckSeverity.WARN,
        description=(
            f"{summary.teacher} answers {summary.right} of {summary.questions} test questions rightly "
            f"({summary.share:.1%}): {verdict}. From {gate.proceeds_from(kind):.0%} it proceeds, below "
            f"{gate.refuse_below:.0%} no corpus is written unless teacher_gate.override is set in the profile."
        ),
        metadata={
            "share": dg.MetadataValue.float(round(summary.share, 4)),
            "proceed_from": dg.MetadataValue.float(gate.proceeds_from(kind)),
            "refuse_below": dg.MetadataValue.float(gate.refuse_below),
            "override": dg.MetadataValue.bool(gate.override),
            "mistakes": shown_table(
                [
                    dg.TableRecord({"question": question[-200:], "target": target, "answer": answer})
                    for question, target, answer in zip(
                        mistakes["question"], mistakes["target"], mistakes["prediction"], strict=True
                    )
                ]
            ),
        },
    )


def _describe(artifact: Artifact) -> dict[str, dg.MetadataValue]:
    summary = artifact.summary(TeacherSummary)
    low, high = wilson_interval(summary.right, summary.questions)
    return {
        "teacher": dg.MetadataValue.text(summary.teacher),
        "right_share": dg.MetadataValue.float(round(summary.share, 4)),
        "interval": dg.MetadataValue.text(f"{low:.1%} to {high:.1%} (95 %, {summary.questions} questions)"),
        "right_share_of_answered": dg.MetadataValue.float(summary.right / max(1, summary.answered)),
    }
