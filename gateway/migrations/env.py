"""Runs the revisions on the connection that `gateway.stores.database.migrate` opened, in its transaction."""

from alembic import context

from gateway.stores.tables import Table

context.configure(connection=context.config.attributes["connection"], target_metadata=Table.metadata)
context.run_migrations()
