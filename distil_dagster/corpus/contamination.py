"""How much of one part of a task's data is in another: the same text, nearly the same text, the same structure."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from heapq import nlargest
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from distil_dagster.corpus.questions import compared_questions
from distil_dagster.corpus.similarity import near_pairs, utterance_tokens
from distil_dagster.tasks import Row, Task

Part = Literal["seeds", "corpus", "tests"]
Level = Literal["exact", "near", "structural"]
PAIRS: tuple[tuple[Part, Part], ...] = (("seeds", "tests"), ("corpus", "tests"), ("seeds", "corpus"))


@dataclass(frozen=True)
class Fingerprint:
    """A question of a row, in the forms in which it is compared. A row that asks several times has several."""

    row_id: str
    question: str
    """The text as a reader shall see it."""
    tokens: tuple[str, ...]
    """What is compared, from `utterance_tokens`; where the text alone means little, of the dialogue up to its end."""
    structure: str | None = None
    """Equal for rows built alike: the skeleton of a query, a tool with the names of its arguments."""


def fingerprints(task: Task, rows: Sequence[Row], *, telling_tokens: int) -> list[Fingerprint]:
    """The questions of the rows, each with the structure of its row.

    What counts as a question is told at `compared_questions`.
    """
    found = []
    for row in rows:
        structure = task.kind.structure(row)
        said = [exchange.question for exchange in task.kind.exchanges(row)]
        for position, tokens in compared_questions(map(utterance_tokens, said), telling_tokens=telling_tokens):
            found.append(Fingerprint(row.id, said[position], tokens, structure))
    return found


class Example(BaseModel):
    """Two questions that match."""

    model_config = ConfigDict(frozen=True)

    left_id: str
    right_id: str
    left_question: str
    right_question: str
    similarity: float
    """Token Jaccard; beside a structural match it says how different words of one structure can be."""


class Cell(BaseModel):
    """What of the left part is in the right part, on one level."""

    model_config = ConfigDict(frozen=True)

    left: Part
    right: Part
    level: Level
    rows: int
    """Rows of the left part of which a question is found in the right part."""
    matched: int
    """Rows of the right part of which a question is found in the left part."""
    examples: tuple[Example, ...]
    """At most one for each distinct question (or structure) of the right part, the most similar first."""


class ContaminationReport(BaseModel):
    """A cell for each pair of parts and each level, in the order of `PAIRS`, the strictest level first."""

    model_config = ConfigDict(frozen=True)

    threshold: float
    telling_tokens: int
    row_counts: dict[Part, int]
    cells: tuple[Cell, ...]

    def cell(self, left: Part, right: Part, level: Level) -> Cell:
        """The cell of this pair and level.

        Raises:
            KeyError: for a pair that isn't one of `PAIRS`, in its order.
        """
        for cell in self.cells:
            if (cell.left, cell.right, cell.level) == (left, right, level):
                return cell
        raise KeyError(f"no cell for {left}, {right}, {level}")


def contamination(
    parts: Mapping[Part, Sequence[Fingerprint]],
    *,
    threshold: float = 0.8,
    telling_tokens: int = 5,
    examples_per_cell: int = 5,
) -> ContaminationReport:
    """Count the rows that two parts have in common, on three levels. All parts must be given; one may be empty.

    - exact: the same tokens in the same order, so case, punctuation and blanks don't count;
    - near: token Jaccard at or above `threshold`, and not exact;
    - structural: the same structure, whatever the words.

    A pair of questions is exact or near, not both; a row can be exact with one row and near to another. Structural
    matches are counted over all pairs. A question without tokens, or without a structure, is like no other.

    A question of fewer than `telling_tokens` tokens matches only exactly. Among so few a word more or less is another
    request ("lights on in kitchen", "lights on in kitchen tomorrow") and yet four fifths are equal.

    Near pairs are all found, none by chance: see `near_pairs`.

    Raises:
        ValueError: for a threshold outside of (0, 1] or `telling_tokens` below 1.
    """
    if not 0 < threshold <= 1:
        raise ValueError(f"threshold must be above 0 and at most 1, not {threshold}")
    if telling_tokens < 1:
        raise ValueError(f"telling_tokens must be at least 1, not {telling_tokens}")
    texts = {part: _grouped(rows, lambda row: row.tokens) for part, rows in parts.items()}
    structures = {part: _grouped(rows, lambda row: row.structure) for part, rows in parts.items()}
    cells: list[Cell] = []
    for left, right in PAIRS:
        by_text = (texts[left], texts[right])
        by_structure = (structures[left], structures[right])
        found: dict[Level, _Found] = {
            "exact": _equal(*by_text, most=examples_per_cell),
            "near": _near(*by_text, most=examples_per_cell, threshold=threshold, telling_tokens=telling_tokens),
            "structural": _equal(*by_structure, most=examples_per_cell),
        }
        cells.extend(
            Cell(
                left=left,
                right=right,
                level=level,
                rows=len(matches.left),
                matched=len(matches.right),
                examples=matches.examples,
            )
            for level, matches in found.items()
        )
    return ContaminationReport(
        threshold=threshold,
        telling_tokens=telling_tokens,
        row_counts={part: len({row.row_id for row in rows}) for part, rows in parts.items()},
        cells=tuple(cells),
    )


def write_contamination(report: ContaminationReport, folder: Path) -> None:
    """Write `contamination.json`, the report, and `contamination.parquet`, a line for each example, to the folder."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    (folder / "contamination.json").write_text(report.model_dump_json(indent=2), encoding="utf-8")
    lines = [
        {"left": cell.left, "right": cell.right, "level": cell.level, **example.model_dump()}
        for cell in report.cells
        for example in cell.examples
    ]
    texts = ("left", "right", "level", "left_id", "right_id", "left_question", "right_question")
    schema = pa.schema([*((name, pa.string()) for name in texts), ("similarity", pa.float64())])
    pq.write_table(pa.Table.from_pylist(lines, schema=schema), folder / "contamination.parquet")


