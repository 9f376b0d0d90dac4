"""Scores and costs as tables in a terminal; plain text without colours when piped into a file."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from distil_dagster.costs.cost_table import CostRow
from distil_dagster.reports import wording
from distil_dagster.reports.leaderboard import ReferenceStanding, reference_standings
from distil_dagster.reports.report_input import ArmScore, CostDetails, ReferenceScore, TaskReport

TRAFFIC = "*"
"""Marks the use that the profile's traffic makes of a device."""


def print_scores(tasks: Sequence[TaskReport], *, console: Console | None = None) -> None:
    """Print the accuracy table, how students stand to the references, and the cost table of every task.

    Args:
        tasks: all that are read together, because p values are adjusted for all their references; a part that is
            absent is said to be not measured yet.
        console: defaults to standard output, 80 columns wide if that is no terminal.
    """
    console = console or Console(highlight=False)
    standings = reference_standings(tasks)
    for task in tasks:
        console.print(Text(task.name, style="bold"), Text(f"{task.kind}, decided by {task.metric}", style="dim"))
        console.print()
        scored = any(student.arms for student in task.students)
        console.print(accuracy_table(task) if scored else f"Accuracy: {wording.NOT_MEASURED}")
        for student in task.students:
            for pair in student.comparisons:
                if pair.first == wording.in_order(student.arms)[-1].arm:
                    console.print(Text(f"{student.name}: {wording.comparison(pair)}"))
            for spread in student.spreads:
                console.print(Text(f"{student.name}, {wording.arm_label(spread.arm)}: {wording.spread(spread)}"))
            if student.verdict:
                console.print(Text(f"{student.name}: {student.verdict.word}. {student.verdict.reason}"))
        for reference in task.references:
            own = [row for row in standings if (row.task, row.reference) == (task.name, reference.display_name)]
            for line in _reference_lines(task, reference, own):
                console.print(Text(line))
        for name, judge in task.judges:
            for arm, summary in judge.arms.items():
                console.print(Text(f"{name}, {wording.arm_label(arm)}, judged by {judge.model}: {summary}"))
        console.print()
        console.print(cost_table(task.costs) if task.costs else f"Cost: {wording.NOT_MEASURED}")
        for line in _cost_lines(task):
            console.print(Text(line))
        if task.cost_details and task.cost_details.break_even:
            console.print()
            console.print(break_even_table(task.cost_details))
        console.print()


def accuracy_table(task: TaskReport) -> Table:
    """Per student and arm: accuracy with its interval, questions right, whole conversations or schemas right."""
    unmeasured = [student.name for student in task.students if not student.arms]
    table = _table("Accuracy", caption=Text(f"{wording.NOT_MEASURED}: {', '.join(unmeasured)}") if unmeasured else None)
    table.add_column("student", overflow="fold")
    table.add_column("arm", no_wrap=True)
    table.add_column("accuracy %", justify="right", no_wrap=True)
    table.add_column("95 % interval", justify="right", no_wrap=True)
    table.add_column(f"{task.question_noun}s", justify="right", no_wrap=True)
    if task.cluster_noun:
        table.add_column(f"{task.cluster_noun}s", justify="right", no_wrap=True)
    for student in task.students:
        for row, arm in enumerate(wording.in_order(student.arms)):
            cells = _accuracy_cells(arm) if task.cluster_noun else _accuracy_cells(arm)[:-1]
            table.add_row(Text(student.name) if row == 0 else "", *cells, style=_arm_style(arm))
        table.add_section()
    return table


def cost_table(rows: Sequence[CostRow]) -> Table:
    """Per contender: dollars per million requests, accuracy on this task, and whether the cost was measured here."""
    table = _table("Cost of a million requests", caption=None)
    table.add_column("contender", overflow="fold")
    table.add_column("in use", justify="right", no_wrap=True)
    table.add_column("$ / 1M", justify="right", no_wrap=True)
    table.add_column("accuracy %", justify="right", no_wrap=True)
    table.add_column("cost is", no_wrap=True)
    for _, contenders in groupby(rows, key=lambda row: row.kind):
        for row in contenders:
            table.add_row(*_cost_cells(row))
        table.add_section()
    return table


