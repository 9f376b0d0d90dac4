"""What the command lines that ask a teacher share: their arguments, and how they fail."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from pydantic import TypeAdapter

from distil_dagster.costs.price_book import UnknownModelError
from distil_dagster.progress import Progress, worker_progress
from distil_dagster.serving.engine import ServerError
from distil_dagster.serving.recorded import UnansweredError
from distil_dagster.serving.remote import MissingKeyError
from distil_dagster.tasks import TaskFolderError
from distil_dagster.teachers.model.generation import SmokeFailedError
from distil_dagster.teachers.settings import TeacherSettings
from distil_dagster.teachers.teacher import NoRowsError

TEACHER: TypeAdapter[TeacherSettings] = TypeAdapter(TeacherSettings)


def add_teacher_arguments(parser: argparse.ArgumentParser) -> None:
    """The task, the teacher, and where its answers, a server's log and the results go."""
    parser.add_argument("--task-folder", required=True, type=Path)
    parser.add_argument("--task-name", help="what messages call the task; the folder's name by default")
    parser.add_argument("--teacher", required=True, type=TEACHER.validate_json, help="the profile's, as JSON")
    parser.add_argument("--responses", required=True, type=Path, help="folder of all recorded answers")
    parser.add_argument("--server-log", required=True, type=Path, help="log of a server that is started for it")
    parser.add_argument("--output", required=True, type=Path, help="folder for the results")


def run_worker(work: Callable[[Progress], object]) -> int:
    """Do the work and return the exit code: 0, or 1 after an error that a person can act on, told in one sentence."""
    with worker_progress() as progress:
        try:
            work(progress)
        except (
            TaskFolderError,
            MissingKeyError,
            UnknownModelError,
            UnansweredError,
            ServerError,
            SmokeFailedError,
            NoRowsError,
            OSError,
        ) as error:
            print(error, file=sys.stderr)
            return 1
    return 0
