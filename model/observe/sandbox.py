"""The parent's side of the sandbox: start the child, hear its progress, take its result, bury it.

Two levels. ``bwrap``: a child with its own empty namespaces: no network, no processes but its own, a read-only
system, the interpreter, this package and the one film, and an empty scratch folder in memory. ``rlimit``: where
bubblewrap is missing or forbidden, the resource limits alone, which the first level has too. In both, the child dies
with its parent, and a wall clock runs.

Observing is one thing the child does; :func:`run_in_sandbox` runs any entry point of ours on a film the same way, with
one folder to write to if the work makes files.
"""

from __future__ import annotations

import functools
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any, Literal

from model.errors import ChildDied, ChildOutOfMemory, ChildTimedOut, CuelightError, ReelMissing, SettingInvalid
from model.observe.child import ChildLimits, Request
from model.observe.detector import ObserveSettings
from model.observe.observations import Observations
from model.progress import Progress, silent

Level = Literal["bwrap", "rlimit"]

WALL_S = 12 * 3600.0
_CHILD = ("-m", "model.observe.child")
_SYSTEM = ("/usr", "/bin", "/lib", "/lib32", "/lib64", "/etc/ld.so.cache", "/etc/alternatives")
_HEARTBEAT_S = 0.2
_LONGEST_MESSAGE = 64 * 1024
_LAST_WORDS = 2000
_KEPT_ENVIRONMENT = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "LD_LIBRARY_PATH")
_PACKAGE = Path(__file__).resolve().parents[1]
_INSIDE = Path("/reel")
_OUT_INSIDE = Path("/made")


@dataclass(frozen=True, slots=True)
class Sandbox:
    """How to start the child.

    Attributes
    ----------
    level: None = the best that works here
    wall_s: seconds on the clock until the child is stopped
    limits: what the child may take
    command: arguments of the interpreter: the module that calls :func:`model.observe.child.main`
    readable: further files and folders the child may read
    importable: further folders and modules the child may import, and so read
    writable: the one folder the child may write to, named to it in ``Request.out``
    """

    level: Level | None = None
    wall_s: float = WALL_S
    limits: ChildLimits = field(default_factory=ChildLimits)
    command: tuple[str, ...] = _CHILD
    readable: tuple[Path, ...] = ()
    importable: tuple[Path, ...] = ()
    writable: Path | None = None


def observe_in_sandbox(
    path: str | Path,
    start_timecode: str = "",
    settings: ObserveSettings | None = None,
    progress: Progress = silent,
    sandbox: Sandbox = Sandbox(),
) -> Observations:
    """Observe a film in the child.

    Raises whatever observing raises, under its own class; ChildDied, ChildTimedOut or ChildOutOfMemory if the child
    did not survive; and what ``progress`` raises, after the child has been stopped.
    """
    from model.documents import decode
    from model.observe.registry import plugin_paths

    sandbox = replace(sandbox, importable=(*sandbox.importable, *plugin_paths()))
    request = Request(str(path), start_timecode, settings or ObserveSettings(), sandbox.limits)
    return decode(Observations, run_in_sandbox(request, progress, sandbox))


def run_in_sandbox(request: Request, progress: Progress = silent, sandbox: Sandbox = Sandbox()) -> bytes:
    """Run one request in the child and return the bytes it made.

    Files the child makes lie in ``sandbox.writable`` afterwards, as far as it came; the caller clears up after errors.
    """
    film = Path(request.path).absolute()
    if not film.is_file():
        message = f"There is no file {film.name!r}."
        raise ReelMissing(message, hint="Check the path.")
    level = sandbox.level or chosen_level()
    seen = _INSIDE / film.name if level == "bwrap" else film
    with tempfile.TemporaryFile() as result, tempfile.TemporaryFile() as complaints:
        read_end, write_end = os.pipe()
        arguments = [sys.executable, *sandbox.command, str(result.fileno()), str(write_end)]
        prefix = _bubblewrap(film, seen, sandbox) if level == "bwrap" else []
        with os.fdopen(read_end, "rb", buffering=0) as messages:
            try:
                child = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                    [*prefix, *arguments],
                    stdin=subprocess.PIPE,
                    stdout=complaints,
                    stderr=complaints,
                    env=_environment(sandbox),
                    cwd="/",
                    pass_fds=(result.fileno(), write_end),
                    start_new_session=True,
                )
            finally:
                os.close(write_end)
            with child:
                try:
                    _ask(child, replace(request, path=str(seen), out=_out_as_seen(sandbox, level)))
                    size = _listen(child, messages, progress, sandbox.wall_s, complaints)
                finally:
                    child.kill()
        result.seek(0)
        data = result.read()
    if len(data) != size:
        raise ChildDied("The child that watches the film broke off while writing its result.")
    return data


def chosen_level() -> Level:
    """Return the level ``CUELIGHT_SANDBOX`` asks for (auto, bwrap, rlimit); auto takes the best that works.

    Raises SettingInvalid for any other word, and for bwrap where it does not work: asking for it is a promise.
    """
    match os.environ.get("CUELIGHT_SANDBOX", "auto"):
        case "auto":
            return sandbox_level()
        case "rlimit":
            return "rlimit"
        case "bwrap" if sandbox_level() == "bwrap":
            return "bwrap"
        case "bwrap":
            message = "CUELIGHT_SANDBOX=bwrap, but bubblewrap does not work here."
            raise SettingInvalid(message, hint="Install bubblewrap, or set it to auto.")
        case other:
            message = f"CUELIGHT_SANDBOX={other!r} is none of auto, bwrap, rlimit."
            raise SettingInvalid(message)


