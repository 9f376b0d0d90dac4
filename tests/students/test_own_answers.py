from __future__ import annotations

from pathlib import Path

import pytest
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

from distil_dagster.students.encoding import EncodedRows, EncodedSequence, encode_rows
from distil_dagster.students.low_rank import add_adapter
from distil_dagster.students.own_answers import own_answers, questions
from distil_dagster.students.settings import FinetuneRecipe
from distil_dagster.students.shared_prefix import ATTENTION, PackedRows, SharedPrefix, summed_loss
from distil_dagster.tasks import load_task

SHARPENED = 60.0
UNLIKELY = 15.0
"""A token whose logit is so far below the likeliest one's is drawn less than once in a million times."""


@pytest.fixture
def rows(tiny_base: Path, tiny_multi_turn_folder: Path) -> EncodedRows:
    """Seven dialogues of two turns each."""
    task = load_task(tiny_multi_turn_folder)
    transcripts = ((row.id, task.kind.transcript(task, row)) for row in task.seeds[:7])
    return encode_rows(AutoTokenizer.from_pretrained(tiny_base), transcripts, max_length=4096)


@pytest.fixture
def model(tiny_base: Path) -> PeftModel:
    """A tiny model, as in training, with an adapter that changes what it says."""
    base = AutoModelForCausalLM.from_pretrained(tiny_base, dtype=torch.float32, attn_implementation=ATTENTION)
    adapted = add_adapter(base, FinetuneRecipe(lora_r=4))
    with torch.no_grad():
        for name, weight in adapted.named_parameters():
            if "lora_B" in name:
                weight.normal_(std=0.1)
    return adapted


def question_of(sequence: EncodedSequence) -> tuple[int, ...]:
    return sequence.tokens[: -sequence.supervised_tokens]


def test_each_answer_of_a_dialogue_becomes_a_question_that_ends_with_it(rows: EncodedRows) -> None:
    asked = questions(rows.sequences)
    assert len(asked) == 2 * len(rows.sequences)
    first, second = asked[:2]
    whole = rows.sequences[0]
    assert first.tokens == whole.tokens[: len(first.tokens)]
    assert second.tokens == whole.tokens[: len(second.tokens)]
    assert first.supervised_tokens + second.supervised_tokens == whole.supervised_tokens
    for question in asked:
        assert question.supervised == (False,) * len(question_of(question)) + (True,) * question.supervised_tokens


def test_answers_are_those_of_the_model_asked_one_question_at_a_time(model: PeftModel, rows: EncodedRows) -> None:
    """Predictions are so sharp that only the likeliest tokens are drawn; the batch is padded and the prefix cached."""
    asked = questions(rows.sequences)
    base = model.get_base_model()
    base.lm_head.weight = torch.nn.Parameter(base.lm_head.weight.detach() * SHARPENED)
    drawn = own_answers(model, rows.prefix, asked, max_output_tokens=6, seed=1)
    base.set_attn_implementation("sdpa")
    assert len({len(question.tokens) for question in asked}) > 1
    for answered in drawn:
        tokens = [*rows.prefix, *question_of(answered)]
        for token in answered.tokens[-answered.supervised_tokens :]:
            with torch.no_grad():
                logits = base(torch.tensor([tokens]), use_cache=False).logits[0, -1]
            assert logits[token] > logits.max() - UNLIKELY
            tokens.append(token)


def test_questions_stay_and_the_draw_is_its_seeds(model: PeftModel, rows: EncodedRows) -> None:
    asked = questions(rows.sequences)
    one, again, other = (own_answers(model, rows.prefix, asked, max_output_tokens=6, seed=seed) for seed in (1, 1, 2))
    assert one == again != other
    assert sorted(map(question_of, one)) == sorted(map(question_of, asked))
    assert all(1 <= answered.supervised_tokens <= 6 for answered in one)
    assert any(answered.tokens not in {question.tokens for question in asked} for answered in one)


def test_an_answer_ends_behind_its_end(model: PeftModel, rows: EncodedRows) -> None:
    asked = questions(rows.sequences)
    end = asked[0].tokens[-1]
    drawn = own_answers(model, rows.prefix, asked * 4, max_output_tokens=40, seed=3)
    answers = [answered.tokens[-answered.supervised_tokens :] for answered in drawn]
    ended = [answer for answer in answers if end in answer]
    assert ended
    assert all(answer.index(end) == len(answer) - 1 for answer in ended)
    assert all(len(answer) == 40 for answer in answers if end not in answer)


def test_the_model_can_be_trained_after_it_has_answered(model: PeftModel, rows: EncodedRows) -> None:
    packed = PackedRows.of(rows.sequences, prefix_length=len(rows.prefix), device=torch.device("cpu"))
    before = summed_loss(model, SharedPrefix.of(model, rows.prefix), packed)
    own_answers(model, rows.prefix, questions(rows.sequences), max_output_tokens=2, seed=1)
    after = summed_loss(model, SharedPrefix.of(model, rows.prefix), packed)
    torch.testing.assert_close(after, before)
    assert after.requires_grad
