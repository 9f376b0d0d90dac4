"""Dollars per million requests, of a student served on a device of one's own and of models behind an API.

Pure arithmetic on measured rates, token counts and prices: no look-up and no file access. The capital cost of
teacher and training, and the traffic at which a device pays for itself, are not part of these numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Literal

from distil_dagster.costs.price_book import Price

if TYPE_CHECKING:
    import pyarrow

SECONDS_PER_HOUR = 3600
REQUESTS = 1_000_000

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
    """Rate the server sustained in the load test, all requests succeeding."""
    method: str
    """How the rate was measured, for example "closed loop, concurrency 16, transformers 5.23"."""
    input_tokens: float
    """Mean per request, as counted by the student's tokenizer; likewise for the output."""
    output_tokens: float
    accuracy: float | None
    """Share of right answers of the model that was served, with its 95 % interval; None if not scored yet."""
    accuracy_low: float | None
    accuracy_high: float | None


@dataclass(frozen=True, kw_only=True)
class RequestTokens:
    """The mean size of a request of the task, and who counted."""

    input_tokens: float
    output_tokens: float
    counted_by: str
    """For example "smollm2-135m's tokenizer, distilled arm"."""


@dataclass(frozen=True, kw_only=True)
class MeasuredReference:
    """What an API model was found to score and to use on one task."""

    slug: str
    input_tokens: float
    """Mean per request, as the provider counted them; likewise the output, thinking included."""
    output_tokens: float
    dollars_per_million: float
    """US dollars per million requests, as billed: with the provider's discount for cached input where it gave one."""
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
    """One row of `cost_table.parquet`: a contender at one utilisation."""

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
    if not dollars_per_hour > 0:
        raise ValueError(
            f"A device costs more than 0 dollars per hour, not {dollars_per_hour}: set its price in the profile."
        )
    if not requests_per_second > 0:
        raise ValueError(f"A served student answers more than 0 requests per second, not {requests_per_second}.")
    if not 0 < utilisation <= 1:
        raise ValueError(f"A utilisation is above 0 and at most 1, not {utilisation}.")
    return dollars_per_hour / (SECONDS_PER_HOUR * requests_per_second * utilisation) * REQUESTS


def api_dollars_per_million(*, price: Price, input_tokens: float, output_tokens: float) -> float:
    """Dollars for a million requests to an API, without cache or batch discount.

    Vendors discount cached input only from about a thousand shared tokens on, which short prompts do not reach.

    Args:
        price: dollars per million tokens.
        input_tokens: mean per request.
        output_tokens: mean per request, reasoning tokens included if there are any.

    Raises:
        ValueError: negative token counts, or a prompt longer than the price holds for.
    """
    if not (input_tokens >= 0 and output_tokens >= 0):
        raise ValueError(f"A request has 0 or more tokens, not {input_tokens} in and {output_tokens} out.")
    limit = price.valid_up_to_input_tokens
    if limit is not None and input_tokens > limit:
        raise ValueError(
            f"The price of {price.model.display_name} holds for prompts up to {limit} tokens, and this task's have "
            f"{input_tokens:.0f}: leave this reference out of the profile for this task."
        )
    # Per million tokens and for a million requests: the two millions cancel.
    return input_tokens * price.input_per_million + output_tokens * price.output_per_million


