"""Dollars per million requests, of a student served on a device of one's own and of models behind an API.

The rows of the table, from measured rates, token counts and prices: no look-up and no file access. What the columns
are made of is in `device_cost`, `api_cost` and `making`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal

from distil_dagster.costs.api_cost import (
    RequestTokens,
    api_dollars_per_million,
    batch_dollars_per_million,
    cached_input,
)
from distil_dagster.costs.device_cost import (
    SECONDS_PER_MONTH,
    Load,
    load_of_traffic,
    requests_of_life,
    self_hosted_dollars_per_million,
)
from distil_dagster.costs.making import Making, making_dollars_per_million
from distil_dagster.costs.price_book import Price
from distil_dagster.costs.tables import arrow_table

if TYPE_CHECKING:
    import pyarrow

UTILISATIONS = (1.0, 0.7, 0.3)
"""Shares of the sustained rate at which a student is priced. A device is rarely busy all day."""

Origin = Literal["measured here", "measured tokens", "published"]


@dataclass(frozen=True, kw_only=True)
class ServedStudent:
    """What was measured of one student on one task: its rate on a device, and what its answers are worth."""

    student: str
    device: str
    device_dollars_per_hour: float
    requests_per_second: float
    """Rate the server sustained at the first service level of the load test."""
    requests_per_second_interval: tuple[float, float] | None = None
    """The ends of its 95 % interval; None if the load test gave none."""
    method: str
    """How the rate was measured, for example "Poisson arrivals, p99 within 0.87 s, vllm serve 0.33.0"."""
    input_tokens: float
    """Mean per request, as counted by the student's tokenizer; likewise for the output."""
    output_tokens: float
    accuracy: float | None
    """Share of right answers of the model that was served, with its 95 % interval; None if not scored yet."""
    accuracy_low: float | None
    accuracy_high: float | None
    making: Making | None = None
    """What teacher, training and benchmarks cost; None if nobody added it up."""


@dataclass(frozen=True, kw_only=True)
class MeasuredReference:
    """What an API model was found to score and to use on one task."""

    slug: str
    request: RequestTokens
    """Mean per request, as the provider counted them."""
    accuracy: float
    accuracy_low: float
    accuracy_high: float
    method: str
    """How it was asked, for example "3 repeats of 200 questions"."""


@dataclass(frozen=True, kw_only=True)
class PublishedAccuracy:
    """What others have published of an API model on the task that ours is made after."""

    slug: str
    accuracy: float
    source: str
    """Who, by which metric and on what."""


@dataclass(frozen=True, kw_only=True)
class CostRow:
    """One row of `cost_table.parquet`: a contender at one utilisation. Columns that came later have a default."""

    contender: str
    kind: Literal["self-hosted", "api"]
    utilisation: float | None
    """Share of the sustained rate that is really used; None for an API, which bills per token."""
    dollars_per_million: float
    """US dollars per million requests."""
    requests_per_second: float | None
    """Sustained rate at full utilisation; None for an API."""
    device_dollars_per_hour: float | None
    input_price: float | None
    """US dollars per million input tokens; None for a student."""
    output_price: float | None
    input_tokens: float
    output_tokens: float
    accuracy: float | None
    """On this task's test set if it was measured here, else on another; None if neither."""
    accuracy_low: float | None
    """The ends of the 95 % interval; None where the accuracy is published."""
    accuracy_high: float | None
    accuracy_origin: Literal["measured here", "published"] | None
    accuracy_source: str | None
    origin: Origin
    """Whether the cost rests on a rate measured here, on a published price for tokens that the provider counted, or on
    a published price for tokens that another tokenizer counted."""
    source: str
    load: Literal["share", "traffic"] | None = None
    """Whether the utilisation is one of the shares that every student is priced at, or that of the profile's traffic;
    None for an API."""
    devices: int | None = None
    """How many the traffic needs; 1 for a share."""
    dollars_low: float | None = None
    """The ends of the cost's 95 % interval, which is that of the rate; None where that has none."""
    dollars_high: float | None = None
    total_dollars_per_million: float | None = None
    """With what teacher, training and benchmarks cost, spread over the model's life; for an API, which is not trained
    here, the same. None if it wasn't added up."""
    making_dollars: float | None = None
    """What they cost."""
    making_is_complete: bool | None = None
    """False if some of it wasn't recorded: total and making are lower bounds then."""
    life_months: float | None = None
    """The life over which they are spread."""
    cached_input_price: float | None = None
    """US dollars per million; None for a student and where no cached input is billed."""
    cached_input_tokens: float | None = None
    """The part of the input tokens that is billed at it."""
    reasoning_tokens: float | None = None
    """The part of the output tokens that was thinking, as the provider says; None if it wasn't asked."""
    batch_dollars_per_million: float | None = None
    """As standard price, without cached input, where requests may wait; None if no batch price is known."""
    retires_on: date | None = None
    """The day from which on the provider doesn't serve the model any more, where it has named one."""

    @property
    def is_share(self) -> bool:
        """Whether the row is of a student at one of the shares; in tables from before there were other rows, any is."""
        return self.kind == "self-hosted" and self.load != "traffic"


