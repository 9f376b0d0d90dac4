"""The rows that the text-to-SQL teacher writes."""

import re

import pytest

from distil_dagster.tasks import Example, Row, Task
from distil_dagster.tasks.sql import split_question
from distil_dagster.tasks.sql.preparing import prepare_problems
from distil_dagster.tasks.sql.suite import Suite
from distil_dagster.teachers.recombination.sql import SqlRecombinationTeacher
from distil_dagster.teachers.recombination.sql.concepts import Concepts
from distil_dagster.teachers.recombination.sql.english import NUMBER_WORDS
from distil_dagster.teachers.recombination.sql.numbers import MONTHS
from distil_dagster.teachers.teacher import GeneratedRow
from tests.teachers.recombination.sql.conftest import TREES, seed_rows, sql_task

Written = tuple[GeneratedRow, ...]
SAID_BY_ITSELF = re.compile(r"'[%Ymd-]+'|100\.0|ROUND\((?:[^()]|\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))*\)|SELECT 1 ")
"""Parts of a query with literals that no question names."""


class TestRows:
    def test_equal_seeds_give_equal_rows(self, task: Task, teacher: SqlRecombinationTeacher) -> None:
        again = SqlRecombinationTeacher(task)
        assert teacher.generate(count=40, seed=3) == again.generate(count=40, seed=3)

    def test_other_seeds_give_other_rows(self, teacher: SqlRecombinationTeacher) -> None:
        assert teacher.generate(count=20, seed=3).rows != teacher.generate(count=20, seed=4).rows

    def test_there_are_as_many_as_requested(self, written: Written) -> None:
        assert len(written) == 900

    def test_no_question_is_asked_twice_of_a_schema(self, written: Written) -> None:
        assert len({generated.row.question for generated in written}) == len(written)

    def test_each_schema_and_query_prepares(self, written: Written) -> None:
        for row in (generated.row for generated in written):
            assert prepare_problems(split_question(row.question).schema, row.answer) == []

    def test_queries_return_rows_on_databases_made_for_them(self, written: Written) -> None:
        for row in (generated.row for generated in written[::40]):
            assert Suite(split_question(row.question).schema, row.answer).answers_anything, row.answer

    def test_no_slot_is_left_open(self, written: Written) -> None:
        for row in (generated.row for generated in written):
            assert not re.search(r"[{}\[\]|<]", split_question(row.question).question)
            assert not re.search(r"[{}\[\]|]", row.answer)

    def test_no_word_is_said_twice_in_a_row(self, written: Written) -> None:
        for row in (generated.row for generated in written):
            assert not re.search(r"\b([a-z]+) \1\b", split_question(row.question).question)

    def test_most_schemas_are_new(self, written: Written) -> None:
        schemas = {split_question(generated.row.question).schema for generated in written}
        assert len(schemas) > len(written) / 6
        assert TREES not in list(schemas)[:1]

    def test_prompts_are_as_short_as_the_seeds(self, written: Written) -> None:
        assert max(len(generated.row.question) for generated in written) < 1000


class TestLabels:
    def test_each_text_in_a_query_is_said_in_the_question(self, written: Written) -> None:
        for row in (generated.row for generated in written):
            asked = split_question(row.question).question
            query = SAID_BY_ITSELF.sub("", row.answer)
            for literal in re.findall(r"'([^']*)'", query):
                assert _is_said(literal.strip("%"), asked), (literal, asked, row.answer)

    def test_each_text_in_a_question_is_in_the_query(self, written: Written) -> None:
        for row in (generated.row for generated in written):
            asked = split_question(row.question).question
            for literal in re.findall(r"(?<!\w)'([^']+)'(?!\w)", asked):
                assert literal in row.answer or literal == "YYYY-MM", (literal, row.answer)

    def test_each_number_that_a_column_is_compared_with_is_said(self, written: Written) -> None:
        for row in (generated.row for generated in written):
            asked = split_question(row.question).question
            for column, number in re.findall(r"(\w+\)?) (?:[<>]=?|BETWEEN) (\d+(?:\.\d+)?)\b", row.answer):
                assert _is_said(number, asked), (column, asked, row.answer)

    def test_queries_follow_the_seeds_conventions(self, written: Written) -> None:
        for row in (generated.row for generated in written):
            assert row.answer.endswith(";")
            assert not re.search(r"\b(select|from|where|group by|order by)\b", row.answer)
            assert " ASC" not in row.answer
            is_joined = " JOIN " in row.answer
            assert not is_joined or " AS " in row.answer


class TestOrigins:
    def test_seeds_are_named_by_their_ids(self, task: Task, written: Written) -> None:
        ids = {row.id for row in task.seeds}
        named = [generated.origin.seeds for generated in written]
        assert any(named)
        assert all(set(seeds) <= ids for seeds in named)

    def test_templates_of_seeds_name_their_seed(self, written: Written) -> None:
        templates = [generated.origin for generated in written if str(generated.origin.template).startswith("seed ")]
        assert templates
        assert all(origin.template == f"seed {origin.seeds[0]}" for origin in templates)


class TestTeacher:
    def test_it_answers_no_question(self, teacher: SqlRecombinationTeacher, task: Task) -> None:
        row = task.seeds[0]
        example = Example("one", row, 0, (), row.answer, "schema")
        (assessment,) = teacher.assess([example])
        assert (assessment.answer, assessment.right) == (None, False)

    def test_seeds_without_a_usable_schema_are_refused(self) -> None:
        rows = (Row("Schema:\nCREATE TABLE broken (\n\nQuestion: What?", "SELECT 1;"),)
        with pytest.raises(ValueError, match="can be recombined"):
            SqlRecombinationTeacher(sql_task(rows))

    def test_schemas_stand_in_the_context_where_the_seeds_have_them_there(self) -> None:
        asked = [(split_question(row.question), row.answer) for row in seed_rows()]
        rows = tuple(Row(one.question, answer, one.schema) for one, answer in asked)
        for generated in SqlRecombinationTeacher(sql_task(rows)).generate(count=10, seed=1).rows:
            assert generated.row.context is not None
            assert "CREATE TABLE" in generated.row.context
            assert "CREATE TABLE" not in generated.row.question

    def test_a_concept_that_the_seeds_ask_for_is_written_more_often(self, teacher: SqlRecombinationTeacher) -> None:
        counts = seed_rows()[1:2]
        only_counts = SqlRecombinationTeacher(sql_task(counts))
        share = _share_of("count", only_counts.generate(count=300, seed=1).rows)
        assert share > 2 * _share_of("count", teacher.generate(count=300, seed=1).rows)
        assert isinstance(only_counts._concepts, Concepts)


def _share_of(concept: str, rows: Written) -> float:
    return sum(generated.origin.template == concept for generated in rows) / len(rows)


def _is_said(literal: str, asked: str) -> bool:
    if literal in asked:
        return True
    if literal.isdigit() and int(literal) < len(NUMBER_WORDS) and NUMBER_WORDS[int(literal)] in asked.casefold():
        return True
    month = re.fullmatch(r"(?:(\d{4})-)?(\d\d)", literal)
    return month is not None and MONTHS[int(month[2]) - 1] in asked and (month[1] or "") in asked
