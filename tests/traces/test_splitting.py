"""Nothing that is said on one side is said on the other."""

from __future__ import annotations

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from distil_dagster.corpus.similarity import most_similar, utterance_tokens
from distil_dagster.tasks import Row
from distil_dagster.tasks.folder import load_declaration
from distil_dagster.traces.reading import TracedRow
from distil_dagster.traces.splitting import SIMILARITY, split_rows

ANSWERS = ('{"name":"stop","parameters":{}}', '{"name":"set_timer","parameters":{"minutes":3}}')
SAID = st.lists(
    st.sampled_from(["turn", "the", "big", "light", "on", "off", "now", "please", "in", "hall"]), min_size=1, max_size=7
)


@given(
    st.lists(st.tuples(SAID, st.sampled_from(ANSWERS), st.integers(0, 12)), min_size=2, max_size=40), st.integers(0, 9)
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_chat_and_no_near_question_is_on_both_sides(
    declaration: Path, drawn: list[tuple[list[str], str, int]], seed: int
) -> None:
    task = load_declaration(declaration)
    rows = [TracedRow(Row(" ".join(words), answer), line) for words, answer, line in drawn]
    split = split_rows(task, rows, seeds=12, tests=8, random_seed=seed)
    assert len(split.seeds) + len(split.tests) + len(split.rest) == len(rows)
    assert len(split.seeds) <= 12
    assert len(split.tests) <= 8
    lines: dict[Row, set[int]] = {}
    for traced in rows:
        lines.setdefault(traced.row, set()).add(traced.line)
    seeds, tests = ([utterance_tokens(row.question) for row in side] for side in (split.seeds, split.tests))
    assert all(found < 0 for _, found in most_similar(seeds, tests, threshold=SIMILARITY))
    for row in split.seeds:
        for test in split.tests:
            assert not lines[row] & lines[test]


def test_labels_are_shared_out(declaration: Path) -> None:
    rows = [
        TracedRow(Row(f"{word * 3} {number}", ANSWERS[number % 4 == 0]), number)
        for number, word in enumerate("abcdefghijklmnopqrstuvwxyz"[:24])
    ]
    split = split_rows(load_declaration(declaration), rows, seeds=100, tests=100, random_seed=1)
    assert (len(split.seeds), len(split.tests), len(split.rest)) == (12, 12, 0)
    for side in (split.seeds, split.tests):
        assert [row.answer for row in side].count(ANSWERS[1]) == 3


def test_equal_seeds_split_equally(declaration: Path) -> None:
    task = load_declaration(declaration)
    rows = [TracedRow(Row(f"{word * 3} {number}", ANSWERS[0]), number) for number, word in enumerate("abcdefgh")]
    first, again, other = (split_rows(task, rows, seeds=4, tests=4, random_seed=seed) for seed in (1, 1, 2))
    assert first == again != other
