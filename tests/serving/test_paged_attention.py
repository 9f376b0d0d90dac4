"""The attention of the embedded engine: what stock attention computes, in fewer products."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import (
    AttentionInterface,
    ContinuousBatchingConfig,
    GenerationConfig,
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    PreTrainedModel,
)
from transformers.integrations.sdpa_attention import sdpa_attention_forward

from distil_dagster.serving.paged_attention import Alone, Group, PagedAttention, Plan, common_rows, plan_step, register

KEY_HEADS, HEADS_OF_EACH, SIZE = 3, 2, 8
SCALING = 0.3


@dataclass(frozen=True)
class Request:
    """Rows that it shares with all others of its family, cached rows of its own, and new tokens."""

    family: int
    shared: int
    own: int
    new: int


requests = st.lists(
    st.builds(
        Request,
        family=st.integers(0, 2),
        shared=st.integers(0, 12),
        own=st.integers(0, 9),
        new=st.sampled_from([1, 1, 1, 2, 7]),
    ),
    min_size=1,
    max_size=8,
)


class RowCache:
    """What transformers' PagedAttentionCache does in `update`, over rows that hold numbers from the start."""

    def __init__(self, rows: int) -> None:
        self.key, self.value = torch.randn(2, rows, KEY_HEADS, SIZE)

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, layer_idx: int, kwargs: dict[str, Any]
    ) -> Any:
        (read,), (write,) = kwargs["read_index"], kwargs["write_index"]
        self.key[write] = key_states[0].transpose(0, 1)
        self.value[write] = value_states[0].transpose(0, 1)
        if not len(read):
            return key_states, value_states
        return self.key[read].transpose(0, 1)[None], self.value[read].transpose(0, 1)[None]


def step(batch: Sequence[Request], seed: int) -> dict[str, Any]:
    """The description of a step that transformers would give: where each request reads and writes."""
    generator = torch.Generator().manual_seed(seed)
    free = iter(torch.randperm(sum(r.own + r.new for r in batch) + 3 * 12, generator=generator).tolist())
    families = {family: [next(free) for _ in range(12)] for family in range(3)}
    reads, writes = [], []
    for request in batch:
        own = [next(free) for _ in range(request.own + request.new)]
        reads += [*families[request.family][: request.shared], *own]
        writes += own[request.own :]
    nothing_cached = all(not request.shared and not request.own for request in batch)
    query_starts = list(accumulate((request.new for request in batch), initial=0))
    key_starts = list(accumulate((r.shared + r.own + r.new for r in batch), initial=0))
    return {
        "read_index": [torch.tensor([] if nothing_cached else reads, dtype=torch.int64)],
        "write_index": [torch.tensor(writes)],
        "cu_seq_lens_q": torch.tensor(query_starts),
        "cu_seq_lens_k": {"full_attention": torch.tensor(key_starts)},
    }


def block_diagonal_causal_mask(batch: Sequence[Request]) -> torch.Tensor:
    blocks = [torch.ones(r.new, r.shared + r.own + r.new, dtype=torch.bool).tril(r.shared + r.own) for r in batch]
    return torch.block_diag(*blocks).bool()[None, None]


@given(batch=requests, seed=st.integers(0, 2**16))
@settings(max_examples=150)
def test_equals_stock_attention_on_any_mix_of_prompts_and_written_tokens(batch: list[Request], seed: int) -> None:
    torch.manual_seed(seed)
    module = SimpleNamespace(layer_idx=0, num_key_value_groups=HEADS_OF_EACH, is_causal=True)
    tokens = sum(request.new for request in batch)
    query = torch.randn(1, KEY_HEADS * HEADS_OF_EACH, tokens, SIZE)
    key, value = torch.randn(2, 1, KEY_HEADS, tokens, SIZE)
    described = step(batch, seed)
    cache = RowCache(200)

    attended, _ = PagedAttention()(module, query, key, value, None, scaling=SCALING, cache=cache, **described)  # type: ignore[arg-type]
    read_key, read_value = cache.update(key, value, 0, described)
    mask = block_diagonal_causal_mask(batch)
    expected, _ = sdpa_attention_forward(module, query, read_key, read_value, mask, scaling=SCALING)  # type: ignore[arg-type]

    torch.testing.assert_close(attended, expected, rtol=1e-4, atol=1e-5)


@given(batch=requests, seed=st.integers(0, 2**16))
def test_a_plan_holds_every_request_once(batch: list[Request], seed: int) -> None:
    described = step(batch, seed)
    plan = plan_step(
        described["read_index"][0],
        described["cu_seq_lens_q"].tolist(),
        described["cu_seq_lens_k"]["full_attention"].tolist(),
    )
    queries = [
        position
        for part in plan.parts
        for position in (
            range(part.queries.start, part.queries.stop) if isinstance(part, Alone) else part.queries.tolist()
        )
    ]
    assert sorted(queries) == list(range(sum(request.new for request in batch)))


