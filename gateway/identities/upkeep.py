"""What is done behind the requests, each chore in a loop of its own: none waits for another, no error ends one."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

import structlog
from prometheus_client import Gauge
from sqlalchemy import delete, func, select

from gateway.identities.erasures import Erasures
from gateway.identities.indexing import BUILD_MEMORY_MB, INDEX_FROM, build_index, drop_left_over, gallery
from gateway.identities.reembedding import Reembedding
from gateway.identities.removals import HIDDEN, Removals
from gateway.identities.scrubbing import Scrubbing
from gateway.stores.database import Database
from gateway.stores.tables import CollectionRow, FaceRow, IdempotencyRow
from web.problems import UnavailableError

log = structlog.get_logger(__name__)

DONE = Gauge(
    "hexaface_upkeep_done_timestamp_seconds",
    "When a chore of the upkeep was last done; when the gateway started, if it never was",
    ["chore"],
    multiprocess_mode="livemax",
)

IDEMPOTENCY_KEPT = timedelta(hours=24)


@dataclass(frozen=True)
class Chore:
    """Something that is due again and again; `work` answers False when it could not be done."""

    name: str
    every_seconds: float
    work: Callable[[], Awaitable[object]]


class Upkeep:
    """The chores of one gateway; several gateways do not get in each other's way."""

    def __init__(
        self,
        database: Database,
        erasures: Erasures,
        reembedding: Reembedding,
        *,
        index_from: int = INDEX_FROM,
        index_memory_mb: int = BUILD_MEMORY_MB,
    ) -> None:
        self._database = database
        self._index_from = index_from
        self._index_memory_mb = index_memory_mb
        self.chores = (
            Chore("removals", 15, Removals(database).carry_out),
            Chore("erasures", 30, erasures.carry_out),
            Chore("scrubbing", 5, Scrubbing(database).carry_out),
            Chore("moves", 2, reembedding.carry_out),
            Chore("idempotency-keys", 300, self._forget_idempotency_keys),
            Chore("indexes", 30, self._keep_indexes),
        )

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as group:
            for chore in self.chores:
                group.create_task(_keep_doing(chore))

    async def once(self) -> None:
        """Do everything that is due."""
        for chore in self.chores:
            await chore.work()

    async def _forget_idempotency_keys(self) -> None:
        async with self._database.transaction() as session:
            old = IdempotencyRow.created_at < func.now() - IDEMPOTENCY_KEPT
            await session.execute(delete(IdempotencyRow).where(old))

    async def _keep_indexes(self) -> None:
        """Build what is missing, drop what nobody needs."""
        async with self._database.transaction() as session:
            large = select(FaceRow.collection_pk).group_by(FaceRow.collection_pk)
            large = large.having(func.count() >= self._index_from)
            query = select(CollectionRow).where(CollectionRow.pk.in_(large), CollectionRow.tenant != HIDDEN)
            rows = (await session.scalars(query)).all()
            pending = [row for row in rows if not (await gallery(session, row)).indexed]
        if not self._database.url:
            return
        for row in pending:
            log.info("index.build", collection=row.pk)
            if await build_index(self._database.url, row.pk, row.dimensions, row.slot, self._index_memory_mb):
                log.info("index.built", collection=row.pk)
        if dropped := await drop_left_over(self._database.url):
            log.info("index.dropped", indexes=dropped)


async def _keep_doing(chore: Chore) -> None:
    """Do a chore again and again; whatever it meets, it is tried again."""
    DONE.labels(chore.name).set_to_current_time()
    while True:
        try:
            done = await chore.work()
        except UnavailableError:
            log.info("upkeep.postponed", chore=chore.name)
        except Exception as error:  # a driver raises what it likes; the next time it may be gone
            log.warning("upkeep.failed", chore=chore.name, error=type(error).__name__)
            # A driver may raise something of its own over the cancellation that it was stopped by.
            if (task := asyncio.current_task()) and task.cancelling():
                raise
        else:
            if done is not False:
                DONE.labels(chore.name).set_to_current_time()
        await asyncio.sleep(chore.every_seconds)
