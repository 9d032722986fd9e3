"""Say more of deeds and failures: what there is to say of a deed, and when and why a webhook failed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "002"
down_revision = "001"


def upgrade() -> None:
    """Add the columns."""
    op.add_column("audit", sa.Column("data", sa.JSON(), server_default="{}", nullable=False))
    op.add_column("webhook", sa.Column("failed", sa.Float(), nullable=True))
    op.add_column("webhook", sa.Column("why", sa.String(length=400), server_default="", nullable=False))


def downgrade() -> None:
    """Take them away."""
    op.drop_column("webhook", "why")
    op.drop_column("webhook", "failed")
    op.drop_column("audit", "data")
