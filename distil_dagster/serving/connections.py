"""Connections for many requests at once, kept open for the next."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

POOL_SIZE = 8


class SmallPools(httpx.AsyncBaseTransport):
    """Sends requests and reads their answers whole, over connections that are kept open.

    A connection pool of httpx 0.28 looks through all its connections whenever a request begins or ends, and for each
    that is idle through all the others: with 256 requests at once that alone takes more time than most servers need
    (`benchmarks/teacher_client.py --slots 256 --latency 0.4` shows it). Here no pool has more than a few connections.
    """

    def __init__(self, base_url: str, *, most_at_once: int) -> None:
        tls, proxy = httpx.create_ssl_context(), environment_proxy(base_url)
        sizes = [min(POOL_SIZE, most_at_once - before) for before in range(0, most_at_once, POOL_SIZE)]
        self._pools = [
            httpx.AsyncHTTPTransport(
                verify=tls, proxy=proxy, limits=httpx.Limits(max_connections=size, max_keepalive_connections=size)
            )
            for size in sizes
        ]
        self._free = [pool for pool, size in zip(self._pools, sizes, strict=True) for _ in range(size)]
        """Each pool as often as it has room for a request."""
        self._places = asyncio.Semaphore(most_at_once)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request and read its answer; waits while there are as many as there may be at once."""
        async with self._places:
            pool = self._free.pop()
            try:
                response = await pool.handle_async_request(request)
                try:
                    await response.aread()
                finally:
                    await response.aclose()
            finally:
                self._free.append(pool)
        return response

    async def aclose(self) -> None:
        """Close all connections."""
        for pool in self._pools:
            await pool.aclose()


def environment_proxy(base_url: str) -> str | None:
    """The proxy that the environment (`HTTPS_PROXY`, `NO_PROXY` and so on) names for an address."""
    address = urlsplit(base_url)
    if address.hostname is None or proxy_bypass(address.hostname):
        return None
    proxies = getproxies()
    return proxies.get(address.scheme) or proxies.get("all")
