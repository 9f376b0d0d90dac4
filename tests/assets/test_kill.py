"""A run that is killed loses nothing that was finished, leaves no process behind, and is taken up by the next one."""

from __future__ import annotations

from tests.assets.conftest import TASK, Checkout, KilledRun


def test_no_worker_outlives_a_run_that_was_killed(killed_run: KilledRun) -> None:
    assert killed_run.outliving == []


def test_what_was_finished_before_the_kill_is_kept(graph: Checkout, killed_run: KilledRun) -> None:
    current = graph.home / "artifacts" / "synthetic_corpus" / TASK / "current"
    assert current.read_text() == killed_run.corpus
    assert len([path for path in current.parent.iterdir() if path.is_dir()]) == 1


def test_the_next_run_goes_on_from_the_last_checkpoint(graph: Checkout) -> None:
    summaries = [path.read_text() for path in graph.home.glob("artifacts/*_adapter/*/*/*/summary.json")]
    assert len(summaries) == 2
    assert sum('"resumed_from_step": null' not in text for text in summaries) == 1


def test_the_killed_run_is_marked_as_failed(graph: Checkout) -> None:
    shown = graph.python(
        "import dagster as dg\n"
        "with dg.DagsterInstance.get() as instance:\n"
        "    print(sorted(run.status.value for run in instance.get_runs()))"
    )
    assert "STARTED" not in shown
    assert "FAILURE" in shown
