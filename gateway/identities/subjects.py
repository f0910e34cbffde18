"""Subjects in PostgreSQL: the people of a collection, with the caller's own ids and metadata."""

from typing import Any

from sqlalchemy import ColumnElement, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.collections import SubjectFilter
from contracts.identity import NewSubject, Subject, SubjectChange, SubjectPage
from gateway.identities.collections import collection_row
from gateway.identities.erasures import Erasures, note_erasures
from gateway.identities.merging import merge
from gateway.stores.database import Database
from gateway.stores.tables import FaceRow, SubjectRow
from web.problems import ConflictError, NotFoundError


class Subjects:
    """The subjects of all tenants' collections. Methods raise NotFoundError and UnavailableError."""

    def __init__(self, database: Database, erasures: Erasures) -> None:
        self._database = database
        self._erasures = erasures

    async def create(self, tenant: str, collection: str, new: NewSubject) -> Subject:
        """A new subject. Raises ConflictError when the id is taken."""
        try:
            async with self._database.transaction(writes_of=tenant) as session:
                parent = await collection_row(session, tenant, collection, lock="shared")
                values = {"collection_pk": parent.pk, "id": new.id, "name": new.name, "details": new.metadata}
                row = (await session.scalars(insert(SubjectRow).values(values).returning(SubjectRow))).one()
        except IntegrityError as error:
            if getattr(error.orig, "sqlstate", None) == "23503":  # foreign key: the collection is just gone
                raise NotFoundError(f"there is no collection {collection!r}") from error
            raise ConflictError(f"there is a subject {new.id!r} already") from error
        return shown_subject(row, 0)

    async def read(self, tenant: str, collection: str, subject: str) -> Subject:
        """A subject."""
        async with self._database.transaction() as session:
            row = await subject_row(session, tenant, collection, subject)
            return (await _with_sizes(session, [row]))[0]

    async def change(self, tenant: str, collection: str, subject: str, change: SubjectChange) -> Subject:
        """Set the fields that `change` was given. Raises ConflictError when a new id is taken."""
        try:
            return await self._change(tenant, collection, subject, _columns(change))
        except IntegrityError as error:
            raise ConflictError(f"there is a subject {change.id!r} already") from error

    async def _change(self, tenant: str, collection: str, subject: str, values: dict[str, Any]) -> Subject:
        async with self._database.transaction(writes_of=tenant) as session:
            row = await subject_row(session, tenant, collection, subject)
            changed = (
                update(SubjectRow).where(SubjectRow.pk == row.pk).values(**values, updated_at=func.now())
            )
            found = await session.scalars(
                changed.returning(SubjectRow), execution_options={"populate_existing": True}
            )
            after = found.one_or_none()
            if after is None:  # deleted since it was read
                raise _no_subject(collection, subject)
            return (await _with_sizes(session, [after]))[0]

    async def merge(self, tenant: str, collection: str, kept: str, duplicate: str) -> tuple[Subject, int]:
        """Make two subjects one, `kept`; it as it is then, and how many faces it got.

        Raises ConflictError when their metadata is too much together, InvalidRequestError when they are one.
        """
        async with self._database.transaction(writes_of=tenant) as session:
            row, faces = await merge(session, tenant, collection, kept, duplicate)
            return (await _with_sizes(session, [row]))[0], faces

    async def page(
        self, tenant: str, collection: str, *, after: str, limit: int, only: SubjectFilter | None = None
    ) -> SubjectPage:
        """Subjects by id; with `only`, those that it describes."""
        async with self._database.transaction() as session:
            parent = await collection_row(session, tenant, collection)
            query = select(SubjectRow).where(SubjectRow.collection_pk == parent.pk, SubjectRow.id > after)
            if only is not None:
                query = query.where(*_conditions(only))
            rows = (await session.scalars(query.order_by(SubjectRow.id).limit(limit + 1))).all()
            found = await _with_sizes(session, list(rows[:limit]))
        return SubjectPage(subjects=found, next=found[-1].id if len(rows) > limit else None)

    async def delete(self, tenant: str, collection: str, subject: str) -> int:
        """Delete a subject with its faces; how many those were."""
        async with self._database.transaction(writes_of=tenant) as session:
            row = await subject_row(session, tenant, collection, subject)
            faces = await note_erasures(session, tenant, FaceRow.subject_pk == row.pk)
            await session.execute(delete(SubjectRow).where(SubjectRow.pk == row.pk))
        await self._erasures.carry_out()
        return faces


async def subject_row(session: AsyncSession, tenant: str, collection: str, subject: str) -> SubjectRow:
    """The row of a subject. Raises NotFoundError."""
    parent = await collection_row(session, tenant, collection)
    query = select(SubjectRow).where(SubjectRow.collection_pk == parent.pk, SubjectRow.id == subject)
    row = await session.scalar(query)
    if row is None:
        raise _no_subject(collection, subject)
    return row


def _columns(change: SubjectChange) -> dict[str, Any]:
    given = change.model_dump(include=change.model_fields_set)
    values: dict[str, Any] = {"details" if name == "metadata" else name: given[name] for name in given}
    if values.get("details", ...) is None:
        values["details"] = {}
    if values.get("id", ...) is None:  # an id cannot be taken away
        del values["id"]
    return values


def _conditions(only: SubjectFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if only.prefix:
        found.append(SubjectRow.id.startswith(only.prefix, autoescape=True))
    if only.name:
        found.append(SubjectRow.name.icontains(only.name, autoescape=True))
    if only.metadata:
        found.append(SubjectRow.details.contains(only.metadata))
    return found


def _no_subject(collection: str, subject: str) -> NotFoundError:
    return NotFoundError(f"there is no subject {subject!r} in collection {collection!r}")


async def _with_sizes(session: AsyncSession, rows: list[SubjectRow]) -> list[Subject]:
    query = select(FaceRow.subject_pk, func.count()).group_by(FaceRow.subject_pk)
    found = await session.execute(query.where(FaceRow.subject_pk.in_([row.pk for row in rows])))
    sizes = {pk: count for pk, count in found}  # noqa: C416  # rows are not pairs to a type checker
    return [shown_subject(row, sizes.get(row.pk, 0)) for row in rows]


def shown_subject(row: SubjectRow, faces: int) -> Subject:
    """A subject as the API shows it."""
    return Subject(
        id=row.id,
        name=row.name,
        metadata=row.details,
        faces=faces,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
