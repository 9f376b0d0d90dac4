"""The artifact store as a resource, and the one way in which an asset becomes an artifact.

`materialize` writes the draft, publishes it with its manifest, and tells Dagster the fingerprint as data version.
A run that carries the tag `distil/reuse` takes what was made before by the very same recipe: this is how a run
that was killed goes on where it stopped. Without the tag (the Materialize button) everything is made anew.
"""

import time
from collections.abc import Callable, Mapping, Sequence

import dagster as dg

from distil_dagster.artifacts import Artifact, ArtifactStore, MissingArtifact, Recipe, Workspace
from distil_dagster.artifacts.manifest import Partition, partition_key
from distil_dagster.home import Home
from resources.worker import worker_logs

REUSE_TAG = "distil/reuse"
KEY_DIGITS = 16

Produce = Callable[[Workspace], Mapping[str, int]]
Describe = Callable[[Artifact], Mapping[str, dg.MetadataValue | str | int | float]]
Checks = Callable[[Artifact], Sequence[dg.AssetCheckResult]]


class Artifacts(dg.ConfigurableResource["Artifacts"]):
    """Reads and publishes artifacts under DISTIL_HOME."""

    @property
    def folder(self) -> Home:
        """The user's folder."""
        return Home.from_environment()

    @property
    def store(self) -> ArtifactStore:
        """The store itself."""
        return self.folder.store

    def current(self, asset: str, **partition: str) -> Artifact:
        """The version in force of one partition. Raises MissingArtifact, saying what to materialise."""
        return self.store.current(asset, partition)

    def input_of(self, artifact: Artifact, asset: str) -> Artifact:
        """The version of another asset that an artifact was made from, which it must have. Raises MissingArtifact."""
        found = self.store.input_of(artifact, asset)
        if found is None:
            raise MissingArtifact(f"{artifact.manifest.label} was made without {asset}")
        return found

    def keep(
        self,
        context: dg.AssetExecutionContext,
        asset: str,
        key: str,
        *,
        inputs: Sequence[Artifact],
        parameters: Mapping[str, object],
        code_version: str,
        produce: Produce,
    ) -> Artifact:
        """What an asset needs on its way and never makes twice: an artifact of its own, found by a key.

        It lies beside those of the partition, with the first digits of the key as one dimension more than Dagster
        allows, and is no asset there. A run that is killed goes on with it; any later run takes it as it is.

        Args:
            context: the step at work; names the partition.
            asset: what the store calls it.
            key: a hash of all that decides its content. What was made under the same key is taken, whatever versions
                of its inputs it was made from.
            inputs: the artifacts it is made from, should it be made now.
            parameters: what its manifest says besides.
            code_version: of the code that makes it.
            produce: writes the files into the workspace's draft and returns counts of rows.
        """
        store, partition = self.store, {**partition_of(context), "key": key[:KEY_DIGITS]}
        if made := store.versions(asset, partition):
            return made[-1]
        recipe = Recipe(
            asset=asset,
            partition=partition,
            inputs=tuple(artifact.as_input for artifact in inputs),
            parameters={**parameters, "key": key},
            code_version=code_version,
        )
        return self._made(recipe, produce, run_id=context.run.run_id)

    def kept(self, artifact: Artifact, asset: str, key: str) -> Artifact:
        """The artifact kept under this key that another was made from. Raises MissingArtifact."""
        for record in artifact.manifest.recipe.inputs:
            if record.asset == asset and record.partition["key"] == key[:KEY_DIGITS]:
                return self.store.open(record)
        raise MissingArtifact(f"{artifact.manifest.label} was made without the {asset} {key[:KEY_DIGITS]}")

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
        """Make the asset's artifact and report it.

        Args:
            context: the step at work; names the asset, its partition and its code version.
            inputs: the artifacts it is made from.
            parameters: whatever else decides the result, as plain JSON values.
            produce: writes the files into the workspace's draft and returns counts of rows.
            describe: what a person wants to see first, as Dagster metadata.
            check: the verdicts of the asset's checks, read off the finished artifact.
        """
        store = self.store
        asset = context.asset_key.to_user_string()
        recipe = Recipe(
            asset=asset,
            partition=partition_of(context),
            inputs=tuple(artifact.as_input for artifact in inputs),
            parameters=dict(parameters),
            code_version=context.assets_def.get_asset_spec(context.asset_key).code_version or "",
        )
        artifact = store.made_by(recipe) if context.run.tags.get(REUSE_TAG) else None
        if artifact is not None:
            store.adopt(artifact)
            context.log.info(f"taken as made before ({artifact.manifest.fingerprint[:16]})")
        else:
            artifact = self._made(recipe, produce, run_id=context.run.run_id)
            counts = artifact.manifest.counts
            counted = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in counts.items())
            context.log.info(f"made {artifact.manifest.fingerprint[:16]}" + (f": {counted}" if counted else ""))
        return dg.MaterializeResult(
            metadata={**describe(artifact), **_provenance(artifact), **_logs(context)},
            data_version=dg.DataVersion(artifact.manifest.fingerprint),
            check_results=list(check(artifact)) if check else [],
        )

    def _made(self, recipe: Recipe, produce: Produce, *, run_id: str) -> Artifact:
        with self.store.workspace(recipe) as workspace:
            started = time.perf_counter()
            counts = produce(workspace)
            seconds = time.perf_counter() - started
            return self.store.publish(recipe, workspace, counts, run_id=run_id, seconds=seconds)


def shown_table(records: Sequence[dg.TableRecord]) -> dg.MetadataValue:
    """The records as a table; Dagster has no table without rows, so that none is said in a word."""
    return dg.MetadataValue.table(list(records)) if records else dg.MetadataValue.text("none")


def partition_of(context: dg.AssetExecutionContext) -> Partition:
    """The step's partition as dimension to key; the single dimension of this project is `task`.

    An asset without partitions has none, also in a run of a partition that it shares with others.
    """
    if context.assets_def.partitions_def is None:
        return {}
    key = context.partition_key
    return dict(key.keys_by_dimension) if isinstance(key, dg.MultiPartitionKey) else {"task": key}


def _logs(context: dg.AssetExecutionContext) -> dict[str, dg.MetadataValue]:
    """Where the whole output of each worker is; none of them ran if the artifact was made before."""
    return {f"log_of_{path.stem.rpartition('-')[2]}": dg.MetadataValue.path(path) for path in worker_logs(context)}


def _provenance(artifact: Artifact) -> dict[str, dg.MetadataValue]:
    records = [
        dg.TableRecord(
            {
                "input": record.asset,
                "partition": partition_key(record.partition),
                "fingerprint": record.fingerprint[:16],
            }
        )
        for record in artifact.manifest.recipe.inputs
    ]
    shown: dict[str, dg.MetadataValue] = {
        "fingerprint": dg.MetadataValue.text(artifact.manifest.fingerprint[:16]),
        "path": dg.MetadataValue.path(str(artifact.path)),
        **{name: dg.MetadataValue.int(count) for name, count in artifact.manifest.counts.items()},
    }
    if records:
        shown["made_from"] = dg.MetadataValue.table(records)
    return shown
