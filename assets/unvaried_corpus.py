"""The corpus of a task as its teacher writes it without mutators: what these are worth can't be told without."""

import dagster as dg

from assets.teaching import teacher_arguments
from distil_dagster.ablations.unvaried import write_folder_without_mutators
from distil_dagster.artifacts import Artifact, Workspace
from distil_dagster.corpus import CorpusSettings, CorpusSummary
from distil_dagster.profile import Profile
from distil_dagster.tasks.rows import content_sha256
from distil_dagster.tasks.seed_set import read_seed_set
from resources import Artifacts, Launcher

UNVARIED_CORPUS = "unvaried_corpus"


def unvaried_corpus(
    context: dg.AssetExecutionContext,
    artifacts: Artifacts,
    launcher: Launcher,
    profile: Profile,
    *,
    seeds: Artifact,
    corpus: Artifact,
) -> Artifact:
    """As many rows as were asked for in `corpus`, by the teacher of the profile; written once."""
    count = corpus.manifest.recipe.parameters["count"]
    settings = CorpusSettings.for_task(read_seed_set(seeds.local()), profile.curation, count=count)
    parameters = {"teacher": profile.teacher.deciding(), **settings.model_dump(mode="json")}
    code_version = corpus.manifest.recipe.code_version

    def produce(workspace: Workspace) -> dict[str, int]:
        context.log.info("writing a corpus without mutators")
        folder = workspace.checkpoints / "folder"
        write_folder_without_mutators(seeds.local() / "folder", folder)
        arguments = (
            *teacher_arguments(seeds, profile, artifacts, workspace, folder=folder),
            *("--settings", settings.model_dump_json()),
        )
        launcher.run(context, "distil_dagster.corpus.write_corpus", arguments)
        summary = CorpusSummary.model_validate_json((workspace.draft / "summary.json").read_text())
        return {"generated": summary.funnel["generated"], "kept": summary.funnel["kept"]}

    return artifacts.keep(
        context,
        UNVARIED_CORPUS,
        content_sha256([seeds.manifest.fingerprint, parameters, code_version]),
        inputs=[seeds],
        parameters=parameters,
        code_version=code_version,
        produce=produce,
    )
