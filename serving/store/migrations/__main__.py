"""Write the next step: ``python -m serving.store.migrations "what changes"``."""

from __future__ import annotations

import sys

from alembic import command
from alembic.script import ScriptDirectory

from serving.store.database import Database
from serving.store.migrations import alembic_config, migrate


def main(message: str) -> None:
    """Compare the tables with what the steps so far make, and write down the difference."""
    database = Database("sqlite:///:memory:")
    migrate(database)
    with database.write() as session:
        config = alembic_config(session.connection())
        steps = len(list(ScriptDirectory.from_config(config).walk_revisions()))
        command.revision(config, message, autogenerate=True, rev_id=f"{steps + 1:03}")


if __name__ == "__main__":
    main(sys.argv[1])
