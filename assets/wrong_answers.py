"""The preview that assets with scores share: some of the answers that are wrong."""

import dagster as dg

from distil_dagster.artifacts import Artifact
from resources.artifacts import shown_table

SHOWN = 8


def wrong_answers(artifact: Artifact, arm: str, metric: str) -> dg.MetadataValue:
    """The first answers of an arm in `scores.parquet` that are wrong by the metric."""
    wrong = artifact.table("scores.parquet").query(f"arm == '{arm}' and {metric} < 1").head(SHOWN)
    return shown_table(
        [
            dg.TableRecord({"example": example, "verdict": verdict, "expected": target, "predicted": prediction})
            for example, verdict, target, prediction in zip(
                wrong["example_id"], wrong["verdict"], wrong["target"], wrong["prediction"], strict=True
            )
        ]
    )
