"""What follow-ups carry on, on dialogues made by hand for the bank of conftest.py."""

from distil_dagster.tasks import Task, ToolCall
from distil_dagster.teachers.recombination.tool_calls import RecombinationTeacher
from distil_dagster.teachers.recombination.tool_calls.dialogue import Pending, Said


def answer(task: Task, utterance: str, *calls: ToolCall) -> ToolCall | None:
    """What the teacher reads in an utterance after these calls."""
    teacher = RecombinationTeacher(task)
    return teacher.parser.read(utterance, tuple(Said(call) for call in calls))


def transfer(**arguments: object) -> ToolCall:
    return ToolCall("transfer_money", dict(arguments))


def card(action: str, name: str) -> ToolCall:
    return ToolCall("card_control", {"action": action, "card": name})


def test_a_new_object_carries_all_other_arguments(tasks) -> None:
    before = transfer(recipient="Laura", amount=45, account="checking")
    assert answer(tasks.bank, "no, Hassan I meant", before) == transfer(
        recipient="Hassan", amount=45, account="checking"
    )


def test_a_new_number_carries_all_other_arguments(tasks) -> None:
    before = transfer(recipient="Laura", amount=45, account="checking", date="monday")
    expected = transfer(recipient="Laura", amount=52.5, account="checking", date="monday")
    assert answer(tasks.bank, "make it 52.50", before) == expected


def test_a_follow_up_learned_with_one_tool_follows_another_that_has_the_same_kind_of_argument(tasks) -> None:
    assert answer(tasks.bank, "the debit card too", card("unfreeze", "credit_card")) == card("unfreeze", "debit_card")


def test_a_pronoun_stands_for_the_last_object(tasks) -> None:
    assert answer(tasks.bank, "unfreeze it", card("freeze", "debit_card")) == card("unfreeze", "debit_card")


def test_a_pronoun_that_stands_for_nothing_is_asked_back(tasks) -> None:
    call = answer(tasks.bank, "please unfreeze it")
    assert call == ToolCall("clarify", {"reason": "missing_card"})


def test_a_follow_up_is_not_read_where_nothing_precedes_it(tasks) -> None:
    assert answer(tasks.bank, "make it 80") is None
    assert answer(tasks.bank, "make it 80", card("freeze", "debit_card")) is None


def test_a_completion_takes_what_the_request_said(tasks) -> None:
    teacher = RecombinationTeacher(tasks.bank)
    asked = Said(
        ToolCall("clarify", {"reason": "missing_amount"}), pending=Pending("transfer_money", {"recipient": "Uma"})
    )
    assert teacher.parser.read("35 dollars", (asked,)) == transfer(recipient="Uma", amount=35)
    assert teacher.parser.read("Send 20 dollars to Maria", (asked,)) is None


def test_a_request_that_says_all_is_read_after_any_call(tasks) -> None:
    expected = transfer(recipient="Zoe", amount=12)
    assert answer(tasks.bank, "send 12 dollars to Zoe") == expected
    assert answer(tasks.bank, "send 12 dollars to Zoe", card("freeze", "debit_card")) == expected
