"""The database: one engine, reading and writing transactions, and the pragmas that make SQLite a good one."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.exc import DatabaseError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from model.errors import DatabaseDamaged, DatabaseMissing, DiskFull, NotFound, ServiceBusy
from serving.store.write_queue import TurnTimeout, WriteQueue

BUSY_MS = 5000
POOL = 16  # connections kept open
MOST_CONNECTIONS = 80  # as many as threads may ask at a time, so that none waits for another


class Database:
    """Hands out sessions. Writers of SQLite take their lock at the start, so none fails in the middle."""

    def __init__(self, url: str) -> None:
        """Open the database at a SQLAlchemy URL; the folder of an SQLite file is made."""
        self.engine = _engine(url)
        self._turns = WriteQueue() if self.engine.dialect.name == "sqlite" else None

    @contextmanager
    def read(self) -> Generator[Session]:
        """Give a session to read with; nothing is kept."""
        with _translate_errors(), Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Generator[Session]:
        """Give a session whose changes are kept together, or not at all if the block raises.

        Raises ServiceBusy if the turn to write does not come in time.
        """
        with _translate_errors(), self._turn(), Session(self.engine, expire_on_commit=False) as session:
            session.connection(execution_options={"cuelight_writes": True})
            yield session
            session.commit()

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    def _turn(self) -> AbstractContextManager[None]:
        return self._turns.turn(BUSY_MS / 1000) if self._turns else nullcontext()


@contextmanager
def _translate_errors() -> Generator[None]:
    """Say what the database said as one of our errors."""
    try:
        yield
    except OperationalError as error:
        said = str(error.orig)
        if "full" in said:
            raise DiskFull("There is no space left for the database.", hint="Free some space.") from error
        if any(sign in said for sign in ("locked", "busy", "disk I/O error", "unable to open")):
            raise _busy() from error
        raise
    except IntegrityError as error:
        if "FOREIGN KEY" in str(error.orig):
            raise NotFound("What this belongs to has just been deleted.") from error
        raise
    except DatabaseError as error:
        if any(sign in str(error.orig) for sign in ("not a database", "malformed")):
            hint = "Put it back from a backup; `docs/service.md` says how."
            raise DatabaseDamaged("The database's file is damaged, or is no database.", hint=hint) from error
        raise
    except (TurnTimeout, PoolTimeout) as error:
        raise _busy() from error


def open_existing(url: str) -> Database:
    """Open a database that must be there already; raises DatabaseMissing instead of making an empty one."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and not Path(parsed.database or "").is_file():
        hint = "Check CUELIGHT_HOME and CUELIGHT_DATABASE_URL; a lost database comes back from a backup."
        raise DatabaseMissing(f"There is no database at {parsed.database}.", hint=hint)
    return Database(url)


def shown_url(url: str) -> str:
    """Return the URL without its password."""
    return make_url(url).render_as_string(hide_password=True)


def _busy() -> ServiceBusy:
    return ServiceBusy("The database is busy.", hint="Try again in a moment.")


def _engine(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(parsed, pool_pre_ping=True, hide_parameters=True)
    if parsed.database and parsed.database != ":memory:":
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    # the driver's own transactions are switched off: the begin event below decides
    engine = create_engine(
        parsed,
        connect_args={"isolation_level": None, "check_same_thread": False},
        pool_size=POOL,
        max_overflow=MOST_CONNECTIONS - POOL,
        pool_timeout=BUSY_MS / 1000,
        hide_parameters=True,  # an error's text goes into the log; secrets and people's words do not
    )
    event.listen(engine, "connect", _pragmas)
    event.listen(engine, "begin", _begin)
    return engine


def _pragmas(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=NORMAL",  # a killed process loses nothing; a power cut may lose the last moments, never the file
        f"busy_timeout={BUSY_MS}",
        "foreign_keys=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Any) -> None:
    writes = connection.get_execution_options().get("cuelight_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
