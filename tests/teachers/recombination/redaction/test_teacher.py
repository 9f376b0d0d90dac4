import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from statistics import fmean

import pytest

from distil_dagster.tasks import Row, Task, load_task
from distil_dagster.tasks.answer_forms.redaction_metrics import parse_redaction, redaction_problems
from distil_dagster.teachers.recombination.redaction import RedactionRecombinationTeacher
from distil_dagster.teachers.teacher import Generation


def kinds(row: Row) -> list[str]:
    return [entity.token.strip("[]").partition(":")[0] for entity in parse_redaction(row.answer).entities]


def values(rows: list[Row], kind: str) -> list[str]:
    found = [entity for row in rows for entity in parse_redaction(row.answer).entities]
    return [entity.value for entity in found if entity.token.strip("[]").partition(":")[0] == kind]


@pytest.fixture(scope="module")
def rows(written: Generation) -> list[Row]:
    return [generated.row for generated in written.rows]


class TestRows:
    def test_as_many_are_written_as_asked_for(self, written: Generation) -> None:
        assert (len(written.rows), written.requested, written.exhausted) == (1000, 1000, False)

    def test_every_answer_is_the_redaction_of_its_text(self, rows: list[Row]) -> None:
        problems = [
            problem for row in rows for problem in redaction_problems(row.question, parse_redaction(row.answer))
        ]
        assert problems == []

    def test_no_text_is_written_twice_and_none_is_a_seed(self, rows: list[Row], healthcare: Task) -> None:
        texts = [row.question for row in rows]
        assert len(set(texts)) == len(texts)
        assert not set(texts) & {seed.question for seed in healthcare.seeds}

    def test_each_value_is_listed_once(self, rows: list[Row]) -> None:
        for row in rows:
            entities = parse_redaction(row.answer).entities
            assert len({entity.value for entity in entities}) == len(entities)

    def test_entities_stand_in_the_order_of_the_text(self, rows: list[Row]) -> None:
        compared = 0
        for row in rows:
            listed = [entity.value for entity in parse_redaction(row.answer).entities]
            # Shorter ones may also stand within others that come before them.
            if listed and all(len(value) > 7 for value in listed):
                places = [row.question.index(value) for value in listed]
                assert places == sorted(places)
                compared += 1
        assert compared > 100

    def test_no_blank_stands_at_either_end(self, rows: list[Row]) -> None:
        assert all(row.question == row.question.strip() for row in rows)

    def test_equal_seeds_give_equal_rows(self, healthcare: Task, written: Generation) -> None:
        again = RedactionRecombinationTeacher(healthcare).generate(count=100, seed=11)
        assert again.rows == written.rows[:100]
        other = RedactionRecombinationTeacher(healthcare).generate(count=100, seed=12)
        assert other.rows != again.rows


class TestLikenessToTheSeeds:
    def test_all_their_types_are_written(self, rows: list[Row], healthcare: Task) -> None:
        wanted = {kind for seed in healthcare.seeds for kind in kinds(seed)}
        counted = Counter(kind for row in rows for kind in kinds(row))
        assert counted.keys() == wanted
        assert min(counted.values()) > 50

    def test_texts_with_nothing_to_redact_are_about_as_frequent(self, rows: list[Row], healthcare: Task) -> None:
        share = fmean(not kinds(seed) for seed in healthcare.seeds)
        assert fmean(not kinds(row) for row in rows) == pytest.approx(share, abs=0.03)

    def test_texts_are_about_as_long(self, rows: list[Row], healthcare: Task) -> None:
        length = fmean(len(seed.question) for seed in healthcare.seeds)
        assert fmean(len(row.question) for row in rows) == pytest.approx(length, rel=0.15)

    def test_reasons_and_json_are_theirs(self, rows: list[Row], healthcare: Task) -> None:
        def reasons(some: list[Row]) -> set[tuple[str, str]]:
            found = [entity for row in some for entity in parse_redaction(row.answer).entities]
            return {(entity.token.partition(":")[0], entity.reason) for entity in found}

        assert reasons(rows) == reasons(list(healthcare.seeds))
        assert all(row.answer == json.dumps(json.loads(row.answer), ensure_ascii=False) for row in rows)

    @pytest.mark.parametrize("kind", ["PERSON", "EMAIL", "PHONE", "ADDRESS", "SSN", "ID", "UUID", "CARD_LAST4"])
    def test_values_are_new_and_differ(self, rows: list[Row], healthcare: Task, kind: str) -> None:
        written = values(rows, kind)
        assert len(set(written)) > 0.8 * len(written)
        assert len(set(written) & set(values(list(healthcare.seeds), kind))) < 0.05 * len(written)

    def test_seeds_are_recombined(self, written: Generation, healthcare: Task) -> None:
        ids = {seed.id for seed in healthcare.seeds}
        used = [generated.origin.seeds for generated in written.rows]
        recombined = {seed for seeds in used for seed in seeds}
        assert recombined <= ids
        assert len(recombined) > 0.9 * len(ids)
        assert any(len(seeds) > 1 for seeds in used)
        assert all(generated.origin.template for generated in written.rows)


class TestOtherTasks:
    def test_another_domain_is_written_from_its_seeds_alone(self, tiny_redaction_folder: Path) -> None:
        task = load_task(tiny_redaction_folder)
        generated = RedactionRecombinationTeacher(task).generate(count=50, seed=1).rows
        assert len(generated) == 50
        for row in generated:
            assert row.origin.seeds
            assert {reason.reason for reason in parse_redaction(row.row.answer).entities} <= {"name", "age"}

    def test_compact_json_stays_compact(self, tiny_redaction_folder: Path) -> None:
        task = load_task(tiny_redaction_folder)
        seeds = [replace(row, answer=json.dumps(json.loads(row.answer), separators=(",", ":"))) for row in task.seeds]
        teacher = RedactionRecombinationTeacher(replace(task, seeds=tuple(seeds)))
        for generated in teacher.generate(count=10, seed=1).rows:
            answer = generated.row.answer
            assert answer == json.dumps(json.loads(answer), separators=(",", ":"), ensure_ascii=False)

    def test_it_ends_early_where_nothing_new_can_be_said(self, tiny_redaction_folder: Path) -> None:
        task = load_task(tiny_redaction_folder)
        entity = {"value": "engaged", "replacement_token": "[MARITAL_STATUS]", "reason": "status"}
        answer = json.dumps({"redacted_text": "It is [MARITAL_STATUS] we have.", "entities": [entity]})
        teacher = RedactionRecombinationTeacher(replace(task, seeds=(Row("It is engaged we have.", answer),)))
        generation = teacher.generate(count=500, seed=1)
        assert generation.exhausted
        assert len(generation.rows) < 100

    def test_seeds_that_fit_no_answer_are_refused(self, tiny_redaction_folder: Path) -> None:
        task = load_task(tiny_redaction_folder)
        wrong = tuple(Row(f"{row.question} Bye.", row.answer) for row in task.seeds)
        with pytest.raises(ValueError, match="no seed of tiny_redactions can be recombined"):
            RedactionRecombinationTeacher(replace(task, seeds=wrong))

    def test_it_has_no_answers(self, healthcare: Task) -> None:
        teacher = RedactionRecombinationTeacher(healthcare)
        examples = healthcare.kind.expand(healthcare.seeds[0])
        assert [(a.example_id, a.answer, a.right) for a in teacher.assess(examples)] == [(examples[0].id, None, False)]
