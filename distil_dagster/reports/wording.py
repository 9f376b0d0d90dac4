"""How numbers and arms are written, the same in the terminal, the pictures and the page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

from distil_dagster.benchmark.settings import ArmComparison, ArmSpread
from distil_dagster.costs.break_even import BreakEven
from distil_dagster.costs.cost_table import CostRow
from distil_dagster.costs.making import MakingStep, cost_of_making
from distil_dagster.reports.leaderboard import ReferenceStanding
from distil_dagster.reports.report_input import Comparison, CorpusFunnel
from distil_dagster.serving.summary import ServingSummary

NOT_MEASURED = "not measured yet"
DASH = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"
PLUS_MINUS = "\N{PLUS-MINUS SIGN}"

ARM_LABELS = {"base": "base", "seeds_only": "seeds only", "distilled": "distilled"}
"""Arms in the order in which they are shown: untrained, trained on the seeds, trained on the corpus."""


class _Arm(Protocol):
    @property
    def arm(self) -> str: ...


AnyArm = TypeVar("AnyArm", bound=_Arm)


def arm_label(arm: str) -> str:
    """An arm as readers know it."""
    return ARM_LABELS.get(arm, arm)


def in_order(arms: Sequence[AnyArm]) -> list[AnyArm]:
    """Arms from the untrained model to the distilled one; any other arm after them."""
    order = list(ARM_LABELS)
    return sorted(arms, key=lambda arm: order.index(arm.arm) if arm.arm in order else len(order))


def percent(share: float) -> str:
    """A share of 1 in percent with one decimal, without the sign: 0.967 -> "96.7"."""
    return f"{100 * share:.1f}"


def interval(low: float, high: float) -> str:
    """An interval of shares in percent, with a dash between the ends."""
    return f"{percent(low)} {DASH} {percent(high)}"


def points(difference: float) -> str:
    """A signed difference of shares in percentage points: "+12.5"; what rounds to nothing is "0.0"."""
    rounded = round(100 * difference, 1)
    return f"{rounded:+.1f}".replace("-", MINUS) if rounded else "0.0"


def span(low: float, high: float) -> str:
    """An interval of signed differences in points; a dash between the ends would look like a sign."""
    return f"{points(low)} to {points(high)}"


def p_value(value: float) -> str:
    """A p value with two significant digits; a tiny one only by its bound."""
    return "p < 0.0001" if value < 0.0001 else f"p = {value:.2g}"


def comparison(pair: Comparison | ArmComparison) -> str:
    """Two arms on the same questions, in a line."""
    return (
        f"{arm_label(pair.first)} {MINUS} {arm_label(pair.second)}: {points(pair.difference)} points "
        f"({span(pair.low, pair.high)}), {p_value(pair.p_value)}; right alone: {pair.only_first} "
        f"against {pair.only_second} of {pair.n}"
    )


def beside(row: ReferenceStanding) -> str:
    """A student beside a reference on the same questions, in a line."""
    return (
        f"{arm_label(row.arm)} {MINUS} {row.reference}: {points(row.difference)} points "
        f"({span(row.low, row.high)}), adjusted {p_value(row.p_value)}, {row.standing}; {row.n} in common"
    )


def spread(over_seeds: ArmSpread) -> str:
    """An arm over several training seeds, in a line."""
    return (
        f"{percent(over_seeds.mean)} {PLUS_MINUS} {percent(over_seeds.standard_deviation)} % "
        f"over {len(over_seeds.values)} training seeds; other questions: {interval(over_seeds.low, over_seeds.high)}"
    )


def dollars(amount: float) -> str:
    """US dollars to the cent: "$1,890.00". An amount too small for cents keeps two significant digits."""
    return f"${amount:,.2f}" if amount >= 0.01 else f"${amount:.2g}"


def rate(requests_per_second: float) -> str:
    """Requests per second to three significant digits, never in powers of ten: "222", "3.41", "0.087"."""
    if requests_per_second >= 100:
        return f"{requests_per_second:,.0f}"
    return f"{requests_per_second:.3g}"


def rate_interval(serving: ServingSummary) -> str | None:
    """The 95 % interval of a student's rate: "3.1 to 3.6"; None where it has none."""
    return " to ".join(map(rate, serving.interval)) if serving.interval else None


def seconds(duration: float) -> str:
    """A latency: "390 ms" below one second, "1.24 s" above."""
    return f"{1000 * duration:.0f} ms" if duration < 1 else f"{duration:.2f} s"


def mib(size: float) -> str:
    """A size of memory: "1,697 MiB"."""
    return f"{size:,.0f} MiB"


def utilisation(row: CostRow) -> str:
    """How busy the device is: "70 %", of a small traffic "0.17 %"; a dash for an API, which bills per token."""
    if row.utilisation is None:
        return DASH
    percentage = 100 * row.utilisation
    return f"{percentage:.0f} %" if percentage >= 10 else f"{percentage:.2g} %"


def with_making(row: CostRow) -> str:
    """The cost with what the making cost, spread over the model's life; a lower bound is called one."""
    if row.total_dollars_per_million is None:
        return DASH
    at_least = "at least " if row.making_is_complete is False else ""
    return f"{at_least}{dollars(row.total_dollars_per_million)}"


def volume(requests: float) -> str:
    """A number of requests to three digits: "73.0 million", "815,000"."""
    if requests >= 1e9:
        return f"{requests / 1e9:.3g} billion"
    return f"{requests / 1e6:.3g} million" if requests >= 1e6 else f"{float(f'{requests:.3g}'):,.0f}"


def break_even(row: BreakEven) -> str:
    """From where on a device is cheaper than an API, in a line."""
    if row.requests_per_second is None or row.requests_per_month is None:
        return f"{row.api}: never, it costs less than the device at full use"
    return f"{row.api}: {rate(row.requests_per_second)} requests/s, {volume(row.requests_per_month)} a month"


def stages_of_making(steps: Sequence[MakingStep]) -> str:
    """What each stage cost, as far as it was recorded, in their order: "teacher $1.20, training $2.40"."""
    stages = dict.fromkeys(step.stage for step in steps)
    return ", ".join(
        f"{stage} {dollars(cost_of_making([step for step in steps if step.stage == stage]).dollars)}"
        for stage in stages
    )


def filter_label(name: str) -> str:
    """The name of a corpus filter in words."""
    return name.replace("_", " ")


def kept_share(funnel: CorpusFunnel) -> str:
    """Kept rows as a share of the generated ones."""
    return f"{percent(funnel.kept / funnel.generated)} %" if funnel.generated else DASH
