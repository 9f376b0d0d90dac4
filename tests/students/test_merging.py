from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig

from distil_dagster.students.low_rank import adapter_weights, add_adapter, save_adapter
from distil_dagster.students.merge import main
from distil_dagster.students.merging import MergeError, alike, merge, merge_parity
from distil_dagster.students.precision import Precision
from distil_dagster.students.settings import FinetuneRecipe, MergeSummary
from distil_dagster.tasks import Task, load_task
from distil_dagster.tasks.seed_set import write_rows

CPU = Precision(torch.device("cpu"), torch.float32, "a test")


def make_adapter(base: Path, folder: Path) -> Path:
    """An adapter that changes what the model says, on disk as training writes it."""
    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    adapted = add_adapter(model, FinetuneRecipe(lora_r=4))
    torch.manual_seed(3)
    with torch.no_grad():
        for weight in adapter_weights(adapted).values():
            weight.normal_(std=0.2)
    save_adapter(adapted, folder, base_model="tiny")
    return folder


@pytest.fixture
def task(tiny_multi_turn_folder: Path) -> Task:
    return load_task(tiny_multi_turn_folder)


def parity(task: Task, base: Path, adapter: Path, merged: Path, precision: Precision = CPU) -> MergeSummary:
    return merge_parity(task, list(task.seeds), base_model=base, adapter=adapter, merged=merged, precision=precision)


def test_a_merged_model_says_what_base_and_adapter_say(tiny_base: Path, task: Task, tmp_path: Path) -> None:
    adapter = make_adapter(tiny_base, tmp_path / "adapter")
    merge(tiny_base, adapter, dtype=torch.float32, output=tmp_path / "merged")
    summary = parity(task, tiny_base, adapter, tmp_path / "merged")
    assert summary.agrees
    assert summary.token_agreement == 1
    assert summary.largest_logit_difference < 1e-3
    assert summary.rows == 8
    assert summary.compared_tokens > 100
    assert summary.disagreements == ()


def test_another_token_counts_as_the_same_only_if_it_is_as_likely() -> None:
    reference = torch.tensor([[3.0, 2.9, 0.0], [3.0, 1.0, 0.0], [3.0, 1.0, 0.0]])
    logits = torch.tensor([[2.9, 3.0, 0.0], [2.0, 3.0, 0.0], [3.0, 2.9, 0.0]])
    assert alike(logits, reference, tie=0.5).tolist() == [True, False, True]
    assert alike(logits, reference, tie=0.01).tolist() == [False, False, True]


def test_a_merge_that_had_no_effect_is_found_out(tiny_llama: Path, task: Task, tmp_path: Path) -> None:
    adapter = make_adapter(tiny_llama, tmp_path / "adapter")
    merge(tiny_llama, adapter, dtype=torch.float32, output=tmp_path / "merged")
    base_weights = load_file(tiny_llama / "model.safetensors")
    save_file(base_weights, tmp_path / "merged" / "model.safetensors", metadata={"format": "pt"})
    summary = parity(task, tiny_llama, adapter, tmp_path / "merged")
    assert not summary.agrees
    assert summary.disagreements


def test_a_merged_folder_with_another_chat_template_is_an_error(tiny_llama: Path, task: Task, tmp_path: Path) -> None:
    adapter = make_adapter(tiny_llama, tmp_path / "adapter")
    merge(tiny_llama, adapter, dtype=torch.float32, output=tmp_path / "merged")
    template = tmp_path / "merged" / "chat_template.jinja"
    template.write_text(template.read_text().replace("<|im_end|>", " <|im_end|>"))
    with pytest.raises(MergeError, match="writes the rows otherwise"):
        parity(task, tiny_llama, adapter, tmp_path / "merged")


def test_an_adapter_of_another_base_model_is_an_error(tiny_llama: Path, tmp_path: Path) -> None:
    adapter = make_adapter(tiny_llama, tmp_path / "adapter")
    path = adapter / "adapter_model.safetensors"
    save_file({name: weight.repeat(2, 2) for name, weight in load_file(path).items()}, path)
    with pytest.raises(MergeError, match="does not fit the base model"):
        merge(tiny_llama, adapter, dtype=torch.float32, output=tmp_path / "merged")


