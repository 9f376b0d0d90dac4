"""What a device that is paid by the hour costs per million requests: at a share of its capacity, or for a traffic.

Pure arithmetic. A month has 730 hours. Traffic is an average: who must bear peaks above it within the same latency
needs more devices than these formulas count.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

SECONDS_PER_HOUR = 3600
HOURS_PER_MONTH = 730
SECONDS_PER_MONTH = HOURS_PER_MONTH * SECONDS_PER_HOUR
REQUESTS = 1_000_000


@dataclass(frozen=True)
class Load:
    """How a traffic is borne."""

    devices: int
    """As many as its average needs when each answers at its sustained rate."""
    utilisation: float
    """The share of their sustained rate that it uses, in (0, 1]."""


def self_hosted_dollars_per_million(
    *, dollars_per_hour: float, requests_per_second: float, utilisation: float
) -> float:
    """Dollars for a million requests on a device paid by the hour.

    Args:
        dollars_per_hour: what the device costs, busy or idle.
        requests_per_second: the rate it sustains when busy.
        utilisation: share of that rate that the traffic really uses, in (0, 1].

    Raises:
        ValueError: a rate or utilisation that no served student can have.
    """
    _refuse_impossible(dollars_per_hour, requests_per_second)
    if not 0 < utilisation <= 1:
        raise ValueError(f"A utilisation is above 0 and at most 1, not {utilisation}.")
    return dollars_per_hour / (SECONDS_PER_HOUR * requests_per_second * utilisation) * REQUESTS


def load_of_traffic(*, requests_per_second: float, requests_per_month: float) -> Load:
    """The devices that a traffic needs, and how busy it keeps them.

    Args:
        requests_per_second: the rate that one device sustains.
        requests_per_month: the traffic.

    Raises:
        ValueError: a rate or traffic that isn't above 0.
    """
    _refuse_impossible(1.0, requests_per_second)
    if not requests_per_month > 0:
        raise ValueError(f"A traffic has more than 0 requests per month, not {requests_per_month}.")
    needed = requests_per_month / (SECONDS_PER_MONTH * requests_per_second)
    devices = math.ceil(needed)
    return Load(devices, needed / devices)


def monthly_dollars(*, dollars_per_hour: float, requests_per_second: float, requests_per_month: float) -> float:
    """Dollars a month for as many devices as the traffic needs, all of them always on; errors as `load_of_traffic`."""
    load = load_of_traffic(requests_per_second=requests_per_second, requests_per_month=requests_per_month)
    return load.devices * dollars_per_hour * HOURS_PER_MONTH


def requests_of_life(*, requests_per_second: float, utilisation: float, months: float) -> float:
    """The requests that a device answers in so many months at this share of its sustained rate."""
    return requests_per_second * utilisation * SECONDS_PER_MONTH * months


def _refuse_impossible(dollars_per_hour: float, requests_per_second: float) -> None:
    if not dollars_per_hour > 0:
        raise ValueError(
            f"A device costs more than 0 dollars per hour, not {dollars_per_hour}: set its price in the profile."
        )
    if not requests_per_second > 0:
        raise ValueError(f"A served student answers more than 0 requests per second, not {requests_per_second}.")
