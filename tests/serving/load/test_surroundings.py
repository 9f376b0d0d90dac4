"""What is read of the machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from distil_dagster.serving.load import environment as environment_module
from distil_dagster.serving.load.environment import environment, folder_sha256
from distil_dagster.serving.load.errors import LoadTestError


def test_the_environment_names_what_a_reader_has_to_know() -> None:
    found = environment()
    assert {"processor", "cores", "memory", "load average", "mlcommons-loadgen", "aiohttp", "python"} <= found.keys()
    assert all(found.values())


def test_a_package_that_is_missing_is_named_before_anything_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment_module, "CLIENT_PACKAGES", ("a-package-that-nobody-has",))
    with pytest.raises(LoadTestError, match="needs a-package-that-nobody-has: pip install"):
        environment()


def test_the_hash_of_a_folder_changes_with_a_name_or_a_byte(tmp_path: Path) -> None:
    (tmp_path / "part").mkdir()
    file = tmp_path / "part" / "weights"
    file.write_bytes(b"1")
    first = folder_sha256(tmp_path)
    file.write_bytes(b"2")
    second = folder_sha256(tmp_path)
    file.rename(tmp_path / "weights")
    assert len({first, second, folder_sha256(tmp_path)}) == 3
