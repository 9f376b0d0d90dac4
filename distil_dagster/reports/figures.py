"""The figures of the web page, as Plotly figures that fit a light and a dark page.

Backgrounds are transparent; the page's style sheet colours text, axes and grid. Data colours are chosen to read
on both. Figures have no width of their own, only a height, and cannot be dragged or zoomed, so that a phone
scrolls past them. A figure never contains a mark for something that was not measured.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from distil_dagster.costs.cost_table import CostRow
from distil_dagster.reports import wording
from distil_dagster.reports.leaderboard import LEADERBOARD_UTILISATION
from distil_dagster.reports.report_input import (
    ArmScore,
    CorpusFunnel,
    LabelReport,
    StudentReport,
    TrainingCurve,
)
from distil_dagster.reports.thinning import thinned

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

_ARM_COLOURS = {"base": "#8a94a6", "seeds_only": "#cc8a1f", "distilled": "#1291a0"}
_OTHER_ARM = "#7a6ad0"
STUDENT, API = "#1291a0", "#8a94a6"
_ROWS_LEFT = "rgba(18, 145, 160, 0.32)"
_REJECTED = "#cc8a1f"
_ROW = 30
_VALUE_MARGIN = 76
_CURVE_POINTS = 250
_LABELS_WITH_NUMBERS = 20
_ROOM = {"text": " ", "standoff": 0, "font": {"size": 24}}
"""Plotly measures names in another font than the page's and cuts wide ones; an empty title leaves them room."""


def accuracy_figure(students: Sequence[StudentReport], *, question_noun: str = "question") -> Figure:
    """Accuracy of every arm of every student: a dot, a whisker over the 95 % interval, the value at the right.

    A student or an arm without a score keeps its line, which says so.
    """
    rows = [(student, _arms_to_show(student)) for student in students]
    figure = blank_figure(height=_ROW * sum(1.5 + len(arms) for _, arms in rows) + 40)
    ticks: list[tuple[float, str]] = []
    y = 0.0
    for student, arms in rows:
        ticks.append((y, f"<b>{escape(student.name)}</b>"))
        if not arms:
            _note(figure, wording.NOT_MEASURED, x=0, y=y, xanchor="left", xshift=8)
        for name in arms:
            y += 1
            ticks.append((y, escape(wording.arm_label(name))))
            arm = student.arm(name)
            if arm is None:
                _note(figure, wording.NOT_MEASURED, x=0, y=y, xanchor="left", xshift=8)
            else:
                _whisker(figure, arm, y=y, question_noun=question_noun)
        y += 1.5
    quarters = (0, 25, 50, 75, 100)
    figure.update_xaxes(range=[-2, 102], tickvals=quarters, ticktext=[f"{tick} %" for tick in quarters], showgrid=True)
    _label_rows(figure, ticks)
    return figure


def cost_figure(rows: Sequence[CostRow]) -> Figure:
    """Dollars per million requests on a logarithmic axis, cheapest contender first.

    A student is a line from its cost at full use to its cost at the lowest use priced, with its dot at 70 %; a diamond
    is its cost for the profile's traffic. An API is a ring at its published price, filled where the tokens were
    measured here. Accuracy is not on this figure: see `accuracy_against_cost_figure`.
    """
    contenders = sorted(_by_contender(rows).values(), key=lambda group: _headline(group).dollars_per_million)
    figure = blank_figure(height=_ROW * len(contenders) + 60)
    for y, group in enumerate(contenders):
        headline = _headline(group)
        if headline.kind == "self-hosted":
            shares = [row for row in group if row.is_share]
            figure.add_scatter(
                x=[row.dollars_per_million for row in shares],
                y=[y] * len(shares),
                mode="lines+markers",
                line={"color": STUDENT, "width": 3},
                marker={
                    "color": STUDENT,
                    "size": [13 if row == headline else 7 for row in shares],
                    "opacity": 1,
                    "line": {"width": 0},
                },
                customdata=[wording.utilisation(row) for row in shares],
                hovertemplate="$%{x:,.2f} at %{customdata} use, measured here<extra></extra>",
            )
            for row in group:
                if row.load == "traffic":
                    figure.add_scatter(
                        x=[row.dollars_per_million],
                        y=[y],
                        mode="markers",
                        marker={"color": STUDENT, "size": 11, "symbol": "diamond"},
                        hovertemplate=f"$%{{x:,.2f}} for the traffic, {wording.utilisation(row)} use<extra></extra>",
                    )
        else:
            asked = headline.origin == "measured tokens"
            figure.add_scatter(
                x=[headline.dollars_per_million],
                y=[y],
                mode="markers",
                marker={
                    "color": API,
                    "size": 12,
                    "symbol": "circle" if asked else "circle-open",
                    "line": {"color": API, "width": 2.5},
                },
                hovertemplate=f"$%{{x:,.2f}}, {'tokens measured here' if asked else 'published price'}<extra></extra>",
            )
        _value(figure, wording.dollars(headline.dollars_per_million), y=y)
    figure.update_xaxes(**_dollar_axis(rows))
    _label_rows(figure, [(y, _emphasised(group[0])) for y, group in enumerate(contenders)])
    return figure


