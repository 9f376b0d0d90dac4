"""What can be said of a whole corpus in a few figures, and from where on they are a reason to look closer."""

from collections import Counter
from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field

from distil_dagster.corpus.curation import Verdict
from distil_dagster.corpus.filters.invalid_answer import row_problems
from distil_dagster.corpus.similarity import utterance_tokens
from distil_dagster.tasks import Row, Task


class CorpusQuality(BaseModel):
    """Figures of a corpus. A share is from 0 to 1, and None where there is nothing to take it of."""

    model_config = ConfigDict(frozen=True)

    generated: int
    kept: int
    invalid_kept: int
    """Kept rows that the task's kind refuses: 0, or the filters are at fault."""
    smallest_label_share: float | None
    """Kept rows of the rarest label among those that occur, as a multiple of an equal share; None without labels."""
    largest_label_share: float | None
    """The same of the most frequent one."""
    labels_without_rows: tuple[str, ...]
    """Tools or classes that the task declares and no kept row answers with."""
    distinct_question_share: float | None
    """Different wordings of all that is asked in a row, per kept row; case and punctuation don't count."""
    distinct_answer_share: float | None
    """Different answers per kept row; by nature small where answers are labels."""
    agreement: float | None
    """Of the rows whose votes were compared, those on which all agree; None without votes."""

    @property
    def kept_share(self) -> float | None:
        """Kept rows per generated one."""
        return self.kept / self.generated if self.generated else None


class QualityThresholds(BaseModel):
    """From where on a figure of the corpus is worth a warning: the profile's `corpus_checks`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    min_kept_share: float = Field(0.3, ge=0, le=1, description="Kept rows per generated one, at least.")
    max_label_ratio: float = Field(
        3.0, ge=1, description="Rows of the most frequent label at most, as a multiple of an equal share."
    )
    max_labels_without_rows: int = Field(0, ge=0, description="Declared labels that may be without a row.")
    min_distinct_share: float = Field(0.5, ge=0, le=1, description="Different wordings per kept row, at least.")
    min_agreement: float = Field(0.5, ge=0, le=1, description="Of the rows with votes, those on which all agree.")


def corpus_quality(task: Task, verdicts: Sequence[Verdict]) -> CorpusQuality:
    """The figures of a curated corpus, as `curate` judged it."""
    kept = [verdict.generated.row for verdict in verdicts if verdict.rejected_by is None]
    valid = [row for row in kept if not row_problems(task, row)]
    labels = Counter(label for row in valid if (label := task.kind.label(row.answer)) is not None)
    declared = tuple(task.classes or task.tools.by_name)
    equal = labels.total() / len({*declared, *labels}) if labels else None
    compared = [verdict.votes_agree for verdict in verdicts if verdict.votes_agree is not None]
    return CorpusQuality(
        generated=len(verdicts),
        kept=len(kept),
        invalid_kept=len(kept) - len(valid),
        smallest_label_share=min(labels.values()) / equal if equal else None,
        largest_label_share=max(labels.values()) / equal if equal else None,
        labels_without_rows=tuple(label for label in declared if label not in labels),
        distinct_question_share=len({_asked(task, row) for row in valid}) / len(valid) if valid else None,
        distinct_answer_share=len({_answered(task, row) for row in valid}) / len(valid) if valid else None,
        agreement=sum(compared) / len(compared) if compared else None,
    )


def _asked(task: Task, row: Row) -> int:
    """A wording as its hash: long texts of many rows would fill the memory."""
    return hash(tuple(tuple(utterance_tokens(exchange.question)) for exchange in task.kind.exchanges(row)))


def _answered(task: Task, row: Row) -> int:
    return hash(tuple(exchange.answer_tokens for exchange in task.kind.exchanges(row)))
