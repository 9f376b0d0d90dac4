"""`weak_spots`: what a student gets wrong on rows of the corpus that are held back from training."""

import dagster as dg

from assets.columns import described_table
from assets.partitions import by_task_and_student
from distil_dagster.artifacts import Artifact, Workspace
from distil_dagster.benchmark.score_columns import ScoreColumns
from distil_dagster.corpus.round_lineage import spots_before
from distil_dagster.corpus.tables import HELD_BACK, read_written_rows
from distil_dagster.corpus.weak_spots import (
    Spot,
    WeakSpots,
    write_held_back_folder,
    write_weak_spots,
)
from distil_dagster.reports import wording
from distil_dagster.reports.rounds import gain_in_words
from distil_dagster.tasks.seed_set import read_rows
from resources import Artifacts, Launcher, ProfileResource
from resources.artifacts import partition_of, shown_table

SHOWN_SPOTS = 20
FOLDER = "folder"


@dg.asset(
    partitions_def=by_task_and_student,
    group_name="corpus",
    deps=["synthetic_corpus", "merged_model"],
    kinds={"parquet", "openai"},
    metadata=described_table("scores.parquet", ScoreColumns),
    pool="gpu",
    code_version="1",
)
def weak_spots(
    context: dg.AssetExecutionContext, artifacts: Artifacts, profile: ProfileResource, launcher: Launcher
) -> dg.MaterializeResult:
    """The student on the rows held back from its corpus, by design and mutator; and what its last round brought.

    It is asked as in the benchmark, but never a row of the test set. Materialising `synthetic_corpus` after this writes
    the next batch, until the profile's `error_rounds` are done.
    """
    partition = partition_of(context)
    merged = artifacts.current("merged_model", **partition)
    adapter = artifacts.input_of(merged, "lora_adapter")
    corpus = artifacts.input_of(adapter, "synthetic_corpus")
    seeds = artifacts.input_of(corpus, "seed_set")
    before = spots_before(artifacts.store, adapter)
    if not (corpus.local() / HELD_BACK).exists():
        raise ValueError(
            f"no rows of the corpus that {partition['student']} trained on are held back: materialise synthetic_corpus "
            f"and lora_adapter again, now that error_rounds is in the profile"
        )
    settings = profile.load().benchmark.model_copy(update={"max_questions": None})

    def produce(workspace: Workspace) -> dict[str, int]:
        folder = workspace.draft / FOLDER
        write_held_back_folder(seeds.local() / "folder", read_rows(corpus.local() / HELD_BACK), folder)
        arguments = (
            *("--task-folder", folder),
            *("--arm", f"distilled={merged.local()}"),
            *("--settings", settings.model_dump_json()),
            *("--journal", workspace.checkpoints / "journal"),
            *("--output", workspace.draft),
        )
        launcher.run(context, "distil_dagster.benchmark.run_arms", arguments)
        spots = write_weak_spots(
            folder,
            read_written_rows(corpus.local()),
            workspace.draft,
            student=partition["student"],
            before=before.local() if before else None,
        )
        return {"asked": spots.asked, "wrong": spots.asked - spots.right}

    return artifacts.materialize(
        context,
        inputs=[merged, corpus, *([before] if before else [])],
        parameters={"benchmark": settings.model_dump(mode="json")},
        produce=produce,
        describe=_describe,
    )


def _describe(artifact: Artifact) -> dict[str, dg.MetadataValue]:
    spots = artifact.summary(WeakSpots)
    asked = f"{spots.asked} held-back {spots.question_noun}s"
    gain = gain_in_words(spots.gain) if spots.gain else "there is no round before it to compare with"
    return {
        "round": dg.MetadataValue.int(spots.round),
        "accuracy": dg.MetadataValue.float(round(spots.accuracy, 4)),
        "interval": dg.MetadataValue.text(f"{spots.low:.1%} to {spots.high:.1%} (95 %, {spots.right} of {asked})"),
        "gain": dg.MetadataValue.text(gain),
        "weakest_designs": shown_table([_record(spot) for spot in spots.designs[:SHOWN_SPOTS]]),
        "weakest_mutators": shown_table([_record(spot) for spot in spots.mutators[:SHOWN_SPOTS]]),
    }


def _record(spot: Spot) -> dg.TableRecord:
    return dg.TableRecord(
        {
            "spot": f"{spot.mutator}: {spot.name}" if spot.mutator else spot.name,
            "asked": spot.asked,
            "wrong": spot.wrong,
            "right_share": round(spot.right_share, 4),
            "interval": wording.interval(spot.low, spot.high),
            "weight": round(spot.error_share, 4),
        }
    )
