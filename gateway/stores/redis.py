"""Redis as something that may be missing: short timeouts, and a circuit breaker so that a hanging one costs little."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog
from prometheus_client import Counter
from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from web.tracing import client_span

log = structlog.get_logger(__name__)

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
        self._failed = 0
        self._retry_at = 0.0
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
        self._admit()
        try:
            with client_span("redis", **{"db.system.name": "redis"}):
                async with asyncio.timeout(self._timeout):
                    result = await work(self._redis)
        except (RedisError, OSError, TimeoutError) as error:
            self._note_failure(error)
            raise RedisUnavailableError(type(error).__name__) from error
        self._failed = 0
        return result

    async def aclose(self) -> None:
        """Close every connection."""
        if self._redis is not None:
            await self._redis.aclose()
        if self.pool:
            await self.pool.aclose()

    def _admit(self) -> None:
        now = time.monotonic()
        if self._failed >= _FAILURES_IN_A_ROW:
            if now < self._retry_at:
                FAILURES.labels("circuit-open").inc()
                raise RedisUnavailableError("left alone after failures")
            # This call is the probe; others wait for its outcome.
            self._retry_at = now + _PAUSE_SECONDS

    def _note_failure(self, error: Exception) -> None:
        FAILURES.labels("timeout" if isinstance(error, TimeoutError) else type(error).__name__).inc()
        self._failed += 1
        if self._failed == _FAILURES_IN_A_ROW:
            log.warning("redis.left_alone", seconds=_PAUSE_SECONDS, error=type(error).__name__)
        if self._failed >= _FAILURES_IN_A_ROW:
            self._retry_at = time.monotonic() + _PAUSE_SECONDS
