"""The arms that the benchmark itself doesn't ask: each is asked its questions once."""

from pathlib import Path

import dagster as dg

from assets.merging import merge
from distil_dagster.ablations.arms import answers_key
from distil_dagster.ablations.plan import PlannedAblation
from distil_dagster.artifacts import Artifact, Workspace
from distil_dagster.benchmark.settings import BenchmarkSettings, BenchmarkSummary
from distil_dagster.profile import DeviceProfile, StudentProfile
from distil_dagster.students.settings import MergeSummary
from resources import Artifacts, Launcher

SCORED_ARM = "scored_arm"
CODE_VERSION = "1"
"""Raise it when an arm is merged, asked or scored otherwise."""


def scored_arm(
    context: dg.AssetExecutionContext,
    artifacts: Artifacts,
    launcher: Launcher,
    ablation: PlannedAblation,
    *,
    scores: Artifact,
    adapter: Artifact | None,
    device: DeviceProfile,
) -> Artifact:
    """The answers of an ablation to the questions of `benchmark_scores`, taken as they are if it was ever asked them.

    Args:
        context: the step at work.
        artifacts: where the answers are kept.
        launcher: runs the workers.
        ablation: says how the model is asked.
        scores: the benchmark, whose student, test rows and way of asking these are.
        adapter: what the base model is merged with; None for the base model itself.
        device: what merges.
    """
    seeds = artifacts.input_of(scores, "seed_set")
    parameters = scores.manifest.recipe.parameters
    student = StudentProfile.model_validate(parameters["student"])
    settings = BenchmarkSettings.model_validate(parameters["benchmark"])
    asked = {
        "student": student.model_dump(mode="json"),
        "few_shot": ablation.few_shot.model_dump(mode="json") if ablation.few_shot else None,
        "benchmark": settings.model_dump(mode="json"),
    }

    def merged(adapter: Artifact, output: Path) -> Path:
        if not (output / "summary.json").exists():
            output.mkdir(exist_ok=True)
            merge(
                context,
                launcher,
                artifacts.folder,
                seeds=seeds,
                adapter=adapter.local() / "adapter",
                student=student,
                device=device,
                output=output,
            )
        if not MergeSummary.model_validate_json((output / "summary.json").read_text()).agrees:
            context.log.warning(f"{ablation.name}: the merged model doesn't give the tokens that its adapter gives")
        return output

    def produce(workspace: Workspace) -> dict[str, int]:
        context.log.info(f"{ablation.name}: asking")
        if adapter:
            model: tuple[str | Path, ...] = (
                "--arm",
                f"{ablation.name}={merged(adapter, workspace.checkpoints / 'merged')}",
            )
        else:
            model = ("--base-model", student.base_model.model_dump_json(), "--cache", artifacts.folder.base_models)
        arguments = (
            *model,
            *(("--few-shot", ablation.few_shot.model_dump_json()) if ablation.few_shot else ()),
            *("--task-folder", seeds.local() / "folder"),
            *("--settings", settings.model_dump_json()),
            *("--journal", workspace.checkpoints / "journal"),
            *("--output", workspace.draft),
        )
        launcher.run(context, "distil_dagster.benchmark.run_arms", arguments)
        summary = BenchmarkSummary.model_validate_json((workspace.draft / "summary.json").read_text())
        return {"questions": summary.arms[0].n_questions}

    sources = [seeds, adapter] if adapter else [seeds]
    return artifacts.keep(
        context,
        SCORED_ARM,
        answers_key(asked, [source.manifest.fingerprint for source in sources], code_version=CODE_VERSION),
        inputs=sources,
        parameters=asked,
        code_version=CODE_VERSION,
        produce=produce,
    )
