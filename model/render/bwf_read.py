"""Reading our own broadcast wave files back: the sound, and where it belongs."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

import numpy as np

from model.errors import NotesInvalid
from model.render.engine import BLOCK, Floats
from model.render.scratch import make_long_sound

_FRAME = 6  # bytes: two sides of 24 bit
_FULL_SCALE = np.float32(1 / 2**31)
_REFERENCE = 338  # where the time reference stands in bext


def read_bwf(path: Path, scratch: Path | None = None) -> tuple[Floats, int]:
    """Read a file that :func:`model.render.bwf.write_bwf` wrote.

    Returns float32 [n, 2], over a temporary file, and the samples from timecode 00:00:00:00 to its first one.
    Raises NotesInvalid if the file is missing, cut short or none of ours, DiskFull without room for its sound.
    """
    try:
        with path.open("rb") as file:
            chunks = _chunks(file)
            file.seek(chunks[b"bext"][0] + _REFERENCE)
            reference = struct.unpack("<Q", file.read(8))[0]
            file.seek(chunks[b"data"][0])
            sound = make_long_sound(chunks[b"data"][1] // _FRAME, scratch)
            for start in range(0, len(sound), BLOCK):
                data = file.read(min(BLOCK, len(sound) - start) * _FRAME)
                sound[start : start + BLOCK] = _floats(data)
            return sound, int(reference)
    except (OSError, KeyError, ValueError, struct.error) as error:
        message = f"{path.name} cannot be read as one of our sound files."
        raise NotesInvalid(message, hint="Write the cue again with --cue, or score the film anew.") from error


def _chunks(file: BinaryIO) -> dict[bytes, tuple[int, int]]:
    """Find where each chunk's data begins and how long it is."""
    file.seek(12)
    chunks: dict[bytes, tuple[int, int]] = {}
    while len(name := file.read(8)) == 8:  # noqa: PLR2004 - name and size of a chunk
        size = struct.unpack_from("<I", name, 4)[0]
        chunks[name[:4]] = (file.tell(), size)
        file.seek(size + size % 2, 1)
    return chunks


def _floats(data: bytes) -> Floats:
    packed = np.frombuffer(data, np.uint8).reshape(-1, 3).astype(np.int32)
    whole = packed[:, 0] << 8 | packed[:, 1] << 16 | packed[:, 2] << 24
    return np.asarray(whole.astype(np.float32) * _FULL_SCALE, np.float32).reshape(-1, 2)
