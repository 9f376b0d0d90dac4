"""Trains an adapter further on its student's own answers, towards what a teacher predicts at each of their tokens.

Fine-tuning shows a student answers that it would not have given; where it strays from them it has never been. Here it
answers the questions it was trained on, as it is at that step, and learns its teacher's predictions along its own way
(Agarwal et al. 2024, "On-Policy Distillation of Language Models: Learning from Self-Generated Mistakes", arXiv
2306.13649, with all data on-policy). `on_policy` is the command line.

TRL has trainers for it, `GKDTrainer` and its successor `DistillationTrainer`. They are not used: both run student and
teacher over the task's prompt again for every row, where here a step computes it once and the teacher once in all; GKD
holds the logits of all tokens of both models; and with either, rows would be encoded, held back and checkpointed by
other code than in the training before it. With that code what remains is an objective. Tests compare its loss with
TRL's, and TRL stays a dependency of developers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch
from peft import PeftModel
from torch import Tensor
from transformers import AutoModelForCausalLM, AutoTokenizer

from distil_dagster.progress import Progress
from distil_dagster.students.base_model import weights_sha256
from distil_dagster.students.divergence import summed_divergence
from distil_dagster.students.encoding import EncodedSequence
from distil_dagster.students.errors import StudentError
from distil_dagster.students.own_answers import own_answers, questions
from distil_dagster.students.precision import Precision
from distil_dagster.students.settings import FinetuneRecipe, FinetuneSummary, OnPolicySettings
from distil_dagster.students.shared_prefix import (
    ATTENTION,
    PackedRows,
    SharedPrefix,
    check_supported,
    predicting_states,
)
from distil_dagster.students.training import BaseModel, TrainingRun, training_data
from distil_dagster.tasks import Row, Task
from distil_dagster.tasks.rows import content_sha256


class TeacherError(StudentError):
    """A teacher whose predictions can't be compared with the student's."""


class OwnAnswers:
    """The objective: the divergence from a teacher, at each token of answers that the student has just given."""

    def __init__(
        self,
        teacher: Path,
        precision: Precision,
        prefix: Sequence[int],
        *,
        beta: float,
        max_output_tokens: int,
        random_seed: int,
    ) -> None:
        self.teacher_sha256: str | None = weights_sha256(teacher)
        self.prefix = prefix
        self.beta = beta
        self.max_output_tokens = max_output_tokens
        self.random_seed = random_seed
        model = AutoModelForCausalLM.from_pretrained(teacher, dtype=precision.dtype, attn_implementation=ATTENTION)
        check_supported(model.config, role="teacher")
        self._teacher = model.to(precision.device).requires_grad_(False)
        with torch.no_grad():
            self._prefix_of_teacher = SharedPrefix.of(self._teacher, prefix)

    def deciding(self) -> object:
        """The teacher, and how answers are drawn and compared."""
        return [self.teacher_sha256, self.beta, self.max_output_tokens]

    def sequences(self, model: PeftModel, drawn: Sequence[EncodedSequence], *, step: int) -> list[EncodedSequence]:
        """The questions drawn, with what the student answers to them now."""
        seed = int(content_sha256(["own answers", step, self.random_seed])[:8], 16)
        return own_answers(model, self.prefix, drawn, max_output_tokens=self.max_output_tokens, seed=seed)

    def summed_loss(self, model: PeftModel, prefix: SharedPrefix, rows: PackedRows) -> Tensor:
        """The divergence of both predictions of each supervised token, summed; a scalar in nats."""
        with torch.no_grad():
            of_teacher = predicting_states(self._teacher, self._prefix_of_teacher, rows)
        return summed_divergence(
            predicting_states(model, prefix, rows),
            model.get_output_embeddings().weight,
            of_teacher,
            self._teacher.get_output_embeddings().weight,
            beta=self.beta,
        )


def distil_on_policy(
    task: Task,
    rows: Sequence[Row],
    trained: FinetuneRecipe,
    settings: OnPolicySettings,
    *,
    base_model: Path,
    adapter: Path,
    teacher: Path,
    precision: Precision,
    checkpoints: Path,
    output: Path,
    progress: Progress,
) -> FinetuneSummary:
    """Train an adapter further and write what `finetune` writes, with divergences for losses.

    A run that was killed goes on from its last checkpoint and gives the same adapter as one that was not. The loss of
    held-back rows is the divergence along the answers they have, so that steps can be compared.

    Args:
        task: writes the rows as dialogues; its test set is not touched.
        rows: those that the adapter was trained on. The same ones are held back.
        trained: the recipe it was trained by.
        settings: what differs from it now, and how predictions are compared.
        base_model: the folder of the student's base model.
        adapter: the folder of the PEFT adapter.
        teacher: a folder with safetensors and tokenizer.
        precision: of both models.
        checkpoints: outlives a killed run.
        output: where adapter, curve and summary go.
        progress: is told of each step.

    Raises:
        TeacherError: if the teacher's tokenizer is another than the base model's.
        StudentError: see `training.finetune`; also if the teacher's architecture isn't supported.
    """
    check_vocabulary(base_model, teacher)
    recipe = settings.recipe(trained)
    data = training_data(task, rows, recipe, base_model=base_model)
    data = replace(data, training=questions(data.training), held_back=questions(data.held_back))
    objective = OwnAnswers(
        teacher,
        precision,
        data.prefix,
        beta=settings.beta,
        max_output_tokens=task.answer_token_limit,
        random_seed=recipe.random_seed,
    )
    base = BaseModel(base_model, weights_sha256(base_model), precision)
    run = TrainingRun(
        base, data, recipe, checkpoints=checkpoints, progress=progress, objective=objective, adapter=adapter
    )
    run.train()
    return run.write(output)


def check_vocabulary(base_model: Path, teacher: Path) -> None:
    """Refuse a teacher to which a token's number means another word than to the student.

    Raises:
        TeacherError: if so.
    """
    of_base, of_teacher = (AutoTokenizer.from_pretrained(folder).get_vocab() for folder in (base_model, teacher))
    if of_base != of_teacher:
        differing = len(set(of_base.items()) ^ set(of_teacher.items()))
        raise TeacherError(
            f"the teacher {teacher} has another tokenizer than the base model {base_model} ({differing} entries of "
            "their vocabularies differ), so that their predictions can't be compared token by token: set "
            "on_policy.teacher to a model of the student's family"
        )
