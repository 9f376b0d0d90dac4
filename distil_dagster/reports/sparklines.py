"""Small pictures for the metadata of an asset in Dagster's UI: SVG written by hand, embedded in Markdown.

They need neither a browser nor a drawing library, and stay below 20 kB. The figures of the web page are in
`figures`.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping, Sequence
from html import escape
from itertools import groupby
from typing import NamedTuple, Protocol

from distil_dagster.costs.cost_table import CostRow
from distil_dagster.reports import wording
from distil_dagster.reports.mistakes import Mistake, mistakes
from distil_dagster.reports.report_input import CurvePoint
from distil_dagster.reports.thinning import thinned
from distil_dagster.serving.summary import LoadPoint

_WIDTH = 520
_INK, _MUTED, _GRID, _PAPER = "#1f2733", "#667085", "#e4e7ec", "#ffffff"
_CELL = "#f2f5f7"
_TRAINING, _HELD_BACK = "#8fb3c4", "#0f7f8c"
_REJECTED = "#c9ced6"
_ARM_COLOURS = {"base": "#8a94a6", "seeds_only": "#c98a1b", "distilled": "#0f7f8c"}
_CURVE_POINTS = 160
_NAMED_LABELS = 12
_MISTAKES_NAMED = 8
_LONGEST_NAME = 24
_SHADES = 4


class _ScoredArm(Protocol):
    """An arm of the benchmark's summary, or `ArmScore`."""

    @property
    def arm(self) -> str: ...
    @property
    def correct(self) -> int: ...
    @property
    def n_questions(self) -> int: ...
    @property
    def accuracy(self) -> float: ...
    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...


def accuracy_svg(arms: Sequence[_ScoredArm], *, question_noun: str) -> str:
    """One line per arm: a dot at its accuracy, a whisker over its 95 % interval, and n. Returns an SVG document."""
    left, right, row_height, top = 84, 150, 30, 12
    bottom = top + row_height * len(arms)

    def x(share: float) -> float:
        return left + share * (_WIDTH - left - right)

    marks = []
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        marks.append(_line((x(share), top), (x(share), bottom), _GRID))
        marks.append(_text(x(share), bottom + 16, f"{100 * share:.0f}", anchor="middle"))
    marks.append(_text(x(1.0) + 14, bottom + 16, f"% of {question_noun}s right"))
    for row, arm in enumerate(wording.in_order(arms)):
        y = top + row_height * (row + 0.5)
        colour = _ARM_COLOURS.get(arm.arm, _INK)
        marks.append(_text(left - 12, y + 4, wording.arm_label(arm.arm), anchor="end", colour=_INK))
        marks.append(_line((x(arm.low), y), (x(arm.high), y), colour, width=3))
        marks.append(f'<circle cx="{x(arm.accuracy):.1f}" cy="{y:.1f}" r="5.5" fill="{colour}"/>')
        score = f"{wording.percent(arm.accuracy)} %  ({arm.correct}/{arm.n_questions})"
        marks.append(_text(x(1.0) + 14, y + 4, score, colour=_INK))
    title = "; ".join(f"{wording.arm_label(arm.arm)} {wording.percent(arm.accuracy)} %" for arm in arms)
    return _document(marks, height=bottom + 28, title=f"Accuracy with 95 % intervals: {title}")