def cost_rows(
    *,
    students: Sequence[ServedStudent],
    prices: Sequence[Price],
    request: RequestTokens,
    counted: Mapping[str, RequestTokens] | None = None,
    references: Sequence[MeasuredReference] = (),
    published: Sequence[PublishedAccuracy] = (),
    utilisations: Sequence[float] = UTILISATIONS,
    requests_per_month: float | None = None,
    life_months: float = 12.0,
) -> tuple[CostRow, ...]:
    """The cost table of one task: every served student at every utilisation and for the traffic, then every API model.

    An API row is the published price times the tokens that the provider counted. Where the model was not asked, they
    are this task's by its own tokenizer, or, if that isn't public, by the student's, without those that a reasoning
    model would think with: the row's source says so. Its accuracy is then the published one, if there is one, and
    labelled so.

    Args:
        students: may be empty, if nothing was served yet.
        prices: of the API models, in the order they are to appear.
        request: the mean request that API models are priced at which were not asked, and whose tokenizer isn't known.
        counted: requests counted by tokenizers of the models' own, by slug.
        references: the API models that were asked.
        published: accuracies of API models for those that were not.
        utilisations: in the order they are to appear.
        requests_per_month: the traffic; None if it isn't known.
        life_months: how long a student is to serve.
    """
    self_hosted = []
    for student in students:
        self_hosted += [_student_row(student, Load(1, share), "share", life_months) for share in utilisations]
        if requests_per_month is not None:
            load = load_of_traffic(
                requests_per_second=student.requests_per_second, requests_per_month=requests_per_month
            )
            self_hosted.append(_student_row(student, load, "traffic", life_months))
    asked = {reference.slug: reference for reference in references}
    known = {figure.slug: figure for figure in published}
    apis = []
    for price in prices:
        slug = price.model.slug
        if slug in asked:
            apis.append(_asked_row(price, asked[slug]))
        else:
            apis.append(_api_row(price, (counted or {}).get(slug, request), known.get(slug)))
    return (*self_hosted, *apis)


def cost_table(rows: Sequence[CostRow]) -> pyarrow.Table:
    """The rows as an Arrow table with declared types, so that an all-empty column keeps its type in Parquet."""
    return arrow_table(CostRow, rows)


