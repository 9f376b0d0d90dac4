"""What the filters go by, from the profile's `curation`."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class Thresholds(BaseModel):
    """The settings of all filters together."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_total_length: int = Field(10_000, gt=0, description="Characters of question, context and answer together.")
    max_answer_length: int = Field(8192, gt=0, description="Characters of the answer alone.")
    seed_similarity: float = Field(0.95, gt=0, le=1, description="Token Jaccard with a seed row; at or above is out.")
    near_duplicate_similarity: float = Field(0.9, gt=0, le=1, description="Token Jaccard with a row kept before.")
    semantic_similarity: float = Field(0.9, gt=0, le=1, description="Cosine of the embeddings of two rows.")
    semantic_model: Path | None = Field(None, description="Folder of the model2vec model that embeds them.")
    test_similarity: float = Field(0.8, gt=0, le=1, description="Token Jaccard of any question with one of a test.")
    telling_tokens: int = Field(
        5, ge=1, description="An utterance of fewer tokens is a question only together with the dialogue before it."
    )
    max_label_share: float = Field(
        2.0, ge=1, description="Rows of a tool or a class at most, as a multiple of an equal share."
    )
