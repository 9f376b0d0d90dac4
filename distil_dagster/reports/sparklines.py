"""Small pictures for the metadata of an asset in Dagster's UI: SVG written by hand, embedded in Markdown.

They need neither a browser nor a drawing library, and stay below 20 kB. The figures of the web page are in
`figures`.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from html import escape
from typing import Protocol

from distil_dagster.reports import wording
from distil_dagster.reports.report_input import CurvePoint
from distil_dagster.reports.thinning import thinned

_WIDTH = 520
_INK, _MUTED, _GRID, _PAPER = "#1f2733", "#667085", "#e4e7ec", "#ffffff"
_TRAINING, _HELD_BACK = "#8fb3c4", "#0f7f8c"
_ARM_COLOURS = {"base": "#8a94a6", "seeds_only": "#c98a1b", "distilled": "#0f7f8c"}
_CURVE_POINTS = 160


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


def markdown_image(alternative: str, svg: str) -> str:
    """An SVG document as a Markdown image with the picture inside, for `MetadataValue.md`.

    Args:
        alternative: what a reader who cannot see the picture is told.
        svg: the document.
    """
    data = base64.b64encode(svg.encode()).decode()
    return f"![{alternative}](data:image/svg+xml;base64,{data})"


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


def _text(x: float, y: float, text: str, *, anchor: str = "start", colour: str = _MUTED) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{escape(text)}</text>'
