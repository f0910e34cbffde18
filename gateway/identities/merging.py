"""Two subjects that are one person, made one: the faces of one go to the other."""

from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.problems import FieldError
from contracts.storable import MAX_METADATA, json_size
from gateway.identities.collections import collection_row
from gateway.stores.tables import FaceRow, SubjectRow
from web.problems import ConflictError, InvalidRequestError, NotFoundError

NOTES = "rekognition"
"""Where the Rekognition dialect keeps what it says of a subject, in the metadata."""
NOBODY = "unassociated"
"""Its mark of a subject that only stands for one face; it ends with a merge."""


async def merge(
    session: AsyncSession, tenant: str, collection: str, kept: str, duplicate: str
) -> tuple[SubjectRow, int]:
    """Give the faces of `duplicate` to `kept` and delete `duplicate`; the one that is left, and how many faces moved.

    What `kept` says of itself stays; a name and metadata that it lacks come from the other one.
    Raises NotFoundError, InvalidRequestError, ConflictError.
    """
    if kept == duplicate:
        error = FieldError(field="duplicate", reason="is the subject itself")
        raise InvalidRequestError("nobody can be merged with themselves", errors=[error])
    parent = await collection_row(session, tenant, collection, lock="shared")
    rows = await _locked(session, parent.pk, kept, duplicate)
    for name in (kept, duplicate):
        if name not in rows:
            raise NotFoundError(f"there is no subject {name!r} in collection {collection!r}")
    return await _merge(session, rows[kept], rows[duplicate])


async def _locked(session: AsyncSession, collection: int, *ids: str) -> dict[str, SubjectRow]:
    """The rows by id, locked in one order: two merges wait for one another, and an enrolment for a merge."""
    query = select(SubjectRow).where(SubjectRow.collection_pk == collection, SubjectRow.id.in_(ids))
    found = await session.scalars(query.order_by(SubjectRow.pk).with_for_update())
    return {row.id: row for row in found}


async def _merge(session: AsyncSession, kept: SubjectRow, duplicate: SubjectRow) -> tuple[SubjectRow, int]:
    details = _details(kept, duplicate)
    moved = update(FaceRow).where(FaceRow.subject_pk == duplicate.pk).values(subject_pk=kept.pk)
    faces = (await session.scalars(moved.returning(FaceRow.id))).all()
    await session.execute(delete(SubjectRow).where(SubjectRow.pk == duplicate.pk))
    values = {"name": kept.name or duplicate.name, "details": details, "updated_at": func.now()}
    changed = update(SubjectRow).where(SubjectRow.pk == kept.pk).values(values).returning(SubjectRow)
    after = (await session.scalars(changed, execution_options={"populate_existing": True})).one()
    return after, len(faces)


def _details(kept: SubjectRow, duplicate: SubjectRow) -> dict[str, Any]:
    details = _joined(kept.details, duplicate.details)
    if isinstance(notes := details.get(NOTES), dict):
        details[NOTES] = {name: note for name, note in notes.items() if name != NOBODY}
    if json_size(details) > MAX_METADATA:
        raise ConflictError(
            f"the metadata of both is over the limit of {MAX_METADATA // 1024} KiB together; shorten one first"
        )
    return details


def _joined(kept: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Both objects in one, key by key; where both say something, `kept` is right."""
    both = {**other, **kept}
    for name in kept.keys() & other.keys():
        if isinstance(kept[name], dict) and isinstance(other[name], dict):
            both[name] = _joined(kept[name], other[name])
    return both
