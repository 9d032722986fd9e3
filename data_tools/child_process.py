"""Child processes of tests, benchmarks and the demo: started and stopped here, so that none is left behind.

A child is stopped with SIGTERM, since a process in a shell's background or under nohup ignores SIGINT. If it has not
ended within a deadline it is killed with its whole process group, so that no test waits for it for ever.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Generator, Sequence
from typing import Any

STOP_S = 15.0  # from SIGTERM to SIGKILL


def start_child(command: Sequence[str], **options: Any) -> subprocess.Popen[str]:
    """Start a process that leads a process group of its own, with text streams; ``options`` are those of Popen."""
    return subprocess.Popen(command, text=True, start_new_session=True, **options)


def stop_child(process: subprocess.Popen[str], deadline_s: float = STOP_S) -> int:
    """Stop a process with SIGTERM, kill its group after the deadline; return its exit code (-9 = killed)."""
    try:
        process.terminate()
        process.wait(deadline_s)
    except subprocess.TimeoutExpired:
        kill_child(process)
    close_streams(process)
    return process.returncode


def kill_child(process: subprocess.Popen[str]) -> None:
    """Kill a process and its process group, with SIGKILL: it cannot clean up."""
    if process.poll() is None:  # its id is not free for another process before it was waited for
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    close_streams(process)


def close_streams(process: subprocess.Popen[str]) -> None:
    """Close our ends of the process's streams."""
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()


@contextlib.contextmanager
def child_process(
    command: Sequence[str], deadline_s: float = STOP_S, **options: Any
) -> Generator[subprocess.Popen[str]]:
    """Run a process for the length of the block; whatever happens in it, the process is gone afterwards."""
    process = start_child(command, **options)
    try:
        yield process
    finally:
        if process.poll() is None:
            stop_child(process, deadline_s)
        close_streams(process)
