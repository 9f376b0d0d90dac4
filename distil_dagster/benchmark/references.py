"""How a reference is reached: its endpoint with its key, or a sentence that says what is shown of it instead."""

from __future__ import annotations

from distil_dagster.benchmark.published import published_figure
from distil_dagster.costs.price_book import ReferenceModel
from distil_dagster.serving.chat import ChatEndpoint
from distil_dagster.serving.remote import MissingKeyError


class UnmeasurableError(RuntimeError):
    """A reference can't be measured as the profile lists it; the message says what to change."""


def reference_endpoint(reference: ReferenceModel, task: str) -> ChatEndpoint:
    """Where to ask a reference, with the key that its endpoint wants.

    Raises:
        UnmeasurableError: if the reference has no address.
        MissingKeyError: naming the variable to set, and what is shown of the reference on this task until then.
    """
    if reference.base_url is None:
        raise UnmeasurableError(f"the reference {reference.slug} has no base_url in the profile, so it can't be asked")
    try:
        return ChatEndpoint(reference.base_url, reference.model, reference.api_key())
    except MissingKeyError as error:
        figure = published_figure(task, reference.slug)
        instead = f"{figure} is shown instead" if figure else "no published figure is known to show instead"
        raise MissingKeyError(f"{error}: {reference.slug} can't be measured on {task}, and {instead}") from None
