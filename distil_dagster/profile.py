"""A profile: everything that differs between a laptop and an H100, read from `profiles/<name>.yaml`."""

import os
from collections import Counter
from pathlib import Path
from typing import Annotated, Any, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from distil_dagster.ablations.settings import Ablations, LearningRates
from distil_dagster.benchmark.judge_settings import JudgeSettings
from distil_dagster.benchmark.parity import ParitySettings
from distil_dagster.benchmark.reference_settings import ReferenceRunSettings, ReferenceScoringSettings
from distil_dagster.benchmark.settings import BenchmarkSettings
from distil_dagster.corpus import CurationSettings
from distil_dagster.corpus.quality import QualityThresholds
from distil_dagster.corpus.rounds import ErrorRounds
from distil_dagster.costs.price_book import ReferenceModel
from distil_dagster.costs.settings import CostSettings
from distil_dagster.home import CHECKOUT
from distil_dagster.machines.settings import Device, LauncherSettings, SubprocessLauncher
from distil_dagster.serving.settings import DevicePeak, ServingSettings
from distil_dagster.students.gguf_export import GgufSettings
from distil_dagster.students.settings import BaseModelSource, FinetuneRecipe, OnPolicySettings, QuantisationSettings
from distil_dagster.teachers.gate import TeacherGate
from distil_dagster.teachers.settings import TeacherSettings
from distil_dagster.traces.settings import TraceSettings

OWNER = r"^(team:[\w.-]+|[^@\s:]+@[^@\s:]+\.[^@\s:]+)$"


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DeviceProfile(Device):
    """The machine that training and serving are bound to, and what an hour of it costs."""

    dollars_per_hour: float = Field(gt=0)
    price_source: str
    peak: DevicePeak | None = None
    """How fast it computes and moves data at most, for the bound on requests per second; measured if not stated."""


class StudentProfile(_Section):
    """A base model that may become a student."""

    base_model: BaseModelSource = Field(discriminator="kind")
    licence: str


