"""The database's history, revision by revision (Alembic)."""
