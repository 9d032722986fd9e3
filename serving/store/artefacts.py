"""The content-addressed store: a blob is named by its SHA-256, is there whole or not at all, and never changes.

Bytes go to a temporary file, are hashed on the way, brought to the disk, and take their name by a hard link, which the
file system does at once and only if nobody has the name yet: committing twice is no fault, committing half is
impossible. ``obstore`` looks after what is there; where the blobs live in another of its stores (S3 ...), the folder
here holds copies of what was used lately.

Rows say who uses what. :meth:`Artefacts.keep` looks at the blob while it holds the writer's lock, and
:meth:`Artefacts.collect` removes blobs under the same lock, so a blob that somebody has just put again is either still
there or its job hears that it is gone and puts it once more.
"""

from __future__ import annotations

import errno
import hashlib
import os
import tempfile
import time
from collections.abc import Callable, Collection, Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import obstore
from obstore.exceptions import AlreadyExistsError
from obstore.store import LocalStore, ObjectStore
from sqlalchemy import delete, exists, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from model.errors import AssetCorrupt, NotFound, ServiceBusy
from model.files import explained
from serving.store.database import Database
from serving.store.tables import Artefact, Use

BLOCK = 2**20
GRACE_S = 3600.0  # a blob without a row may belong to a stage that is just being committed
PORTION = 50  # blobs that go in one transaction
_PARTIAL = "partial"
_DAMAGED = "damaged"
_HASH = 64
PLAIN = "application/octet-stream"


