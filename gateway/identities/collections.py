"""Collections in PostgreSQL: a tenant's galleries, each pinned to one embedding model."""

from typing import Literal

from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.collections import CollectionChange
from contracts.identity import Collection, CollectionPage, NewCollection
from contracts.models import ModelRef
from gateway.identities.erasures import Erasures
from gateway.identities.removals import Removals, hide
from gateway.stores.database import Database
from gateway.stores.tables import CollectionRow, FaceRow, SubjectRow
from web.problems import ConflictError, ModelMismatchError, NotFoundError

# What a caller waits for the removal of the rows; some 100,000 faces.
_REMOVAL_SECONDS = 3.0


class Collections:
    """The collections of all tenants; every method takes the tenant. Raises UnavailableError."""

    def __init__(self, database: Database, erasures: Erasures) -> None:
        self._database = database
        self._erasures = erasures
        self._removals = Removals(database)

    async def create(self, tenant: str, new: NewCollection, model: ModelRef, dimensions: int) -> Collection:
        """A new, empty collection. Raises ConflictError when the id is taken."""
        values = {
            "tenant": tenant,
            "id": new.id,
            "description": new.description,
            "model_name": model.name,
            "model_version": model.version,
            "model_digest": model.digest,
            "dimensions": dimensions,
            "keep_chips": new.keep_chips,
        }
        try:
            async with self._database.transaction(writes_of=tenant) as session:
                row = (
                    await session.scalars(insert(CollectionRow).values(values).returning(CollectionRow))
                ).one()
        except IntegrityError as error:
            raise ConflictError(f"there is a collection {new.id!r} already") from error
        return _shown(row, 0, 0)

    async def row(self, tenant: str, collection: str) -> CollectionRow:
        """The row of a collection. Raises NotFoundError."""
        async with self._database.transaction() as session:
            return await collection_row(session, tenant, collection)

    async def read(self, tenant: str, collection: str) -> Collection:
        """A collection with its size. Raises NotFoundError."""
        async with self._database.transaction() as session:
            row = await collection_row(session, tenant, collection)
            return (await _with_sizes(session, [row]))[0]

    async def change(self, tenant: str, collection: str, change: CollectionChange) -> Collection:
        """Set the fields that `change` was given. Raises NotFoundError."""
        async with self._database.transaction() as session:
            row = await collection_row(session, tenant, collection)
            for name in change.model_fields_set:
                setattr(row, name, getattr(change, name))
            return (await _with_sizes(session, [row]))[0]

    async def page(self, tenant: str, *, after: str, limit: int) -> CollectionPage:
        """Collections by id."""
        query = (
            select(CollectionRow)
            .where(CollectionRow.tenant == tenant, CollectionRow.id > after)
            .order_by(CollectionRow.id)
            .limit(limit + 1)
        )
        async with self._database.transaction() as session:
            rows = (await session.scalars(query)).all()
            found = await _with_sizes(session, list(rows[:limit]))
        return CollectionPage(collections=found, next=found[-1].id if len(rows) > limit else None)

    async def delete(self, tenant: str, collection: str) -> int:
        """Delete a collection with all it holds; how many faces those were. Raises NotFoundError.

        From now on nobody finds it; what a large one holds may be removed after the answer.
        """
        async with self._database.transaction(writes_of=tenant) as session:
            row = await collection_row(session, tenant, collection, lock="exclusive")
            faces = (await _counts(session, [row], FaceRow)).get(row.pk, 0)
            await hide(session, row)
        await self._removals.carry_out(only=row.pk, seconds=_REMOVAL_SECONDS)
        await self._erasures.carry_out()
        return faces


async def collection_row(
    session: AsyncSession, tenant: str, collection: str, *, lock: Literal["shared", "exclusive"] | None = None
) -> CollectionRow:
    """The row of a tenant's collection; another tenant's does not exist. Raises NotFoundError.

    Whoever adds to a collection holds the shared lock, whoever deletes or moves it the exclusive one.
    """
    query = select(CollectionRow).where(CollectionRow.tenant == tenant, CollectionRow.id == collection)
    if lock is not None:
        query = query.with_for_update(read=lock == "shared", key_share=lock == "shared")
    row = await session.scalar(query)
    if row is None:
        raise NotFoundError(f"there is no collection {collection!r}")
    return row


def model_of(row: CollectionRow) -> ModelRef:
    """The model whose embeddings a collection holds."""
    return ModelRef(name=row.model_name, version=row.model_version, digest=row.model_digest)


def check_model(row: CollectionRow, model: ModelRef) -> None:
    """Raise ModelMismatchError unless the embeddings of `model` may be compared with those of the collection."""
    if row.model_digest != model.digest:
        raise ModelMismatchError(
            f"collection {row.id!r} holds embeddings of {row.model_name} {row.model_version} "
            f"({row.model_digest[:12]}), the embedder is {model.name} {model.version} ({model.digest[:12]}); "
            "list the embedder that has its model in HEXAFACE_EMBEDDER_URL, and move the collection to the other one"
        )


async def _with_sizes(session: AsyncSession, rows: list[CollectionRow]) -> list[Collection]:
    subjects = await _counts(session, rows, SubjectRow)
    faces = await _counts(session, rows, FaceRow)
    return [_shown(row, subjects.get(row.pk, 0), faces.get(row.pk, 0)) for row in rows]


async def _counts(
    session: AsyncSession, rows: list[CollectionRow], table: type[SubjectRow] | type[FaceRow]
) -> dict[int, int]:
    query = select(table.collection_pk, func.count()).group_by(table.collection_pk)
    found = await session.execute(query.where(table.collection_pk.in_([row.pk for row in rows])))
    return {pk: count for pk, count in found}  # noqa: C416  # rows are not pairs to a type checker


def _shown(row: CollectionRow, subjects: int, faces: int) -> Collection:
    return Collection(
        id=row.id,
        description=row.description,
        model=model_of(row),
        dimensions=row.dimensions,
        keep_chips=row.keep_chips,
        subjects=subjects,
        faces=faces,
        created_at=row.created_at,
    )
