"""Rejects rows that ask in other words what another row asks, by embeddings; only where the profile names it."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from distil_dagster.corpus.filters.filter import Candidate, Rejections
from distil_dagster.corpus.filters.thresholds import Thresholds
from distil_dagster.tasks import Task


class NoSemanticModelError(ValueError):
    """What the filter needs isn't there; the message says how to come by it."""


def semantic_duplicate(task: Task, rows: Sequence[Candidate], settings: Thresholds) -> Rejections:
    """Rows whose questions mean nearly what those of a row kept before do, and have the same answer.

    Questions are compared by the cosine of their static embeddings (semhash), each with each. Rows with other answers
    are never duplicates: such embeddings hardly tell "the hall" from "the study", and those are the rows that teach the
    difference.

    Raises:
        NoSemanticModelError: if the package or the model isn't there.
    """
    model = _model(settings.semantic_model)
    return {
        duplicate: f"similarity {score:.2f} in meaning to row {rows[original].row.id}"
        for positions in _equal_answers(rows)
        for duplicate, original, score in _duplicates(task, rows, positions, model, settings.semantic_similarity)
    }


def _equal_answers(rows: Sequence[Candidate]) -> list[list[int]]:
    by_answer = defaultdict(list)
    for index, row in enumerate(rows):
        by_answer[tuple(answer for _, answer in row.dialogue)].append(index)
    return [positions for positions in by_answer.values() if len(positions) > 1]


def _duplicates(
    task: Task, rows: Sequence[Candidate], positions: Sequence[int], model: Any, threshold: float
) -> Iterator[tuple[int, int, float]]:
    from semhash import SemHash

    records = [
        {"asked": "\n".join(exchange.question for exchange in task.kind.exchanges(rows[position].row)), "at": position}
        for position in positions
    ]
    # The exact backend: an approximate index finds other pairs at each run.
    found = SemHash.from_records(records, ["asked"], model=model, ann_backend="basic").self_deduplicate(threshold)
    for duplicate in found.filtered:
        yield duplicate.record["at"], duplicate.duplicate_of["at"], duplicate.score


def _model(folder: Path | None) -> Any:
    try:
        import semhash  # noqa: F401
        from model2vec import StaticModel
    except ModuleNotFoundError as error:
        raise NoSemanticModelError(
            "the filter semantic_duplicate needs semhash: install distil_dagster[semantic], or leave it out of "
            "curation.filters"
        ) from error
    if folder is None or not (folder / "model.safetensors").is_file():
        raise NoSemanticModelError(
            f"curation.semantic_model must be the folder of a model2vec model, and {folder} holds no model.safetensors"
        )
    return StaticModel.from_pretrained(folder, force_download=False)
