"""A transport that spreads requests over the replicas behind one host name.

Docker's DNS and a headless Kubernetes Service answer one address per replica. Names are resolved again every few
seconds, so replicas come and go without a restart; each address has its own pool of connections.
"""

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import httpx
import structlog
from prometheus_client import Counter, Gauge

log = structlog.get_logger(__name__)

REPLICAS = Gauge(
    "hexaface_upstream_replicas",
    "Addresses behind a service's name",
    ["upstream"],
    multiprocess_mode="livemax",
)
EJECTIONS = Counter(
    "hexaface_upstream_ejections_total", "Replicas left alone for a while after a failure", ["upstream"]
)

Resolve = Callable[[str, int], Awaitable[list[str]]]
"""Host and port -> addresses; raises OSError."""

_TTL_SECONDS = 3.0
_EJECTED_SECONDS = 5.0
# The answer must be late here before it is late for the guard around this transport, or the replica goes unblamed.
_SHARE_OF_DEADLINE = 0.95

# Nothing of these requests has been executed to an answer, and services store nothing: another replica may do it.
_REPEATABLE = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.RemoteProtocolError,
    httpx.ReadError,
    httpx.WriteError,
)


@dataclass(eq=False)
class _Replica:
    address: str
    transport: httpx.AsyncBaseTransport
    outstanding: int = 0
    ejected_until: float = 0.0
    last_used: float = field(default_factory=time.monotonic)
    gone: bool = False

    async def close_if_idle(self) -> None:
        """Close the connections of a replica that left, once its last request is answered."""
        if self.gone and self.outstanding == 0:
            await self.transport.aclose()


class BalancingTransport(httpx.AsyncBaseTransport):
    """Sends each request to the replica with the fewest outstanding ones, in turn among equals.

    A replica that fails is left alone for five seconds, unless all are. A request whose connection broke is sent once
    more, to another replica where there is one: services compute and store nothing, so twice is harmless. One that ran
    out of time is not repeated.
    """

    def __init__(
        self,
        connect: Callable[[str], httpx.AsyncBaseTransport],
        *,
        name: str,
        resolve: Resolve | None = None,
        ttl: float = _TTL_SECONDS,
        ejected_seconds: float = _EJECTED_SECONDS,
    ) -> None:
        """`connect` makes the connections to one address."""
        self._connect = connect
        self._name = name
        self._resolve = resolve or resolve_addresses
        self._ttl = ttl
        self._ejected_seconds = ejected_seconds
        self._replicas: dict[str, _Replica] = {}
        self._resolved_at = float("-inf")
        self._resolving = asyncio.Lock()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request and read its whole answer. Raises httpx.TransportError."""
        tried: list[_Replica] = []
        while True:
            replica = await self._choose(request, tried)
            tried.append(replica)
            try:
                return await self._send(replica, request)
            except _REPEATABLE as error:
                self._eject(replica, error)
                if len(tried) > 1:
                    raise
            except httpx.TimeoutException as error:
                self._eject(replica, error)
                raise

    async def aclose(self) -> None:
        """Close every connection."""
        for replica in self._replicas.values():
            await replica.transport.aclose()

    async def _choose(self, request: httpx.Request, tried: list[_Replica]) -> _Replica:
        await self._refresh(request, force=bool(tried))
        now = time.monotonic()
        fresh = [r for r in self._replicas.values() if r not in tried] or list(self._replicas.values())
        healthy = [r for r in fresh if r.ejected_until <= now] or fresh
        replica = min(healthy, key=lambda r: (r.outstanding, r.last_used))
        replica.last_used = now
        return replica

    async def _send(self, replica: _Replica, request: httpx.Request) -> httpx.Response:
        seconds = request.extensions.get("timeout", {}).get("read")
        # Only the address changes: the Host header names the service, a TLS certificate is checked against the name.
        sent = httpx.Request(
            request.method,
            request.url.copy_with(host=replica.address),
            headers=request.headers,
            stream=request.stream,
            extensions=request.extensions | {"sni_hostname": request.url.host},
        )
        replica.outstanding += 1
        try:
            async with asyncio.timeout(seconds and seconds * _SHARE_OF_DEADLINE):
                response = await replica.transport.handle_async_request(sent)
                await response.aread()
        except TimeoutError as error:
            raise httpx.ReadTimeout(f"{replica.address} did not answer in time", request=request) from error
        finally:
            replica.outstanding -= 1
            await replica.close_if_idle()
        return response

    def _eject(self, replica: _Replica, error: httpx.TransportError) -> None:
        now = time.monotonic()
        if replica.ejected_until <= now:
            EJECTIONS.labels(self._name).inc()
            log.warning(
                "replica.ejected", upstream=self._name, address=replica.address, error=type(error).__name__
            )
        replica.ejected_until = now + self._ejected_seconds

    async def _refresh(self, request: httpx.Request, *, force: bool) -> None:
        """Look the name up again when the last answer is old, or when a replica of it has just failed."""
        asked = time.monotonic()
        if not force and asked - self._resolved_at < self._ttl and self._replicas:
            return
        async with self._resolving:
            if self._resolved_at >= asked:
                return
            url = request.url
            try:
                addresses = await self._resolve(url.host, url.port or (443 if url.scheme == "https" else 80))
            except OSError as error:
                if not self._replicas:
                    raise httpx.ConnectError(f"{url.host}: {error}", request=request) from error
                # A name server that is down must not take the services with it: the last answer stands.
                addresses = list(self._replicas)
            await self._adopt(addresses)
            self._resolved_at = time.monotonic()

    async def _adopt(self, addresses: list[str]) -> None:
        gone = [self._replicas.pop(a) for a in set(self._replicas) - set(addresses)]
        for address in addresses:
            if address not in self._replicas:
                self._replicas[address] = _Replica(address, self._connect(address))
        REPLICAS.labels(self._name).set(len(self._replicas))
        for replica in gone:
            replica.gone = True
            await replica.close_if_idle()


async def resolve_addresses(host: str, port: int) -> list[str]:
    """Every address of a name, by the system's resolver in a thread. Raises OSError."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return sorted({str(entry[4][0]) for entry in found})
