"""Rows that are not in the task's folder but in a public data set, on the hub or on this machine.

    distil_dagster:
      source:
        hub: mteb/banking77
        revision: 0fd18e25b25c072e09e0d92ab615fda904d66300
        question: text
        answer: label_text
        seeds: 50

The test rows are the official test split, whole. The seeds are drawn from the official training split, equally many of
each class, under a fixed random seed.
"""

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class RowSource(BaseModel):
    """Where the rows of a task are, and which of its columns mean what."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    hub: str | None = Field(None, description="Repository of a data set on the Hugging Face hub.")
    revision: str | None = Field(None, description="Commit of that repository.")
    configuration: str | None = Field(None, description="Name of one of the data set's configurations.")
    path: str | None = Field(
        None, description="A folder with the splits as .csv, .jsonl or .parquet files, from the task folder."
    )
    homepage: str | None = Field(None, description="Where a person finds the data set if it isn't on the hub.")
    train_split: str = "train"
    test_split: str = "test"
    question: str = Field("question", description="Column of the questions.")
    answer: str = Field("answer", description="Column of the answers.")
    context: str | None = Field(
        None, description="Column of the contexts: texts, or titles and sentences as HotpotQA has them."
    )
    supporting_facts: str | None = Field(
        None, description="Column that names the paragraphs of a context that count; the others are left out."
    )
    answer_names: dict[str, str] = Field({}, description="The answer for each value of its column, where they differ.")
    seeds: int = Field(50, ge=20, description="How many rows of the training split become seeds.")
    random_seed: int = 123

    @model_validator(mode="after")
    def _names_one_place(self) -> Self:
        if self.hub and self.path:
            raise ValueError("give hub or path, not both")
        if self.hub and not self.revision:
            raise ValueError("a data set on the hub needs its revision: a branch may change under the same name")
        if not (self.hub or self.path or self.homepage):
            raise ValueError("give hub with revision, or path, or the homepage where a person finds the rows")
        return self

    @property
    def address(self) -> str:
        """The place in words."""
        if self.hub:
            return f"{self.hub} (revision {self.revision})"
        return self.path or self.homepage or ""
