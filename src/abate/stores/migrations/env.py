"""Alembic's entrance: run the migrations on the connection, and in the transaction, that the store lends."""  # noqa: INP001 - Alembic finds it by its path

from alembic import context

from abate.stores.schema import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
with context.begin_transaction():
    context.run_migrations()
