"""Deleting a collection without holding anybody up: hidden in one step, its rows removed in small ones.

No step takes a lock on a whole table; the collection's index is dropped by the upkeep, concurrently.
"""

import time

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.identities.erasures import note_erasures
from gateway.stores.database import Database
from gateway.stores.tables import CollectionRow, FaceRow, RemovalRow, SubjectRow

HIDDEN = ""
"""The tenant of deleted collections: nobody's, so that no version of the gateway finds them."""

# A step of so many rows takes some 50 ms; others' requests come between two steps.
_ROWS = 1000


async def hide(session: AsyncSession, row: CollectionRow) -> None:
    """Make a collection unreachable and its id free. The row must be locked, so that no enrolment is half-way."""
    await session.execute(insert(RemovalRow).values(collection_pk=row.pk, tenant=row.tenant))
    hidden = update(CollectionRow).where(CollectionRow.pk == row.pk).values(tenant=HIDDEN, id=f"{row.pk}")
    await session.execute(hidden)


class Removals:
    """Removes what hidden collections hold. Several gateways share the work."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def carry_out(self, *, only: int | None = None, seconds: float = float("inf")) -> bool:
        """Remove hidden collections, or one of them; False when the time was over first. Raises UnavailableError."""
        deadline = time.monotonic() + seconds
        while await self._step(only):
            if time.monotonic() > deadline:
                return False
        return True

    async def _step(self, only: int | None) -> bool:
        """Remove some rows; False when there is nothing left to do, or others are at it."""
        async with self._database.transaction() as session:
            due = select(RemovalRow).order_by(RemovalRow.created_at).limit(1)
            if only is not None:
                due = due.where(RemovalRow.collection_pk == only)
            removal = await session.scalar(due.with_for_update(skip_locked=True))
            if removal is None:
                return False
            await _remove(session, removal)
        return True


async def _remove(session: AsyncSession, removal: RemovalRow) -> None:
    pk = removal.collection_pk
    faces = (await session.scalars(select(FaceRow.id).where(FaceRow.collection_pk == pk).limit(_ROWS))).all()
    if faces:
        await note_erasures(session, removal.tenant, FaceRow.id.in_(faces))
        await session.execute(delete(FaceRow).where(FaceRow.id.in_(faces)))
        return
    subjects = select(SubjectRow.pk).where(SubjectRow.collection_pk == pk).limit(_ROWS)
    found = (await session.scalars(subjects)).all()
    if found:
        await session.execute(delete(SubjectRow).where(SubjectRow.pk.in_(found)))
        return
    await session.execute(delete(CollectionRow).where(CollectionRow.pk == pk))
