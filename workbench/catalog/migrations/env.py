"""Alembic runs this file: it takes the steps on the connection, and in the transaction, that the catalogue hands in."""

from alembic import context

from workbench.catalog.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=context.config.attributes["version_table"],
    transactional_ddl=True,  # SQLite can; Alembic doubts it because its driver, left alone, does not begin one
)
context.run_migrations()
