"""Note what is to be scrubbed after a deletion, whoever deletes; keep people out of the planner's statistics."""

from gateway.migrations.gently import gently

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# A sample of each of these columns would stay in pg_statistic until the next ANALYZE: names, ids, even embeddings. The
# planner does without: whatever looks for a single person has a unique index.
_PERSONAL = {
    "subjects": ("id", "name", "metadata"),
    "faces": ("embedding", "face", "image_sha256"),
    "idempotency_keys": ("key", "fingerprint", "answer"),
    "cache_erasures": ("image_sha256",),
}


def upgrade() -> None:
    """A new table, triggers that any version of the gateway sets off, settings of columns."""
    gently(
        "CREATE TABLE IF NOT EXISTS scrubs_due (pk bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "
        "xid xid8 NOT NULL DEFAULT pg_current_xact_id(), created_at timestamptz NOT NULL DEFAULT now())",
        "CREATE OR REPLACE FUNCTION note_scrub() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF EXISTS (SELECT FROM gone) THEN INSERT INTO scrubs_due DEFAULT VALUES; END IF; RETURN NULL; END $$",
        *(
            f"CREATE OR REPLACE TRIGGER note_scrub_{happening.lower()} AFTER {happening} ON {table} "
            "REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION note_scrub()"
            for table, happening in (("subjects", "DELETE"), ("subjects", "UPDATE"), ("faces", "DELETE"))
        ),
    )
    for table, columns in _PERSONAL.items():
        for column in columns:
            gently(
                f"ALTER TABLE {table} ALTER COLUMN {column} SET STATISTICS 0",
                # Before PostgreSQL 18 only a superuser could, by hand.
                "DO $$ BEGIN IF to_regproc('pg_clear_attribute_stats') IS NOT NULL THEN "
                f"PERFORM pg_clear_attribute_stats(current_schema(), '{table}', '{column}', false); END IF; END $$",
            )
