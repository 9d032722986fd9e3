"""What is true about a generated film: the plain record that is written beside it.

Positions named ``frame``, ``start``, ``end``, ``in_frame``, ``out_frame`` are frames from the first one; ``*_s`` are
seconds. A cut has ``start == end`` = first new frame; a gradual transition runs from its first changed frame to its
first pure new frame.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import cattrs

SCHEMA = "cuelight.film-truth/1"


@dataclass(frozen=True, slots=True)
class TrueTransition:
    """A change of shot: cut, dissolve, fade_in, fade_out or wipe; ``subtle`` = same set, other angle."""

    kind: str
    start: int
    end: int
    via: str = ""
    subtle: bool = False


@dataclass(frozen=True, slots=True)
class TrueLine:
    """A spoken line, to the sample: silence of the voice before and after is not part of it."""

    start_s: float
    end_s: float
    speaker: str
    text: str


@dataclass(frozen=True, slots=True)
class TrueImpact:
    """A sudden sound that means something; ``strength`` 0-1."""

    frame: int
    time_s: float
    strength: float
    label: str


@dataclass(frozen=True, slots=True)
class TrueSpan:
    """A stretch of frames, ``end`` exclusive, and what it is."""

    start: int
    end: int
    label: str


@dataclass(frozen=True, slots=True)
class TrueCue:
    """Where the hidden script's spotting puts music: ``out`` exclusive."""

    in_frame: int
    out_frame: int
    usage: str
    in_type: str
    out_type: str
    why: str


@dataclass(frozen=True, slots=True)
class TrueHit:
    """A moment music should catch; ``weight`` 1-5."""

    frame: int
    kind: str
    weight: float
    label: str


@dataclass(frozen=True, slots=True)
class Truth:
    """Everything known about one generated film; curves hold one value every half second."""

    seed: int
    profile: str
    rate: str
    frames: int
    start_timecode: str
    width: int
    height: int
    transitions: tuple[TrueTransition, ...]
    flashes: tuple[int, ...]
    dialogue: tuple[TrueLine, ...]
    impacts: tuple[TrueImpact, ...]
    scenes: tuple[TrueSpan, ...]
    beats: tuple[TrueSpan, ...]
    titles: tuple[TrueSpan, ...]
    music: tuple[TrueSpan, ...]
    cues: tuple[TrueCue, ...]
    silences: tuple[TrueSpan, ...]
    hits: tuple[TrueHit, ...]
    arousal: tuple[float, ...]
    tension: tuple[float, ...]
    valence: tuple[float, ...]
    schema: str = field(default=SCHEMA)

    @property
    def exact_rate(self) -> Fraction:
        """Frames per second, exactly."""
        return Fraction(self.rate)

    @property
    def cuts(self) -> list[int]:
        """First new frame of each hard cut."""
        return [t.start for t in self.transitions if t.kind == "cut"]

    @property
    def gradual(self) -> list[tuple[int, int]]:
        """``(first changed frame, first pure new frame)`` of each transition that takes time."""
        return [(t.start, t.end) for t in self.transitions if t.kind != "cut"]


def write_truth(truth: Truth, path: Path) -> None:
    """Write ``truth`` as JSON, to a temporary name first."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    partial.write_text(json.dumps(asdict(truth), indent=1) + "\n", encoding="utf-8")
    partial.replace(path)


def read_truth(path: Path) -> Truth:
    """Read what :func:`write_truth` wrote; raises ValueError for another schema."""
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if data.get("schema") != SCHEMA:
        msg = f"{path.name} is no {SCHEMA} file."
        raise ValueError(msg)
    return cattrs.structure(data, Truth)
