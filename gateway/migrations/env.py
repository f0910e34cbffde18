"""Runs the revisions on the connection that `gateway.database.migrate` opened, in its transaction."""

from alembic import context

from gateway.identities.tables import Table

context.configure(connection=context.config.attributes["connection"], target_metadata=Table.metadata)
context.run_migrations()
