"""Observations: what is on the screen and in the ears, before anybody judges.

Picture positions are frames; sound positions are float seconds from the first frame (measured, not exact).
Curves are numpy arrays with the unit in the name and the shape in the docstring.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from model.fields import Plain, document
from model.media.reel import Clock, ReelInfo
from model.time import Frame, Span

Curve = npt.NDArray[np.float32]


class TransitionKind(StrEnum):
    """How one shot becomes the next."""

    CUT = "cut"
    DISSOLVE = "dissolve"
    FADE_IN = "fade_in"
    FADE_OUT = "fade_out"
    WIPE = "wipe"


@dataclass(frozen=True, slots=True)
class Transition:
    """A change of shot.

    A cut has ``start == end`` = first new frame. A gradual one runs from ``start`` = first changed frame
    to ``end`` = first pure new frame. ``via`` is ``black``, ``white`` or empty.
    """

    kind: TransitionKind
    start: Frame
    end: Frame
    confidence: float
    via: str = ""


@dataclass(frozen=True, slots=True)
class Cuts:
    """All transitions in order, and the flashes that are none; ``method`` names the detector."""

    transitions: tuple[Transition, ...]
    flashes: tuple[Frame, ...] = ()
    method: str = ""

    def hard(self) -> list[Frame]:
        """First new frame of each hard cut."""
        return [t.start for t in self.transitions if t.kind is TransitionKind.CUT]

    def gradual(self) -> list[Transition]:
        """List the gradual transitions: those that take time."""
        return [t for t in self.transitions if t.kind is not TransitionKind.CUT]

    def shots(self, frames: int) -> list[Span]:
        """Shots between transitions: a gradual one belongs to the shot it ends in from its middle on."""
        edges = sorted({(t.start.index + t.end.index) // 2 for t in self.transitions})
        inside = [e for e in edges if 0 < e < frames]
        return [Span.of(a, b) for a, b in zip([0, *inside], [*inside, frames], strict=True)]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of dialogue; ``speaker`` is a name or a voice cluster ("voice A"), ``text`` if known."""

    start_s: float
    end_s: float
    confidence: float
    speaker: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Dialogue:
    """The lines in order; ``activity`` float32 [n]: probability of speech every ``hop_s``."""

    lines: tuple[Line, ...]
    activity: Curve
    hop_s: float = 0.1
    source: str = "sound"


@dataclass(frozen=True, slots=True)
class Stretch:
    """Something heard from ``start_s`` to ``end_s``; ``label`` says what ("score", "song", "wind")."""

    start_s: float
    end_s: float
    confidence: float
    label: str = ""


@dataclass(frozen=True, slots=True)
class Music:
    """Music already in the cut; ``activity`` float32 [n]: probability of music every ``hop_s``.

    ``tempo_bpm`` maps each stretch to its estimated tempo, 0 where none could be told.
    """

    stretches: tuple[Stretch, ...]
    activity: Curve
    hop_s: float = 0.1
    tempo_bpm: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Impact:
    """A sudden sound: ``strength`` 0-1 against the reel's own loudest, ``label`` what it seems to be."""

    time_s: float
    strength: float
    confidence: float
    label: str = ""


@dataclass(frozen=True, slots=True)
class Effects:
    """Impacts with their times, and longer effects and ambiences as stretches with a class."""

    impacts: tuple[Impact, ...]
    stretches: tuple[Stretch, ...] = ()


@dataclass(frozen=True, slots=True)
class Loudness:
    """Loudness after ITU-R BS.1770, one value each ``hop_s``: float32 [n] in LUFS, -70 for silence."""

    momentary_lufs: Curve
    short_term_lufs: Curve
    integrated_lufs: float
    sample_peak_dbfs: float
    hop_s: float = 0.1


@dataclass(frozen=True, slots=True)
class Motion:
    """Change from frame to frame, float32 [frames].

    ``energy`` 0-1 is the mean absolute luma change, 0 at a cut; ``action`` the same after the camera's global shift is
    taken out: what moves inside the picture. ``change`` is the mean absolute luma change at every frame, cuts
    included; ``peak`` 0-1 is the 98th percentile over the picture of what ``action`` averages, so that a
    small thing that moves fast counts. Both are empty if nobody measured them.
    """

    energy: Curve
    action: Curve
    change: Curve = field(default_factory=lambda: np.zeros(0, np.float32))
    peak: Curve = field(default_factory=lambda: np.zeros(0, np.float32))


