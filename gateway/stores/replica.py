"""Reads from a replica of the database, never older than what the same tenant has written."""

import time
from collections.abc import Awaitable, Callable
from typing import TypeVar, cast

from prometheus_client import Counter
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.stores.database import Database
from gateway.stores.redis import RedisCalls, RedisUnavailableError
from web.problems import ModelMismatchError, NotFoundError, UnavailableError

T = TypeVar("T")

READS = Counter(
    "hexaface_database_reads_total", "Searches by where they were made, with a replica", ["database"]
)

# A replica that is further behind is of no use to anybody.
_KEPT_SECONDS = 3600
# Several gateways write for a tenant: the place in the log only ever moves forward.
_ADVANCE = """
if tonumber(redis.call('GET', KEYS[1]) or '-1') < tonumber(ARGV[1]) then
    redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
end
return 1
"""
_PLACE = text("SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint")
_REPLAYED = text("SELECT (pg_last_wal_replay_lsn() - '0/0')::bigint")


class _BehindError(Exception):
    """The replica has not seen yet what the tenant has written."""


class Reads:
    """Where searches are made: on the replica where there is one, it answers, and is not behind; else on the primary.

    How far a tenant has written stands in Redis, so that it holds for all gateways; without Redis the primary answers.
    """

    def __init__(self, primary: Database, replica: Database | None, redis: RedisCalls) -> None:
        self._primary = primary
        self._replica = replica
        self._redis = redis
        self._unknown_until = 0.0
        if replica is not None:
            primary.on_write = self._note

    async def run(self, tenant: str, search: Callable[[AsyncSession], Awaitable[T]]) -> T:
        """Do a search in a transaction. Raises UnavailableError and what the search raises on the primary."""
        if self._replica is not None:
            try:
                found = await self._on_replica(self._replica, tenant, search)
            except (
                _BehindError,
                RedisUnavailableError,
                UnavailableError,
                DBAPIError,
                # It may be new, or have moved to another embedder: the primary knows.
                NotFoundError,
                ModelMismatchError,
            ):
                READS.labels("primary").inc()
            else:
                READS.labels("replica").inc()
                return found
        async with self._primary.transaction() as session:
            return await search(session)

    async def aclose(self) -> None:
        """Close the replica's connections."""
        if self._replica is not None:
            await self._replica.aclose()

    async def _on_replica(
        self, replica: Database, tenant: str, search: Callable[[AsyncSession], Awaitable[T]]
    ) -> T:
        if time.monotonic() < self._unknown_until:
            raise _BehindError
        written = await self._redis.run(
            lambda redis: cast("Awaitable[bytes | None]", redis.get(_key(tenant)))
        )
        async with replica.transaction() as session:
            if written is not None:
                replayed = await session.scalar(_REPLAYED)
                if replayed is None or replayed < int(written):
                    raise _BehindError
            return await search(session)

    async def _note(self, tenant: str) -> None:
        try:
            async with self._primary.transaction() as session:
                place = str(await session.scalar(_PLACE))
            await self._redis.run(
                lambda redis: cast(
                    "Awaitable[object]", redis.eval(_ADVANCE, 1, _key(tenant), place, _KEPT_SECONDS)
                )
            )
        except (RedisUnavailableError, UnavailableError):
            # Nobody else can know now either; this gateway at least stays with the primary.
            self._unknown_until = time.monotonic() + _KEPT_SECONDS


def _key(tenant: str) -> str:
    return f"hexaface:written:{tenant}"