def _student_row(
    student: ServedStudent, load: Load, kind_of_load: Literal["share", "traffic"], life_months: float
) -> CostRow:
    requests = load.devices * requests_of_life(
        requests_per_second=student.requests_per_second, utilisation=load.utilisation, months=life_months
    )

    def dollars(rate: float) -> float:
        if kind_of_load == "share":
            used = load
        else:
            monthly = load.devices * load.utilisation * student.requests_per_second * SECONDS_PER_MONTH
            used = load_of_traffic(requests_per_second=rate, requests_per_month=monthly)
        return self_hosted_dollars_per_million(
            dollars_per_hour=student.device_dollars_per_hour, requests_per_second=rate, utilisation=used.utilisation
        )

    cost, rates = dollars(student.requests_per_second), student.requests_per_second_interval
    making = student.making
    return CostRow(
        contender=student.student,
        kind="self-hosted",
        utilisation=load.utilisation,
        dollars_per_million=cost,
        requests_per_second=student.requests_per_second,
        device_dollars_per_hour=student.device_dollars_per_hour,
        input_price=None,
        output_price=None,
        input_tokens=student.input_tokens,
        output_tokens=student.output_tokens,
        accuracy=student.accuracy,
        accuracy_low=student.accuracy_low,
        accuracy_high=student.accuracy_high,
        accuracy_origin=None if student.accuracy is None else "measured here",
        accuracy_source=None,
        origin="measured here",
        source=f"{student.device} at ${student.device_dollars_per_hour:g}/h; {student.method}",
        load=kind_of_load,
        devices=load.devices,
        dollars_low=dollars(rates[1]) if rates else None,
        dollars_high=dollars(rates[0]) if rates else None,
        total_dollars_per_million=cost + making_dollars_per_million(making, requests=requests) if making else None,
        making_dollars=making.dollars if making else None,
        making_is_complete=making.is_complete if making else None,
        life_months=life_months if making else None,
    )


def _asked_row(price: Price, reference: MeasuredReference) -> CostRow:
    return _api_row_of(
        price,
        reference.request,
        accuracy=reference.accuracy,
        accuracy_low=reference.accuracy_low,
        accuracy_high=reference.accuracy_high,
        accuracy_origin="measured here",
        accuracy_source=reference.method,
        origin="measured tokens",
        tokens="tokens as counted by the provider, thinking included; cached input at its own price",
    )


def _api_row(price: Price, request: RequestTokens, published: PublishedAccuracy | None) -> CostRow:
    return _api_row_of(
        price,
        request,
        accuracy=published.accuracy if published else None,
        accuracy_low=None,
        accuracy_high=None,
        accuracy_origin="published" if published else None,
        accuracy_source=published.source if published else None,
        origin="published",
        tokens=f"tokens as counted by {request.counted_by}, no reasoning tokens{_about_cache(price, request)}",
    )


def _about_cache(price: Price, request: RequestTokens) -> str:
    if not request.common_prefix_tokens or price.cache_minimum_tokens is None:
        return ""
    beginning = f"the common beginning of all prompts, {request.common_prefix_tokens:,.0f} tokens"
    if cached_input(price, request):
        return f"; {beginning}, as cached input"
    return f"; no cached input, because {beginning}, is below the provider's minimum of {price.cache_minimum_tokens:,}"


def _api_row_of(
    price: Price,
    request: RequestTokens,
    *,
    accuracy: float | None,
    accuracy_low: float | None,
    accuracy_high: float | None,
    accuracy_origin: Literal["measured here", "published"] | None,
    accuracy_source: str | None,
    origin: Origin,
    tokens: str,
) -> CostRow:
    cost, cached = api_dollars_per_million(price, request), cached_input(price, request)
    return CostRow(
        contender=price.model.display_name,
        kind="api",
        utilisation=None,
        dollars_per_million=cost,
        requests_per_second=None,
        device_dollars_per_hour=None,
        input_price=price.input_per_million,
        output_price=price.output_per_million,
        input_tokens=request.input_tokens,
        output_tokens=request.output_tokens,
        accuracy=accuracy,
        accuracy_low=accuracy_low,
        accuracy_high=accuracy_high,
        accuracy_origin=accuracy_origin,
        accuracy_source=accuracy_source,
        origin=origin,
        source=f"{price.source}, price of {price.as_of}; {tokens}",
        total_dollars_per_million=cost,
        cached_input_price=price.cached_input_per_million if cached else None,
        cached_input_tokens=cached,
        reasoning_tokens=request.reasoning_tokens,
        batch_dollars_per_million=batch_dollars_per_million(price, request),
        retires_on=price.retires_on,
    )
