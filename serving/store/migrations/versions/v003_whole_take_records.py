"""Give a take's ``ScoredCue`` a column of its own, so that ``record`` can be the whole take record.

The records that were stored before hold no times. They lie in the store beside the sound, which a step of the tables
does not see: ``serving.store.takes.complete_take_records`` puts them in when the service starts.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "003"
down_revision = "002"


def upgrade() -> None:
    """Add the column, and copy what ``record`` held so far."""
    op.add_column("take", sa.Column("scored", sa.JSON(), server_default="{}", nullable=False))
    op.execute("UPDATE take SET scored = record")


def downgrade() -> None:
    """Put it back."""
    op.execute("UPDATE take SET record = scored")
    op.drop_column("take", "scored")
