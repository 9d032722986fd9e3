"""The files of unfinished uploads: what lies on the disk is what was received, and there is no second truth.

``<id>.part`` holds the bytes; its size is the offset. A ``PATCH`` that promises a checksum writes bytes that do not
count before the checksum is known to be right: ``<id>.undo`` names the offset to go back to for as long, and it wins
over the size. So whatever is killed, and whenever, the next one to look finds an offset that holds.

One connection writes at a time: the file itself is locked (``flock``), across processes, and the system releases the
lock when a process dies.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import re
import shutil
import time
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Protocol, Self

from model.errors import CuelightError, DiskFull, NotFound, OutputUnwritable, UploadBusy
from model.files import sync
from serving.store.trash import TRASH, Trash

BLOCK_BYTES = 4 * 2**20
NAME = re.compile(r"upload_[0-9a-f]{30}")
NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
MOST_SUMS = 64  # running checksums kept in memory, one an upload
BELOW = "uploads"  # folder of the uploads within a day of the trash
_HALF_UNDO = "undo-partial"  # a note that is being written


class Sum(Protocol):
    """What ``hashlib`` makes."""

    def update(self, data: bytes | memoryview, /) -> None:
        """Take more bytes."""
        ...

    def copy(self) -> Self:
        """Return one that goes on by itself."""
        ...

    def hexdigest(self) -> str:
        """Return the hexdigest of all bytes so far."""
        ...


class UploadStore:
    """The folder of the unfinished uploads. Names are ids we made ourselves; nothing a client said becomes a path."""

    def __init__(self, folder: Path) -> None:
        """Open the folder; it is made if it is not there. The trash stands beside it."""
        self.folder = folder
        self.trash = Trash(folder.parent / TRASH)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._sums = _Sums()

    def path(self, upload: str) -> Path:
        """Where the bytes of an upload lie."""
        return self._path_of(upload, "part")

    def create(self, upload: str) -> None:
        """Begin an upload with no bytes."""
        try:
            os.close(os.open(self.path(upload), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            sync(self.folder)
        except OSError as error:
            raise _explain_os_error(error) from error

    def received_bytes(self, upload: str) -> int | None:
        """Return the bytes received for good; None if there is no such upload."""
        undo = _undo_offset(self._path_of(upload, "undo"))
        try:
            size = self.path(upload).stat().st_size
        except FileNotFoundError:
            return None
        return size if undo is None else min(undo, size)

    def open(self, upload: str) -> Writing:
        """Open an upload for writing, as the only one.

        Raises ``UploadBusy`` while another connection writes it, ``NotFound`` if it is gone.
        """
        path = self.path(upload)
        file = _open_file(path)
        try:
            _lock(file, path)
            return Writing(file, self._path_of(upload, "undo"), self._sums, upload)
        except BlockingIOError as error:
            os.close(file)
            hint = "Ask for the offset and go on when the other connection has ended."
            raise UploadBusy("Another connection is writing this upload.", hint=hint) from error
        except BaseException:
            os.close(file)
            raise

    def remove(self, upload: str) -> None:
        """Forget the bytes of an upload; nothing happens if there are none."""
        for kind in ("part", "undo", _HALF_UNDO):
            self._path_of(upload, kind).unlink(missing_ok=True)
        self._sums.take(upload, -1)

    def discard(self, upload: str) -> None:
        """Move the bytes of an upload to the trash; nothing happens if there are none."""
        for kind in ("part", "undo"):
            self.trash.put(self._path_of(upload, kind), BELOW)
        self.remove(upload)

    def bring_back(self, upload: str) -> bool:
        """Take the bytes of an upload out of the trash, unless some are here; return whether that was done."""
        found = next(self.trash.find(BELOW, self.path(upload).name), None)
        if found is None or self.path(upload).exists():
            return False
        undo = found.with_name(self._path_of(upload, "undo").name)
        if undo.exists():
            undo.replace(self._path_of(upload, "undo"))
        found.replace(self.path(upload))
        sync(self.folder)
        return True

    def touch(self, upload: str) -> None:
        """Make the file of an upload young."""
        os.utime(self.path(upload))

    def free(self) -> int:
        """Return the bytes free on the disk for uploads."""
        return shutil.disk_usage(self.folder).free

    def list_kept(self) -> Iterator[tuple[str, float]]:
        """Give every upload that has a file, and how many seconds ago it was last touched."""
        now = time.time()
        for path in self.folder.iterdir():
            if NAME.fullmatch(path.stem):
                try:
                    yield path.stem, now - path.stat().st_mtime
                except FileNotFoundError:
                    continue

    def _path_of(self, upload: str, kind: str) -> Path:
        if not NAME.fullmatch(upload):
            raise _missing_upload()
        return self.folder / f"{upload}.{kind}"


class Writing:
    """An upload that only we write, from ``open`` to ``close``. ``offset`` counts what was written."""

    def __init__(self, file: int, undo: Path, sums: _Sums, upload: str) -> None:
        self._file, self._undo, self._sums, self._upload = file, undo, sums, upload
        size = os.fstat(file).st_size
        left = _undo_offset(undo)
        self.offset = size if left is None else min(left, size)
        if left is not None:  # somebody died over bytes whose checksum was never known
            self._cut()
        self._sum = sums.take(upload, self.offset)
        self._sum_before: Sum | None = None
        self._start = self.offset

    def begin(self, *, guarded: bool) -> None:
        """Begin a ``PATCH``; the bytes of a guarded one count only from ``keep`` on."""
        self._start = self.offset
        self._sum_before = self._sum.copy() if self._sum is not None else None
        if guarded:
            with _explaining():
                partial = self._undo.with_suffix(f".{_HALF_UNDO}")
                partial.write_text(str(self.offset), encoding="ascii")
                sync(partial)
                partial.replace(self._undo)
                sync(self._undo.parent)

    def append(self, data: bytes | bytearray) -> None:
        """Write bytes behind the others. On a full disk what fitted is kept and ``DiskFull`` raised."""
        view = memoryview(data)
        with _explaining():
            while view:
                written = os.pwrite(self._file, view, self.offset)
                if self._sum is not None:
                    self._sum.update(view[:written])
                self.offset += written
                view = view[written:]

    def keep(self) -> None:
        """Make sure that what was written outlives a power cut; from here on it may be acknowledged."""
        with _explaining():
            os.fdatasync(self._file)
            if self._undo.exists():
                self._undo.unlink()
                sync(self._undo.parent)

    def undo(self) -> None:
        """Take back everything since ``begin``."""
        self.offset, self._sum = self._start, self._sum_before
        self._cut()

    def hash_bytes(self) -> str:
        """SHA-256 of all bytes: known already if this process saw them all, else read again."""
        if self._sum is None:
            self._sum = hashlib.sha256()
            at = 0
            while block := os.pread(self._file, BLOCK_BYTES, at):
                self._sum.update(block)
                at += len(block)
        return self._sum.hexdigest()

    def forget(self) -> None:
        """Do not remember the sum: there will be nothing to go on with."""
        self._sum = None

    def close(self) -> None:
        """Let others write."""
        if self._sum is not None:
            self._sums.give(self._upload, self.offset, self._sum)
        fcntl.flock(self._file, fcntl.LOCK_UN)  # said aloud: a forked child may hold the file open too
        os.close(self._file)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _cut(self) -> None:
        with _explaining():
            os.ftruncate(self._file, self.offset)
            os.fdatasync(self._file)
            self._undo.unlink(missing_ok=True)


class _Sums:
    """Running SHA-256 of the uploads this process wrote last, so that finishing one need not read it again."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[int, Sum]] = OrderedDict()
        self._lock = Lock()

    def take(self, upload: str, offset: int) -> Sum | None:
        """Take the sum of the first ``offset`` bytes away, if it is known."""
        with self._lock:
            at, known = self._kept.pop(upload, (0, None))
        if known is not None and at == offset:
            return known
        return hashlib.sha256() if offset == 0 else None

    def give(self, upload: str, offset: int, known: Sum) -> None:
        """Keep a sum for whoever goes on."""
        with self._lock:
            self._kept[upload] = (offset, known)
            while len(self._kept) > MOST_SUMS:
                self._kept.popitem(last=False)


