"""How many tokens a server holds at most."""

from __future__ import annotations

import numpy as np

from distil_dagster.serving.load.cache_need import most_tokens_in_flight
from tests.serving.load.runs import requests


def test_tokens_of_requests_that_overlap_are_added_and_those_of_others_not() -> None:
    run = requests(np.array([0.0, 0.5, 1.0, 9.0]), np.array([1.0, 2.0, 0.2, 1.0]))
    assert most_tokens_in_flight(run, max_output_tokens=30) == 2 * 130


def test_one_after_the_other_needs_room_for_one() -> None:
    run = requests(np.array([0.0, 1.0, 2.0]), np.array([1.0, 1.0, 1.0]))
    assert most_tokens_in_flight(run, max_output_tokens=20) == 120
