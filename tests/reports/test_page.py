"""The page: one file, no network, every claim linked to what it rests on, nothing invented."""

from __future__ import annotations

import base64
import gzip
import json
import re
from html.parser import HTMLParser

import pytest
from plotly.offline import get_plotlyjs

from distil_dagster.reports import wording
from distil_dagster.reports.page import render
from distil_dagster.reports.report_input import ReportInput, TaskReport
from tests.reports.parts import label_report, open_loop_summary

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
        if tag in {"td", "th", "br"}:
            self.text += " "
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


def page_of(report: ReportInput, *tasks: TaskReport) -> Page:
    return Page(render(report.model_copy(update={"tasks": tasks})))


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


def test_the_page_holds_plotly_once_and_packed_and_leaves_the_tasks_half_of_five_megabytes(document: str) -> None:
    (packed,) = re.findall(r'<script type="application/gzip" id="plotly">([\w+/=]+)</script>', document)
    assert gzip.decompress(base64.b64decode(packed)).decode() == get_plotlyjs()
    assert len(document.encode()) < 2_500_000


def test_every_link_leads_to_something_on_the_page_and_no_name_is_used_twice(page: Page) -> None:
    assert len(page.ids) == len(set(page.ids))
    assert page.links
    assert {link.removeprefix("#") for link in page.links} <= set(page.ids)


def test_every_figure_is_valid_json_with_data_and_layout(page: Page) -> None:
    figures = [json.loads(figure) for figure in page.figures]

    # smart_home: accuracy, two of cost, corpus, two training curves; git_assistant: accuracy; trec: accuracy,
    # confusion, two of cost; banking77: accuracy, confusion; text2sql: accuracy; docstring: accuracy, two of cost,
    # volume, history.
    assert len(figures) == 19
    assert all(figure["data"] and figure["layout"] for figure in figures)


def test_the_headline_shows_the_best_student_with_its_interval_and_n(page: Page) -> None:
    assert "tiny-135m Accuracy, distilled 95.0 %" in page.sentences
    assert f"95 % interval 85.0 {wording.DASH} 100.0; 40 turns in 10 conversations" in page.sentences
    assert "+32.5 points ahead of 62.5 %; 95 % interval +16.5 to +48.5; the untrained" in page.sentences
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


def test_a_rate_under_a_promise_has_its_interval_and_the_other_promises_and_the_closed_loop_stand_below_it(
    report: ReportInput, measured_task: TaskReport
) -> None:
    student = measured_task.students[-1].model_copy(update={"serving": open_loop_summary()})
    page = page_of(report, measured_task.model_copy(update={"students": (*measured_task.students[:-1], student)}))

    assert "3.06 to 3.74" in page.sentences
    assert "the client issues 4,500 requests/s. 62.5 % of the prompts' tokens came" in page.sentences
    assert "431 MiB suffice for the rate, as a run with a cache of 2,048 tokens showed; 612 MiB held" in page.sentences
    assert "reaches 5.0 % of what the device could do: 68 requests/s of 420 tokens in, 380 of them" in page.sentences
    assert "Poisson arrivals, p99 within 5 s" in page.sentences
    assert "Poisson arrivals, p99 within 1 s" in page.sentences
    assert "Poisson arrivals, p50 within 0.01 s: not even at 0.2 (p50 0.27 s)" in page.sentences
    assert "closed loop, 4 at a time: the second number" in page.sentences
    assert sum('"p99"' in figure for figure in page.figures) == 1


def test_a_task_without_students_is_named_beside_the_leaderboard(page: Page) -> None:
    assert "No student has been measured on banking." in page.sentences


def test_a_gain_that_may_be_chance_is_not_called_a_lead(classification_task: TaskReport, report: ReportInput) -> None:
    page = page_of(report, classification_task)

    assert "+7.5 points not distinguishable from 75.0 %" in page.sentences
    assert f"+7.5 {wording.MINUS}8.5 to +23.5 not distinguishable" in page.sentences


