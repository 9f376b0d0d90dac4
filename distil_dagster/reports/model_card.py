"""The card of a merged model: what it does, how it was made, what it is worth, and what is not known of it.

A Markdown file with the YAML front matter of the Hugging Face Hub (https://huggingface.co/docs/hub/model-cards), and
the sections that Mitchell et al. 2019 ask for ("Model Cards for Model Reporting"), as far as artifacts hold them. All
is read from the scores and what lies behind them; what they don't hold is left out, or said to be unknown.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from distil_dagster.artifacts import Artifact, ArtifactStore, MissingArtifact, trace
from distil_dagster.benchmark.settings import ArmSummary, BenchmarkSummary
from distil_dagster.benchmark.statistics.verdict import SIGNIFICANT_BELOW
from distil_dagster.costs.cost_table import CostRow
from distil_dagster.reports import wording
from distil_dagster.reports.artifacts import provenance, task_report
from distil_dagster.reports.lineage import flat
from distil_dagster.reports.report_input import Comparison, ProvenanceRow, StudentReport, TaskReport
from distil_dagster.students.settings import (
    BASE_MODEL_SOURCE,
    FinetuneSummary,
    HubModel,
    LocalModel,
    MergeSummary,
    PackagedModel,
)
from distil_dagster.tasks import Task
from distil_dagster.tasks.seed_set import SeedSetSummary, read_seed_set
from distil_dagster.teachers.scores import TeacherSummary

CARD = "README.md"
"""What the hub shows of a model's folder."""
NOT_DECLARED = "not declared"
BYTES = {"float32": 4, "bfloat16": 2, "float16": 2}
HUB_LICENCE = re.compile(r"[a-z0-9][a-z0-9.-]*")


@dataclass(frozen=True)
class CardFacts:
    """All that a card tells."""

    report: TaskReport
    student: StudentReport
    benchmark: BenchmarkSummary
    seeds: SeedSetSummary
    user_message: str | None
    """How the user's message is built of `{question}` and `{context}`; None if the chat so far is sent as it is."""
    base_model: PackagedModel | LocalModel | HubModel
    base_licence: str
    data_licence: str | None
    teacher: TeacherSummary | None
    recipe: Mapping[str, Any]
    """The adapter's, as it was trained."""
    training: FinetuneSummary
    merging: MergeSummary
    weight_bytes: int
    file_hashes: Mapping[str, str]
    """SHA-256 of the files of weights and rows, by what is in them."""
    environment: Mapping[str, str]
    """In which the model was merged."""
    provenance: Sequence[ProvenanceRow]

    @property
    def arm(self) -> ArmSummary:
        """The score of these weights; a quantised copy of them is an arm of its own."""
        return self.benchmark.arm("distilled") or self.benchmark.best_arm

    @property
    def parameters(self) -> int:
        """Of the model, by the size of its weights."""
        return self.weight_bytes // BYTES[self.merging.stored_dtype]


def costs_of(store: ArtifactStore, scores: Artifact) -> Artifact | None:
    """The cost table in force of the task, if it was made from these very scores."""
    tables = store.current_of_all("cost_table", [{"task": scores.manifest.recipe.partition["task"]}])
    return next((table for table in tables if scores.as_input in table.manifest.recipe.inputs), None)


def write_model_card(store: ArtifactStore, scores: Artifact, costs: Artifact | None, output: Path) -> CardFacts:
    """Write `README.md` to `output`, and return what it tells.

    Args:
        store: where the artifacts behind the scores lie.
        scores: `benchmark_scores` of a student that was distilled.
        costs: the cost table made from these scores, if there is one.
        output: an existing folder.

    Raises:
        MissingArtifact: if there is no merged model behind the scores.
    """
    facts = card_facts(store, scores, costs)
    (output / CARD).write_text(model_card(facts), encoding="utf-8")
    return facts


