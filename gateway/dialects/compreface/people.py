"""CompreFace's face collection as one of ours: its subjects have names of any kind, ours have ids."""

import hashlib
import re
import uuid
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import func, select

from contracts.identity import NewCollection, NewSubject, SubjectChange
from contracts.models import ModelRef
from contracts.patterns import IDENTIFIER
from gateway.dialects.pinned import KnownEmbedder, in_collection
from gateway.identities.collections import check_model, collection_row
from gateway.identities.indexing import gallery
from gateway.identities.search import Hit, nearest_subjects
from gateway.identities.slots import live_embedding
from gateway.parts import Parts
from gateway.stores.tables import CollectionRow, FaceRow, SubjectRow
from gateway.stores.vectors import cosine
from web.problems import ConflictError, InvalidRequestError, NotFoundError

T = TypeVar("T")

COLLECTION = "compreface"
"""The collection of a tenant's CompreFace callers; made at its first use."""

_PAGE = 200


@dataclass(frozen=True)
class Example:
    """A stored face: its id and its subject's name."""

    image_id: str
    subject: str


def id_of(name: str) -> str:
    """The id of a subject's name: the name itself where it can be one."""
    if re.fullmatch(IDENTIFIER, name):
        return name
    return f"name-{hashlib.sha256(name.encode()).hexdigest()[:32]}"


class People:
    """The face collection of one tenant. Methods raise NotFoundError, UnavailableError."""

    def __init__(self, parts: Parts, tenant: str) -> None:
        self._parts = parts
        self._tenant = tenant

    async def ensure(self) -> None:
        """Make the collection at its first use."""
        try:
            await self._parts.collections.row(self._tenant, COLLECTION)
        except NotFoundError:
            model, dimensions = await self._parts.embedders.for_new_collections()
            new = NewCollection(id=COLLECTION, description="faces of CompreFace callers")
            with suppress(ConflictError):  # another request was faster
                await self._parts.collections.create(self._tenant, new, model, dimensions)

    async def within(self, work: Callable[[CollectionRow, KnownEmbedder], Awaitable[T]]) -> T:
        """Do `work` with the collection, which is made at its first use, and its embedder. Raises ModelMismatchError."""
        await self.ensure()
        return await in_collection(self._parts, self._tenant, COLLECTION, work)

    async def add(self, name: str) -> None:
        """A subject without faces. Raises ConflictError when there is one."""
        await self.ensure()
        new = NewSubject(id=id_of(name), name=name)
        await self._parts.subjects.create(self._tenant, COLLECTION, new)

    async def names(self) -> list[str]:
        """Every subject's name."""
        async with self._parts.database.transaction() as session:
            parent = await collection_row(session, self._tenant, COLLECTION)
            query = select(SubjectRow).where(SubjectRow.collection_pk == parent.pk).order_by(SubjectRow.id)
            return [row.name or row.id for row in await session.scalars(query)]

    async def rename(self, name: str, new_name: str) -> int | None:
        """Give a subject another name; if somebody has that name, the two become one: how many faces that moved."""
        old, new = id_of(name), id_of(new_name)
        if old == new:
            await self._parts.subjects.read(self._tenant, COLLECTION, old)
            return None
        try:
            change = SubjectChange(id=new, name=new_name)
            await self._parts.subjects.change(self._tenant, COLLECTION, old, change)
        except ConflictError:
            _, faces = await self._parts.subjects.merge(self._tenant, COLLECTION, new, duplicate=old)
            return faces
        return None

    async def remove(self, name: str) -> int:
        """Erase a subject; how many faces it had."""
        return await self._parts.subjects.delete(self._tenant, COLLECTION, id_of(name))

    async def remove_all(self) -> int:
        """Erase every subject; how many there were."""
        removed = 0
        while found := (
            await self._parts.subjects.page(self._tenant, COLLECTION, after="", limit=_PAGE)
        ).subjects:
            for subject in found:
                await self._parts.subjects.delete(self._tenant, COLLECTION, subject.id)
            removed += len(found)
        return removed

    async def examples(
        self, *, offset: int, limit: int, subject: str | None = None
    ) -> tuple[list[Example], int]:
        """A page of stored faces, oldest first, and how many there are."""
        async with self._parts.database.transaction() as session:
            parent = await collection_row(session, self._tenant, COLLECTION)
            wanted = FaceRow.collection_pk == parent.pk
            if subject is not None:
                wanted &= SubjectRow.id == id_of(subject)
            joined = select(FaceRow.id, SubjectRow).join(SubjectRow, SubjectRow.pk == FaceRow.subject_pk)
            page = joined.where(wanted).order_by(FaceRow.id).offset(offset).limit(limit)
            rows = (await session.execute(page)).all()
            count = (
                select(func.count())
                .select_from(FaceRow)
                .join(SubjectRow, SubjectRow.pk == FaceRow.subject_pk)
            )
            total = await session.scalar(count.where(wanted)) or 0
        return [Example(str(face), owner.name or owner.id) for face, owner in rows], total

    async def example(self, image_id: str) -> tuple[Example, str, bytes]:
        """A stored face with its subject's id and its embedding."""
        async with self._parts.database.transaction() as session:
            parent = await collection_row(session, self._tenant, COLLECTION)
            joined = select(FaceRow, SubjectRow).join(SubjectRow, SubjectRow.pk == FaceRow.subject_pk)
            wanted = joined.where(FaceRow.collection_pk == parent.pk, FaceRow.id == _uuid(image_id))
            row = (await session.execute(wanted)).first()
        if row is None:
            raise NotFoundError(f"there is no example {image_id!r}")
        face, owner = row
        return Example(str(face.id), owner.name or owner.id), owner.id, live_embedding(parent, face)

    async def remove_example(self, image_id: str) -> Example:
        """Erase a stored face."""
        found, subject, _ = await self.example(image_id)
        await self._parts.faces.delete(self._tenant, COLLECTION, subject, uuid.UUID(found.image_id))
        return found

    async def remove_chosen(self, image_ids: list[str]) -> list[Example]:
        """Erase those of the stored faces that are there."""
        gone = []
        for image_id in image_ids:
            with suppress(NotFoundError):
                gone.append(await self.remove_example(image_id))
        return gone

    async def remove_examples(self, subject: str | None) -> int:
        """Erase every stored face, or a subject's; how many there were."""
        removed = 0
        while found := (await self.examples(offset=0, limit=_PAGE, subject=subject))[0]:
            removed += len(await self.remove_chosen([face.image_id for face in found]))
        return removed

    async def nearest(self, embeddings: list[bytes], model: ModelRef, count: int) -> list[list[Hit]]:
        """For each embedding the subjects most like it, best first. Raises ModelMismatchError."""
        async with self._parts.database.transaction() as session:
            parent: CollectionRow = await collection_row(session, self._tenant, COLLECTION)
            check_model(parent, model)
            size = await gallery(session, parent)
            return [
                await nearest_subjects(
                    session, parent, embedding, count, faces=size.faces, indexed=size.indexed
                )
                for embedding in embeddings
            ]


def similarity_of(a: bytes, b: bytes) -> float:
    """The cosine of two embeddings. Raises InvalidRequestError when their lengths differ."""
    if len(a) != len(b):
        raise InvalidRequestError(f"embeddings of {len(a) // 4} and {len(b) // 4} numbers cannot be compared")
    return cosine(a, b)


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise NotFoundError(f"there is no example {text!r}") from None