class Profile(_Section):
    """The whole profile; see profiles/embedded.yaml for what each part does."""

    name: str
    owners: tuple[Annotated[str, Field(pattern=OWNER)], ...] = ("team:ml-platform",)
    """Whom the UI names as responsible for every asset: `team:NAME`, or an e-mail address."""
    device: DeviceProfile
    launcher: LauncherSettings = SubprocessLauncher()
    """How the steps that the device is for are brought to it."""
    teacher: TeacherSettings
    """Who writes the corpus."""
    teacher_gate: TeacherGate = TeacherGate()
    curation: CurationSettings
    corpus_checks: QualityThresholds = QualityThresholds()
    error_rounds: ErrorRounds | None = None
    """Further rounds of the corpus, about what a student got wrong; none by default."""
    students: dict[str, StudentProfile] = Field(min_length=1)
    training_seeds: int = Field(1, gt=0)
    """Trainings of each adapter that differ by their random seed alone; the first is the one that is served."""
    seeds_only: FinetuneRecipe
    distilled: FinetuneRecipe
    on_policy: OnPolicySettings | None = None
    """A step behind `distilled`, for a student that is behind its teacher (`on_policy_adapter`); none by default."""
    ablations: Ablations = {}
    """What `ablation_scores` compares with the full recipe, beside the arms of the benchmark."""
    learning_rate_sweep: LearningRates = (1e-4, 3e-4, 1e-3)
    """What `learning_rate_sweep` tries, beside the rate of `distilled`."""
    quantisation: QuantisationSettings | None = None
    """How the merged model is quantised; where this is set, the quantised model is benchmarked too, and served."""
    benchmark: BenchmarkSettings
    parity: ParitySettings = ParitySettings()
    """How the served model is compared with its adapter."""
    serving: ServingSettings
    utilisations: tuple[float, ...] = (1.0, 0.7, 0.3)
    costs: CostSettings = CostSettings()
    references: tuple[ReferenceModel, ...]
    reference_scoring: ReferenceScoringSettings = ReferenceScoringSettings()
    judge: JudgeSettings | None = None
    traces: TraceSettings = TraceSettings()
    gguf: GgufSettings = GgufSettings()
    """How a merged model is written for llama.cpp."""

    @field_validator("references")
    @classmethod
    def _different_slugs(cls, references: tuple[ReferenceModel, ...]) -> tuple[ReferenceModel, ...]:
        twice = sorted(slug for slug, count in Counter(reference.slug for reference in references).items() if count > 1)
        if twice:
            raise ValueError(f"two references have the slug {', '.join(twice)}")
        return references

    @model_validator(mode="after")
    def _errors_of_a_student(self) -> Self:
        if self.error_rounds and self.error_rounds.student not in self.students:
            known = ", ".join(self.students)
            raise ValueError(f"error_rounds.student is {self.error_rounds.student!r}; the students are: {known}")
        return self

    @property
    def served_model(self) -> str:
        """The asset whose model is served."""
        return "quantised_model" if self.quantisation else "merged_model"

    @property
    def reference_run(self) -> ReferenceRunSettings:
        """How a reference is measured: on the very questions that the arms of the students are asked."""
        return ReferenceRunSettings(
            **self.reference_scoring.model_dump(),
            max_questions=self.benchmark.max_questions,
            sample_seed=self.benchmark.sample_seed,
        )

    def student_name(self, name: str | None) -> str:
        """The named student, or the first one. Raises ProfileError, listing those there are."""
        chosen = name or next(iter(self.students))
        if chosen not in self.students:
            known = ", ".join(self.students)
            raise ProfileError(f"the profile {self.name} has no student {chosen!r}; it has: {known}")
        return chosen

    def reference(self, slug: str) -> ReferenceModel:
        """The reference of this slug. Raises ProfileError, listing those there are."""
        for reference in self.references:
            if reference.slug == slug:
                return reference
        known = ", ".join(reference.slug for reference in self.references) or "none"
        raise ProfileError(f"the profile {self.name} has no reference {slug!r}; it has: {known}")


class ProfileError(ValueError):
    """A profile is missing or not valid."""


def load_profile(name: str | None = None) -> Profile:
    """Read a profile by name, or by path if the name ends in `.yaml`; `DISTIL_PROFILE` or `embedded` by default.

    With `extends: NAME` it is that bundled profile but for what it says itself, setting by setting: of a part that both
    have, such as `serving`, the settings that it leaves out are those of the other.

    Raises:
        ProfileError: naming the file and every key that is wrong.
    """
    path = _path_of(name or os.environ.get("DISTIL_PROFILE") or "embedded")
    try:
        return Profile.model_validate({"name": path.stem, **_content(path)})
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        raise ProfileError(f"the profile {path} is not valid: {faults}") from error


def _path_of(name: str) -> Path:
    path = Path(name) if name.endswith(".yaml") else CHECKOUT / "profiles" / f"{name}.yaml"
    if not path.exists():
        known = ", ".join(sorted(file.stem for file in (CHECKOUT / "profiles").glob("*.yaml")))
        raise ProfileError(f"there is no profile {name!r} ({path}); DISTIL_PROFILE may be one of: {known}")
    return path


def _content(path: Path) -> dict[str, Any]:
    try:
        content = dict(yaml.safe_load(path.read_text()))
    except (yaml.YAMLError, TypeError, ValueError) as error:
        raise ProfileError(f"the profile {path} is not YAML: {error}") from error
    extended = content.pop("extends", None)
    if extended is None:
        return content
    other = _path_of(str(extended))
    if other.resolve() == path.resolve():
        raise ProfileError(f"the profile {path} can't extend itself")
    merged = _content(other)
    for part, settings in content.items():
        both = isinstance(settings, dict) and isinstance(merged.get(part), dict)
        merged[part] = {**merged[part], **settings} if both else settings
    return merged
