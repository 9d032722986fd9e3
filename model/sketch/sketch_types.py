"""The types of a sketch: the notes of one cue by role and by instrument, its plan, statements and settings."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from fractions import Fraction

from model.fields import document
from model.motifs.language import Chord, ThemeKey
from model.sketch.settings import SketchSettings
from model.time import Beat, Frame
from model.timing.landing import Landing
from model.timing.tempo_map import TempoMap


class VoiceRole(StrEnum):
    """What a voice does in the short score."""

    MELODY = "melody"
    COUNTER = "counter"
    HARMONY = "harmony"
    BASS = "bass"
    RHYTHM = "rhythm"
    PAD = "pad"


@dataclass(frozen=True, slots=True)
class Note:
    """A note of the short score: ``duration`` in quarter notes, MIDI pitch and velocity 1-127.

    ``locked`` notes are of a theme's statement and are never changed. ``statement``: index into the sketch's
    statements, -1 for none.
    """

    role: VoiceRole
    onset: Beat
    duration: Fraction
    pitch: int
    velocity: int
    locked: bool = False
    statement: int = -1

    @property
    def end(self) -> Beat:
        """Where the note stops."""
        return self.onset + self.duration

    def cut_at(self, end: Beat) -> Note:
        """Shorten the note to end at ``end`` at the latest; its duration is 0 if it begins there or later."""
        return self if self.end <= end else replace(self, duration=max(end - self.onset, Fraction(0)))


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of a theme: which, how developed, from where to where, and in which role; printed in the score."""

    theme: str
    label: str
    transform: tuple[str, ...]
    start: Beat
    end: Beat
    role: VoiceRole
    form: str = "statement"


@dataclass(frozen=True, slots=True)
class BarPlan:
    """The plan of one bar.

    Attributes
    ----------
    function: ``intro statement development tension climax release tail silence``
    density: 0-1, onsets wanted; ``dynamic``: MIDI velocity aimed at
    arousal, tension: 0-1; ``valence``: -1..1: the feeling asked of this bar
    talk: share of the bar under dialogue, 0-1
    hit: treatment of a hit in this bar (``accent``, ``dead hit``, ``stop``, ``sting``, ...), empty for none;
    ``hit_beats``: where, in quarter notes into the bar
    """

    bar: int
    function: str
    key: ThemeKey
    density: float
    dynamic: int
    arousal: float
    tension: float
    valence: float
    talk: float
    hit: str = ""
    hit_beats: tuple[Fraction, ...] = ()


@dataclass(frozen=True, slots=True)
class PartNote:
    """A note as it is played; ``articulation``: empty, ``staccato``, ``accent``, ``tenuto`` or ``marcato``."""

    onset: Beat
    duration: Fraction
    pitch: int
    velocity: int
    role: VoiceRole
    articulation: str = ""
    statement: int = -1


@dataclass(frozen=True, slots=True)
class Part:
    """What one instrument of ``model.motifs.instruments`` plays, in order of onset."""

    instrument: str
    notes: tuple[PartNote, ...]


@document("cuelight.sketch/1")
@dataclass(frozen=True, slots=True)
class Sketch:
    """One cue's music, complete.

    Attributes
    ----------
    out: frame at which the music ends (the tail rings past it); no note is held beyond it
    notes: the short score; ``parts``: the same music orchestrated
    engine: what wrote the free voices, ``model`` or ``rules``
    scores: the costs of the candidate taken, see ``rerank``
    """

    cue: str
    number: str
    title: str
    cue_in: Frame
    out: Frame
    tempo_map: TempoMap
    landings: tuple[Landing, ...]
    bars: tuple[BarPlan, ...]
    chords: tuple[Chord, ...]
    notes: tuple[Note, ...]
    parts: tuple[Part, ...]
    statements: tuple[Statement, ...]
    settings: SketchSettings
    engine: str
    scores: dict[str, float] = field(default_factory=dict[str, float])
    cautions: tuple[str, ...] = ()
    cuelight: str = ""
