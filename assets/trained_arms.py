"""The trainings that differ from that of the distilled student, each made once: ablations, and a sweep's rates."""

from collections.abc import Mapping
from dataclasses import dataclass

import dagster as dg

from assets.adapters import ROWS, finetune
from distil_dagster.ablations.trainings import FullTraining, Training, training_key
from distil_dagster.artifacts import Artifact, Workspace
from distil_dagster.corpus import CorpusSettings
from distil_dagster.profile import DeviceProfile, Profile, StudentProfile
from distil_dagster.students.settings import FinetuneRecipe, FinetuneSummary
from distil_dagster.tasks.seed_set import read_rows, read_seed_set, write_rows
from resources import Artifacts, Launcher

TRAINED_ARM = "trained_arm"


@dataclass(frozen=True)
class FullRecipe:
    """The distilled student's adapter, what it was made from, and the device that trains what is compared with it."""

    adapter: Artifact
    seeds: Artifact
    corpus: Artifact
    student: StudentProfile
    device: DeviceProfile
    full: FullTraining

    def key(self, training: Training) -> str:
        """The key of a training of this student by the code that trained the full recipe."""
        return training_key(
            self.full.task,
            training,
            student=self.student.model_dump(mode="json"),
            device=self.device.kind,
            code_version=self.adapter.manifest.recipe.code_version,
        )


def full_recipe(artifacts: Artifacts, profile: Profile, partition: Mapping[str, str]) -> FullRecipe:
    """What the distilled student was made by, as its adapter's manifest says, whatever the profile says now."""
    adapter = artifacts.current("lora_adapter", **partition)
    seeds = artifacts.input_of(adapter, "seed_set")
    corpus = artifacts.input_of(adapter, "synthetic_corpus")
    parameters = adapter.manifest.recipe.parameters
    task = read_seed_set(seeds.local())
    return FullRecipe(
        adapter=adapter,
        seeds=seeds,
        corpus=corpus,
        student=StudentProfile.model_validate(parameters["student"]),
        device=profile.device,
        full=FullTraining(
            task=task,
            curation=CorpusSettings.for_task(task, profile.curation).curation,
            training=Training(
                rows=tuple(read_rows(adapter.local() / ROWS)),
                recipe=FinetuneRecipe.model_validate(parameters["recipe"]),
                corpus=corpus.local(),
            ),
        ),
    )


def same_full_recipe(artifacts: Artifacts, scores: Artifact, trained: Artifact) -> Artifact:
    """The adapter that was both scored and trained beside. Raises ValueError if these are two versions of it."""
    scored = artifacts.input_of(artifacts.input_of(scores, "merged_model"), "lora_adapter")
    compared = artifacts.input_of(trained, "lora_adapter")
    if scored.manifest.fingerprint != compared.manifest.fingerprint:
        raise ValueError(
            f"{scores.manifest.label} and {trained.manifest.label} were made from different versions of lora_adapter: "
            "materialise the older of the two again"
        )
    return scored


def trained_arm(
    context: dg.AssetExecutionContext,
    artifacts: Artifacts,
    launcher: Launcher,
    recipe: FullRecipe,
    training: Training,
    *,
    name: str,
    corpus: Artifact,
) -> Artifact:
    """The adapter of a training on rows of a corpus, taken as it is if it was ever trained before."""

    def produce(workspace: Workspace) -> dict[str, int]:
        context.log.info(f"{name}: training")
        write_rows(list(training.rows), workspace.draft / ROWS)
        finetune(
            context,
            artifacts,
            launcher,
            seeds=recipe.seeds,
            student=recipe.student,
            device=recipe.device,
            recipe=training.recipe,
            output=workspace.draft,
            checkpoints=workspace.checkpoints / "training",
        )
        summary = FinetuneSummary.model_validate_json((workspace.draft / "summary.json").read_text())
        return {"rows": summary.rows, "held_back_rows": summary.held_back_rows, "steps": summary.steps}

    arm = artifacts.keep(
        context,
        TRAINED_ARM,
        recipe.key(training),
        inputs=[recipe.seeds, corpus],
        parameters={
            "student": recipe.student.model_dump(mode="json"),
            "recipe": training.recipe.model_dump(mode="json"),
            "device": recipe.device.kind,
        },
        code_version=recipe.adapter.manifest.recipe.code_version,
        produce=produce,
    )
    if arm.manifest.run_id != context.run.run_id:
        context.log.info(f"{name}: taken as trained before ({arm.manifest.fingerprint[:16]})")
    return arm