class TestScores:
    def test_questions_and_what_makes_them_alike_have_the_names_of_their_task(self, page: Page) -> None:
        assert "What became of the answers, in turns" in page.sentences
        assert "Whole conversations right" in page.sentences
        assert "40 questions in 20 schemas" in page.sentences

    def test_questions_that_stand_alone_have_no_column_of_clusters(
        self, classification_task: TaskReport, report: ReportInput
    ) -> None:
        page = page_of(report, classification_task)

        assert "Whole" not in page.sentences
        assert f"95 % interval 72.5 {wording.DASH} 92.5; 40 questions Gain" in page.sentences

    def test_every_metric_and_verdict_has_a_column_and_right_is_the_first(
        self, sql_task: TaskReport, report: ReportInput
    ) -> None:
        page = page_of(report, sql_task)

        assert "Student Arm execution match same text runs tiny-135m base 5.0 10.0 10.0 distilled" in page.sentences
        assert "Student Arm right different result timeout tiny-135m base 2 38 0 distilled 24 0 16" in page.sentences

    def test_all_arms_are_compared_with_their_method(self, page: Page) -> None:
        assert (
            f"distilled {wording.MINUS} seeds only +32.5 +16.5 to +48.5 p = 0.0023 15 against 2 exact sign-flip test"
        ) in page.sentences

    def test_a_single_arm_has_nothing_to_be_compared_with(
        self, half_measured_task: TaskReport, report: ReportInput
    ) -> None:
        assert "Arms compared" not in page_of(report, half_measured_task).sentences

    def test_a_student_without_a_distilled_arm_is_headed_by_the_arm_it_has(
        self, many_labels_task: TaskReport, report: ReportInput
    ) -> None:
        page = page_of(report, many_labels_task)

        assert "Accuracy, seeds only 80.0 %" in page.sentences
        assert "there is no score of a distilled student" in page.sentences
        (row,) = re.findall(r"banking77 tiny-135m (.*?) 760", page.sentences)
        assert row.split()[0] == row.split()[-1] == wording.DASH


class TestVerdict:
    def test_the_verdict_is_said_with_its_reason(self, page: Page) -> None:
        assert "Retune. The student went from 10.0 % to 82.5 %, 75.0 % of the way." in page.sentences
        assert "Undecided. The teacher has no score, so there is no gap to close." in page.sentences

    def test_there_is_none_without_a_distilled_student(self, many_labels_task: TaskReport, report: ReportInput) -> None:
        assert 'class="verdict' not in render(report.model_copy(update={"tasks": (many_labels_task,)}))


class TestLabels:
    def test_labels_have_their_scores_and_a_dash_where_nothing_was_asked(
        self, classification_task: TaskReport, report: ReportInput
    ) -> None:
        page = page_of(report, classification_task)

        assert "Macro F1 84.0 %, micro F1 85.0 %." in page.sentences
        assert "abbreviation 89.0 80.0 84.0 10 entity" in page.sentences
        assert f"location 0.0 {wording.DASH} 0.0 0" in page.sentences

    def test_the_most_frequent_of_many_mistakes_are_named(
        self, many_labels_task: TaskReport, report: ReportInput
    ) -> None:
        text = page_of(report, many_labels_task).sentences
        mistakes = text.partition("Most frequent mistakes")[2].partition("All labels")[0]

        assert "intent_00_about_a_card_or_a_transfer intent_01_about_a_card_or_a_transfer 1" in mistakes
        assert mistakes.count(" 1 ") == 20
        assert text.partition("All labels")[2].count("_about_a_card_or_a_transfer") == 77

    def test_the_label_of_a_call_is_explained(self, measured_task: TaskReport, report: ReportInput) -> None:
        labelled = measured_task.students[1].model_copy(update={"labels": label_report(("lights", "stop"))})
        task = measured_task.model_copy(update={"students": (labelled,)})

        assert "A call's label is its tool, whatever the arguments." in page_of(report, task).sentences
        assert "label is its tool" not in page_of(report, measured_task).sentences

    def test_answers_without_labels_have_no_such_part(self, sql_task: TaskReport, report: ReportInput) -> None:
        assert "Label by label" not in page_of(report, sql_task).sentences


