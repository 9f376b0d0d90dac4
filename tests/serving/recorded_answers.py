"""What is recorded in a folder of responses, read as any other tool would read it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from distil_dagster.serving.responses import ResponseFolder


def recorded_hashes(folder: Path) -> list[str]:
    """The hashes of the requests whose answers are there."""
    path = ResponseFolder(folder).path
    if not path.exists():
        return []
    with closing(sqlite3.connect(path)) as database:
        return [sha256 for (sha256,) in database.execute("SELECT sha256 FROM answers")]