@dataclass(frozen=True, slots=True)
class Colour:
    """Light and colour per frame, float32 [frames].

    ``luma`` 0-1, ``saturation`` 0-1, ``warmth`` -1 (blue) to 1 (red).
    """

    luma: Curve
    saturation: Curve
    warmth: Curve


@dataclass(frozen=True, slots=True)
class Face:
    """A face on one frame: box as fractions of the picture (left, top, width, height); ``person`` -1 if unclustered."""

    frame: Frame
    box: tuple[float, float, float, float]
    score: float
    person: int = -1


@dataclass(frozen=True, slots=True)
class Person:
    """A cluster of faces; ``thumbnail`` is a JPEG of the clearest one."""

    name: str
    faces: int
    best: Frame
    thumbnail: bytes = b""


@dataclass(frozen=True, slots=True)
class Faces:
    """Faces on the frames that were looked at; ``looked`` lists those frames."""

    faces: tuple[Face, ...]
    people: tuple[Person, ...]
    looked: tuple[Frame, ...]


@dataclass(frozen=True, slots=True)
class Title:
    """Text on the screen: ``start`` first frame showing it, ``end`` first frame without."""

    span: Span
    confidence: float
    area: float
    text: str = ""


@dataclass(frozen=True, slots=True)
class Embeddings:
    """What shots look like: ``vectors`` float32 [shots, d], unit length; row i belongs to shot i."""

    vectors: npt.NDArray[np.float32]
    method: str = ""


@dataclass(frozen=True, slots=True)
class Feeling:
    """One emotional curve at 2 Hz, float32 [n] 0-1 (valence -1..1), and how far to trust each value (0-1).

    ``because`` maps each signal that feeds the curve to its contribution, float32 [n]: they explain the value.
    """

    value: Curve
    confidence: Curve
    because: dict[str, Curve] = field(default_factory=dict[str, Curve])


@dataclass(frozen=True, slots=True)
class Affect:
    """Arousal (trustworthy), valence and tension (weak: read their confidence)."""

    arousal: Feeling
    valence: Feeling
    tension: Feeling
    hop_s: float = 0.5


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A small JPEG of one frame."""

    frame: Frame
    jpeg: bytes


@dataclass(frozen=True, slots=True)
class Provenance:
    """How the observations were made: versions and asset checksums by name, settings as written.

    ``detectors`` maps each detector that ran to its version and its package's ("1 (cuelight 0.1.0)"), ``left_out``
    each that could not to the reason ("the reel has no sound").
    """

    cuelight: str
    settings: dict[str, str] = field(default_factory=dict[str, str])
    models: dict[str, str] = field(default_factory=dict[str, str])
    detectors: dict[str, str] = field(default_factory=dict[str, str])
    left_out: dict[str, str] = field(default_factory=dict[str, str])


Extra = npt.NDArray[Any] | tuple[Stretch, ...]


def _upgrade_from_first(plain: Plain) -> Plain:
    """Read version 1 as it is: it does not say which detectors ran, and has no stretches in ``extra``."""
    return plain


@document("cuelight.observations/2", upgrades={1: _upgrade_from_first})
@dataclass(frozen=True, slots=True)
class Observations:
    """Everything observed about one reel. Sound fields are None when the reel has no sound.

    ``extra`` holds what detectors other than ours found, by their name: an array of numbers (its detector says of what
    shape), or stretches of the reel.
    """

    reel: ReelInfo
    clock: Clock
    cuts: Cuts
    motion: Motion
    colour: Colour
    faces: Faces
    titles: tuple[Title, ...]
    embeddings: Embeddings
    affect: Affect
    thumbnails: tuple[Thumbnail, ...]
    dialogue: Dialogue | None
    music: Music | None
    effects: Effects | None
    loudness: Loudness | None
    provenance: Provenance
    extra: dict[str, Extra] = field(default_factory=dict[str, Extra])

    @property
    def shots(self) -> list[Span]:
        """The shots in order."""
        return self.cuts.shots(self.reel.frames)