def cost_rows(
    *,
    students: Sequence[ServedStudent],
    prices: Sequence[Price],
    request: RequestTokens,
    references: Sequence[MeasuredReference] = (),
    published: Sequence[PublishedAccuracy] = (),
    utilisations: Sequence[float] = UTILISATIONS,
) -> tuple[CostRow, ...]:
    """The cost table of one task: every served student at every utilisation, then every API model.

    An API row is the published price times the tokens that the provider counted. Where the model was not asked, they
    are this task's by the student's tokenizer, without those that a reasoning model would think with: the row's source
    says so. Its accuracy is then the published one, if there is one, and labelled so.

    Args:
        students: may be empty, if nothing was served yet.
        prices: of the API models, in the order they are to appear.
        request: the mean request that API models are priced at which were not asked.
        references: the API models that were asked.
        published: accuracies of API models for those that were not.
        utilisations: in the order they are to appear.
    """
    self_hosted = [_student_row(student, utilisation) for student in students for utilisation in utilisations]
    asked = {reference.slug: reference for reference in references}
    known = {figure.slug: figure for figure in published}
    apis = [
        _asked_row(price, asked[price.model.slug])
        if price.model.slug in asked
        else _api_row(price, request, known.get(price.model.slug))
        for price in prices
    ]
    return (*self_hosted, *apis)


def cost_table(rows: Sequence[CostRow]) -> pyarrow.Table:
    """The rows as an Arrow table with declared types, so that an all-empty column keeps its type in Parquet."""
    import pyarrow

    text, number = pyarrow.string(), pyarrow.float64()
    schema = pyarrow.schema(
        [
            pyarrow.field("contender", text, nullable=False),
            pyarrow.field("kind", text, nullable=False),
            pyarrow.field("utilisation", number),
            pyarrow.field("dollars_per_million", number, nullable=False),
            pyarrow.field("requests_per_second", number),
            pyarrow.field("device_dollars_per_hour", number),
            pyarrow.field("input_price", number),
            pyarrow.field("output_price", number),
            pyarrow.field("input_tokens", number, nullable=False),
            pyarrow.field("output_tokens", number, nullable=False),
            pyarrow.field("accuracy", number),
            pyarrow.field("accuracy_low", number),
            pyarrow.field("accuracy_high", number),
            pyarrow.field("accuracy_origin", text),
            pyarrow.field("accuracy_source", text),
            pyarrow.field("origin", text, nullable=False),
            pyarrow.field("source", text, nullable=False),
        ]
    )
    return pyarrow.Table.from_pylist([asdict(row) for row in rows], schema=schema)


def _student_row(student: ServedStudent, utilisation: float) -> CostRow:
    return CostRow(
        contender=student.student,
        kind="self-hosted",
        utilisation=utilisation,
        dollars_per_million=self_hosted_dollars_per_million(
            dollars_per_hour=student.device_dollars_per_hour,
            requests_per_second=student.requests_per_second,
            utilisation=utilisation,
        ),
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
    )


def _asked_row(price: Price, reference: MeasuredReference) -> CostRow:
    request = RequestTokens(
        input_tokens=reference.input_tokens, output_tokens=reference.output_tokens, counted_by="the provider"
    )
    return replace(
        _api_row(price, request, None),
        dollars_per_million=reference.dollars_per_million,
        accuracy=reference.accuracy,
        accuracy_low=reference.accuracy_low,
        accuracy_high=reference.accuracy_high,
        accuracy_origin="measured here",
        accuracy_source=reference.method,
        origin="measured tokens",
        source=(
            f"{price.source}, price of {price.as_of}; tokens as counted by the provider, thinking included; "
            f"cached input at its own price"
        ),
    )


def _api_row(price: Price, request: RequestTokens, published: PublishedAccuracy | None) -> CostRow:
    return CostRow(
        contender=price.model.display_name,
        kind="api",
        utilisation=None,
        dollars_per_million=api_dollars_per_million(
            price=price, input_tokens=request.input_tokens, output_tokens=request.output_tokens
        ),
        requests_per_second=None,
        device_dollars_per_hour=None,
        input_price=price.input_per_million,
        output_price=price.output_per_million,
        input_tokens=request.input_tokens,
        output_tokens=request.output_tokens,
        accuracy=published.accuracy if published else None,
        accuracy_low=None,
        accuracy_high=None,
        accuracy_origin="published" if published else None,
        accuracy_source=published.source if published else None,
        origin="published",
        source=(
            f"{price.source}, price of {price.as_of}; tokens as counted by {request.counted_by}, no reasoning tokens"
        ),
    )
