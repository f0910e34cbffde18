"""Rekognition's faces and users as our subjects: a face that belongs to nobody is a subject of its own.

What Rekognition keeps of a face beyond ours (the picture's id, the caller's id, the box as ratios) stands in its
subject's metadata under `rekognition`, and goes with the face when it is associated with a user.
"""

import secrets
import uuid
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.identity import EnrolledFace, NewSubject
from contracts.models import ModelRef
from gateway.identities.collections import check_model, collection_row
from gateway.identities.faces import NewFace
from gateway.identities.indexing import gallery
from gateway.identities.merging import NOBODY, NOTES
from gateway.identities.search import Hit, nearest_faces
from gateway.identities.slots import live_embedding
from gateway.keys.principal import Principal
from gateway.parts import Parts
from gateway.stores.tables import CollectionRow, FaceRow, SubjectRow


@dataclass(frozen=True)
class Stored:
    """A stored face, whose it is, and what Rekognition keeps of it."""

    face_id: str
    subject: str
    user: str | None
    score: float
    embedding: bytes
    notes: dict[str, Any] = field(default_factory=dict)


class StoredFaces:
    """One tenant's collection as Rekognition sees it. Methods raise NotFoundError and UnavailableError."""

    def __init__(self, parts: Parts, who: Principal, collection: str) -> None:
        self._parts = parts
        self._who = who
        self.tenant = who.tenant
        self.collection = collection

    async def add(self, new: NewFace, notes: dict[str, Any]) -> EnrolledFace:
        """Store a face that belongs to nobody yet. Raises ModelMismatchError."""
        subject = f"face-{secrets.token_hex(8)}"
        made = NewSubject(id=subject, metadata={NOTES: {NOBODY: True, "faces": {}}})
        await self._parts.subjects.create(self.tenant, self.collection, made)
        enrolled = await self._parts.faces.add(self._who, self.collection, subject, new, idempotency=None)
        async with self._parts.database.transaction() as session:
            parent = await collection_row(session, self.tenant, self.collection)
            owner = await _subject(session, parent, subject)
            if owner is not None:
                await _note(session, owner, {enrolled.face_id: notes})
        return enrolled

    async def faces(
        self, *, after: str = "", limit: int, user: str | None = None, ids: list[str] | None = None
    ) -> tuple[list[Stored], str | None]:
        """A page of stored faces by id, and the id to go on after."""
        async with self._parts.database.transaction() as session:
            parent = await collection_row(session, self.tenant, self.collection)
            query = _faces(parent).where(FaceRow.id > uuid.UUID(after or "0" * 32)).limit(limit + 1)
            if user is not None:
                query = query.where(SubjectRow.id == user)
            if ids is not None:
                query = query.where(FaceRow.id.in_(_uuids(ids)))
            rows = (await session.execute(query)).all()
        found = [_stored(parent, face, subject) for face, subject in rows[:limit]]
        return found, found[-1].face_id if len(rows) > limit else None

    async def users(self, *, after: str, limit: int) -> tuple[list[str], str | None]:
        """A page of users by id, and the id to go on after."""
        async with self._parts.database.transaction() as session:
            parent = await collection_row(session, self.tenant, self.collection)
            query = select(SubjectRow).where(
                SubjectRow.collection_pk == parent.pk, SubjectRow.id > after, ~_belongs_to_nobody()
            )
            rows = (await session.scalars(query.order_by(SubjectRow.id).limit(limit + 1))).all()
        found = [row.id for row in rows[:limit]]
        return found, found[-1] if len(rows) > limit else None

    async def count(self) -> tuple[int, int]:
        """How many faces and how many users there are."""
        async with self._parts.database.transaction() as session:
            parent = await collection_row(session, self.tenant, self.collection)
            faces = select(func.count()).where(FaceRow.collection_pk == parent.pk)
            users = select(func.count()).where(SubjectRow.collection_pk == parent.pk, ~_belongs_to_nobody())
            return await session.scalar(faces) or 0, await session.scalar(users) or 0

    async def give(self, stored: list[Stored], user: str) -> None:
        """Associate faces with a user."""
        async with self._parts.database.transaction() as session:
            parent = await collection_row(session, self.tenant, self.collection)
            owner = await _subject(session, parent, user)
            if owner is None:
                return
            await _move(session, parent, stored, owner)

    async def take(self, stored: list[Stored]) -> None:
        """Take faces from their user: each becomes a subject of its own again."""
        async with self._parts.database.transaction() as session:
            parent = await collection_row(session, self.tenant, self.collection)
            for face in stored:
                owner = SubjectRow(
                    collection_pk=parent.pk,
                    id=f"face-{secrets.token_hex(8)}",
                    name=None,
                    details={NOTES: {NOBODY: True, "faces": {}}},
                )
                session.add(owner)
                await session.flush()
                await _move(session, parent, [face], owner)

    async def nearest(self, embedding: bytes, model: ModelRef, count: int) -> list[Hit]:
        """The stored faces most similar to an embedding of `model`, best first. Raises ModelMismatchError."""
        async with self._parts.database.transaction() as session:
            parent = await collection_row(session, self.tenant, self.collection)
            check_model(parent, model)
            size = await gallery(session, parent)
            return await nearest_faces(session, parent, embedding, count, indexed=size.indexed)

    async def erase(self, stored: list[Stored]) -> None:
        """Erase faces, and the subjects that only stood for them."""
        for face in stored:
            if face.user is None:
                await self._parts.subjects.delete(self.tenant, self.collection, face.subject)
            else:
                await self._parts.faces.delete(
                    self.tenant, self.collection, face.subject, uuid.UUID(face.face_id)
                )


