"""The corpus as the teacher writes it when nobody tells it how to vary its rows.

A teacher that is a model writes every row of a task under some mutator, so that leaving rows out would leave none: what
mutators are worth takes a second corpus.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import yaml

from distil_dagster.ablations.settings import Ablation, TrainingAblation
from distil_dagster.corpus.tables import CORPUS
from distil_dagster.tasks.folder import CONFIG
from distil_dagster.tasks.seed_set import complete_folder

WITHOUT_MUTATORS: dict[str, list[str]] = {"basic_mutators_to_use": [], "mutation_topics": []}


def needs_unvaried_corpus(ablations: Mapping[str, Ablation], corpus: Path) -> bool:
    """Whether an ablation asks what mutators are worth, of a corpus that was written under any."""
    asks = any(
        isinstance(ablation, TrainingAblation) and ablation.corpus == "without_mutators"
        for ablation in ablations.values()
    )
    return asks and written_under_mutators(corpus)


def written_under_mutators(corpus: Path) -> bool:
    """Whether any row of the corpus in this folder was."""
    import pyarrow.parquet as pq

    return any(pq.read_table(corpus / CORPUS, columns=["mutators"])["mutators"].to_pylist())


def write_folder_without_mutators(folder: Path, output: Path) -> None:
    """Copy a complete task folder, but for the mutators in its settings."""
    output.mkdir(parents=True, exist_ok=True)
    complete_folder(folder, output)
    settings = yaml.safe_load((output / CONFIG).read_text())
    settings["synthgen"] = {**(settings.get("synthgen") or {}), **WITHOUT_MUTATORS}
    (output / CONFIG).write_text(yaml.safe_dump(settings, sort_keys=False, allow_unicode=True))