class Artefacts:
    """Blobs by their SHA-256.

    ``root`` is a folder of the blobs, or, with a ``store``, of copies of them. Blocking: call it from a thread.
    """

    def __init__(self, root: Path, store: ObjectStore | None = None) -> None:
        """Open the store and make its folder."""
        self.root = root
        self._partial = root / _PARTIAL
        self._partial.mkdir(parents=True, exist_ok=True)
        self._damaged = root / _DAMAGED
        self._remote = store is not None
        self._store: ObjectStore = store or LocalStore(root)

    def put_bytes(self, data: bytes, media_type: str = PLAIN) -> str:
        """Keep ``data`` and return its SHA-256; raises DiskFull or OutputUnwritable, and then nothing stays."""
        with self._writing() as (file, path):
            file(data)
            return self._commit(path, hashlib.sha256(data).hexdigest(), media_type)

    def put_file(self, source: Path, media_type: str = PLAIN) -> str:
        """Keep a copy of the file ``source`` and return its SHA-256; raises as :meth:`put_bytes`."""
        digest = hashlib.sha256()
        with self._writing() as (file, path):
            for block in blocks(source):
                digest.update(block)
                file(block)
            return self._commit(path, digest.hexdigest(), media_type)

    def adopt(self, source: Path, media_type: str = PLAIN, sha256: str = "") -> str:
        """Move the file ``source`` in; else as :meth:`take_in`."""
        name = self.take_in(source, media_type, sha256)
        source.unlink(missing_ok=True)
        return name

    def take_in(self, source: Path, media_type: str = PLAIN, sha256: str = "") -> str:
        """Keep the file ``source`` here too, without copying where the file system allows; return its SHA-256.

        Nobody may write to it any more. ``sha256``: what the caller has just computed from these very bytes, to spare
        reading them twice.
        """
        name = sha256 or sha256_of(source)
        try:
            return self._commit(source, name, media_type)
        except OSError as error:
            if error.errno not in (errno.EXDEV, errno.EPERM, errno.ENOTSUP):
                raise explained(self.root, error) from error
            return self.put_file(source, media_type)

    def path(self, sha256: str) -> Path:
        """Return the file that holds the blob, to be read only; raises NotFound."""
        path = self._place(sha256)
        if not path.is_file():
            if not self._remote:
                raise _damaged(sha256) if (self._damaged / sha256).exists() else _absent(sha256)
            self._fetch(sha256)
        return path

    def read(self, sha256: str) -> bytes:
        """Return a small blob, checked; raises NotFound, or AssetCorrupt if the disk has damaged it.

        A damaged one is put aside, so that whoever makes it again finds its name free.
        """
        path = self.path(sha256)
        with path.open("rb") as file:
            data = file.read()
            if hashlib.sha256(data).hexdigest() != sha256:
                self._put_aside(path, file.fileno())
                raise _damaged(sha256)
        return data

    def open_range(self, sha256: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Yield ``length`` bytes from ``start``, block by block; raises NotFound before the first."""
        path = self.path(sha256)
        return blocks(path, start, length)

    def has(self, sha256: str) -> bool:
        """Tell whether the blob is there."""
        if not _is_name(sha256):
            return False
        return self._place(sha256).is_file() or (self._remote and _held(self._store, _key(sha256)))

    def size(self, sha256: str) -> int:
        """Return the blob's size in bytes; raises NotFound."""
        return self.path(sha256).stat().st_size

    def verify(self, sha256: str) -> bool:
        """Read the whole blob and tell whether it is what its name says; raises NotFound."""
        return sha256_of(self.path(sha256)) == sha256

    def remove(self, sha256: str) -> None:
        """Remove the blob, if it is there."""
        if _is_name(sha256):
            self._place(sha256).unlink(missing_ok=True)
            (self._damaged / sha256).unlink(missing_ok=True)
            if self._remote:
                with suppress(FileNotFoundError):
                    obstore.delete(self._store, _key(sha256))

    def sweep(self, used: Collection[str], grace_s: float = GRACE_S) -> int:
        """Remove blobs not in ``used`` and temporary files, if older than ``grace_s``; return the bytes gained."""
        before = time.time() - grace_s
        gained = 0
        named = (path for place in ("??", _DAMAGED) for path in self.root.glob(f"{place}/*"))
        for path in [*self._partial.iterdir(), *(path for path in named if path.name not in used)]:
            with suppress(FileNotFoundError):
                known = path.stat()
                if known.st_mtime <= before:
                    gained += known.st_size
                    path.unlink()
        if self._remote:
            self._sweep_store(used, before)
        return gained

    def keep(self, session: Session, project: str, sha256: str, size: int, media_type: str = PLAIN) -> None:
        """Write down, in a writing session, that ``project`` uses the blob; raises ServiceBusy if it was swept."""
        if not self.has(sha256):
            raise ServiceBusy("The store let go of a file that was to be kept.", hint="Try again.")
        keep(session, project, sha256, size, media_type)

    def collect(self, database: Database) -> int:
        """Remove every blob that no project uses any more; return how many.

        The files go while the writer's lock is held and before the rows do: killed in between, the next call ends it.
        They go a few at a time, so that others may write in between.
        """
        count, last = 0, ""
        unused = select(Artefact.sha256).where(~exists().where(Use.sha256 == Artefact.sha256))
        some = unused.order_by(Artefact.sha256).limit(PORTION)
        while True:
            with database.write() as session:
                gone = session.scalars(some.where(Artefact.sha256 > last)).all()
                for sha256 in gone:
                    self.remove(sha256)
                session.execute(delete(Artefact).where(Artefact.sha256.in_(gone)))
            count += len(gone)
            if len(gone) < PORTION:
                return count
            last = gone[-1]

    def _place(self, sha256: str) -> Path:
        if not _is_name(sha256):
            raise _absent(sha256)
        return self.root / sha256[:2] / sha256

    @contextmanager
    def _writing(self) -> Generator[tuple[Callable[[bytes], object], Path]]:
        """Give a temporary file to write to; it is gone at the end whatever happens."""
        path = None
        try:
            handle, name = tempfile.mkstemp(dir=self._partial)
            path = Path(name)
            with os.fdopen(handle, "wb", buffering=0) as file:
                yield (lambda data: _write_all(file.fileno(), data)), path
        except OSError as error:
            raise explained(self.root, error) from error
        finally:
            if path is not None:
                with suppress(OSError):
                    path.unlink(missing_ok=True)

    def _commit(self, whole: Path, sha256: str, media_type: str) -> str:
        """Give a whole file its name, unless somebody was first; a damaged one of that name is replaced."""
        _sync(whole)
        whole.chmod(0o444)
        place = self._place(sha256)
        place.parent.mkdir(exist_ok=True)
        try:
            os.link(whole, place)
        except FileExistsError:
            if place.stat().st_size != whole.stat().st_size:
                whole.replace(place)
        (self._damaged / sha256).unlink(missing_ok=True)
        os.utime(place)  # young: a sweep leaves it alone until its row is there
        _sync(place.parent)
        if self._remote:
            with suppress(AlreadyExistsError):
                obstore.put(self._store, _key(sha256), place, attributes={"Content-Type": media_type}, mode="create")
        return sha256

    def _put_aside(self, path: Path, file: int) -> None:
        """Take a damaged blob, open as ``file``, out of the way, unless another is there by now."""
        with suppress(OSError):
            self._damaged.mkdir(exist_ok=True)
            if os.path.samestat(os.fstat(file), path.stat()):
                path.replace(self._damaged / path.name)

    def _fetch(self, sha256: str) -> None:
        try:
            found = obstore.get(self._store, _key(sha256))
        except FileNotFoundError as error:
            raise _absent(sha256) from error
        digest = hashlib.sha256()
        with self._writing() as (file, path):
            for block in found.stream(BLOCK):
                digest.update(block)
                file(bytes(block))
            if digest.hexdigest() != sha256:
                raise _damaged(sha256)
            self._place(sha256).parent.mkdir(exist_ok=True)
            path.replace(self._place(sha256))

    def _sweep_store(self, used: Collection[str], before: float) -> None:
        old = [
            meta["path"]
            for some in obstore.list(self._store)
            for meta in some
            if meta["path"].rsplit("/", 1)[-1] not in used and meta["last_modified"].timestamp() <= before
        ]
        if old:
            obstore.delete(self._store, old)


def keep(session: Session, project: str, sha256: str, size: int, media_type: str = PLAIN) -> None:
    """Write down that ``project`` uses a blob, once; whoever did it before changes nothing."""
    row = {"sha256": sha256, "size": size, "media_type": media_type, "created": time.time()}
    _insert_once(session, Artefact, row)
    _insert_once(session, Use, {"project": project, "sha256": sha256})


def used_blobs(session: Session) -> set[str]:
    """Return the SHA-256 of every blob that some project uses."""
    return set(session.scalars(select(Use.sha256).distinct()))


def blocks(path: Path, start: int = 0, length: int | None = None) -> Iterator[bytes]:
    """Yield a file, or ``length`` bytes of it from ``start``, in blocks of a mebibyte."""
    left = path.stat().st_size - start if length is None else length
    with path.open("rb") as file:
        file.seek(start)
        while left > 0 and (block := file.read(min(BLOCK, left))):
            left -= len(block)
            yield block


def sha256_of(path: Path) -> str:
    """Hash a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _insert_once(session: Session, table: type[Any], row: dict[str, Any]) -> None:
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    session.execute(insert(table).values(row).on_conflict_do_nothing())


def _key(sha256: str) -> str:
    return f"{sha256[:2]}/{sha256}"


def _held(store: ObjectStore, key: str) -> bool:
    try:
        obstore.head(store, key)
    except FileNotFoundError:
        return False
    return True


def _is_name(sha256: str) -> bool:
    """Tell whether it is a hash: nothing else may become a path."""
    return len(sha256) == _HASH and set(sha256) <= set("0123456789abcdef")


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _write_all(handle: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(handle, left) :]


def _absent(sha256: str) -> NotFound:
    return NotFound(f"The store has no file {sha256[:12]!r}.")


def _damaged(sha256: str) -> AssetCorrupt:
    return AssetCorrupt(
        f"The file {sha256[:12]} of the store is damaged.", hint="Check the disk; then run the job again."
    )