def cost_svg(rows: Sequence[CostRow]) -> str:
    """One line per contender and use: a dot at its dollars per million requests, on a log scale, and their interval.

    Contenders that cost nothing have no place on it. Returns an SVG document.
    """
    priced = [row for row in rows if row.dollars_per_million > 0]
    left, right, row_height, top = 190, 90, 20, 10
    ends = [end for row in priced for end in (row.dollars_per_million, row.dollars_low, row.dollars_high) if end]
    low, high = math.log10(min(ends, default=1.0)), math.log10(max(ends, default=1.0))

    def x(dollars: float) -> float:
        return left + (math.log10(dollars) - low) / ((high - low) or 1.0) * (_WIDTH - left - right)

    marks = []
    for number, row in enumerate(priced):
        y = top + row_height * (number + 0.5)
        colour = _HELD_BACK if row.kind == "self-hosted" else _ARM_COLOURS["base"]
        name = row.contender if row.utilisation is None else f"{row.contender}, {row.utilisation:.3g} used"
        marks.append(_text(left - 12, y + 4, _short(name), anchor="end", colour=_INK))
        marks.append(_line((left, y), (_WIDTH - right, y), _GRID))
        if row.dollars_low and row.dollars_high:
            marks.append(_line((x(row.dollars_low), y), (x(row.dollars_high), y), colour, width=3))
        marks.append(f'<circle cx="{x(row.dollars_per_million):.1f}" cy="{y:.1f}" r="4.5" fill="{colour}"/>')
        marks.append(_text(_WIDTH - right + 12, y + 4, wording.dollars(row.dollars_per_million), colour=_INK))
    title = "Dollars per million requests, log scale"
    bottom = top + row_height * len(priced)
    marks.append(_text(left, bottom + 16, title))
    return _document(marks, height=bottom + 28, title=title)


def funnel_svg(funnel: Mapping[str, int]) -> str:
    """How many rows are still in after each filter: a bar for each, those it rejected in grey at its end.

    Args:
        funnel: rows `generated`, then those that each filter rejected, in their order, then rows `kept`.
    """
    left, right, row_height, top = 150, 120, 20, 8
    generated = funnel["generated"]

    def width(rows: int) -> float:
        return (_WIDTH - left - right) * rows / max(1, generated)

    marks, still_in = [], generated
    for row, (name, rows) in enumerate(funnel.items()):
        y = top + row_height * row
        rejected = 0 if name in ("generated", "kept") else rows
        still_in -= rejected
        words = f"{rows:,}" if name in ("generated", "kept") else f"{rows:,} out" if rows else "none"
        marks += [
            _text(left - 10, y + 14, name.replace("_", " "), anchor="end", colour=_INK),
            _bar(left, y + 4, width(still_in), _HELD_BACK),
            _bar(left + width(still_in), y + 4, width(rejected), _REJECTED),
            _text(left + width(generated) + 10, y + 14, words, colour=_INK if rows else _MUTED),
        ]
    title = f"{funnel['kept']:,} of {generated:,} rows kept"
    return _document(marks, height=top * 2 + row_height * len(funnel), title=title)


