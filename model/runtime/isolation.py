"""How strongly the child can be shut off on this machine: found by trying, from the strongest down.

``bwrap``: a child in namespaces of its own (:mod:`model.runtime.bubblewrap`). ``rlimit``: where bubblewrap is missing
or forbidden: limits and the filter of system calls alone, which the first level has too. At both, a child that root
starts runs as another user, who has no rights, where the system lets root make him his files reachable
(``model/runtime/drop_privileges.py``).
"""

from __future__ import annotations

import functools
import json
import os
import pwd
import subprocess
import sys
import tempfile
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from model.errors import SettingInvalid
from model.runtime.bubblewrap import (
    FILM_INSIDE,
    OUT_INSIDE,
    PACKAGE,
    Views,
    bubblewrap_arguments,
    find_bubblewrap,
    missing_protections,
)
from model.runtime.seccomp import filter_program

Level = Literal["bwrap", "rlimit"]

_KEPT_ENVIRONMENT = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "LD_LIBRARY_PATH")
_LAUNCHER = Path(__file__).with_name("drop_privileges.py")
_TRIAL = """
import sys
from model.runtime.child import ChildLimits, confine
confine(ChildLimits())
open(sys.argv[1], "rb").read(1)
sys.exit(0 if sys.base_prefix == sys.argv[2] else "The interpreter's own folder is out of reach.")
"""
_TRIAL_S = 60.0
_FILTERS = Path("/proc/sys/kernel/seccomp/actions_avail")
_NO_BUBBLEWRAP = (
    "bubblewrap (bwrap) was found neither in PATH nor in /usr/bin: the child could read what its user may read."
)


@dataclass(frozen=True, slots=True)
class ChildUser:
    """Whom the child runs as when root starts it."""

    name: str
    uid: int
    gid: int

    def command(self, views: Views, command: Sequence[str]) -> list[str]:
        """Build the command with which root runs ``command`` as this user, who then can reach what ``views`` names."""
        order = {
            "uid": self.uid,
            "gid": self.gid,
            "read": [*map(str, views.read_only()), *command[:1]],
            "write": [] if views.writable is None else [str(views.writable)],
            "command": [*command],
        }
        return [sys.executable, "-I", "-S", str(_LAUNCHER), json.dumps(order)]


@dataclass(frozen=True, slots=True)
class Isolation:
    """What works here.

    Attributes
    ----------
    level: ``bwrap`` or ``rlimit``
    user: whom root's child runs as; None = whoever starts it
    bubblewrap: the program, at level ``bwrap``
    cautions: what does not hold, and why, a sentence each
    """

    level: Level
    user: ChildUser | None = None
    bubblewrap: Path | None = None
    cautions: tuple[str, ...] = ()

    def describe(self) -> str:
        """Say it in one line: ``bwrap, as nobody``, then the cautions."""
        user = self.user.name if self.user else "root" if os.geteuid() == 0 else ""
        level = f"{self.level}, as {user}" if user else self.level
        return f"{level}: {' '.join(self.cautions)}" if self.cautions else level

    def film_inside(self, film: Path) -> Path:
        """Return the name under which the child sees the film."""
        return FILM_INSIDE / film.name if self.level == "bwrap" else film

    def output_inside(self, writable: Path) -> Path:
        """Return the name that the folder for the child's output has inside."""
        return OUT_INSIDE if self.level == "bwrap" else writable

    def command(
        self, views: Views, arguments: Sequence[str], seccomp: int | None, environment: Mapping[str, str]
    ) -> list[str]:
        """Build the command that runs the interpreter with ``arguments``; ``seccomp`` is the filter's open file."""
        command = [sys.executable, *arguments]
        if self.bubblewrap is not None:
            command = [*bubblewrap_arguments(self.bubblewrap, views, environment, seccomp), *command]
        return command if self.user is None else self.user.command(views, command)


def choose_isolation() -> Isolation:
    """Return what ``CUELIGHT_SANDBOX`` asks for (auto, bwrap, rlimit); auto takes the strongest that works.

    Raises SettingInvalid for any other word, and for bwrap where it does not work: asking for it is a promise.
    """
    asked = os.environ.get("CUELIGHT_SANDBOX", "auto")
    if asked not in {"auto", "bwrap", "rlimit"}:
        message = f"CUELIGHT_SANDBOX={asked!r} is none of auto, bwrap, rlimit."
        raise SettingInvalid(message)
    found = find_isolation("rlimit" if asked == "rlimit" else "bwrap")
    if asked == "bwrap" and found.level != "bwrap":
        message = f"CUELIGHT_SANDBOX=bwrap, but bubblewrap does not work here. {' '.join(found.cautions)}"
        raise SettingInvalid(message, hint="Install bubblewrap, or set it to auto.")
    return found


