"""What differs between two versions of a score: what they were made from, and the questions whose outcome flipped."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict
from rich.console import Console
from rich.tree import Tree

from distil_dagster.artifacts import Artifact, ArtifactStore, trace
from distil_dagster.benchmark.settings import BenchmarkSummary
from distil_dagster.benchmark.statistics import PairedComparison, paired_comparison
from distil_dagster.reports import wording
from distil_dagster.reports.lineage import flat, tree_console

if TYPE_CHECKING:
    import pandas as pd

SHOWN_FLIPS = 10
SHOWN_LETTERS = 120

Change = tuple[str | None, str | None]
"""A value in the first version and in the second; None where there is none."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class ChangedArtifact(_Part):
    """An artifact behind the scores that is another one in the second version, or only in one of them."""

    artifact: str
    fingerprints: Change
    code_versions: Change
    parameters: dict[str, Change]
    """By dotted name, those that differ."""

    @property
    def reasons(self) -> list[str]:
        """What of its own differs, in words; nothing if only its inputs, or what chance did, is different."""
        if None in self.fingerprints:
            return ["only in the second" if self.fingerprints[0] is None else "only in the first"]
        before, after = self.code_versions
        code = [f"code version {before} → {after}"] if before != after else []
        return code + [f"{name} {before} → {after}" for name, (before, after) in self.parameters.items()]


class Flip(_Part):
    """A question that was right in one version and is wrong in the other."""

    arm: str
    example_id: str
    target: str
    predictions: tuple[str, str]
    right_now: bool


class ArmDifference(_Part):
    """An arm on the questions that both versions asked; the difference is the second's accuracy less the first's."""

    arm: str
    n: int
    right: tuple[int, int]
    difference: float
    low: float
    high: float
    p_value: float
    gained: int
    """Questions that only the second version answers right; `lost` only the first."""
    lost: int


class ScoreDifference(_Part):
    """All that differs from the first version to the second."""

    fingerprints: tuple[str, str]
    artifacts: tuple[ChangedArtifact, ...]
    """The scores themselves first, then what is nearest to them."""
    environment: dict[str, Change]
    """Versions of packages and of the code, where the scores were made."""
    arms: tuple[ArmDifference, ...]
    flips: tuple[Flip, ...]
    questions_in_one_only: int


def version_of(store: ArtifactStore, asset: str, partition: Mapping[str, str], fingerprint: str) -> Artifact:
    """The version whose fingerprint begins so.

    Raises:
        ValueError: if there is none, or more than one; the message lists those there are.
    """
    versions = store.versions(asset, dict(partition))
    found = [each for each in versions if each.manifest.fingerprint.startswith(fingerprint)]
    if len(found) != 1:
        known = ", ".join(
            f"{each.manifest.fingerprint[:16]} ({each.manifest.created_at:%Y-%m-%d})" for each in versions
        )
        raise ValueError(
            f"{len(found)} versions of {asset} begin with {fingerprint!r}; there are: {known or 'none at all'}"
        )
    return found[0]


def latest_two(store: ArtifactStore, asset: str, partition: Mapping[str, str]) -> tuple[Artifact, Artifact]:
    """The last version but one, and the last. Raises ValueError if there are fewer."""
    versions = store.versions(asset, dict(partition))
    if len(versions) < 2:
        raise ValueError(f"there is {len(versions) or 'no'} version of {asset} to compare: a second one must be made")
    return versions[-2], versions[-1]


def score_difference(store: ArtifactStore, before: Artifact, after: Artifact) -> ScoreDifference:
    """Compare two versions of `benchmark_scores`.

    Raises:
        MissingArtifact: if something that one of them was made from is gone.
    """
    arms, flips, unshared = _outcomes(before, after)
    return ScoreDifference(
        fingerprints=(before.manifest.fingerprint, after.manifest.fingerprint),
        artifacts=tuple(_changed_artifacts(store, before, after)),
        environment=_changes(before.manifest.environment, after.manifest.environment),
        arms=tuple(arms),
        flips=tuple(flips),
        questions_in_one_only=unshared,
    )


