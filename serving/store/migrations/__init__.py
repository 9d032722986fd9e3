"""Bringing a database to the tables of this version; the service does so whenever it starts.

A new version of the tables gets a step of its own::

    python -m serving.store.migrations "what changes"

writes it by comparing the tables with what the steps so far make; read it before you commit it.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy import Connection, inspect

from model.errors import ServiceError
from serving.store.database import Database


def migrate(database: Database) -> None:
    """Take every step a database still lacks, in one transaction; servers that start together wait for each other.

    Raises ServiceError if a newer version of Cuelight has been here.
    """
    with database.write() as session:
        try:
            command.upgrade(alembic_config(session.connection()), "head")
        except CommandError as error:
            newer = "The database was made by a newer version of Cuelight."
            raise ServiceError(newer, hint="Install that version, or choose another folder.") from error


def is_new(database: Database) -> bool:
    """Tell whether no version of Cuelight has ever made its tables here."""
    with database.read() as session:
        return not inspect(session.connection()).has_table("alembic_version")


def alembic_config(connection: Connection) -> Config:
    """Tell Alembic where the steps are and which connection to use."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("file_template", "v%%(rev)s_%%(slug)s")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
