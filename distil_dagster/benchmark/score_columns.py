"""What the columns of `scores.parquet` hold; a kind's own metrics, one column each, stand behind `invalid_reason`."""

from __future__ import annotations


class ScoreColumns:
    """A question, asked of an arm."""

    arm: str
    """base, seeds_only, distilled, or the slug of a model behind an API."""
    training_seed: int
    """Numbers the trainings of an arm that differ by their random seed alone."""
    example_id: str
    row_id: str
    """Of the test row that the question is of."""
    cluster: str
    """What questions share that are not independent: a conversation, or a schema."""
    turn: int
    prompt: str
    """The messages that were sent, as JSON."""
    target: str
    prediction: str
    target_label: str | None
    """The tool or class of the target; likewise of the prediction."""
    label: str | None
    verdict: str
    """right, invalid, or wrong in which way."""
    valid: bool
    """Whether the prediction can be read as an answer at all."""
    invalid_reason: str | None
    latency_seconds: float
    """From sending the request to the whole answer."""
    input_tokens: int
    output_tokens: int


class ReferenceColumns(ScoreColumns):
    """The same, asked of a model behind an API."""

    repeat: int
    """Each question is asked several times."""
    reasoning_tokens: int
    """Output tokens that were thinking."""
    cached_tokens: int
    """Input tokens that the provider had in its cache."""
    usage_suspect: bool
    """Whether what the provider counted can't be right."""
    finish_reason: str | None
    """The provider's word for why the answer ended."""
    cost_dollars: float
    request_sha256: str
    """The request's hash, under which its answer is recorded."""
    response_sha256: str