def test_the_merged_template_never_asks_for_thinking(tiny_llama: Path, tmp_path: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(tiny_llama)
    tokenizer.chat_template = (
        "{% for message in messages %}{{ message['content'] + '<|im_end|>' }}{% endfor %}"
        "{% if add_generation_prompt %}{{ '<think>' if enable_thinking is not defined or enable_thinking else '' }}"
        "{% endif %}"
    )
    base = tmp_path / "base"
    AutoModelForCausalLM.from_pretrained(tiny_llama).save_pretrained(base)
    tokenizer.save_pretrained(base)
    merge(base, make_adapter(base, tmp_path / "adapter"), dtype=torch.float32, output=tmp_path / "merged")
    merged = AutoTokenizer.from_pretrained(tmp_path / "merged")
    asked = {
        merged.apply_chat_template(
            [{"role": "user", "content": "hi"}], tokenize=False, add_generation_prompt=True, **options
        )
        for options in ({}, {"enable_thinking": True}, {"enable_thinking": False})
    }
    assert asked == {"hi<|im_end|>"}


def test_the_merged_folder_generates_greedily_and_ends_where_an_answer_ends(tiny_llama: Path, tmp_path: Path) -> None:
    base = tmp_path / "base"
    model = AutoModelForCausalLM.from_pretrained(tiny_llama)
    model.generation_config = GenerationConfig(do_sample=True, temperature=0.6, top_k=20, eos_token_id=7)
    model.save_pretrained(base)
    tokenizer = AutoTokenizer.from_pretrained(tiny_llama)
    tokenizer.save_pretrained(base)
    merge(base, make_adapter(base, tmp_path / "adapter"), dtype=torch.float32, output=tmp_path / "merged")
    config = GenerationConfig.from_pretrained(tmp_path / "merged")
    assert not config.do_sample
    assert config.eos_token_id == [7, tokenizer.convert_tokens_to_ids("<|im_end|>")]


def test_the_worker_writes_a_model_and_its_verdict(
    tiny_llama: Path, tiny_multi_turn_folder: Path, task: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Weights drawn at random toss up between tokens, which only float32 decides alike on every machine.
    monkeypatch.setattr("distil_dagster.students.precision.choose_precision", lambda kind: CPU)
    write_rows(list(task.seeds), tmp_path / "rows.parquet")
    code = main(
        [
            *("--adapter", str(make_adapter(tiny_llama, tmp_path / "adapter"))),
            *("--base-model", json.dumps({"kind": "path", "path": str(tiny_llama)})),
            *("--cache", str(tmp_path / "cache")),
            *("--rows", str(tmp_path / "rows.parquet")),
            *("--task-folder", str(tiny_multi_turn_folder)),
            *("--output", str(tmp_path / "merged")),
            *("--device", "cpu"),
        ]
    )
    assert code == 0
    assert MergeSummary.model_validate_json((tmp_path / "merged" / "summary.json").read_text()).agrees
    files = {path.name for path in (tmp_path / "merged").iterdir()}
    assert {
        "config.json",
        "generation_config.json",
        "model.safetensors",
        "tokenizer.json",
        "chat_template.jinja",
    } < files


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_the_packaged_model_merges_within_the_tolerance_of_its_format(
    base_model_dir: Path, task: Task, tmp_path: Path, dtype: torch.dtype
) -> None:
    model = AutoModelForCausalLM.from_pretrained(base_model_dir, dtype=torch.float32)
    adapted = add_adapter(model, FinetuneRecipe(lora_r=4))
    with torch.no_grad():
        for weight in adapter_weights(adapted).values():
            weight.normal_(std=0.01)
    save_adapter(adapted, tmp_path / "adapter", base_model="base")
    merge(base_model_dir, tmp_path / "adapter", dtype=dtype, output=tmp_path / "merged")
    precision = Precision(torch.device("cpu"), dtype, "a test")
    summary = merge_parity(
        task,
        list(task.seeds)[:2],
        base_model=base_model_dir,
        adapter=tmp_path / "adapter",
        merged=tmp_path / "merged",
        precision=precision,
    )
    assert summary.agrees, summary
