"""Alembic's way in: it runs this with a connection that :func:`serving.store.migrations.configured` gave it."""

from __future__ import annotations

from alembic import context

from serving.store.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,  # SQLite cannot alter tables otherwise
    compare_type=True,
)
context.run_migrations()
