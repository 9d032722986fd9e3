"""Who owns an attempt: a dispatcher, named so that another on the same machine can tell whether it still lives.

Its scratch folder is locked (``flock``) for as long as it lives. The lock goes with the process, so after a restart of
the machine or of a container, too, anybody can tell that a folder was left behind.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import secrets
import shutil
from contextlib import suppress
from functools import cache
from pathlib import Path

_OWNER = re.compile(r"[0-9A-Za-z]+\.\d+\.\d*\.[0-9a-f]{8}")
_START_FIELD = 19  # of /proc/PID/stat, counted after the name in brackets: when the process began


def make_owner_name() -> str:
    """Make a name: the place, this process, when it began, and some chance."""
    return f"{_place()}.{os.getpid()}.{_began(os.getpid())}.{secrets.token_hex(4)}"


def is_owner(name: str) -> bool:
    """Tell whether a name is one that :func:`new_owner` makes."""
    return _OWNER.fullmatch(name) is not None


def is_dead(owner: str) -> bool:
    """Tell whether an owner is known to be dead; of one at another place, nothing is known."""
    place, _, rest = owner.partition(".")
    pid, _, rest = rest.partition(".")
    if place != _place() or not pid.isdecimal():
        return False
    return _began(int(pid)) != rest.partition(".")[0]


def hold(folder: Path) -> int:
    """Make a folder, and hold it until the handle that is returned is closed, or this process ends."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    while True:
        with suppress(FileExistsError):
            folder.mkdir()
        try:
            handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        except FileNotFoundError:
            continue  # somebody found it before it was locked, and removed it
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            if _is_same(handle, folder):
                return handle
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)


def remove_unheld(folder: Path) -> None:
    """Remove a folder and all in it, unless somebody holds it."""
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return  # no folder
    try:
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(handle)


def _is_same(handle: int, folder: Path) -> bool:
    """Tell whether an open folder still has its name."""
    try:
        return os.path.samestat(os.fstat(handle), folder.stat())
    except FileNotFoundError:
        return False


@cache
def _place() -> str:
    """Name this boot of this machine, seen from this container: only within it does a process id mean anything."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text()
        space = Path("/proc/self/ns/pid").readlink()
    except OSError:
        return secrets.token_hex(6)  # nothing can be known: leases will tell
    return hashlib.sha256(f"{boot}{space}".encode()).hexdigest()[:12]


def _began(pid: int) -> str:
    try:
        said = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    fields = said.rpartition(")")[2].split()
    return "" if fields[0] == "Z" else fields[_START_FIELD]
