"""Deleted collections whose rows are removed in small steps. Only a new table: an older gateway goes on beside it."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """An older gateway removes a collection at once, as it always did."""
    op.create_table(
        "removals",
        sa.Column(
            "collection_pk",
            sa.BigInteger(),
            sa.ForeignKey("collections.pk", ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("tenant", sa.Text(collation="C"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
    )
