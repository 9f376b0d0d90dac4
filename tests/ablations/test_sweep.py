"""A learning rate is chosen by the rows held back, and what is known of it is said."""

from __future__ import annotations

from distil_dagster.ablations.sweep import SweepPoint, swept


def point(rate: float, loss: float, *, of_the_recipe: bool = False) -> SweepPoint:
    return SweepPoint(
        learning_rate=rate, of_the_recipe=of_the_recipe, held_back_loss=loss, last_loss=9.0, steps=2, seconds=1.0
    )


def test_the_lowest_held_back_loss_is_chosen_and_all_rates_are_recorded_in_their_order() -> None:
    summary = swept([point(2e-3, 0.4, of_the_recipe=True), point(1e-4, 0.9), point(1e-3, 0.3), point(3e-4, 0.5)])
    assert summary.chosen == 1e-3
    assert [each.learning_rate for each in summary.points] == [1e-4, 3e-4, 1e-3, 2e-3]
    assert summary.reason == "0.001 has the lowest held-back loss of 4 rates, 0.3000; the recipe's own 0.002 has 0.4000"


def test_a_choice_at_an_end_of_the_list_is_said_to_be_one() -> None:
    highest = swept([point(1e-4, 0.9), point(1e-3, 0.3, of_the_recipe=True)])
    assert "it is the recipe's own" in highest.reason
    assert highest.reason.endswith("It is the highest rate tried: a higher one may be better")
    assert swept([point(1e-4, 0.3), point(1e-3, 0.9)]).reason.endswith("a lower one may be better")


def test_of_equal_losses_the_lowest_rate_is_chosen() -> None:
    assert swept([point(1e-3, 0.3), point(3e-4, 0.3), point(1e-4, 0.4)]).chosen == 3e-4
