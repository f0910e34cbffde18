"""Erasing what Redis holds of an erased face: noted in the same transaction, carried out at once or as soon as it can."""

from sqlalchemy import ColumnElement, delete, func, insert, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.analysis.cache import EmbeddingCache
from gateway.stores.database import Database
from gateway.stores.redis import RedisUnavailableError
from gateway.stores.tables import CacheErasureRow, FaceRow
from web.problems import UnavailableError

_BATCH = 500


async def note_erasures(session: AsyncSession, tenant: str, faces: ColumnElement[bool]) -> int:
    """Note the pictures of a tenant's faces that are about to be deleted; how many faces those are."""
    count = await session.scalar(select(func.count()).select_from(FaceRow).where(faces))
    pictures = select(literal(tenant), FaceRow.image_sha256).where(faces).distinct()
    await session.execute(insert(CacheErasureRow).from_select(["tenant", "image_sha256"], pictures))
    return count or 0


class Erasures:
    """Carries out noted erasures."""

    def __init__(self, database: Database, cache: EmbeddingCache) -> None:
        self._database = database
        self._cache = cache

    async def carry_out(self) -> bool:
        """Erase all that is noted; False when a store did not answer: the notes stay for the next time."""
        try:
            return await self._carry_out()
        except UnavailableError:
            return False

    async def _carry_out(self) -> bool:
        while True:
            async with self._database.transaction() as session:
                query = select(CacheErasureRow).order_by(CacheErasureRow.pk).limit(_BATCH)
                rows = (await session.scalars(query.with_for_update(skip_locked=True))).all()
                if not rows:
                    return True
                try:
                    await self._cache.erase([(row.tenant, row.image_sha256) for row in rows])
                except RedisUnavailableError:
                    return False
                await session.execute(
                    delete(CacheErasureRow).where(CacheErasureRow.pk.in_([r.pk for r in rows]))
                )
