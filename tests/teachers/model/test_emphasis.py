"""A batch with an emphasis: the weak designs and mutators get more calls, and no request is one of a batch before."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from distil_dagster.serving.budget import TokenPrices
from distil_dagster.tasks import Task, load_task
from distil_dagster.teachers.emphasis import Emphasis
from distil_dagster.teachers.model.plan import Design, deal
from distil_dagster.teachers.model.planning import CALLS_OF_A_BATCH, Planning
from distil_dagster.teachers.model.writers import writer_for
from distil_dagster.teachers.settings import ModelTeacherSettings
from tests.serving.scripted_server import ScriptedServer, count_characters
from tests.teachers.model.scripted_model import ScriptedModel
from tests.teachers.model.test_teacher import teacher_of

DESIGNS = [Design("red", "is red"), Design("green", "is green")]
LENGTHS = ((("length", "short"),), (("length", "long"),))
SIMPLE = ("complexity", "simple")


@pytest.fixture
def labels(tiny_classification_folder: Path) -> Task:
    return load_task(tiny_classification_folder)


def planning(task: Task) -> Planning:
    settings = ModelTeacherSettings()
    return Planning(task, settings, max_output_tokens=100, prices=TokenPrices(1.0, 1.0))


def emphasis_on(name: str, weight: float, *, batch: int = 1) -> Emphasis:
    return Emphasis({name: weight}, {SIMPLE: weight}, 0.1, batch)


class TestDeal:
    def test_combinations_are_drawn_with_their_weights(self) -> None:
        orders = deal(DESIGNS, LENGTHS, calls=2000, rows_per_call=1, seed="1", combination_weights=[1.0, 4.0])
        for design in DESIGNS:
            lengths = Counter(order.cell.mutators for order in orders if order.cell.design == design)
            assert 3.2 < lengths[LENGTHS[1]] / lengths[LENGTHS[0]] < 5.0

    def test_equal_seeds_still_give_equal_orders(self) -> None:
        first, again, other = (
            deal(DESIGNS, LENGTHS, calls=50, rows_per_call=1, seed=seed, combination_weights=[1.0, 4.0])
            for seed in "aab"
        )
        assert first == again != other


class TestPlanning:
    def test_a_weak_design_gets_calls_by_its_weight_and_the_others_stay(self, labels: Task) -> None:
        weak = planning(labels).plan(count=1280, seed=1, emphasis=emphasis_on("other", 0.4))
        shares = {name: rows / sum(weak.designs.values()) for name, rows in weak.designs.items()}
        assert shares["other"] == pytest.approx(0.5, abs=0.01)
        assert all(share == pytest.approx(0.125, abs=0.01) for name, share in shares.items() if name != "other")

    def test_a_weak_mutator_gets_calls_by_its_weight(self, labels: Task) -> None:
        orders = planning(labels).orders(count=4096, seed=1, emphasis=emphasis_on("other", 0.4))
        shares = Counter(order.cell.mutators for order in orders)
        assert shares[(SIMPLE,)] / len(orders) == pytest.approx(0.5, abs=0.05)

    def test_seed_shares_stay_under_the_emphasis(self, labels: Task) -> None:
        synthgen = labels.settings.synthgen.model_copy(update={"match_generated_distribution_to_seed": True})
        task = replace(labels, settings=labels.settings.model_copy(update={"synthgen": synthgen}))
        plan = planning(task).plan(count=1280, seed=1, emphasis=emphasis_on("other", 0.4))
        seeds = {design.name: len(design.seeds) for design in writer_for(task).designs}
        ratio = plan.designs["other"] / plan.designs["top_up"]
        assert ratio == pytest.approx(4.0 * seeds["other"] / seeds["top_up"], rel=0.05)

    def test_calls_of_each_batch_have_numbers_of_their_own(self, labels: Task) -> None:
        batches = [
            planning(labels).orders(count=1280, seed=1, emphasis=emphasis)
            for emphasis in (None, emphasis_on("other", 0.4), emphasis_on("other", 0.4, batch=2))
        ]
        numbers = [order.number for orders in batches for order in orders]
        assert len(set(numbers)) == len(numbers)
        assert batches[1][0].number == CALLS_OF_A_BATCH


def test_a_further_batch_asks_anew_and_what_it_asked_is_recorded(labels: Task, tmp_path: Path) -> None:
    emphasis = emphasis_on("other", 5.0)
    with ScriptedServer(answer=ScriptedModel(labels), usage=count_characters) as server:
        teacher = teacher_of(labels, server, tmp_path)
        first = teacher.generate(count=40, seed=1)
        further = teacher.generate(count=40, seed=1, emphasis=emphasis)
        asked = len(server.requests)
        assert teacher.generate(count=40, seed=1, emphasis=emphasis) == further
        assert len(server.requests) == asked
    requests = [{sha256 for row in rows for sha256 in row.origin.requests} for rows in (first.rows, further.rows)]
    assert requests[0].isdisjoint(requests[1])
    designs = Counter(row.origin.design for row in further.rows)
    assert designs["other"] > len(further.rows) / 2
