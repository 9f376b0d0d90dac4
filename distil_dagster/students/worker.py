"""What the command lines of this stage share: how they start, and how they fail."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable

from pydantic import ValidationError

from distil_dagster.progress import FAILED, Progress, worker_progress
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
        except Exception as error:
            sentence = _sentence(error)
            if sentence is None:
                raise
            print(f"{FAILED}{sentence}", file=sys.stderr)
            return 1
    return 0


def _sentence(error: Exception) -> str | None:
    """What went wrong and what to do, or None if it is no fault that the person who started the work can mend."""
    if isinstance(error, ValidationError):
        faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        return f"{error.title} is not valid: {faults}"
    if isinstance(error, StudentError | TaskFolderError | OSError):
        return str(error)
    # torch has an exception of its own for a GPU that is full; its words for any other memory are the second ones.
    if isinstance(error, MemoryError | RuntimeError) and re.search("out of memory|can't allocate memory", str(error)):
        return (
            "there is not enough memory: lower max_tokens_per_pass in the profile, or close what else uses it "
            f"({str(error).splitlines()[0]})"
        )
    return None
