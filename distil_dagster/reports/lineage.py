"""The lineage of a score, and of a single row, in a terminal."""

import sys
from collections.abc import Sequence
from itertools import groupby

from rich.console import Console
from rich.tree import Tree

from distil_dagster.artifacts import LineageStep
from distil_dagster.corpus.row_lineage import RecordedRequest, RowLineage
from distil_dagster.reports.asked_row import AskedRow

LONGEST_PARAMETER = 60
LONGEST_TEXT = 300
WITHOUT_TERMINAL = 200


def tree_console() -> Console:
    """Standard output, for trees with long lines: as wide as the terminal, and wider where it is none."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else WITHOUT_TERMINAL)


def print_lineage(steps: Sequence[LineageStep], *, console: Console | None = None) -> None:
    """Print every artifact with fingerprint, code version, time, counts, parameters and inputs, the score first."""
    console = console or tree_console()
    for step in steps:
        manifest = step.artifact.manifest
        tree = Tree(f"[bold]{manifest.label.replace('[', chr(92) + '[')}[/bold]")
        tree.add(f"fingerprint  {manifest.fingerprint[:16]}, code version {manifest.recipe.code_version}")
        tree.add(f"made         {manifest.created_at:%Y-%m-%d %H:%M:%S} UTC, run {manifest.run_id}")
        if manifest.counts:
            tree.add("rows         " + ", ".join(f"{name} {count:,}" for name, count in manifest.counts.items()))
        if manifest.recipe.parameters:
            parameters = tree.add("parameters")
            for name, value in flat(manifest.recipe.parameters).items():
                parameters.add(f"{name} = {value}".replace("[", r"\["))
        if manifest.recipe.inputs:
            inputs = ", ".join(f"{record.asset} {record.fingerprint[:16]}" for record in manifest.recipe.inputs)
            tree.add(f"made from    {inputs}")
        console.print(tree)


def flat(parameters: dict[str, object], prefix: str = "", *, longest: int | None = LONGEST_PARAMETER) -> dict[str, str]:
    """Nested parameters by dotted name; values longer than `longest` are cut, none if it is None."""
    found: dict[str, str] = {}
    for name, value in parameters.items():
        if isinstance(value, dict):
            found.update(flat(value, f"{prefix}{name}.", longest=longest))
        else:
            text = str(value)
            found[prefix + name] = text if longest is None or len(text) <= longest else text[:longest] + "…"
    return found


def print_row_lineage(lineage: RowLineage, *, console: Console | None = None) -> None:
    """Print the row, what it was made from, how the teacher was asked, its votes, and what the filters said."""
    console = console or tree_console()
    tree = Tree(f"[bold]row {lineage.id}[/bold]")
    _add(tree, "question", lineage.question)
    _add(tree, "context", lineage.context)
    _add(tree, "answer", lineage.answer)
    if lineage.is_seed:
        tree.add("a seed, from the task folder")
        console.print(tree)
        return
    _add(tree, "written by", lineage.teacher)
    _add(tree, "template", lineage.template)
    _add(tree, "design", lineage.design)
    _add(tree, "mutators", ", ".join(f"{name}: {value}" for name, value in lineage.mutators.items()))
    for seed in lineage.seeds:
        branch = tree.add(f"seed {seed.id}")
        _add(branch, "question", seed.question)
        _add(branch, "answer", seed.answer)
    for request in lineage.requests:
        _add_request(tree, "request", request)
    for vote in lineage.votes:
        branch = _add_request(tree, "vote", vote.request)
        _add(branch, "answer", vote.answer)
    _add(tree, "passed", ", ".join(lineage.passed))
    _add(tree, "rejected by", lineage.rejected_by and f"{lineage.rejected_by}: {lineage.detail}")
    if not lineage.rejected_by:
        tree.add("kept")
    console.print(tree)


def print_asked_row(asked: AskedRow, *, console: Console | None = None) -> None:
    """Print a test row: each answer with its verdict, how it was served, and the training rows nearest to it."""
    console = console or tree_console()
    tree = Tree(f"[bold]test row {asked.id}[/bold]")
    _add(tree, "question", asked.question)
    for example, answers in groupby(asked.answers, key=lambda answer: answer.example_id):
        branch = tree.add(f"asked as {example}")
        for number, answer in enumerate(answers):
            if not number:
                for message in answer.prompt:
                    _add(branch, message["role"], message["content"])
                _add(branch, "expected", answer.target)
            name = f"{answer.arm} {answer.training_seed}" if answer.training_seed else answer.arm
            _add(branch, name, f"{answer.prediction} ({answer.verdict}, {answer.latency_seconds:.2f} s)")
    served = tree.add("served with")
    for name, value in flat(asked.served).items():
        _add(served, name, value)
    _add(tree, "adapter", asked.adapter and asked.adapter[:16])
    for near in asked.nearest:
        branch = tree.add(f"training row {near.row.id}, {near.similarity:.0%} of the words alike")
        _add(branch, "question", near.row.question)
        _add(branch, "answer", near.row.answer)
        _add(branch, "written by", near.row.teacher or "the task's own seed")
        for request in near.row.requests:
            _add_request(branch, "request", request)
    console.print(tree)


def _add_request(tree: Tree, name: str, request: RecordedRequest) -> Tree:
    branch = tree.add(f"{name} {request.sha256[:16]}" + (f", answered {request.answered_at}" if request.reply else ""))
    if request.request is None:
        branch.add("not recorded in this home")
        return branch
    for message in request.request["messages"]:
        _add(branch, message["role"], message["content"])
    _add(branch, "reply", request.reply)
    return branch


def _add(tree: Tree, name: str, text: str | None) -> None:
    """A leaf of one line; long texts are cut, and whole in JSON."""
    if text:
        line = " ".join(text.split())
        shown = line if len(line) <= LONGEST_TEXT else line[:LONGEST_TEXT] + "…"
        tree.add(f"{name:<11}  {shown}".replace("[", r"\["))
