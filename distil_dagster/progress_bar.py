"""A bar at the foot of a terminal that follows what a worker says of its progress."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

_DONE = re.compile(r"([\d,]+) of ([\d,]+)")


@contextmanager
def progress_bar(console: Console) -> Iterator[Callable[[str], None]]:
    """A bar, gone when the context ends; it is given messages, whose first `12 of 80` says how full it is.

    What is printed on the same console meanwhile scrolls past above it.
    """
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (BarColumn(bar_width=24), TimeElapsedColumn(), TextColumn("{task.description}", markup=False))
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("starting", total=None)

        def show(message: str) -> None:
            done = share_done(message)
            bar.update(task, description=message, completed=done[0] if done else None, total=done[1] if done else None)

        yield show


def share_done(message: str) -> tuple[int, int] | None:
    """How much of how much a message says is done; None if it says nothing of it."""
    found = _DONE.search(message)
    if found is None:
        return None
    done, total = (int(number.replace(",", "")) for number in found.groups())
    return (done, total) if total else None
