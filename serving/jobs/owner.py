"""Who owns an attempt: a dispatcher, named so that another on the same machine can tell whether it still lives."""

from __future__ import annotations

import hashlib
import os
import secrets
from functools import cache
from pathlib import Path

_START_FIELD = 19  # of /proc/PID/stat, counted after the name in brackets: when the process began


def new_owner() -> str:
    """Make a name: the place, this process, when it began, and some chance."""
    return f"{_place()}.{os.getpid()}.{_began(os.getpid())}.{secrets.token_hex(4)}"


def is_dead(owner: str) -> bool:
    """Tell whether an owner is known to be dead; of one at another place, nothing is known."""
    place, _, rest = owner.partition(".")
    pid, _, rest = rest.partition(".")
    if place != _place() or not pid.isdecimal():
        return False
    return _began(int(pid)) != rest.partition(".")[0]


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
