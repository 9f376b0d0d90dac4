"""The table of ablations as people see it."""

from __future__ import annotations

import io
from xml.etree import ElementTree

from rich.console import Console

from distil_dagster.ablations.arms import UnmeasuredArm
from distil_dagster.reports.ablations import corpus_size_plot, in_words, print_ablations
from tests.ablations.test_table import arm, table

SVG = "{http://www.w3.org/2000/svg}"
HALF = arm("half_corpus", [0] * 6 + [1] * 11 + [0] * 3, corpus_rows=200, by_size_alone=True)
SEEDS = arm("seeds_only", [1] * 2 + [0] * 18, corpus_rows=0, by_size_alone=True)


def test_a_line_says_what_differs_by_how_much_and_how_sure_that_is() -> None:
    row = table(HALF).rows[1]
    line = in_words(row)
    assert line.startswith("half_corpus (what half_corpus changes): \N{MINUS SIGN}25.0 points (")
    assert "p = 0.12, adjusted p = 0.12; right alone: 1 against 6 of 20" in line
    assert line.endswith("not distinguishable from the full recipe")


def test_the_terminal_shows_every_ablation_also_what_was_not_measured() -> None:
    written = io.StringIO()
    unmeasured = UnmeasuredArm("without_mutators", "no mutators", "there were none")
    print_ablations(table(HALF, unmeasured), console=Console(file=written, width=80))
    printed = written.getvalue()
    for words in ("full_recipe", "half_corpus", "55.0", "11/20", "without_mutators (no mutators): not measured: there"):
        assert words in printed


def test_the_plot_has_a_dot_for_each_size_and_says_them() -> None:
    svg = corpus_size_plot(table(HALF, SEEDS, arm("unfiltered_corpus", [1] * 20, corpus_rows=900)))
    assert svg is not None
    drawn = ElementTree.fromstring(svg)
    assert len(list(drawn.iter(f"{SVG}circle"))) == 3
    assert {"0", "200", "400", "10.0", "55.0", "80.0", "rows of the corpus"} <= {
        element.text for element in drawn.iter(f"{SVG}text")
    }
    assert "900" not in svg


def test_without_a_part_of_the_corpus_there_is_no_plot() -> None:
    assert corpus_size_plot(table(SEEDS)) is None
