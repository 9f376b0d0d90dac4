"""Has a measurement come out worse than the one before it?"""

import dagster as dg

from distil_dagster.artifacts import Artifact, ArtifactStore, MissingArtifact, OutdatedArtifact
from distil_dagster.benchmark.statistics.verdict import SIGNIFICANT_BELOW
from distil_dagster.reports import wording
from distil_dagster.reports.score_difference import score_difference


def no_worse_than_before(store: ArtifactStore, scores: Artifact) -> dg.AssetCheckResult:
    """Fails if an arm answers significantly fewer of the same questions right than in the version before."""
    recipe = scores.manifest.recipe
    earlier = [
        version
        for version in store.versions(recipe.asset, recipe.partition)
        if version.manifest.created_at < scores.manifest.created_at
    ]
    if not earlier:
        return dg.AssetCheckResult(
            check_name="no_worse_than_before", passed=True, description="There is no version before this one."
        )
    try:
        difference = score_difference(store, earlier[-1], scores)
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
            "before": earlier[-1].manifest.fingerprint[:16],
            **{
                f"{arm.arm}_points": f"{wording.points(arm.difference)} ({wording.span(arm.low, arm.high)}), "
                f"{wording.p_value(arm.p_value)}"
                for arm in difference.arms
            },
        },
    )
