"""The table of ablations for a person: in a terminal, and as a plot of accuracy against corpus size."""

from __future__ import annotations

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from distil_dagster.ablations.table import AblationRow, AblationTable
from distil_dagster.reports import wording
from distil_dagster.reports.sparklines import SizedAccuracy, corpus_size_svg


def print_ablations(table: AblationTable, *, console: Console | None = None) -> None:
    """Print what each ablation scored, and below how it differs from the full recipe, question by question.

    Args:
        table: what was measured.
        console: defaults to standard output, 80 columns wide if that is no terminal.
    """
    console = console or Console(highlight=False)
    console.print(_scores(table))
    for row in table.rows[1:]:
        console.print(Text(in_words(row)))


def in_words(row: AblationRow) -> str:
    """What the ablation changes and how it stands to the full recipe, in a line."""
    changed = f"{row.ablation} ({row.difference_in_words})"
    if (
        row.difference is None
        or row.difference_low is None
        or row.difference_high is None
        or row.p_value is None
        or row.adjusted_p_value is None
    ):
        return f"{changed}: {row.verdict}"
    return (
        f"{changed}: {wording.points(row.difference)} points "
        f"({wording.span(row.difference_low, row.difference_high)}), {wording.p_value(row.p_value)}, adjusted "
        f"{wording.p_value(row.adjusted_p_value)}; right alone: {row.only_ablation} against {row.only_full_recipe} "
        f"of {row.n_questions}; {row.verdict}"
    )


def corpus_size_plot(table: AblationTable) -> str | None:
    """Accuracy against corpus size as an SVG document; None unless some part of the corpus was trained on alone."""
    points = [
        SizedAccuracy(row.corpus_rows, row.accuracy, row.low, row.high)
        for row in table.by_size
        if row.corpus_rows is not None and row.accuracy is not None and row.low is not None and row.high is not None
    ]
    if len({point.corpus_rows for point in points} - {0}) < 2:
        return None
    return corpus_size_svg(points, question_noun=table.question_noun)


def _scores(table: AblationTable) -> Table:
    shown = Table(title="Ablations", title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    shown.add_column("ablation", overflow="fold")
    shown.add_column("corpus rows", justify="right")
    shown.add_column("steps", justify="right", no_wrap=True)
    shown.add_column("accuracy %", justify="right", no_wrap=True)
    shown.add_column("95 % interval", justify="right", no_wrap=True)
    shown.add_column(f"{table.question_noun}s", justify="right", no_wrap=True)
    for row in table.rows:
        shown.add_row(Text(row.ablation), *_cells(row))
    return shown


def _cells(row: AblationRow) -> tuple[str, ...]:
    trained = tuple(wording.DASH if number is None else f"{number:,}" for number in (row.corpus_rows, row.steps))
    if row.accuracy is None or row.low is None or row.high is None:
        return (*trained, wording.DASH, wording.DASH, wording.DASH)
    score = (wording.percent(row.accuracy), wording.interval(row.low, row.high), f"{row.correct}/{row.n_questions}")
    return (*trained, *score)
