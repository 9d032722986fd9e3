"""A database is brought to the tables of this version, from nothing or from where it stands."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import select, text

from model.errors import ServiceError
from serving.store.database import Database
from serving.store.migrations import alembic_config, migrate
from serving.store.tables import Audit, Base, Project


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(f"sqlite:///{tmp_path / 'rows.db'}")


def test_the_steps_lead_to_the_tables(database: Database) -> None:
    migrate(database)
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_what_is_there_stays(database: Database) -> None:
    migrate(database)
    with database.write() as session:
        session.add(Project(id="p", name="P"))
    migrate(database)
    with database.read() as session:
        assert session.get_one(Project, "p").name == "P"


def test_a_database_of_the_first_version_keeps_its_rows(database: Database) -> None:
    with database.write() as session:
        command.upgrade(alembic_config(session.connection()), "001")
        session.execute(text("INSERT INTO project (id, name, version, created) VALUES ('p', 'P', 1, 0)"))
        session.execute(
            text("INSERT INTO audit (actor, actor_name, action, target, created) VALUES ('a', 'A', 'x.y', '', 0)")
        )
    migrate(database)
    with database.read() as session:
        assert [(one.number, one.data) for one in session.scalars(select(Audit))] == [(1, {})]


def test_numbers_of_events_are_never_used_twice(database: Database) -> None:
    migrate(database)
    with database.read() as session:
        made = session.scalars(text("SELECT sql FROM sqlite_master WHERE name IN ('event', 'audit')")).all()
    assert all("AUTOINCREMENT" in sql for sql in made)


def test_servers_that_start_together_do_it_once(tmp_path: Path, database: Database) -> None:
    def start(_: int) -> None:
        migrate(Database(f"sqlite:///{tmp_path / 'rows.db'}"))

    with ThreadPoolExecutor(4) as servers:
        list(servers.map(start, range(4)))
    with database.engine.connect() as connection:
        assert len(connection.execute(text("SELECT version_num FROM alembic_version")).all()) == 1
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_a_database_of_a_newer_version_is_left_alone(database: Database) -> None:
    migrate(database)
    with database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '999'"))
    with pytest.raises(ServiceError, match="newer"):
        migrate(database)
