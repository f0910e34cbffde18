"""Deleted collections whose rows are removed in small steps. Only a new table: an older gateway goes on beside it."""

from gateway.migrations.gently import gently

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """An older gateway removes a collection at once, as it always did."""
    gently(
        "CREATE TABLE IF NOT EXISTS removals ("
        "collection_pk bigint PRIMARY KEY REFERENCES collections (pk) ON DELETE CASCADE, "
        'tenant text COLLATE "C" NOT NULL, created_at timestamptz NOT NULL DEFAULT now())'
    )
