"""The content-addressed store: a blob is named by its SHA-256, is there whole or not at all, and never changes.

Bytes go to a temporary file, are hashed on the way, brought to the disk, and take their name by a hard link, which the
file system does at once and only if nobody has the name yet: committing twice is no fault, committing half is
impossible. ``obstore`` looks after what is there; where the blobs live in another of its stores (S3 ...), the folder
here holds copies of what was used lately.

Rows say who uses what. :meth:`Artefacts.keep` looks at the blob while it holds the writer's lock, and
:meth:`Artefacts.collect` removes blobs under the same lock, so a blob that somebody has just put again is either still
there or its job hears that it is gone and puts it once more.

What is removed goes to the trash beside the store. Whether anything may be removed because no row names it is decided
in :mod:`serving.store.pairing`; call :meth:`Artefacts.collect` and :meth:`Artefacts.sweep` only after that.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import tempfile
import time
from collections.abc import Callable, Collection, Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import obstore
from obstore.exceptions import AlreadyExistsError
from obstore.store import LocalStore, ObjectStore
from sqlalchemy import delete, exists, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from model.errors import AssetCorrupt, NotFound, ServiceBusy, StoreError, SweepRefused
from model.files import explain_os_error, sync
from serving.store.database import Database
from serving.store.tables import Artefact, Use
from serving.store.trash import TRASH, Trash, current_day

if TYPE_CHECKING:
    from obstore import ObjectMeta

BLOCK = 2**20  # bytes read at a time
GRACE_S = 3600.0  # a blob without a row may belong to a stage that is just being committed
PORTION = 50  # blobs that go in one transaction
_PARTIAL = "partial"
_DAMAGED = "damaged"
_HASH = 64  # hexadecimal digits of a SHA-256
_IDENTITY = "identity.json"
IDENTITY_SCHEMA = "cuelight.store/1"
SWEEP_SHARE = 0.05  # of the blobs: what a sweep may move at once; normal cleaning is a few files an hour
SWEEP_FLOOR = 10  # blobs: what a sweep may move at once in a small store, about what one broken-off stage leaves
BELOW = "artefacts"  # folder of the blobs within a day of the trash
PLAIN = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class SweepCount:
    """What a sweep found and did: blobs in the store, those no row names and old enough to go, files moved, bytes."""

    stored: int
    unused: int
    moved: int = 0
    moved_bytes: int = 0

    @property
    def refused(self) -> bool:
        """Tell whether the sweep was refused: more would have gone than may go at once."""
        return self.unused > max_swept_files(self.stored)


class Artefacts:
    """Blobs by their SHA-256.

    ``root`` is a folder of the blobs, or, with a ``store``, of copies of them. Blocking: call it from a thread.
    ``refusals`` holds, by what was to be swept, why the last sweep was refused; empty if all went well.
    """

    def __init__(self, root: Path, store: ObjectStore | None = None) -> None:
        """Open the store and make its folder."""
        self.root = root
        self._partial = root / _PARTIAL
        self._partial.mkdir(parents=True, exist_ok=True)
        self._damaged = root / _DAMAGED
        self._remote = store is not None
        self._store: ObjectStore = store or LocalStore(root)
        self.trash = Trash(root.parent / TRASH)
        self.refusals: dict[str, SweepRefused] = {}

    def identity(self) -> str | None:
        """Return the identity written into the store; None if there is none. Raises StoreError if it is damaged."""
        try:
            document = json.loads(bytes(obstore.get(self._store, _IDENTITY).bytes()))
        except FileNotFoundError:
            return None
        except ValueError as error:
            raise _unreadable() from error
        if not isinstance(document, dict) or document.get("schema") != IDENTITY_SCHEMA:
            raise _unreadable()
        return str(document["id"])

    def write_identity(self, identity: str) -> None:
        """Write an identity into a store that has none; one that is there stays."""
        document = {"schema": IDENTITY_SCHEMA, "id": identity}
        with suppress(AlreadyExistsError):
            obstore.put(self._store, _IDENTITY, json.dumps(document).encode(), mode="create")

    def names(self) -> Iterator[str]:
        """Give the names, SHA-256, of every blob there is, in no order."""
        if self._remote:
            yield from (meta["path"][-_HASH:] for meta in self._objects())
        else:
            yield from (path.name for path in self.root.glob("??/*") if _is_name(path.name))

    def is_empty(self) -> bool:
        """Tell whether there is no blob at all."""
        return next(self.names(), None) is None

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
        name = sha256 or hash_file(source)
        try:
            return self._commit(source, name, media_type)
        except OSError as error:
            if error.errno not in (errno.EXDEV, errno.EPERM, errno.ENOTSUP):
                raise explain_os_error(self.root, error) from error
            return self.put_file(source, media_type)

    def path(self, sha256: str) -> Path:
        """Return the file that holds the blob, to be read only; raises NotFound."""
        path = self._place(sha256)
        if not path.is_file():
            if not self._remote:
                raise _damaged_error(sha256) if (self._damaged / sha256).exists() else _absent(sha256)
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
                raise _damaged_error(sha256)
        return data

    def open_range(self, sha256: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Yield ``length`` bytes from ``start``, block by block; raises NotFound before the first."""
        path = self.path(sha256)
        return blocks(path, start, length)

    def has(self, sha256: str) -> bool:
        """Tell whether the blob is there."""
        if not _is_name(sha256):
            return False
        return self._place(sha256).is_file() or (self._remote and _is_stored(self._store, _key(sha256)))

    def size(self, sha256: str) -> int:
        """Return the blob's size in bytes; raises NotFound."""
        return self.path(sha256).stat().st_size

    def verify(self, sha256: str) -> bool:
        """Read the whole blob and tell whether it is what its name says; raises NotFound."""
        return hash_file(self.path(sha256)) == sha256

    def remove(self, sha256: str) -> None:
        """Move the blob to the trash, if it is there."""
        if _is_name(sha256):
            self.trash.put(self._place(sha256), _below(sha256))
            self.trash.put(self._damaged / sha256, f"{BELOW}/{_DAMAGED}")
            if self._remote:
                with suppress(FileNotFoundError):
                    self._discard_object(_key(sha256))

    def sweep(self, used: Collection[str], grace_s: float = GRACE_S, *, limited: bool = True) -> SweepCount:
        """Move blobs not in ``used`` to the trash and delete half-written files, if older than ``grace_s`` seconds.

        A ``limited`` sweep moves nothing if that were more than :func:`most_at_once`: then rows are missing rather
        than files unused.
        """
        before = time.time() - grace_s
        self._delete_half_written(before)
        stored = set(self.names())
        damaged = {path.name for path in self._damaged.glob("*") if _is_name(path.name)}
        unused = [sha256 for sha256 in (stored | damaged).difference(used) if self._moment(sha256) <= before]
        count = SweepCount(len(stored), len(unused))
        if limited and count.refused:
            return count
        gained = sum(map(self._bytes, unused))
        for sha256 in unused:
            self.remove(sha256)
        return replace(count, moved=len(unused), moved_bytes=gained)

    def bring_back(self, sha256: str, backup: Path | None = None) -> bool:
        """Put a blob that is missing or damaged back, from the trash or a copy of the store at ``backup``.

        Only a whole one is taken; the damaged one is put aside. Return whether that was done.
        """
        if self._remote and not self.has(sha256) and self._bring_back_object(sha256):
            return True
        copies = [*self.trash.find(_below(sha256), sha256), *([backup / _key(sha256)] if backup else [])]
        source = next((path for path in copies if path.is_file() and hash_file(path) == sha256), None)
        if source is None:
            return False
        place = self._place(sha256)
        if place.is_file():
            with place.open("rb") as file:
                self._put_aside(place, file.fileno())
        if source.is_relative_to(self.trash.root):
            self.adopt(source, sha256=sha256)
        else:
            self.put_file(source)
        return True

    def empty_trash(self, keep_days: int) -> int:
        """Delete for good what went to the trash more than ``keep_days`` days ago, all for 0.

        Return how many days of the local trash went.
        """
        if self._remote:
            last = (current_day() - timedelta(days=keep_days)).isoformat()
            paths = [meta["path"] for meta in self._list_objects(f"{TRASH}/")]
            obstore.delete(self._store, [path for path in paths if keep_days == 0 or path.split("/")[1] < last])
        return self.trash.empty(keep_days)

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
            raise explain_os_error(self.root, error) from error
        finally:
            if path is not None:
                with suppress(OSError):
                    path.unlink(missing_ok=True)

    def _commit(self, whole: Path, sha256: str, media_type: str) -> str:
        """Give a whole file its name, unless somebody was first; a damaged one of that name is replaced."""
        sync(whole)
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
        sync(place.parent)
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
                raise _damaged_error(sha256)
            self._place(sha256).parent.mkdir(exist_ok=True)
            path.replace(self._place(sha256))

    def _delete_half_written(self, before: float) -> None:
        for path in self._partial.iterdir():
            with suppress(FileNotFoundError):
                if path.stat().st_mtime <= before:
                    path.unlink()

    def _moment(self, sha256: str) -> float:
        """Return when the blob was last put here (seconds since 1970); one that is just going away is young."""
        for path in (self._place(sha256), self._damaged / sha256):
            with suppress(FileNotFoundError):
                return path.stat().st_mtime
        if self._remote:
            with suppress(FileNotFoundError):
                return obstore.head(self._store, _key(sha256))["last_modified"].timestamp()
        return time.time()

    def _bytes(self, sha256: str) -> int:
        for path in (self._place(sha256), self._damaged / sha256):
            with suppress(FileNotFoundError):
                return path.stat().st_size
        with suppress(FileNotFoundError):
            return obstore.head(self._store, _key(sha256))["size"]
        return 0

    def _objects(self) -> Iterator[ObjectMeta]:
        """Give what the store elsewhere holds, blobs alone."""
        yield from (meta for meta in self._list_objects() if _is_name(meta["path"][3:]) and meta["path"][2] == "/")

    def _list_objects(self, prefix: str | None = None) -> Iterator[ObjectMeta]:
        yield from (meta for some in obstore.list(self._store, prefix) for meta in some)

    def _discard_object(self, key: str) -> None:
        obstore.rename(self._store, key, f"{TRASH}/{current_day().isoformat()}/{key}")

    def _bring_back_object(self, sha256: str) -> bool:
        kept = [meta["path"] for meta in self._list_objects(f"{TRASH}/") if meta["path"].endswith(f"/{sha256}")]
        if kept:
            obstore.rename(self._store, max(kept), _key(sha256))
        return bool(kept)


