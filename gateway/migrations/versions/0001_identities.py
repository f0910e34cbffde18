"""Collections, subjects, faces with their embeddings, idempotency keys, erasures to carry out, API keys."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from gateway.stores.vectors import Vector

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ID = sa.Text(collation="C")


def upgrade() -> None:
    """Build the first version. The extension needs pgvector 0.5 or newer on the server."""
    op.execute("CREATE EXTENSION IF NOT EXISTS vector")
    op.create_table(
        "collections",
        _pk(),
        sa.Column("tenant", _ID, nullable=False),
        sa.Column("id", _ID, nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("model_name", sa.Text(), nullable=False),
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.Column("model_digest", sa.Text(), nullable=False),
        sa.Column("dimensions", sa.Integer(), nullable=False),
        _time("created_at"),
        sa.UniqueConstraint("tenant", "id"),
    )
    op.create_table(
        "subjects",
        _pk(),
        _parent("collection_pk", "collections.pk"),
        sa.Column("id", _ID, nullable=False),
        sa.Column("name", sa.Text()),
        sa.Column("metadata", postgresql.JSONB(), nullable=False),
        _time("created_at"),
        _time("updated_at"),
        sa.UniqueConstraint("collection_pk", "id"),
    )
    op.create_table(
        "faces",
        sa.Column("id", postgresql.UUID(), primary_key=True),
        _parent("collection_pk", "collections.pk"),
        _parent("subject_pk", "subjects.pk"),
        sa.Column("embedding", Vector(), nullable=False),
        sa.Column("face", postgresql.JSONB(), nullable=False),
        sa.Column("warnings", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("image_sha256", sa.LargeBinary(), nullable=False),
        _time("created_at"),
    )
    op.create_index("faces_collection_pk", "faces", ["collection_pk"])
    op.create_index("faces_subject_pk", "faces", ["subject_pk", "id"])
    _upgrade_bookkeeping()


def _upgrade_bookkeeping() -> None:
    op.create_table(
        "idempotency_keys",
        sa.Column("tenant", _ID, primary_key=True),
        sa.Column("key", _ID, primary_key=True),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column(
            "face_id",
            postgresql.UUID(),
            sa.ForeignKey("faces.id", ondelete="CASCADE"),
            index=True,
            nullable=True,
        ),
        sa.Column("answer", postgresql.JSONB(), nullable=False),
        _time("created_at"),
    )
    op.create_index("idempotency_keys_created_at", "idempotency_keys", ["created_at"])
    op.create_table(
        "cache_erasures",
        _pk(),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("image_sha256", sa.LargeBinary(), nullable=False),
        _time("created_at"),
    )
    op.create_table(
        "api_keys",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("tenant", _ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("secret_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("rate_limit", sa.Text()),
        _time("created_at"),
        sa.Column("last_used_at", sa.DateTime(timezone=True)),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
    )


def _pk() -> sa.Column[int]:
    return sa.Column("pk", sa.BigInteger(), sa.Identity(always=True), primary_key=True)


def _parent(name: str, target: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), sa.ForeignKey(target, ondelete="CASCADE"), nullable=False)


def _time(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False)
