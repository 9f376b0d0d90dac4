"""`parity`: what is served, merged or quantised, answers as the adapter does that it was made from."""

import dagster as dg

from assets.adapters import adapter_folders
from assets.columns import described_table
from assets.partitions import by_task_and_student
from distil_dagster.artifacts import Artifact, MissingArtifact, Workspace
from distil_dagster.benchmark.parity import PARITY, ArmParity, ComparedAnswer, ParitySummary
from distil_dagster.profile import StudentProfile
from distil_dagster.reports import wording
from resources import Artifacts, Launcher, ProfileResource
from resources.artifacts import partition_of, shown_table

SHOWN_ROWS = 12
SHOWN_LETTERS = 300


@dg.asset(
    partitions_def=by_task_and_student,
    group_name="benchmark",
    deps=["lora_adapter", "merged_model", "benchmark_scores"],
    kinds={"parquet", "pytorch"},
    metadata=described_table(PARITY, ComparedAnswer),
    pool="gpu",
    code_version="2",
    check_specs=[
        dg.AssetCheckSpec(
            "served_equals_adapter",
            asset="parity",
            partitions_def=by_task_and_student,
            blocking=True,
            description="What is served, merged or quantised, answers as base and adapter do under plain transformers.",
        )
    ],
)
def parity(
    context: dg.AssetExecutionContext, artifacts: Artifacts, profile: ProfileResource, launcher: Launcher
) -> dg.MaterializeResult:
    """The benchmark's questions answered by base and adapter under plain transformers, beside the server's answers.

    The way from adapter to merged weights is in `merged_model`; this is the whole way, over HTTP, with what it scores.
    A quantised model is compared as well, and may differ by what the profile allows.
    """
    scores = artifacts.current("benchmark_scores", **partition_of(context))
    merged = artifacts.store.input_of(scores, "merged_model")
    if merged is None:
        raise MissingArtifact(f"{scores.manifest.label} was made without a distilled student: there is none to compare")
    seeds, adapter = (artifacts.input_of(merged, asset) for asset in ("seed_set", "lora_adapter"))
    asked = scores.manifest.recipe.parameters
    student = StudentProfile.model_validate(asked["student"])
    limit = asked["benchmark"]["max_output_tokens"]
    settings, device = profile.load().parity, profile.load().device

    def produce(workspace: Workspace) -> dict[str, int]:
        arguments = (
            *("--task-folder", seeds.local() / "folder"),
            *("--base-model", student.base_model.model_dump_json()),
            *("--cache", artifacts.folder.base_models),
            *("--adapter", adapter_folders(adapter)[0]),
            *("--scores", scores.local()),
            *(("--max-output-tokens", str(limit)) if limit else ()),
            *("--settings", settings.model_dump_json()),
            *("--device", device.kind),
            *("--output", workspace.draft),
        )
        launcher.run(context, "distil_dagster.benchmark.run_parity", arguments)
        summary = ParitySummary.model_validate_json((workspace.draft / "summary.json").read_text())
        return {"questions": summary.arms[0].questions}

    return artifacts.materialize(
        context,
        inputs=[scores, adapter],
        parameters={"parity": settings.model_dump(mode="json"), "device": device.kind},
        produce=produce,
        describe=_describe,
        check=lambda artifact: [_served_equals_adapter(artifact)],
    )


def _describe(artifact: Artifact) -> dict[str, dg.MetadataValue]:
    arms = artifact.summary(ParitySummary).arms
    return {
        **{f"{arm.arm}_prediction_agreement": dg.MetadataValue.float(arm.prediction_agreement) for arm in arms},
        **{f"{arm.arm}_token_agreement": dg.MetadataValue.float(arm.token_agreement) for arm in arms},
        **{f"{arm.arm}_score_difference": dg.MetadataValue.text(_score_difference(arm)) for arm in arms},
        "answers_that_differ": shown_table([record for arm in arms for record in _records(artifact, arm.arm)]),
    }


def _score_difference(arm: ArmParity) -> str:
    return (
        f"{wording.points(arm.score_difference)} points "
        f"({wording.span(arm.score_low, arm.score_high)}), {wording.p_value(arm.p_value)}: "
        f"{arm.served_right} right served, {arm.adapter_right} by base and adapter, of {arm.questions}"
    )


def _records(artifact: Artifact, arm: str) -> list[dg.TableRecord]:
    rows = artifact.table(PARITY).query(f"arm == '{arm}' and not same_text").head(SHOWN_ROWS)
    columns = ("arm", "example_id", "question", "target", "adapter", "served", "adapter_score", "served_score")
    return [
        dg.TableRecord(
            {str(name): value[:SHOWN_LETTERS] if isinstance(value, str) else value for name, value in record.items()}
        )
        for record in rows[list(columns)].to_dict("records")
    ]


def _served_equals_adapter(artifact: Artifact) -> dg.AssetCheckResult:
    summary = artifact.summary(ParitySummary)
    found = "; ".join(
        f"{arm.arm}: {arm.same_prediction} of {arm.questions} answers are the same "
        f"({arm.required_prediction_agreement:.0%} must be), {arm.token_agreement:.2%} of the tokens "
        f"({arm.required_token_agreement:.0%}), {wording.points(arm.score_difference)} points "
        f"({wording.span(arm.score_low, arm.score_high)})"
        for arm in summary.arms
    )
    return dg.AssetCheckResult(
        check_name="served_equals_adapter",
        passed=summary.agrees,
        description=f"{found}; the rows that differ are in {artifact.path / PARITY}",
        metadata={
            f"{arm.arm}_{name}": value
            for arm in summary.arms
            for name, value in {
                "prediction_agreement": arm.prediction_agreement,
                "token_agreement": arm.token_agreement,
                "score_difference": arm.score_difference,
            }.items()
        },
    )
