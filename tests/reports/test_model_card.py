"""A model card tells what artifacts hold, with its numbers, and says of the rest that it is not known."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from distil_dagster.artifacts import Artifact, ArtifactStore, MissingArtifact
from distil_dagster.costs.cost_table import CostRow, cost_table
from distil_dagster.reports.model_card import CARD, CardFacts, card_facts, costs_of, model_card, write_model_card
from distil_dagster.reports.report_input import StudentReport
from distil_dagster.reports.wording import DASH, MINUS
from distil_dagster.serving.summary import ServingSummary
from distil_dagster.students.settings import HubModel, LocalModel
from distil_dagster.tasks.sourcing import SourceCounts
from tests.reports.distilled_student import (
    OF_STUDENT,
    RIGHT,
    STUDENT,
    TASK,
    publish,
    publish_merged,
    publish_scores,
    publish_seeds,
    write_weights,
)

SERVING = ServingSummary(
    engine="an engine",
    engine_version="1",
    flags=(),
    device="a CPU",
    concurrency=4,
    warm_up_requests=2,
    requests=200,
    failed=0,
    seconds=30.0,
    requests_per_second=3.4,
    p50_seconds=0.9,
    p95_seconds=1.6,
    p99_seconds=2.1,
    mean_input_tokens=100.0,
    mean_output_tokens=9.0,
    memory_mib=612.0,
    memory_measure="pss",
)


@pytest.fixture
def store(tmp_path: Path) -> ArtifactStore:
    return ArtifactStore(str(tmp_path / "home"), scratch=tmp_path / "home")


@pytest.fixture
def scores(store: ArtifactStore, tiny_task_folder: Path) -> Artifact:
    """Of a student that was distilled, on a single-turn task."""
    seeds = publish_seeds(store, tiny_task_folder)
    return publish_scores(store, seeds, publish_merged(store, seeds, write_weights))


@pytest.fixture
def facts(store: ArtifactStore, scores: Artifact) -> CardFacts:
    return card_facts(store, scores)


def publish_costs(store: ArtifactStore, scores: Artifact, **changes: Any) -> Artifact:
    """The cost table of a student that was served, beside another contender."""
    merged = store.input_of(scores, "merged_model")
    assert merged
    serving = publish(
        store,
        "serving_profile",
        lambda output: (output / "summary.json").write_text(SERVING.model_dump_json()) and None,
        inputs=[merged],
    )
    own = CostRow(
        contender=STUDENT,
        kind="self-hosted",
        utilisation=0.7,
        dollars_per_million=11.67,
        requests_per_second=3.4,
        device_dollars_per_hour=0.1,
        input_price=None,
        output_price=None,
        input_tokens=100.0,
        output_tokens=9.0,
        accuracy=0.85,
        accuracy_low=0.64,
        accuracy_high=0.95,
        accuracy_origin="measured here",
        accuracy_source=None,
        origin="measured here",
        source="a CPU at $0.1/h",
    )
    own = replace(own, **changes)
    other = replace(own, contender="GPT-5 nano", dollars_per_million=99.0)

    def write(output: Path) -> None:
        import pyarrow.parquet as pq

        pq.write_table(cost_table([own, other]), output / "cost_table.parquet")

    return publish(store, "cost_table", write, inputs=[scores, serving], partition={"task": TASK})


def front_matter(card: str) -> dict[str, object]:
    found = yaml.safe_load(card.split("---\n")[1])
    assert isinstance(found, dict)
    return found


def section(card: str, title: str) -> str:
    return card.split(f"## {title}\n")[1].split("\n## ", maxsplit=1)[0]


class TestFrontMatter:
    def test_it_tells_the_hub_licence_library_and_tags(self, facts: CardFacts) -> None:
        card = model_card(facts)
        assert card.startswith("---\n")
        assert front_matter(card) == {
            "license": "apache-2.0",
            "library_name": "transformers",
            "pipeline_tag": "text-generation",
            "tags": ["distil_dagster", "distillation", "lora", "tool-calling-closed-book"],
        }

    def test_a_base_model_of_the_hub_is_linked(self, facts: CardFacts) -> None:
        base = HubModel(kind="hub", repository="someone/tiny", revision="0" * 40)
        card = model_card(replace(facts, base_model=base))
        assert front_matter(card)["base_model"] == "someone/tiny"
        assert f"[someone/tiny](https://huggingface.co/someone/tiny) at revision `{'0' * 40}`" in card

    def test_a_licence_that_is_no_identifier_is_named(self, facts: CardFacts) -> None:
        matter = front_matter(model_card(replace(facts, base_licence="Our own: ask us")))
        assert (matter["license"], matter["license_name"]) == ("other", "Our own: ask us")


class TestSections:
    def test_the_task_is_told_with_what_the_model_is_worth(self, facts: CardFacts) -> None:
        purpose = section(model_card(facts), "What it does")
        assert "20 million parameters" in purpose
        assert "Of 20 questions of the task's test set it answers 17 right, 85.0 %" in purpose
        assert f"(95 % interval: 64.0 {DASH} 94.8 %)" in purpose
        assert "> Turn the request into one call." in purpose

    def test_use_is_told_by_the_command_the_request_and_the_system_prompt(self, facts: CardFacts) -> None:
        usage = section(model_card(facts), "How to use it")
        assert "```sh\ndistil serve tiny tiny-20m\n```" in usage
        request = json.loads(usage.split("```json\n")[1].split("\n```")[0])
        assert [message["role"] for message in request["messages"]] == ["system", "user"]
        assert request["messages"][-1]["content"] == "{question}"
        assert f"```text\n{facts.seeds.system_prompt}\n```" in usage

    def test_a_context_has_its_place_in_the_request(self, store: ArtifactStore, tiny_open_book_folder: Path) -> None:
        seeds = publish_seeds(store, tiny_open_book_folder)
        scores = publish_scores(store, seeds, publish_merged(store, seeds, write_weights))
        assert card_facts(store, scores).user_message == "Context:\n{context}\n\nQuestion: {question}"

    def test_a_dialogue_is_sent_turn_by_turn(self, store: ArtifactStore, tiny_multi_turn_folder: Path) -> None:
        seeds = publish_seeds(store, tiny_multi_turn_folder)
        scores = publish_scores(store, seeds, publish_merged(store, seeds, write_weights))
        usage = section(model_card(card_facts(store, scores)), "How to use it")
        assert "the chat so far, each thing said in a message of its own" in usage

    def test_no_row_of_the_task_is_given_away(self, facts: CardFacts) -> None:
        card = model_card(facts)
        assert all(row.question not in card for row in facts.seeds.preview if len(row.question.split()) > 2)

    def test_data_is_counted_from_seeds_to_training(self, facts: CardFacts) -> None:
        data = section(model_card(facts), "Data")
        for line in (
            "| seeds | 25 |",
            "| test rows | 20 |",
            "| teacher, which wrote the corpus | recombination |",
            "| rows generated | 1,200 |",
            "| rejected: near duplicate | 199 |",
            "| rows kept | 1,000 (83.3 %) |",
            "| rows trained on, repeated seeds included | 1,109 |",
        ):
            assert line in data
        assert "too long" not in data

    def test_rows_of_a_public_data_set_are_named(self, facts: CardFacts) -> None:
        source = SourceCounts(
            address="a/set (revision 1)", train_rows=9, test_rows=9, train_rows_also_in_test=0, seeds=5
        )
        card = model_card(replace(facts, seeds=facts.seeds.model_copy(update={"source": source})))
        assert "| where they come from | a/set (revision 1) |" in section(card, "Data")

    def test_the_recipe_is_told_in_full(self, facts: CardFacts) -> None:
        recipe = section(model_card(facts), "Recipe")
        assert "139 of 140 planned steps (98,765 tokens, 10.0 minutes) on a CPU in bfloat16" in recipe
        assert "99.50% of 1,234 tokens" in recipe
        assert "| lora_r | 4 |" in recipe
        assert "max_steps" not in recipe
        assert "Trained with torch 2.13.0." in recipe

    def test_scores_have_counts_intervals_and_the_paired_verdict(self, facts: CardFacts) -> None:
        scores = section(model_card(facts), "Scores")
        assert f"| seeds only | 9 | 20 | 45.0 | 25.8 {DASH} 65.8 |" in scores
        assert f"| distilled | 17 | 20 | 85.0 | 64.0 {DASH} 94.8 |" in scores
        assert f"distilled {MINUS} seeds only: +40.0 points" in scores
        assert "(exact McNemar test, Tango score interval): distilled is better." in scores
        assert f"seeds only {MINUS} base" not in scores
        assert "Verdict: undecided." in scores

    def test_questions_of_one_dialogue_are_told_as_such(
        self, store: ArtifactStore, tiny_multi_turn_folder: Path
    ) -> None:
        seeds = publish_seeds(store, tiny_multi_turn_folder)
        scores = publish_scores(store, seeds, publish_merged(store, seeds, write_weights))
        text = section(model_card(card_facts(store, scores)), "Scores")
        assert "by a bootstrap of whole conversations" in text
        assert "| whole conversations right |" in text

    def test_limits_name_the_errors_and_what_was_not_tested(self, facts: CardFacts) -> None:
        limits = section(model_card(facts), "Limits")
        assert "3 were wrong: 3 invalid." in limits
        assert "trained on prompts and answers of 2,048 tokens" in limits
        assert "such as GGUF, they were not measured" in limits
        assert "not shown to be better" not in limits
        assert "were asked about" not in limits

    def test_a_gain_within_chance_is_a_limit(self, facts: CardFacts) -> None:
        pair = facts.student.comparison("distilled", "seeds_only")
        assert pair
        student = facts.student.model_copy(update={"comparisons": (pair.model_copy(update={"p_value": 0.3}),)})
        card = model_card(replace(facts, student=student))
        assert "not shown to be better than a model trained on the 25 seeds alone" in section(card, "Limits")
        assert "not distinguishable" in section(card, "Scores")

    def test_a_sample_of_the_test_set_is_a_limit(self, facts: CardFacts) -> None:
        benchmark = facts.benchmark.model_copy(update={"asked_rows": 15, "sample_seed": 7})
        limits = section(model_card(replace(facts, benchmark=benchmark)), "Limits")
        assert "15 of 20 test rows were asked about, drawn under the seed 7." in limits

    def test_licences_are_those_of_base_teacher_and_data(self, facts: CardFacts) -> None:
        licences = section(model_card(facts), "Licences")
        assert "| base model | `Tiny-20M.gguf` of the Python package `carrier-of-weights` | Apache-2.0 |" in licences
        assert "| teacher | recombination | no model: its rows were put together from parts of the seeds |" in licences
        assert "| seeds and test rows | the task `tiny` | not declared |" in licences
        assert "| CC-BY-4.0 |" in model_card(replace(facts, data_licence="CC-BY-4.0"))

    def test_a_teacher_that_is_a_model_has_terms(self, facts: CardFacts) -> None:
        assert facts.teacher
        teacher = facts.teacher.model_copy(update={"is_model": True})
        assert "not declared; its terms may say" in section(model_card(replace(facts, teacher=teacher)), "Licences")
        assert "| recombination | unknown |" in section(model_card(replace(facts, teacher=None)), "Licences")

    def test_a_local_base_model_is_told_without_its_place(self, facts: CardFacts) -> None:
        card = model_card(replace(facts, base_model=LocalModel(kind="path", path=Path("/home/someone/tiny"))))
        assert "a local folder, `tiny`" in card
        assert "someone" not in card

    def test_every_artifact_behind_the_scores_has_its_fingerprint(self, facts: CardFacts, scores: Artifact) -> None:
        fingerprints = section(model_card(facts), "Fingerprints")
        for asset in ("benchmark_scores", "merged_model", "lora_adapter", "synthetic_corpus", "seed_set"):
            assert f"| {asset} |" in fingerprints
        assert f"`{scores.manifest.fingerprint[:16]}`" in fingerprints
        for name in ("weights, model.safetensors", "seeds", "test rows", "kept rows of the corpus", "rows trained on"):
            assert f"| {name} | `" in fingerprints

    def test_texts_of_a_user_break_neither_tables_nor_fences(self, facts: CardFacts) -> None:
        seeds = facts.seeds.model_copy(update={"system_prompt": "answer in ```json``` blocks"})
        report = facts.report.model_copy(update={"teacher": "one | two\nthree"})
        card = model_card(replace(facts, seeds=seeds, report=report))
        assert "````text\nanswer in ```json``` blocks\n````" in card
        assert r"| one \| two three |" in card


class TestCosts:
    def test_what_was_not_priced_is_said_to_be_unmeasured(self, facts: CardFacts) -> None:
        assert section(model_card(facts), "What it costs").strip() == "Not measured yet."

    def test_a_cost_table_of_these_scores_is_told(self, store: ArtifactStore, scores: Artifact) -> None:
        costs = publish_costs(store, scores)
        found = costs_of(store, scores)
        assert found
        assert found.manifest.fingerprint == costs.manifest.fingerprint
        card = model_card(card_facts(store, scores, costs))
        told = section(card, "What it costs")
        assert "3.4 requests per second on a CPU (closed loop, 4 at a time, an engine 1)" in told
        assert f"| 70 % | $11.67 | {DASH} |" in told
        assert "What teacher and training cost is not in it." in told
        assert "99.00" not in told
        assert "| cost_table |" in section(card, "Fingerprints")

    def test_what_the_making_cost_is_told_with_its_life(self, store: ArtifactStore, scores: Artifact) -> None:
        costs = publish_costs(
            store,
            scores,
            load="traffic",
            total_dollars_per_million=12.5,
            making_dollars=0.42,
            making_is_complete=False,
            life_months=12.0,
        )
        told = section(model_card(card_facts(store, scores, costs)), "What it costs")
        assert "| 70 % (traffic) | $11.67 | at least $12.50 |" in told
        assert "Teacher, training and benchmarks cost at least $0.42" in told
        assert "over 12 months of such use" in told

    def test_a_cost_table_of_other_scores_is_not(self, store: ArtifactStore, scores: Artifact) -> None:
        seeds = store.input_of(scores, "seed_set")
        assert seeds
        publish_costs(store, scores)
        assert costs_of(store, publish_scores(store, seeds, None)) is None

    def test_other_students_of_the_table_stay_out(self, facts: CardFacts) -> None:
        other = StudentReport(name="another-4b")
        report = facts.report.model_copy(update={"students": (other, *facts.report.students)})
        assert "another-4b" not in model_card(replace(facts, report=report))


def test_the_card_is_the_readme_of_its_folder(store: ArtifactStore, scores: Artifact, tmp_path: Path) -> None:
    facts = write_model_card(store, scores, None, tmp_path)
    assert (tmp_path / CARD).read_text() == model_card(facts)
    assert f"# {STUDENT} for {TASK}" in (tmp_path / "README.md").read_text()


def test_it_tells_what_its_own_weights_are_worth_and_not_a_quantised_copy_of_them(
    store: ArtifactStore, tiny_task_folder: Path
) -> None:
    seeds = publish_seeds(store, tiny_task_folder)
    merged = publish_merged(store, seeds, write_weights)
    card = model_card(card_facts(store, publish_scores(store, seeds, merged, right={**RIGHT, "quantised": 15})))
    assert "it answers 17 right" in section(card, "What it does")
    assert f"| quantised | 15 | 20 | 75.0 | 53.1 {DASH} 88.8 |" in section(card, "Scores")


def test_scores_without_a_distilled_student_have_no_card(store: ArtifactStore, tiny_task_folder: Path) -> None:
    scores = publish_scores(store, publish_seeds(store, tiny_task_folder), None)
    assert scores.manifest.recipe.partition == OF_STUDENT
    with pytest.raises(MissingArtifact, match=r"tiny-20m\|tiny.* was made without a distilled student"):
        card_facts(store, scores)
