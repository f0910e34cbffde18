"""Whether PostgreSQL and Redis answer, for `/readyz`."""

import asyncio
from collections.abc import Awaitable, Callable

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from gateway.stores.database import Database
from gateway.stores.redis import RedisCalls, RedisUnavailableError
from web.problems import UnavailableError

READY = "ready"
NOT_CONFIGURED = "not configured"
# As long as the services get: probes themselves wait a few seconds.
_SECONDS = 2.0


class Stores:
    """Asks both stores, each at most once at a time: one that hangs must not collect the questions of every probe."""

    def __init__(self, database: Database, redis: RedisCalls) -> None:
        self._questions: dict[str, Callable[[], Awaitable[str]]] = {
            "postgresql": lambda: _ask_database(database),
            "redis": lambda: _ask_redis(redis),
        }
        self._asked: dict[str, asyncio.Task[str]] = {}

    async def states(self) -> dict[str, str]:
        """Per store `ready`, `not configured`, or the reason why not; within two seconds."""
        names = list(self._questions)
        states = await asyncio.gather(*(self._state(name) for name in names))
        return dict(zip(names, states, strict=True))

    async def aclose(self) -> None:
        """Give up questions that are still open."""
        for task in self._asked.values():
            task.cancel()
        await asyncio.gather(*self._asked.values(), return_exceptions=True)

    async def _state(self, name: str) -> str:
        task = self._asked.get(name)
        if task is None or task.done():
            task = self._asked[name] = asyncio.ensure_future(self._questions[name]())
        # Not cancelled when it is late: a driver may take long over a cancellation too.
        done, _ = await asyncio.wait({task}, timeout=_SECONDS)
        return task.result() if done else f"did not answer within {_SECONDS:g} s"


def is_degraded(states: dict[str, str]) -> bool:
    """Whether a store that is configured cannot be used."""
    return any(state not in (READY, NOT_CONFIGURED) for state in states.values())


async def _ask_database(database: Database) -> str:
    if not database.url:
        return NOT_CONFIGURED
    try:
        async with database.transaction() as session:
            await session.execute(text("SELECT 1"))
    except UnavailableError as error:
        return error.detail
    except SQLAlchemyError as error:
        return f"answers with an error: {type(error).__name__}"
    return READY


async def _ask_redis(redis: RedisCalls) -> str:
    if redis.pool is None:
        return NOT_CONFIGURED
    try:
        await redis.run(lambda client: client.ping())
    except RedisUnavailableError as error:
        return f"cannot be reached: {error}"
    return READY
