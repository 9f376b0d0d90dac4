"""What the command lines of this stage share: how they start, and how they fail."""

from __future__ import annotations

import sys
from collections.abc import Callable

from pydantic import ValidationError

from distil_dagster.progress import Progress, worker_progress
from distil_dagster.students.allocator import keep_freed_memory
from distil_dagster.students.errors import StudentError
from distil_dagster.tasks import TaskFolderError


def run_worker(work: Callable[[Progress], object]) -> int:
    """Do the work and return the exit code: 0, or 1 after an error that a person can act on, told in one sentence.

    `work` must import torch itself: the allocator is set up before.
    """
    keep_freed_memory()
    with worker_progress() as progress:
        try:
            work(progress)
        except (StudentError, TaskFolderError, OSError) as error:
            print(error, file=sys.stderr)
            return 1
        except ValidationError as error:
            faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
            print(f"{error.title} is not valid: {faults}", file=sys.stderr)
            return 1
    return 0