@functools.cache
def sandbox_level() -> Level:
    """Find the best level that works on this machine, by trying it."""
    if shutil.which("bwrap") is None:
        return "rlimit"
    film = Path(__file__)
    command = [*_bubblewrap(film, _INSIDE / film.name, Sandbox()), sys.executable, "-c", "import model.errors"]
    tried = subprocess.run(command, env=_environment(Sandbox()), cwd="/", capture_output=True, check=False)  # noqa: S603
    return "bwrap" if tried.returncode == 0 else "rlimit"


def _out_as_seen(sandbox: Sandbox, level: Level) -> str:
    if sandbox.writable is None:
        return ""
    return str(_OUT_INSIDE if level == "bwrap" else sandbox.writable.absolute())


def _bubblewrap(film: Path, seen: Path, sandbox: Sandbox) -> list[str]:
    """Build the start of a command that runs the rest of it with nothing around."""
    python = {Path(p).resolve() for p in (sys.prefix, sys.base_prefix, sys.exec_prefix)} | {Path(sys.prefix)}
    command = ["bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--clearenv"]
    for name, value in _environment(sandbox).items():
        command += ["--setenv", name, value]
    command += ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"]  # noqa: S108 - the child's own, in memory
    readable = (*sandbox.readable, *sandbox.importable)
    for folder in (*_SYSTEM, *sorted(map(str, python)), str(_PACKAGE), *map(str, readable)):
        command += ["--ro-bind-try", folder, folder]
    if sandbox.writable is not None:
        command += ["--bind", str(sandbox.writable.absolute()), str(_OUT_INSIDE)]
    return [*command, "--ro-bind", str(film), str(seen), "--chdir", "/tmp", "--"]  # noqa: S108


def _environment(sandbox: Sandbox) -> dict[str, str]:
    kept = {name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
    return {
        **kept,
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "HOME": "/tmp",  # noqa: S108 - inside, the child's own
        "PYTHONPATH": os.pathsep.join(map(str, (_PACKAGE.parent, *sandbox.importable))),
        "PYTHONSAFEPATH": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "MALLOC_ARENA_MAX": "2",  # decoder threads otherwise each hoard what they have freed
    }


def _ask(child: subprocess.Popen[bytes], request: Request) -> None:
    assert child.stdin is not None  # noqa: S101 - asked for above
    try:
        child.stdin.write(request.to_json().encode())
        child.stdin.close()
    except BrokenPipeError:
        pass  # it died at once: listening will tell


def _listen(
    child: subprocess.Popen[bytes], messages: IO[bytes], progress: Progress, wall_s: float, complaints: IO[bytes]
) -> int:
    """Hear the child out; return the size of its result, or raise what went wrong.

    While it works in silence its last word is repeated, so that a person who cancels need not wait for its next.
    """
    stands: tuple[str, int, int] | None = None
    for message in _messages(messages, time.monotonic() + wall_s):
        if "error" in message:
            raise _rebuilt(message["error"])
        if "done" in message:
            return int(message["done"])
        if "progress" in message:
            stage, done, total = message["progress"]
            stands = str(stage), int(done), int(total)
        if stands is not None:
            progress(*stands)
    code = child.wait()
    raise _fate(code, complaints)


def _messages(pipe: IO[bytes], deadline: float) -> Iterator[dict[str, Any]]:
    """Yield the child's messages until it closes the pipe, an empty one when it was silent for a while.

    Raises ChildTimedOut past the deadline.
    """
    pending = b""
    while True:
        if time.monotonic() > deadline:
            raise ChildTimedOut("Watching the film took longer than allowed.", hint="Split it into shorter reels.")
        if not select.select([pipe], [], [], _HEARTBEAT_S)[0]:
            yield {}
            continue
        data = pipe.read(_LONGEST_MESSAGE)
        if not data:
            return
        *lines, pending = (pending + data).split(b"\n")
        for line in lines:
            yield _parsed(line)
        if len(pending) > _LONGEST_MESSAGE:
            raise ChildDied("The child that watches the film said something unreadable.")


def _parsed(line: bytes) -> dict[str, Any]:
    try:
        message = json.loads(line)
    except ValueError:
        message = None
    if not isinstance(message, dict):
        raise ChildDied("The child that watches the film said something unreadable.")
    return message


def _rebuilt(error: dict[str, str]) -> CuelightError:
    """Make the child's error again, of the class its code names."""
    classes: dict[str, type[CuelightError]] = {c.code: c for c in _all_errors(CuelightError)}
    made = classes.get(error["code"], ChildDied)
    return made(error["message"], hint=error["hint"])


def _all_errors(root: type[CuelightError]) -> Iterator[type[CuelightError]]:
    yield root
    for branch in root.__subclasses__():
        yield from _all_errors(branch)


def _fate(code: int, complaints: IO[bytes]) -> CuelightError:
    """Tell from the exit code how a silent child ended."""
    number = -code if code < 0 else code - 128  # bubblewrap reports signals as a shell does
    if number == signal.SIGXCPU:
        return ChildTimedOut("Watching the film took more computing time than allowed.")
    complaints.seek(max(0, complaints.seek(0, os.SEEK_END) - _LAST_WORDS))  # there may be a gigabyte of them
    said = complaints.read(_LAST_WORDS).decode("utf-8", "replace").strip().splitlines()
    last = "".join(c for c in said[-1] if c.isprintable()) if said else ""
    if "bad_alloc" in last or "MemoryError" in last:
        return ChildOutOfMemory("Watching the film took more memory than allowed.")
    known = number in {s.value for s in signal.Signals}
    how = f"was ended by {signal.Signals(number).name}" if known else f"ended with exit code {code}"
    return ChildDied(f"The child that watches the film {how}.", hint=last)
