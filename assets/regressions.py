"""Has a measurement come out worse than the one before it?"""

import dagster as dg

from distil_dagster.artifacts import Artifact, ArtifactStore, MissingArtifact, OutdatedArtifact
from distil_dagster.benchmark.statistics.verdict import SIGNIFICANT_BELOW
from distil_dagster.reports import wording
from distil_dagster.reports.costs import read_cost_rows
from distil_dagster.reports.score_difference import score_difference
from distil_dagster.serving.summary import ServingSummary

DEARER = 1.1
"""Prices move by a few per cent without anybody minding."""


def no_worse_than_before(store: ArtifactStore, scores: Artifact) -> dg.AssetCheckResult:
    """Fails if an arm answers significantly fewer of the same questions right than in the version before."""
    before = _version_before(store, scores)
    if before is None:
        return _nothing_before("no_worse_than_before")
    try:
        difference = score_difference(store, before, scores)
    except (MissingArtifact, OutdatedArtifact, ValueError) as error:
        return dg.AssetCheckResult(
            check_name="no_worse_than_before",
            passed=True,
            description=f"Can't be compared with the one before: {error}.",
        )
    worse = [arm for arm in difference.arms if arm.difference < 0 and arm.p_value < SIGNIFICANT_BELOW]
    return dg.AssetCheckResult(
        check_name="no_worse_than_before",
        passed=not worse,
        severity=dg.AssetCheckSeverity.ERROR,
        description="; ".join(
            f"{arm.arm} lost {arm.lost} and gained {arm.gained} of {arm.n} questions" for arm in worse
        ),
        metadata={
            "before": before.manifest.fingerprint[:16],
            **{
                f"{arm.arm}_points": f"{wording.points(arm.difference)} ({wording.span(arm.low, arm.high)}), "
                f"{wording.p_value(arm.p_value)}"
                for arm in difference.arms
            },
        },
    )


def no_slower_than_before(store: ArtifactStore, profile: Artifact) -> dg.AssetCheckResult:
    """Fails if the sustained rate is lower than in the version before, and the two 95 % intervals are apart."""
    before = _version_before(store, profile)
    if before is None:
        return _nothing_before("no_slower_than_before")
    new, old = profile.summary(ServingSummary), before.summary(ServingSummary)
    if new.interval is None or old.interval is None or new.described != old.described:
        return dg.AssetCheckResult(
            check_name="no_slower_than_before",
            passed=True,
            description=f"Can't be compared with the one before, which was measured by {old.described}.",
        )
    return dg.AssetCheckResult(
        check_name="no_slower_than_before",
        passed=new.interval[1] >= old.interval[0],
        severity=dg.AssetCheckSeverity.ERROR,
        description=f"{wording.rate(new.requests_per_second)} requests/s ({wording.rate_interval(new)}), "
        f"before {wording.rate(old.requests_per_second)} ({wording.rate_interval(old)})",
        metadata={"before": before.manifest.fingerprint[:16]},
    )


def no_dearer_than_before(store: ArtifactStore, costs: Artifact) -> dg.AssetCheckResult:
    """Fails if a contender costs over a tenth more than in the version before, at the same utilisation."""
    before = _version_before(store, costs)
    if before is None:
        return _nothing_before("no_dearer_than_before")
    old = {(row.contender, row.utilisation): row.dollars_per_million for row in read_cost_rows(before)}
    risen = [
        f"{row.contender} from ${known:,.2f} to ${row.dollars_per_million:,.2f}"
        for row in read_cost_rows(costs)
        if (known := old.get((row.contender, row.utilisation))) and row.dollars_per_million > DEARER * known
    ]
    return dg.AssetCheckResult(
        check_name="no_dearer_than_before",
        passed=not risen,
        severity=dg.AssetCheckSeverity.ERROR,
        description="; ".join(risen),
        metadata={"before": before.manifest.fingerprint[:16]},
    )


def _version_before(store: ArtifactStore, artifact: Artifact) -> Artifact | None:
    """The last one by the same code: what other code wrote may mean something else."""
    recipe = artifact.manifest.recipe
    earlier = [
        version
        for version in store.versions(recipe.asset, recipe.partition)
        if version.manifest.created_at < artifact.manifest.created_at
        and version.manifest.recipe.code_version == recipe.code_version
    ]
    return earlier[-1] if earlier else None


def _nothing_before(check: str) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(check_name=check, passed=True, description="There is no version before this one.")
