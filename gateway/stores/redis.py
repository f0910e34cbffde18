"""Redis as something that may be missing: short timeouts, and a circuit breaker so that a hanging one costs little."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from prometheus_client import Counter
from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from gateway.upstreams.circuit import Circuit
from web.tracing import client_span

T = TypeVar("T")

FAILURES = Counter(
    "hexaface_redis_failures_total", "Calls to Redis that failed or were not tried", ["reason"]
)

_FAILURES_IN_A_ROW = 3
_PAUSE_SECONDS = 2.0


class RedisUnavailableError(Exception):
    """Redis did not do it; go on without."""


class RedisCalls:
    """The way to Redis. Each call ends within `timeout` seconds; after three failures in a row, none for two seconds.

    So a Redis that hangs delays at most three requests by the timeout, then one every two seconds.
    """

    def __init__(self, url: str | None, *, timeout: float) -> None:
        self._timeout = timeout
        self._circuit = Circuit("redis", failures=_FAILURES_IN_A_ROW, seconds=_PAUSE_SECONDS)
        self.pool: ConnectionPool | None = None
        if url:
            self.pool = ConnectionPool.from_url(
                url,
                socket_timeout=timeout,
                socket_connect_timeout=timeout,
                retry=Retry(NoBackoff(), 0),
                max_connections=64,
            )
        self._redis: Redis | None = Redis(connection_pool=self.pool) if self.pool else None

    async def run(self, work: Callable[[Redis], Awaitable[T]]) -> T:
        """Do `work` with a client. Raises RedisUnavailableError."""
        if self._redis is None:
            raise RedisUnavailableError("no REDIS_URL")
        if not self._circuit.admits():
            FAILURES.labels("circuit-open").inc()
            raise RedisUnavailableError("left alone after failures")
        try:
            with client_span("redis", **{"db.system.name": "redis"}):
                async with asyncio.timeout(self._timeout):
                    result = await work(self._redis)
        except (RedisError, OSError, TimeoutError) as error:
            FAILURES.labels("timeout" if isinstance(error, TimeoutError) else type(error).__name__).inc()
            self._circuit.note_failure(error)
            raise RedisUnavailableError(type(error).__name__) from error
        self._circuit.note_success()
        return result

    async def aclose(self) -> None:
        """Close every connection."""
        if self._redis is not None:
            await self._redis.aclose()
        if self.pool:
            await self.pool.aclose()
