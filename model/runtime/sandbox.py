"""The parent's side of the sandbox: start the child, follow its progress, take its result, end it.

:func:`run_in_sandbox` runs any entry point of ours on a film, with one folder to write to if the work makes files. How
the child is shut off is for :mod:`model.runtime.isolation` to find; at every level it dies with its parent, and a wall
clock runs.
"""

from __future__ import annotations

import json
import os
import re
import select
import signal
import subprocess
import tempfile
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any

from model.errors import ChildDied, ChildOutOfMemory, ChildTimedOut, CuelightError, ReelMissing
from model.progress import Progress, ignore_progress
from model.runtime.bubblewrap import Views
from model.runtime.child import ChildLimits, ChildRequest
from model.runtime.isolation import Isolation, Level, child_environment, choose_isolation, filter_file, find_isolation

WALL_S = 12 * 3600.0
_HEARTBEAT_S = 0.2
_LONGEST_MESSAGE = 64 * 1024  # bytes
_LAST_WORDS = 2000  # bytes of what a child complained about
_UNREADABLE = "The child that watches the film said something unreadable."
_THREADS_COUNTED_APART = (5, 14)  # Linux: since then a user's threads are counted in each user namespace by itself


@dataclass(frozen=True, slots=True)
class Sandbox:
    """How to start the child.

    Attributes
    ----------
    level: None = the strongest that works here
    wall_s: seconds on the clock until the child is stopped
    limits: what the child may take
    command: arguments of the interpreter: the module that calls :func:`model.runtime.child.main`
    readable: further files and folders the child may read
    importable: further folders and modules the child may import, and so read
    writable: the one folder the child may write to, named to it in ``ChildRequest.out``
    """

    level: Level | None = None
    wall_s: float = WALL_S
    limits: ChildLimits = field(default_factory=ChildLimits)
    command: tuple[str, ...] = ()
    readable: tuple[Path, ...] = ()
    importable: tuple[Path, ...] = ()
    writable: Path | None = None


def run_in_sandbox(request: ChildRequest, progress: Progress = ignore_progress, sandbox: Sandbox = Sandbox()) -> bytes:
    """Run one request in the child and return the bytes it made; the limits are the sandbox's.

    Raises whatever the work raises, under its own class; ChildDied, ChildTimedOut or ChildOutOfMemory if the child did
    not survive; and what ``progress`` raises, after the child has been stopped. Files the child makes lie in
    ``sandbox.writable`` afterwards, as far as it came; the caller clears up after errors.
    """
    film = Path(request.path).absolute()
    if not film.is_file():
        message = f"There is no file {film.name!r}."
        raise ReelMissing(message, hint="Check the path.")
    isolation = find_isolation(sandbox.level) if sandbox.level else choose_isolation()
    writable = sandbox.writable.absolute() if sandbox.writable else None
    asked = replace(
        request,
        path=str(isolation.film_inside(film)),
        out=str(isolation.output_inside(writable)) if writable else "",
        limits=_limits(sandbox.limits, isolation),
    )
    views = Views(film, (*sandbox.readable, *sandbox.importable), writable)
    with tempfile.TemporaryFile() as result, tempfile.TemporaryFile() as complaints:
        with _lend_folder(writable, isolation), _run_child(isolation, views, sandbox, result, complaints) as running:
            child, messages = running
            _send_request(child, asked)
            size = _listen(child, messages, progress, sandbox.wall_s, complaints)
        result.seek(0)
        data = result.read()
    if len(data) != size:
        raise ChildDied("The child that watches the film broke off while writing its result.")
    return data


