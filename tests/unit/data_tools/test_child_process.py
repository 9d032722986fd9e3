"""Children are stopped by SIGTERM, killed after a deadline with all they started, and never left behind."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from data_tools.child_process import child_process, kill_child, start_child, stop_child

DEAF = """
import signal, subprocess, sys, time
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(child.pid, flush=True)
time.sleep(60)
"""
SLEEP = "print('up', flush=True); import time; time.sleep(60)"


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def gone(pid: int) -> bool:
    """Whether a process has ended; one that nobody has waited for yet counts as ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_a_child_is_stopped_by_sigterm_when_its_block_ends() -> None:
    with child_process(python(SLEEP), stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "up\n"
    assert child.returncode == -signal.SIGTERM
    assert child.stdout.closed


def test_a_child_that_ignores_signals_is_killed_after_the_deadline_with_what_it_started() -> None:
    child = start_child(python(DEAF), stdout=subprocess.PIPE)
    assert child.stdout is not None
    grandchild = int(child.stdout.readline())
    began = time.monotonic()
    assert stop_child(child, deadline_s=0.3) == -signal.SIGKILL
    assert time.monotonic() - began < 5
    time.sleep(0.2)
    assert gone(grandchild)


def test_a_test_that_fails_leaves_no_child() -> None:
    with pytest.raises(KeyError), child_process(python(SLEEP)) as child:
        raise KeyError
    assert child.returncode is not None


def test_a_child_that_has_ended_keeps_its_exit_code() -> None:
    child = start_child(python("raise SystemExit(3)"))
    child.wait(30)
    assert stop_child(child) == 3
    kill_child(child)
    assert child.returncode == 3