def card_facts(store: ArtifactStore, scores: Artifact, costs: Artifact | None = None) -> CardFacts:
    """Read what a card tells from the scores and the very artifacts behind them. Raises MissingArtifact."""
    behind: dict[str, Artifact] = {}
    for step in trace(store, scores):
        # Behind the last round of a corpus lie those before it; the nearest is the student's own.
        behind.setdefault(step.artifact.manifest.recipe.asset, step.artifact)
    if "merged_model" not in behind:
        raise MissingArtifact(
            f"{scores.manifest.label} was made without a distilled student: there is no model to card"
        )
    merged, adapter, corpus, seeds = (
        behind[asset] for asset in ("merged_model", "lora_adapter", "synthetic_corpus", "seed_set")
    )
    roots = [costs] if costs else [scores]
    report = task_report(store, roots)
    name = scores.manifest.recipe.partition["student"]
    others = tuple(f"{known.name}|" for known in report.students if known.name != name)
    task = read_seed_set(seeds.local())
    student = merged.manifest.recipe.parameters["student"]
    weights = [file for file in merged.manifest.files if file.path.endswith(".safetensors")]
    rows = {
        "seeds": (seeds, "seeds.parquet"),
        "test rows": (seeds, "tests.parquet"),
        "kept rows of the corpus": (corpus, "rows.parquet"),
        "rows trained on": (adapter, "rows.parquet"),
    }
    return CardFacts(
        report=report,
        student=next(known for known in report.students if known.name == name),
        benchmark=scores.summary(BenchmarkSummary),
        seeds=seeds.summary(SeedSetSummary),
        user_message=_user_message(task),
        base_model=BASE_MODEL_SOURCE.validate_python(student["base_model"]),
        base_licence=student["licence"],
        data_licence=task.settings.distil_dagster.licence,
        teacher=behind["teacher_scores"].summary(TeacherSummary) if "teacher_scores" in behind else None,
        recipe=adapter.manifest.recipe.parameters["recipe"],
        training=adapter.summary(FinetuneSummary),
        merging=merged.summary(MergeSummary),
        weight_bytes=sum(file.bytes for file in weights),
        file_hashes={
            **{f"weights, {file.path}": file.sha256 for file in weights},
            **{name: _hash_of(artifact, path) for name, (artifact, path) in rows.items()},
            **_prompt_hashes(adapter.summary(FinetuneSummary)),
        },
        environment=merged.manifest.environment,
        provenance=[row for row in provenance(store, roots) if not (row.partition or "").startswith(others)],
    )


def _user_message(task: Task) -> str | None:
    """Told by a seed, with the seed's own text taken out."""
    row = task.seeds[0]
    asked = task.kind.expand(row)[-1].messages[-1].content
    if row.question not in asked:
        return None
    asked = asked.replace(row.context, "{context}") if row.context else asked
    return asked.replace(row.question, "{question}")


def _hash_of(artifact: Artifact, path: str) -> str:
    return next(file.sha256 for file in artifact.manifest.files if file.path == path)


def _prompt_hashes(training: FinetuneSummary) -> dict[str, str]:
    known = {"tokenizer": training.tokenizer_sha256, "chat template": training.chat_template_sha256}
    return {name: digest for name, digest in known.items() if digest}


def model_card(facts: CardFacts) -> str:
    """The card as Markdown. Names and texts of the facts may hold any characters."""
    sections = {
        "What it does": _purpose(facts),
        "How to use it": _usage(facts),
        "Data": _data(facts),
        "Recipe": _recipe(facts),
        "Scores": _scores(facts),
        "What it costs": _costs(facts),
        "Limits": _limits(facts),
        "Licences": _licences(facts),
        "Fingerprints": _fingerprints(facts),
    }
    body = "\n\n".join(f"## {title}\n\n" + "\n\n".join(blocks) for title, blocks in sections.items())
    return f"---\n{_front_matter(facts)}---\n\n# {facts.student.name} for {facts.report.name}\n\n{body}\n"


def _front_matter(facts: CardFacts) -> str:
    licence = facts.base_licence.lower()
    known: dict[str, Any] = {"license": licence}
    if not HUB_LICENCE.fullmatch(licence):
        known = {"license": "other", "license_name": facts.base_licence}
    if isinstance(facts.base_model, HubModel):
        known |= {"base_model": facts.base_model.repository, "base_model_relation": "finetune"}
    known |= {
        "library_name": "transformers",
        "pipeline_tag": "text-generation",
        "tags": ["distil_dagster", "distillation", "lora", facts.report.kind],
    }
    return yaml.safe_dump(known, sort_keys=False, allow_unicode=True)


def _purpose(facts: CardFacts) -> Iterator[str]:
    best = facts.arm
    yield (
        f"A model of {_about(facts.parameters)} parameters, distilled for the one task below (`{facts.report.kind}`). "
        f"Of {best.n_questions} {facts.report.question_noun}s of the task's test set it answers {best.correct} right, "
        f"{wording.percent(best.accuracy)} % (95 % interval: {wording.interval(best.low, best.high)} %)."
    )
    yield "\n".join(f"> {line}" for line in facts.report.description.splitlines())


