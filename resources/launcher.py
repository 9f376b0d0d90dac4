"""Starts the heavy steps, each in a process of its own, and brings their progress into Dagster's log.

A worker is a module of the library with a command line. It talks back through Dagster Pipes, writes the rest to a
log file that the run links, and never outlives the step. Where it runs is said in the profile: a step that is bound to
the device (`resources.device`) is a process of this machine, or a job of a Ray cluster; any other runs here.
"""

from collections.abc import Sequence
from pathlib import Path

import dagster as dg
from pydantic import PrivateAttr

from distil_dagster.launch import launch_command
from distil_dagster.machines.settings import RayLauncher
from distil_dagster.machines.step import reported_use, step_command
from distil_dagster.machines.use import DeviceUse
from distil_dagster.profile import load_profile
from resources.device import is_bound, show_use
from resources.local_process import run_process
from resources.ray_job import run_ray_job
from resources.worker import WorkerFailed, log_of

__all__ = ["Launcher", "WorkerFailed"]


class Launcher(dg.ConfigurableResource["Launcher"]):
    """Runs `python -m <module> <arguments>`."""

    _uses: dict[tuple[str, str], DeviceUse] = PrivateAttr(default_factory=dict)

    def run(
        self, context: dg.AssetExecutionContext, module: str, arguments: Sequence[str | Path], *, processes: int = 1
    ) -> None:
        """Run the worker to its end, in several processes if it is one that can train in them.

        Raises:
            WorkerFailed: if it ended with an error.
        """
        own, log = [str(argument) for argument in arguments], log_of(context, module)
        if not is_bound(context):
            run_process(context, module, [*launch_command(module, processes=processes), *own], log)
            return
        profile = load_profile()
        if isinstance(profile.launcher, RayLauncher):
            messages = run_ray_job(
                context, module, own, processes=processes, device=profile.device, settings=profile.launcher, log=log
            )
        else:
            messages = run_process(context, module, step_command(profile.device, module, own, processes=processes), log)
        for use in reported_use(messages):
            self._show(context, use)

    def _show(self, context: dg.AssetExecutionContext, use: DeviceUse) -> None:
        """Show the use of all workers of the step together: an asset may run several, one after the other."""
        step = context.run.run_id, context.get_step_execution_context().step.key
        earlier = self._uses.get(step)
        self._uses[step] = earlier.then(use) if earlier else use
        show_use(context, self._uses[step])
