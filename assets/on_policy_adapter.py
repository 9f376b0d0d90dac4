"""`on_policy_adapter`: the student trained further on its own answers, where it is behind its teacher."""

from shutil import copyfile

import dagster as dg

from assets.adapters import ROWS
from assets.partitions import by_task_and_student
from distil_dagster.ablations.teacher_gap import GAP, TeacherGap, teacher_gap
from distil_dagster.artifacts import Artifact, Workspace
from distil_dagster.profile import StudentProfile
from distil_dagster.reports.sparklines import curve_svg, markdown_image
from distil_dagster.reports.students import curve_points
from distil_dagster.students.settings import FinetuneSummary
from resources import Artifacts, Launcher, ProfileResource
from resources.artifacts import partition_of


@dg.asset(
    partitions_def=by_task_and_student,
    group_name="ablations",
    deps=["seed_set", "teacher_scores", "lora_adapter", "benchmark_scores"],
    kinds={"peft", "pytorch"},
    pool="gpu",
    code_version="1",
)
def on_policy_adapter(
    context: dg.AssetExecutionContext, artifacts: Artifacts, profile: ProfileResource, launcher: Launcher
) -> dg.MaterializeResult:
    """The adapter that was scored, after a bounded number of on-policy steps towards its teacher's predictions.

    Nothing is trained where the student is not behind its teacher by more than chance; the artifact then says so, and
    has no adapter. Questions are those of the rows that the adapter was trained on. `ablation_scores` measures it.
    """
    partition = partition_of(context)
    settings, device = profile.load().on_policy, profile.load().device
    if settings is None:
        raise ValueError("on_policy is not in the profile: there is no on-policy step to take")
    scores = artifacts.current("benchmark_scores", **partition)
    adapter = artifacts.input_of(artifacts.input_of(scores, "merged_model"), "lora_adapter")
    seeds = artifacts.input_of(adapter, "seed_set")
    teacher = artifacts.current("teacher_scores", task=partition["task"])
    student = StudentProfile.model_validate(adapter.manifest.recipe.parameters["student"])

    def produce(workspace: Workspace) -> dict[str, int]:
        gap = teacher_gap(teacher.local(), scores.local())
        context.log.info(gap.in_words)
        (workspace.draft / GAP).write_text(gap.model_dump_json(indent=2))
        if not gap.is_behind:
            return {"questions": gap.questions, "steps": 0}
        copyfile(adapter.local() / ROWS, workspace.draft / ROWS)
        arguments = (
            *("--rows", workspace.draft / ROWS),
            *("--task-folder", seeds.local() / "folder"),
            *("--recipe", adapter.local() / "recipe.json"),
            *("--settings", settings.model_dump_json()),
            *("--adapter", adapter.local() / "adapter"),
            *("--base-model", student.base_model.model_dump_json()),
            *("--cache", artifacts.folder.base_models),
            *("--device", device.kind),
            *("--output", workspace.draft),
            *("--checkpoints", workspace.checkpoints / "training"),
        )
        launcher.run(context, "distil_dagster.students.on_policy", arguments)
        summary = FinetuneSummary.model_validate_json((workspace.draft / "summary.json").read_text())
        return {"questions": gap.questions, "steps": summary.steps}

    return artifacts.materialize(
        context,
        inputs=[scores, teacher, adapter, seeds],
        parameters={
            "on_policy": settings.model_dump(mode="json"),
            "student": student.model_dump(mode="json"),
            "device": device.kind,
        },
        produce=produce,
        describe=_describe,
    )


def _describe(artifact: Artifact) -> dict[str, dg.MetadataValue]:
    gap = TeacherGap.model_validate_json((artifact.local() / GAP).read_text())
    shown: dict[str, dg.MetadataValue] = {"gap": dg.MetadataValue.text(gap.in_words)}
    if not gap.is_behind:
        return shown
    summary = artifact.summary(FinetuneSummary)
    return {
        **shown,
        "held_back_divergence_before": dg.MetadataValue.float(summary.first_held_back_loss or 0.0),
        "held_back_divergence": dg.MetadataValue.float(summary.kept_held_back_loss),
        "training_seconds": dg.MetadataValue.float(summary.seconds),
        "peak_memory_mib": dg.MetadataValue.float(summary.peak_memory_mib),
        "teacher_sha256": dg.MetadataValue.text(summary.teacher_sha256 or ""),
        "curve": dg.MetadataValue.md(markdown_image("divergence from the teacher", curve_svg(curve_points(artifact)))),
    }
