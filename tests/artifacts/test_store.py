"""The artifact store: what is published stays as it was, and appears whole or not at all."""

from __future__ import annotations

import hashlib
import os
import random
import subprocess
import sys
import textwrap
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest
from pydantic import BaseModel
from upath import UPath

from distil_dagster.artifacts import Artifact, ArtifactStore, InputRecord, MissingArtifact, OutdatedArtifact, Recipe
from distil_dagster.artifacts.store import _move as move_into_place

Make = Callable[..., Artifact]

CHECKOUT = Path(__file__).parents[2]
RECIPE = Recipe(asset="corpus", partition={"task": "home"}, inputs=(), parameters={}, code_version="1")
HOME = {"task": "home"}

WORKER = """
import os, sys
from distil_dagster.artifacts import ArtifactStore, Recipe

store = ArtifactStore(sys.argv[1], scratch=__import__("pathlib").Path(sys.argv[1]))


def publish(parameters, files):
    recipe = Recipe(asset="corpus", partition={"task": "home"}, inputs=(), parameters=parameters, code_version="1")
    with store.workspace(recipe) as workspace:
        for name, text in files.items():
            (workspace.draft / name).write_text(text)
        return store.publish(recipe, workspace, {}, run_id="run")

"""


@contextmanager
def worker(home: Path, code: str) -> Iterator[subprocess.Popen[str]]:
    """A process that runs the code beside `publish`; it is killed at the end.

    It has no git on its PATH, to be quick.
    """
    process = subprocess.Popen(
        [sys.executable, "-c", WORKER + textwrap.dedent(code), str(home)],
        env={**os.environ, "PYTHONPATH": str(CHECKOUT), "PATH": ""},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def line_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def assert_whole(artifact: Artifact) -> None:
    """Every file of the manifest is there with the bytes it names, and no other file is."""
    folder = artifact.local()
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - {"manifest.json"}
    assert names == {record.path for record in artifact.manifest.files}
    for record in artifact.manifest.files:
        content = (folder / record.path).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (record.bytes, record.sha256)


class TestPublishing:
    def test_a_published_artifact_is_the_one_in_force(self, store: ArtifactStore, make: Make) -> None:
        made = make(store, "corpus", partition=HOME, files={"a.txt": "one", "deep/b.txt": "two"})
        current = store.current("corpus", HOME)
        assert current.manifest == made.manifest
        assert (current.local() / "deep" / "b.txt").read_text() == "two"
        assert [record.path for record in current.manifest.files] == ["a.txt", "deep/b.txt"]
        assert_whole(current)

    def test_the_manifest_says_how_it_came_about(self, store: ArtifactStore, make: Make) -> None:
        seeds = make(store, "seed_set", partition=HOME)
        corpus = make(store, "corpus", partition=HOME, inputs=[seeds], parameters={"count": 5})
        manifest = corpus.manifest
        assert manifest.recipe.inputs == (
            InputRecord(asset="seed_set", partition=HOME, fingerprint=seeds.manifest.fingerprint),
        )
        assert (manifest.recipe.parameters, manifest.recipe.code_version, manifest.run_id) == ({"count": 5}, "1", "run")
        assert manifest.counts == {"files": 1}
        assert manifest.created_at.tzinfo is not None
        assert manifest.environment["python"]

    def test_the_label_is_written_as_dagster_writes_it(self, store: ArtifactStore, make: Make) -> None:
        both = make(store, "lora_adapter", partition={"task": "home", "student": "small"})
        assert both.manifest.label == "lora_adapter[small|home]"
        assert make(store, "price_book").manifest.label == "price_book"

    def test_a_later_version_comes_into_force_and_the_earlier_one_stays(self, store: ArtifactStore, make: Make) -> None:
        first = make(store, "corpus", partition=HOME, files={"a.txt": "one"})
        second = make(store, "corpus", partition=HOME, files={"a.txt": "two"})
        assert store.current("corpus", HOME).manifest == second.manifest
        assert store.open(first.as_input).manifest == first.manifest
        assert [version.manifest for version in store.versions("corpus", HOME)] == [first.manifest, second.manifest]
        assert_whole(first)
        assert_whole(second)

    def test_an_earlier_version_can_be_brought_into_force_again(self, store: ArtifactStore, make: Make) -> None:
        first = make(store, "corpus", partition=HOME, files={"a.txt": "one"})
        make(store, "corpus", partition=HOME, files={"a.txt": "two"})
        store.adopt(first)
        assert store.current("corpus", HOME).manifest == first.manifest

    def test_the_same_content_twice_is_one_version(self, store: ArtifactStore, make: Make) -> None:
        first = make(store, "corpus", partition=HOME, files={"a.txt": "one"})
        make(store, "corpus", partition=HOME, files={"a.txt": "two"})
        again = make(store, "corpus", partition=HOME, files={"a.txt": "one"})
        assert again.manifest == first.manifest
        assert len(store.versions("corpus", HOME)) == 2
        assert store.current("corpus", HOME).manifest == first.manifest

    @pytest.mark.parametrize(
        "change",
        [
            {"parameters": {"count": 6}},
            {"files": {"a.txt": "other"}},
            {"files": {"b.txt": "one"}},
            {"partition": {"task": "office"}},
            {"asset": "other"},
        ],
    )
    def test_any_change_gives_another_fingerprint(
        self, store: ArtifactStore, make: Make, change: dict[str, object]
    ) -> None:
        same = {"asset": "corpus", "partition": HOME, "files": {"a.txt": "one"}, "parameters": {"count": 5}}
        first = make(store, **same)
        assert make(store, **same).manifest.fingerprint == first.manifest.fingerprint
        assert make(store, **{**same, **change}).manifest.fingerprint != first.manifest.fingerprint

    def test_other_inputs_give_another_fingerprint(self, store: ArtifactStore, make: Make) -> None:
        seeds = [make(store, "seed_set", files={"a.txt": text}) for text in ("one", "two")]
        first, second = (make(store, "corpus", inputs=[seed]) for seed in seeds)
        assert first.manifest.fingerprint != second.manifest.fingerprint

    def test_partitions_do_not_see_each_other(self, store: ArtifactStore, make: Make) -> None:
        home = make(store, "corpus", partition={"task": "home"}, files={"a.txt": "one"})
        office = make(store, "corpus", partition={"task": "office"}, files={"a.txt": "two"})
        assert store.current("corpus", {"task": "home"}).manifest == home.manifest
        assert store.current("corpus", {"task": "office"}).manifest == office.manifest
        everywhere = [{"task": name} for name in ("office", "garden", "home")]
        assert [found.manifest for found in store.current_of_all("corpus", everywhere)] == [
            office.manifest,
            home.manifest,
        ]

    def test_an_artifact_may_have_no_files(self, store: ArtifactStore) -> None:
        with store.workspace(RECIPE) as workspace:
            artifact = store.publish(RECIPE, workspace, {}, run_id="run")
        assert store.current("corpus", HOME).manifest == artifact.manifest
        assert artifact.manifest.files == ()

    def test_the_time_that_it_took_is_recorded_and_is_no_part_of_what_it_is(self, store: ArtifactStore) -> None:
        artifacts = []
        for seconds in (1.5, None):
            with store.workspace(RECIPE) as workspace:
                artifacts.append(store.publish(RECIPE, workspace, {}, run_id="run", seconds=seconds))
        # The second one has the same content, so that the first one stays as it is.
        assert [artifact.manifest.seconds for artifact in artifacts] == [1.5, 1.5]
        assert artifacts[0].manifest.fingerprint == artifacts[1].manifest.fingerprint

    def test_a_machine_without_git_publishes_too(
        self, store: ArtifactStore, make: Make, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from distil_dagster.artifacts import store as module

        monkeypatch.setenv("PATH", "")
        module._environment.cache_clear()
        try:
            assert "commit" not in make(store, "corpus").manifest.environment
        finally:
            module._environment.cache_clear()


class TestMadeBy:
    def test_it_finds_the_latest_version_of_exactly_this_recipe(self, store: ArtifactStore, make: Make) -> None:
        make(store, "corpus", parameters={"count": 5}, files={"a.txt": "one"})
        latest = make(store, "corpus", parameters={"count": 5}, files={"a.txt": "two"})
        make(store, "corpus", parameters={"count": 6}, files={"a.txt": "three"})
        found = store.made_by(latest.manifest.recipe)
        assert found is not None
        assert found.manifest == latest.manifest

    def test_it_finds_nothing_for_a_recipe_that_was_never_made(self, store: ArtifactStore, make: Make) -> None:
        made = make(store, "corpus", parameters={"count": 5})
        assert store.made_by(made.manifest.recipe.model_copy(update={"code_version": "2"})) is None
        assert store.made_by(made.manifest.recipe.model_copy(update={"asset": "other"})) is None

    def test_a_version_published_but_not_in_force_is_found(self, store: ArtifactStore, make: Make) -> None:
        made = make(store, "corpus", partition=HOME)
        (Path(made.path.parent.path) / "current").unlink()
        with pytest.raises(MissingArtifact):
            store.current("corpus", HOME)
        found = store.made_by(made.manifest.recipe)
        assert found is not None
        store.adopt(found)
        assert store.current("corpus", HOME).manifest == made.manifest


class TestReading:
    def test_tables_and_summaries_are_read_from_it(self, store: ArtifactStore) -> None:
        class Summary(BaseModel):
            rows: int

        table = pd.DataFrame({"id": ["a", "b"]})
        with store.workspace(RECIPE) as workspace:
            table.to_parquet(workspace.draft / "rows.parquet")
            (workspace.draft / "summary.json").write_text(Summary(rows=2).model_dump_json())
            artifact = store.publish(RECIPE, workspace, {}, run_id="run")
        pd.testing.assert_frame_equal(artifact.table("rows.parquet"), table)
        assert artifact.summary(Summary) == Summary(rows=2)

    def test_what_was_never_made_says_what_to_materialise(self, store: ArtifactStore) -> None:
        expected = r"^lora_adapter\[small\|home\] has not been made yet; materialise it first$"
        with pytest.raises(MissingArtifact, match=expected):
            store.current("lora_adapter", {"task": "home", "student": "small"})

    def test_a_version_that_is_gone_says_what_to_materialise(self, store: ArtifactStore, make: Make) -> None:
        artifact = make(store, "corpus", partition=HOME)
        for path in [*artifact.local().iterdir()]:
            path.unlink()
        expected = rf"corpus\[home\] {artifact.manifest.fingerprint[:16]} is not in the store any more .*materialise"
        with pytest.raises(MissingArtifact, match=expected):
            store.open(artifact.as_input)
        with pytest.raises(MissingArtifact, match=expected):
            store.current("corpus", HOME)

    def test_what_was_never_made_has_no_versions(self, store: ArtifactStore) -> None:
        assert store.versions("corpus", HOME) == []
        assert store.current_of_all("corpus", [HOME]) == []
        assert store.made_by(RECIPE) is None


class TestWorkspace:
    def test_a_failed_attempt_leaves_its_checkpoints_and_not_its_draft(self, store: ArtifactStore) -> None:
        attempt = store.workspace(RECIPE)
        workspace = attempt.__enter__()
        (workspace.draft / "half.txt").write_text("half")
        (workspace.checkpoints / "step-1").write_text("weights")
        assert not attempt.__exit__(RuntimeError, RuntimeError("out of memory"), None)
        assert not workspace.draft.exists()
        with store.workspace(RECIPE) as again:
            assert (again.checkpoints / "step-1").read_text() == "weights"
            assert list(again.draft.iterdir()) == []

    def test_another_recipe_has_other_checkpoints(self, store: ArtifactStore) -> None:
        other = RECIPE.model_copy(update={"parameters": {"count": 6}})
        with store.workspace(RECIPE) as workspace, store.workspace(other) as beside:
            assert workspace.checkpoints != beside.checkpoints

    def test_a_published_artifact_leaves_nothing_at_work(self, store: ArtifactStore) -> None:
        with store.workspace(RECIPE) as workspace:
            (workspace.checkpoints / "step-1").write_text("weights")
            (workspace.draft / "a.txt").write_text("done")
            store.publish(RECIPE, workspace, {}, run_id="run")
        assert list((store.scratch / "work").iterdir()) == []

    def test_drafts_of_dead_processes_are_cleared_and_those_of_living_ones_are_not(self, store: ArtifactStore) -> None:
        code = """
        recipe = Recipe(asset="corpus", partition={"task": "home"}, inputs=(), parameters={}, code_version="1")
        with store.workspace(recipe) as workspace:
            (workspace.draft / "half.txt").write_text("half")
            print(workspace.draft, flush=True)
            sys.stdin.read()
        """
        with worker(store.scratch, code) as process:
            draft = Path(line_of(process))
            with store.workspace(RECIPE):
                assert (draft / "half.txt").exists()
        with store.workspace(RECIPE):
            assert not draft.exists()

    def test_a_publication_leaves_another_attempt_its_draft_and_its_checkpoints(self, store: ArtifactStore) -> None:
        with store.workspace(RECIPE) as slow:
            (slow.draft / "a.txt").write_text("slow")
            with store.workspace(RECIPE) as fast:
                (fast.checkpoints / "step-1").write_text("weights")
                (fast.draft / "a.txt").write_text("fast")
                store.publish(RECIPE, fast, {}, run_id="fast")
            assert (slow.checkpoints / "step-1").read_text() == "weights"
            artifact = store.publish(RECIPE, slow, {}, run_id="slow")
        assert (artifact.local() / "a.txt").read_text() == "slow"
        assert list((store.scratch / "work").iterdir()) == []


class TestInterruption:
    def test_a_folder_without_a_manifest_is_no_version_and_is_replaced(self, store: ArtifactStore, make: Make) -> None:
        artifact = make(store, "corpus", partition=HOME)
        folder = artifact.local()
        (folder / "manifest.json").unlink()
        (folder / "stray.txt").write_text("stray")
        assert store.versions("corpus", HOME) == []
        assert store.made_by(artifact.manifest.recipe) is None
        again = make(store, "corpus", partition=HOME)
        assert again.manifest.fingerprint == artifact.manifest.fingerprint
        assert_whole(store.current("corpus", HOME))

    def test_a_version_that_another_process_published_meanwhile_stays(self, store: ArtifactStore, make: Make) -> None:
        artifact = make(store, "corpus", partition=HOME, files={"a.txt": "one"})
        before = (artifact.local() / "a.txt").stat().st_ino
        with store.workspace(RECIPE) as late:
            (late.draft / "a.txt").write_text("one")
            (late.draft / "manifest.json").write_text(artifact.manifest.model_dump_json())
            move_into_place(late.draft, artifact.local())
        assert (artifact.local() / "a.txt").stat().st_ino == before
        assert_whole(artifact)

    def test_an_unfinished_copy_is_no_version(self, store: ArtifactStore, make: Make) -> None:
        artifact = make(store, "corpus", partition=HOME)
        folder = artifact.local()
        copy = folder.with_name(f".{folder.name}-1234")
        copy.mkdir()
        (copy / "manifest.json").write_text((folder / "manifest.json").read_text())
        assert [version.path for version in store.versions("corpus", HOME)] == [artifact.path]

    def test_processes_killed_at_any_moment_leave_only_whole_artifacts(self, store: ArtifactStore) -> None:
        code = """
        import itertools, random

        names = [f"{number}.bin" for number in range(8)]
        print("ready", flush=True)
        for number in itertools.count():
            content = random.randbytes(4000).hex()
            publish({"worker": os.getpid(), "number": number % 3}, {name: name + content for name in names})
        """
        delays = random.Random(0)
        for _ in range(10):
            with worker(store.scratch, code) as process:
                assert line_of(process) == "ready"
                time.sleep(0.02 + delays.random() * 0.2)
                process.kill()
            if (Path(str(store.root)) / "artifacts" / "corpus" / "home" / "current").exists():
                assert_whole(store.current("corpus", HOME))
        versions = store.versions("corpus", HOME)
        assert versions
        assert store.current("corpus", HOME).path in [version.path for version in versions]
        for version in versions:
            assert_whole(version)
            assert store.open(version.as_input).manifest == version.manifest

    @pytest.mark.parametrize("distinct", [True, False])
    def test_two_processes_may_publish_the_same_recipe_at_once(self, store: ArtifactStore, distinct: bool) -> None:
        code = f"""
        print("ready", flush=True)
        sys.stdin.readline()
        for number in range(60):
            content = os.getpid() if {distinct} else 0
            artifact = publish({{"number": number}}, {{"a.txt": f"{{content}}", "b.txt": "x" * 100_000}})
            assert (artifact.local() / "a.txt").read_text() == f"{{content}}"
            current = store.current("corpus", {{"task": "home"}})
            assert len((current.local() / "b.txt").read_text()) == 100_000
        """
        with worker(store.scratch, code) as first, worker(store.scratch, code) as second:
            for process in (first, second):
                assert line_of(process) == "ready"
            for process in (first, second):
                assert process.stdin is not None
                process.stdin.write("go\n")
                process.stdin.flush()
            assert (first.wait(timeout=120), second.wait(timeout=120)) == (0, 0)
        versions = store.versions("corpus", HOME)
        assert len(versions) == (120 if distinct else 60)
        for version in versions:
            assert_whole(version)
        assert list((store.scratch / "work").iterdir()) == []


class TestElsewhere:
    @pytest.fixture
    def bucket(self, tmp_path: Path) -> Iterator[ArtifactStore]:
        """A store on an address that is no local path."""
        root = UPath(f"memory://{uuid.uuid4().hex}")
        yield ArtifactStore(root, scratch=tmp_path / "home")
        if root.exists():
            root.fs.rm(root.path, recursive=True)

    def test_what_is_published_there_reads_as_on_a_local_disk(self, bucket: ArtifactStore, make: Make) -> None:
        first = make(bucket, "corpus", partition=HOME, files={"a.txt": "one", "deep/b.txt": "two"})
        second = make(bucket, "corpus", partition=HOME, files={"a.txt": "three"})
        assert bucket.current("corpus", HOME).manifest == second.manifest
        assert bucket.open(first.as_input).manifest == first.manifest
        assert [found.manifest for found in bucket.versions("corpus", HOME)] == [first.manifest, second.manifest]
        found = bucket.made_by(first.manifest.recipe)
        assert found is not None
        assert found.manifest == second.manifest
        assert [found.manifest for found in bucket.current_of_all("corpus", [HOME, {"task": "x"}])] == [second.manifest]

    def test_its_files_are_fetched_once(self, bucket: ArtifactStore, make: Make) -> None:
        artifact = make(bucket, "corpus", partition=HOME, files={"a.txt": "one", "deep/b.txt": "two"})
        folder = artifact.local()
        assert folder.is_relative_to(bucket.scratch)
        assert_whole(artifact)
        (artifact.path / "a.txt").unlink()
        assert bucket.current("corpus", HOME).local() == folder
        assert (folder / "a.txt").read_text() == "one"
        assert [path.name for path in folder.parent.iterdir()] == [artifact.manifest.fingerprint]

    def test_a_fetch_that_fails_leaves_nothing_that_looks_whole(self, bucket: ArtifactStore, make: Make) -> None:
        artifact = make(bucket, "corpus", partition=HOME, files={"a.txt": "one", "b.txt": "two"})
        (artifact.path / "b.txt").unlink()
        for _ in range(2):
            with pytest.raises(FileNotFoundError):
                artifact.local()

    def test_an_artifact_without_files_can_be_fetched(self, bucket: ArtifactStore) -> None:
        with bucket.workspace(RECIPE) as workspace:
            artifact = bucket.publish(RECIPE, workspace, {}, run_id="run")
        assert list(artifact.local().iterdir()) == []

    def test_a_version_whose_manifest_has_not_arrived_is_no_version(self, bucket: ArtifactStore, make: Make) -> None:
        first = make(bucket, "corpus", partition=HOME, files={"a.txt": "one"})
        second = make(bucket, "corpus", partition=HOME, files={"a.txt": "two"})
        (second.path / "manifest.json").unlink()
        bucket.adopt(first)
        assert [found.manifest for found in bucket.versions("corpus", HOME)] == [first.manifest]
        again = make(bucket, "corpus", partition=HOME, files={"a.txt": "two"})
        assert again.manifest.fingerprint == second.manifest.fingerprint
        assert_whole(again)

    def test_what_was_never_made_says_what_to_materialise(self, bucket: ArtifactStore) -> None:
        assert bucket.versions("corpus", HOME) == []
        with pytest.raises(MissingArtifact, match=r"corpus\[home\] has not been made yet"):
            bucket.current("corpus", HOME)

    def test_publication_there_leaves_nothing_at_work_here(self, bucket: ArtifactStore, make: Make) -> None:
        make(bucket, "corpus", partition=HOME)
        assert list((bucket.scratch / "work").iterdir()) == []

    def test_artifacts_may_lie_on_another_local_disk_than_the_work(self, tmp_path: Path, make: Make) -> None:
        other_disk = Path("/dev/shm")
        if not other_disk.is_dir() or other_disk.stat().st_dev == tmp_path.stat().st_dev:
            pytest.skip("there is no second file system at /dev/shm")
        root = other_disk / f"distil-{uuid.uuid4().hex}"
        store = ArtifactStore(str(root), scratch=tmp_path / "home")
        try:
            made = make(store, "corpus", partition=HOME, files={"a.txt": "one", "deep/b.txt": "two"})
            assert_whole(store.current("corpus", HOME))
            assert make(store, "corpus", partition=HOME, files={"a.txt": "one", "deep/b.txt": "two"}) == made
            assert sorted(path.name for path in made.local().parent.iterdir()) == sorted(
                ["current", made.manifest.fingerprint[:16]]
            )
            assert list((store.scratch / "work").iterdir()) == []
        finally:
            for path in sorted(root.rglob("*"), reverse=True):
                path.rmdir() if path.is_dir() else path.unlink()
            root.rmdir()


class TestSummary:
    class Counts(BaseModel):
        rows: int

    def test_it_is_read_as_the_model_that_wrote_it(self, store: ArtifactStore, make: Make) -> None:
        artifact = make(store, "corpus", files={"summary.json": '{"rows": 3}'})
        assert artifact.summary(self.Counts).rows == 3

    def test_one_in_another_form_is_to_be_made_again(self, store: ArtifactStore, make: Make) -> None:
        artifact = make(store, "corpus", files={"summary.json": '{"lines": 3}'}, partition={"task": "mine"})
        with pytest.raises(OutdatedArtifact, match=r"^corpus\[mine\] was made by another version .*: make it again$"):
            artifact.summary(self.Counts)