class TestReferences:
    def test_each_reference_is_shown_with_its_score_its_model_and_where_the_student_stands(
        self, classification_task: TaskReport, report: ReportInput
    ) -> None:
        text = page_of(report, classification_task).sentences.replace(wording.MINUS, "-").replace(wording.DASH, "-")

        assert (
            "GPT-5 nano gpt-5-nano-2026-10-01 62.5 54.5 - 70.5 3 ± 1.2 $0.04 tiny-135m, distilled 40 "
            "+20.0 +4.0 to +36.0 ahead Claude Haiku 4.5 claude-haiku-2026-10-01 95.0 87.0 - 100.0 1 $0.04 "
            "tiny-135m, distilled 40 -12.5 -28.5 to +3.5 behind"
        ) in text

    def test_a_word_of_significance_pays_for_the_references_of_other_tasks(
        self, classification_task: TaskReport, report: ReportInput
    ) -> None:
        again = classification_task.model_copy(update={"name": "trec_again"})

        text = page_of(report, classification_task, again).sentences

        assert "+4.0 to +36.0 not distinguishable" in text
        assert "+4.0 to +36.0 ahead" not in text

    def test_a_reference_without_a_student_asked_the_same_is_still_shown(
        self, sql_task: TaskReport, report: ReportInput
    ) -> None:
        text = page_of(report, sql_task).sentences

        assert "$0.04 no student was asked the same questions" in text

    def test_its_score_leads_to_the_artifact_behind_it(self, page: Page) -> None:
        assert "#from-reference-scores-def0def0def0def0" in page.links

    def test_without_references_there_is_no_such_part(self, measured_task: TaskReport, report: ReportInput) -> None:
        assert "Beside the references" not in page_of(report, measured_task).sentences


class TestCosts:
    def test_the_table_holds_the_interval_the_making_the_batch_and_the_retirement(
        self, priced_task: TaskReport, report: ReportInput
    ) -> None:
        text = page_of(report, priced_task).sentences.replace(wording.DASH, "-")

        assert "tiny-135m 100 % $3.00 $2.90 - $3.17 at least $3.01" in text
        assert "tiny-135m 1.7 % traffic $175.20 $175.20 - $175.20 at least $175.33" in text
        assert "Claude Haiku 5.5 - $37.80 $37.80 $18.90" in text
        assert "GPT-5 nano retires 2026-12-11 - $24.00" in text

    def test_every_step_of_the_making_is_told_and_what_was_not_recorded_is_said(
        self, priced_task: TaskReport, report: ReportInput
    ) -> None:
        text = page_of(report, priced_task).sentences

        assert "tiny-135m teacher synthetic_corpus 1,800 $1.20 $12.50" in text
        assert f"training merged_model not recorded {wording.DASH} $0" in text

    def test_the_crossings_are_a_table_beside_their_figure(self, priced_task: TaskReport, report: ReportInput) -> None:
        text = page_of(report, priced_task).sentences

        assert "Claude Opus 4.6 0.353 927,000" in text
        assert "GPT-5 nano 27.8 73 million" in text
        assert "A Give-away never " in text
        assert "at $2.00/h at $2.40/h at $5.00/h" in text
        assert "GPT-5 nano 60.8 million 73 million 152 million" in text

    def test_prices_of_two_days_are_a_line_and_of_one_day_nothing(
        self, priced_task: TaskReport, report: ReportInput
    ) -> None:
        details = priced_task.cost_details
        assert details is not None
        one_day = details.model_copy(update={"history": tuple(row for row in details.history if row.as_of.month == 2)})

        both, one = (
            page_of(report, task).sentences
            for task in (priced_task, priced_task.model_copy(update={"cost_details": one_day}))
        )

        assert "Claude Haiku 5.5 2026-02-15 Claude Haiku 4.5 $378.00 2026-11-24 Claude Haiku 5.5 $37.80" in both
        assert "Prices over time" not in one

    def test_a_cost_table_from_before_has_no_such_parts(self, measured_task: TaskReport, report: ReportInput) -> None:
        text = page_of(report, measured_task).sentences

        assert "Cost of a million requests" in text
        for part in ("Cost against volume", "Prices over time", "What it cost to make"):
            assert part not in text


