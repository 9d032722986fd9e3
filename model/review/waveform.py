"""The waveform a browser draws: lowest and highest sample of every stretch, in several resolutions.

``waveform.bin``, little-endian throughout::

    bytes 0-3    "CWF1"
    u32          samples a second of the sound: 48000
    u32          samples in all
    u32          resolutions that follow, n
    n times      u32 samples a pair, u32 pairs, u32 offset of the first pair from the beginning of the file
    then         int8 lowest, int8 highest, one pair after the other; 127 is full scale

Resolutions stand coarsest first, so that the first few kilobytes of the file draw the whole reel, and a range request
fetches a finer one. Pair ``i`` covers samples ``i * samples a pair`` up to the next; the last may be short. Both sides
of the stereo sound count. Values are rounded outwards: what sounds is never drawn as silence.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.errors import NotesInvalid
from model.render.engine import RATE, Floats

MAGIC = b"CWF1"
STEPS = (480, 1_920, 7_680, 30_720, 122_880)  # samples a pair: 100 a second, and four times coarser each time
_FULL = 127
_HEAD, _LEVEL = struct.Struct("<4s3I"), struct.Struct("<3I")

Pairs = npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Level:
    """One resolution: ``pairs`` int8 [n, 2], lowest and highest of every ``step`` samples."""

    step: int
    pairs: Pairs


@dataclass(frozen=True, slots=True)
class Waveform:
    """All resolutions, coarsest first."""

    samples: int
    levels: tuple[Level, ...]


class WaveformMaker:
    """Takes sound in blocks and keeps the finest resolution: 200 bytes a second."""

    def __init__(self) -> None:
        """Begin at the first sample."""
        self._samples = 0
        self._pairs = bytearray()
        self._waiting: Floats = np.zeros((0, 2), np.float32)

    def push(self, block: Floats) -> None:
        """Take float32 [n, 2]."""
        self._samples += len(block)
        sound = np.concatenate([self._waiting, block])
        whole = len(sound) // STEPS[0] * STEPS[0]
        self._take(sound[:whole].reshape(-1, STEPS[0] * 2))
        self._waiting = sound[whole:].copy()

    def encode(self) -> bytes:
        """Write the file."""
        if len(self._waiting):
            self._take(self._waiting.reshape(1, -1))
            self._waiting = self._waiting[:0]
        finest = np.frombuffer(bytes(self._pairs), np.int8).reshape(-1, 2)
        return _encode_waveform(Waveform(self._samples, _coarsen(finest)))

    def _take(self, stretches: Floats) -> None:
        if stretches.size:
            low = np.clip(np.floor(stretches.min(axis=1) * _FULL), -_FULL, _FULL)
            high = np.clip(np.ceil(stretches.max(axis=1) * _FULL), -_FULL, _FULL)
            self._pairs += np.stack([low, high], axis=1).astype(np.int8).tobytes()


def read_waveform(data: bytes) -> Waveform:
    """Read what :class:`WaveformMaker` made; raises NotesInvalid if the bytes are anything else."""
    try:
        magic, rate, samples, count = _HEAD.unpack_from(data)
        if magic != MAGIC or rate != RATE:
            raise NotesInvalid("This is no waveform of ours.")
        levels: list[Level] = []
        for number in range(count):
            step, pairs, offset = _LEVEL.unpack_from(data, _HEAD.size + number * _LEVEL.size)
            levels.append(Level(step, np.frombuffer(data, np.int8, pairs * 2, offset).reshape(-1, 2)))
    except (struct.error, ValueError) as error:
        raise NotesInvalid("This waveform is cut off.") from error
    return Waveform(samples, tuple(levels))


def _coarsen(finest: Pairs) -> tuple[Level, ...]:
    levels = [Level(STEPS[0], finest)]
    for step in STEPS[1:]:
        last = levels[-1]
        at = np.arange(0, len(last.pairs), step // last.step)
        low = np.minimum.reduceat(last.pairs[:, 0], at) if len(at) else last.pairs[:, 0]
        high = np.maximum.reduceat(last.pairs[:, 1], at) if len(at) else last.pairs[:, 1]
        levels.append(Level(step, np.stack([low, high], axis=1)))
    return tuple(reversed(levels))


def _encode_waveform(waveform: Waveform) -> bytes:
    at = _HEAD.size + _LEVEL.size * len(waveform.levels)
    table, body = b"", b""
    for level in waveform.levels:
        table += _LEVEL.pack(level.step, len(level.pairs), at + len(body))
        body += level.pairs.tobytes()
    return _HEAD.pack(MAGIC, RATE, waveform.samples, len(waveform.levels)) + table + body
