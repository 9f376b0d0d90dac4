"""What one label has too much of."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from distil_dagster.corpus.curation import CurationSettings
from distil_dagster.tasks import Task, ToolCall
from distil_dagster.teachers import GeneratedRow
from tests.corpus.parts import generated, only


def rows_of(task: Task, **counts: int) -> list[GeneratedRow]:
    return [
        generated(task, (f"word{number}", ToolCall(tool, {})))
        for tool, count in counts.items()
        for number in range(count)
    ]


def test_the_last_rows_above_a_tools_share_are_out(task: Task) -> None:
    rejected = only("unbalanced", task, rows_of(task, stop=8, set_timer=2), CurationSettings(max_label_share=1))
    assert list(rejected) == [5, 6, 7]
    assert set(rejected.values()) == {"8 rows of stop, at most 5"}


def test_a_tool_may_have_the_given_multiple_of_an_equal_share(task: Task) -> None:
    rows = rows_of(task, stop=8, set_timer=2)
    assert only("unbalanced", task, rows, CurationSettings(max_label_share=1.6)) == {}


@given(st.dictionaries(st.sampled_from("abcd"), st.integers(1, 9), min_size=1))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_tool_loses_all_its_rows(task: Task, counts: dict[str, int]) -> None:
    rows = rows_of(task, **counts)
    rejected = only("unbalanced", task, rows, CurationSettings(max_label_share=1))
    kept = [row.row.answer for index, row in enumerate(rows) if index not in rejected]
    assert set(map(task.kind.label, kept)) == set(counts)
