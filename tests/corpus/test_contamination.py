"""Contamination: planted matches on each level and nothing else, and agreement with brute force."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distil_dagster.corpus.contamination import (
    PAIRS,
    ContaminationReport,
    Example,
    Fingerprint,
    Level,
    Part,
    contamination,
    write_contamination,
)
from distil_dagster.corpus.similarity import utterance_tokens

LEVELS: tuple[Level, ...] = ("exact", "near", "structural")
PARTS: tuple[Part, ...] = ("seeds", "corpus", "tests")
TEXT = "please dim the lamp in the small kitchen to forty"
"""Nine distinct tokens."""
REORDERED = "in the small kitchen please dim the lamp to forty"
OTHER = "book a table for two at noon on friday"


def asked(row_id: str, text: str, structure: str | None = None) -> Fingerprint:
    return Fingerprint(row_id, text, tuple(utterance_tokens(text)), structure)


def compared(
    corpus: Sequence[Fingerprint] = (),
    tests: Sequence[Fingerprint] = (),
    seeds: Sequence[Fingerprint] = (),
    *,
    telling_tokens: int = 5,
    examples_per_cell: int = 5,
) -> ContaminationReport:
    parts: dict[Part, Sequence[Fingerprint]] = {"seeds": seeds, "corpus": corpus, "tests": tests}
    return contamination(parts, telling_tokens=telling_tokens, examples_per_cell=examples_per_cell)


def counts(report: ContaminationReport, left: Part = "corpus", right: Part = "tests") -> dict[Level, tuple[int, int]]:
    """(rows, matched) of each level at which something was found."""
    cells = {level: report.cell(left, right, level) for level in LEVELS}
    return {level: (cell.rows, cell.matched) for level, cell in cells.items() if cell.rows or cell.matched}


def jaccard(left: Sequence[str], right: Sequence[str]) -> float:
    union = set(left) | set(right)
    return len(set(left) & set(right)) / len(union) if union else 0.0


class TestLevels:
    def test_case_punctuation_and_blanks_do_not_make_another_text(self) -> None:
        report = compared([asked("c", f"  {TEXT.upper()} ?!")], [asked("t", TEXT)])
        assert counts(report) == {"exact": (1, 1)}

    @pytest.mark.parametrize("other", [REORDERED, f"{TEXT} now", TEXT.replace("small ", "")])
    def test_a_word_more_or_less_or_another_order_is_near(self, other: str) -> None:
        assert counts(compared([asked("c", other)], [asked("t", TEXT)])) == {"near": (1, 1)}

    @pytest.mark.parametrize("other", [f"{TEXT} per cent right now", OTHER])
    def test_below_the_threshold_nothing_is_found(self, other: str) -> None:
        assert counts(compared([asked("c", other)], [asked("t", TEXT)])) == {}

    def test_rows_built_alike_are_structural_whatever_their_words(self) -> None:
        report = compared(
            [asked("c", OTHER, "call(room)")], [asked("t", TEXT, "call(room)"), asked("u", TEXT, "call()")]
        )
        assert counts(report) == {"structural": (1, 1)}

    def test_rows_without_a_structure_are_not_built_alike(self) -> None:
        assert (
            counts(compared([asked("c", OTHER), asked("d", OTHER, "")], [asked("t", TEXT), asked("u", TEXT, "")])) == {}
        )

    def test_structural_counts_pairs_that_also_match_in_words(self) -> None:
        report = compared(
            [asked("c", TEXT, "call(room)"), asked("d", f"{TEXT} now", "call(room)")],
            [asked("t", TEXT, "call(room)")],
        )
        assert counts(report) == {"exact": (1, 1), "near": (1, 1), "structural": (2, 1)}

    def test_a_row_can_be_exact_with_one_row_and_near_to_another(self) -> None:
        report = compared([asked("c", TEXT)], [asked("t", TEXT), asked("u", REORDERED)])
        assert counts(report) == {"exact": (1, 1), "near": (1, 1)}
        assert report.cell("corpus", "tests", "near").examples[0].right_id == "u"

    def test_only_the_pair_of_parts_that_has_it_counts_a_match(self) -> None:
        report = compared([asked("c", OTHER)], [asked("t", f"{TEXT} now")], [asked("s", TEXT)])
        assert counts(report, "seeds", "tests") == {"near": (1, 1)}
        assert counts(report, "corpus", "tests") == {}
        assert counts(report, "seeds", "corpus") == {}


class TestShortTexts:
    SHORT, LONGER = "lights on in kitchen", "lights on in kitchen tomorrow"

    def test_they_match_exactly(self) -> None:
        assert counts(compared([asked("c", self.SHORT)], [asked("t", "Lights on, in kitchen!")])) == {"exact": (1, 1)}

    @pytest.mark.parametrize(("corpus", "test"), [(SHORT, LONGER), (LONGER, SHORT)])
    def test_they_are_near_to_nothing_on_either_side(self, corpus: str, test: str) -> None:
        assert jaccard(corpus.split(), test.split()) == 0.8
        assert counts(compared([asked("c", corpus)], [asked("t", test)])) == {}

    def test_what_is_short_is_for_the_caller_to_say(self) -> None:
        report = compared([asked("c", self.SHORT)], [asked("t", self.LONGER)], telling_tokens=4)
        assert counts(report) == {"near": (1, 1)}


class TestText:
    @pytest.mark.parametrize("text", ["", "  ", "?!…", "🙂"])
    def test_a_text_without_words_is_like_no_other(self, text: str) -> None:
        report = compared([asked("c", text)], [asked("t", text)], telling_tokens=1)
        assert counts(report) == {}
        assert report.row_counts == {"seeds": 0, "corpus": 1, "tests": 1}

    @pytest.mark.parametrize(
        ("left", "right"),
        [("STRASSE sperren", "Straße sperren"), ("ΚΑΛΟΣ δρόμος", "καλοσ ΔΡΌΜΟΣ"), ("灯をつけて", "灯をつけて。")],
    )
    def test_words_of_any_script_are_folded(self, left: str, right: str) -> None:
        assert counts(compared([asked("c", left)], [asked("t", right)])) == {"exact": (1, 1)}

    def test_the_examples_show_the_texts_as_they_are(self) -> None:
        report = compared([asked("c", f"{TEXT}, Ünal 🙂")], [asked("t", f"«{TEXT}»")])
        (example,) = report.cell("corpus", "tests", "near").examples
        assert example == Example(
            left_id="c",
            right_id="t",
            left_question=f"{TEXT}, Ünal 🙂",
            right_question=f"«{TEXT}»",
            similarity=9 / 10,
        )


class TestRows:
    def test_every_row_that_repeats_a_text_counts(self) -> None:
        corpus = [*(asked(f"c{number}", TEXT) for number in range(3)), asked("d", OTHER)]
        report = compared(corpus, [asked("t", TEXT), asked("u", TEXT)])
        assert counts(report) == {"exact": (3, 2)}
        assert report.row_counts == {"seeds": 0, "corpus": 4, "tests": 2}

    def test_a_row_with_several_questions_counts_once_on_a_level(self) -> None:
        corpus = [asked("c", TEXT), asked("c", OTHER), asked("c", f"{TEXT} now"), asked("c", f"{TEXT} soon")]
        report = compared(corpus, [asked("t", TEXT), asked("t", OTHER)])
        assert counts(report) == {"exact": (1, 1), "near": (1, 1)}
        assert report.row_counts["corpus"] == 1

    def test_tokens_decide_and_not_the_text_shown(self) -> None:
        dialogue = tuple(utterance_tokens(TEXT))
        report = compared([Fingerprint("c", "and there too", dialogue)], [Fingerprint("t", "the same", dialogue)])
        assert counts(report) == {"exact": (1, 1)}


class TestExamples:
    def test_the_closest_come_first_with_the_closest_row_of_each(self) -> None:
        corpus = [asked("far", f"{TEXT} now"), asked("close", REORDERED), asked("late", REORDERED)]
        tests = [asked("u", f"{TEXT} soon"), asked("t", TEXT)]
        examples = compared(corpus, tests).cell("corpus", "tests", "near").examples
        assert [(example.left_id, example.right_id, example.similarity) for example in examples] == [
            ("close", "t", 1.0),
            ("close", "u", 0.9),
        ]

    def test_there_are_no_more_than_asked_for(self) -> None:
        tests = [asked(f"t{number}", f"{TEXT} {number}") for number in range(4)]
        report = compared([asked("c", TEXT)], tests, examples_per_cell=2)
        cell = report.cell("corpus", "tests", "near")
        assert (cell.matched, len(cell.examples)) == (4, 2)

    def test_a_text_of_many_rows_is_shown_once_by_the_first_of_them(self) -> None:
        rows = [asked(f"r{number}", TEXT, "call(room)") for number in range(4)]
        report = compared(rows, [*rows, asked("u", OTHER, "call()")])
        for level in ("exact", "structural"):
            (example,) = report.cell("corpus", "tests", level).examples
            assert (example.left_id, example.right_id) == ("r0", "r0")


words = st.lists(st.sampled_from("abcdefg"), max_size=8)
structures = st.sampled_from([None, "p", "q", "r"])
rows = st.lists(st.tuples(st.integers(0, 3), words, structures), max_size=6)


def fingerprints(drawn: Sequence[tuple[int, list[str], str | None]]) -> list[Fingerprint]:
    return [Fingerprint(f"row {number}", " ".join(text), tuple(text), structure) for number, text, structure in drawn]


def level_of(left: Fingerprint, right: Fingerprint, threshold: float, telling_tokens: int) -> set[Level]:
    levels: set[Level] = set()
    if left.structure and left.structure == right.structure:
        levels.add("structural")
    if left.tokens and left.tokens == right.tokens:
        levels.add("exact")
    elif min(len(left.tokens), len(right.tokens)) >= telling_tokens and jaccard(left.tokens, right.tokens) >= threshold:
        levels.add("near")
    return levels


class TestAgainstBruteForce:
    @settings(max_examples=200)
    @given(rows, rows, rows, st.sampled_from([0.05, 0.5, 0.55, 0.8, 1.0]), st.integers(1, 6))
    def test_it_counts_what_comparing_all_pairs_counts(
        self, seeds: list, corpus: list, tests: list, threshold: float, telling_tokens: int
    ) -> None:
        parts: dict[Part, Sequence[Fingerprint]] = {
            "seeds": fingerprints(seeds),
            "corpus": fingerprints(corpus),
            "tests": fingerprints(tests),
        }
        report = contamination(parts, threshold=threshold, telling_tokens=telling_tokens)
        assert [(cell.left, cell.right, cell.level) for cell in report.cells] == [
            (*pair, level) for pair, level in itertools.product(PAIRS, LEVELS)
        ]
        for cell in report.cells:
            found = [
                (left, right)
                for left, right in itertools.product(parts[cell.left], parts[cell.right])
                if cell.level in level_of(left, right, threshold, telling_tokens)
            ]
            assert cell.rows == len({left.row_id for left, _ in found})
            assert cell.matched == len({right.row_id for _, right in found})
            pairs = {(left.row_id, right.row_id, left.question, right.question) for left, right in found}
            shown = [(it.left_id, it.right_id, it.left_question, it.right_question) for it in cell.examples]
            assert pairs.issuperset(shown)
            assert bool(shown) == bool(found)
            similarities = [jaccard(left.split(), right.split()) for *_, left, right in shown]
            assert [example.similarity for example in cell.examples] == sorted(similarities, reverse=True)

    def test_batches_change_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("distil_dagster.corpus.similarity.PROPOSED_AT_ONCE", 10)
        monkeypatch.setattr("distil_dagster.corpus.similarity.COUNTED_AT_ONCE", 3)
        report = compared([asked("c", TEXT), asked("d", REORDERED)], [asked(f"t{n}", f"{TEXT} {n}") for n in range(8)])
        assert counts(report) == {"near": (2, 8)}
        assert {example.left_id for example in report.cell("corpus", "tests", "near").examples} == {"c"}


class TestReport:
    @pytest.mark.parametrize("threshold", [0.0, -0.1, 1.01])
    def test_a_threshold_that_is_no_similarity_is_refused(self, threshold: float) -> None:
        with pytest.raises(ValueError, match="threshold"):
            contamination(dict.fromkeys(PARTS, ()), threshold=threshold)

    def test_at_least_one_token_is_telling(self) -> None:
        with pytest.raises(ValueError, match="telling_tokens"):
            compared(telling_tokens=0)

    def test_a_pair_that_is_not_compared_has_no_cell(self) -> None:
        with pytest.raises(KeyError, match="tests, corpus, exact"):
            compared().cell("tests", "corpus", "exact")


class TestWriting:
    def test_what_is_written_can_be_read_back(self, tmp_path: Path) -> None:
        report = compared([asked("c", f"{TEXT} 🙂"), asked("d", f"{TEXT} now")], [asked("t", TEXT)], [asked("s", TEXT)])
        write_contamination(report, tmp_path)
        written = (tmp_path / "contamination.json").read_text(encoding="utf-8")
        assert ContaminationReport.model_validate_json(written) == report
        lines = pq.read_table(tmp_path / "contamination.parquet").to_pylist()
        assert lines == [
            {"left": cell.left, "right": cell.right, "level": cell.level, **example.model_dump()}
            for cell in report.cells
            for example in cell.examples
        ]
        assert {(line["left"], line["right"], line["level"]) for line in lines} == {
            ("seeds", "tests", "exact"),
            ("corpus", "tests", "exact"),
            ("corpus", "tests", "near"),
            ("seeds", "corpus", "exact"),
            ("seeds", "corpus", "near"),
        }

    def test_a_clean_report_has_a_table_without_lines_and_the_same_columns(self, tmp_path: Path) -> None:
        write_contamination(compared([asked("c", TEXT)], [asked("t", OTHER)]), tmp_path)
        table = pq.read_table(tmp_path / "contamination.parquet")
        assert table.num_rows == 0
        assert table.column_names == [
            *("left", "right", "level", "left_id", "right_id", "left_question", "right_question", "similarity")
        ]
