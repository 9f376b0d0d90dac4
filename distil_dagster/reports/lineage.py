"""The lineage of a score as a table in a terminal."""

from collections.abc import Sequence

from rich.console import Console
from rich.tree import Tree

from distil_dagster.artifacts import LineageStep

LONGEST_PARAMETER = 60


def print_lineage(steps: Sequence[LineageStep], *, console: Console | None = None) -> None:
    """Print every artifact with fingerprint, code version, time, counts, parameters and inputs, the score first."""
    console = console or Console(highlight=False, soft_wrap=True)
    for step in steps:
        manifest = step.artifact.manifest
        tree = Tree(f"[bold]{manifest.label.replace('[', chr(92) + '[')}[/bold]")
        tree.add(f"fingerprint  {manifest.fingerprint[:16]}, code version {manifest.recipe.code_version}")
        tree.add(f"made         {manifest.created_at:%Y-%m-%d %H:%M:%S} UTC, run {manifest.run_id}")
        if manifest.counts:
            tree.add("rows         " + ", ".join(f"{name} {count:,}" for name, count in manifest.counts.items()))
        if manifest.recipe.parameters:
            parameters = tree.add("parameters")
            for name, value in flat(manifest.recipe.parameters).items():
                parameters.add(f"{name} = {value}".replace("[", r"\["))
        if manifest.recipe.inputs:
            inputs = ", ".join(f"{record.asset} {record.fingerprint[:16]}" for record in manifest.recipe.inputs)
            tree.add(f"made from    {inputs}")
        console.print(tree)


def flat(parameters: dict[str, object], prefix: str = "") -> dict[str, str]:
    """Nested parameters by dotted name, long values cut."""
    found: dict[str, str] = {}
    for name, value in parameters.items():
        if isinstance(value, dict):
            found.update(flat(value, f"{prefix}{name}."))
        else:
            text = str(value)
            found[prefix + name] = text if len(text) <= LONGEST_PARAMETER else text[:LONGEST_PARAMETER] + "…"
    return found
