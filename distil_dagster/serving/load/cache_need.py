"""How much of its cache a server needs at a rate: the tokens of the requests that were in flight together."""

from __future__ import annotations

from distil_dagster.serving.load.traffic import Requests


def most_tokens_in_flight(requests: Requests, *, max_output_tokens: int) -> int:
    """Tokens of all requests that were due and not ended, at the moment when these were most.

    Careful: each counts with the longest answer it may have, for which some engines keep room; requests that waited for
    the engine count, and so does every copy of what prompts share, which an engine with a prefix cache keeps once.
    """
    import numpy as np

    tokens = requests.input_tokens + max_output_tokens
    moments = np.concatenate([requests.scheduled, requests.scheduled + requests.latency])
    changes = np.concatenate([tokens, -tokens])
    # At the same moment, what ends makes room for what begins.
    in_order = np.lexsort((changes, moments))
    return int(np.cumsum(changes[in_order]).max())
