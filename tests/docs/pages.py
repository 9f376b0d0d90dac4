"""The pages of the documentation, taken apart: commands, code blocks, links and headings."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
PAGES = (CHECKOUT / "README.md", *sorted((CHECKOUT / "docs").glob("*.md")))

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INDENTED = re.compile(r"(?:^|\n\n)((?: {4}.*\n|\n)+)")
HERE_DOCUMENT = re.compile(r"<<'(\w+)'")
SEPARATORS = {"&&", "||", "|", ";"}


@dataclass(frozen=True)
class Command:
    """One command of a `sh` block, with its here document if it has one."""

    page: str
    text: str

    @property
    def line(self) -> str:
        """Its first line as a shell reads it: without comment and superfluous blanks."""
        return " ".join(shlex.split(HERE_DOCUMENT.sub("", self.text.splitlines()[0]), comments=True))

    @property
    def here_document(self) -> str:
        """The lines behind the first."""
        return self.text.partition("\n")[2]

    @property
    def simple_commands(self) -> list[list[str]]:
        """The words of each command that `&&`, `|` and the like join, without variables before and files behind it."""
        lexer = shlex.shlex(HERE_DOCUMENT.sub("", self.text.splitlines()[0]), posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        commands: list[list[str]] = [[]]
        redirected = False
        for word in lexer:
            if word in SEPARATORS:
                commands.append([])
            elif word in {">", ">>", "<"}:
                redirected = True
            elif redirected:
                redirected = False
            elif commands[-1] or not re.match(r"\w+=", word):
                commands[-1].append(word)
        return commands


def blocks(text: str, language: str) -> list[str]:
    """The fenced blocks of this language."""
    return [content for named, content in FENCE.findall(text) if named == language]


def indented_blocks(text: str) -> list[str]:
    """The blocks that are code because they are indented."""
    prose = FENCE.sub("\n", text)
    return [re.sub("^ {4}", "", block, flags=re.MULTILINE) for block in INDENTED.findall(prose)]


def commands_of(page: Path) -> list[Command]:
    """The commands of all `sh` blocks, in their order."""
    found = []
    for block in blocks(page.read_text(), "sh"):
        lines = iter(block.splitlines())
        for line in lines:
            if not shlex.split(line, comments=True):
                continue
            text = [line]
            while text[-1].endswith("\\"):
                text[-1] = text[-1].removesuffix("\\") + next(lines)
            if end := HERE_DOCUMENT.search(line):
                while text[-1] != end[1]:
                    text.append(next(lines))
            found.append(Command(page.name, "\n".join(text)))
    return found


def mentioned(page: Path, program: str) -> list[str]:
    """What stands outside of `sh` blocks as a command of this program; it may be shorthand, as `distil run TASK`."""
    text = page.read_text()
    quoted = re.findall(rf"`({program} [^`]+)`", FENCE.sub("\n", text))
    indented = [line for block in indented_blocks(text) for line in block.splitlines()]
    return [
        " ".join(words.split()) for words in (*quoted, *(line for line in indented if line.startswith(program + " ")))
    ]


def anchors(page: Path) -> set[str]:
    """What a link may name behind `#`: the headings, as GitHub writes them."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("\n", page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links(page: Path) -> list[str]:
    """The targets of all links that lead to a file of this project."""
    prose = FENCE.sub("\n", page.read_text())
    return [target for target in re.findall(r"\[[^\]]+\]\(([^)\s]+)\)", prose) if "://" not in target]
