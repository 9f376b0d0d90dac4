"""A run that waits for the slot of a pool: it sleeps, can be interrupted, and frees what a killed run still holds.

Dagster 1.13 means it to sleep, but takes the smaller of zero and the time to the next attempt, so that a waiting run
spins: on two cores that makes the training it waits for several times slower. `tests/resources/test_waiting.py` tells
when this is mended. A slot that was meant for a run whose process was killed is freed by Dagster's daemon, which does
not run beside a command in a terminal.
"""

import time

import dagster as dg
from dagster._core.execution.plan.instance_concurrency_context import InstanceConcurrencyContext
from dagster._utils.interrupts import pop_captured_interrupt

from resources.terminal import end_orphaned_runs

SECONDS = 1.0
"""The longest sleep."""


def wait_patiently() -> None:
    """Have all runs of this process wait so."""
    InstanceConcurrencyContext.interval_to_next_pending_claim_check = _seconds_to_next_claim  # type: ignore[assignment]


def _seconds_to_next_claim(context: InstanceConcurrencyContext) -> float:
    if pop_captured_interrupt():  # Ctrl-C, which Dagster keeps for the next step to raise, and none is near
        raise dg.DagsterExecutionInterruptedError
    end_orphaned_runs(context._instance)
    due = [context._pending_timeouts.get(step, 0.0) for step in context._pending_claims]
    return min(SECONDS, max(0.0, min(due, default=0.0) - time.time()))
