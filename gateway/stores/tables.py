"""The tables of identities and keys (SQLAlchemy 2); `gateway/migrations` builds them."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
    false,
    func,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from gateway.stores.vectors import Vector

# Ids are compared and paged byte by byte, whatever the database's language.
_ID = Text(collation="C")
_NOW = func.now()


class Table(DeclarativeBase):
    """The base of every table."""

    type_annotation_map = {datetime: DateTime(timezone=True), str: Text(), bytes: LargeBinary()}


class CollectionRow(Table):
    """A gallery of one tenant, pinned to one embedding model."""

    __tablename__ = "collections"
    __table_args__ = (UniqueConstraint("tenant", "id"),)

    pk: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    tenant: Mapped[str] = mapped_column(_ID)
    id: Mapped[str] = mapped_column(_ID)
    description: Mapped[str]
    model_name: Mapped[str]
    model_version: Mapped[str]
    model_digest: Mapped[str]
    dimensions: Mapped[int] = mapped_column(Integer)
    # Which of a face's two embeddings is searched; the other one belongs to a move to or from another embedder.
    slot: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    keep_chips: Mapped[bool] = mapped_column(server_default=false())
    created_at: Mapped[datetime] = mapped_column(server_default=_NOW)


class MoveRow(Table):
    """A collection on its way from one embedder to another, or back: the model whose embeddings are not searched."""

    __tablename__ = "moves"

    collection_pk: Mapped[int] = mapped_column(
        ForeignKey("collections.pk", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    # moving, moved, back or ending; see gateway/identities/moves.py.
    state: Mapped[str]
    model_name: Mapped[str]
    model_version: Mapped[str]
    model_digest: Mapped[str]
    dimensions: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(server_default=_NOW)


class SubjectRow(Table):
    """A person of a collection."""

    __tablename__ = "subjects"
    __table_args__ = (UniqueConstraint("collection_pk", "id"),)

    pk: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    collection_pk: Mapped[int] = mapped_column(ForeignKey("collections.pk", ondelete="CASCADE"))
    id: Mapped[str] = mapped_column(_ID)
    name: Mapped[str | None]
    # `metadata` is taken by SQLAlchemy.
    details: Mapped[dict[str, Any]] = mapped_column("metadata", JSONB)
    created_at: Mapped[datetime] = mapped_column(server_default=_NOW)
    updated_at: Mapped[datetime] = mapped_column(server_default=_NOW)


class FaceRow(Table):
    """An enrolled face: its embedding and where it was found, never the picture."""

    __tablename__ = "faces"
    __table_args__ = (
        Index("faces_collection_pk", "collection_pk"),
        Index("faces_subject_pk", "subject_pk", "id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(UUID(), primary_key=True)
    collection_pk: Mapped[int] = mapped_column(ForeignKey("collections.pk", ondelete="CASCADE"))
    subject_pk: Mapped[int] = mapped_column(ForeignKey("subjects.pk", ondelete="CASCADE"))
    # One for each slot of the collection.
    embedding: Mapped[bytes | None] = mapped_column(Vector())
    embedding_b: Mapped[bytes | None] = mapped_column(Vector())
    face: Mapped[dict[str, Any]] = mapped_column(JSONB)
    warnings: Mapped[list[str]] = mapped_column(ARRAY(Text()))
    # Finds the picture's cached embeddings when the face is erased.
    image_sha256: Mapped[bytes]
    created_at: Mapped[datetime] = mapped_column(server_default=_NOW)


class ChipRow(Table):
    """The aligned chip of an enrolled face, where the collection keeps them: packed, and sealed where there is a key."""

    __tablename__ = "chips"

    face_id: Mapped[uuid.UUID] = mapped_column(
        UUID(), ForeignKey("faces.id", ondelete="CASCADE"), primary_key=True
    )
    content: Mapped[bytes]


class IdempotencyRow(Table):
    """The answer that a request with an idempotency key got."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (Index("idempotency_keys_created_at", "created_at"),)

    tenant: Mapped[str] = mapped_column(_ID, primary_key=True)
    key: Mapped[str] = mapped_column(_ID, primary_key=True)
    fingerprint: Mapped[bytes]
    # No embedding and no picture; the face may be erased while the answer is still replayed.
    face_id: Mapped[uuid.UUID | None] = mapped_column(
        UUID(), ForeignKey("faces.id", ondelete="CASCADE"), index=True
    )
    answer: Mapped[dict[str, Any]] = mapped_column(JSONB)
    created_at: Mapped[datetime] = mapped_column(server_default=_NOW)


class CacheErasureRow(Table):
    """Cached embeddings that are still to be removed from Redis."""

    __tablename__ = "cache_erasures"

    pk: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    tenant: Mapped[str]
    image_sha256: Mapped[bytes]
    created_at: Mapped[datetime] = mapped_column(server_default=_NOW)


class RemovalRow(Table):
    """A deleted collection whose rows are still being removed; `tenant` is whose it was."""

    __tablename__ = "removals"

    collection_pk: Mapped[int] = mapped_column(
        ForeignKey("collections.pk", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    tenant: Mapped[str] = mapped_column(_ID)
    created_at: Mapped[datetime] = mapped_column(server_default=_NOW)


class ScrubRow(Table):
    """A deletion whose remains PostgreSQL still holds; triggers note it, whichever version of the gateway deletes."""

    __tablename__ = "scrubs_due"

    pk: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    xid: Mapped[str] = mapped_column(Text(), server_default=func.pg_current_xact_id())
    created_at: Mapped[datetime] = mapped_column(server_default=_NOW)


class KeyRow(Table):
    """An API key; of its secret only the SHA-256."""

    __tablename__ = "api_keys"

    id: Mapped[str] = mapped_column(_ID, primary_key=True)
    tenant: Mapped[str] = mapped_column(_ID)
    name: Mapped[str]
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text()))
    secret_sha256: Mapped[bytes]
    rate_limit: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=_NOW)
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
