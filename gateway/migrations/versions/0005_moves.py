"""Moving a collection to another embedder: a second embedding per face, kept chips, the moves under way.

Only additions: an older gateway goes on reading and writing `faces.embedding`, which is the searched one of every
collection that was never moved.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """New columns have constant defaults: no row is written."""
    op.execute("ALTER TABLE collections ADD COLUMN slot smallint NOT NULL DEFAULT 0")
    op.execute("ALTER TABLE collections ADD COLUMN keep_chips boolean NOT NULL DEFAULT false")
    op.execute("ALTER TABLE faces ADD COLUMN embedding_b vector")
    op.execute("ALTER TABLE faces ALTER COLUMN embedding DROP NOT NULL")
    op.execute("ALTER TABLE faces ALTER COLUMN embedding_b SET STATISTICS 0")
    op.create_table(
        "moves",
        sa.Column(
            "collection_pk",
            sa.BigInteger(),
            sa.ForeignKey("collections.pk", ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("model_name", sa.Text(), nullable=False),
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.Column("model_digest", sa.Text(), nullable=False),
        sa.Column("dimensions", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
    )
    op.execute(
        "CREATE TABLE chips (face_id uuid PRIMARY KEY REFERENCES faces (id) ON DELETE CASCADE, content bytea NOT NULL)"
    )
    # Packed already: PostgreSQL need not try again.
    op.execute("ALTER TABLE chips ALTER COLUMN content SET STORAGE EXTERNAL")
    op.execute("ALTER TABLE chips ALTER COLUMN content SET STATISTICS 0")
