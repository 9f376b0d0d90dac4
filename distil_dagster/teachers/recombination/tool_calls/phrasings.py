"""The phrasings that a task folder adds in its grammar.yaml, as templates."""

import re

from distil_dagster.tasks import Task
from distil_dagster.teachers.recombination.tool_calls.templates import Slot, Template
from distil_dagster.teachers.recombination.tool_calls.vocabulary import Path, domain_at


def written_templates(task: Task) -> tuple[Template, ...]:
    """One template per phrasing, in which `{name}` marks the place of a parameter."""
    templates = []
    for tool_name, phrasings in task.phrasings.items():
        tool = task.tools.by_name[tool_name]
        for number, phrasing in enumerate(phrasings, start=1):
            parts: list[str | Slot] = []
            for index, piece in enumerate(re.split(r"\{([\w.]+)\}", phrasing)):
                if index % 2 == 0:
                    if piece:
                        parts.append(piece)
                    continue
                path: Path = tuple(piece.split("."))
                domain = domain_at(tool, path)
                before = "".join(part if isinstance(part, str) else "x" for part in parts).rstrip().split(" ")[-1]
                position = "noun" if before.lower() in ("the", "a", "my") else "verb" if not before else "other"
                manner = "digits" if domain.kind == "number" else "text" if domain.kind == "text" else "base"
                parts.append(Slot(path, domain, manner, position, piece))
            templates.append(Template(f"grammar:{tool_name}:{number}", tool_name, tuple(parts), origin="grammar"))
    return tuple(templates)
