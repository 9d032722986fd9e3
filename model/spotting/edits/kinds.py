"""The operations on notes, as data. Values that can never be right are refused when an edit is made.

Frames are counted from the reel's first frame; ids are those of the notes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from model.errors import SettingInvalid
from model.spotting.edits.fields import (
    LONGEST_TEXT,
    LONGEST_TITLE,
    LONGEST_WORD,
    check_range,
    check_text,
    check_tone,
    check_words,
)
from model.spotting.edits.refusal import field_error
from model.spotting.notes import HitKind, InType, MustBe, OutType, Usage
from model.spotting.settings import FASTEST_BPM, SLOWEST_BPM

MOST = 5.0  # of an intensity or a weight, from 0
"""Weights of hits and intensities of cues run from 0 to this."""
LONGEST_COUNT = 10**6  # frames of a tail or a window
"""More frames than any tail or window has; what fits exactly only the notes can tell."""
TREATMENTS = ("accent", "change", "dead hit", "hold", "soft", "sting", "stop")


class Edge(StrEnum):
    """Which end of a cue."""

    IN = "in"
    OUT = "out"


@dataclass(frozen=True, slots=True)
class MoveEdge:
    """Move the in or the out of a cue to a frame."""

    cue: str
    edge: Edge
    frame: int


@dataclass(frozen=True, slots=True)
class SplitCue:
    """Make two cues of one: the second begins on ``frame``."""

    cue: str
    frame: int


@dataclass(frozen=True, slots=True)
class MergeCues:
    """Make one cue of two neighbours; it keeps the id and the number of the earlier."""

    first: str
    second: str


@dataclass(frozen=True, slots=True)
class AddCue:
    """Put music into a silence, from ``start`` until before ``end``."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class RemoveCue:
    """Take the music out; a silence remains that says so."""

    cue: str


@dataclass(frozen=True, slots=True)
class Renumber:
    """Count all cues anew, whatever was published."""


@dataclass(frozen=True, slots=True)
class PaletteFields:
    """What a person says about the palette; None leaves a part as it is."""

    families: tuple[str, ...] | None = None
    featured: str | None = None
    leave_free: str | None = None

    def __post_init__(self) -> None:
        """Refuse what no palette can hold."""
        check_words("fields.palette.families", self.families)
        check_text("fields.palette.featured", self.featured, LONGEST_WORD)
        check_text("fields.palette.leave_free", self.leave_free, LONGEST_WORD)


@dataclass(frozen=True, slots=True)
class CueFields:
    """What a person says about a cue; None leaves a field as it is."""

    title: str | None = None
    instruction: str | None = None
    tone: tuple[str, ...] | None = None
    not_tone: tuple[str, ...] | None = None
    usage: Usage | None = None
    in_type: InType | None = None
    out_type: OutType | None = None
    tail: int | None = None
    intensity: float | None = None
    tempo_bpm: tuple[float, float] | None = None
    palette: PaletteFields | None = None
    function: str | None = None

    def __post_init__(self) -> None:
        """Refuse what no cue can hold."""
        check_text("fields.title", self.title, LONGEST_TITLE, needed=True)
        check_text("fields.instruction", self.instruction, LONGEST_TEXT)
        check_text("fields.function", self.function, LONGEST_TEXT)
        check_tone("fields.tone", self.tone)
        check_words("fields.not_tone", self.not_tone)
        check_range("fields.tail", self.tail, 0, LONGEST_COUNT)
        check_range("fields.intensity", self.intensity, 0.0, MOST)
        if self.tempo_bpm is not None:
            slow, fast = self.tempo_bpm
            check_range("fields.tempo_bpm", slow, SLOWEST_BPM, FASTEST_BPM)
            check_range("fields.tempo_bpm", fast, SLOWEST_BPM, FASTEST_BPM)
            if slow > fast:
                raise field_error(SettingInvalid, "fields.tempo_bpm", "Write the slower tempo first.")


@dataclass(frozen=True, slots=True)
class SetCue:
    """Say something else about a cue."""

    cue: str
    fields: CueFields


@dataclass(frozen=True, slots=True)
class TakeAlternative:
    """Place a cue as its ``index``-th alternative has it; the old place becomes an alternative."""

    cue: str
    index: int


@dataclass(frozen=True, slots=True)
class HitFields:
    """What a person says about a hit; None leaves a field as it is, or takes what its kind usually has."""

    frame: int | None = None
    kind: HitKind | None = None
    weight: float | None = None
    label: str | None = None
    early: int | None = None
    late: int | None = None
    must_be: MustBe | None = None
    treatment: str | None = None

    def __post_init__(self) -> None:
        """Refuse what no hit can hold."""
        check_range("fields.weight", self.weight, 0.0, MOST)
        check_text("fields.label", self.label, LONGEST_TITLE, needed=True)
        check_range("fields.early", self.early, 0, LONGEST_COUNT)
        check_range("fields.late", self.late, 0, LONGEST_COUNT)
        if self.treatment is not None and self.treatment not in TREATMENTS:
            said = f"{self.treatment[:LONGEST_WORD]!r} is no way to play a hit."
            raise field_error(SettingInvalid, "fields.treatment", said, f"Choose {', '.join(TREATMENTS)}.")


@dataclass(frozen=True, slots=True)
class AddHit:
    """Mark a moment; what is not said follows from its kind."""

    frame: int
    fields: HitFields = field(default_factory=HitFields)


@dataclass(frozen=True, slots=True)
class SetHit:
    """Say something else about a hit, or move it."""

    hit: str
    fields: HitFields


@dataclass(frozen=True, slots=True)
class RemoveHit:
    """Mark a moment no more."""

    hit: str


@dataclass(frozen=True, slots=True)
class SetSilence:
    """Give a silence another line; it then counts as a person's decision."""

    silence: str
    instruction: str

    def __post_init__(self) -> None:
        """Refuse what cannot be written."""
        check_text("fields.instruction", self.instruction, LONGEST_TEXT)


Edit = (
    MoveEdge
    | SplitCue
    | MergeCues
    | AddCue
    | RemoveCue
    | Renumber
    | SetCue
    | TakeAlternative
    | AddHit
    | SetHit
    | RemoveHit
    | SetSilence
)
