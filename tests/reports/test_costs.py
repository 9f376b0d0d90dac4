"""The cost table of a task from its artifacts, and back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from distil_dagster.artifacts import Artifact, ArtifactStore
from distil_dagster.costs.own_prices import ListedModel, OwnPrices
from distil_dagster.costs.price_book import ReferenceModel
from distil_dagster.costs.price_list import write_price_list
from distil_dagster.costs.settings import CostSettings, Traffic
from distil_dagster.reports.artifacts import task_report
from distil_dagster.reports.costs import (
    MeasuredStudent,
    PricedDevice,
    cost_details,
    price_books,
    read_cost_rows,
    write_cost_table,
)
from distil_dagster.serving.summary import ServingSummary
from tests.reports.asked_reference import REFERENCE
from tests.reports.distilled_student import (
    STUDENT,
    TASK,
    publish,
    publish_merged,
    publish_scores,
    publish_seeds,
    write_weights,
)

FEBRUARY, NOVEMBER = date(2026, 2, 15), date(2026, 11, 24)
HAIKU, NANO, NEW_HAIKU = (
    ReferenceModel(slug=slug, display_name=name, provider=provider, model=model)
    for slug, name, provider, model in (
        ("claude-haiku-4.5", "Claude Haiku 4.5", "anthropic", "claude-haiku-4-5"),
        ("gpt-5-nano", "GPT-5 nano", "openai", "gpt-5-nano"),
        ("claude-haiku-5.5", "Claude Haiku 5.5", "anthropic", "claude-haiku-5-5"),
    )
)
OWN = OwnPrices(
    name="mine.yaml",
    models={
        "claude-haiku-5.5": ListedModel(source="a page", released_on=date(2026, 10, 7), succeeds="claude-haiku-4.5")
    },
)
SERVING = ServingSummary(
    engine="an engine",
    engine_version="1",
    flags=(),
    device="an H100",
    concurrency=91,
    warm_up_requests=2,
    requests=200,
    failed=0,
    seconds=30.0,
    requests_per_second=222.0,
    p50_seconds=0.39,
    p95_seconds=0.64,
    p99_seconds=0.87,
    mean_input_tokens=208.0,
    mean_output_tokens=34.0,
    memory_mib=612.0,
    memory_measure="pss",
)
SETTINGS = CostSettings(traffic=Traffic(requests_per_month=10e6), dollars_per_hour=(2.00, 2.40))


@pytest.fixture
def store(tmp_path: Path) -> ArtifactStore:
    return ArtifactStore(str(tmp_path / "home"), scratch=tmp_path / "home")


@pytest.fixture
def student(store: ArtifactStore, tiny_task_folder: Path) -> MeasuredStudent:
    seeds = publish_seeds(store, tiny_task_folder)
    merged = publish_merged(store, seeds, write_weights)

    def serve(output: Path) -> None:
        (output / "summary.json").write_text(SERVING.model_dump_json())

    served = publish(store, "serving_profile", serve, inputs=[seeds, merged])
    return MeasuredStudent(STUDENT, publish_scores(store, seeds, merged), served)


def publish_book(store: ArtifactStore, day: date) -> Artifact:
    def write(output: Path) -> None:
        write_price_list((HAIKU, NANO, NEW_HAIKU), as_of=day, output=output, own=OWN)

    return publish(store, "price_book", write, partition={}, parameters={"as_of": day.isoformat()})


def publish_reference(store: ArtifactStore, inputs: Sequence[Artifact]) -> Artifact:
    """Haiku, which used 208 tokens in, half of them cached, and 134 out, 100 of them thinking."""

    def write(output: Path) -> None:
        summary = REFERENCE.model_copy(update={"reference": "claude-haiku-4.5"})
        (output / "summary.json").write_text(summary.model_dump_json())
        pd.DataFrame({"cached_tokens": [0, 208]}).to_parquet(output / "scores.parquet")

    partition = {"task": TASK, "reference": "claude-haiku-4.5"}
    return publish(store, "reference_scores", write, inputs=inputs, partition=partition)


def publish_costs(
    store: ArtifactStore,
    prices: Artifact,
    student: MeasuredStudent,
    references: Sequence[Artifact] = (),
    settings: CostSettings = SETTINGS,
) -> Artifact:
    def write(output: Path) -> None:
        write_cost_table(
            store,
            price_books(store, prices),
            prices,
            [student],
            references,
            task=TASK,
            device=PricedDevice("an H100", 2.40),
            settings=settings,
            utilisations=(1.0, 0.7, 0.3),
            output=output,
        )

    inputs = [prices, *student.artifacts, *references]
    return publish(store, "cost_table", write, inputs=inputs, partition={"task": TASK})


def test_the_table_and_all_beside_it_come_back_in_the_report(store: ArtifactStore, student: MeasuredStudent) -> None:
    table = publish_costs(store, publish_book(store, NOVEMBER), student)

    report = task_report(store, [table])

    assert [row.load for row in report.costs] == ["share", "share", "share", "traffic", None, None, None]
    assert report.costs[0].dollars_per_million == pytest.approx(3.003, abs=1e-3)
    details = report.cost_details
    assert details is not None
    assert (details.requests_per_month, details.life_months, details.dollars_per_hour) == (10e6, 12, 2.40)
    assert {row.device_dollars_per_hour for row in details.break_even} == {2.00, 2.40}
    assert {row.device_dollars_per_hour for row in details.scenarios} == {2.00, 2.40}
    assert {row.as_of for row in details.history} == {NOVEMBER}


def test_the_making_is_a_lower_bound_while_some_of_its_times_were_not_recorded(
    store: ArtifactStore, student: MeasuredStudent
) -> None:
    table = publish_costs(store, publish_book(store, NOVEMBER), student)

    (full, *_), details = read_cost_rows(table), cost_details(table)

    assert details is not None
    assert full.making_is_complete is False
    # Of the fixture's artifacts the adapter alone recorded a time: 600 s at $2.40 an hour.
    assert full.making_dollars == pytest.approx(0.40)
    unrecorded = {step.asset for step in details.making if step.device_seconds is None}
    assert "merged_model" in unrecorded
    assert "lora_adapter" not in unrecorded


def test_a_new_price_book_prices_anew_what_was_measured_and_the_old_one_stays_in_the_history(
    store: ArtifactStore, student: MeasuredStudent
) -> None:
    february = publish_book(store, FEBRUARY)
    first = publish_costs(store, february, student)
    second = publish_costs(store, publish_book(store, NOVEMBER), student)

    names = [{row.contender for row in read_cost_rows(table) if row.kind == "api"} for table in (first, second)]
    assert names == [{"Claude Haiku 4.5", "GPT-5 nano"}, {"Claude Haiku 4.5", "GPT-5 nano", "Claude Haiku 5.5"}]
    measured = [
        [record for record in table.manifest.recipe.inputs if record.asset != "price_book"] for table in (first, second)
    ]
    assert measured[0] == measured[1]
    details = cost_details(second)
    assert details is not None
    line = [row for row in details.history if row.line == "Claude Haiku 5.5"]
    assert [(row.as_of, row.model) for row in line] == [
        (FEBRUARY, "Claude Haiku 4.5"),
        (NOVEMBER, "Claude Haiku 5.5"),
    ]
    assert line[0].dollars_per_million == pytest.approx(10 * line[1].dollars_per_million)


def test_a_reference_is_priced_by_the_book_in_force_for_the_tokens_that_it_used(
    store: ArtifactStore, student: MeasuredStudent
) -> None:
    prices = publish_book(store, NOVEMBER)
    reference = publish_reference(store, [prices])

    table = publish_costs(store, prices, student, [reference])

    (haiku,) = [row for row in read_cost_rows(table) if row.contender == "Claude Haiku 4.5"]
    assert haiku.dollars_per_million == pytest.approx(104 * 1.00 + 104 * 0.10 + 134 * 5.00)
    assert (haiku.origin, haiku.cached_input_tokens, haiku.reasoning_tokens) == ("measured tokens", 104, 100)
    details = cost_details(table)
    assert details is not None
    assert next(row for row in details.history if row.model == "GPT-5 nano").dollars_per_million < 50


def test_a_public_tokenizer_counts_the_requests_of_its_provider_alone(
    store: ArtifactStore, student: MeasuredStudent, tmp_path: Path
) -> None:
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace

    words = Tokenizer(WordLevel({"[UNK]": 0}, unk_token="[UNK]"))
    words.pre_tokenizer = Whitespace()
    words.save(str(tmp_path / "words.json"))
    settings = SETTINGS.model_copy(update={"tokenizers": {"openai": tmp_path / "words.json"}})

    rows = {
        row.contender: row
        for row in read_cost_rows(publish_costs(store, publish_book(store, NOVEMBER), student, (), settings))
    }

    assert "its own tokenizer (words.json" in rows["GPT-5 nano"].source
    assert f"{STUDENT}'s tokenizer" in rows["Claude Haiku 4.5"].source
    assert rows["GPT-5 nano"].input_tokens != rows["Claude Haiku 4.5"].input_tokens


def test_a_cost_table_from_before_there_was_anything_beside_it_can_still_be_shown(
    store: ArtifactStore, student: MeasuredStudent
) -> None:
    new = publish_costs(store, publish_book(store, NOVEMBER), student)

    def write(output: Path) -> None:
        (output / "cost_table.parquet").write_bytes((new.local() / "cost_table.parquet").read_bytes())

    old = publish(store, "cost_table", write, inputs=list(student.artifacts), partition={"task": TASK})

    report = task_report(store, [old])
    assert report.cost_details is None
    assert len(report.costs) == 7


def test_of_several_books_of_a_day_the_one_in_force_counts(store: ArtifactStore) -> None:
    first = publish_book(store, FEBRUARY)

    def write(output: Path) -> None:
        write_price_list((NANO,), as_of=FEBRUARY, output=output)

    publish(store, "price_book", write, partition={}, parameters={"later": True})
    last = publish_book(store, NOVEMBER)

    assert [book.manifest.fingerprint for book in price_books(store, first)] == [
        first.manifest.fingerprint,
        last.manifest.fingerprint,
    ]
