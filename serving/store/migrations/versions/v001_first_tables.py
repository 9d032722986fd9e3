"""The first tables, as they were then: later steps must find them so, whatever the tables are by now."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "001"
down_revision = None

TABLES = sa.MetaData()

sa.Table(
    "artefact",
    TABLES,
    sa.Column("sha256", sa.String(length=64), nullable=False),
    sa.Column("size", sa.BigInteger(), nullable=False),
    sa.Column("media_type", sa.String(length=100), nullable=False),
    sa.Column("created", sa.Float(), nullable=False),
    sa.PrimaryKeyConstraint("sha256"),
)
sa.Table(
    "audit",
    TABLES,
    sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
    sa.Column("project", sa.String(length=40), nullable=True),
    sa.Column("actor", sa.String(length=40), nullable=False),
    sa.Column("actor_name", sa.String(length=200), nullable=False),
    sa.Column("action", sa.String(length=60), nullable=False),
    sa.Column("target", sa.String(length=120), nullable=False),
    sa.Column("created", sa.Float(), nullable=False),
    sa.PrimaryKeyConstraint("number"),
    sqlite_autoincrement=True,
)
sa.Index("ix_audit_project", TABLES.tables["audit"].c.project)

sa.Table(
    "idempotency",
    TABLES,
    sa.Column("caller", sa.String(length=40), nullable=False),
    sa.Column("key", sa.String(length=200), nullable=False),
    sa.Column("request_sha256", sa.String(length=64), nullable=False),
    sa.Column("status", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
    sa.Column("body", sa.JSON(), nullable=False),
    sa.Column("created", sa.Float(), nullable=False),
    sa.PrimaryKeyConstraint("caller", "key"),
)
sa.Index("ix_idempotency_created", TABLES.tables["idempotency"].c.created)

sa.Table(
    "person",
    TABLES,
    sa.Column("id", sa.String(length=40), nullable=False),
    sa.Column("name", sa.String(length=200), nullable=False),
    sa.Column("email", sa.String(length=320), nullable=False),
    sa.Column("subject", sa.String(length=400), nullable=True),
    sa.Column("admin", sa.Boolean(), nullable=False),
    sa.Column("created", sa.Float(), nullable=False),
    sa.PrimaryKeyConstraint("id"),
    sa.UniqueConstraint("subject"),
)
sa.Table(
    "project",
    TABLES,
    sa.Column("id", sa.String(length=40), nullable=False),
    sa.Column("name", sa.String(length=200), nullable=False),
    sa.Column("created", sa.Float(), nullable=False),
    sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
    sa.Column("quota_bytes", sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint("id"),
)
sa.Index("ix_project_created", TABLES.tables["project"].c.created)

sa.Table(
    "artefact_use",
    TABLES,
    sa.Column("project", sa.String(length=40), nullable=False),
    sa.Column("sha256", sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(["project"], ["project.id"], ondelete="CASCADE"),
    sa.ForeignKeyConstraint(
        ["sha256"],
        ["artefact.sha256"],
    ),
    sa.PrimaryKeyConstraint("project", "sha256"),
)
sa.Index("ix_artefact_use_sha256", TABLES.tables["artefact_use"].c.sha256)

sa.Table(
    "event",
    TABLES,
    sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
    sa.Column("project", sa.String(length=40), nullable=False),
    sa.Column("topic", sa.String(length=40), nullable=False),
    sa.Column("data", sa.JSON(), nullable=False),
    sa.Column("created", sa.Float(), nullable=False),
    sa.ForeignKeyConstraint(["project"], ["project.id"], ondelete="CASCADE"),
    sa.PrimaryKeyConstraint("number"),
    sqlite_autoincrement=True,
)
sa.Index("ix_event_project", TABLES.tables["event"].c.project)

sa.Table(
    "key",
    TABLES,
    sa.Column("id", sa.String(length=40), nullable=False),
    sa.Column("person", sa.String(length=40), nullable=False),
    sa.Column("name", sa.String(length=200), nullable=False),
    sa.Column("secret_sha256", sa.String(length=64), nullable=False),
    sa.Column("scopes", sa.JSON(), nullable=False),
    sa.Column("project", sa.String(length=40), nullable=True),
    sa.Column("browser", sa.Boolean(), nullable=False),
    sa.Column("created", sa.Float(), nullable=False),
    sa.Column("expires", sa.Float(), nullable=True),
    sa.Column("used", sa.Float(), nullable=True),
    sa.ForeignKeyConstraint(["person"], ["person.id"], ondelete="CASCADE"),
    sa.ForeignKeyConstraint(["project"], ["project.id"], ondelete="CASCADE"),
    sa.PrimaryKeyConstraint("id"),
    sa.UniqueConstraint("secret_sha256"),
)
sa.Index("ix_key_person", TABLES.tables["key"].c.person)

sa.Table(
    "member",
    TABLES,
    sa.Column("project", sa.String(length=40), nullable=False),
    sa.Column("person", sa.String(length=40), nullable=False),
    sa.Column("role", sa.String(length=16), nullable=False),
    sa.ForeignKeyConstraint(["person"], ["person.id"], ondelete="CASCADE"),
    sa.ForeignKeyConstraint(["project"], ["project.id"], ondelete="CASCADE"),
    sa.PrimaryKeyConstraint("project", "person"),
)
sa.Table(
    "reel",
    TABLES,
    sa.Column("id", sa.String(length=40), nullable=False),
    sa.Column("project", sa.String(length=40), nullable=False),
    sa.Column("name", sa.String(length=400), nullable=False),
    sa.Column("cut", sa.String(length=40), nullable=False),
    sa.Column("previous", sa.String(length=40), nullable=True),
    sa.Column("choices", sa.JSON(), nullable=False),
    sa.Column("film", sa.String(length=64), nullable=False),
    sa.Column("film_bytes", sa.BigInteger(), nullable=False),
    sa.Column("facts", sa.JSON(), nullable=True),
    sa.Column("picture", sa.String(length=64), nullable=False),
    sa.Column("sound", sa.String(length=64), nullable=False),
    sa.Column("observations", sa.String(length=64), nullable=False),
    sa.Column("lanes", sa.String(length=64), nullable=False),
    sa.Column("waveform", sa.String(length=64), nullable=False),
    sa.Column("language", sa.String(length=64), nullable=False),
    sa.Column("revision", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
    sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
    sa.Column("created", sa.Float(), nullable=False),
    sa.ForeignKeyConstraint(["previous"], ["reel.id"], ondelete="SET NULL"),
    sa.ForeignKeyConstraint(["project"], ["project.id"], ondelete="CASCADE"),
    sa.PrimaryKeyConstraint("id"),
)
sa.Index("ix_reel_created", TABLES.tables["reel"].c.created)
sa.Index("ix_reel_project", TABLES.tables["reel"].c.project)

sa.Table(
    "upload",
    TABLES,
    sa.Column("id", sa.String(length=40), nullable=False),
    sa.Column("project", sa.String(length=40), nullable=False),
    sa.Column("creator", sa.String(length=40), nullable=False),
    sa.Column("name", sa.String(length=400), nullable=False),
    sa.Column("length", sa.BigInteger(), nullable=False),
    sa.Column("sha256", sa.String(length=64), nullable=False),
    sa.Column("film", sa.String(length=64), nullable=False),
    sa.Column("said", sa.Text(), nullable=False),
    sa.Column("previous", sa.String(length=40), nullable=True),
    sa.Column("choices", sa.JSON(), nullable=False),
    sa.Column("state", sa.String(length=16), nullable=False),
    sa.Column("reel", sa.String(length=40), nullable=True),
    sa.Column("job", sa.String(length=40), nullable=True),
    sa.Column("problem", sa.JSON(), nullable=True),
    sa.Column("created", sa.Float(), nullable=False),
    sa.Column("expires", sa.Float(), nullable=False),
    sa.ForeignKeyConstraint(["project"], ["project.id"], ondelete="CASCADE"),
    sa.PrimaryKeyConstraint("id"),
)
sa.Index("ix_upload_expires", TABLES.tables["upload"].c.expires)
sa.Index("ix_upload_project", TABLES.tables["upload"].c.project)

sa.Table(
    "webhook",
    TABLES,
    sa.Column("id", sa.String(length=40), nullable=False),
    sa.Column("project", sa.String(length=40), nullable=False),
    sa.Column("url", sa.String(length=2000), nullable=False),
    sa.Column("topics", sa.JSON(), nullable=False),
    sa.Column("secret", sa.String(length=100), nullable=False),
    sa.Column("delivered", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
    sa.Column("failures", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
    sa.Column("retry_at", sa.Float(), nullable=False),
    sa.Column("active", sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(["project"], ["project.id"], ondelete="CASCADE"),
    sa.PrimaryKeyConstraint("id"),
)
sa.Index("ix_webhook_project", TABLES.tables["webhook"].c.project)

sa.Table(
    "approval",
    TABLES,
    sa.Column("reel", sa.String(length=40), nullable=False),
    sa.Column("cue", sa.String(length=80), nullable=False),
    sa.Column("role", sa.String(length=16), nullable=False),
    sa.Column("verdict", sa.String(length=16), nullable=False),
    sa.Column("text", sa.Text(), nullable=False),
    sa.Column("author", sa.String(length=40), nullable=False),
    sa.Column("author_name", sa.String(length=200), nullable=False),
    sa.Column("revision", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
    sa.Column("take", sa.String(length=40), nullable=True),
    sa.Column("created", sa.Float(), nullable=False),
    sa.ForeignKeyConstraint(["reel"], ["reel.id"], ondelete="CASCADE"),
    sa.PrimaryKeyConstraint("reel", "cue", "role"),
)
sa.Table(
    "comment",
    TABLES,
    sa.Column("id", sa.String(length=40), nullable=False),
    sa.Column("reel", sa.String(length=40), nullable=False),
    sa.Column("frame", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
    sa.Column("cue", sa.String(length=80), nullable=True),
    sa.Column("text", sa.Text(), nullable=False),
    sa.Column("author", sa.String(length=40), nullable=False),
    sa.Column("author_name", sa.String(length=200), nullable=False),
    sa.Column("author_role", sa.String(length=16), nullable=False),
    sa.Column("resolved", sa.Boolean(), nullable=False),
    sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
    sa.Column("created", sa.Float(), nullable=False),
    sa.ForeignKeyConstraint(["reel"], ["reel.id"], ondelete="CASCADE"),
    sa.PrimaryKeyConstraint("id"),
)
sa.Index("ix_comment_reel", TABLES.tables["comment"].c.reel)

sa.Table(
    "job",
    TABLES,
    sa.Column("id", sa.String(length=40), nullable=False),
    sa.Column("project", sa.String(length=40), nullable=False),
    sa.Column("reel", sa.String(length=40), nullable=True),
    sa.Column("kind", sa.String(length=16), nullable=False),
    sa.Column("params", sa.JSON(), nullable=False),
    sa.Column("inputs", sa.JSON(), nullable=False),
    sa.Column("state", sa.String(length=16), nullable=False),
    sa.Column("attempt", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
    sa.Column("losses", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
    sa.Column("owner", sa.String(length=80), nullable=False),
    sa.Column("lease_until", sa.Float(), nullable=True),
    sa.Column("cancel", sa.Boolean(), nullable=False),
    sa.Column("progress", sa.JSON(), nullable=False),
    sa.Column("stages", sa.JSON(), nullable=False),
    sa.Column("result", sa.JSON(), nullable=True),
    sa.Column("problem", sa.JSON(), nullable=True),
    sa.Column("creator", sa.String(length=40), nullable=False),
    sa.Column("created", sa.Float(), nullable=False),
    sa.Column("started", sa.Float(), nullable=True),
    sa.Column("finished", sa.Float(), nullable=True),
    sa.ForeignKeyConstraint(["project"], ["project.id"], ondelete="CASCADE"),
    sa.ForeignKeyConstraint(["reel"], ["reel.id"], ondelete="CASCADE"),
    sa.PrimaryKeyConstraint("id"),
)
sa.Index("ix_job_project", TABLES.tables["job"].c.project)
sa.Index("ix_job_reel", TABLES.tables["job"].c.reel)
sa.Index("job_by_state", TABLES.tables["job"].c.state, TABLES.tables["job"].c.created)

sa.Table(
    "revision",
    TABLES,
    sa.Column("reel", sa.String(length=40), nullable=False),
    sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
    sa.Column("notes", sa.String(length=64), nullable=False),
    sa.Column("author", sa.String(length=40), nullable=False),
    sa.Column("author_name", sa.String(length=200), nullable=False),
    sa.Column("edits", sa.JSON(), nullable=False),
    sa.Column("summary", sa.String(length=400), nullable=False),
    sa.Column("created", sa.Float(), nullable=False),
    sa.ForeignKeyConstraint(["reel"], ["reel.id"], ondelete="CASCADE"),
    sa.PrimaryKeyConstraint("reel", "number"),
)
sa.Table(
    "share",
    TABLES,
    sa.Column("id", sa.String(length=40), nullable=False),
    sa.Column("project", sa.String(length=40), nullable=False),
    sa.Column("reel", sa.String(length=40), nullable=True),
    sa.Column("name", sa.String(length=200), nullable=False),
    sa.Column("role", sa.String(length=16), nullable=False),
    sa.Column("secret_sha256", sa.String(length=64), nullable=False),
    sa.Column("created", sa.Float(), nullable=False),
    sa.Column("expires", sa.Float(), nullable=False),
    sa.Column("revoked", sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(["project"], ["project.id"], ondelete="CASCADE"),
    sa.ForeignKeyConstraint(["reel"], ["reel.id"], ondelete="CASCADE"),
    sa.PrimaryKeyConstraint("id"),
    sa.UniqueConstraint("secret_sha256"),
)
sa.Index("ix_share_project", TABLES.tables["share"].c.project)

sa.Table(
    "take",
    TABLES,
    sa.Column("id", sa.String(length=40), nullable=False),
    sa.Column("reel", sa.String(length=40), nullable=False),
    sa.Column("cue", sa.String(length=80), nullable=False),
    sa.Column("job", sa.String(length=40), nullable=False),
    sa.Column("revision", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
    sa.Column("state", sa.String(length=16), nullable=False),
    sa.Column("record", sa.JSON(), nullable=False),
    sa.Column("files", sa.JSON(), nullable=False),
    sa.Column("created", sa.Float(), nullable=False),
    sa.ForeignKeyConstraint(["reel"], ["reel.id"], ondelete="CASCADE"),
    sa.PrimaryKeyConstraint("id"),
    sa.UniqueConstraint("job", "cue"),
)
sa.Index("ix_take_cue", TABLES.tables["take"].c.cue)
sa.Index("ix_take_reel", TABLES.tables["take"].c.reel)


def upgrade() -> None:
    """Make them."""
    TABLES.create_all(op.get_bind())


def downgrade() -> None:
    """Take them away."""
    TABLES.drop_all(op.get_bind())
