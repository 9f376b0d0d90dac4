"""`synthetic_corpus`: every row the teacher wrote, kept or rejected, and why."""

import dagster as dg

from assets.contamination import contamination_metadata, contamination_table
from assets.partitions import by_task
from distil_dagster.artifacts import Artifact, Workspace
from distil_dagster.corpus import CorpusSummary, synthesise
from distil_dagster.corpus.contamination import read_contamination
from distil_dagster.tasks.seed_set import read_seed_set
from distil_dagster.teachers.scores import make_teacher
from resources import Artifacts, ProfileResource

DEFAULT_SEED = 123
PREVIEW_ROWS = 8


@dg.asset(
    partitions_def=by_task,
    group_name="corpus",
    deps=["seed_set", "teacher_scores"],
    kinds={"parquet"},
    code_version="4",
    check_specs=[
        dg.AssetCheckSpec(
            "no_contamination",
            asset="synthetic_corpus",
            partitions_def=by_task,
            blocking=True,
            description="No kept row asks a question of the test set, or nearly one.",
        )
    ],
)
def synthetic_corpus(
    context: dg.AssetExecutionContext, artifacts: Artifacts, profile: ProfileResource
) -> dg.MaterializeResult:
    """Every generated row with its templates, its seeds, and the verdict of the filters.

    The filters run in order: valid answer, length, exact duplicate, copied seed, near duplicate, contamination with
    the test set, balance. Rejected rows stay in the table with their reason; training reads the kept ones.
    """
    seeds = artifacts.current("seed_set", task=context.partition_key)
    scores = artifacts.current("teacher_scores", task=context.partition_key)
    settings = profile.load()
    task = read_seed_set(seeds.local())
    count = task.settings.synthgen.generation_target
    random_seed = task.settings.base.random_seed or DEFAULT_SEED
    teacher = make_teacher(task, settings.teacher.kind)
    curation = settings.curation

    def produce(workspace: Workspace) -> dict[str, int]:
        summary = synthesise(
            task, teacher, count=count, random_seed=random_seed, settings=curation, output=workspace.draft
        )
        return {"generated": summary.funnel["generated"], "kept": summary.funnel["kept"]}

    return artifacts.materialize(
        context,
        inputs=[seeds, scores],
        parameters={
            "teacher": settings.teacher.model_dump(),
            "generation_target": count,
            "random_seed": random_seed,
            "curation": curation.model_dump(),
        },
        produce=produce,
        describe=_describe,
        check=lambda artifact: [_no_contamination(artifact)],
    )


def _no_contamination(artifact: Artifact) -> dg.AssetCheckResult:
    report = read_contamination(artifact.local())
    return dg.AssetCheckResult(
        check_name="no_contamination",
        passed=not any(report.cell("corpus", "tests", level).rows for level in ("exact", "near")),
        metadata=contamination_metadata(report, "corpus", "tests"),
    )


def _describe(artifact: Artifact) -> dict[str, dg.MetadataValue]:
    summary = artifact.summary(CorpusSummary)
    sample = artifact.table("corpus.parquet").sample(PREVIEW_ROWS, random_state=0, replace=True)
    return {
        "rows_kept": dg.MetadataValue.int(summary.funnel["kept"]),
        "test_utterances_in_other_dialogues": dg.MetadataValue.int(summary.test_utterances_said),
        "ran_out_of_rows": dg.MetadataValue.bool(summary.exhausted),
        "funnel": dg.MetadataValue.table(
            [dg.TableRecord({"stage": stage, "rows": rows}) for stage, rows in summary.funnel.items()]
        ),
        "kept_by_label": dg.MetadataValue.json(summary.kept_by_label),
        "contamination": dg.MetadataValue.table(contamination_table(read_contamination(artifact.local()))),
        "preview": dg.MetadataValue.table(
            [
                dg.TableRecord({"question": question[-300:], "answer": answer, "rejected_by": rejected_by or "kept"})
                for question, answer, rejected_by in zip(
                    sample["question"], sample["answer"], sample["rejected_by"], strict=True
                )
            ]
        ),
    }
