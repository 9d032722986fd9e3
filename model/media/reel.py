"""What a reel is: its facts, its clock, and the three feeds of the single decode pass.

Time zero is the start of the first picture frame. Sound is aligned to it: sound before the picture is dropped,
late sound is preceded by silence, so sample ``k`` of a 48 kHz feed is always at ``k / 48000`` seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from model.time import Frame, Timebase

STEREO_RATE = 48_000  # samples a second of the mix
MONO_RATE = 16_000  # samples a second for the nets, which were trained on this rate
TINY_SIZE = (27, 48)  # rows, columns: what the cut net was trained on
STILL_HEIGHT = 360

Floats = npt.NDArray[np.float32]
Pixels = npt.NDArray[np.uint8]


class Feed(StrEnum):
    """What one decode pass can hand on; only what somebody needs is made."""

    PICTURE = "picture"  # every frame, tiny: PictureBlock
    STILL = "still"  # a larger frame about twice a second: Still
    SOUND = "sound"  # the whole sound: SoundBlock


@dataclass(frozen=True, slots=True)
class AudioTrack:
    """One audio stream of the file.

    ``role`` is what the track carries: ``mix``, or the split track it is named as
    (``dialogue`` for DX/DIA/DME's D, ``music`` for MX, ``effects`` for FX); or ``sides``, where a person said
    that dialogue and effects are on its left and music on its right (two mono tracks of that role are the sides).
    """

    index: int
    title: str
    channels: int
    rate: int
    role: str = "mix"
    language: str = ""


@dataclass(frozen=True, slots=True)
class ReelInfo:
    """The facts of a reel, known before the first frame is decoded except ``frames`` (see there).

    Attributes
    ----------
    name: the file's name without folders: data, never a path
    sha256: of the file's bytes; with the settings, the key of every cached result
    width, height: as shown, after rotation and non-square pixels
    frames: the container's estimate before the decode pass, the exact count afterwards
    variable_rate: more than one distance between presentation times; the ``Clock`` then holds the truth
    """

    name: str
    sha256: str
    timebase: Timebase
    frames: int
    width: int
    height: int
    container: str
    video_codec: str
    variable_rate: bool = False
    audio: tuple[AudioTrack, ...] = ()


@dataclass(frozen=True, slots=True)
class Clock:
    """When each frame is on the screen: the VFR truth.

    ``times_s`` float64 [frames]: start of each frame in seconds from the first one, strictly increasing.
    """

    times_s: npt.NDArray[np.float64]
    end_s: float

    def seconds(self, frame: Frame | int) -> float:
        """Start of ``frame`` in seconds; frames past the end continue after the last one."""
        index = frame.index if isinstance(frame, Frame) else frame
        return self.end_s if index >= len(self.times_s) else float(self.times_s[max(index, 0)])

    def frame(self, seconds: float) -> Frame:
        """Find the frame on the screen at ``seconds``, clamped to the reel."""
        index = int(np.searchsorted(self.times_s, seconds + 1e-6, side="right")) - 1
        return Frame(min(max(index, 0), len(self.times_s) - 1))

    @classmethod
    def from_constant_rate(cls, frames: int, rate: Fraction) -> Clock:
        """Build the clock of a reel whose frames are evenly spaced."""
        times = np.arange(frames, dtype=np.float64) * float(1 / rate)
        return cls(times, float(frames / rate))


@dataclass(frozen=True, slots=True)
class PictureBlock:
    """Some consecutive frames, tiny: ``tiny`` uint8 [n, 27, 48, 3] RGB, ``times_s`` float64 [n]."""

    first: int
    times_s: npt.NDArray[np.float64]
    tiny: Pixels


@dataclass(frozen=True, slots=True)
class Still:
    """One frame at about 360 rows, two a second: ``rgb`` uint8 [rows, columns, 3]."""

    frame: int
    time_s: float
    rgb: Pixels


@dataclass(frozen=True, slots=True)
class SoundBlock:
    """Some consecutive sound, both feeds covering the same time.

    Attributes
    ----------
    first: index of ``stereo[0]`` at 48 kHz; always a multiple of 3
    stereo: float32 [3n, 2] at 48 kHz, the whole mix folded down, full scale = 1.0
    mono: float32 [n] at 16 kHz, the same mix
    stems: float32 [n] at 16 kHz for each split track the file has: ``dialogue``, ``music``, ``effects``
    """

    first: int
    stereo: Floats
    mono: Floats
    stems: dict[str, Floats] = field(default_factory=dict[str, Floats])


Block = PictureBlock | Still | SoundBlock
ALL_FEEDS = frozenset(Feed)
