"""What is done behind the requests: erasures that Redis missed, old idempotency keys, indexes of grown collections."""

import asyncio
from datetime import timedelta

import structlog
from sqlalchemy import delete, func, select
from sqlalchemy.exc import SQLAlchemyError

from gateway.identities.erasures import Erasures
from gateway.identities.indexing import INDEX_FROM, build_index, gallery
from gateway.stores.database import Database
from gateway.stores.tables import CollectionRow, FaceRow, IdempotencyRow
from web.problems import UnavailableError

log = structlog.get_logger(__name__)

IDEMPOTENCY_KEPT = timedelta(hours=24)
_EVERY_SECONDS = 30.0


class Upkeep:
    """One background task per gateway; several gateways do not get in each other's way."""

    def __init__(self, database: Database, erasures: Erasures, *, index_from: int = INDEX_FROM) -> None:
        self._database = database
        self._erasures = erasures
        self._index_from = index_from

    async def run(self) -> None:
        """Work until cancelled. A database that is away is waited for."""
        while True:
            try:
                await self.once()
            except UnavailableError:
                log.info("upkeep.postponed")
            except SQLAlchemyError as error:
                log.warning("upkeep.failed", error=type(error).__name__)
            await asyncio.sleep(_EVERY_SECONDS)

    async def once(self) -> None:
        """Do everything that is due."""
        await self._erasures.carry_out()
        await self._forget_idempotency_keys()
        await self._build_indexes()

    async def _forget_idempotency_keys(self) -> None:
        async with self._database.transaction() as session:
            old = IdempotencyRow.created_at < func.now() - IDEMPOTENCY_KEPT
            await session.execute(delete(IdempotencyRow).where(old))

    async def _build_indexes(self) -> None:
        async with self._database.transaction() as session:
            large = select(FaceRow.collection_pk).group_by(FaceRow.collection_pk)
            large = large.having(func.count() >= self._index_from)
            rows = (await session.scalars(select(CollectionRow).where(CollectionRow.pk.in_(large)))).all()
            pending = [row for row in rows if not (await gallery(session, row.pk)).indexed]
        for row in pending:
            log.info("index.build", collection=row.pk)
            if self._database.url and await build_index(self._database.url, row.pk, row.dimensions):
                log.info("index.built", collection=row.pk)