def read_contamination(folder: Path) -> ContaminationReport:
    """The report that `write_contamination` wrote to the folder."""
    return ContaminationReport.model_validate_json((folder / "contamination.json").read_text(encoding="utf-8"))


Groups = Mapping[Any, Sequence[Fingerprint]]
"""Questions by what makes them equal: their tokens or their structure."""


@dataclass(frozen=True)
class _Found:
    left: set[str]
    """Ids of rows."""
    right: set[str]
    examples: tuple[Example, ...]


def _grouped(rows: Sequence[Fingerprint], key: Callable[[Fingerprint], Any]) -> Groups:
    groups = defaultdict(list)
    for row in rows:
        if key(row):
            groups[key(row)].append(row)
    return groups


def _equal(left: Groups, right: Groups, *, most: int) -> _Found:
    shared = [key for key in right if key in left]
    return _Found(
        _row_ids(left, shared),
        _row_ids(right, shared),
        _examples([(left[key][0], right[key][0]) for key in shared], most),
    )


def _near(left: Groups, right: Groups, *, most: int, threshold: float, telling_tokens: int) -> _Found:
    import numpy as np

    lefts = [tokens for tokens in left if len(tokens) >= telling_tokens]
    rights = [tokens for tokens in right if len(tokens) >= telling_tokens]
    position = {tokens: index for index, tokens in enumerate(rights)}
    same = np.array([position.get(tokens, -1) for tokens in lefts], dtype=np.int64)
    is_near = np.zeros(len(lefts), dtype=bool)
    best, closest = np.zeros(len(rights)), np.full(len(rights), -1)
    for batch in near_pairs(lefts, rights, threshold):
        other = same[batch[0]] != batch[1]
        rows, columns, similarities = (values[other] for values in batch)
        is_near[rows] = True
        order = np.lexsort((rows, -similarities, columns))
        columns, firsts = np.unique(columns[order], return_index=True)
        rows, similarities = rows[order][firsts], similarities[order][firsts]
        closer = similarities > best[columns]
        best[columns[closer]], closest[columns[closer]] = similarities[closer], rows[closer]
    hit = np.flatnonzero(closest >= 0)
    return _Found(
        _row_ids(left, [lefts[index] for index in np.flatnonzero(is_near)]),
        _row_ids(right, [rights[index] for index in hit]),
        _examples([(left[lefts[closest[index]]][0], right[rights[index]][0]) for index in hit], most),
    )


def _row_ids(groups: Groups, keys: Sequence[Any]) -> set[str]:
    return {row.row_id for key in keys for row in groups[key]}


def _examples(pairs: Sequence[tuple[Fingerprint, Fingerprint]], most: int) -> tuple[Example, ...]:
    found = [(_jaccard(left.tokens, right.tokens), left, right) for left, right in pairs]
    return tuple(
        Example(
            left_id=left.row_id,
            right_id=right.row_id,
            left_question=left.question,
            right_question=right.question,
            similarity=similarity,
        )
        for similarity, left, right in nlargest(most, found, key=lambda pair: pair[0])
    )


def _jaccard(left: Sequence[str], right: Sequence[str]) -> float:
    union = {*left, *right}
    return len({*left} & {*right}) / len(union) if union else 0.0
