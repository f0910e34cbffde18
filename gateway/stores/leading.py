"""One of several gateways at a time: an advisory lock that PostgreSQL gives back however a gateway ends."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text

from gateway.stores.database import single_connection_engine


@asynccontextmanager
async def leading(url: str, kind: int, number: int) -> AsyncIterator[bool]:
    """Whether this gateway is the one to do something, until the end of the block."""
    engine = single_connection_engine(url).execution_options(isolation_level="AUTOCOMMIT")
    try:
        async with engine.connect() as connection:
            lock = {"kind": kind, "number": number % 2**31}
            yield bool(await connection.scalar(text("SELECT pg_try_advisory_lock(:kind, :number)"), lock))
    finally:
        await engine.dispose()
