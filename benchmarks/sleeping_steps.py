"""The code location of the project with sleep in place of what its steps do, for `benchmarks/orchestration.py`.

Assets, jobs, pools and executor are those of `distil_dagster.definitions`. A step opens its inputs and publishes an
artifact with its manifest, as any does; between the two it sleeps, and writes one small file. Its checks pass, and it
has none of the metadata that is read off what it would have made. Seeds and prices are real, since others read them.
"""

import json
import os
import time
from collections.abc import Mapping, Sequence

import dagster as dg

from distil_dagster import definitions
from distil_dagster.artifacts import Artifact, Workspace
from resources import Artifacts
from resources.artifacts import Checks, Describe, Produce

SLEEP_SECONDS = "DISTIL_SLEEP_SECONDS"
"""The environment variable with the seconds that a step sleeps."""
REAL = frozenset({"seed_set", "price_book"})


class SleepingArtifacts(Artifacts):
    """Publishes what an asset slept in place of what it makes."""

    seconds: float

    def materialize(
        self,
        context: dg.AssetExecutionContext,
        *,
        inputs: Sequence[Artifact],
        parameters: Mapping[str, object],
        produce: Produce,
        describe: Describe,
        check: Checks | None = None,
    ) -> dg.MaterializeResult[None]:
        if context.asset_key.to_user_string() in REAL:
            return super().materialize(
                context, inputs=inputs, parameters=parameters, produce=produce, describe=describe, check=check
            )

        def sleep(workspace: Workspace) -> dict[str, int]:
            time.sleep(self.seconds)
            slept = {"run": context.run.run_id, "seconds": self.seconds}
            (workspace.draft / "slept.json").write_text(json.dumps(slept))
            return {}

        checks = [dg.AssetCheckResult(check_name=spec.name, passed=True) for spec in context.assets_def.check_specs]
        return super().materialize(
            context,
            inputs=inputs,
            parameters=parameters,
            produce=sleep,
            describe=lambda _: {},
            check=lambda _: checks,
        )


@dg.definitions
def location() -> dg.Definitions:
    real = definitions.defs()
    return dg.Definitions(
        assets=real.assets,
        jobs=real.jobs,
        resources={
            **(real.resources or {}),
            "artifacts": SleepingArtifacts(seconds=float(os.environ[SLEEP_SECONDS])),
        },
        loggers=real.loggers,
        executor=real.executor,
    )
