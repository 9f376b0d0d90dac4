"""A task of text-to-SQL with a score of seeds over five schemas, and what its teacher writes."""

import pytest

from distil_dagster.tasks import Row, Task
from distil_dagster.tasks.answer_forms import ANSWER_FORMS
from distil_dagster.tasks.job_description import JobDescription
from distil_dagster.tasks.question_answering import QuestionAnswering
from distil_dagster.tasks.settings import TaskSettings
from distil_dagster.teachers.recombination.sql import SqlRecombinationTeacher
from distil_dagster.teachers.teacher import GeneratedRow

TREES = (
    "CREATE TABLE parks (park_id INTEGER PRIMARY KEY, name TEXT NOT NULL, city TEXT, area_ha REAL NOT NULL);\n"
    "CREATE TABLE trees (tree_id INTEGER PRIMARY KEY, park_id INTEGER NOT NULL REFERENCES parks(park_id), "
    "species TEXT NOT NULL, height REAL, planted_on DATE, protected BOOLEAN NOT NULL);"
)
FERRIES = (
    "CREATE TABLE ferries (ferry_id INTEGER PRIMARY KEY, name TEXT NOT NULL, route TEXT NOT NULL, "
    "capacity INTEGER NOT NULL, ticket_price REAL, remark TEXT);"
)
SEEDS = (
    (TREES, "Species of trees planted in 2021, by species.",
     "SELECT species FROM trees WHERE STRFTIME('%Y', planted_on) = '2021' ORDER BY species;"),
    (TREES, "How many protected trees are there?", "SELECT COUNT(*) FROM trees WHERE protected = 1;"),
    (TREES, "Tree id and park's name of all trees in parks with an area of at least 5.",
     "SELECT t.tree_id, p.name FROM trees AS t JOIN parks AS p ON p.park_id = t.park_id WHERE p.area_ha >= 5;"),
    (TREES, "For each park, its name and number of trees, zero included.",
     "SELECT p.name, COUNT(t.tree_id) FROM parks AS p LEFT JOIN trees AS t ON t.park_id = p.park_id "
     "GROUP BY p.park_id, p.name;"),
    (TREES, "Which parks have no tree of the species 'oak'? Return the park id.",
     "SELECT p.park_id FROM parks AS p WHERE NOT EXISTS (SELECT 1 FROM trees AS t WHERE t.park_id = p.park_id "
     "AND t.species = 'oak');"),
    (FERRIES, "What is the average capacity per route? Only routes with at least 3 ferries. Return route and average.",
     "SELECT route, AVG(capacity) FROM ferries GROUP BY route HAVING COUNT(*) >= 3;"),
    (FERRIES, "Names of the ferries without a remark, highest ticket price first.",
     "SELECT name FROM ferries WHERE remark IS NULL ORDER BY ticket_price DESC;"),
    (FERRIES, "Which ferries have a capacity above the average? Name only.",
     "SELECT name FROM ferries WHERE capacity > (SELECT AVG(capacity) FROM ferries);"),
)  # fmt: skip


def sql_task(rows: tuple[Row, ...]) -> Task:
    kind = QuestionAnswering("question-answering", ANSWER_FORMS["sql"])
    settings = TaskSettings.model_validate({"base": {"task": kind.name, "student_model_name": "SmolLM2-135M-Instruct"}})
    return Task("ferries_and_trees", kind, JobDescription(), rows, (), (), settings)


def seed_rows() -> tuple[Row, ...]:
    return tuple(Row(f"Schema:\n{schema}\n\nQuestion: {question}", query) for schema, question, query in SEEDS)


@pytest.fixture(scope="session")
def task() -> Task:
    return sql_task(seed_rows())


@pytest.fixture(scope="session")
def teacher(task: Task) -> SqlRecombinationTeacher:
    return SqlRecombinationTeacher(task)


@pytest.fixture(scope="session")
def written(teacher: SqlRecombinationTeacher) -> tuple[GeneratedRow, ...]:
    return teacher.generate(count=900, seed=1).rows
