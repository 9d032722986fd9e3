"""How a process ends: cleanly on SIGTERM, and with the one that started it."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
from collections.abc import Generator
from types import FrameType

_PR_SET_PDEATHSIG = 1  # prctl(2)


def die_with_parent(parent: int | None = None) -> None:
    """Ask the system to kill this process when its parent ends, however that ends; only Linux can.

    ``parent``: who it was when this process was started; if it has gone meanwhile, this process ends now.
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if parent is not None and os.getppid() != parent:
        os._exit(1)


@contextlib.contextmanager
def interrupt_on_sigterm() -> Generator[None]:
    """Raise KeyboardInterrupt in the block on SIGTERM, so that it ends as on Ctrl-C; main thread only.

    A process that was started in a shell's background or under nohup ignores SIGINT: SIGTERM is what stops it.
    """

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
