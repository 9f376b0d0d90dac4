"""Merges an adapter into the unquantised base and compares the result, as read back from disk, with the two apart.

A merge goes wrong silently: into quantised weights, into the wrong base, with another chat template, or not at all.
So base and adapter answer along the path of training, the merged folder along the path of a server, and both must
say the same.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from peft import PeftModel
from torch import Tensor
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase

from distil_dagster.students.encoding import EncodedRows, encode_rows
from distil_dagster.students.errors import StudentError
from distil_dagster.students.precision import Precision
from distil_dagster.students.settings import MergeSummary
from distil_dagster.students.shared_prefix import ATTENTION, PackedRows, SharedPrefix, predicted_logits
from distil_dagster.tasks import Message, Row, Task

PARITY_ROWS = 8
LONGEST_ROW = 1 << 30


@dataclass(frozen=True)
class Tolerance:
    """What two products that are rounded at different places may differ in. A bfloat16 logit of 20 is one of 0.125."""

    agreement: float
    """Share of the tokens that both must predict alike."""
    difference: float
    """Largest difference of a single logit."""
    tie: float
    """Two tokens whose logits are no further apart are equally likely, so that either may be predicted."""


TOLERANCES = {torch.float32: Tolerance(0.999, 0.01, 0.0), torch.bfloat16: Tolerance(0.98, 2.0, 0.5)}

NEVER_THINK = "{%- set enable_thinking = false %}"


class MergeError(StudentError):
    """An adapter that can't be merged, or a merged folder that would prompt the student otherwise than in training."""


def merge(base_model: Path, adapter: Path, *, dtype: torch.dtype, output: Path) -> None:
    """Add the adapter to the base weights in float32 and save the result as `dtype`, ready for a server.

    The saved chat template never asks for thinking, which the student has not learnt, whatever a client sends; the
    generation config is greedy and ends at the token that ends an answer.

    Raises:
        MergeError: if the adapter does not fit the base, or holds values that are no numbers.
    """
    base = AutoModelForCausalLM.from_pretrained(base_model, dtype=torch.float32)
    tokenizer = AutoTokenizer.from_pretrained(base_model)
    try:
        merged = with_adapter(base, adapter, base_model).merge_and_unload(safe_merge=True).to(dtype)
    except ValueError as error:
        raise MergeError(f"the adapter {adapter} can't be merged: {error}") from error
    _answer_greedily(merged, end=end_of_answer(tokenizer))
    merged.save_pretrained(output)
    if isinstance(tokenizer.chat_template, str) and "enable_thinking" in tokenizer.chat_template:
        tokenizer.chat_template = NEVER_THINK + tokenizer.chat_template
    tokenizer.save_pretrained(output)


def merge_parity(
    task: Task, rows: Sequence[Row], *, base_model: Path, adapter: Path, merged: Path, precision: Precision
) -> MergeSummary:
    """Compare both on the answers of some rows, token by token, each given the right tokens before it.

    Raises:
        MergeError: if the merged folder's tokenizer or template would write the rows with other tokens.
    """
    chosen = random.Random(0).sample(list(rows), min(PARITY_ROWS, len(rows)))
    encoded = _encoded(AutoTokenizer.from_pretrained(base_model), task, chosen)
    if _encoded(AutoTokenizer.from_pretrained(merged), task, chosen) != encoded:
        raise MergeError(f"the tokenizer saved in {merged} writes the rows otherwise than the one trained with")
    base = AutoModelForCausalLM.from_pretrained(base_model, dtype=precision.dtype, attn_implementation=ATTENTION)
    together = with_adapter(base, adapter, base_model).to(precision.device).eval()
    alone = AutoModelForCausalLM.from_pretrained(merged, dtype=precision.dtype).to(precision.device).eval()
    tolerance = TOLERANCES[precision.dtype]
    agreeing, compared, difference, disagreements = 0, 0, 0.0, []
    with torch.inference_mode():
        prefix = SharedPrefix.of(together, encoded.prefix)
        packed = PackedRows.of(encoded.sequences, prefix_length=prefix.length, device=precision.device)
        expected = predicted_logits(together, prefix, packed).split(
            [row.supervised_tokens for row in encoded.sequences]
        )
        for number, (sequence, reference) in enumerate(zip(encoded.sequences, expected, strict=True)):
            logits = _logits_of_a_server(alone, encoded, number)
            same = int(alike(logits, reference, tie=tolerance.tie).sum())
            agreeing += same
            compared += len(reference)
            difference = max(difference, float((logits - reference).abs().max()))
            if same < len(reference):
                disagreements.append(sequence.row_id)
    return MergeSummary(
        agrees=agreeing / compared >= tolerance.agreement and difference <= tolerance.difference,
        token_agreement=agreeing / compared,
        required_agreement=tolerance.agreement,
        largest_logit_difference=difference,
        allowed_logit_difference=tolerance.difference,
        rows=len(chosen),
        compared_tokens=compared,
        stored_dtype=precision.dtype_name,
        dtype_reason=precision.reason,
        disagreements=tuple(disagreements),
    )


def alike(logits: Tensor, reference: Tensor, *, tie: float) -> Tensor:
    """Per row, whether the most likely token is the reference's too, or as good as; both of shape (tokens, words)."""
    chosen = reference.gather(-1, logits.argmax(-1, keepdim=True)).squeeze(-1)
    return chosen >= reference.amax(-1) - tie


def _answer_greedily(model: PreTrainedModel, *, end: int) -> None:
    config = model.generation_config
    config.update(do_sample=False, temperature=None, top_p=None, top_k=None)
    ends = config.eos_token_id if isinstance(config.eos_token_id, list) else [config.eos_token_id]
    if end not in ends:
        config.eos_token_id = [*(known for known in ends if known is not None), end]


def end_of_answer(tokenizer: PreTrainedTokenizerBase) -> int:
    """The last token that a student of this tokenizer learns to write."""
    said = [Message("user", "a"), Message("assistant", "b")]
    (sequence,) = encode_rows(tokenizer, [("the probe of the chat template", said)], max_length=LONGEST_ROW).sequences
    learnt = [token for token, supervised in zip(sequence.tokens, sequence.supervised, strict=True) if supervised]
    return learnt[-1]


def with_adapter(base: PreTrainedModel, adapter: Path, base_model: Path) -> PeftModel:
    """Base and adapter side by side, unmerged. Raises MergeError if the adapter was not trained on such a model."""
    try:
        return PeftModel.from_pretrained(base, str(adapter))  # type: ignore[no-any-return]
    except (ValueError, RuntimeError) as error:
        raise MergeError(f"the adapter {adapter} does not fit the base model {base_model}: {error}") from error


def _encoded(tokenizer: PreTrainedTokenizerBase, task: Task, rows: Sequence[Row]) -> EncodedRows:
    transcripts = ((row.id, task.kind.transcript(task, row)) for row in rows)
    return encode_rows(tokenizer, transcripts, max_length=LONGEST_ROW)


def _logits_of_a_server(model: PreTrainedModel, encoded: EncodedRows, number: int) -> Tensor:
    """The float32 logits before each supervised token of one row, from an ordinary pass over the whole row."""
    sequence = encoded.sequences[number]
    start = len(encoded.prefix)
    tokens = torch.tensor([[*encoded.prefix, *sequence.tokens]], device=model.device)
    before = [start + index - 1 for index, supervised in enumerate(sequence.supervised) if supervised]
    logits: Tensor = model(tokens, use_cache=False, logits_to_keep=torch.tensor(before, device=model.device)).logits
    return logits[0].float()