def find_isolation(strongest: Level = "bwrap") -> Isolation:
    """Find the strongest isolation that works on this machine, by trying it; raises SettingInvalid for no user."""
    return _find_strongest(strongest, os.environ.get("CUELIGHT_SANDBOX_USER", "nobody"), find_bubblewrap())


@functools.cache
def _find_strongest(strongest: Level, user_name: str, bubblewrap: Path | None) -> Isolation:
    users = [_child_user(user_name), None] if os.geteuid() == 0 else [None]
    cautions: list[str] = []
    if filter_program() is None or not _FILTERS.exists():
        cautions.append("The child's system calls cannot be filtered by this kernel or on this kind of machine.")
    if strongest == "bwrap" and bubblewrap is None:
        cautions.append(_NO_BUBBLEWRAP)
    if strongest == "bwrap" and bubblewrap is not None:
        for user in users:
            fault = _try_isolation(Isolation("bwrap", user, bubblewrap))
            if not fault:
                return Isolation("bwrap", user, bubblewrap, (*cautions, *missing_protections(bubblewrap)))
            cautions.append(f"{bubblewrap} does not work here{f' as {user.name}' if user else ''}: {fault}")
    for user in users[:-1]:
        fault = _try_isolation(Isolation("rlimit", user))
        if not fault:
            return Isolation("rlimit", user, None, tuple(cautions))
        cautions.append(f"The child runs as root, since it cannot run as {user_name}: {fault}")
    return Isolation("rlimit", None, None, tuple(cautions))


def child_environment(importable: Sequence[Path] = ()) -> dict[str, str]:
    """Return the environment of the child: nothing of ours but how many threads the libraries may start.

    ``importable``: folders and modules beside our own package that the child may import.
    """
    kept = {name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
    return {
        **kept,
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "HOME": "/tmp",  # noqa: S108 - inside, the child's own
        "PYTHONPATH": os.pathsep.join(map(str, (PACKAGE.parent, *importable))),
        "PYTHONSAFEPATH": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "MALLOC_ARENA_MAX": "2",  # decoder threads otherwise each hoard what they have freed
    }


@contextmanager
def filter_file() -> Generator[int | None]:
    """Hold the filter of system calls in an open file, as bubblewrap reads it; None on a machine without one."""
    program = filter_program()
    if program is None:
        yield None
        return
    with tempfile.TemporaryFile() as file:
        file.write(program)
        file.seek(0)
        yield file.fileno()


def _child_user(name: str) -> ChildUser:
    try:
        found = pwd.getpwuid(int(name)) if name.isdigit() else pwd.getpwnam(name)
    except KeyError:
        found = None
    if found is None or found.pw_uid == 0:
        message = f"CUELIGHT_SANDBOX_USER={name!r} is no user without rights."
        raise SettingInvalid(message, hint="Name one that owns nothing, such as nobody.")
    return ChildUser(found.pw_name, found.pw_uid, found.pw_gid)


def _try_isolation(isolation: Isolation) -> str:
    """Run a small child like a real one; return why that does not work, or nothing."""
    film = Path(__file__)
    environment = child_environment()
    arguments = ["-c", _TRIAL, str(isolation.film_inside(film)), sys.base_prefix]
    with filter_file() as seccomp:
        try:
            tried = subprocess.run(  # noqa: S603 - our own interpreter
                isolation.command(Views(film), arguments, seccomp, environment),
                env=environment,
                cwd="/",
                stdin=subprocess.DEVNULL,
                capture_output=True,
                pass_fds=() if seccomp is None else (seccomp,),
                timeout=_TRIAL_S,
                check=False,
            )
        except (OSError, subprocess.SubprocessError) as error:
            return str(error)
    said = tried.stderr.decode("utf-8", "replace").strip().splitlines()
    return "" if tried.returncode == 0 else (said[-1] if said else f"exit code {tried.returncode}")
