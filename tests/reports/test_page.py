"""The page: one file, no network, every claim linked to what it rests on, nothing invented."""

from __future__ import annotations

import json
from html.parser import HTMLParser

import pytest
from plotly.offline import get_plotlyjs

from distil_dagster.reports import wording
from distil_dagster.reports.page import render
from distil_dagster.reports.report_input import ReportInput, TaskReport

HOSTILE = "</script><script>alert(1)</script>&\"'"


class Page(HTMLParser):
    """What the tests ask about a page."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.scripts: list[tuple[str, str]] = []
        self.text = ""
        self._tag = ""
        self._script_type = ""
        self.feed(document)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        self._tag = tag
        self._script_type = attributes.get("type", "")
        if tag == "script":
            self.scripts.append((self._script_type, ""))
        if "id" in attributes:
            self.ids.append(attributes["id"])
        if tag == "a":
            self.links.append(attributes["href"])
        elif "href" in attributes:
            self.loaded.append(attributes["href"])
        if "src" in attributes:
            self.loaded.append(attributes["src"])

    def handle_endtag(self, tag: str) -> None:
        self._tag = ""

    def handle_data(self, data: str) -> None:
        if self._tag == "script":
            kind, before = self.scripts[-1]
            self.scripts[-1] = (kind, before + data)
        elif self._tag != "style":
            self.text += data

    @property
    def sentences(self) -> str:
        return " ".join(self.text.split())

    @property
    def figures(self) -> list[str]:
        return [content for kind, content in self.scripts if kind == "application/json"]


@pytest.fixture(scope="module")
def document(report: ReportInput) -> str:
    return render(report)


@pytest.fixture(scope="module")
def page(document: str) -> Page:
    return Page(document)


def test_the_page_loads_nothing_and_forbids_itself_to(page: Page, document: str) -> None:
    assert page.loaded == ["data:,"]
    assert "Content-Security-Policy\" content=\"default-src 'none'" in document
    style = document.partition("</style>")[0]
    assert "@import" not in style
    assert "url(" not in style


def test_the_page_holds_plotly_once_and_stays_below_six_megabytes(document: str) -> None:
    assert document.count(get_plotlyjs()) == 1
    assert len(document.encode()) < 6_000_000


def test_every_link_leads_to_something_on_the_page_and_no_name_is_used_twice(page: Page) -> None:
    assert len(page.ids) == len(set(page.ids))
    assert page.links
    assert {link.removeprefix("#") for link in page.links} <= set(page.ids)


def test_every_figure_is_valid_json_with_data_and_layout(page: Page) -> None:
    figures = [json.loads(figure) for figure in page.figures]

    # smart_home: accuracy, two of cost, corpus, two training curves; git_assistant: accuracy.
    assert len(figures) == 7
    assert all(figure["data"] and figure["layout"] for figure in figures)


def test_the_headline_shows_the_best_student_with_its_interval_and_n(page: Page) -> None:
    assert "tiny-135m Accuracy, distilled 95.0 %" in page.sentences
    assert f"95 % interval 85.0 {wording.DASH} 100.0; 40 turns in 10 conversations" in page.sentences
    assert "from 62.5 %; the untrained model scores 0.0 %" in page.sentences
    assert "cheapest API of 2: GPT-5 nano, $49.60 (published)" in page.sentences


def test_a_number_links_to_the_nearest_version_of_the_artifact_behind_it(page: Page) -> None:
    assert "#from-price-book-5678567856785678" in page.links
    assert "#from-price-book-9abc9abc9abc9abc" not in page.links
    assert "from-price-book-9abc9abc9abc9abc" in page.ids


def test_what_was_not_measured_is_said_and_not_shown_as_zero(unmeasured_task: TaskReport, report: ReportInput) -> None:
    page = Page(render(report.model_copy(update={"tasks": (unmeasured_task,), "provenance": ()})))

    assert "No student has been measured on any task yet." in page.sentences
    assert "Not measured yet: accuracy, cost, serving, corpus, training." in page.sentences
    assert page.figures == []
    assert "0.0" not in page.sentences
    assert "$0" not in page.sentences


def test_failed_requests_are_shown(page: Page) -> None:
    assert "3 of 200" in page.sentences


def test_a_task_without_students_is_named_beside_the_leaderboard(page: Page) -> None:
    assert "No student has been measured on banking." in page.sentences


def test_markup_in_names_and_texts_stays_text(report: ReportInput) -> None:
    task = report.tasks[0]
    student = task.students[1].model_copy(update={"name": HOSTILE})
    hostile = task.model_copy(update={"name": HOSTILE, "description": HOSTILE, "students": (student,)})

    page = Page(render(report.model_copy(update={"tasks": (hostile,), "profile": HOSTILE})))

    assert HOSTILE in page.text
    assert not any("alert(1)" in content for kind, content in page.scripts if kind != "application/json")
    assert all(json.loads(figure) for figure in page.figures)