def break_even_table(details: CostDetails) -> Table:
    """The traffic from which on a device at its own price, always on, costs less than each API."""
    table = _table(f"Cheaper than an API, at ${details.dollars_per_hour:g}/h always on", caption=None)
    table.add_column("student", overflow="fold")
    table.add_column("API", overflow="fold")
    table.add_column("from requests/s", justify="right", no_wrap=True)
    table.add_column("a month", justify="right", no_wrap=True)
    own = [row for row in details.break_even if row.device_dollars_per_hour == details.dollars_per_hour]
    for _, rows in groupby(own, key=lambda row: row.student):
        for number, row in enumerate(rows):
            crossing = (
                ("never", "")
                if row.requests_per_second is None or row.requests_per_month is None
                else (wording.rate(row.requests_per_second), wording.volume(row.requests_per_month))
            )
            table.add_row(Text("" if number else row.student), Text(row.api), *crossing)
        table.add_section()
    return table


def _table(title: str, *, caption: Text | None) -> Table:
    return Table(
        title=title,
        title_justify="left",
        title_style="bold",
        caption=caption,
        caption_justify="left",
        box=box.SIMPLE_HEAD,
        collapse_padding=True,
        pad_edge=False,
    )


def _accuracy_cells(arm: ArmScore) -> tuple[str | Text, ...]:
    return (
        Text(wording.arm_label(arm.arm)),
        wording.percent(arm.accuracy),
        wording.interval(arm.low, arm.high),
        f"{arm.correct}/{arm.n_questions}",
        f"{arm.clusters_right}/{arm.n_clusters}",
    )


def _reference_lines(
    task: TaskReport, reference: ReferenceScore, standings: Sequence[ReferenceStanding]
) -> Sequence[str]:
    score = (
        f"{reference.display_name}: {wording.percent(reference.repeats.mean)} % "
        f"({wording.interval(reference.low, reference.high)}), {len(reference.repeats.values)} x "
        f"{reference.n_questions} {task.question_noun}s"
    )
    if not standings:
        return [f"{score}; no student was asked the same {task.question_noun}s"]
    return [score, *(f"{row.student}: {wording.beside(row)}" for row in standings)]


def _cost_lines(task: TaskReport) -> Sequence[str]:
    """What the making cost, what the traffic is, and which models retire."""
    details = task.cost_details
    lines = []
    if details and details.requests_per_month:
        lines.append(f"{TRAFFIC} a traffic of {wording.volume(details.requests_per_month)} requests a month")
    # A student's last row is that of the traffic, or without one that of the lowest use.
    for row in {row.contender: row for row in task.costs if row.making_dollars is not None}.values():
        steps = [step for step in details.making if step.student == row.contender] if details else []
        at_least = "" if row.making_is_complete else "at least "
        lines.append(
            f"{row.contender}: {at_least}{wording.dollars(row.making_dollars or 0.0)} to make "
            f"({wording.stages_of_making(steps)}); with it {wording.with_making(row)} for {row.life_months:g} months "
            f"at {wording.utilisation(row)} use"
        )
    retiring = [f"{row.contender} {row.retires_on}" for row in task.costs if row.retires_on]
    return [*lines, *([f"Retire: {', '.join(retiring)}"] if retiring else [])]


def _arm_style(arm: ArmScore) -> str | None:
    return "bold" if arm.arm == "distilled" else None


def _accuracy_of_contender(row: CostRow) -> str | Text:
    if row.accuracy is None:
        return Text("not measured", style="dim")
    if row.accuracy_origin == "published":
        return Text(f"{wording.percent(row.accuracy)} published", style="dim")
    return wording.percent(row.accuracy)


def _cost_cells(row: CostRow) -> tuple[str | Text, ...]:
    return (
        Text(row.contender),
        f"{TRAFFIC} {wording.utilisation(row)}" if row.load == "traffic" else wording.utilisation(row),
        wording.dollars(row.dollars_per_million),
        _accuracy_of_contender(row),
        Text(row.origin, style="green" if row.origin == "measured here" else "dim"),
    )