def curve_svg(points: Sequence[CurvePoint]) -> str:
    """Training loss over the examples seen, averaged in bins, and the held-back loss. Returns an SVG document.

    Raises:
        ValueError: no points.
    """
    if not points:
        raise ValueError("A loss curve needs at least one training step.")
    left, right, top, bottom = 52, 96, 14, 190
    training = thinned([(point.examples, point.loss) for point in points], at_most=_CURVE_POINTS)
    held_back: list[tuple[float, float]] = [
        (point.examples, point.held_back_loss) for point in points if point.held_back_loss is not None
    ]
    losses = [loss for _, loss in (*training, *held_back) if math.isfinite(loss)] or [0.0]
    highest = max(*losses, 1e-9)
    examples = max(points[-1].examples, 1)

    def place(at: float, loss: float) -> tuple[float, float]:
        return left + at / examples * (_WIDTH - left - right), bottom - loss / highest * (bottom - top)

    marks = []
    for share in (0.0, 0.5, 1.0):
        x, y = place(share * examples, share * highest)
        marks.append(_line((left, y), (_WIDTH - right, y), _GRID))
        marks.append(_text(left - 8, y + 4, f"{share * highest:.2g}", anchor="end"))
        marks.append(_text(x, bottom + 18, f"{share * examples:,.0f}", anchor="middle"))
    marks.append(_text((left + _WIDTH - right) / 2, bottom + 34, "examples seen", anchor="middle"))
    curves = [("training", _TRAINING, training)]
    if held_back:
        curves.append(("held back", _HELD_BACK, held_back))
    key = _WIDTH - right + 12
    for line, (name, colour, curve) in enumerate(curves):
        places = [place(at, loss) for at, loss in curve if math.isfinite(loss)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        y = top + 6 + 20 * line
        marks.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        marks.append(_line((key, y), (key + 14, y), colour, width=3))
        marks.append(_text(key + 20, y + 4, name, colour=_INK))
    return _document(marks, height=bottom + 44, title=f"Loss over {examples:,} examples")


def rate_latency_svg(points: Sequence[LoadPoint], limits: Mapping[str, float]) -> str:
    """p50 and p99 over the rate of every run, on a logarithmic axis; rings are runs that were refused.

    Args:
        points: all runs.
        limits: seconds by `p50`, `p95` or `p99`, as a service level promises; drawn as lines.

    Raises:
        ValueError: no points.
    """
    if not points:
        raise ValueError("A rate-latency curve needs at least one run.")
    left, right, top, bottom = 60, 110, 26, 210
    measured = [percentile.seconds for point in points for percentile in (point.p50, point.p99)]
    spanned = (*measured, *limits.values())
    low, high = math.log10(min(spanned) / 1.3), math.log10(1.3 * max(spanned))
    fastest = 1.05 * max(point.rate for point in points)

    def place(at: float, latency: float) -> tuple[float, float]:
        return (
            left + at / fastest * (_WIDTH - left - right),
            bottom - (math.log10(latency) - low) / (high - low) * (bottom - top),
        )

    marks = [_text(left - 8, 14, "seconds from when a request is due")]
    for tick in (step * 10.0**decade for decade in range(math.floor(low), math.ceil(high)) for step in (1, 3)):
        if low <= math.log10(tick) <= high:
            marks.append(_line(place(0, tick), place(fastest, tick), _GRID))
            marks.append(_text(left - 8, place(0, tick)[1] + 4, f"{tick:g}", anchor="end"))
    marks += [
        _text(place(rate, 1)[0], bottom + 18, wording.rate(rate), anchor="middle")
        for rate in (0.0, fastest / 2, fastest)
    ]
    marks.append(_text((left + _WIDTH - right) / 2, bottom + 34, "requests/s offered", anchor="middle"))
    for name, limit in limits.items():
        marks.append(_line(place(0, limit), place(fastest, limit), _ARM_COLOURS["seeds_only"]))
        marks.append(_text(place(fastest, limit)[0] + 6, place(0, limit)[1] + 4, f"{name} promised", colour=_INK))
    for row, (name, colour) in enumerate((("p50", _TRAINING), ("p99", _HELD_BACK))):
        for point in points:
            x, y = place(point.rate, getattr(point, name).seconds)
            fill = _PAPER if point.refused else colour
            marks.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{fill}" stroke="{colour}" stroke-width="2"/>')
        key = _WIDTH - right + 12
        marks.append(f'<circle cx="{key + 6}" cy="{bottom - 20 * row}" r="4" fill="{colour}"/>')
        marks.append(_text(key + 16, bottom - 20 * row + 4, name, colour=_INK))
    title = f"p50 and p99 of {len(points)} runs at up to {wording.rate(fastest / 1.05)} requests/s"
    return _document(marks, height=bottom + 44, title=title)


class SizedAccuracy(NamedTuple):
    """What was reached with so many rows of the corpus; `low` and `high` are the ends of a 95 % interval."""

    corpus_rows: int
    accuracy: float
    low: float
    high: float


def corpus_size_svg(points: Sequence[SizedAccuracy], *, question_noun: str) -> str:
    """Accuracy over the rows of the corpus, a dot with its 95 % interval for each size. Returns an SVG document.

    Args:
        points: by their size, the smallest first.
        question_noun: what one question of the test set is called.

    Raises:
        ValueError: no points.
    """
    if not points:
        raise ValueError("A plot over corpus sizes needs at least one size.")
    left, right, top, bottom = 52, 40, 26, 190
    largest = max(points[-1].corpus_rows, 1)

    def place(rows: float, share: float) -> tuple[float, float]:
        return left + rows / largest * (_WIDTH - left - right), bottom - share * (bottom - top)

    marks = [_text(left - 8, 14, f"% of {question_noun}s right, 95 % intervals")]
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        _, y = place(0, share)
        marks.append(_line((left, y), (_WIDTH - right, y), _GRID))
        marks.append(_text(left - 8, y + 4, f"{100 * share:.0f}", anchor="end"))
    path = " ".join("{:.1f},{:.1f}".format(*place(point.corpus_rows, point.accuracy)) for point in points)
    marks.append(f'<polyline points="{path}" fill="none" stroke="{_TRAINING}" stroke-width="2"/>')
    for point in points:
        x, y = place(point.corpus_rows, point.accuracy)
        marks.append(_line(place(point.corpus_rows, point.low), place(point.corpus_rows, point.high), _HELD_BACK))
        marks.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{_HELD_BACK}"/>')
        marks.append(_text(x + 8, y - 8, wording.percent(point.accuracy), colour=_INK))
        marks.append(_text(x, bottom + 18, f"{point.corpus_rows:,}", anchor="middle"))
    marks.append(_text((left + _WIDTH - right) / 2, bottom + 34, "rows of the corpus", anchor="middle"))
    said = "; ".join(f"{point.corpus_rows:,} rows {wording.percent(point.accuracy)} %" for point in points)
    return _document(marks, height=bottom + 44, title=f"Accuracy over corpus size: {said}")


def confusion_svg(labels: Sequence[str], answers: Sequence[str], counts: Sequence[Sequence[int]]) -> str:
    """What was answered (columns) where what was right (rows), shaded by share of the row. Returns an SVG document.

    Up to twelve labels are named and their answers counted. Of more labels the most frequent mistakes are named beside
    the matrix. The title says it in words.

    Args:
        labels: what was right, row by row.
        answers: the labels in the same order, and after them what is no label.
        counts: a row for each label, in each a number for each answer.
    """
    few = len(labels) <= _NAMED_LABELS
    cell = 24 if few else max(1, 240 // len(answers))
    left, top = (210, 40) if few else (30, 36)
    right, bottom = left + cell * len(answers), top + cell * len(labels)
    wrong = mistakes(labels, answers, counts)
    marks = [
        _text(left, 18, "answered"),
        f'<rect x="{left}" y="{top}" width="{right - left}" height="{bottom - top}" fill="{_CELL}"/>',
        *_shaded_cells(counts, left=left, top=top, cell=cell),
    ]
    if few:
        marks += _names_and_numbers(labels, counts, left=left, top=top, cell=cell)
    else:
        marks.append(f'<g transform="rotate(-90)">{_text(-top, left - 12, "right", anchor="end")}</g>')
        marks += _named_mistakes(wrong[:_MISTAKES_NAMED], left=right + 18, top=top)
        bottom = max(bottom, top + 30 * len(wrong[:_MISTAKES_NAMED]))
    asked = sum(map(sum, counts))
    hits = asked - sum(mistake.count for mistake in wrong)
    title = f"{len(labels)} labels: rows are what was right, columns what was answered; {hits} of {asked} agree"
    if wrong:
        title += f"; most often {wrong[0].label} taken for {wrong[0].answered} ({wrong[0].count})"
    return _document(marks, height=bottom + 16, title=title)


def markdown_image(alternative: str, svg: str) -> str:
    """An SVG document as a Markdown image with the picture inside, for `MetadataValue.md`.

    Args:
        alternative: what a reader who cannot see the picture is told.
        svg: the document.
    """
    data = base64.b64encode(svg.encode()).decode()
    return f"![{alternative}](data:image/svg+xml;base64,{data})"


def _shade(count: int, asked: int) -> int:
    """0 for nothing, else the share of a row in steps of 1/4, rounded up."""
    return math.ceil(_SHADES * count / asked) if count else 0


def _shaded_cells(counts: Sequence[Sequence[int]], *, left: float, top: float, cell: int) -> list[str]:
    """One path per shade, drawn from cell to cell in units of a cell: 77 x 78 rectangles would be half a megabyte."""
    paths: dict[int, list[str]] = {}
    pens: dict[int, tuple[int, int]] = {}
    for y, row in enumerate(counts):
        x = 0
        for shade, run in groupby(_shade(count, sum(row)) for count in row):
            length = len(list(run))
            if shade:
                pen = pens.get(shade, (0, 0))
                paths.setdefault(shade, []).append(f"m{x - pen[0]} {y - pen[1]}h{length}")
                pens[shade] = (x + length, y)
            x += length
    return [
        f'<path transform="translate({left} {top + cell / 2}) scale({cell})" d="{"".join(path)}" fill="none" '
        f'stroke="{_ARM_COLOURS["distilled"]}" stroke-opacity="{shade / _SHADES}"/>'
        for shade, path in sorted(paths.items())
    ]


def _names_and_numbers(
    labels: Sequence[str], counts: Sequence[Sequence[int]], *, left: float, top: float, cell: int
) -> list[str]:
    """Rows by name and number, columns by the same numbers and a dash for what is no label, and all counts."""
    columns = [f"{number + 1}" if number < len(labels) else wording.DASH for number in range(len(counts[0]))]
    middles = [left + cell * (column + 0.5) for column in range(len(columns))]
    marks = [_text(left - 10, top - 6, "right", anchor="end")]
    marks += [_text(x, top - 6, name, anchor="middle") for x, name in zip(middles, columns, strict=True)]
    for row, (label, its) in enumerate(zip(labels, counts, strict=True)):
        y = top + cell * (row + 0.5) + 4
        marks.append(_text(left - 10, y, f"{_short(label)} {row + 1}", anchor="end", colour=_INK))
        for x, count in zip(middles, its, strict=True):
            if count:
                colour = _PAPER if _shade(count, sum(its)) > _SHADES / 2 else _INK
                marks.append(_text(x, y, f"{count}", anchor="middle", colour=colour))
    return marks


def _named_mistakes(shown: Sequence[Mistake], *, left: float, top: float) -> list[str]:
    marks = [_text(left, 18, "most often taken for another")] if shown else []
    for line, mistake in enumerate(shown):
        y = top + 10 + 30 * line
        marks.append(_text(left, y, f"{mistake.count} {_short(mistake.label)}", colour=_INK))
        marks.append(_text(left + 14, y + 13, f"as {_short(mistake.answered)}"))
    return marks


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"


def _document(marks: Sequence[str], *, height: float, title: str) -> str:
    # The paper is painted, because Dagster's UI may be light or dark and an image cannot ask which.
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height:.0f}" width="{_WIDTH}" '
        f'height="{height:.0f}" role="img" font-family="system-ui, sans-serif" font-size="12">'
        f'<title>{escape(title)}</title><rect width="100%" height="100%" rx="6" fill="{_PAPER}"/>'
        f"{''.join(marks)}</svg>"
    )


def _line(start: tuple[float, float], end: tuple[float, float], colour: str, *, width: float = 1) -> str:
    (x1, y1), (x2, y2) = start, end
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" '
        f'stroke-width="{width}" stroke-linecap="round"/>'
    )


def _bar(x: float, y: float, width: float, colour: str) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="12" fill="{colour}"/>'


def _text(x: float, y: float, text: str, *, anchor: str = "start", colour: str = _MUTED) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{escape(text)}</text>'
