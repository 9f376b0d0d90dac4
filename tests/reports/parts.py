"""Parts of made-up reports, for the fixtures and for tests that need one of their own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from distil_dagster.benchmark.judge_settings import Agreement, JudgeReport, JudgeSummary
from distil_dagster.benchmark.reference_settings import RepeatScores
from distil_dagster.benchmark.statistics import NO_LABEL
from distil_dagster.costs.price_book import Price, ReferenceModel
from distil_dagster.reports.report_input import (
    ArmScore,
    Comparison,
    CurvePoint,
    LabelReport,
    LabelScore,
    ReferenceScore,
    ServingSummary,
    TrainingCurve,
)
from distil_dagster.serving.settings import DevicePeak, ServiceLevel
from distil_dagster.serving.summary import (
    ClosedLoop,
    LoadPoint,
    MemoryFigures,
    Percentile,
    Roofline,
    SustainedRate,
    UnmetLevel,
)


def arm_score(
    name: str,
    correct: int,
    *,
    of: int = 40,
    clusters_right: int | None = None,
    clusters: int | None = None,
    metrics: Sequence[str] = ("tool_call_equivalence", "staged_tool_call"),
    otherwise: str = "other arguments",
) -> ArmScore:
    """An arm whose intervals reach 10 and 20 points to either side; without clusters each question stands alone."""
    right, n_clusters = (correct, of) if clusters_right is None or clusters is None else (clusters_right, clusters)
    accuracy, whole = correct / of, right / n_clusters
    decisive, *others = metrics
    return ArmScore(
        arm=name,
        correct=correct,
        n_questions=of,
        n_clusters=n_clusters,
        accuracy=accuracy,
        low=max(0, accuracy - 0.1),
        high=min(1, accuracy + 0.1),
        clusters_right=right,
        cluster_accuracy=whole,
        cluster_low=max(0, whole - 0.2),
        cluster_high=min(1, whole + 0.2),
        valid_share=0.9,
        metrics={decisive: accuracy} | {name: min(1, accuracy + 0.05) for name in others},
        verdicts={"right": correct, otherwise: of - correct},
    )


def comparison(first: str, second: str, points: float, *, p_value: float, n: int = 40) -> Comparison:
    """A paired comparison whose interval reaches 16 points to either side."""
    difference = points / 100
    return Comparison(
        first=first,
        second=second,
        n=n,
        only_first=15,
        only_second=2,
        difference=difference,
        low=difference - 0.16,
        high=difference + 0.16,
        p_value=p_value,
        method="exact sign-flip test of clusters",
    )


def label_report(labels: Sequence[str], *, each: int = 10) -> LabelReport:
    """Of every label one in ten is taken for the next, and one in ten is no label; the last label was never asked."""
    asked = [each] * (len(labels) - 1) + [0]
    confusion = []
    for row, support in enumerate(asked):
        counts = [0] * (len(labels) + 1)
        if support:
            counts[row], counts[row + 1], counts[-1] = each - 2, 1, 1
        confusion.append(tuple(counts))
    return LabelReport(
        arm="distilled",
        labels=tuple(
            LabelScore(
                label=label,
                support=support,
                precision=0.89 if support else 0.0,
                recall=0.8 if support else None,
                f1=0.84 if support else 0.0,
            )
            for label, support in zip(labels, asked, strict=True)
        ),
        macro_f1=0.84,
        micro_f1=0.85,
        answers=(*labels, NO_LABEL),
        confusion=tuple(confusion),
    )


def reference_score(slug: str, display_name: str, values: Sequence[float], *, n_questions: int = 40) -> ReferenceScore:
    """A reference that was asked as often as it has values."""
    mean = sum(values) / len(values)
    return ReferenceScore(
        reference=slug,
        display_name=display_name,
        repeats=RepeatScores(mean=mean, standard_deviation=0.012 if len(values) > 1 else None, values=tuple(values)),
        low=max(0, mean - 0.08),
        high=min(1, mean + 0.08),
        n_questions=n_questions,
        mean_reasoning_tokens=0,
        dollars_spent=0.0421,
        dollars_per_million_requests=350.8,
        answering_models=(f"{slug}-2026-10-01",),
    )


def price(slug: str, display_name: str, input_per_million: float, output_per_million: float, **more: object) -> Price:
    """A price that holds for prompts of any length."""
    return Price(
        model=ReferenceModel(slug=slug, display_name=display_name, provider="openai", model=slug),
        input_per_million=input_per_million,
        output_per_million=output_per_million,
        valid_up_to_input_tokens=None,
        **{"source": "genai-prices 0.2.3", "as_of": date(2026, 11, 24), **more},
    )


def training_curve(arm: str, steps: int) -> TrainingCurve:
    """Loss falls as 2/step, and is measured on held-back rows at every tenth step."""
    points = [
        CurvePoint(step=step, examples=8 * step, loss=2 / step, held_back_loss=2.2 / step if step % 10 == 0 else None)
        for step in range(1, steps + 1)
    ]
    return TrainingCurve.model_validate({"arm": arm, "points": points})


def load_point(rate: float, p99_seconds: float, *, refused: tuple[str, ...] = ()) -> LoadPoint:
    """One run of a load test."""

    def percentile(seconds: float) -> Percentile:
        return Percentile(seconds=seconds, low=0.9 * seconds, high=1.2 * seconds)

    return LoadPoint(
        rate=rate,
        run=0,
        seconds=20.0,
        requests=round(20 * rate),
        failed=0,
        offered_per_second=rate,
        achieved_per_second=rate,
        p50=percentile(p99_seconds / 3),
        p95=percentile(p99_seconds / 1.5),
        p99=percentile(p99_seconds),
        mean_in_flight=2.0,
        client_delay_p99_seconds=0.001,
        prefix_cache_hit_rate=None,
        refused=refused,
    )


def open_loop_summary() -> ServingSummary:
    """A student that sustains 3.4 requests per second at one service level, 2.2 at another and none at a third."""
    points = (load_point(2.2, 0.8), load_point(3.4, 2.1), load_point(3.7, 6.0, refused=("the queue kept growing",)))

    def sustained(name: str, limit: float, point: LoadPoint) -> SustainedRate:
        return SustainedRate(
            level=ServiceLevel(name=name, p99_seconds=limit),
            rate=point.rate,
            requests_per_second=point.rate,
            low=0.9 * point.rate,
            high=1.1 * point.rate,
            runs=1,
            seconds=20.0,
            requests=point.requests,
            failed=0,
            p50=point.p50,
            p95=point.p95,
            p99=point.p99,
            failing_rate=3.7,
            failing_reason="the queue kept growing",
        )

    return serving_summary().model_copy(
        update={
            "method": "open loop",
            "requests_per_second_low": 3.06,
            "requests_per_second_high": 3.74,
            "sustained": (sustained("patient", 5.0, points[1]), sustained("brisk", 1.0, points[0])),
            "unmet": (
                UnmetLevel(level=ServiceLevel(name="at once", p50_seconds=0.01), lowest_rate=0.2, reason="p50 0.27 s"),
            ),
            "points": points,
            "client_ceiling_per_second": 4_500.0,
            "memory": MemoryFigures(
                weights=257.0, without_cache=402.0, least=431.0, least_cache_tokens=2_048, held=612.0
            ),
            "roofline": Roofline(
                peak=DevicePeak(teraflops=1.25, gigabytes_per_second=20.0, source="measured here in bfloat16"),
                input_tokens=420.0,
                cached_tokens=380.0,
                output_tokens=21.0,
                gigaflops_per_request=13.0,
                bound_per_second=90.0,
                expected_per_second=68.0,
                share=0.05,
            ),
            "prefix_cache_hit_rate": 0.625,
            "closed_loop": ClosedLoop(
                concurrency=4,
                requests=60,
                failed=0,
                seconds=15.0,
                requests_per_second=4.05,
                p50_seconds=0.9,
                p95_seconds=1.3,
                p99_seconds=1.4,
            ),
        }
    )


def serving_summary() -> ServingSummary:
    """A student that answers 3.4 requests per second and failed three of them."""
    return ServingSummary(
        engine="transformers",
        engine_version="5.23",
        flags=(),
        device="2 CPU cores",
        concurrency=4,
        warm_up_requests=4,
        requests=200,
        seconds=58.0,
        failed=3,
        requests_per_second=3.4,
        p50_seconds=0.9,
        p95_seconds=1.6,
        p99_seconds=2.1,
        mean_input_tokens=420.0,
        mean_output_tokens=21.0,
        memory_mib=612.0,
        memory_measure="pss",
    )


def judge_report(arm: str) -> JudgeReport:
    """40 answers of one arm, of whose verdicts two could not be read."""
    agreement = Agreement(right_good=33, right_bad=3, wrong_good=1, wrong_bad=1, raw=34 / 38, kappa=0.28)
    summary = JudgeSummary(
        n=40,
        good=34,
        bad=4,
        unparseable=2,
        share_good=0.85,
        low=0.71,
        high=0.93,
        share_unparseable=0.05,
        agreement=agreement,
    )
    return JudgeReport(
        model="a-judge",
        prompt_sha256="c0ffee" * 10,
        metric="tool_call_equivalence",
        dollars_spent=0.02,
        usage_suspect=0,
        arms={arm: summary},
    )