def _faces(parent: CollectionRow) -> Any:
    joined = select(FaceRow, SubjectRow).join(SubjectRow, SubjectRow.pk == FaceRow.subject_pk)
    return joined.where(FaceRow.collection_pk == parent.pk).order_by(FaceRow.id)


def _belongs_to_nobody() -> Any:
    return SubjectRow.details[NOTES].has_key(NOBODY).is_(True)


def _uuids(ids: list[str]) -> list[uuid.UUID]:
    """The ids that can be ids of faces."""
    found = []
    for text in ids:
        try:
            found.append(uuid.UUID(text))
        except ValueError:
            continue
    return found


def _stored(parent: CollectionRow, face: FaceRow, subject: SubjectRow) -> Stored:
    notes = subject.details.get(NOTES) or {}
    user = None if notes.get(NOBODY) else subject.id
    kept = (notes.get("faces") or {}).get(str(face.id), {})
    return Stored(
        str(face.id), subject.id, user, float(face.face["score"]), live_embedding(parent, face), kept
    )


async def _subject(session: AsyncSession, parent: CollectionRow, subject: str) -> SubjectRow | None:
    query = select(SubjectRow).where(SubjectRow.collection_pk == parent.pk, SubjectRow.id == subject)
    return await session.scalar(query.with_for_update())


async def _note(session: AsyncSession, owner: SubjectRow, faces: dict[str, Any]) -> None:
    """Keep what Rekognition says of some faces with their subject."""
    known = dict(owner.details.get(NOTES) or {})
    known["faces"] = {**known.get("faces", {}), **faces}
    changed = update(SubjectRow).where(SubjectRow.pk == owner.pk)
    await session.execute(changed.values(details={**owner.details, NOTES: known}, updated_at=func.now()))


async def _move(
    session: AsyncSession, parent: CollectionRow, stored: list[Stored], owner: SubjectRow
) -> None:
    """Put faces under another subject, with their notes; subjects that only stood for them go."""
    ids = _uuids([face.face_id for face in stored])
    await session.execute(update(FaceRow).where(FaceRow.id.in_(ids)).values(subject_pk=owner.pk))
    await _note(session, owner, {face.face_id: face.notes for face in stored if face.notes})
    emptied = [face.subject for face in stored if face.user is None]
    gone = delete(SubjectRow).where(SubjectRow.collection_pk == parent.pk, SubjectRow.id.in_(emptied))
    await session.execute(gone)