def print_difference(difference: ScoreDifference, *, console: Console | None = None) -> None:
    """Print what changed behind the scores, the arms' accuracy then and now, and the first of the flips."""
    console = console or tree_console()
    tree = Tree("[bold]{} → {}[/bold]".format(*(each[:16] for each in difference.fingerprints)))
    behind = tree.add("made from")
    for artifact in difference.artifacts:
        _add(
            behind, f"{artifact.artifact}: {'; '.join(artifact.reasons) or 'made anew from other inputs, or by chance'}"
        )
    if not difference.artifacts:
        behind.add("the same artifacts")
    if difference.environment:
        versions = tree.add("environment")
        for name, (before, after) in difference.environment.items():
            _add(versions, f"{name} {before} → {after}")
    for arm in difference.arms:
        branch = tree.add(
            f"{wording.arm_label(arm.arm)}: {arm.right[0]} → {arm.right[1]} of {arm.n} right, "
            f"{wording.points(arm.difference)} points ({wording.span(arm.low, arm.high)}), "
            f"{wording.p_value(arm.p_value)}; gained {arm.gained}, lost {arm.lost}"
        )
        flips = [flip for flip in difference.flips if flip.arm == arm.arm]
        for flip in flips[:SHOWN_FLIPS]:
            leaf = branch.add(f"{flip.example_id}: {'wrong → right' if flip.right_now else 'right → wrong'}")
            for name, text in (("target", flip.target), ("then", flip.predictions[0]), ("now", flip.predictions[1])):
                _add(leaf, f"{name:<6} {text if len(text) <= SHOWN_LETTERS else text[:SHOWN_LETTERS] + '…'}")
        if len(flips) > SHOWN_FLIPS:
            branch.add(f"and {len(flips) - SHOWN_FLIPS} more (--json has all)")
    if difference.questions_in_one_only:
        tree.add(f"{difference.questions_in_one_only} questions were asked in one of the two only")
    console.print(tree)


def _add(tree: Tree, text: str) -> None:
    tree.add(text.replace("[", r"\["))


def _changed_artifacts(store: ArtifactStore, before: Artifact, after: Artifact) -> list[ChangedArtifact]:
    traces = [[step.artifact for step in trace(store, each)] for each in (before, after)]
    # Of several rounds of a corpus the nearest, which has the rows of all.
    first, second = ({artifact.manifest.label: artifact for artifact in reversed(found)} for found in traces)
    changed = []
    for label in dict.fromkeys(artifact.manifest.label for artifact in (*traces[1], *traces[0])):
        pair = first.get(label), second.get(label)
        fingerprints = _of(pair, lambda artifact: artifact.manifest.fingerprint)
        if fingerprints[0] != fingerprints[1]:
            parameters = [flat(each.manifest.recipe.parameters) if each else {} for each in pair]
            changed.append(
                ChangedArtifact(
                    artifact=label,
                    fingerprints=fingerprints,
                    code_versions=_of(pair, lambda artifact: artifact.manifest.recipe.code_version),
                    parameters=_changes(*parameters) if all(pair) else {},
                )
            )
    return changed


def _of(pair: tuple[Artifact | None, Artifact | None], value: Any) -> Change:
    before, after = pair
    return (value(before) if before else None, value(after) if after else None)


def _changes(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, Change]:
    names = dict.fromkeys([*before, *after])
    return {name: (before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)}


def _outcomes(before: Artifact, after: Artifact) -> tuple[list[ArmDifference], list[Flip], int]:
    metrics = [each.summary(BenchmarkSummary).metric for each in (before, after)]
    if metrics[0] != metrics[1]:
        raise ValueError(f"one was decided by {metrics[0]}, the other by {metrics[1]}: they can't be compared")
    (metric, _), tables = metrics, [_first_trainings(each) for each in (before, after)]
    arms: list[ArmDifference] = []
    flips: list[Flip] = []
    unshared: set[str] = set()
    for arm in [name for name in tables[0]["arm"].unique() if name in set(tables[1]["arm"])]:
        then, now = (table[table["arm"] == arm].set_index("example_id") for table in tables)
        shared = then.index.intersection(now.index)
        unshared |= set(then.index.symmetric_difference(now.index))
        if shared.empty:
            continue
        then, now = then.loc[shared], now.loc[shared]
        pair = paired_comparison(dict(now[metric]), dict(then[metric]), dict(now["cluster"]))
        arms.append(_arm(str(arm), pair))
        flips += [
            Flip(
                arm=str(arm),
                example_id=str(example),
                target=str(now.at[example, "target"]),
                predictions=(str(then.at[example, "prediction"]), str(now.at[example, "prediction"])),
                right_now=bool(now.at[example, metric] == 1),
            )
            for example in shared[(then[metric] == 1) != (now[metric] == 1)]
        ]
    return arms, flips, len(unshared)


def _first_trainings(scores: Artifact) -> pd.DataFrame:
    return scores.table("scores.parquet").query("training_seed == 0")


def _arm(arm: str, pair: PairedComparison) -> ArmDifference:
    return ArmDifference(
        arm=arm,
        n=pair.n,
        right=(pair.both_right + pair.only_second, pair.both_right + pair.only_first),
        difference=pair.difference,
        low=pair.low,
        high=pair.high,
        p_value=pair.p_value,
        gained=pair.only_first,
        lost=pair.only_second,
    )