@contextmanager
def _run_child(
    isolation: Isolation, views: Views, sandbox: Sandbox, result: IO[bytes], complaints: IO[bytes]
) -> Generator[tuple[subprocess.Popen[bytes], IO[bytes]]]:
    """Start the child and give it and its messages; however the block ends, the child is killed and waited for."""
    read_end, write_end = os.pipe()
    with os.fdopen(read_end, "rb", buffering=0) as messages, filter_file() as seccomp:
        fds = (result.fileno(), write_end)
        arguments = [*sandbox.command, *map(str, fds)]
        environment = child_environment(sandbox.importable)
        try:
            child = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                isolation.command(views, arguments, seccomp, environment),
                stdin=subprocess.PIPE,
                stdout=complaints,
                stderr=complaints,
                env=environment,
                cwd="/",
                pass_fds=fds if seccomp is None else (*fds, seccomp),
                start_new_session=True,
            )
        finally:
            os.close(write_end)
        with child:
            try:
                yield child, messages
            finally:
                child.kill()


def _limits(limits: ChildLimits, isolation: Isolation) -> ChildLimits:
    """Leave the limit on threads out where the system would count all that the user runs."""
    found = re.match(r"(\d+)\.(\d+)", os.uname().release)
    is_recent = found is not None and (int(found[1]), int(found[2])) >= _THREADS_COUNTED_APART
    counted_apart = is_recent and isolation.level == "bwrap"
    return limits if counted_apart else replace(limits, threads=0)


@contextmanager
def _lend_folder(folder: Path | None, isolation: Isolation) -> Generator[None]:
    """Let the child's user own the folder it writes to; afterwards all that lies there is ours."""
    if folder is None or isolation.user is None:
        yield
        return
    os.chown(folder, isolation.user.uid, isolation.user.gid)
    try:
        yield
    finally:
        for root, folders, files in os.walk(folder):
            for name in (*folders, *files):
                with suppress(OSError):
                    os.chown(Path(root, name), os.geteuid(), os.getegid(), follow_symlinks=False)
        os.chown(folder, os.geteuid(), os.getegid())


def _send_request(child: subprocess.Popen[bytes], request: ChildRequest) -> None:
    assert child.stdin is not None  # noqa: S101 - asked for above
    try:
        child.stdin.write(request.to_json().encode())
        child.stdin.close()
    except BrokenPipeError:
        pass  # it died at once: its exit code will tell


def _listen(
    child: subprocess.Popen[bytes], messages: IO[bytes], progress: Progress, wall_s: float, complaints: IO[bytes]
) -> int:
    """Follow the child to its end; return the size of its result, or raise what went wrong.

    While it works in silence its last progress is repeated, so that a person who cancels need not wait for the next.
    """
    last: tuple[str, int, int] | None = None
    for message in _messages(messages, time.monotonic() + wall_s):
        match message:
            case {"error": {"code": str(code), "message": str(said), "hint": str(hint)}}:
                raise _error_class(code)(said, hint=hint)
            case {"done": int(size)}:
                return size
            case {"progress": [str(stage), int(done), int(total)]}:
                last = stage, done, total
            case _:
                if message:  # an empty one only says that the child is silent
                    raise ChildDied(_UNREADABLE)
        if last is not None:
            progress(*last)
    raise _explain_exit(child.wait(), complaints)


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
            yield _parse_message(line)
        if len(pending) > _LONGEST_MESSAGE:
            raise ChildDied(_UNREADABLE)


def _parse_message(line: bytes) -> dict[str, Any]:
    try:
        message = json.loads(line)
    except ValueError:
        message = None
    if not isinstance(message, dict):
        raise ChildDied(_UNREADABLE)
    return message


def _error_class(code: str) -> type[CuelightError]:
    """Return the class of the child's error by its code; a code nobody has is a child out of its mind."""
    return next((kind for kind in _error_classes(CuelightError) if kind.code == code), ChildDied)


def _error_classes(root: type[CuelightError]) -> Iterator[type[CuelightError]]:
    yield root
    for kind in root.__subclasses__():
        yield from _error_classes(kind)


def _explain_exit(code: int, complaints: IO[bytes]) -> CuelightError:
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
