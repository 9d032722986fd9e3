"""Files and folders written whole or not at all, and names made safe for them.

Whatever ends a write early leaves what stood there before, and no litter beside it.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import tempfile
import unicodedata
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from model.errors import DiskFull, OutputError, OutputUnwritable

_FULL = {errno.ENOSPC, errno.EDQUOT}
_UNSAFE = frozenset('/\\<>:"|?*%')
_RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))}
_LONGEST_STEM_BYTES = 120
_WORKING = ".cuelight.partial"  # ending of a folder that is being filled
_REPLACED = ".cuelight.old"  # ending of a folder whose place is just being taken


def write_atomically(path: Path, data: bytes) -> Path:
    """Write one file whole or not at all; its folder is made if missing.

    Raises OutputUnwritable or DiskFull; what stood there before stays until the new bytes are on the disk.
    """
    return write_all(path.parent, {path.name: data})[0]


def write_all(folder: Path, files: Mapping[str, bytes]) -> list[Path]:
    """Write each of ``files`` (name -> bytes) into ``folder``, which is made if missing.

    All bytes go to temporary names first; only when every one is on the disk do the files take their names.
    Raises OutputUnwritable or DiskFull; temporary files never stay.
    """
    waiting: dict[Path, Path] = {}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in files.items():
            waiting[folder / name] = _temporary(folder, data)
        for final, temporary in waiting.items():
            temporary.replace(final)
    except OSError as error:
        raise explain_os_error(folder, error) from error
    finally:
        for temporary in waiting.values():
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
    return list(waiting)


def check_writable(folder: Path) -> None:
    """Make ``folder`` and try to write into it, so that long work does not end before a closed door.

    Raises OutputUnwritable or DiskFull.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _temporary(folder, b"\n").unlink()
    except OSError as error:
        raise explain_os_error(folder, error) from error


@contextmanager
def write_whole(path: Path) -> Generator[Path]:
    """Give a temporary name beside ``path`` to write under; it takes its name when the block ends well.

    The folder is made if missing. Whatever ends the block early leaves what stood there before, and no litter.
    Raises OutputUnwritable or DiskFull.
    """
    temporary: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".cuelight-", suffix=path.suffix, dir=path.parent)
        os.close(handle)
        temporary = Path(name)
        yield temporary
        temporary.chmod(0o644)  # a temporary file is private; a delivery is not
        temporary.replace(path)
    except OSError as error:
        raise explain_os_error(path.parent, error) from error
    finally:
        if temporary is not None:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)


@contextmanager
def fresh_folder(parent: Path, name: str) -> Generator[Path]:
    """Give a new folder to fill; when all went well it takes the place of ``parent / name``.

    What stood there before stays until then, and stays for good if anything is raised.
    Raises OutputUnwritable or DiskFull for what the disk says.
    """
    with working_folder(parent, name) as filling:
        yield filling
        _swap(filling, parent / name)


@contextmanager
def working_folder(parent: Path, name: str) -> Generator[Path]:
    """Give an empty folder in ``parent`` to work in; it is removed at the end, and what was moved out of it stays.

    While this process lives the folder is locked, so that :func:`remove_abandoned` leaves it alone.
    Raises OutputUnwritable or DiskFull for what the disk says.
    """
    lock = -1
    folder: Path | None = None
    try:
        parent.mkdir(parents=True, exist_ok=True)
        made = folder = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=parent))
        made.chmod(0o755)
        lock = os.open(made, os.O_RDONLY)
        fcntl.flock(lock, fcntl.LOCK_EX)
        folder = made.rename(f"{made}{_WORKING}")  # only now may others ask whether anybody holds it
        yield folder
    except OSError as error:
        raise explain_os_error(parent, error) from error
    finally:
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
        if lock >= 0:
            os.close(lock)


def remove_abandoned(parent: Path) -> None:
    """Remove the working folders in ``parent`` of processes that were killed; nobody else's.

    A folder that was being replaced at that moment gets its name back.
    """
    for folder in parent.glob(f".*{_WORKING}"):
        with suppress(OSError):  # also what flock raises while somebody holds it
            lock = os.open(folder, os.O_RDONLY)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(lock)
    for old in parent.glob(f".*{_REPLACED}"):
        final = parent / old.name.removeprefix(".").removesuffix(_REPLACED)
        with suppress(OSError):
            shutil.rmtree(old) if final.exists() else old.rename(final)


def move_into(filled: Path, folder: Path) -> None:
    """Move every file and folder of ``filled`` to its name in ``folder``, each in place of what stood there.

    Raises OutputUnwritable or DiskFull.
    """
    try:
        for entry in sorted(filled.iterdir()):
            if entry.is_dir():
                _swap(entry, folder / entry.name)
            else:
                entry.replace(folder / entry.name)
    except OSError as error:
        raise explain_os_error(folder, error) from error


def _swap(filling: Path, final: Path) -> None:
    """Put the new folder in the old one's place; the old one comes back if that fails."""
    old = final.with_name(f".{final.name}{_REPLACED}")
    shutil.rmtree(old, ignore_errors=True)
    if final.exists():
        final.rename(old)
    try:
        filling.rename(final)
    except OSError:
        with suppress(OSError):
            old.rename(final)
        raise
    shutil.rmtree(old, ignore_errors=True)


def sync(path: Path) -> None:
    """Bring a file, or the names in a folder, to the disk: they outlive a power cut from here on. Raises OSError."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def safe_stem(name: str) -> str:
    """Make a file stem out of a reel's name, which is data: no folders, no device names, no odd characters."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    stem = last.rsplit(".", 1)[0] if "." in last.strip(".") else last
    kept = "".join("_" if char in _UNSAFE or unicodedata.category(char)[0] == "C" else char for char in stem)
    short = kept.encode("utf-8")[:_LONGEST_STEM_BYTES].decode("utf-8", "ignore").strip(" .-")
    if not short.strip("_"):
        return "reel"
    return f"_{short}" if short.split(".")[0].lower() in _RESERVED else short


def _temporary(folder: Path, data: bytes) -> Path:
    """Write ``data`` beside its final place; removes its own leavings when it fails."""
    handle, name = tempfile.mkstemp(prefix=".cuelight-", suffix=".tmp", dir=folder)
    path = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        path.chmod(0o644)  # a temporary file is private; a document is not
    except BaseException:
        with suppress(OSError):
            path.unlink()
        raise
    return path


def explain_os_error(folder: Path, error: OSError) -> OutputError:
    """Say what the disk said as one of our errors."""
    if error.errno in _FULL:
        return DiskFull(f"There is no space left in {folder}.", hint="Free some space or choose another folder.")
    reason = error.strerror or str(error)
    return OutputUnwritable(f"{folder} cannot be written: {reason}.", hint="Choose a folder you may write to.")
