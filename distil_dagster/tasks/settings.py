"""`config.yaml` of a task folder: the published names and defaults of the Distil Labs format, and our own key.

Every key of the format is accepted with its meaning; a key that isn't known is an error that lists the known ones.
"""

import json
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator

from distil_dagster.tasks.source import RowSource

KindName = Literal[
    "classification",
    "tool-calling-closed-book",
    "multi-turn-tool-calling-closed-book",
    "question-answering",
    "question-answering-open-book",
    "question-answering-closed-book",
]
AnswerFormName = Literal["text", "sql", "redaction", "docstring"]
FORMER_NAMES = {"information-extraction": "question-answering"}
"""Kinds under the names that older folders give them."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())


class BaseSettings(_Section):
    """Which kind of task this is, and the models it was written for."""

    task: KindName
    student_model_name: str = "Llama-3.2-1B-Instruct"
    teacher_model_name: str = "openai.gpt-oss-120b"
    random_seed: int | None = 123

    @field_validator("task", mode="before")
    @classmethod
    def _by_its_present_name(cls, task: object) -> object:
        return FORMER_NAMES.get(task, task) if isinstance(task, str) else task


ONLY_TUNING: dict[str, tuple[bool | int, str]] = {
    "use_lora": (True, "students are trained with LoRA only"),
    "rlvr_dataset_size": (0, "there is no stage of reinforcement learning here"),
    "num_few_shot_examples_student": (0, "students are asked without examples"),
}
"""Published settings of which only one value is possible here, and why."""


class TuningSettings(_Section):
    """How a student is fine-tuned. What a folder sets goes before the profile's recipe of the distilled student."""

    learning_rate: float = Field(5e-5, gt=0)
    learning_rate_scheduler: Literal["cosine", "linear", "constant"] = "linear"
    weight_decay: float = Field(0.0, ge=0)
    warmup_ratio: float = Field(0.05, ge=0, le=1)
    bf16: bool = True
    use_lora: bool = True
    lora_r: int = Field(64, gt=0)
    lora_alpha_multiplier: int = Field(1, gt=0)
    per_device_train_batch_size: int = Field(1, gt=0)
    per_device_eval_batch_size: int = Field(1, gt=0)
    num_train_epochs: int = Field(4, gt=0)
    train_eval_split: float = Field(0.2, gt=0, lt=1)
    gradient_accumulation_steps: int = Field(1, gt=0)
    num_few_shot_examples_student: int = Field(0, ge=0)
    rlvr_dataset_size: float = Field(0.0, ge=0, le=1)
    rlvr_llm_as_a_judge_model_name: str = "openai.gpt-oss-20b"
    rlvr_per_device_batch_size: int = Field(6, gt=0)
    rlvr_num_generations: int = Field(6, gt=0)
    rlvr_num_train_epochs: int = Field(1, gt=0)

    @field_validator("use_lora", "rlvr_dataset_size", "num_few_shot_examples_student")
    @classmethod
    def _done_here(cls, value: float, field: ValidationInfo) -> float:
        only, why = ONLY_TUNING[str(field.field_name)]
        if value != only:
            raise ValueError(f"{why}: leave it out, or set it to {json.dumps(only)}")
        return value


class EvaluationSettings(_Section):
    """How teacher and student are scored."""

    num_few_shot_examples: int = Field(1, ge=0)
    llm_as_a_judge_model_name: str = "openai.gpt-oss-120b"
    expand_tool_calling_turns: bool = True
    batch_size: int = Field(4, gt=0)


class SynthgenSettings(_Section):
    """How rows are generated and validated."""

    generation_target: int = Field(10_000, gt=0)
    generation_in_single_call: int = Field(4, gt=0)
    generation_iteration_size: int = Field(128, gt=0)
    generation_per_unstructured_context: int | None = Field(None, gt=0)
    num_positive_exemplars_per_generation: int = Field(2, ge=0)
    num_negative_exemplars_per_generation: int = Field(2, ge=0)
    num_unlabelled_exemplars_per_generation: int = Field(2, ge=0)
    validation_max_total_length: int = Field(10_000, gt=0)
    validation_max_answer_length: int = Field(8192, gt=0)
    validation_similarity_threshold: float = Field(0.95, gt=0, le=1)
    teacher_temperature: float = Field(0.7, ge=0, le=1)
    teacher_max_tokens: int | None = Field(None, gt=0)
    match_generated_distribution_to_seed: bool = False
    num_distractor_context_blocks: int = Field(0, ge=0)
    output_is_json: bool = False
    basic_mutators_to_use: tuple[Literal["complexity", "length", "specificity"], ...] = ("complexity",)
    mutation_topics: tuple[str | tuple[str, ...], ...] = ()
    parallel_llm_calls: bool = False


class TraceProcessingSettings(_Section):
    """How production traces become rows."""

    relabel: bool = True
    convert_to_single_turn: bool = True
    relevance_filtering_batch_size: int = Field(32, gt=0)
    num_traces_as_training_base: int = Field(200, gt=0)
    num_traces_as_testing_base: int = Field(200, gt=0)
    min_generated_examples: int = Field(20, gt=0)
    max_unstructured: int = Field(10_000, ge=0)
    observation_format: Literal["langfuse", "openai_messages", "unstructured_with_openai_messages"] = "openai_messages"
    remove_system_prompt_from_traces: bool = False
    compress_job_description: bool = False
    teacher_model_name: str = "openai.gpt-oss-120b"
    relabelling_committee_models: tuple[str, ...] = ()


class OwnSettings(_Section):
    """What only this project knows, under the key `distil_dagster`."""

    licence: str | None = Field(None, description="Licence of the rows, shown in the report.")
    answer_form: AnswerFormName | None = Field(
        None, description="What answers to questions look like; the most particular form of all seeds by default."
    )
    source: RowSource | None = Field(None, description="Where the rows are, if not in the folder itself.")


class TaskSettings(_Section):
    """The whole of `config.yaml`."""

    base: BaseSettings
    synthgen: SynthgenSettings = SynthgenSettings()
    tuning: TuningSettings = TuningSettings()
    evaluation: EvaluationSettings = EvaluationSettings()
    trace_processing: TraceProcessingSettings = TraceProcessingSettings()
    distil_dagster: OwnSettings = OwnSettings()


def settings_problems(error: ValidationError) -> list[str]:
    """The faults of a config.yaml in words, each with the key's path and what was expected there."""
    problems = []
    for fault in error.errors():
        path = [str(part) for part in fault["loc"]]
        if fault["type"] == "extra_forbidden":
            known = ", ".join(_known_keys(path[:-1]))
            problems.append(f"unknown key {'.'.join(path)!r}; known here are: {known}")
        elif fault["type"] == "missing":
            problems.append(f"missing key {'.'.join(path)!r}")
        else:
            problems.append(f"{'.'.join(path)}: {fault['msg']}, found {fault['input']!r}")
    return problems


def _known_keys(path: list[str]) -> list[str]:
    section: Any = TaskSettings
    for part in path:
        choices = get_args(section.model_fields[part].annotation) or (section.model_fields[part].annotation,)
        section = choices[0]
    return list(section.model_fields)
