"""A worker's messages: all of them to whoever follows closely, one a minute to Dagster's log."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from distil_dagster import progress
from distil_dagster.progress import LatestMessage, Progress
from distil_dagster.progress_bar import progress_bar, share_done


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time by which messages are counted; a test moves it on."""
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def test_the_log_gets_a_message_a_minute_and_the_last_one_always(clock: list[float]) -> None:
    log: list[str] = []
    followed: list[str] = []
    told = Progress(log.append, follow=followed.append)
    for second in range(121):
        clock[0] = 100.0 + second
        told.report(f"step {second} of 121")
    told.report("kept step 120", final=True)
    assert log == ["step 0 of 121", "step 60 of 121", "step 120 of 121", "kept step 120"]
    assert len(followed) == 122


def test_the_latest_message_is_in_the_file_and_is_not_written_a_thousand_times_a_second(
    tmp_path: Path, clock: list[float]
) -> None:
    latest = LatestMessage(tmp_path / "worker.progress")
    for message, seconds in (("1 of 9", 0.0), ("2 of 9", 0.1), ("3 of 9", 0.6)):
        clock[0] = 100.0 + seconds
        latest(message)
        assert (tmp_path / "worker.progress").read_text() == ("1 of 9" if seconds < 0.5 else "3 of 9")
    assert [path.name for path in tmp_path.iterdir()] == ["worker.progress"]


@pytest.mark.parametrize(
    ("message", "done"),
    [
        ("step 12 of 80: loss 0.31", (12, 80)),
        ("1,204 of 10,000 rows pass, 1,800 written", (1204, 10000)),
        ("base: 3 of 48 answers", (3, 48)),
        ("starting transformers", None),
        ("0 of 0 answers", None),
    ],
)
def test_a_message_says_how_full_the_bar_is(message: str, done: tuple[int, int] | None) -> None:
    assert share_done(message) == done


def test_the_bar_follows_the_messages_and_what_is_printed_stays_above_it() -> None:
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=100)
    with progress_bar(console) as show:
        show("step 40 of 80")
        console.print("made the corpus")
    shown = screen.getvalue()
    assert "━" * 12 in shown
    assert "step 40 of 80" in shown
    assert "made the corpus\n" in shown