def accuracy_against_cost_figure(rows: Sequence[CostRow]) -> Figure | None:
    """Accuracy over the cost of a million requests, for the contenders whose accuracy was measured on this task.

    Returns None if there is none.
    """
    measured = [row for row in rows if row.accuracy_origin == "measured here" and (row.is_share or row.kind == "api")]
    if not measured:
        return None
    figure = blank_figure(height=300)
    floor = 100.0
    axis = _dollar_axis(rows)
    middle = sum(axis["range"]) / 2
    for name, group in _by_contender(measured).items():
        headline = _headline(group)
        accuracy, low, high = _percentages(headline)
        floor = min(floor, low)
        colour = STUDENT if headline.kind == "self-hosted" else API
        figure.add_scatter(
            x=[row.dollars_per_million for row in group],
            y=[accuracy] * len(group),
            mode="lines",
            line={"color": colour, "width": 3},
            hoverinfo="skip",
        )
        figure.add_scatter(
            x=[headline.dollars_per_million],
            y=[accuracy],
            error_y={
                "array": [high - accuracy],
                "arrayminus": [accuracy - low],
                "thickness": 2,
                "width": 0,
                "color": colour,
            },
            mode="markers+text",
            marker={"color": colour, "size": 13},
            text=[escape(name)],
            # A name towards the middle is never cut off by the edge.
            textposition=f"bottom {'right' if math.log10(headline.dollars_per_million) < middle else 'left'}",
            hovertemplate=f"{escape(name)}<br>%{{y:.1f}} % for $%{{x:,.2f}}<extra></extra>",
        )
    figure.update_xaxes(**axis)
    figure.update_yaxes(range=[max(0, 10 * (floor // 10)), 101], ticksuffix=" %", showgrid=True, nticks=6)
    figure.update_layout(margin={"r": 16})
    return figure


def confusion_figure(report: LabelReport) -> Figure:
    """What was answered (columns) where what was right (rows), as shares of each row; the diagonal is right.

    Many labels are drawn without their numbers, and on a phone without their names.
    """
    shares = [[count / max(1, sum(row)) for count in row] for row in report.confusion]
    many = len(report.labels) > _LABELS_WITH_NUMBERS
    figure = blank_figure(height=(12 if many else 34) * len(report.labels) + 150)
    labels = [escape(score.label) for score in report.labels]
    answers = [escape(answer) for answer in report.answers]
    figure.add_heatmap(
        x=answers,
        y=labels,
        z=shares,
        customdata=report.confusion,
        text=[[str(count or "") for count in row] for row in report.confusion],
        texttemplate=None if many else "%{text}",
        colorscale=[[0, "rgba(18, 145, 160, 0.04)"], [1, STUDENT]],
        zmin=0,
        zmax=1,
        showscale=False,
        xgap=1,
        ygap=1,
        hovertemplate="%{y} was right, %{x} was answered: %{customdata} times<extra></extra>",
    )
    # As categories even where all labels are numbers.
    names = {"type": "category", "dtick": 1, "tickfont": {"size": 9 if many else 12}, "ticks": "", "title": _ROOM}
    figure.update_yaxes(autorange="reversed", ticklabelstandoff=6, **names)
    figure.update_xaxes(tickangle=-90 if many else -60, ticklabelstandoff=4, **names)
    figure.update_layout(meta={"many_labels": many})
    return figure


def corpus_figure(funnel: CorpusFunnel) -> Figure:
    """The rows left after each filter, and beside them those that the filter rejected."""
    left = funnel.generated
    stages = [("written by the teacher", left, 0)]
    for rejection in funnel.rejections:
        left -= rejection.rows
        stages.append((escape(wording.filter_label(rejection.rejected_by)), left, rejection.rows))
    stages.append(("<b>kept</b>", funnel.kept, 0))
    figure = blank_figure(height=_ROW * len(stages) + 50)
    shown = list(enumerate(stages))
    figure.add_bar(
        x=[remaining for _, remaining, _ in stages],
        y=list(range(len(stages))),
        marker={"color": [_ROWS_LEFT] * (len(stages) - 1) + [STUDENT]},
        hovertemplate="%{x:,} rows left<extra></extra>",
    )
    figure.add_bar(
        x=[rejected for _, _, rejected in stages],
        y=list(range(len(stages))),
        marker={"color": _REJECTED},
        hovertemplate="%{x:,} rows rejected<extra></extra>",
    )
    figure.update_traces(orientation="h", width=0.46, marker_line_width=0)
    for y, (_, remaining, rejected) in shown:
        _value(figure, f"{wording.MINUS}{rejected:,}" if 0 < y < len(stages) - 1 else f"{remaining:,}", y=y)
    figure.update_xaxes(range=[0, max(funnel.generated, 1)], showgrid=True, nticks=5, tickformat=",d")
    _label_rows(figure, [(y, label) for y, (label, _, _) in shown])
    figure.update_layout(barmode="stack")
    return figure


def training_figure(curve: TrainingCurve) -> Figure:
    """Loss over the examples seen: the training loss averaged in bins, the held-back loss as measured.

    The loss axis is logarithmic unless a loss is zero or below.
    """
    training = thinned([(point.examples, point.loss) for point in curve.points], at_most=_CURVE_POINTS)
    held_back = [(point.examples, point.held_back_loss) for point in curve.points if point.held_back_loss is not None]
    colour = _ARM_COLOURS[curve.arm]
    figure = blank_figure(height=260)
    figure.add_scatter(
        x=[round(examples) for examples, _ in training],
        y=[short(loss) for _, loss in training],
        name="training",
        mode="lines",
        line={"color": colour, "width": 1.5},
        opacity=0.55,
        hovertemplate="%{y:.3g} after %{x:,} examples, training<extra></extra>",
    )
    if held_back:
        figure.add_scatter(
            x=[examples for examples, _ in held_back],
            y=[short(loss) for _, loss in held_back],
            name="held back",
            mode="lines+markers",
            line={"color": colour, "width": 2.5},
            marker={"color": colour, "size": 7},
            hovertemplate="%{y:.3g} after %{x:,} examples, held back<extra></extra>",
        )
    figure.update_xaxes(
        rangemode="tozero",
        nticks=5,
        tickformat=",d",
        title={"text": "examples seen", "standoff": 8, "font": {"size": 13}},
    )
    losses = [loss for _, loss in (*training, *held_back) if math.isfinite(loss)]
    if losses and min(losses) > 0:
        ticks = logarithmic_ticks(min(losses), max(losses))
        figure.update_yaxes(type="log", tickvals=ticks, ticktext=[f"{tick:g}" for tick in ticks])
    figure.update_yaxes(showgrid=True, nticks=6)
    figure.update_layout(
        showlegend=True,
        legend={"orientation": "h", "x": 1, "xanchor": "right", "y": 1.02, "yanchor": "bottom"},
        margin={"t": 28, "b": 48, "r": 16},
    )
    return figure


def blank_figure(*, height: float) -> Figure:
    """A figure without marks, as all of the page begin."""
    import plotly.graph_objects as go

    figure = go.Figure(
        layout={
            # An empty template: Plotly's own would add its colours, and 7 kB to every figure.
            "template": go.layout.Template(),
            "height": height,
            "margin": {"l": 8, "r": 8, "t": 8, "b": 32},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "showlegend": False,
            "dragmode": False,
            "hovermode": "closest",
            "font": {"size": 13},
            "hoverlabel": {"bgcolor": "#1f2937", "bordercolor": "#1f2937", "font": {"color": "#ffffff", "size": 13}},
        }
    )
    figure.update_xaxes(fixedrange=True, zeroline=False, showgrid=False, automargin=True)
    figure.update_yaxes(fixedrange=True, zeroline=False, showgrid=False, automargin=True)
    return figure


def _label_rows(figure: Figure, ticks: Sequence[tuple[float, str]]) -> None:
    """Name the rows of a figure, the first at the top. The page moves the names above the rows on a phone."""
    figure.update_yaxes(
        range=[ticks[-1][0] + 0.6, -0.6],
        tickvals=[y for y, _ in ticks],
        ticktext=[text for _, text in ticks],
        ticklabelstandoff=8,
        title=_ROOM,
    )
    figure.update_layout(meta={"named_rows": True})


def _arms_to_show(student: StudentReport) -> list[str]:
    """The usual arms, scored or not, then any other; none for a student that has no score at all."""
    if not student.arms:
        return []
    scored = [arm.arm for arm in wording.in_order(student.arms)]
    return [*wording.ARM_LABELS, *(name for name in scored if name not in wording.ARM_LABELS)]


def _whisker(figure: Figure, arm: ArmScore, *, y: float, question_noun: str) -> None:
    colour = _ARM_COLOURS.get(arm.arm, _OTHER_ARM)
    figure.add_scatter(
        x=[100 * arm.accuracy],
        y=[y],
        error_x={
            "array": [100 * (arm.high - arm.accuracy)],
            "arrayminus": [100 * (arm.accuracy - arm.low)],
            "thickness": 3,
            "width": 0,
            "color": colour,
        },
        mode="markers",
        marker={"size": 13, "color": colour},
        hovertemplate=(
            f"{wording.percent(arm.accuracy)} %, interval {wording.interval(arm.low, arm.high)}<br>"
            f"{arm.correct} of {arm.n_questions} {question_noun}s right<extra></extra>"
        ),
    )
    _value(figure, f"{wording.percent(arm.accuracy)} %", y=y)


def _value(figure: Figure, text: str, *, y: float) -> None:
    """Write a row's value right-aligned into the margin, where no mark can cover it."""
    figure.update_layout(margin={"r": _VALUE_MARGIN})
    _note(figure, text, x=1, y=y, xref="paper", xanchor="right", xshift=_VALUE_MARGIN - 4)


def _note(figure: Figure, text: str, **place: Any) -> None:
    # Aligned as well as anchored, because the page's font is wider than the one that Plotly measures.
    figure.add_annotation(text=text, showarrow=False, yanchor="middle", align=place["xanchor"], **place)


def logarithmic_ticks(low: float, high: float) -> list[float]:
    """Round numbers from low to high, at most seven of them."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for steps in ((1, 2, 5), (1, 3)):
        ticks = [step * 10.0**decade for decade in decades for step in steps if low <= step * 10.0**decade <= high]
        if len(ticks) <= 7:
            return ticks
    return [10.0**decade for decade in decades]


def _headline(group: Sequence[CostRow]) -> CostRow:
    """The row that stands for a contender: at 70 % use, or the first if it is not priced at that."""
    shares = [row for row in group if row.is_share]
    return next((row for row in shares if row.utilisation == LEADERBOARD_UTILISATION), (shares or group)[0])


def _emphasised(row: CostRow) -> str:
    return f"<b>{escape(row.contender)}</b>" if row.kind == "self-hosted" else escape(row.contender)


def _by_contender(rows: Sequence[CostRow]) -> dict[str, list[CostRow]]:
    """Every contender's rows, the cheapest first."""
    contenders: dict[str, list[CostRow]] = {}
    for row in sorted(rows, key=lambda row: row.dollars_per_million):
        contenders.setdefault(row.contender, []).append(row)
    return contenders


def _dollar_axis(rows: Sequence[CostRow]) -> dict[str, Any]:
    """One axis for both cost figures of a task, so that a contender stands at the same place in each."""
    costs = [math.log10(row.dollars_per_million) for row in rows]
    return {
        "type": "log",
        "range": [min(costs) - 0.25, max(costs) + 0.25],
        "dtick": 1,
        "tickprefix": "$",
        "tickformat": ",~r",
        "showgrid": True,
    }


def _percentages(row: CostRow) -> tuple[float, float, float]:
    """Accuracy of a measured contender in percent, with the ends of its interval if it has one."""
    if row.accuracy is None:
        raise ValueError(f"{row.contender} has no accuracy on this task.")
    low = row.accuracy if row.accuracy_low is None else row.accuracy_low
    high = row.accuracy if row.accuracy_high is None else row.accuracy_high
    return 100 * row.accuracy, 100 * low, 100 * high


def short(number: float) -> float:
    """Four significant digits are more than a screen has pixels."""
    return float(f"{number:.4g}")
