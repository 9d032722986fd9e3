"""``python -m data_tools.benchmark.account COMMAND...``: run a command and print what it took as JSON.

This is a small process of its own, because the peak memory of a child includes that of the process it was forked from,
and the benchmark itself needs more memory than what it measures.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

from data_tools.child_process import child_process


def main() -> int:
    """Run the arguments; print CPU and wall seconds and the peak resident megabytes; return the command's code."""
    began = time.monotonic()
    with child_process(sys.argv[1:], stdout=subprocess.DEVNULL) as child:
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    wall_s = time.monotonic() - began
    took = {"cpu_s": usage.ru_utime + usage.ru_stime, "wall_s": wall_s, "peak_mb": usage.ru_maxrss / 1024}
    print(json.dumps(took))
    return child.returncode


if __name__ == "__main__":
    sys.exit(main())
