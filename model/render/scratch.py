"""Sound too long for memory: arrays over temporary files, their space taken before a sample is written.

A twenty-minute cue has half a gigabyte a stem. A mapped file without space behind it would kill the process with a
signal, so the space is reserved first and its absence is an error with a name.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import numpy as np

from model.errors import DiskFull
from model.render.engine import Floats


def make_long_sound(samples: int, folder: Path | None = None) -> Floats:
    """Return zeros float32 [samples, 2] over an unnamed temporary file that disappears with the array.

    ``folder`` chooses the disk; None means the system's temporary folder. Raises DiskFull.
    """
    size = max(samples, 1) * 8
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            os.posix_fallocate(file.fileno(), 0, size)
            return np.memmap(file, np.float32, "r+", shape=(samples, 2)) if samples else np.zeros((0, 2), np.float32)
    except OSError as error:
        message = f"There is no room for {size / 1e6:.0f} MB of temporary sound."
        raise DiskFull(message, hint="Free some space, or point TMPDIR to a larger disk.") from error
