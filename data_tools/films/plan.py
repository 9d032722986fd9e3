"""The plan of a film: every shot, line, sound, flash and title in time, before anything is drawn or mixed.

Shots are in frames; sounds are in seconds. Positions in the picture are fractions of its width and height.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from data_tools.films.script import FilmScript, StoryBeat
from data_tools.films.truth import TrueLine
from data_tools.films.voices import Samples


@dataclass(frozen=True, slots=True)
class Join:
    """How a shot begins; ``frames`` is 0 for a cut."""

    kind: str = "cut"
    frames: int = 0
    via: str = ""
    subtle: bool = False


@dataclass(frozen=True, slots=True)
class Camera:
    """A move from one framing of the set (centre x, y, zoom) to another, with hand-held ``shake`` 0-1."""

    start: tuple[float, float, float] = (0.5, 0.5, 1.0)
    end: tuple[float, float, float] = (0.5, 0.5, 1.0)
    shake: float = 0.0


@dataclass(frozen=True, slots=True)
class Figure:
    """A character in the shot: ``close`` a bust, else the whole body; ``travel`` = widths crossed during the shot."""

    person: int
    x: float
    height: float
    close: bool = True
    facing: int = 1
    travel: float = 0.0
    steps_per_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Mover:
    """Something that crosses the picture (``car``, ``bird``, ``debris``) from ``x0`` to ``x1``."""

    kind: str
    x0: float
    x1: float
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Shot:
    """One shot from ``start`` to ``end`` (exclusive): its set (unless the ``backdrop`` is plain), light, camera."""

    start: int
    end: int
    backdrop: str = "set"
    place: str = ""
    place_seed: int = 0
    angle: int = 0
    light: float = 1.0
    warmth: float = 0.0
    rain: bool = False
    camera: Camera = field(default_factory=Camera)
    figures: tuple[Figure, ...] = ()
    movers: tuple[Mover, ...] = ()
    join: Join = field(default_factory=Join)


@dataclass(frozen=True, slots=True)
class SpokenLine:
    """A line with its voice: ``samples`` at unit root mean square, played at ``level_db``."""

    line: TrueLine
    speaker: int
    samples: Samples
    level_db: float
    pan: float


@dataclass(frozen=True, slots=True)
class SoundEvent:
    """A single sound: ``level_db`` is its peak; ``strength`` 0 marks a sound that is no impact (a step, a clatter)."""

    kind: str
    time_s: float
    level_db: float
    strength: float = 0.0
    pan: float = 0.0


@dataclass(frozen=True, slots=True)
class Bed:
    """A lasting sound (wind, rain, city, hum, rush, a piece on a radio) at ``level_db`` root mean square."""

    kind: str
    start_s: float
    end_s: float
    level_db: float
    end_level_db: float
    seed: int


@dataclass(frozen=True, slots=True)
class TitleCard:
    """Text on the picture from ``start`` to ``end`` (exclusive)."""

    start: int
    end: int
    text: str
    height: float
    y: float = 0.5


@dataclass(frozen=True, slots=True)
class StagedBeat:
    """A beat in its place; ``look`` is its first close look, ``turn`` its decisive frame (impact, reveal), else -1."""

    beat: StoryBeat
    start: int
    end: int
    look: int = -1
    turn: int = -1


@dataclass(frozen=True, slots=True)
class FilmPlan:
    """The whole film in time, ready to be drawn, mixed and described by its truth."""

    seed: int
    rate: Fraction
    frames: int
    script: FilmScript
    shots: tuple[Shot, ...]
    beats: tuple[StagedBeat, ...]
    spoken: tuple[SpokenLine, ...]
    sounds: tuple[SoundEvent, ...]
    beds: tuple[Bed, ...]
    cards: tuple[TitleCard, ...]
    flashes: tuple[int, ...]
    letterbox: bool
