"""The artifacts behind the scores of a distilled student, as a run leaves them, without a model that was trained."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from distil_dagster.artifacts import Artifact, ArtifactStore, Recipe
from distil_dagster.benchmark.predict import Prediction
from distil_dagster.benchmark.scores import score_arm, summarise, write_scores
from distil_dagster.corpus import CorpusSummary
from distil_dagster.corpus.quality import CorpusQuality
from distil_dagster.students.settings import FinetuneRecipe, FinetuneSummary, MergeSummary
from distil_dagster.tasks.seed_set import read_seed_set, write_rows, write_seed_set
from distil_dagster.teachers.scores import TeacherSummary

TASK, STUDENT = "tiny", "tiny-20m"
OF_STUDENT = {"task": TASK, "student": STUDENT}
PACKAGE = {"kind": "package", "package": "carrier-of-weights", "file": "Tiny-20M.gguf"}
RIGHT = {"base": 0, "seeds_only": 9, "distilled": 17}
"""Questions that each arm answers right, of twenty."""


def publish(
    store: ArtifactStore,
    asset: str,
    write: Callable[[Path], None],
    *,
    inputs: Sequence[Artifact] = (),
    partition: Mapping[str, str] = OF_STUDENT,
    parameters: Mapping[str, Any] | None = None,
) -> Artifact:
    """Publish what `write` puts into a folder."""
    recipe = Recipe(
        asset=asset,
        partition=dict(partition),
        inputs=tuple(artifact.as_input for artifact in inputs),
        parameters=dict(parameters or {}),
        code_version="1",
    )
    with store.workspace(recipe) as workspace:
        write(workspace.draft)
        return store.publish(recipe, workspace, {}, run_id="run")


def publish_seeds(store: ArtifactStore, folder: Path) -> Artifact:
    """The seed set of a task folder."""
    return publish(store, "seed_set", lambda output: _write_seeds(folder, output), partition={"task": TASK})


def publish_merged(store: ArtifactStore, seeds: Artifact, write: Callable[[Path], None]) -> Artifact:
    """A student that was distilled from a corpus, its weights and tokenizer written by `write`."""
    of_task = {"task": TASK}
    teacher = publish(store, "teacher_scores", _write_teacher, inputs=[seeds], partition=of_task)
    corpus = publish(
        store,
        "synthetic_corpus",
        lambda output: _write_corpus(seeds, output),
        inputs=[seeds, teacher],
        partition=of_task,
    )
    adapter = publish(
        store,
        "lora_adapter",
        lambda output: _write_adapter(seeds, output),
        inputs=[seeds, corpus],
        parameters={"recipe": FinetuneRecipe(lora_r=4).model_dump(mode="json")},
    )

    def write_merged(output: Path) -> None:
        write(output)
        (output / "summary.json").write_text(MERGING.model_dump_json())

    parameters = {"student": {"base_model": PACKAGE, "licence": "Apache-2.0"}}
    return publish(store, "merged_model", write_merged, inputs=[seeds, adapter], parameters=parameters)


def publish_scores(
    store: ArtifactStore,
    seeds: Artifact,
    merged: Artifact | None,
    *,
    right: Mapping[str, int] = RIGHT,
    concurrency: int = 4,
) -> Artifact:
    """The arms on twenty test questions, the first ones right; two arms if nothing was distilled."""

    def write(output: Path) -> None:
        task = read_seed_set(seeds.local())
        rows = []
        for arm, first in right.items():
            if arm == "distilled" and merged is None:
                continue
            answers = [
                Prediction(example.id, "", example.target if number < first else "no call", 0.5, 100, 9)
                for number, example in enumerate(task.test_examples)
            ]
            rows += score_arm(task, arm, task.test_examples, answers)
        write_scores(rows, summarise(task, rows, sample_seed=0), output)

    return publish(
        store,
        "benchmark_scores",
        write,
        inputs=[seeds, merged] if merged else [seeds],
        parameters={"benchmark": {"concurrency": concurrency}},
    )


def write_weights(output: Path) -> None:
    """A file of the size of 20 million weights in bfloat16 that takes no room on the disk."""
    with (output / "model.safetensors").open("wb") as file:
        file.truncate(2 * 20_000_000)


def _write_seeds(folder: Path, output: Path) -> None:
    write_seed_set(folder, TASK, output)


def _write_teacher(output: Path) -> None:
    summary = TeacherSummary(teacher="recombination", is_model=False, questions=20, answered=12, right=11)
    (output / "summary.json").write_text(summary.model_dump_json())


def _write_corpus(seeds: Artifact, output: Path) -> None:
    write_rows(list(read_seed_set(seeds.local()).seeds), output / "rows.parquet")
    quality = CorpusQuality(
        generated=1200,
        kept=1000,
        invalid_kept=0,
        smallest_label_share=None,
        largest_label_share=None,
        labels_without_rows=(),
        distinct_question_share=0.9,
        distinct_answer_share=0.5,
        agreement=None,
    )
    summary = CorpusSummary(
        teacher="recombination",
        requested=1200,
        exhausted=False,
        funnel={"generated": 1200, "near_duplicate": 199, "test_contamination": 1, "too_long": 0, "kept": 1000},
        kept_by_label={},
        test_utterances_said=0,
        quality=quality,
    )
    (output / "summary.json").write_text(summary.model_dump_json())


def _write_adapter(seeds: Artifact, output: Path) -> None:
    write_rows(list(read_seed_set(seeds.local()).seeds), output / "rows.parquet")
    curve = {"step": [1, 2], "examples": [8, 16], "loss": [2.0, 1.0], "held_back_loss": [None, 1.1]}
    pq.write_table(pa.table(curve), output / "curve.parquet")
    (output / "summary.json").write_text(TRAINING.model_dump_json())


TRAINING = FinetuneSummary(
    rows=1125,
    held_back_rows=16,
    sequences=1109,
    prefix_tokens=300,
    planned_steps=140,
    steps=139,
    kept_step=139,
    resumed_from_step=None,
    tokens=98_765,
    supervised_tokens=20_000,
    first_loss=2.0,
    last_loss=0.1,
    kept_held_back_loss=0.2,
    last_held_back_loss=0.2,
    seconds=600.0,
    tokens_per_second=164.6,
    peak_memory_mib=2000.0,
    device="a CPU",
    dtype="bfloat16",
    dtype_reason="the CPU has it",
    trainable_parameters=1_000_000,
    base_model_sha256="0" * 64,
    tokenizer_sha256="1" * 64,
    chat_template_sha256="2" * 64,
    decoded_example="",
    versions={"torch": "2.13.0"},
)
MERGING = MergeSummary(
    agrees=True,
    token_agreement=0.995,
    required_agreement=0.98,
    largest_logit_difference=0.2,
    allowed_logit_difference=2.0,
    rows=8,
    compared_tokens=1234,
    stored_dtype="bfloat16",
    dtype_reason="the CPU has it",
    disagreements=(),
)