def _usage(facts: CardFacts) -> Iterator[str]:
    yield _fenced(f"distil serve {facts.report.name} {facts.student.name}", "sh")
    yield "This serves it behind an OpenAI-compatible API. Ask it at `/v1/chat/completions`, as in training:"
    last = facts.user_message or "the last thing said"
    before = [] if facts.user_message else ["the chat so far, each thing said in a message of its own"]
    messages = [{"role": "system", "content": "the system prompt below"}, *before, {"role": "user", "content": last}]
    request = {"model": facts.student.name, "messages": messages, "temperature": 0}
    yield _fenced(json.dumps(request, indent=2, ensure_ascii=False), "json")
    yield "The system prompt, to the letter; with another one the scores below do not hold:"
    yield _fenced(facts.seeds.system_prompt, "text")


def _data(facts: CardFacts) -> Iterator[str]:
    corpus, source = facts.report.corpus, facts.seeds.source
    counts: list[tuple[str, str]] = [
        ("seeds", f"{facts.report.seeds:,}"),
        ("test rows", f"{facts.benchmark.test_rows:,}"),
        ("test rows asked about", f"{facts.benchmark.asked_rows:,}"),
    ]
    if source:
        counts.insert(0, ("where they come from", source.address))
    if corpus:
        counts += [
            ("teacher, which wrote the corpus", facts.report.teacher or "unknown"),
            ("rows generated", f"{corpus.generated:,}"),
            *(
                (f"rejected: {wording.filter_label(rejection.rejected_by)}", f"{rejection.rows:,}")
                for rejection in corpus.rejections
                if rejection.rows
            ),
            ("rows kept", f"{corpus.kept:,} ({wording.kept_share(corpus)})"),
        ]
    counts += [
        ("rows trained on, repeated seeds included", f"{facts.training.rows - facts.training.held_back_rows:,}"),
        ("rows held back to watch the training", f"{facts.training.held_back_rows:,}"),
    ]
    yield _table(("rows", "count"), counts)


def _recipe(facts: CardFacts) -> Iterator[str]:
    training, merging = facts.training, facts.merging
    yield (
        f"A LoRA adapter, trained in {training.steps:,} of {training.planned_steps:,} planned steps "
        f"({training.tokens:,} tokens, {training.seconds / 60:,.1f} minutes) on {training.device} in {training.dtype}; "
        f"the adapter of step {training.kept_step:,} was kept, and merged into the base model. The merged model agrees "
        f"with base and adapter on {merging.token_agreement:.2%} of {merging.compared_tokens:,} tokens."
    )
    recipe = {name: value for name, value in facts.recipe.items() if value is not None}
    yield _table(("setting", "value"), flat(recipe).items())
    yield f"Trained with {_listed(training.versions)}."


def _scores(facts: CardFacts) -> Iterator[str]:
    report, student = facts.report, facts.student
    yield (
        f"A {report.question_noun} is answered right if `{report.metric}` says so. All arms were asked the same "
        f"{report.question_noun}s over HTTP: the base model as it is, the base model trained on the seeds alone, and "
        f"this model. Intervals of 95 % are "
        + (f"by a bootstrap of whole {report.cluster_noun}s." if report.cluster_noun else "Wilson's.")
    )
    header = ["arm", "right", "n", "accuracy %", "95 % interval"]
    whole = f"whole {report.cluster_noun}s right"
    yield _table(
        [*header, whole] if report.cluster_noun else header,
        [
            (
                wording.arm_label(arm.arm),
                f"{arm.correct:,}",
                f"{arm.n_questions:,}",
                wording.percent(arm.accuracy),
                wording.interval(arm.low, arm.high),
                *([f"{arm.clusters_right:,} of {arm.n_clusters:,}"] if report.cluster_noun else []),
            )
            for arm in wording.in_order(student.arms)
        ],
    )
    best = facts.arm.arm
    pairs = [*(pair for pair in student.comparisons if pair.first == best), *student.beside_references]
    lines = [f"{wording.comparison(pair)} ({pair.method}): {_standing(pair)}." for pair in pairs]
    lines += [f"{wording.arm_label(spread.arm)}: {wording.spread(spread)}." for spread in student.spreads]
    if student.verdict:
        lines.append(f"Verdict: {student.verdict.word}. {student.verdict.reason}")
    yield _bullets(lines)


def _standing(pair: Comparison) -> str:
    if pair.p_value >= SIGNIFICANT_BELOW:
        return "not distinguishable"
    return f"{wording.arm_label(pair.first)} is {'better' if pair.difference > 0 else 'worse'}"


