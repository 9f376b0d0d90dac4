"""What a profile says about ablations: each differs from the full recipe by what stands in it, and by nothing else.

ablations:
  half_corpus: {corpus_share: 0.5}
  unfiltered_corpus: {corpus: unfiltered}
  rank_8: {recipe: {lora_r: 8}}
  base_few_shot: {shots: 8}
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator

from distil_dagster.benchmark.few_shot import FewShotSettings
from distil_dagster.students.settings import FinetuneRecipe

FULL_RECIPE, SEEDS_ONLY, ZERO_SHOT = "full_recipe", "seeds_only", "base_zero_shot"
"""The arms of the benchmark, as the table calls them."""
ON_POLICY = "on_policy"
"""The student trained further by `on_policy` of the profile."""
RESERVED = (FULL_RECIPE, SEEDS_ONLY, ZERO_SHOT, ON_POLICY)
"""No ablation may have such a name."""

CorpusSelection = Literal["kept", "unfiltered", "without_mutators"]
"""`kept` is what the full recipe trains on. `unfiltered` are all rows that are valid, save those that ask what the test
set asks: these would make an ablation look better than it is. `without_mutators` is a corpus of its own, which the
teacher is asked to write without being told how to vary its rows; it costs what a corpus costs."""


class TrainingAblation(BaseModel):
    """A training that differs from that of the full recipe."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    recipe: FinetuneRecipe = FinetuneRecipe()
    """What is set in it goes before the full recipe; what is not set stays as there."""
    corpus: CorpusSelection = "kept"
    """Which rows of the corpus may be drawn."""
    corpus_share: float = Field(1.0, gt=0, le=1)
    """Take this share of the rows that would be drawn. A smaller share is a part of a larger one, drawn alike; epochs
    stay as they are, so that the training has fewer steps."""

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if not self.recipe_changes and self.corpus == "kept" and self.corpus_share == 1:
            raise ValueError("an ablation must differ from the full recipe: set recipe, corpus, corpus_share or shots")
        return self

    @property
    def recipe_changes(self) -> dict[str, Any]:
        """The fields of the recipe that are set."""
        return self.recipe.model_dump(mode="json", exclude_unset=True)

    @property
    def by_size_alone(self) -> bool:
        """Whether only the number of rows differs."""
        return not self.recipe_changes and self.corpus == "kept"

    @property
    def difference(self) -> str:
        """What differs, in words."""
        parts = [f"{name} {value}" for name, value in self.recipe_changes.items()]
        if self.corpus == "unfiltered":
            parts.append("corpus without filters, save that of test questions")
        if self.corpus == "without_mutators":
            parts.append("corpus written without mutators")
        if self.corpus_share < 1:
            parts.append(f"{self.corpus_share:.0%} of the corpus rows")
        return ", ".join(parts)


class FewShotAblation(FewShotSettings):
    """The base model without training, with seeds in its prompt."""

    @property
    def difference(self) -> str:
        """What differs, in words."""
        return f"base model, up to {self.shots} seeds in the prompt"


def _form(value: Any) -> str:
    is_few_shot = "shots" in value if isinstance(value, Mapping) else isinstance(value, FewShotAblation)
    return "few_shot" if is_few_shot else "training"


Ablation = Annotated[
    Annotated[FewShotAblation, Tag("few_shot")] | Annotated[TrainingAblation, Tag("training")], Discriminator(_form)
]


def _no_name_twice(ablations: dict[str, Ablation]) -> dict[str, Ablation]:
    if taken := sorted(set(RESERVED) & set(ablations)):
        raise ValueError(f"{', '.join(taken)} is the name of another row of the table: give the ablation another name")
    return ablations


AblationName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]*$")]
Ablations = Annotated[dict[AblationName, Ablation], AfterValidator(_no_name_twice)]
"""The ablations of a profile by their names, in the order in which they are shown."""
LearningRates = tuple[Annotated[float, Field(gt=0)], ...]