class _explaining:  # noqa: N801 - reads as a clause
    """Say what the system said as one of our errors."""

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, OSError):
            raise _explain_os_error(error) from error


def _explain_os_error(error: OSError) -> CuelightError:
    if error.errno in NO_SPACE:
        hint = "Free some space; what arrived is kept, and the upload can go on from there."
        return DiskFull("There is no space left for uploads.", hint=hint)
    return OutputUnwritable(f"The folder of the uploads cannot be written ({error.strerror}).")


def _missing_upload() -> NotFound:
    return NotFound("There is no such upload.", hint="Begin a new one.")


def _open_file(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_NOFOLLOW)
    except FileNotFoundError as error:
        raise _missing_upload() from error
    except PermissionError:  # a crash came just after the store made it its own: nothing is written to it any more
        return os.open(path, os.O_RDONLY | os.O_NOFOLLOW)


def _lock(file: int, path: Path) -> None:
    """Lock a file that was opened as ``path``; raises NotFound if another was there first and took it away."""
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    try:
        same = os.path.samestat(os.fstat(file), path.stat())
    except FileNotFoundError:
        same = False
    if not same:
        raise _missing_upload()


def _undo_offset(path: Path) -> int | None:
    try:
        return int(path.read_text(encoding="ascii"))
    except FileNotFoundError:
        return None
