"""Nothing that is said on one side is said on the other."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from distil_dagster.corpus.contamination import contamination, fingerprints
from distil_dagster.corpus.similarity import most_similar, utterance_tokens
from distil_dagster.tasks import Row
from distil_dagster.tasks.folder import load_declaration
from distil_dagster.traces.reading import TracedRow
from distil_dagster.traces.splitting import SIMILARITY, TELLING_TOKENS, Split, split_rows
from tests.traces.conftest import call, chat

STOP, TIMER = '{"name":"stop","parameters":{}}', '{"name":"set_timer","parameters":{"minutes":3}}'
SAID = st.lists(
    st.sampled_from(["turn", "the", "big", "light", "on", "off", "now", "please", "in", "hall", "?"]),
    min_size=1,
    max_size=7,
).map(" ".join)


def split(folder: Path, rows: list[TracedRow], seeds: int, tests: int, *, floor: int = 1, seed: int = 1) -> Split:
    return split_rows(load_declaration(folder), rows, seeds=seeds, tests=tests, floor=floor, random_seed=seed)


def different(count: int, answer: str, *, first_line: int = 1) -> list[TracedRow]:
    return [TracedRow(Row(f"a{line} b{line}", answer), line) for line in range(first_line, first_line + count)]


def require_no_leak(folder: Path, found: Split) -> None:
    """By the very check that the corpus is later put to."""
    task = load_declaration(folder)
    seeds, tests = (fingerprints(task, rows, telling_tokens=TELLING_TOKENS) for rows in (found.seeds, found.tests))
    report = contamination({"seeds": seeds, "tests": tests, "corpus": ()}, threshold=SIMILARITY)
    assert report.cell("seeds", "tests", "exact").rows == 0
    assert report.cell("seeds", "tests", "near").rows == 0


@given(
    st.lists(st.tuples(SAID, st.sampled_from([STOP, TIMER]), st.integers(0, 12)), min_size=2, max_size=40),
    st.integers(0, 9),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_chat_and_no_near_question_is_on_both_sides(
    declaration: Path, drawn: list[tuple[str, str, int]], seed: int
) -> None:
    rows = [TracedRow(Row(said, answer, id=f"{number}"), line) for number, (said, answer, line) in enumerate(drawn)]
    found = split(declaration, rows, 12, 8, floor=5, seed=seed)
    assert sorted(row.id for side in (found.seeds, found.tests, found.rest) for row in side) == sorted(
        traced.row.id for traced in rows
    )
    assert len(found.seeds) <= 12
    assert len(found.tests) <= 8
    require_no_leak(declaration, found)
    seeds, tests = ([utterance_tokens(row.question) for row in side] for side in (found.seeds, found.tests))
    assert all(other < 0 for _, other in most_similar(seeds, tests, threshold=SIMILARITY))
    assert not {row.question for row in found.seeds} & {row.question for row in found.tests}
    line = {traced.row.id: traced.line for traced in rows}
    assert not {line[row.id] for row in found.seeds} & {line[row.id] for row in found.tests}


@given(st.lists(st.lists(SAID, min_size=1, max_size=3), min_size=2, max_size=25), st.integers(0, 9))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_utterance_of_a_dialogue_is_on_both_sides(
    tiny_multi_turn_folder: Path, drawn: list[list[str]], seed: int
) -> None:
    rows = []
    for line, dialogue in enumerate(drawn):
        messages = chat(*((said, call("stop")) for said in dialogue))["messages"][1:-2]
        rows.append(TracedRow(Row(json.dumps(messages), STOP), line))
    require_no_leak(tiny_multi_turn_folder, split(tiny_multi_turn_folder, rows, 8, 8, seed=seed))


def test_a_near_question_of_a_full_side_is_left_over(declaration: Path) -> None:
    """Forty of one template fill a side and don't take the other one."""
    alike = [TracedRow(Row(f"please be so kind and set a timer for {n} minutes", TIMER), 100 + n) for n in range(40)]
    found = split(declaration, [*alike, *different(20, STOP)], 25, 15)
    assert (len(found.seeds), len(found.tests)) == (25, 15)
    assert len({"please" in row.question for row in found.tests}) == 1
    require_no_leak(declaration, found)


def test_what_is_alike_by_way_of_others_stays_together_where_rows_are_few(declaration: Path) -> None:
    """Each is alike to its two neighbours in the chain: dealt in any order, most would lie between the sides."""
    words = [f"w{number}" for number in range(60)]
    chains = [
        TracedRow(Row(" ".join(f"{chain}{word}" for word in words[start : start + 9]), STOP), 100 * chain + start)
        for chain in (1, 2)
        for start in range(20)
    ]
    found = split(declaration, chains, 20, 20)
    assert (len(found.seeds), len(found.tests), len(found.rest)) == (20, 20, 0)


class TestSizes:
    def test_few_rows_are_shared_in_proportion(self, declaration: Path) -> None:
        found = split(declaration, different(90, STOP), 200, 100)
        assert (len(found.seeds), len(found.tests), len(found.rest)) == (60, 30, 0)

    def test_each_side_gets_the_floor_before_the_other_gets_more(self, declaration: Path) -> None:
        found = split(declaration, different(60, STOP), 400, 50, floor=20)
        assert (len(found.seeds), len(found.tests)) == (40, 20)

    def test_a_chat_that_is_longer_than_a_side_gives_as_much_as_fits(self, declaration: Path) -> None:
        long = [TracedRow(Row(f"x{number} y{number}", STOP), 1) for number in range(50)]
        found = split(declaration, [*long, *different(20, STOP, first_line=2)], 20, 20)
        assert (len(found.seeds), len(found.tests)) == (20, 20)


class TestLabels:
    def test_they_are_shared_out(self, declaration: Path) -> None:
        found = split(declaration, [*different(18, STOP), *different(6, TIMER, first_line=50)], 100, 100)
        assert (len(found.seeds), len(found.tests), len(found.rest)) == (12, 12, 0)
        for side in (found.seeds, found.tests):
            assert [row.answer for row in side].count(TIMER) == 3

    @pytest.mark.parametrize("seed", range(5))
    def test_a_rare_one_is_on_both_sides(self, declaration: Path, seed: int) -> None:
        found = split(declaration, [*different(500, STOP), *different(2, TIMER, first_line=900)], 20, 20, seed=seed)
        for side in (found.seeds, found.tests):
            assert [row.answer for row in side].count(TIMER) == 1


def test_equal_random_seeds_split_equally(declaration: Path) -> None:
    first, again, other = (split(declaration, different(8, STOP), 4, 4, seed=seed) for seed in (1, 1, 2))
    assert first == again != other
