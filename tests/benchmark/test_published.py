"""Figures of others: few, each with where it is from, and of the profile's references only."""

from __future__ import annotations

from distil_dagster.benchmark.published import published_figure, published_figures
from distil_dagster.profile import load_profile


def test_every_figure_is_of_a_bundled_reference_and_says_where_it_is_from_and_what_was_measured() -> None:
    slugs = {reference.slug for reference in load_profile("embedded").references}
    figures = published_figures()
    assert len({(figure.task, figure.reference) for figure in figures}) == len(figures)
    for figure in figures:
        assert figure.reference in slugs
        assert "Distil Labs" in figure.source
        assert "Distil Labs' own" in figure.measured
        assert str(figure).startswith(f"{100 * figure.accuracy:.1f}% published by ")


def test_the_figures_are_those_that_were_read() -> None:
    found = {(figure.task, figure.reference): figure.accuracy for figure in published_figures()}
    assert found == {
        ("smart_home", "gemini-2.5-flash"): 0.920,
        ("text2sql", "claude-haiku-4.5"): 0.987,
        ("text2sql", "gpt-5-nano"): 0.960,
        ("hotpotqa", "claude-haiku-4.5"): 0.980,
    }


def test_what_nobody_published_is_not_made_up() -> None:
    assert published_figure("smart_home", "gpt-5-nano") is None
    assert published_figure("no_such_task", "gemini-2.5-flash") is None
