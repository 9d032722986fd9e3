"""The child that watches the film: limits itself, then observes, and speaks only JSON and bytes.

Started by ``model/observe/sandbox.py`` as ``python -m model.observe.child RESULT MESSAGES``: two open file
descriptors. Other work on an upload runs in the same kind of child: a module of its own that calls :func:`main` with
its own target. The request comes as one JSON object on standard input. Messages go out as JSON lines::

    {"progress": ["watch", 640, 5555]}
    {"error": {"code": "broken-reel", "message": "...", "hint": "..."}}
    {"done": 1234567}

and the observations, encoded, into RESULT. Nothing is ever pickled.
"""

from __future__ import annotations

import contextlib
import ctypes
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
from model.observe.detector import ObserveSettings
from model.progress import Progress

_PR_SET_PDEATHSIG = 1
_OUT_OF_MEMORY = ("bad_alloc", "bad allocation", "Cannot allocate memory", "Failed to allocate memory")


@dataclass(frozen=True, slots=True)
class ChildLimits:
    """What the child may take; in bytes, seconds and open files.

    ``memory`` is address space, of which a decoder, its threads and the nets reserve several times what they use.
    """

    memory: int = 12 * 2**30
    file_size: int = 2**30
    open_files: int = 256
    cpu_s: int = 24 * 3600


@dataclass(frozen=True, slots=True)
class Request:
    """What to observe, and within which limits.

    Attributes
    ----------
    told: what a target other than observing needs to know, in its own words
    out: the one folder the child may write to, as the child sees it; empty if there is none
    """

    path: str
    start_timecode: str = ""
    settings: ObserveSettings = field(default_factory=ObserveSettings)
    limits: ChildLimits = field(default_factory=ChildLimits)
    told: str = ""
    out: str = ""

    def to_json(self) -> str:
        """Write the request as one JSON object."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Request:
        """Read back what :meth:`to_json` wrote."""
        data: dict[str, Any] = json.loads(text)
        settings: dict[str, Any] = data["settings"]
        settings |= {name: tuple(settings[name]) for name in ("only", "skip")}
        data |= {"settings": ObserveSettings(**settings), "limits": ChildLimits(**data["limits"])}
        return cls(**data)


Target = Callable[[Request, Progress], bytes]


def observe(request: Request, progress: Progress) -> bytes:
    """Observe the reel and return the observations as :mod:`model.documents` encodes them."""
    from model.documents import encode
    from model.observe.run import observe_reel

    return encode(observe_reel(request.path, request.start_timecode, request.settings, progress))


def main(arguments: Sequence[str], target: Target = observe) -> int:
    """Serve one request; return the exit code, 0 unless an error was reported."""
    result, messages = (int(a) for a in arguments)
    with os.fdopen(messages, "w", encoding="ascii", buffering=1) as out:

        def say(**message: object) -> None:
            out.write(json.dumps(message) + "\n")

        def progress(stage: str, done: int, total: int) -> None:
            say(progress=[stage, done, total])

        try:
            request = Request.from_json(sys.stdin.read())
            confine(request.limits)
            data = target(request, progress)
            with os.fdopen(result, "wb") as file:
                file.write(data)
        except BaseException as error:  # noqa: BLE001 - the parent must hear of every end
            fault = understood(error)
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
        _, hard = resource.getrlimit(what)
        value = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (value, value))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a full file is an OSError, not a death
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def understood(error: BaseException) -> CuelightError:
    """Return what the parent shall be told: our own errors as they are, memory as memory, the rest as a crash."""
    if isinstance(error, CuelightError):
        return error
    if isinstance(error, MemoryError) or any(sign in str(error) for sign in _OUT_OF_MEMORY):
        return ChildOutOfMemory(
            "Watching the film took more memory than allowed.", hint="Export the reel at a smaller size."
        )
    traceback.print_exception(error, file=sys.stderr)
    return ChildDied(f"Watching the film failed: {type(error).__name__}: {error}", hint="This is a fault in Cuelight.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