def _costs(facts: CardFacts) -> Iterator[str]:
    serving = facts.student.serving
    rows = [row for row in facts.report.costs if row.contender == facts.student.name]
    if not rows and not serving:
        yield f"{wording.NOT_MEASURED.capitalize()}."
    if serving:
        yield (
            f"{wording.rate(serving.requests_per_second)} requests per second on {serving.device} "
            f"({serving.described}, {serving.engine} {serving.engine_version}); "
            f"half of them within {wording.seconds(serving.p50_seconds)}, 95 % within "
            f"{wording.seconds(serving.p95_seconds)}."
        )
    if rows:
        yield _table(
            ("device in use", "dollars per million requests", "with the making"),
            [
                (
                    wording.utilisation(row) + (" (traffic)" if row.load == "traffic" else ""),
                    wording.dollars(row.dollars_per_million),
                    wording.with_making(row),
                )
                for row in rows
            ],
        )
        yield f"By {rows[0].source}. {_making(rows[0])}"


def _making(row: CostRow) -> str:
    if row.making_dollars is None or row.life_months is None:
        return "What teacher and training cost is not in it."
    at_least = "" if row.making_is_complete else "at least "
    return (
        f"Teacher, training and benchmarks cost {at_least}{wording.dollars(row.making_dollars)}, which the last column "
        f"spreads over {row.life_months:g} months of such use."
    )


def _limits(facts: CardFacts) -> Iterator[str]:
    report, benchmark = facts.report, facts.benchmark
    best = facts.arm
    wrong = [f"{count} {verdict}" for verdict, count in best.verdicts.items() if verdict != "right" and count]
    limits = [
        "It does this one task. Anything else it was not taught, and was not asked.",
        f"It is small: {_about(facts.parameters)} parameters. Of {best.n_questions} answers "
        + (f"{best.n_questions - best.correct} were wrong: {', '.join(wrong)}." if wrong else "none was wrong."),
        f"It was trained on prompts and answers of {facts.recipe['max_length']:,} tokens at most together.",
        "Its language is that of the task's rows, which declare none; no other was tested.",
        "Not tested: attacks on the prompt, bias, harmful requests, and inputs unlike those of the test set.",
        f"The scores are those of the weights in {facts.merging.stored_dtype}; of a copy in another format, "
        "such as GGUF, they were not measured.",
    ]
    if benchmark.asked_rows < benchmark.test_rows:
        limits.append(
            f"{benchmark.asked_rows:,} of {benchmark.test_rows:,} test rows were asked about, drawn under the seed "
            f"{benchmark.sample_seed}."
        )
    gain = facts.student.comparison(best.arm, "seeds_only")
    if gain and _standing(gain) != f"{wording.arm_label(best.arm)} is better":
        limits.append(f"It is not shown to be better than a model trained on the {report.seeds:,} seeds alone.")
    yield _bullets(limits)


def _licences(facts: CardFacts) -> Iterator[str]:
    match facts.base_model:
        case HubModel(repository=repository, revision=revision):
            base = f"[{repository}](https://huggingface.co/{repository}) at revision `{revision}`"
        case PackagedModel(package=package, file=file):
            base = f"`{file}` of the Python package `{package}`"
        case LocalModel(path=path):
            base = f"a local folder, `{path.name}`"
    teacher = "no model: its rows were put together from parts of the seeds" if facts.teacher else "unknown"
    if facts.teacher and facts.teacher.is_model:
        teacher = f"{NOT_DECLARED}; its terms may say what may be done with its answers"
    yield _table(
        ("part", "what", "licence"),
        [
            ("base model", base, facts.base_licence),
            ("teacher", facts.report.teacher or "unknown", teacher),
            ("seeds and test rows", f"the task `{facts.report.name}`", facts.data_licence or NOT_DECLARED),
        ],
    )


def _fingerprints(facts: CardFacts) -> Iterator[str]:
    yield _table(
        ("artifact", "of", "fingerprint", "code version", "made"),
        [
            (row.asset, row.partition or "", f"`{row.fingerprint[:16]}`", row.code_version, f"{row.created:%Y-%m-%d}")
            for row in facts.provenance
        ],
    )
    yield _table(("file", "SHA-256"), [(name, f"`{digest}`") for name, digest in facts.file_hashes.items()])
    yield f"Merged with {_listed(facts.environment)}."


def _about(parameters: int) -> str:
    return f"{parameters / 1e9:.1f} billion" if parameters >= 1e9 else f"{parameters / 1e6:.0f} million"


def _listed(versions: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in versions.items())


def _bullets(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", r"\|")


def _fenced(text: str, language: str) -> str:
    """A block of code, fenced by more backticks than the text has in a row."""
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"
