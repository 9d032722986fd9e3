"""bubblewrap (Debian: ``bubblewrap``), which starts a program in namespaces of its own: where it is, how it is called.

The program sees a read-only system, the interpreter, this package and what it is given; no network, no processes but
its own, no devices beyond ``/dev/null`` and the like; everything it could write to but one folder and a small ``/tmp``
in memory is read-only, ``/proc`` with its settings of the kernel too. It has no capabilities and cannot make further
namespaces.
"""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
FILM_INSIDE = Path("/reel")
OUT_INSIDE = Path("/made")
SCRATCH_BYTES = 64 * 2**20  # of /tmp, which lies in memory
_USUAL_PLACES = ("/usr/bin/bwrap", "/usr/local/bin/bwrap", "/bin/bwrap")
_SYSTEM = ("/usr", "/bin", "/lib", "/lib32", "/lib64", "/etc/ld.so.cache", "/etc/alternatives")
_SCRATCH = "/tmp"  # noqa: S108 - inside, the child's own
_WANTED_OPTIONS = {
    "--disable-userns": "the child may open further user namespaces",
    "--size": "the child's /tmp may fill the memory",
}


@dataclass(frozen=True, slots=True)
class Views:
    """Which of our files the program sees, and where.

    Attributes
    ----------
    film: the one film
    readable: further files and folders, seen under their own names
    writable: the one folder it may write to, seen as ``OUT_INSIDE``
    """

    film: Path
    readable: tuple[Path, ...] = ()
    writable: Path | None = None

    def read_only(self) -> list[Path]:
        """List every file and folder of ours that is shown to be read."""
        return [*python_folders(), PACKAGE, *self.readable, self.film]


def find_bubblewrap() -> Path | None:
    """Find the program in ``PATH``, else where it usually is."""
    found = shutil.which("bwrap")
    places = (found, *_USUAL_PLACES) if found else _USUAL_PLACES
    return next((Path(place).absolute() for place in places if os.access(place, os.X_OK)), None)


def missing_protections(program: Path) -> list[str]:
    """Return the protections that are missing because this bubblewrap is too old for an option."""
    known = _options(program)
    return [
        f"{program} is too old for {option}: {what}" for option, what in _WANTED_OPTIONS.items() if option not in known
    ]


def bubblewrap_arguments(program: Path, views: Views, environment: Mapping[str, str], seccomp: int | None) -> list[str]:
    """Return the arguments of bubblewrap: the start of a command that runs the rest of it inside.

    ``seccomp`` is the open file that holds the filter of system calls.
    """
    known = _options(program)
    command = [str(program), "--unshare-all", "--unshare-user", "--die-with-parent", "--new-session"]
    command += ["--cap-drop", "ALL", *_if_known(known, "--disable-userns")]
    command += ["--seccomp", str(seccomp)] if seccomp is not None else []
    command += ["--clearenv", *(word for item in environment.items() for word in ("--setenv", *item))]
    command += [
        "--proc",
        "/proc",
        "--dev",
        "/dev",
        *_if_known(known, "--size", str(SCRATCH_BYTES)),
        "--tmpfs",
        _SCRATCH,
    ]
    for folder in _SYSTEM:
        command += ["--ro-bind-try", folder, folder]
    for path in (*python_folders(), PACKAGE, *views.readable):
        command += ["--ro-bind", str(path), str(path)]
    if views.writable is not None:
        command += ["--bind", str(views.writable), str(OUT_INSIDE)]
    command += ["--ro-bind", str(views.film), str(FILM_INSIDE / views.film.name)]
    for place in ("/proc", "/dev", "/"):  # last: until here, places to bind to are made
        command += ["--remount-ro", place]
    return [*command, "--chdir", _SCRATCH, "--"]


def python_folders() -> list[Path]:
    """List the folders the interpreter and its packages live in, under every name they are asked for by."""
    asked = {Path(prefix) for prefix in (sys.prefix, sys.base_prefix, sys.exec_prefix)}
    return sorted(asked | {path.resolve() for path in asked})


def _if_known(known: frozenset[str], option: str, *values: str) -> Iterable[str]:
    return (option, *values) if option in known else ()


@functools.cache
def _options(program: Path) -> frozenset[str]:
    """Read which options this version has from its own help."""
    shown = subprocess.run([program, "--help"], capture_output=True, text=True, check=False)  # noqa: S603
    return frozenset(re.findall(r"^\s+(--[a-z0-9-]+)", shown.stdout + shown.stderr, flags=re.MULTILINE))
