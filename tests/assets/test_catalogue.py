"""What the UI says of every asset, check and job before anything was made."""

from __future__ import annotations

import dagster as dg
import pytest
from dagster._core.definitions.metadata import TableMetadataSet

from assets.partitions import by_task, by_task_and_student
from distil_dagster.definitions import ASSETS, JOBS, defs
from distil_dagster.profile import Profile, ProfileError, load_profile

WITHOUT_TABLE = {
    *("merged_model", "gguf_model", "model_card", "report"),
    *("ablation_adapters", "learning_rate_sweep", "price_book"),
}
"""Assets that write weights, pages or a short JSON file."""


@pytest.fixture(scope="module")
def definitions() -> dg.Definitions:
    return defs()  # type: ignore[return-value]


@pytest.fixture(scope="module")
def specs(definitions: dg.Definitions) -> list[dg.AssetSpec]:
    return list(definitions.resolve_all_asset_specs())


def test_every_asset_says_what_it_is_whose_it_is_and_which_code_makes_it(specs: list[dg.AssetSpec]) -> None:
    assert len(specs) == len(ASSETS)
    for spec in specs:
        assert spec.group_name not in (None, "default"), spec.key
        assert spec.kinds, spec.key
        assert list(spec.owners) == ["team:ml-platform"], spec.key
        assert spec.code_version, spec.key
        assert spec.description, spec.key
        assert len(spec.description) > 40, spec.key


def test_every_asset_that_writes_a_table_says_what_its_columns_hold(specs: list[dg.AssetSpec]) -> None:
    with_table = {spec.key.to_user_string(): spec for spec in specs}
    for name in WITHOUT_TABLE:
        assert TableMetadataSet.extract(with_table.pop(name).metadata).column_schema is None
    for name, spec in with_table.items():
        schema = TableMetadataSet.extract(spec.metadata).column_schema
        assert schema is not None, name
        assert str(spec.metadata["table"]).endswith(".parquet")
        assert len(schema.columns) >= 4


def test_a_column_says_its_type_whether_it_may_be_empty_and_what_it_means(specs: list[dg.AssetSpec]) -> None:
    (costs,) = [spec for spec in specs if spec.key.to_user_string() == "cost_table"]
    schema = TableMetadataSet.extract(costs.metadata).column_schema
    assert schema is not None
    columns = {column.name: column for column in schema.columns}
    assert columns["dollars_per_million"].type == "float"
    assert columns["dollars_per_million"].description == "US dollars per million requests."
    assert not columns["dollars_per_million"].constraints.nullable
    assert columns["utilisation"].constraints.nullable


def test_every_check_is_kept_for_each_partition_of_its_asset(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    assert graph.asset_check_keys
    for key in graph.asset_check_keys:
        check = graph.get(key)
        assert check.partitions_def == graph.get(key.asset_key).partitions_def, key
        assert check.description, key


def test_what_follows_in_vain_is_stopped_by_a_blocking_check(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    blocking = {key.to_user_string() for key in graph.asset_check_keys if graph.get(key).blocking}
    assert blocking >= {
        "teacher_scores:good_enough",
        "synthetic_corpus:no_contamination",
        "synthetic_corpus:valid_answers",
        "lora_adapter:learnt",
        "seeds_only_adapter:learnt",
        "merged_model:merged_equals_adapter",
        "parity:served_equals_adapter",
    }


@pytest.mark.parametrize(
    ("job", "partitions"),
    [
        ("distil_task", by_task_and_student),
        ("rebenchmark", by_task_and_student),
        ("reprice", by_task),
        ("ablations", by_task_and_student),
    ],
)
def test_launching_a_job_for_a_partition_asks_for_nothing(
    definitions: dg.Definitions, job: str, partitions: dg.PartitionsDefinition
) -> None:
    resolved = definitions.resolve_job_def(job)
    assert resolved.partitions_def == partitions
    assert not resolved.run_config_schema.config_type.fields["ops"].is_required  # type: ignore[attr-defined]


def test_every_job_says_what_it_does() -> None:
    assert all(job.description for job in JOBS)


@pytest.mark.parametrize(
    ("job", "op", "settings"),
    [
        ("distil_task", "distil", {"references", "budget_dollars", "generation_target", "num_train_epochs"}),
        ("write_corpus", "synthetic_corpus", {"budget_dollars", "generation_target"}),
        ("distil_student", "lora_adapter", {"num_train_epochs", "max_tokens"}),
    ],
)
def test_what_is_worth_changing_is_typed_run_config_with_descriptions(
    definitions: dg.Definitions, job: str, op: str, settings: set[str]
) -> None:
    ops = definitions.resolve_job_def(job).run_config_schema.config_type.fields["ops"]  # type: ignore[attr-defined]
    fields = ops.config_type.fields[op].config_type.fields["config"].config_type.fields
    assert set(fields) == settings
    for name, field in fields.items():
        assert "default" in field.description or name == "references"


def test_owners_are_those_of_the_profile_and_are_named_as_the_ui_wants_them() -> None:
    profile = load_profile()
    own = profile.model_dump() | {"owners": ["team:search", "ann@example.org"]}
    assert Profile.model_validate(own).owners == ("team:search", "ann@example.org")
    with pytest.raises(ValueError, match="owners"):
        Profile.model_validate(own | {"owners": ["somebody"]})
    assert issubclass(ProfileError, ValueError)
