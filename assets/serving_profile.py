"""`serving_profile`: how many requests a second the student answers on this device, and how fast."""

import dagster as dg

from assets.columns import described_table
from assets.partitions import by_task_and_student
from assets.regressions import no_slower_than_before
from distil_dagster.artifacts import Artifact, Workspace
from distil_dagster.machines.settings import Device
from distil_dagster.profile import load_profile
from distil_dagster.reports.sparklines import markdown_image, rate_latency_svg
from distil_dagster.serving.load.traffic import RequestRow
from distil_dagster.serving.summary import ServingSummary
from resources import Artifacts, Launcher, ProfileResource
from resources.artifacts import partition_of


@dg.asset(
    partitions_def=by_task_and_student,
    group_name="benchmark",
    deps=["seed_set", "synthetic_corpus", load_profile().served_model, "parity"],
    kinds={"parquet", "openai"},
    metadata=described_table("requests.parquet", RequestRow),
    pool="gpu",
    code_version="2",
    check_specs=[
        dg.AssetCheckSpec(
            "below_the_roofline",
            asset="serving_profile",
            partitions_def=by_task_and_student,
            description="The rate is none that the device can't reach with requests of this length.",
        ),
        dg.AssetCheckSpec(
            "no_slower_than_before",
            asset="serving_profile",
            partitions_def=by_task_and_student,
            description="The rate is no lower than when it was last measured, by more than its interval.",
        ),
    ],
)
def serving_profile(
    context: dg.AssetExecutionContext, artifacts: Artifacts, profile: ProfileResource, launcher: Launcher
) -> dg.MaterializeResult:
    """The rate sustained at each service level under Poisson arrivals, the rate-latency curve, and every request."""
    partition = partition_of(context)
    seeds = artifacts.current("seed_set", task=partition["task"])
    corpus = artifacts.current("synthetic_corpus", task=partition["task"])
    served = artifacts.current(profile.load().served_model, **partition)
    merged = artifacts.store.input_of(served, "merged_model")
    settings = profile.load().serving
    device = profile.load().device

    def produce(workspace: Workspace) -> dict[str, int]:
        arguments = (
            *("--model", served.local()),
            *("--task-folder", seeds.local() / "folder"),
            *("--rows", corpus.local() / "rows.parquet"),
            *("--settings", settings.model_dump_json()),
            *("--device", device.model_dump_json(include=set(Device.model_fields))),
            *(("--peak", device.peak.model_dump_json()) if device.peak else ()),
            *("--output", workspace.draft),
        )
        launcher.run(context, "distil_dagster.serving.profile_server", arguments)
        summary = ServingSummary.model_validate_json((workspace.draft / "summary.json").read_text())
        return {"requests": summary.requests, "failed": summary.failed}

    return artifacts.materialize(
        context,
        inputs=[seeds, corpus, *([merged] if merged else []), served],
        parameters={
            "serving": settings.model_dump(mode="json"),
            "device": device.model_dump(mode="json", include={"name", "kind", "peak"}),
        },
        produce=produce,
        describe=_describe,
        check=lambda artifact: [
            _below_the_roofline(artifact.summary(ServingSummary)),
            no_slower_than_before(artifacts.store, artifact),
        ],
    )


def _below_the_roofline(summary: ServingSummary) -> dg.AssetCheckResult:
    roofline = summary.roofline
    if roofline is None:
        return dg.AssetCheckResult(
            check_name="below_the_roofline", passed=True, description="The model's shape is not known."
        )
    return dg.AssetCheckResult(
        check_name="below_the_roofline",
        passed=summary.requests_per_second <= roofline.bound_per_second,
        severity=dg.AssetCheckSeverity.ERROR,
        description=f"{summary.requests_per_second:.3g} requests/s are {roofline.share:.1%} of what could be expected; "
        f"the device can't do more than {roofline.bound_per_second:.3g}.",
        metadata={
            "device": f"{roofline.peak.teraflops:.3g} TFLOP/s, {roofline.peak.gigabytes_per_second:.3g} GB/s, "
            f"{roofline.peak.source}",
            "gigaflops_per_request": roofline.gigaflops_per_request,
            "cached_input_tokens": roofline.cached_tokens,
        },
    )


