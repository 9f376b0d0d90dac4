"""The report as one HTML file that needs nothing else: no network, no server, no font.

The file holds Plotly once and packed, the figures as data, and the numbers of every figure as a table beside it. Its
content security policy forbids it to load anything. What each task shows is in `sections`, what figures look like in
`figures`, the layout in `page.html.jinja`, `page.css` and `page.js`.
"""

from __future__ import annotations

import base64
import gzip
from importlib.resources import files

from distil_dagster.reports import wording
from distil_dagster.reports.leaderboard import leaderboard_rows, reference_standings
from distil_dagster.reports.report_input import ReportInput
from distil_dagster.reports.sections import TaskSection, provenance_id, task_id


def render(report: ReportInput) -> str:
    """The page as an HTML document of less than 5 MB: 2 MB of Plotly, packed, and the figures of each task.

    Names and texts of the input may hold any characters. What the input leaves out is shown as not measured yet.
    """
    import jinja2
    from plotly.offline import get_plotlyjs

    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_package_file),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    leaderboard, standings = leaderboard_rows(report.tasks), reference_standings(report.tasks)
    environment.filters |= {
        "arm": wording.arm_label,
        "percent": wording.percent,
        "points": wording.points,
        "dollars": wording.dollars,
        "rate": wording.rate,
        "seconds": wording.seconds,
        "mib": wording.mib,
        "volume": wording.volume,
        "filter_label": wording.filter_label,
        "task_id": task_id,
    }
    return environment.get_template("page.html.jinja").render(
        report=report,
        leaderboard=leaderboard,
        sections=[TaskSection(task, leaderboard, standings) for task in report.tasks],
        # The nearest version comes first in the input, and an older one must not take its place.
        sources={(row.asset, row.partition): provenance_id(row) for row in reversed(report.provenance)},
        provenance_id=provenance_id,
        wording=wording,
        style=_package_file("page.css"),
        script=_package_file("page.js"),
        plotly=_packed(get_plotlyjs()),
    )


def _packed(script: str) -> str:
    """The script for `page.js` to unpack: gzip, in base64. The same script always gives the same text."""
    return base64.b64encode(gzip.compress(script.encode(), mtime=0)).decode()


def _package_file(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")
