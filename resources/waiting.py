"""A run that waits for the slot of a pool sleeps between its attempts, as Dagster means it to.

Dagster 1.13 takes the smaller of zero and the time to the next attempt, so that a waiting run spins: on two cores that
makes the training it waits for several times slower. `tests/resources/test_waiting.py` tells when this is mended.
"""

import time

from dagster._core.execution.plan.instance_concurrency_context import InstanceConcurrencyContext


def sleep_between_claims() -> None:
    """Mend it for all runs of this process."""
    InstanceConcurrencyContext.interval_to_next_pending_claim_check = _seconds_to_next_claim  # type: ignore[assignment]


def _seconds_to_next_claim(context: InstanceConcurrencyContext) -> float:
    due = [context._pending_timeouts.get(step, 0.0) for step in context._pending_claims]
    return max(0.0, min(due, default=0.0) - time.time())
