"""Clips: any file of a pool as 16 kHz mono, decoded once and kept in the cache folder, and their levels."""

from __future__ import annotations

import hashlib
import os
from functools import lru_cache
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from av.error import FFmpegError

from data_tools.corpora.packages import cache_folder
from data_tools.corpora.pools import ClipKind, Split, files_of_pool
from data_tools.corpora.truth import measure_cell_levels_db

RATE_HZ = 16_000
Floats = npt.NDArray[np.float32]


@lru_cache(maxsize=512)
def read_clip(path: Path) -> Floats:
    """Sound of ``path`` as float32 [n] at 16 kHz, all channels averaged; empty when it does not decode."""
    kept = cache_folder() / "decoded" / f"{hashlib.sha256(str(path).encode()).hexdigest()[:24]}.npy"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        half = kept.with_suffix(f".{os.getpid()}.npy")
        np.save(half, decode_clip(path))
        half.replace(kept)
    return np.asarray(np.load(kept).astype(np.float32) / 32768, dtype=np.float32)


def decode_clip(path: Path) -> npt.NDArray[np.int16]:
    """Decode a file: int16 [n] at 16 kHz mono."""
    parts: list[npt.NDArray[np.int16]] = []
    try:
        with av.open(
            str(path), format="g722" if path.suffix == ".g722" else None, metadata_errors="ignore"
        ) as container:
            resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE_HZ)
            for frame in container.decode(audio=0):
                parts += [f.to_ndarray()[0] for f in resampler.resample(frame)]
            parts += [f.to_ndarray()[0] for f in resampler.resample(None)]
    except (FFmpegError, IndexError):
        return np.zeros(0, np.int16)
    return np.concatenate(parts) if parts else np.zeros(0, np.int16)


def gain(db: float) -> float:
    """Gain as a factor of amplitude, from decibels."""
    return float(10 ** (db / 20))


def loud_part_db(samples: Floats) -> float:
    """RMS of the parts within 25 dB of the loudest 100 ms: what a mixer sets the fader by."""
    level = measure_cell_levels_db(samples, 1600)
    loud = level[level > level.max() - 25]
    return float(10 * np.log10(np.mean(10 ** (loud / 10))))


def pick_clip(split: Split, kind: ClipKind, rng: np.random.Generator, shortest_s: float = 0.1) -> Floats:
    """Take any clip that decodes and is not silent."""
    files = files_of_pool(split, kind)
    while True:
        samples = read_clip(files[int(rng.integers(len(files)))])
        if len(samples) > shortest_s * RATE_HZ and float(np.abs(samples).max()) > 0.005:
            return samples
