"""FLAC files of 48 kHz stereo sound: what browsers play exactly, and half the size of the same sound as wave."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Literal

import av
import av.error
import numpy as np
import numpy.typing as npt
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import OutputContainer

from model.errors import NotesInvalid
from model.files import explain_os_error, write_whole
from model.render.engine import RATE, Floats
from model.render.scratch import make_long_sound

Bits = Literal[16, 24]

_LEVEL = "3"  # a third less work than the usual 5, 1 % larger
_FRAME = 4096
_FORMATS = {16: "s16", 24: "s32"}
_AT_A_TIME = RATE


class FlacWriter:
    """Takes sound in blocks; values beyond full scale are clipped and counted.

    Attributes
    ----------
    samples: written so far
    clipped: samples of either side that lay beyond full scale
    """

    def __init__(self, container: OutputContainer, bits: Bits) -> None:
        """Write into an opened container."""
        self.samples = 0
        self.clipped = 0
        self._container = container
        self._bits: Bits = bits
        stream = container.add_stream("flac", rate=RATE, layout="stereo", options={"compression_level": _LEVEL})
        assert isinstance(stream, AudioStream)  # noqa: S101 - what "flac" makes
        stream.codec_context.format = _FORMATS[bits]
        self._stream = stream
        self._waiting: Floats = np.zeros((0, 2), np.float32)

    def push(self, block: Floats) -> None:
        """Take float32 [n, 2]."""
        sound = np.concatenate([self._waiting, block])
        whole = len(sound) // _FRAME * _FRAME
        for first in range(0, whole, _FRAME):
            self._write(sound[first : first + _FRAME])
        self._waiting = sound[whole:].copy()

    def close(self) -> None:
        """Write what is left."""
        if len(self._waiting):
            self._write(self._waiting)
        self._container.mux(self._stream.encode(None))

    def _write(self, part: Floats) -> None:
        values, clipped = round_samples(part, self._bits)
        self.clipped += clipped
        packed = np.left_shift(values, 8) if self._bits == 24 else values.astype(np.int16)  # noqa: PLR2004 - of the 32 that are passed on
        frame = AudioFrame.from_ndarray(packed.reshape(1, -1), format=_FORMATS[self._bits], layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = RATE, self.samples, Fraction(1, RATE)
        self._container.mux(self._stream.encode(frame))
        self.samples += len(part)


def round_samples(part: Floats, bits: Bits) -> tuple[npt.NDArray[np.int32], int]:
    """Round float32 [n, 2] to ``bits``, and count what had to be clipped."""
    scale = 1 << (bits - 1)
    exact = np.rint(part.astype(np.float64) * scale)
    held = np.clip(exact, -scale, scale - 1)
    return held.astype(np.int32), int(np.count_nonzero(np.abs(part) > 1))


@contextmanager
def flac_file(path: Path, bits: Bits) -> Generator[FlacWriter]:
    """Open a FLAC file to write; it is there, whole, when the block ends well. Raises OutputUnwritable or DiskFull."""
    with write_whole(path) as temporary:
        try:
            with av.open(str(temporary), "w", format="flac") as container:
                writer = FlacWriter(container, bits)
                yield writer
                writer.close()
        except av.error.FFmpegError as error:
            raise explain_os_error(path.parent, OSError(error.errno, error.strerror)) from error


def write_flac(path: Path, blocks: Iterable[Floats], bits: Bits) -> Path:
    """Write float32 [n, 2] blocks as a FLAC file; same sound, same bytes."""
    with flac_file(path, bits) as writer:
        for block in blocks:
            writer.push(block)
    return path


def read_flac(path: Path, samples: int, scratch: Path | None = None) -> Floats:
    """Read a file of ours back: float32 [samples, 2] over a temporary file, cut or filled with silence to that length.

    Raises NotesInvalid if the file is missing, damaged or none of ours, DiskFull without room for its sound.
    """
    sound = make_long_sound(samples, scratch)
    try:
        _decode_into(sound, path)
    except (av.error.FFmpegError, IndexError, ValueError) as error:
        message = f"{path.name} cannot be read as one of our sound files."
        raise NotesInvalid(message, hint="Make it again from the film.") from error
    return sound


def _decode_into(sound: Floats, path: Path) -> None:
    at = 0
    with av.open(str(path), format="flac") as container:
        stream = container.streams.audio[0]
        promised = min(stream.duration or len(sound), len(sound))
        for frame in container.decode(stream):
            part = _floats(frame)[: len(sound) - at]
            sound[at : at + len(part)] = part
            at += len(part)
    if at < promised:
        raise ValueError("cut off")


def _floats(frame: AudioFrame) -> Floats:
    if frame.sample_rate != RATE or frame.layout.nb_channels != 2:  # noqa: PLR2004 - stereo
        raise ValueError("not ours")
    packed = frame.to_ndarray().reshape(-1, 2)
    return packed.astype(np.float32) / np.float32(1 << (8 * packed.dtype.itemsize - 1))
