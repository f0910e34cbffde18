"""One of several gateways at a time: an advisory lock that PostgreSQL gives back however a gateway ends."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.stores.database import single_connection_engine

MAINTENANCE = (4026, 0)
"""For index builds and scrubbing: two `CONCURRENTLY`s at once wait for each other's snapshots, a deadlock."""


@asynccontextmanager
async def leading(url: str, kind: int, number: int) -> AsyncIterator[AsyncConnection | None]:
    """A connection without transactions for the one gateway that leads until the end of the block; None for the others."""
    engine = single_connection_engine(url).execution_options(isolation_level="AUTOCOMMIT")
    try:
        async with engine.connect() as connection:
            lock = {"kind": kind, "number": number % 2**31}
            first = await connection.scalar(text("SELECT pg_try_advisory_lock(:kind, :number)"), lock)
            yield connection if first else None
    finally:
        await engine.dispose()
