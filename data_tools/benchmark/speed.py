"""Speed and memory of the whole ``cuelight spot``, as ratios against a bare decode of the same film.

Conventions
-----------
- Material: 1080p24 H.264 at about 8 Mbit/s with sound: the real short film of the data folder, enlarged once, its
  packets repeated to the wanted length. It is kept in the user's cache and never shipped.
- CPU time is user + system of the command and everything it started, from the operating system's accounting.
- Bare decode: PyAV, all frames, automatic threading, in a process of its own.
- Peak memory is the largest resident set of any one process of the command.
- The observation cache is off: every run decodes.
- The child runs at sandbox level ``rlimit``: from inside bubblewrap's namespaces the operating system hands no
  accounting to the parent. Bubblewrap itself adds some hundredths of a second.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from data_tools.benchmark.reel_1080 import make_reel_1080
from data_tools.benchmark.table import BenchRow

MINUTES = 10  # of the reel whose speed is measured
LONG = 60  # minutes: of a feature's reel
SHORT = 5  # minutes: memory must not grow from here to LONG
_PLAIN = {"CUELIGHT_DEVICE": "cpu", "CUELIGHT_SANDBOX": "rlimit"}


@dataclass(frozen=True, slots=True)
class ResourceUse:
    """What a command took: CPU seconds, wall seconds, peak resident megabytes."""

    cpu_s: float
    wall_s: float
    peak_mb: float


def run(command: list[str]) -> ResourceUse:
    """Run a command to its end and account for it and all its descendants."""
    account = [sys.executable, "-m", "data_tools.benchmark.account", *command]
    done = subprocess.run(account, stdout=subprocess.PIPE, check=False, env={**os.environ, **_PLAIN})
    if done.returncode:
        message = f"{' '.join(command)} ended with {done.returncode}"
        raise RuntimeError(message)
    return ResourceUse(**json.loads(done.stdout))


def spot(film: Path) -> ResourceUse:
    """Spot a film from scratch into a folder that is thrown away."""
    with tempfile.TemporaryDirectory() as out:
        return run([sys.executable, "-m", "serving.cli", "spot", str(film), "--out", out, "--no-cache", "--json"])


def decode(film: Path) -> ResourceUse:
    """Decode a film and do nothing with it."""
    return run([sys.executable, "-m", "data_tools.benchmark.bare_decode", str(film)])


def rows() -> list[BenchRow]:
    """CPU ratio, speed and memory ratio; about 25 minutes on two cores."""
    ten = make_reel_1080(MINUTES)
    bare, ours = decode(ten), spot(ten)
    short = spot(make_reel_1080(SHORT))
    long = spot(make_reel_1080(LONG))
    on = f"1080p24 H.264, {MINUTES} min"
    anchors = {"bare decode, CPU s": bare.cpu_s, "ours, CPU s": ours.cpu_s}
    memory = {"5 min, MB": short.peak_mb, "60 min, MB": long.peak_mb}
    return [
        BenchRow("CPU of spot / CPU of a bare decode", on, ours.cpu_s / bare.cpu_s, 2.5, "<=", anchors),
        BenchRow("speed, times real time", on, MINUTES * 60 / ours.wall_s, 4.0, ">=", {"wall s": ours.wall_s}),
        BenchRow("peak memory, 60 min / 5 min", "1080p24 H.264", long.peak_mb / short.peak_mb, 1.2, "<=", memory),
        BenchRow("peak memory, GB", "1080p24 H.264, 60 min", long.peak_mb / 1024, 2.0, "<="),
    ]
