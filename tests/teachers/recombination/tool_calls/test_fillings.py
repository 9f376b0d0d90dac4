"""Calls that are filled turn by turn: known from the seeds, and then for every tool."""

from dataclasses import replace

from distil_dagster.tasks import Conversation, Task, Tool, Toolbox, ToolCall, Turn
from distil_dagster.tasks.job_description import JobDescription
from distil_dagster.tasks.tool_calling import tool_calling
from distil_dagster.teachers.recombination.tool_calls import RecombinationTeacher
from distil_dagster.teachers.recombination.tool_calls.induction import induce
from tests.teachers.conftest import Tasks

PARTIES = {
    "day": {"type": "string", "enum": ["monday", "tuesday", "sunday"], "description": "The day"},
    "guests": {"type": "integer", "minimum": 2, "maximum": 12, "description": "How many come"},
    "from_station": {"type": "string", "enum": ["north", "south"], "description": "Where they are fetched"},
}
SCHEMA = {"type": "object", "properties": PARTIES}
TOOLS = Toolbox((Tool("book_table", "Book a table.", SCHEMA), Tool("order_taxi", "Order a taxi.", SCHEMA)))
DAYS = ("monday", "tuesday", "sunday", "monday", "tuesday", "sunday")


def book(**arguments: object) -> ToolCall:
    return ToolCall("book_table", dict(arguments))


def restaurant(tasks: Tasks, *dialogues: tuple[tuple[str, ToolCall], ...]) -> Task:
    kind = tasks.bank.kind
    rows = [kind.row(Conversation("", tuple(Turn(*turn) for turn in dialogue))) for dialogue in dialogues]
    return replace(tasks.bank, job=JobDescription(tools=TOOLS), seeds=tuple(rows), tests=())


FILLED = [
    (
        (f"I'd like a table for {2 + number}", book(guests=2 + number)),
        (f"on {day} please", book(guests=2 + number, day=day)),
    )
    for number, day in enumerate(DAYS)
]
TAXI = (("a taxi on sunday", ToolCall("order_taxi", {"day": "sunday"})),)


def test_the_habit_is_seen_where_what_is_said_further_is_added(tasks: Tasks) -> None:
    assert induce(restaurant(tasks, *FILLED, TAXI)).habits.fills


def test_a_single_dropped_argument_speaks_against_it(tasks: Tasks) -> None:
    dropping = (("a table for 4", book(guests=4)), ("on monday please", book(day="monday")))
    assert not induce(restaurant(tasks, *FILLED, dropping)).habits.fills


def test_few_seeds_are_no_habit(tasks: Tasks) -> None:
    assert not induce(restaurant(tasks, *FILLED[:3], TAXI)).habits.fills


def test_calls_of_every_tool_are_filled_and_nothing_said_before_is_lost(tasks: Tasks) -> None:
    task = restaurant(tasks, *FILLED, TAXI)
    rows = [
        row
        for row in RecombinationTeacher(task).generate(count=400, seed=1).rows
        if row.origin.template.rpartition(" + ")[2].startswith("english:order_taxi") and "filled" in row.origin.template
    ]
    assert rows
    for row in rows:
        *_, before, last = tool_calling(task.kind).conversation(row.row).turns
        if before.call.name == last.call.name:
            assert before.call.arguments.items() < last.call.arguments.items()
    said = {tool_calling(task.kind).conversation(row.row).turns[-1].user.lower() for row in rows}
    assert any("from north" in text or "from the north" in text for text in said)
