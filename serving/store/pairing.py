"""Whether a database and the files beside it belong together: nothing is removed before that is known.

Database and artefact store carry one identity, a UUID. :func:`pair` writes it into both when both are new, and into a
store from before there were identities when it holds what the database names. Everything that removes a file because
no row names it calls :func:`check_pair` first: a database that is missing, mistyped or another one must never empty a
store.
"""

from __future__ import annotations

import uuid
from pathlib import Path

import structlog
from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from model.errors import DatabaseNew, StoreMismatch, StoreMissing
from serving.store.artefacts import Artefacts
from serving.store.database import Database
from serving.store.tables import Artefact, StoreIdentity, Upload, UploadState

SAMPLE = 1000  # rows whose files are looked for, before a store without an identity is taken for ours
_log = structlog.get_logger("cuelight.store")


def pair_identities(database: Database, artefacts: Artefacts, uploads: Path) -> None:
    """Give database and store one identity where it is certain that they belong together; else change nothing.

    Certain means: the store holds nothing and the database names nothing, or the store has no identity and holds at
    least half of what the database names. ``uploads`` is the folder of the unfinished uploads, which counts as part of
    the store.
    """
    with database.write() as session:
        known = identity_of(session)
        named = _sample_names(session)
        kept = artefacts.identity()
        holds = _holds_files(artefacts, uploads)
        both_new = not named and not holds
        if known is None or (both_new and kept is not None):
            known = kept if both_new and kept is not None else str(uuid.uuid4())
            session.merge(StoreIdentity(number=1, id=known))
        if kept is None and (both_new or _holds_half(artefacts, uploads, named)):
            artefacts.write_identity(known)


def check_pair(database: Database, artefacts: Artefacts) -> None:
    """Make sure that database and store belong together, the unfinished uploads beside the store included.

    Raises DatabaseNew, StoreMissing or StoreMismatch; nothing may be removed for want of a row then.
    """
    with database.read() as session:
        known = identity_of(session)
        named = _sample_names(session)
        names_blobs = session.scalar(select(Artefact.sha256).limit(1)) is not None
    if names_blobs and artefacts.is_empty():
        said = f"The database names files, and the store at {artefacts.root} holds none."
        hint = "Check CUELIGHT_HOME, or put the store back: `cuelight service restore --from FOLDER`."
        raise StoreMissing(said, hint=hint)
    if known is not None and known == artefacts.identity():
        return
    if not named:
        said = f"The database is new, and the store at {artefacts.root} belongs to another one."
        hint = (
            "Check CUELIGHT_DATABASE_URL and CUELIGHT_HOME, or put the database back from a backup. Nothing is removed "
            "meanwhile. If the store is to stay with this database: `cuelight service restore --adopt-store`."
        )
        raise DatabaseNew(said, hint=hint)
    said = f"The database and the store at {artefacts.root} do not carry the same identity."
    hint = (
        "Check CUELIGHT_DATABASE_URL and CUELIGHT_HOME; `cuelight service check` compares them. Nothing is removed "
        "meanwhile. If they belong together: `cuelight service restore --adopt-store`."
    )
    raise StoreMismatch(said, hint=hint)


def adopt_store(database: Database, artefacts: Artefacts, uploads: Path) -> str:
    """Make the database and the store carry one identity, the store's if it has one; return it.

    Raises StoreMismatch if the store holds less than half of what the database names: that is never its store.
    """
    with database.write() as session:
        named = _sample_names(session)
        if named and not _holds_half(artefacts, uploads, named):
            said = f"The store at {artefacts.root} holds less than half of what the database names."
            raise StoreMismatch(said, hint="Check CUELIGHT_DATABASE_URL and CUELIGHT_HOME.")
        before = identity_of(session)
        identity = artefacts.identity() or before or str(uuid.uuid4())
        session.merge(StoreIdentity(number=1, id=identity))
        artefacts.write_identity(identity)
    _log.warning("store adopted", identity=identity, before=before)
    return identity


def identity_of(session: Session) -> str | None:
    """Return the identity that the database carries; None if it is older than identities or has none yet."""
    if not inspect(session.connection()).has_table(StoreIdentity.__tablename__):
        return None
    return session.scalar(select(StoreIdentity.id))


def _sample_names(session: Session) -> list[str]:
    """Return what the database says is there: some blobs by their SHA-256, and some unfinished uploads."""
    blobs = session.scalars(select(Artefact.sha256).limit(SAMPLE)).all()
    uploads = session.scalars(select(Upload.id).where(Upload.state == UploadState.OPEN).limit(SAMPLE)).all()
    return [*blobs, *uploads]


def _holds_files(artefacts: Artefacts, uploads: Path) -> bool:
    return not artefacts.is_empty() or any(uploads.glob("*.part"))


def _holds_half(artefacts: Artefacts, uploads: Path, named: list[str]) -> bool:
    """Tell whether at least half of what the database names is there: nothing else is so alike by chance."""
    there = sum(artefacts.has(name) or (uploads / f"{name}.part").exists() for name in named)
    return bool(named) and 2 * there >= len(named)
