"""Started by root: become another user, then run a command. Stands alone: run as a script, by the bare interpreter.

A user without rights often cannot reach what root hands him: a film in a service's folder that is root's alone, an
interpreter in root's home. So, in a mount namespace of his own, each folder that does not let him through is covered by
an empty one that does, in memory, and what he needs is mounted there under its own name; all else in it stays out of
his reach. A film that only its owner may read is mounted with the owner's number mapped to his (``man 2
mount_setattr``). Nothing changes on the disk.

The one argument is a JSON object::

    {"uid": 65534, "gid": 65534, "read": ["/srv/film.mov"], "write": [], "command": ["/usr/bin/bwrap", "..."]}
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import signal
import stat
import struct
import sys
from dataclasses import dataclass
from pathlib import Path

# flags of clone(2) and mount(2)
_CLONE_NEWNS = 0x00020000  # a mount namespace of its own
_CLONE_NEWUSER = 0x10000000  # a user namespace of its own
_MS_RDONLY = 1  # read-only
_MS_NOSUID = 2  # set-user-id bits ignored
_MS_NODEV = 4  # devices ignored
_MS_REMOUNT = 32  # change what is mounted
_MS_BIND = 4096  # show a folder in another place
_MS_REC = 16384  # with all that is mounted below
_MS_PRIVATE = 1 << 18  # changes stay in this namespace
# numbers of system calls, the same on every machine
_OPEN_TREE = 428  # open_tree(2)
_MOVE_MOUNT = 429  # move_mount(2)
_MOUNT_SETATTR = 442  # mount_setattr(2)
_OPEN_TREE_CLONE = 1  # flag of open_tree(2)
_MOVE_MOUNT_F_EMPTY_PATH = 4  # flag of move_mount(2)
_AT_EMPTY_PATH = 0x1000  # flag of mount_setattr(2)
_MOUNT_ATTR_IDMAP = 0x00100000  # attribute of mount_setattr(2)
_AT_FDCWD = -100  # openat(2): relative to the current folder

_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class PrivilegeOrder:
    """Whom to become, what to run, and the files and folders he must be able to read, and to write."""

    uid: int
    gid: int
    read: list[str]
    write: list[str]
    command: list[str]


def main(order: PrivilegeOrder) -> None:
    """Make the files reachable, drop every right, and become the command; raises OSError where the system refuses."""
    _check(_libc.unshare(_CLONE_NEWNS), "unshare")
    _mount("none", "/", _MS_REC | _MS_PRIVATE)
    paths = sorted({name for path in (*order.read, *order.write) for name in (path, os.path.realpath(path))})
    files = {path: os.open(path, os.O_PATH | os.O_CLOEXEC) for path in paths}
    closed = {path: _closed_folder(path, order) for path in paths}
    for folder in sorted({folder for folder in closed.values() if folder}):
        _mount("tmpfs", folder, _MS_NOSUID | _MS_NODEV, "tmpfs", "mode=0755,size=1m")
    for path, file in files.items():  # in order: a folder before what lies in it
        facts = os.fstat(file)
        hidden = stat.S_ISREG(facts.st_mode) and not _has_right(facts, order, stat.S_IROTH)
        if closed[path] or hidden:
            _mount_in_place(file, path, order if hidden else None)
            if path not in order.write:
                _mount("none", path, _MS_REMOUNT | _MS_BIND | _MS_RDONLY | _MS_NOSUID | _MS_NODEV)
    os.setgroups([])
    os.setresgid(order.gid, order.gid, order.gid)
    os.setresuid(order.uid, order.uid, order.uid)
    os.execve(order.command[0], order.command, os.environ)  # noqa: S606 - what root asked for


def _closed_folder(path: str, order: PrivilegeOrder) -> str:
    """Find the first folder on the way to ``path`` that does not let him through; empty if none."""
    above = reversed(Path(path).parents)
    return next((str(folder) for folder in above if not _has_right(folder.stat(), order, stat.S_IXOTH)), "")


def _has_right(facts: os.stat_result, order: PrivilegeOrder, right: int) -> bool:
    """Tell whether he has a right, named as the others' (S_IROTH, S_IXOTH), to what has these facts."""
    place = 6 if facts.st_uid == order.uid else 3 if facts.st_gid == order.gid else 0
    return bool(facts.st_mode & right << place)


def _mount_in_place(file: int, path: str, owner: PrivilegeOrder | None) -> None:
    """Mount an open file or folder at ``path``, as if ``owner`` owned it if there is one."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    if stat.S_ISDIR(os.fstat(file).st_mode):
        Path(path).mkdir(exist_ok=True)
    elif not Path(path).exists():
        Path(path).touch()
    if owner is None:
        _mount(f"/proc/self/fd/{file}", path, _MS_BIND | _MS_REC)
    else:
        _mount_as_owner(file, path, owner)


def _mount_as_owner(file: int, path: str, owner: PrivilegeOrder) -> None:
    facts = os.fstat(file)
    try:
        tree = _check(_libc.syscall(_OPEN_TREE, file, b"", _OPEN_TREE_CLONE | _AT_EMPTY_PATH), "open_tree")
        owners = _user_namespace(f"{facts.st_uid} {owner.uid} 1", f"{facts.st_gid} {owner.gid} 1")
        mapped = struct.pack("QQQQ", _MOUNT_ATTR_IDMAP, 0, 0, owners)
        _check(_libc.syscall(_MOUNT_SETATTR, tree, b"", _AT_EMPTY_PATH, mapped, len(mapped)), "mount_setattr")
        target = os.fsencode(path)
        _check(_libc.syscall(_MOVE_MOUNT, tree, b"", _AT_FDCWD, target, _MOVE_MOUNT_F_EMPTY_PATH), "move_mount")
    except OSError as error:
        message = f"Only its owner may read {Path(path).name}; let user {owner.uid} read it ({error.strerror})."
        raise PermissionError(error.errno, message) from error


def _user_namespace(users: str, groups: str) -> int:
    """Open a user namespace with these maps; the process it is made with ends at once."""
    ready, made = os.pipe()
    holder = os.fork()
    if holder == 0:
        done = _libc.unshare(_CLONE_NEWUSER) == 0
        os.write(made, b"y" if done else b"n")
        signal.pause()
    try:
        if os.read(ready, 1) != b"y":
            raise OSError(errno.EPERM, os.strerror(errno.EPERM))
        Path(f"/proc/{holder}/uid_map").write_text(users, encoding="ascii")
        Path(f"/proc/{holder}/gid_map").write_text(groups, encoding="ascii")
        return os.open(f"/proc/{holder}/ns/user", os.O_RDONLY | os.O_CLOEXEC)
    finally:
        os.kill(holder, signal.SIGKILL)
        os.waitpid(holder, 0)
        os.close(ready)
        os.close(made)


def _mount(source: str, target: str, flags: int, kind: str = "", options: str = "") -> None:
    names = (os.fsencode(source), os.fsencode(target), kind.encode() or None)
    _check(_libc.mount(*names, ctypes.c_ulong(flags), options.encode() or None), f"mount {target}")


def _check(returned: int, what: str) -> int:
    if returned < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), what)
    return returned


if __name__ == "__main__":
    os.umask(0o022)  # what is made here, he must be able to enter
    try:
        main(PrivilegeOrder(**json.loads(sys.argv[1])))
    except OSError as error:
        sys.exit(f"{error.filename or ''} {error.strerror}".strip())
