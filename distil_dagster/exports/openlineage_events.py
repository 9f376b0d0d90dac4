"""The lineage of a score as OpenLineage events, for a catalogue such as Marquez or DataHub.

One event of type COMPLETE per artifact (https://openlineage.io/docs/spec/object-model): the job is the asset of one
partition, the run is the making of this version, its output is the artifact, its inputs are the artifacts that the
manifest names. The objects are those of `openlineage-python`, which checks and serialises them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from distil_dagster import __version__
from distil_dagster.artifacts import Artifact, InputRecord, LineageStep
from distil_dagster.exports.extras import require
from distil_dagster.reports.lineage import flat

if TYPE_CHECKING:
    from openlineage.client.event_v2 import InputDataset, OutputDataset, Run, RunEvent

NAMESPACE = "OPENLINEAGE_NAMESPACE"
"""The environment variable that OpenLineage's integrations read; `distil_dagster` if it isn't set."""
API_KEY = "OPENLINEAGE_API_KEY"
PRODUCER = f"urn:distil_dagster:{__version__}"
TABLE_SUFFIX = ".parquet"


def lineage_events(steps: Sequence[LineageStep], *, namespace: str) -> list[RunEvent]:
    """An event per artifact, what others were made from first.

    The same artifact always gives the same event, so that one sent twice is known to be the same run.

    Args:
        steps: as `trace` returns them.
        namespace: of all jobs and datasets.

    Raises:
        MissingExtra: saying what to install.
    """
    require("openlineage.client", "lineage")
    return [_event(step.artifact, namespace) for step in reversed(steps)]


def export_lineage(steps: Sequence[LineageStep], target: str) -> str:
    """Write the events to a file, one JSON object a line, or send them to a server; returns what was done, in words.

    Args:
        steps: as `trace` returns them.
        target: a file, which is replaced, or the address of an OpenLineage API, without `/api/v1/lineage`. The key in
            the environment variable `OPENLINEAGE_API_KEY` goes with each event, if there is one.

    Raises:
        MissingExtra: saying what to install.
        OSError: if the file can't be written.
        RuntimeError: if the server didn't take an event; those before it were sent, and may be sent again.
    """
    events = lineage_events(steps, namespace=os.environ.get(NAMESPACE) or "distil_dagster")
    if target.startswith(("http://", "https://")):
        _send(events, target)
        return f"{len(events)} OpenLineage events sent to {target}"
    from openlineage.client.serde import Serde

    Path(target).write_text("".join(Serde.to_json(event) + "\n" for event in events), encoding="utf-8")
    return f"{len(events)} OpenLineage events written to {target}"


def _event(artifact: Artifact, namespace: str) -> RunEvent:
    from openlineage.client.event_v2 import Job, RunEvent, RunState
    from openlineage.client.facet_v2 import job_type_job

    manifest = artifact.manifest
    return RunEvent(
        eventTime=manifest.created_at.isoformat(),
        eventType=RunState.COMPLETE,
        producer=PRODUCER,
        run=_run(artifact),
        job=Job(
            namespace=namespace,
            name=_name(artifact.as_input),
            facets={
                "jobType": job_type_job.JobTypeJobFacet(
                    processingType="BATCH", integration="DAGSTER", jobType="ASSET", producer=PRODUCER
                )
            },
        ),
        inputs=[_input(record, namespace) for record in manifest.recipe.inputs],
        outputs=[_output(artifact, namespace)],
    )


def _name(record: InputRecord) -> str:
    """As the store lays artifacts out: `lora_adapter/smollm2-135m/smart_home`."""
    return "/".join([record.asset, *(record.partition[dimension] for dimension in sorted(record.partition))])


def _run(artifact: Artifact) -> Run:
    from openlineage.client.event_v2 import Run
    from openlineage.client.facet_v2 import execution_parameters_run, tags_run
    from openlineage.client.uuid import generate_static_uuid

    manifest = artifact.manifest
    tags = {
        "fingerprint": manifest.fingerprint,
        "code_version": manifest.recipe.code_version,
        "dagster_run": manifest.run_id,
        **({"seconds": f"{manifest.seconds:.3f}"} if manifest.seconds is not None else {}),
        **manifest.environment,
        **{f"count.{name}": str(count) for name, count in manifest.counts.items()},
    }
    facets: dict[str, Any] = {
        "executionParameters": execution_parameters_run.ExecutionParametersRunFacet(
            parameters=[
                execution_parameters_run.ExecutionParameter(key=key, value=value)
                for key, value in flat(manifest.recipe.parameters, longest=None).items()
            ],
            producer=PRODUCER,
        ),
        "tags": tags_run.TagsRunFacet(
            tags=[
                tags_run.TagsRunFacetFields(key=key, value=value, source="distil_dagster")
                for key, value in tags.items()
            ],
            producer=PRODUCER,
        ),
    }
    run_id = generate_static_uuid(manifest.created_at, manifest.fingerprint.encode())
    return Run(runId=str(run_id), facets=facets)


def _input(record: InputRecord, namespace: str) -> InputDataset:
    from openlineage.client.event_v2 import InputDataset

    return InputDataset(namespace=namespace, name=_name(record), facets={"version": _version(record)})


def _output(artifact: Artifact, namespace: str) -> OutputDataset:
    from openlineage.client.event_v2 import OutputDataset
    from openlineage.client.facet_v2 import datasource_dataset, output_statistics_output_dataset, schema_dataset

    files = artifact.manifest.files
    tables = {file.path: _footer(artifact, file.path) for file in files if file.path.endswith(TABLE_SUFFIX)}
    facets: dict[str, Any] = {
        "version": _version(artifact.as_input),
        "dataSource": datasource_dataset.DatasourceDatasetFacet(
            name=namespace, uri=artifact.path.as_uri(), producer=PRODUCER
        ),
    }
    if tables:
        facets["schema"] = schema_dataset.SchemaDatasetFacet(
            fields=[
                schema_dataset.SchemaDatasetFacetFields(name=path, type="table", fields=list(_columns(footer)))
                for path, footer in tables.items()
            ],
            producer=PRODUCER,
        )
    statistics = output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(
        rowCount=sum(footer.num_rows for footer in tables.values()) if tables else None,
        size=sum(file.bytes for file in files),
        fileCount=len(files),
        producer=PRODUCER,
    )
    return OutputDataset(
        namespace=namespace,
        name=_name(artifact.as_input),
        facets=facets,
        outputFacets={"outputStatistics": statistics},
    )


def _version(record: InputRecord) -> Any:
    from openlineage.client.facet_v2 import dataset_version_dataset

    return dataset_version_dataset.DatasetVersionDatasetFacet(datasetVersion=record.fingerprint, producer=PRODUCER)


def _footer(artifact: Artifact, path: str) -> Any:
    """Columns and number of rows, without reading the rows."""
    import pyarrow.parquet as pq

    with (artifact.path / path).open("rb") as file:
        return pq.ParquetFile(file).metadata


def _columns(footer: Any) -> Iterator[Any]:
    from openlineage.client.facet_v2 import schema_dataset

    for position, field in enumerate(footer.schema.to_arrow_schema(), start=1):
        yield schema_dataset.SchemaDatasetFacetFields(name=field.name, type=str(field.type), ordinal_position=position)


def _send(events: Sequence[RunEvent], url: str) -> None:
    # Straight to the server: OpenLineageClient drops events, or adds to them, as files and variables around it say.
    from openlineage.client.transport.http import HttpConfig, HttpTransport

    key = os.environ.get(API_KEY)
    auth = {"auth": {"type": "api_key", "apiKey": key}} if key else {}
    transport = HttpTransport(HttpConfig.from_dict({"url": url, **auth}))
    for number, event in enumerate(events, start=1):
        try:
            transport.emit(event)
        except OSError as error:  # what requests raises
            raise RuntimeError(f"{url} didn't take event {number} of {len(events)}: {error}") from error
