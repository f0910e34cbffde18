"""Enrolled faces in PostgreSQL: added once per idempotency key, listed, exported, erased."""

import base64
import secrets
import time
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.faces import Face
from contracts.identity import EnrolledFace, EnrolWarning, ExportedFace, FacePage, SubjectExport
from contracts.models import ModelRef
from contracts.problems import FieldError
from gateway.identities.collections import check_model, collection_row, model_of
from gateway.identities.erasures import Erasures, note_erasures
from gateway.identities.slots import live_column, live_embedding
from gateway.identities.subjects import shown_subject, subject_row
from gateway.identities.vault import Vault
from gateway.keys import audit
from gateway.keys.principal import Principal
from gateway.stores.database import Database
from gateway.stores.tables import ChipRow, CollectionRow, FaceRow, IdempotencyRow, MoveRow, SubjectRow
from web.problems import InvalidRequestError, NotFoundError


class KeyReusedError(InvalidRequestError):
    """An idempotency key came again with another request."""

    type, title = "idempotency-key-reused", "The idempotency key belongs to another request"
    remedy = "Use a new `Idempotency-Key` for a new request."


@dataclass(frozen=True)
class Idempotency:
    """The caller's key of a request and what the request is: its picture, place and options."""

    key: str
    fingerprint: bytes


@dataclass(frozen=True)
class NewFace:
    """A face to enrol; `embedding` is float32 little-endian."""

    face: Face
    embedding: bytes
    model: ModelRef
    image_sha256: bytes
    chip: bytes | None = None
    """The chip as it is stored; None where the collection keeps none."""
    warnings: tuple[EnrolWarning, ...] = ()


class _EnrolledMeanwhileError(Exception):
    """Another request with the same idempotency key was faster."""


