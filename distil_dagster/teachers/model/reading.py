"""Reads the JSON that a model was asked for, also where there is talk around it, or its end was cut off."""

from __future__ import annotations

import json
from typing import Any

from distil_dagster.tasks.fences import without_fence
from distil_dagster.tasks.rows import read_json


class UnreadableError(ValueError):
    """What the teacher sent is not what it was asked for; the message says why."""


def read_object(text: str, key: str, *, cut_off: bool = False) -> dict[str, Any]:
    """The JSON object with this key in a model's text, mended where that can be done without guessing at values.

    Args:
        text: the model's text: JSON, in a code fence or with talk around it, perhaps with the faults that
            models make (single quotes, a comma too many).
        key: what the object must have.
        cut_off: whether the text ends before the model was done.

    Raises:
        UnreadableError: if there is no such object.
    """
    text = text.rpartition("</think>")[2]
    try:
        value = read_json(without_fence(text))
    except ValueError:
        value = _mended(text, key)
    if isinstance(value, list):
        value = {key: value}
    if not isinstance(value, dict) or key not in value:
        reason = "it was cut off" if cut_off else "there is none"
        raise UnreadableError(f"expected a JSON object with {key!r}; {reason}: {_beginning(text)}")
    return value


def read_list(text: str, key: str, *, cut_off: bool = False) -> list[dict[str, Any]]:
    """The list of objects under this key. The last entry of a text that was cut off is left out: it may be half.

    Raises:
        UnreadableError: if there is no such list.
    """
    entries = read_object(text, key, cut_off=cut_off)[key]
    if not isinstance(entries, list):
        raise UnreadableError(f"expected a list under {key!r}, found {type(entries).__name__}: {_beginning(text)}")
    return [entry for entry in (entries[:-1] if cut_off else entries) if isinstance(entry, dict)]


def text_under(entry: dict[str, Any], key: str) -> str:
    """The text under a key, without blanks around it. Raises UnreadableError if there is none or it is empty."""
    value = entry.get(key)
    if not isinstance(value, str) or not value.strip():
        raise UnreadableError(f"expected a text under {key!r}, found {_beginning(json.dumps(value))}")
    # Half of a surrogate pair can be written in JSON, but in no file.
    return value.strip().encode(errors="replace").decode()


def _mended(text: str, key: str) -> Any:
    from json_repair import repair_json

    # Talk before the JSON may hold brackets of its own.
    start = max(text.rfind("{", 0, max(0, text.find(f'"{key}"'))), 0)
    try:
        return repair_json(text[start:], return_objects=True, skip_json_loads=True)
    except ValueError:  # nested too deeply
        return None


def _beginning(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 120 else line[:120] + "…"
