"""Moving a collection to another embedder: a second embedding per face, kept chips, the moves under way.

Only additions: an older gateway goes on reading and writing `faces.embedding`, which is the searched one of every
collection that was never moved.
"""

from gateway.migrations.gently import gently

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """New columns have constant defaults: no row is written."""
    gently(
        "ALTER TABLE collections ADD COLUMN IF NOT EXISTS slot smallint NOT NULL DEFAULT 0",
        "ALTER TABLE collections ADD COLUMN IF NOT EXISTS keep_chips boolean NOT NULL DEFAULT false",
        "ALTER TABLE faces ADD COLUMN IF NOT EXISTS embedding_b vector",
        "ALTER TABLE faces ALTER COLUMN embedding DROP NOT NULL",
        "ALTER TABLE faces ALTER COLUMN embedding_b SET STATISTICS 0",
        "CREATE TABLE IF NOT EXISTS moves ("
        "collection_pk bigint PRIMARY KEY REFERENCES collections (pk) ON DELETE CASCADE, state text NOT NULL, "
        "model_name text NOT NULL, model_version text NOT NULL, model_digest text NOT NULL, "
        "dimensions integer NOT NULL, created_at timestamptz NOT NULL DEFAULT now())",
        "CREATE TABLE IF NOT EXISTS chips "
        "(face_id uuid PRIMARY KEY REFERENCES faces (id) ON DELETE CASCADE, content bytea NOT NULL)",
        # Packed already: PostgreSQL need not try again.
        "ALTER TABLE chips ALTER COLUMN content SET STORAGE EXTERNAL",
        "ALTER TABLE chips ALTER COLUMN content SET STATISTICS 0",
    )