def test_requests_that_write_behind_the_same_beginning_read_it_once() -> None:
    batch = [Request(family=0, shared=10, own=2, new=1) for _ in range(5)]
    described = step(batch, seed=0)
    plan = plan_step(
        described["read_index"][0],
        described["cu_seq_lens_q"].tolist(),
        described["cu_seq_lens_k"]["full_attention"].tolist(),
    )
    (group,) = plan.parts
    assert isinstance(group, Group)
    assert group.shared == slice(0, 10)
    assert len(plan.rows) == 10 + 5 * 3


def test_a_plan_is_made_once_for_all_layers_of_a_step_and_anew_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Plan] = []

    def counted(*arguments: Any) -> Plan:
        made.append(plan_step(*arguments))
        return made[-1]

    monkeypatch.setattr("distil_dagster.serving.paged_attention.plan_step", counted)
    attention = PagedAttention()
    batch = [Request(0, 3, 2, 1), Request(0, 3, 1, 1)]
    for described in (step(batch, 0), step(batch, 0)):
        for layer in range(3):
            module = SimpleNamespace(layer_idx=layer)
            query = torch.randn(1, KEY_HEADS * HEADS_OF_EACH, 2, SIZE)
            key, value = torch.randn(2, 1, KEY_HEADS, 2, SIZE)
            attention(module, query, key, value, None, cache=RowCache(200), **described)  # type: ignore[arg-type]
    assert len(made) == 2


@given(
    beginning=st.lists(st.integers(0, 3), max_size=6),
    rests=st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=5), min_size=1, max_size=5),
)
def test_common_rows_are_the_longest_common_beginning_that_leaves_each_its_last_row(
    beginning: list[int], rests: list[list[int]]
) -> None:
    sequences = [torch.tensor(beginning + rest) for rest in rests]
    common = common_rows(sequences)
    shortest = min(map(len, sequences))
    assert common < shortest
    assert all(torch.equal(sequence[:common], sequences[0][:common]) for sequence in sequences)
    if common + 1 < shortest:
        assert len({int(sequence[common]) for sequence in sequences}) > 1


@pytest.fixture
def registered() -> Iterator[None]:
    """The attention of the engine as transformers' "sdpa", for one test."""
    register()
    yield
    AttentionInterface.register("sdpa", sdpa_attention_forward)


def tiny_llama() -> PreTrainedModel:
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=97,
        hidden_size=48,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=6,
        num_key_value_heads=2,
    )
    return LlamaForCausalLM(config).eval()


def tiny_mistral() -> PreTrainedModel:
    torch.manual_seed(0)
    config = MistralConfig(
        vocab_size=97,
        hidden_size=48,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=6,
        num_key_value_heads=2,
        sliding_window=16,
    )
    return MistralForCausalLM(config).eval()


@pytest.mark.usefixtures("registered")
@pytest.mark.parametrize("model", [tiny_llama(), tiny_mistral()], ids=["full attention", "sliding window"])
@pytest.mark.parametrize("blocks", [200, 24], ids=["ample cache", "scarce cache"])
def test_continuous_batching_writes_what_generate_writes_for_each_prompt_alone(
    model: PreTrainedModel, blocks: int
) -> None:
    torch.manual_seed(1)
    system = torch.randint(3, 97, (21,)).tolist()
    other = torch.randint(3, 97, (9,)).tolist()
    prompts = [
        [*(system if index % 4 else other), *torch.randint(3, 97, (1 + index % 7,)).tolist()] for index in range(14)
    ]
    greedy = GenerationConfig(do_sample=False, max_new_tokens=12, eos_token_id=96, pad_token_id=0)
    with model.continuous_batching_context_manager(
        generation_config=greedy,
        continuous_batching_config=ContinuousBatchingConfig(page_size=4, num_blocks=blocks, max_batch_tokens=24),
    ) as manager:
        for index, prompt in enumerate(prompts):
            manager.add_request(prompt, request_id=str(index), max_new_tokens=12)
        answers: dict[int, list[int]] = {}
        while len(answers) < len(prompts):
            answer = manager.get_result(timeout=60)
            assert answer is not None, "continuous batching has stopped answering"
            assert answer.error is None
            answers[int(answer.request_id)] = answer.generated_tokens

    AttentionInterface.register("sdpa", sdpa_attention_forward)
    for index, prompt in enumerate(prompts):
        alone = model.generate(torch.tensor([prompt]), generation_config=greedy)[0, len(prompt) :].tolist()
        assert answers[index] == alone
