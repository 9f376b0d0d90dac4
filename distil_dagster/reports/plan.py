"""The plan of a corpus as tables in a terminal."""

from __future__ import annotations

from rich import box
from rich.console import Console
from rich.table import Table

from distil_dagster.teachers.model.plan import Plan


def print_plan(plan: Plan, *, console: Console | None = None) -> None:
    """Print the plan in words, the rows of each design, and the values that they are varied by."""
    console = console or Console(highlight=False, soft_wrap=True)
    console.print(str(plan))
    console.print()
    designs = Table(box=box.SIMPLE_HEAD)
    designs.add_column("design", overflow="fold")
    designs.add_column("rows", justify="right", no_wrap=True)
    for name, rows in plan.designs.items():
        designs.add_row(name.replace("[", r"\["), f"{rows:,}")
    console.print(designs)
    for name, values in plan.mutators.items():
        console.print(f"{name}: {', '.join(values)}".replace("[", r"\["))
