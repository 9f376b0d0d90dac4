"""Two small tasks of domains far from each other: a bank (dialogues) and git (single requests)."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from distil_dagster.tasks import Conversation, Task, Turn, load_task
from distil_dagster.tasks.kinds import WITHOUT_FORM
from distil_dagster.tasks.rows import ToolCall
from distil_dagster.tasks.tool_calling import tool_calling

ACCOUNTS = ["checking", "savings", "joint_account"]
BANK_TOOLS: dict[str, dict[str, Any]] = {
    "transfer_money": {
        "recipient": {"type": "string", "description": "Name of the person who gets the money"},
        "amount": {"type": "number", "minimum": 1, "maximum": 5000, "description": "Amount in dollars"},
        "account": {
            "type": "string",
            "enum": ACCOUNTS,
            "description": "Account to pay from: joint_account is also called shared account",
        },
        "date": {"type": "string", "description": "Day of the transfer"},
    },
    "show_balance": {"account": {"type": "string", "enum": ACCOUNTS, "description": "Which account"}},
    "card_control": {
        "action": {"type": "string", "enum": ["freeze", "unfreeze"], "description": "freeze also means block"},
        "card": {"type": "string", "enum": ["debit_card", "credit_card"], "description": "Which card"},
    },
    "clarify": {
        "reason": {"type": "string", "enum": ["missing_amount", "missing_card"], "description": "What is missing"}
    },
}
GIT_TOOLS: dict[str, dict[str, Any]] = {
    "switch_branch": {
        "branch": {"type": "string", "description": "Name of the branch"},
        "create": {"type": "boolean", "description": "Whether the branch is new"},
    },
    "push": {
        "branch": {"type": "string", "description": "Name of the branch"},
        "remote": {"type": "string", "enum": ["origin", "upstream"], "description": "Where to push"},
        "force": {"type": "boolean", "description": "Overwrite the remote branch"},
    },
    "restore_file": {"path": {"type": "string", "description": "Path of the file"}},
    "show_log": {"count": {"type": "integer", "minimum": 1, "maximum": 100, "description": "How many commits"}},
    "stage": {
        "paths": {"type": "array", "items": {"type": "string"}, "description": "Paths of the files"},
        "options": {"type": "object", "properties": {"patch": {"type": "boolean"}}},
    },
}


def send(recipient: str, amount: float, **more: Any) -> ToolCall:
    return ToolCall("transfer_money", {"recipient": recipient, "amount": amount, **more})


def card(action: str, name: str) -> ToolCall:
    return ToolCall("card_control", {"action": action, "card": name})


def balance(account: str) -> ToolCall:
    return ToolCall("show_balance", {"account": account})


def ask(reason: str) -> ToolCall:
    return ToolCall("clarify", {"reason": reason})


BANK: list[list[tuple[str, ToolCall]]] = [
    [("Send 50 dollars to Maria", send("Maria", 50)), ("make it 80", send("Maria", 80))],
    [
        ("Transfer 200 to Jack from my savings", send("Jack", 200, account="savings")),
        ("no, Emma I meant", send("Emma", 200, account="savings")),
    ],
    [
        ("Pay Noah twenty dollars tomorrow", send("Noah", 20, date="tomorrow")),
        ("actually thirty", send("Noah", 30, date="tomorrow")),
    ],
    [("How much is on my savings account?", balance("savings")), ("and the checking account?", balance("checking"))],
    [("What's left in checking", balance("checking")), ("the shared account too", balance("joint_account"))],
    [
        ("Show me the balance of the shared account", balance("joint_account")),
        ("send 15 dollars to Felix", send("Felix", 15)),
    ],
    [("Freeze my credit card", card("freeze", "credit_card")), ("the debit card too", card("freeze", "debit_card"))],
    [
        ("Block my debit card, I lost it", card("freeze", "debit_card")),
        ("found it, unfreeze it again", card("unfreeze", "debit_card")),
    ],
    [
        ("Unfreeze the credit card", card("unfreeze", "credit_card")),
        ("and the debit card as well", card("unfreeze", "debit_card")),
    ],
    [("Freeze it right away", ask("missing_card")), ("the credit card", card("freeze", "credit_card"))],
    [("please unfreeze it", ask("missing_card")), ("my debit card, please", card("unfreeze", "debit_card"))],
    [("I need to pay Grace", ask("missing_amount")), ("75 dollars", send("Grace", 75))],
    [("Send something to Peter", ask("missing_amount")), ("forty dollars please", send("Peter", 40))],
    [
        ("Wire 1,200 dollars to my landlord on friday", send("my landlord", 1200, date="friday")),
        ("sorry, 1,250", send("my landlord", 1250, date="friday")),
    ],
    [("balance of savings please", balance("savings")), ("Freeze the debit card", card("freeze", "debit_card"))],
    [
        ("Pay Sam 12.50 from checking", send("Sam", 12.5, account="checking")),
        ("Olivia gets the same", send("Olivia", 12.5, account="checking")),
    ],
    [("Can you send 90 dollars to Rosa", send("Rosa", 90)), ("from my savings", send("Rosa", 90, account="savings"))],
    [
        ("transfer 300 to Tara from the shared account", send("Tara", 300, account="joint_account")),
        ("make that 350", send("Tara", 350, account="joint_account")),
    ],
    [("Unfreeze my debit card", card("unfreeze", "debit_card")), ("no wait, freeze it", card("freeze", "debit_card"))],
    [
        ("How much do I have in checking", balance("checking")),
        ("Pay David 60 dollars", send("David", 60)),
        ("Victor too", send("Victor", 60)),
    ],
    [("send 25 to Kim", send("Kim", 25)), ("and what's on savings now", balance("savings"))],
    [("block the credit card", card("freeze", "credit_card")), ("unfreeze it", card("unfreeze", "credit_card"))],
]
GIT: list[tuple[str, ToolCall]] = [
    ("switch to develop", ToolCall("switch_branch", {"branch": "develop"})),
    ("check out the branch feature/login", ToolCall("switch_branch", {"branch": "feature/login"})),
    ("go to main", ToolCall("switch_branch", {"branch": "main"})),
    ("create a new branch called fix-header", ToolCall("switch_branch", {"branch": "fix-header", "create": True})),
    (
        "make a branch named experiment and switch to it",
        ToolCall("switch_branch", {"branch": "experiment", "create": True}),
    ),
    ("push develop to origin", ToolCall("push", {"branch": "develop", "remote": "origin"})),
    ("push main to upstream", ToolCall("push", {"branch": "main", "remote": "upstream"})),
    ("push my changes", ToolCall("push", {})),
    (
        "force push feature/search to origin",
        ToolCall("push", {"branch": "feature/search", "remote": "origin", "force": True}),
    ),
    ("push everything to upstream", ToolCall("push", {"remote": "upstream"})),
    ("throw away my changes in README.md", ToolCall("restore_file", {"path": "README.md"})),
    ("restore src/app.py", ToolCall("restore_file", {"path": "src/app.py"})),
    ("undo what I did to tests/test_api.py", ToolCall("restore_file", {"path": "tests/test_api.py"})),
    ("show the last 5 commits", ToolCall("show_log", {"count": 5})),
    ("show me the last ten commits", ToolCall("show_log", {"count": 10})),
    ("what happened lately", ToolCall("show_log", {})),
    ("log of the last 20 commits", ToolCall("show_log", {"count": 20})),
    ("stage setup.py", ToolCall("stage", {"paths": ["setup.py"]})),
    ("add main.py and app.py", ToolCall("stage", {"paths": ["main.py", "app.py"]})),
    ("stage docs/intro.md piece by piece", ToolCall("stage", {"paths": ["docs/intro.md"], "options": {"patch": True}})),
    ("add notes.txt", ToolCall("stage", {"paths": ["notes.txt"]})),
]


def write_folder(
    folder: Path, kind: str, tools: dict[str, dict[str, Any]], dialogues: list[list[tuple[str, ToolCall]]]
) -> Task:
    """A task folder with the dialogues as train and, with other words, as test set."""
    folder.mkdir(parents=True, exist_ok=True)
    declared = [
        {
            "type": "function",
            "function": {
                "name": name,
                "description": "",
                "parameters": {"type": "object", "properties": properties, "additionalProperties": False},
            },
        }
        for name, properties in tools.items()
    ]
    (folder / "job_description.json").write_text(json.dumps({"task_description": "Call one tool.", "tools": declared}))
    (folder / "config.yaml").write_text(f"base:\n  task: {kind}\n")
    for file, mark in (("train.jsonl", ""), ("test.jsonl", "good day, ")):
        lines = []
        for dialogue in dialogues:
            turns = tuple(
                Turn((mark if not number else "") + user, call) for number, (user, call) in enumerate(dialogue)
            )
            row = tool_calling(WITHOUT_FORM[kind]).row(Conversation("", turns))
            lines.append(json.dumps({"question": row.question, "answer": row.answer}))
        (folder / file).write_text("\n".join(lines) + "\n")
    return load_task(folder)


@dataclass(frozen=True)
class Tasks:
    """The tasks that the tests of this folder share."""

    bank: Task
    git: Task

    def __iter__(self):
        return iter((self.bank, self.git))


@pytest.fixture(scope="session")
def tasks(tmp_path_factory: pytest.TempPathFactory) -> Tasks:
    root = tmp_path_factory.mktemp("tasks")
    return Tasks(
        write_folder(root / "bank", "multi-turn-tool-calling-closed-book", BANK_TOOLS, BANK),
        write_folder(root / "git", "tool-calling-closed-book", GIT_TOOLS, [[item] for item in GIT]),
    )
