"""Answers as models like to wrap them: in a Markdown code fence."""

import re

_FENCED = re.compile(
    r"(?P<fence>`{3,}+)(?:[\w.+-]*[ \t]*\n|(?:json|sql)\b)?(?P<content>.*?)(?P=fence)", re.DOTALL | re.IGNORECASE
)


def without_fence(text: str) -> str:
    """The text without blanks around it and without the one code fence that encloses all of it.

    A language named on the line of the opening fence goes with it; on the same line as content only `json` and `sql`
    are taken for one. Text with anything before or after the fence keeps its fence.
    """
    stripped = text.strip()
    enclosed = _FENCED.fullmatch(stripped)
    return enclosed["content"].strip() if enclosed else stripped
