"""Voices for the films: espeak-ng (package ``espeakng-loader``) speaks every line of a film in one child process.

The library keeps state from one line to the next, so the same line spoken in a used process differs by samples; a fresh
child that reads all lines in script order makes the sound of a film the same every time.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.signal import resample_poly

Samples = npt.NDArray[np.float32]
FILM_RATE_HZ = 48_000
_SILENT = 0.004  # of full scale; what is quieter before and after a line is no voice


@dataclass(frozen=True, slots=True)
class Voice:
    """How one character sounds: an espeak voice with its pitch (0-99) and speed in words a minute."""

    name: str
    pitch: int
    words_per_minute: int


@dataclass(frozen=True, slots=True)
class Reading:
    """One line to read; ``effort`` 0 (hushed) to 1 (shouted) raises pitch, range and speed."""

    voice: Voice
    text: str
    effort: float


def read_lines(readings: list[Reading]) -> list[Samples]:
    """Speak every reading; each result is float32 mono at 48 kHz, trimmed to the voice, at unit root mean square.

    Raises ModuleNotFoundError when ``espeakng-loader`` is not installed.
    """
    if not readings:
        return []
    with tempfile.TemporaryDirectory() as folder:
        order, spoken = Path(folder) / "order.json", Path(folder) / "spoken.npz"
        order.write_text(json.dumps([asdict(r) for r in readings]), encoding="utf-8")
        done = subprocess.run(
            [sys.executable, str(Path(__file__).with_name("reader.py")), str(order), str(spoken)],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            msg = f"The voices need the package espeakng-loader: {done.stderr.strip()[-300:]}"
            raise ModuleNotFoundError(msg)
        with np.load(spoken) as takes:
            return [_trim_and_level(takes[f"take{i}"]) for i in range(len(readings))]


def _trim_and_level(raw: npt.NDArray[np.int16]) -> Samples:
    voice = np.asarray(resample_poly(raw / 32768.0, 320, 147), dtype=np.float32)
    loud = np.flatnonzero(np.abs(voice) > _SILENT)
    voice = voice[loud[0] : loud[-1] + 1]
    return voice / np.float32(np.sqrt(np.mean(voice**2)))