class TestPublishedNumbers:
    def test_a_published_accuracy_is_labelled_and_names_its_publisher(
        self, classification_task: TaskReport, report: ReportInput
    ) -> None:
        document = render(report.model_copy(update={"tasks": (classification_task,)}))

        assert "91.1 published published" in Page(document).sentences
        assert 'title="A Lab, March 2026: exact_label on their rows">published' in document
        assert "measured 91.1" not in Page(document).sentences

    def test_a_measured_accuracy_is_not(self, classification_task: TaskReport, report: ReportInput) -> None:
        text = page_of(report, classification_task).sentences

        assert "310 / 7 62.5 measured tokens" in text

    def test_the_key_explains_only_what_is_drawn(
        self, classification_task: TaskReport, measured_task: TaskReport, report: ReportInput
    ) -> None:
        both, published = (page_of(report, task).sentences for task in (classification_task, measured_task))

        assert "times the tokens that the model used on this task" in both
        assert "times the student's token counts on this task" in both
        assert "times the tokens that the model used on this task" not in published
        assert "times the student's token counts on this task" in published


def test_markup_in_names_and_texts_stays_text(report: ReportInput) -> None:
    task = report.tasks[0]
    student = task.students[1].model_copy(update={"name": HOSTILE})
    hostile = task.model_copy(update={"name": HOSTILE, "description": HOSTILE, "students": (student,)})

    page = Page(render(report.model_copy(update={"tasks": (hostile,), "profile": HOSTILE})))

    assert page.text.count(HOSTILE) > 3
    assert not any("alert(1)" in content for kind, content in page.scripts if kind != "application/json")
    assert all(json.loads(figure) for figure in page.figures)


def test_markup_in_labels_references_and_verdicts_stays_text(
    classification_task: TaskReport, report: ReportInput
) -> None:
    student = classification_task.students[0]
    assert student.verdict is not None
    hostile = student.model_copy(
        update={
            "labels": label_report((HOSTILE, "other")),
            "verdict": student.verdict.model_copy(update={"reason": HOSTILE}),
            "beside_references": (student.beside_references[0].model_copy(update={"second": HOSTILE}),),
        }
    )
    reference = classification_task.references[0].model_copy(
        update={"display_name": HOSTILE, "answering_models": (HOSTILE,)}
    )

    page = page_of(report, classification_task.model_copy(update={"students": (hostile,), "references": (reference,)}))

    assert page.text.count(HOSTILE) >= 5
    assert not any("alert(1)" in content for kind, content in page.scripts if kind != "application/json")
    assert all(json.loads(figure) for figure in page.figures)


def test_the_spread_over_training_seeds_is_told_apart_from_that_over_questions(page: Page) -> None:
    expected = f"92.5 {wording.PLUS_MINUS} 2.5 % over 3 training seeds; other questions: 84.0 {wording.DASH} 98.0"
    assert f"tiny-135m, distilled: {expected}" in page.sentences


def test_a_judge_is_named_with_what_it_could_not_be_read_to_say_and_how_far_it_agrees(page: Page) -> None:
    assert "tiny-135m, distilled a-judge 85.0" in page.sentences
    assert "2 of 40 89.5 0.28 c0ffeec0ffee" in page.sentences


def test_without_a_judge_there_is_no_word_of_one(report: ReportInput) -> None:
    tasks = [
        task.model_copy(update={"students": tuple(its.model_copy(update={"judge": None}) for its in task.students)})
        for task in report.tasks
    ]
    assert "The judge" not in Page(render(report.model_copy(update={"tasks": tuple(tasks)}))).sentences
