"""Drop the indexes over whole vectors: the gateway builds half-precision ones of half the size in their place."""

from alembic import op
from sqlalchemy import text

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_OLD = r"SELECT indexname FROM pg_indexes WHERE tablename = 'faces' AND indexname ~ '^faces_hnsw_[0-9]+$'"


def upgrade() -> None:
    """Until upkeep has built the new index of a large collection its searches are exact."""
    for (name,) in op.get_bind().execute(text(_OLD)).all():
        op.execute(f"DROP INDEX {name}")
