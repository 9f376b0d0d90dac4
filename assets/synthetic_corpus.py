"""`synthetic_corpus`: every row the teacher wrote, kept or rejected, and why."""

from collections.abc import Mapping

import dagster as dg
from pydantic import Field

from assets.columns import described_table
from assets.contamination import contamination_table
from assets.corpus_checks import CORPUS_CHECKS, corpus_checks
from assets.partitions import by_task
from assets.teaching import POOL, teacher_arguments
from distil_dagster.artifacts import Artifact, MissingArtifact, Workspace
from distil_dagster.corpus import CorpusSettings, CorpusSummary
from distil_dagster.corpus.contamination import read_contamination
from distil_dagster.corpus.round_lineage import corpus_behind, spots_to_follow
from distil_dagster.corpus.tables import CORPUS, CorpusRow
from distil_dagster.corpus.weak_spots import WeakSpots
from distil_dagster.profile import Profile
from distil_dagster.reports.sparklines import funnel_svg, markdown_image
from distil_dagster.tasks.seed_set import read_seed_set
from distil_dagster.teachers.settings import within_budget
from resources import Artifacts, Launcher, ProfileResource
from resources.artifacts import shown_table

PREVIEW_ROWS = 8


class CorpusConfig(dg.Config):
    """What one run may do otherwise; left out, the task and the profile decide."""

    generation_target: int | None = Field(
        None,
        gt=0,
        description="Rows to ask for; of a teacher that is a model, rows that pass. The task's "
        "synthgen.generation_target by default.",
    )
    budget_dollars: float | None = Field(
        None,
        ge=0,
        description="What the teacher may spend; the profile's teacher.budget_dollars by default. No row depends on "
        "it, so a corpus written within another budget is taken over as it is.",
    )


@dg.asset(
    partitions_def=by_task,
    group_name="corpus",
    deps=["seed_set", "teacher_scores"],
    kinds={"parquet"},
    metadata=described_table(CORPUS, CorpusRow),
    code_version="5",
    pool=POOL,
    check_specs=CORPUS_CHECKS,
)
def synthetic_corpus(
    context: dg.AssetExecutionContext,
    config: CorpusConfig,
    artifacts: Artifacts,
    profile: ProfileResource,
    launcher: Launcher,
) -> dg.MaterializeResult:
    """Every generated row with how it came to be, and the filter that rejected it, if one did.

    A model that writes is asked by a plan, a few rows first; what it has answered is never paid for twice. Which
    filters there are, and in which order, says the profile. Rejected rows stay in the table with their reason; training
    reads the kept ones.

    With `error_rounds` in the profile some kept rows are held back from training. Once `weak_spots` has asked a student
    these, this is the corpus of the next round: all rows so far, and a batch about what that student got wrong.
    """
    seeds = artifacts.current("seed_set", task=context.partition_key)
    scores = artifacts.current("teacher_scores", task=context.partition_key)
    loaded = profile.load()
    loaded = loaded.model_copy(update={"teacher": within_budget(loaded.teacher, config.budget_dollars)})
    task = read_seed_set(seeds.local())
    settings = CorpusSettings.for_task(task, loaded.curation, count=config.generation_target)
    rounds = loaded.error_rounds
    parameters = {
        "teacher": loaded.teacher.deciding(),
        **settings.model_dump(mode="json"),
        **({"held_back": rounds.held_back} if rounds else {}),
    }
    before = _round_before(context, artifacts, loaded, seeds, parameters)

    def produce(workspace: Workspace) -> dict[str, int]:
        arguments = (
            *teacher_arguments(seeds, loaded, artifacts, workspace),
            *("--settings", settings.model_dump_json()),
            *(("--error-rounds", rounds.model_dump_json()) if rounds else ()),
            *(("--corpus-before", before[0].local(), "--weak-spots", before[1].local()) if before else ()),
        )
        launcher.run(context, "distil_dagster.corpus.write_corpus", arguments)
        summary = CorpusSummary.model_validate_json((workspace.draft / "summary.json").read_text())
        return {"generated": summary.funnel["generated"], "kept": summary.funnel["kept"]}

    return artifacts.materialize(
        context,
        inputs=[seeds, scores, *(before or ())],
        parameters={**parameters, **({"further_rows": rounds.rows} if rounds and before else {})},
        produce=produce,
        describe=_describe,
        check=lambda artifact: corpus_checks(artifact, loaded.corpus_checks),
    )


def _round_before(
    context: dg.AssetExecutionContext,
    artifacts: Artifacts,
    profile: Profile,
    seeds: Artifact,
    parameters: Mapping[str, object],
) -> tuple[Artifact, Artifact] | None:
    """The corpus and the weak spots that this corpus goes on from; None if it is to be of round 0.

    Dagster can't know of the weak spots: they come of a student that trained on this very asset, one round before.
    """
    rounds = profile.error_rounds
    if rounds is None:
        return None
    store, tuning = artifacts.store, read_seed_set(seeds.local()).settings.tuning
    try:
        spots = spots_to_follow(
            store,
            store.current("weak_spots", {"task": context.partition_key, "student": rounds.student}),
            rounds=rounds.rounds,
            corpus_like=parameters,
            seeds=seeds,
            code_version=context.assets_def.get_asset_spec(context.asset_key).code_version or "",
            trained_by={
                "student": profile.students[rounds.student].model_dump(mode="json"),
                "recipe": profile.distilled.tuned(tuning).model_dump(mode="json"),
            },
        )
        before = (corpus_behind(store, spots), spots) if spots else None
    except MissingArtifact as missing:
        context.log.info(f"round 0: {missing}")
        return None
    number = spots.summary(WeakSpots).round + 1 if spots else 0
    context.log.info(f"round {number} of {rounds.rounds}" + (f", by the errors of {rounds.student}" if spots else ""))
    return before


def _describe(artifact: Artifact) -> dict[str, dg.MetadataValue]:
    summary = artifact.summary(CorpusSummary)
    sample = artifact.table("corpus.parquet").sample(PREVIEW_ROWS, random_state=0, replace=True)
    shown: dict[str, dg.MetadataValue] = {
        "rows_kept": dg.MetadataValue.int(summary.funnel["kept"]),
        "funnel": dg.MetadataValue.md(markdown_image("rows kept after each filter", funnel_svg(summary.funnel))),
        "test_utterances_in_other_dialogues": dg.MetadataValue.int(summary.test_utterances_said),
        "ran_out_of_rows": dg.MetadataValue.bool(summary.exhausted),
        "round": dg.MetadataValue.int(summary.round),
        "rows_held_back": dg.MetadataValue.int(summary.held_back),
        "kept_by_label": dg.MetadataValue.json(summary.kept_by_label),
        "contamination": shown_table(contamination_table(read_contamination(artifact.local()))),
        "preview": shown_table(
            [
                dg.TableRecord({"question": question[-300:], "answer": answer, "rejected_by": rejected_by or "kept"})
                for question, answer, rejected_by in zip(
                    sample["question"], sample["answer"], sample["rejected_by"], strict=True
                )
            ]
        ),
    }
    if summary.plan:
        shown["plan"] = dg.MetadataValue.text(str(summary.plan))
        shown["designs"] = dg.MetadataValue.json(summary.plan.designs)
        shown["dollars_spent"] = dg.MetadataValue.float(round(summary.spent_dollars, 6))
    return shown