def _describe(artifact: Artifact) -> dict[str, dg.MetadataValue]:
    summary = artifact.summary(ServingSummary)
    shown: dict[str, dg.MetadataValue] = {
        "requests_per_second": dg.MetadataValue.float(summary.requests_per_second),
        "p50_seconds": dg.MetadataValue.float(summary.p50_seconds),
        "p95_seconds": dg.MetadataValue.float(summary.p95_seconds),
        "p99_seconds": dg.MetadataValue.float(summary.p99_seconds),
        "memory_mib": dg.MetadataValue.float(summary.memory_mib),
        **_needs(summary),
        "method": dg.MetadataValue.text(summary.described),
        "engine": dg.MetadataValue.text(f"{summary.engine} {summary.engine_version}"),
    }
    if not summary.sustained:
        return shown
    curve = rate_latency_svg(summary.points, summary.sustained[0].level.limits)
    return {
        **shown,
        "requests_per_second_interval": dg.MetadataValue.text(
            f"{summary.requests_per_second_low:.3g} to {summary.requests_per_second_high:.3g}"
        ),
        "rate_latency_curve": dg.MetadataValue.md(markdown_image("Latency over the offered rate", curve)),
        "sustained_rates": dg.MetadataValue.table(_rates(summary)),
        "runs": dg.MetadataValue.table(
            [
                dg.TableRecord(
                    {
                        "rate": round(point.rate, 3),
                        "run": point.run + 1,
                        "requests": point.requests,
                        "p50": point.p50.written,
                        "p95": point.p95.written,
                        "p99": point.p99.written,
                        "refused": "; ".join(point.refused),
                    }
                )
                for point in summary.points
            ]
        ),
        "client_ceiling_per_second": dg.MetadataValue.float(summary.client_ceiling_per_second or 0.0),
        "prefix_cache_hit_rate": dg.MetadataValue.text(
            "the engine does not report it"
            if summary.prefix_cache_hit_rate is None
            else f"{summary.prefix_cache_hit_rate:.1%}"
        ),
        "token_histograms": dg.MetadataValue.json(
            summary.model_dump(mode="json", include={"input_tokens", "output_tokens"})
        ),
        "environment": dg.MetadataValue.json(summary.environment),
    }


def _needs(summary: ServingSummary) -> dict[str, dg.MetadataValue]:
    memory, roofline = summary.memory, summary.roofline
    shown: dict[str, dg.MetadataValue] = {}
    if memory is not None:
        figures = {
            "weights as loaded": memory.weights,
            "peak without the cache": memory.without_cache,
            f"least that holds the rate, with a cache of {memory.least_cache_tokens:,} tokens": memory.least,
            "held in the load test": memory.held,
        }
        shown["memory"] = dg.MetadataValue.table(
            [
                dg.TableRecord({"memory": name, "mib": "none" if mib is None else f"{mib:,.0f}"})
                for name, mib in figures.items()
            ]
        )
        if memory.least_failure:
            shown["least_memory_failed"] = dg.MetadataValue.text(memory.least_failure)
        if memory.joules_per_request is not None:
            shown["joules_per_request"] = dg.MetadataValue.float(memory.joules_per_request)
    if roofline is not None:
        shown["roofline_share"] = dg.MetadataValue.float(roofline.share)
    return shown


def _rates(summary: ServingSummary) -> list[dg.TableRecord]:
    rates: list[dict[str, str | float]] = [
        {"promise": rate.level.promise, "requests_per_second": round(rate.requests_per_second, 3), "note": rate.written}
        for rate in summary.sustained
    ]
    rates += [
        {"promise": level.level.promise, "requests_per_second": 0.0, "note": level.reason} for level in summary.unmet
    ]
    if closed := summary.closed_loop:
        note = f"not a promise: {closed.concurrency} clients that each wait for their answer"
        rates.append({"promise": "none (closed loop)", "requests_per_second": closed.requests_per_second, "note": note})
    return [dg.TableRecord(rate) for rate in rates]
