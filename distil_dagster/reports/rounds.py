"""What further rounds of a corpus brought, in words."""

from distil_dagster.corpus.weak_spots import RoundGain
from distil_dagster.reports import wording


def gain_in_words(gain: RoundGain) -> str:
    """A round in a line: `round 1: 71.0 % -> 74.5 % of 200 held-back questions right (+3.5 points, p = 0.03)`."""
    questions = f"{gain.n} held-back {gain.question_noun}s"
    return (
        f"round {gain.round}: {wording.percent(gain.before)} % -> {wording.percent(gain.after)} % of {questions} right "
        f"({wording.points(gain.difference)} points, {wording.p_value(gain.p_value)})"
    )
