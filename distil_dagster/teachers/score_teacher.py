"""Asks the profile's teacher the test questions of a task.

    python -m distil_dagster.teachers.score_teacher --task-folder DIR [--task-name NAME] --teacher JSON
        --responses DIR --server-log FILE --output DIR

Writes `scores.parquet` and, last, `summary.json` (`TeacherSummary`) to the output.
"""

from __future__ import annotations

import argparse
import sys

from distil_dagster.progress import Progress
from distil_dagster.tasks import load_task
from distil_dagster.teachers.opening import open_teacher
from distil_dagster.teachers.scores import assess_teacher
from distil_dagster.teachers.worker import add_teacher_arguments, run_worker


def main() -> int:
    """Score the teacher; exit code 1 with one sentence if it can't be asked."""
    parser = argparse.ArgumentParser(description="Asks the profile's teacher the test questions of a task.")
    add_teacher_arguments(parser)
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)

    def work(progress: Progress) -> None:
        task = load_task(options.task_folder, name=options.task_name)
        with open_teacher(
            task,
            options.teacher,
            responses=options.responses,
            server_log=options.server_log,
            report=progress.report,
        ) as teacher:
            summary = assess_teacher(task, teacher, options.output)
        if summary.is_model:
            progress.report(f"{summary.teacher}: {summary.right} of {summary.questions} right", final=True)

    return run_worker(work)


if __name__ == "__main__":
    sys.exit(main())
