"""Comparing database and store both ways, and putting back what is lost.

:func:`inspect_store` changes nothing. :func:`restore_service` writes only where something is missing or damaged.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import exists, select

from model.errors import CuelightError, StoreMissing
from model.progress import Progress
from serving.store.artefacts import Artefacts, hash_file
from serving.store.database import Database
from serving.store.migrations import migrate
from serving.store.pairing import adopt_store, check_pair, pair_identities
from serving.store.tables import Artefact, Upload, UploadState, Use
from serving.uploads.store import UploadStore


@dataclass(frozen=True, slots=True)
class StoreInspection:
    """What a comparison of database and store found; blobs by their SHA-256, uploads by their id.

    Attributes
    ----------
    code, says: why database and store do not belong together, and what to do; empty if they do
    named, named_bytes: blobs that projects use, and the bytes they should have
    missing, damaged: of these, the ones that are not there, or not as their name says
    unnamed, unnamed_bytes: blobs in the store that no project uses
    uploads_missing, uploads_unnamed: unfinished uploads without a file; files without a row
    trash_days, trash_files, trash_bytes: what lies in the trash
    """

    code: str
    says: str
    named: int
    named_bytes: int
    missing: tuple[str, ...]
    damaged: tuple[str, ...]
    unnamed: tuple[str, ...]
    unnamed_bytes: int
    uploads_missing: tuple[str, ...]
    uploads_unnamed: tuple[str, ...]
    trash_days: tuple[str, ...]
    trash_files: int
    trash_bytes: int

    @property
    def ok(self) -> bool:
        """Tell whether everything the database names is there; files that no row names are no fault."""
        return not (self.code or self.missing or self.damaged or self.uploads_missing)

    def record(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {"ok": self.ok, **asdict(self)}


@dataclass(frozen=True, slots=True)
class StoreRestoration:
    """What was put back, and what is still missing; blobs by their SHA-256, uploads by their id."""

    restored: tuple[str, ...]
    missing: tuple[str, ...]
    uploads_restored: tuple[str, ...]
    uploads_missing: tuple[str, ...]

    def record(self) -> dict[str, Any]:
        """Return it as plain data."""
        return asdict(self)


def inspect_store(
    database: Database, artefacts: Artefacts, uploads: UploadStore, progress: Progress, *, read_all: bool = True
) -> StoreInspection:
    """Compare what the database names with what is there; ``read_all`` hashes every blob, else sizes are compared."""
    code, says = _trouble(database, artefacts)
    sizes = _used_sizes(database)
    missing, damaged = _faults(artefacts, sizes, progress, read_all=read_all)
    unnamed = sorted(set(artefacts.names()) - sizes.keys())
    trash = [path.stat().st_size for path in artefacts.trash.files()]
    with database.read() as session:
        known = set(session.scalars(select(Upload.id)))
    return StoreInspection(
        code=code,
        says=says,
        named=len(sizes),
        named_bytes=sum(sizes.values()),
        missing=tuple(missing),
        damaged=tuple(damaged),
        unnamed=tuple(unnamed),
        unnamed_bytes=sum(map(artefacts.size, unnamed)),
        uploads_missing=tuple(_uploads_missing(database, artefacts, uploads)),
        uploads_unnamed=tuple(sorted({upload for upload, _ in uploads.list_kept()} - known)),
        trash_days=tuple(folder.name for folder in artefacts.trash.days()),
        trash_files=len(trash),
        trash_bytes=sum(trash),
    )


def restore_service(
    database: Database,
    artefacts: Artefacts,
    uploads: UploadStore,
    progress: Progress,
    *,
    backup: Path | None = None,
    adopt: bool = False,
) -> StoreRestoration:
    """Put back what is lost, and make sure that database and store belong together then.

    ``backup`` and the result are as in :func:`put_back`; ``adopt`` says that this database and this store belong
    together from now on. Raises DatabaseNew or StoreMismatch, and without ``adopt`` nothing is written then.
    """
    migrate(database)
    pair_identities(database, artefacts, uploads.folder)
    if not adopt:
        with suppress(StoreMissing):  # an empty store is what is to be filled
            check_pair(database, artefacts)
    done = put_back(database, artefacts, uploads, progress, backup)
    pair_identities(database, artefacts, uploads.folder)
    if adopt:
        adopt_store(database, artefacts, uploads.folder)
    check_pair(database, artefacts)
    return done


def put_back(
    database: Database, artefacts: Artefacts, uploads: UploadStore, progress: Progress, backup: Path | None = None
) -> StoreRestoration:
    """Put back every blob and unfinished upload that the database names and that is missing or damaged.

    They come out of the trash, or from ``backup``, a copy of the store's folder. Nothing that is whole is touched.
    """
    missing, damaged = _faults(artefacts, _used_sizes(database), progress, read_all=True)
    wanted = [*missing, *damaged]
    restored = [sha256 for sha256 in wanted if artefacts.bring_back(sha256, backup)]
    lost = _uploads_missing(database, artefacts, uploads)
    continued = [upload for upload in lost if uploads.bring_back(upload)]
    return StoreRestoration(
        restored=tuple(restored),
        missing=tuple(sha256 for sha256 in wanted if sha256 not in set(restored)),
        uploads_restored=tuple(continued),
        uploads_missing=tuple(upload for upload in lost if upload not in set(continued)),
    )


def _trouble(database: Database, artefacts: Artefacts) -> tuple[str, str]:
    try:
        check_pair(database, artefacts)
    except CuelightError as error:
        return error.code, f"{error.message} {error.hint}".strip()
    return "", ""


def _used_sizes(database: Database) -> dict[str, int]:
    """Return the size in bytes of every blob that some project uses, by its SHA-256."""
    used = select(Artefact.sha256, Artefact.size).where(exists().where(Use.sha256 == Artefact.sha256))
    with database.read() as session:
        return {row.sha256: row.size for row in session.execute(used)}


def _faults(
    artefacts: Artefacts, sizes: dict[str, int], progress: Progress, *, read_all: bool
) -> tuple[list[str], list[str]]:
    """Return which blobs are missing, and which are there but not whole."""
    missing, damaged = list[str](), list[str]()
    for done, (sha256, size) in enumerate(sorted(sizes.items())):
        progress("compare", done, len(sizes))
        if not artefacts.has(sha256):
            missing.append(sha256)
        elif artefacts.size(sha256) != size or (read_all and hash_file(artefacts.path(sha256)) != sha256):
            damaged.append(sha256)
    return missing, damaged


def _uploads_missing(database: Database, artefacts: Artefacts, uploads: UploadStore) -> Sequence[str]:
    """Return the unfinished uploads that have neither a file of their own nor their film in the store."""
    with database.read() as session:
        rows = session.execute(select(Upload.id, Upload.film).where(Upload.state == UploadState.OPEN)).all()
    return [row.id for row in rows if uploads.received_bytes(row.id) is None and not artefacts.has(row.film)]
