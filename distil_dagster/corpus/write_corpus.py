"""Has the profile's teacher write the corpus of a task.

    python -m distil_dagster.corpus.write_corpus --task-folder DIR [--task-name NAME] --teacher JSON --settings JSON
        --responses DIR --server-log FILE --output DIR [--error-rounds JSON [--corpus-before DIR --weak-spots DIR]]

With `--error-rounds` (`ErrorRounds`) rows are held back; with a corpus and what a student got wrong after it, the
folders of these artifacts, the output is the corpus of the round after.

Writes the tables and reports of `synthesise` to the output. What a model has answered is recorded in the folder of
responses, so that a run after a kill goes on where that one stopped, and pays for nothing twice.
"""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path

from distil_dagster.corpus.curation import first_rejections
from distil_dagster.corpus.rounds import ErrorRounds
from distil_dagster.corpus.synthesis import CorpusSettings, RoundBefore, synthesise
from distil_dagster.corpus.weak_spots import WeakSpots
from distil_dagster.progress import Progress
from distil_dagster.tasks import load_task
from distil_dagster.teachers.opening import open_teacher
from distil_dagster.teachers.worker import add_teacher_arguments, run_worker


def main() -> int:
    """Write the corpus; exit code 1 with one sentence if there is none to be had."""
    parser = argparse.ArgumentParser(description="Has the profile's teacher write the corpus of a task.")
    add_teacher_arguments(parser)
    parser.add_argument("--settings", required=True, type=CorpusSettings.model_validate_json, help="as JSON")
    parser.add_argument("--error-rounds", type=ErrorRounds.model_validate_json, help="the profile's, as JSON")
    parser.add_argument("--corpus-before", type=Path, help="folder of the corpus of the round before")
    parser.add_argument("--weak-spots", type=Path, help="folder of what a student got wrong after that round")
    options = parser.parse_args()
    if bool(options.corpus_before) != bool(options.weak_spots) or (options.corpus_before and not options.error_rounds):
        parser.error("give --corpus-before with --weak-spots and --error-rounds")
    options.output.mkdir(parents=True, exist_ok=True)

    def work(progress: Progress) -> None:
        task = load_task(options.task_folder, name=options.task_name)
        before = None
        if options.corpus_before:
            spots = WeakSpots.model_validate_json((options.weak_spots / "summary.json").read_text())
            before = RoundBefore(options.corpus_before, spots)
        with open_teacher(
            task,
            options.teacher,
            responses=options.responses,
            server_log=options.server_log,
            report=progress.report,
            judge=partial(first_rejections, task, settings=options.settings.curation),
        ) as teacher:
            summary = synthesise(
                task,
                teacher,
                options.settings,
                output=options.output,
                progress=progress,
                rounds=options.error_rounds,
                before=before,
            )
        progress.report(f"{summary.funnel['kept']:,} of {summary.funnel['generated']:,} rows kept", final=True)

    return run_worker(work)


if __name__ == "__main__":
    sys.exit(main())
