"""The child's side of the sandbox: read the request, give up what it does not need, work, answer in JSON and bytes.

A module of ours that works on an upload calls :func:`main` with its own target and is started by
``model/runtime/sandbox.py`` as ``python -m MODULE RESULT MESSAGES``: two open file descriptors. The request comes as
one JSON object on standard input. Messages go out as JSON lines::

    {"progress": ["watch", 640, 5555]}
    {"error": {"code": "broken-reel", "message": "...", "hint": "..."}}
    {"done": 1234567}

and what the target returns, bytes, into RESULT. Nothing is ever pickled.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from model.errors import ChildDied, ChildOutOfMemory, CuelightError
from model.progress import Progress
from model.runtime.process import die_with_parent
from model.runtime.seccomp import filter_program, install_filter

_OUT_OF_MEMORY = ("bad_alloc", "bad allocation", "Cannot allocate memory", "Failed to allocate memory")


@dataclass(frozen=True, slots=True)
class ChildLimits:
    """What the child may take.

    Attributes
    ----------
    memory: bytes of address space, of which a decoder, its threads and the nets reserve several times what they use
    file_size: bytes of each file it writes
    open_files: at a time
    cpu_s: seconds of computing
    threads: at a time; 0 = as many as the user may have. The filter of system calls forbids further processes
    """

    memory: int = 12 * 2**30
    file_size: int = 2**30
    open_files: int = 256
    cpu_s: int = 24 * 3600
    threads: int = 2048


@dataclass(frozen=True, slots=True)
class ChildRequest:
    """What to work on, and within which limits.

    Attributes
    ----------
    path: the film, as the child sees it
    task: what the target needs to know, in a form of its own
    out: the one folder the child may write to, as the child sees it; empty if there is none
    """

    path: str
    task: str = ""
    out: str = ""
    limits: ChildLimits = field(default_factory=ChildLimits)

    def to_json(self) -> str:
        """Write the request as one JSON object."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> ChildRequest:
        """Read back what :meth:`to_json` wrote."""
        data: dict[str, Any] = json.loads(text)
        return cls(data["path"], data["task"], data["out"], ChildLimits(**data["limits"]))


Target = Callable[[ChildRequest, Progress], bytes]


def main(arguments: Sequence[str], target: Target) -> int:
    """Serve one request; return the exit code, 0 unless an error was reported."""
    result, messages = (int(a) for a in arguments)
    with os.fdopen(messages, "w", encoding="ascii", buffering=1) as out:

        def say(**message: object) -> None:
            out.write(json.dumps(message) + "\n")

        def progress(stage: str, done: int, total: int) -> None:
            say(progress=[stage, done, total])

        try:
            request = ChildRequest.from_json(sys.stdin.read())
            confine(request.limits)
            data = target(request, progress)
            with os.fdopen(result, "wb") as file:
                file.write(data)
        except BaseException as error:  # noqa: BLE001 - the parent must hear of every end
            fault = explain_error(error)
            say(error={"code": fault.code, "message": fault.message, "hint": fault.hint})
            return 1
        say(done=len(data))
    return 0


def confine(limits: ChildLimits) -> None:
    """Give up what the child does not need; die when the parent dies."""
    for what, most in (
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_FSIZE, limits.file_size),
        (resource.RLIMIT_NOFILE, limits.open_files),
        (resource.RLIMIT_CPU, limits.cpu_s),
        (resource.RLIMIT_CORE, 0),
    ):
        _limit(what, most)
    if limits.threads:
        _limit(resource.RLIMIT_NPROC, limits.threads)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a full file is an OSError, not a death
    die_with_parent()
    program = filter_program(new_processes=False)
    if program is not None:
        with contextlib.suppress(OSError):  # a kernel without filters; inside bubblewrap one was set before this
            install_filter(program)


def _limit(what: int, most: int) -> None:
    _, hard = resource.getrlimit(what)
    value = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(what, (value, value))


def explain_error(error: BaseException) -> CuelightError:
    """Return what the parent shall be told: our own errors as they are, memory as memory, the rest as a crash."""
    if isinstance(error, CuelightError):
        return error
    if isinstance(error, MemoryError) or any(sign in str(error) for sign in _OUT_OF_MEMORY):
        return ChildOutOfMemory(
            "Watching the film took more memory than allowed.", hint="Export the reel at a smaller size."
        )
    traceback.print_exception(error, file=sys.stderr)
    return ChildDied(f"Watching the film failed: {type(error).__name__}: {error}", hint="This is a fault in Cuelight.")
