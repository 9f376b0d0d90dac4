"""The summary of a reference that was asked."""

from distil_dagster.benchmark.reference_settings import ReferenceSummary, RepeatScores

REFERENCE = ReferenceSummary(
    reference="an-api",
    display_name="An API",
    model="api-1",
    answering_models=(),
    metric="m",
    question_noun="question",
    cluster_noun=None,
    test_rows=1,
    asked_rows=1,
    sample_seed=None,
    n_questions=1,
    n_clusters=1,
    repeats=RepeatScores(mean=1.0, standard_deviation=None, values=(1.0,)),
    low=0.9,
    high=1.0,
    metrics={},
    verdicts={},
    valid_share=1.0,
    cut_off=0,
    mean_input_tokens=208.0,
    mean_output_tokens=134.0,
    mean_reasoning_tokens=100.0,
    usage_suspect=0,
    dollars_spent=1.25,
    dollars_per_million_requests=878.0,
    price_source="a book",
)
"""A model behind an API that was asked when a million requests cost $878."""
