"""Runs the revisions on the connection that `gateway.stores.database.migrate` opened, each in a transaction of its own."""

from alembic import context

from gateway.stores.tables import Table

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
