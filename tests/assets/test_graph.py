"""What a user finds after `distil run`: every artifact, its lineage, its records in Dagster, its page."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import dagster as dg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.assets.conftest import STUDENT, TASK, Checkout, write_profile

BY_TASK = ("seed_set", "teacher_scores", "synthetic_corpus", "cost_table")
BY_STUDENT = (
    *("seeds_only_adapter", "lora_adapter", "merged_model", "benchmark_scores", "serving_profile"),
    *("parity", "gguf_model", "model_card"),
)
UNPARTITIONED = ("price_book", "leaderboard", "report")


@pytest.fixture(scope="module")
def instance(graph: Checkout, module_monkeypatch: pytest.MonkeyPatch) -> dg.DagsterInstance:
    for name, value in graph.environment.items():
        module_monkeypatch.setenv(name, value)
    return dg.DagsterInstance.get()


@pytest.fixture(scope="module")
def module_monkeypatch() -> pytest.MonkeyPatch:
    with pytest.MonkeyPatch.context() as patch:
        yield patch


def latest(instance: dg.DagsterInstance, asset: str, partition: str | None) -> dg.AssetMaterialization:
    records = dg.AssetRecordsFilter(asset_key=dg.AssetKey(asset), asset_partitions=[partition] if partition else None)
    found = instance.fetch_materializations(records, limit=1).records
    assert found, f"{asset} was not materialised"
    materialization = found[0].asset_materialization
    assert materialization is not None
    return materialization


@pytest.mark.parametrize(
    ("asset", "partition"),
    [
        *((asset, TASK) for asset in BY_TASK),
        *((asset, f"{STUDENT}|{TASK}") for asset in BY_STUDENT),
        *((asset, None) for asset in UNPARTITIONED),
    ],
)
def test_every_asset_is_materialised_with_its_fingerprint_as_data_version(
    instance: dg.DagsterInstance, asset: str, partition: str | None
) -> None:
    materialization = latest(instance, asset, partition)
    version = (materialization.tags or {})["dagster/data_version"]
    assert len(version) == 64
    assert version.startswith(str(materialization.metadata["fingerprint"].value))


def test_the_numbers_a_person_looks_for_are_metadata_of_their_assets(instance: dg.DagsterInstance) -> None:
    scores = latest(instance, "benchmark_scores", f"{STUDENT}|{TASK}").metadata
    assert {"base_accuracy", "seeds_only_accuracy", "distilled_accuracy", "distilled_interval"} <= scores.keys()
    assert "data:image/svg+xml" in str(scores["accuracy_by_arm"].value)
    assert float(latest(instance, "serving_profile", f"{STUDENT}|{TASK}").metadata["requests_per_second"].value) > 0
    assert int(latest(instance, "synthetic_corpus", TASK).metadata["rows_kept"].value) > 0
    assert float(latest(instance, "cost_table", TASK).metadata["dollars_per_million_at_full_use"].value) > 0


def test_the_adapter_shows_its_curve_and_an_example_with_the_supervised_text_marked(
    instance: dg.DagsterInstance,
) -> None:
    metadata = latest(instance, "lora_adapter", f"{STUDENT}|{TASK}").metadata
    assert "⟦" in str(metadata["supervised_example"].value)
    assert "data:image/svg+xml" in str(metadata["curve"].value)


def test_checks_are_stored_for_their_partition(instance: dg.DagsterInstance) -> None:
    for asset, check, partition in (
        ("synthetic_corpus", "no_contamination", TASK),
        ("merged_model", "merged_equals_adapter", f"{STUDENT}|{TASK}"),
        ("parity", "served_equals_adapter", f"{STUDENT}|{TASK}"),
    ):
        key = dg.AssetCheckKey(dg.AssetKey(asset), check)
        (record,) = instance.event_log_storage.get_asset_check_execution_history(key, limit=1)
        assert record.partition == partition
        assert record.status.value == "SUCCEEDED"


def test_lineage_leads_from_the_score_to_the_seeds(graph: Checkout) -> None:
    steps = graph.json("lineage", TASK, STUDENT, "--json")
    assets = [step["recipe"]["asset"] for step in steps]
    assert assets[0] == "benchmark_scores"
    assert assets[-1] == "seed_set"
    assert set(assets) == {"benchmark_scores", *BY_STUDENT[:3], "synthetic_corpus", "teacher_scores", "seed_set"}
    fingerprints = {step["fingerprint"] for step in steps}
    for step in steps:
        assert {record["fingerprint"] for record in step["recipe"]["inputs"]} <= fingerprints
        assert step["recipe"]["code_version"]
        assert step["created_at"]
        assert step["files"]


def test_lineage_is_readable_by_people_too(graph: Checkout) -> None:
    printed = graph.distil("lineage", TASK, STUDENT).stdout
    for word in ("benchmark_scores[", "seed_set[", "fingerprint", "code version", "rows", "recipe.lora_r = 4"):
        assert word in printed
    assert "all hashes agree" in printed


def test_a_file_that_is_not_what_was_written_is_named(graph: Checkout) -> None:
    (file,) = graph.home.glob("artifacts/merged_model/*/*/*/config.json")
    written = file.read_bytes()
    file.write_bytes(written + b" ")
    try:
        result = graph.distil("lineage", TASK, STUDENT)
    finally:
        file.write_bytes(written)
    assert result.returncode == 1
    assert re.search(r"merged_model\[.*\] [0-9a-f]{16}: config.json is changed", result.stderr)


def test_scores_hold_the_three_arms_with_n_and_interval(graph: Checkout) -> None:
    (task,) = graph.json("scores", "--json")
    (student,) = task["students"]
    assert [arm["arm"] for arm in student["arms"]] == ["base", "seeds_only", "distilled"]
    for arm in student["arms"]:
        assert 1 <= arm["n_clusters"] <= arm["n_questions"] <= 10
        assert arm["low"] <= arm["accuracy"] <= arm["high"]


def test_the_cost_table_holds_three_utilisations_a_traffic_and_ten_apis_each_with_its_origin(graph: Checkout) -> None:
    (task,) = graph.json("scores", "--json")
    origins = [(row["kind"], row["origin"]) for row in task["costs"]]
    assert origins == [("self-hosted", "measured here")] * 4 + [("api", "published")] * 10
    assert task["costs"][0]["making_dollars"] > 0
    assert task["costs"][0]["making_is_complete"]
    assert len(task["cost_details"]["break_even"]) == 3 * 10


def test_the_page_needs_no_network(graph: Checkout) -> None:
    page = Path(graph.distil("report").stdout.strip()).read_text()
    assert TASK in page
    for sign in ('src="http', "src='http", 'href="http', "@import"):
        assert sign not in page.split("<script", 1)[0]


def test_a_second_run_makes_nothing_anew_and_ends_in_the_same_tables(graph: Checkout) -> None:
    before = graph.json("scores", "--json")
    result = graph.distil("run", TASK)
    assert result.returncode == 0, result.stderr
    assert "taken as made before" in result.stdout
    assert " made " not in result.stdout.replace("made before", "")
    assert graph.json("scores", "--json") == before


def test_errors_are_one_sentence_and_exit_code_1(graph: Checkout) -> None:
    for arguments, expected in (
        (("run", "nowhere"), "no task is named 'nowhere'"),
        (("run", TASK, "--student", "nobody"), "has no student 'nobody'"),
        (("lineage", "smart_home", STUDENT), "has not been made yet"),
        (("import", "no/such/folder"), "no such folder"),
    ):
        result = graph.distil(*arguments)
        assert result.returncode == 1
        assert expected in result.stderr
        assert "Traceback" not in result.stderr


def test_the_code_location_loads_without_torch_in_under_three_seconds(graph: Checkout) -> None:
    program = (
        "import sys, time; began = time.perf_counter()\n"
        "from distil_dagster.definitions import defs; defs()\n"
        "banned = {'torch', 'transformers', 'peft', 'pandas', 'pyarrow', 'plotly', 'scipy', 'duckdb'}\n"
        "heavy = banned & set(sys.modules)\n"
        "print(time.perf_counter() - began, sorted(heavy))"
    )
    printed = graph.python(program)
    seconds, heavy = printed.split(maxsplit=1)
    assert heavy.strip() == "[]"
    assert float(seconds) < 3


def test_a_profile_with_a_gpu_that_is_not_there_is_an_error_and_no_training_on_the_cpu(
    graph: Checkout, base_model_dir: Path, tmp_path: Path
) -> None:
    if shutil.which("nvidia-smi"):
        pytest.skip("this machine has a GPU")
    profile = write_profile(tmp_path / "gpu.yaml", base_model_dir, steps=6, device="cuda")
    result = Checkout(graph.home, profile).distil("run", TASK)
    assert result.returncode == 1
    assert "this machine has no working NVIDIA driver" in result.stderr
    assert "choose a profile whose device.kind is cpu" in result.stderr


def test_tables_hold_the_columns_that_their_assets_declare(graph: Checkout) -> None:
    program = (
        "import json\n"
        "from distil_dagster.definitions import ASSETS\n"
        "specs = [spec for asset in ASSETS for spec in asset.specs if 'table' in spec.metadata]\n"
        "print(json.dumps({spec.key.to_user_string(): [spec.metadata['table'], {column.name: column.type\n"
        "    for column in spec.metadata['dagster/column_schema'].columns}] for spec in specs}))"
    )
    declared = json.loads(graph.python(program))
    found = set()
    for path in graph.home.glob("artifacts/*/**/*.parquet"):
        asset = path.relative_to(graph.home / "artifacts").parts[0]
        if asset in declared and path.name == declared[asset][0]:
            found.add(asset)
            written = {field.name: in_words(field.type) for field in pq.read_schema(path)}
            if asset == "benchmark_scores":  # and the metrics of the task's kind
                written = {name: kind for name, kind in written.items() if name in declared[asset][1]}
            assert written == declared[asset][1], asset
    assert {"seed_set", "synthetic_corpus", "benchmark_scores", "cost_table", "leaderboard", "parity"} <= found


def in_words(kind: pa.DataType) -> str:
    """An Arrow type as the assets name it."""
    if pa.types.is_map(kind):
        return f"map<{in_words(kind.key_type)}, {in_words(kind.item_type)}>"
    if pa.types.is_list(kind):
        return f"list<{in_words(kind.value_type)}>"
    if pa.types.is_struct(kind):
        return f"struct<{', '.join(f'{field.name}: {in_words(field.type)}' for field in kind)}>"
    names = {"large_string": "string", "double": "float", "int32": "int", "int64": "int", "date32[day]": "date"}
    return names.get(str(kind), str(kind))
