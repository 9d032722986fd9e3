"""SpottingNotes: the document that starts every score, as data.

All positions are frames from the reel's first frame. Every proposal says why, how sure it is, and what else
could be done. The vocabulary is the trade's; ``docs/formats.md`` describes the written form field by field.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from model.fields import document
from model.media.reel import ReelInfo
from model.spotting.settings import SpotSettings
from model.time import Frame, Span


class Usage(StrEnum):
    """What kind of music a cue is."""

    SCORE = "score"
    SOURCE = "source"
    SONG = "song"
    BUTTON = "button"
    TRANSITION = "transition"
    MAIN_TITLE = "main title"
    END_CREDITS = "end credits"

    @property
    def is_composed(self) -> bool:
        """Whether music is written for such a cue: source music and songs play inside the film and are taken as is."""
        return self not in (Usage.SOURCE, Usage.SONG)


class InType(StrEnum):
    """How a cue begins."""

    ON_CUT = "on cut"
    ON_ACTION = "on action"
    ON_LOOK = "on look"
    EASE_IN = "ease in"
    AFTER_LINE = "after line"
    PRELAP = "prelap"
    SEGUE = "segue"
    FADE_UP = "with fade up"


class OutType(StrEnum):
    """How a cue ends."""

    ON_CUT = "on cut"
    RING_OUT = "ring out"
    TAIL_UNDER = "tail under dialogue"
    BUTTON = "button"
    FADE = "with fade out"
    SEGUE = "segue"
    HARD_OUT = "hard out"


class HitKind(StrEnum):
    """What a hit lands on."""

    CUT = "cut"
    ACTION = "action"
    IMPACT = "impact"
    LOOK = "look"
    REVEAL = "reveal"
    LINE_END = "line end"
    TITLE = "title"
    FADE = "fade"


class MustBe(StrEnum):
    """Where in the bar a hit wants to land; ``avoid`` means: do not play on it."""

    BAR = "bar"
    BEAT = "beat"
    ANY = "any"
    AVOID = "avoid"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One reason: a plain sentence, the frame that shows it, and the detector that saw it."""

    text: str
    detector: str
    frame: Frame | None = None
    weight: float = 0.0


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another way to place the cue, and why one might."""

    span: Span
    text: str
    score: float = 0.0


@dataclass(frozen=True, slots=True)
class Change:
    """A turn inside a cue: from here on, do this."""

    frame: Frame
    text: str


@dataclass(frozen=True, slots=True)
class Palette:
    """What might play: families, a featured colour, and the register to leave to the voice ("300-3000 Hz")."""

    families: tuple[str, ...]
    featured: str = ""
    leave_free: str = ""


@dataclass(frozen=True, slots=True)
class DialogueLine:
    """A line of dialogue in frames, as the documents show it."""

    span: Span
    confidence: float
    speaker: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """A moment for the music to catch.

    Attributes
    ----------
    weight: 0-5, how much it matters
    early, late: the capture window in frames before and after ``frame``
    treatment: how to play it: ``dead hit``, ``accent``, ``change``, ``hold``, ``sting``, ``soft``, ``stop``
    cue: id of the cue it lies in, empty when in silence
    """

    id: str
    frame: Frame
    kind: HitKind
    weight: float
    label: str
    early: int = 1
    late: int = 2
    must_be: MustBe = MustBe.BEAT
    treatment: str = "accent"
    confidence: float = 0.5
    cue: str = ""
    why: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Cue:
    """A stretch of music.

    Attributes
    ----------
    id: stable across edits and re-numbering
    number: as printed, ``1m1``
    span: in and out; the out is where the tail starts
    tail: frames the music may ring past the out
    instruction: one terse imperative sentence ("Ease in after her line; keep low under the argument.")
    scene: what happens, in plain words from what was observed
    function: why there is music at all
    tone, not_tone: tags from the controlled vocabulary, and what to stay away from
    intensity: 0-5
    tempo_bpm: suggested range (slow, fast)
    dialogue_density: share of the cue with a line over it, 0-1
    """

    id: str
    number: str
    title: str
    span: Span
    usage: Usage
    in_type: InType
    out_type: OutType
    tail: int
    instruction: str
    scene: str
    function: str
    tone: tuple[str, ...]
    not_tone: tuple[str, ...]
    intensity: float
    tempo_bpm: tuple[float, float]
    palette: Palette
    dialogue_density: float
    confidence: float
    why: tuple[Evidence, ...]
    alternatives: tuple[Alternative, ...]
    changes: tuple[Change, ...] = ()
    temp_reference: str = ""
    characters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Silence:
    """A stretch deliberately without music, with its reasons and what one could do instead."""

    id: str
    span: Span
    instruction: str
    confidence: float
    why: tuple[Evidence, ...]
    alternatives: tuple[Alternative, ...] = ()


@dataclass(frozen=True, slots=True)
class Scene:
    """Shots that belong together by look, sound and talk."""

    number: int
    span: Span
    description: str
    people: tuple[str, ...] = ()
    confidence: float = 0.5


@document("cuelight.spotting-notes/1")
@dataclass(frozen=True, slots=True)
class SpottingNotes:
    """The notes of one reel; cues and silences together cover it without overlap."""

    reel: ReelInfo
    settings: SpotSettings
    scenes: tuple[Scene, ...]
    cues: tuple[Cue, ...]
    silences: tuple[Silence, ...]
    hits: tuple[Hit, ...]
    dialogue: tuple[DialogueLine, ...]
    cautions: tuple[str, ...] = ()
    cuelight: str = ""
    revision: int = 1