def max_swept_files(stored: int) -> int:
    """Return how many files a sweep may move when ``stored`` are there."""
    return max(SWEEP_FLOOR, int(stored * SWEEP_SHARE))


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


def hash_file(path: Path) -> str:
    """Hash a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _insert_once(session: Session, table: type[Any], row: dict[str, Any]) -> None:
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    session.execute(insert(table).values(row).on_conflict_do_nothing())


def _key(sha256: str) -> str:
    return f"{sha256[:2]}/{sha256}"


def _below(sha256: str) -> str:
    return f"{BELOW}/{sha256[:2]}"


def _is_stored(store: ObjectStore, key: str) -> bool:
    try:
        obstore.head(store, key)
    except FileNotFoundError:
        return False
    return True


def _is_name(sha256: str) -> bool:
    """Tell whether it is a hash: nothing else may become a path."""
    return len(sha256) == _HASH and set(sha256) <= set("0123456789abcdef")


def _write_all(handle: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(handle, left) :]


def _absent(sha256: str) -> NotFound:
    return NotFound(f"The store has no file {sha256[:12]!r}.")


def _damaged_error(sha256: str) -> AssetCorrupt:
    return AssetCorrupt(
        f"The file {sha256[:12]} of the store is damaged.", hint="Check the disk; then run the job again."
    )


def _unreadable() -> StoreError:
    hint = f"Put {_IDENTITY} back from a backup, or remove it and start the service."
    return StoreError("The identity of the artefact store cannot be read.", hint=hint)