class Faces:
    """The faces of all tenants' collections. Methods raise NotFoundError and UnavailableError."""

    def __init__(self, database: Database, erasures: Erasures, vault: Vault) -> None:
        self._database = database
        self._erasures = erasures
        self._vault = vault

    async def replay(self, tenant: str, request: Idempotency) -> EnrolledFace | None:
        """The answer that this request got before. Raises KeyReusedError when the key came with another request."""
        async with self._database.transaction() as session:
            row = await session.get(IdempotencyRow, (tenant, request.key))
        if row is None:
            return None
        if row.fingerprint != request.fingerprint:
            raise KeyReusedError(
                "use a new Idempotency-Key for each enrolment",
                errors=[FieldError(field="Idempotency-Key", reason="was used for another request")],
            )
        return EnrolledFace.model_validate(row.answer)

    async def add(
        self,
        who: Principal,
        collection: str,
        subject: str,
        new: NewFace,
        *,
        idempotency: Idempotency | None,
        create_subject: bool = False,
    ) -> EnrolledFace:
        """Enrol a face; with an idempotency key, once. Raises ModelMismatchError.

        The face and the key's answer are committed together: after a crash either both are there or neither. The line of
        the audit log is written just before: no face is stored without one, however the request ends.
        """
        tenant = who.tenant
        try:
            async with self._database.transaction(writes_of=tenant) as session:
                parent = await collection_row(session, tenant, collection, lock="shared")
                check_model(parent, new.model)
                if create_subject:
                    await _ensure_subject(session, parent, subject)
                owner = await subject_row(session, tenant, collection, subject)
                enrolled = await _insert(session, parent, owner, new)
                if idempotency:
                    await _remember(session, tenant, idempotency, enrolled)
                audit.record(who, "face.enrol", collection=collection, face=enrolled.face_id)
                return enrolled
        except IntegrityError as error:  # the subject or the collection was deleted meanwhile
            raise NotFoundError(f"there is no subject {subject!r} in collection {collection!r}") from error
        except _EnrolledMeanwhileError:
            if idempotency and (done := await self.replay(tenant, idempotency)):
                return done
            raise NotFoundError("the face of this Idempotency-Key was erased meanwhile") from None

    async def keeps_chips(self, collection: CollectionRow) -> bool:
        """Whether the chip of a new face is stored: the collection keeps them, or moves and needs it until it has."""
        if collection.keep_chips:
            return True
        async with self._database.transaction() as session:
            move = await session.get(MoveRow, collection.pk)
        return move is not None and move.state != "ending"

    async def page(
        self, tenant: str, collection: str, subject: str, *, after: uuid.UUID, limit: int
    ) -> FacePage:
        """The faces of a subject, oldest first."""
        async with self._database.transaction() as session:
            owner = await subject_row(session, tenant, collection, subject)
            query = select(FaceRow).where(FaceRow.subject_pk == owner.pk, FaceRow.id > after)
            rows = (await session.scalars(query.order_by(FaceRow.id).limit(limit + 1))).all()
        faces = [EnrolledFace(**_fields(row, subject)) for row in rows[:limit]]
        return FacePage(faces=faces, next=faces[-1].face_id if len(rows) > limit else None)

    async def export(self, tenant: str, collection: str, subject: str) -> SubjectExport:
        """Everything that is stored of a subject."""
        async with self._database.transaction() as session:
            parent = await collection_row(session, tenant, collection)
            owner = await subject_row(session, tenant, collection, subject)
            query = select(FaceRow).where(FaceRow.subject_pk == owner.pk).order_by(FaceRow.id)
            rows = (await session.scalars(query)).all()
            kept = select(ChipRow).where(ChipRow.face_id.in_([row.id for row in rows]))
            chips = {chip.face_id: self._vault.opened(chip.content) for chip in await session.scalars(kept)}
        faces = [
            ExportedFace(
                **_fields(row, subject),
                embedding=_base64(live_embedding(parent, row)),
                chip=_base64(chips[row.id]) if row.id in chips else None,
            )
            for row in rows
        ]
        return SubjectExport(
            collection=collection,
            subject=shown_subject(owner, len(faces)),
            model=model_of(parent),
            dimensions=parent.dimensions,
            faces=faces,
        )

    async def delete(self, tenant: str, collection: str, subject: str, face_id: uuid.UUID) -> None:
        """Erase one face."""
        async with self._database.transaction(writes_of=tenant) as session:
            owner = await subject_row(session, tenant, collection, subject)
            chosen = (FaceRow.id == face_id) & (FaceRow.subject_pk == owner.pk)
            if not await note_erasures(session, tenant, chosen):
                raise NotFoundError(f"subject {subject!r} has no face {str(face_id)!r}")
            await session.execute(delete(FaceRow).where(chosen))
        await self._erasures.carry_out()


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def new_face_id() -> uuid.UUID:
    """A UUID of version 7 (RFC 9562): 48 bits of milliseconds, then random ones, so that ids sort by age."""
    value = (time.time_ns() // 1_000_000) << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 7 << 76
    return uuid.UUID(int=value & ~(0b11 << 62) | 0b10 << 62)


async def _insert(
    session: AsyncSession, parent: CollectionRow, owner: SubjectRow, new: NewFace
) -> EnrolledFace:
    values = {
        "id": new_face_id(),
        "collection_pk": owner.collection_pk,
        "subject_pk": owner.pk,
        live_column(parent): new.embedding,
        "face": new.face.model_dump(mode="json", exclude_none=True),
        "warnings": list(new.warnings),
        "image_sha256": new.image_sha256,
    }
    statement = insert(FaceRow).values(values).returning(FaceRow.created_at)
    created_at = (await session.scalars(statement)).one()
    if new.chip is not None:
        await session.execute(insert(ChipRow).values(face_id=values["id"], content=new.chip))
    return EnrolledFace(
        **new.face.model_dump(),
        face_id=str(values["id"]),
        subject=owner.id,
        warnings=list(new.warnings),
        created_at=created_at,
    )


async def _remember(session: AsyncSession, tenant: str, request: Idempotency, enrolled: EnrolledFace) -> None:
    values = {
        "tenant": tenant,
        "key": request.key,
        "fingerprint": request.fingerprint,
        "face_id": uuid.UUID(enrolled.face_id),
        "answer": enrolled.model_dump(mode="json", exclude_none=True),
    }
    # Waits for another transaction with the same key; when that one commits, this one is undone.
    statement = upsert(IdempotencyRow).values(values).on_conflict_do_nothing().returning(IdempotencyRow.key)
    if (await session.scalars(statement)).first() is None:
        raise _EnrolledMeanwhileError


async def _ensure_subject(session: AsyncSession, parent: CollectionRow, subject: str) -> None:
    values = {"collection_pk": parent.pk, "id": subject, "name": None, "details": {}}
    await session.execute(upsert(SubjectRow).values(values).on_conflict_do_nothing())


def _fields(row: FaceRow, subject: str) -> dict[str, Any]:
    return {
        **row.face,
        "face_id": str(row.id),
        "subject": subject,
        "warnings": row.warnings,
        "created_at": row.created_at,
    }
