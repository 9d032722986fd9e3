"""Edits: what a person does to the notes, one operation after the other, all or none."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from model.spotting.notes import HitKind, InType, MustBe, OutType, Usage
from serving.api.schemas.common import Answer, Body, FrameNumber, Line, Time

NoteId = Annotated[
    str, Field(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]*$", description="As the notes have it.")
]
Text = Annotated[str, Field(max_length=2000, pattern=r"^[^\x00-\x1f\x7f]*$")]
Title = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x20\x7f][^\x00-\x1f\x7f]*$")]
Words = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f\x7f]+$")]], Field(max_length=12)
]
Count = Annotated[int, Field(strict=True, ge=0, le=1_000_000)]
Tempo = Annotated[float, Field(strict=True, ge=20, le=400)]


class MoveEdge(Body):
    """Move the in or the out of a cue."""

    op: Literal["move-edge"]
    cue: NoteId
    edge: Literal["in", "out"]
    frame: FrameNumber


class SplitCue(Body):
    """Make two cues of one."""

    op: Literal["split-cue"]
    cue: NoteId
    frame: FrameNumber


class MergeCues(Body):
    """Make one cue of two neighbours."""

    op: Literal["merge-cues"]
    first: NoteId
    second: NoteId


class AddCue(Body):
    """Put music into a silence."""

    op: Literal["add-cue"]
    start: FrameNumber = Field(alias="in")
    out: FrameNumber


class RemoveCue(Body):
    """Take the music out."""

    op: Literal["remove-cue"]
    cue: NoteId


class Renumber(Body):
    """Count all cues anew."""

    op: Literal["renumber"]


class PaletteFields(Body):
    """Who might play; what is left out stays."""

    families: Words | None = None
    featured: Text | None = None
    leave_free: Text | None = None


class CueFields(Body):
    """What to say about a cue; what is left out stays."""

    title: Title | None = None
    instruction: Text | None = None
    tone: Words | None = None
    not_tone: Words | None = None
    usage: Usage | None = None
    in_type: InType | None = None
    out_type: OutType | None = None
    tail: Count | None = None
    intensity: Annotated[float, Field(strict=True, ge=0, le=5)] | None = None
    tempo_bpm: Annotated[list[Tempo], Field(min_length=2, max_length=2)] | None = None
    palette: PaletteFields | None = None
    function: Text | None = None


class SetCue(Body):
    """Say something else about a cue."""

    op: Literal["set-cue"]
    cue: NoteId
    fields: CueFields


class TakeAlternative(Body):
    """Place a cue as one of its alternatives has it."""

    op: Literal["take-alternative"]
    cue: NoteId
    index: Annotated[int, Field(strict=True, ge=0, le=100)]


class HitFields(Body):
    """What to say about a hit; what is left out stays, or follows from its kind."""

    kind: HitKind | None = None
    weight: Annotated[float, Field(strict=True, ge=0, le=5)] | None = None
    label: Title | None = None
    early: Count | None = None
    late: Count | None = None
    must_be: MustBe | None = None
    treatment: Literal["accent", "change", "dead hit", "hold", "soft", "sting", "stop"] | None = None


class MovedHitFields(HitFields):
    """The same, and where it lies."""

    frame: FrameNumber | None = None


class AddHit(HitFields):
    """Mark a moment."""

    op: Literal["add-hit"]
    frame: FrameNumber


class SetHit(Body):
    """Say something else about a hit, or move it."""

    op: Literal["set-hit"]
    hit: NoteId
    fields: MovedHitFields


class RemoveHit(Body):
    """Mark a moment no more."""

    op: Literal["remove-hit"]
    hit: NoteId


class SilenceFields(Body):
    """What to say about a silence."""

    instruction: Text


class SetSilence(Body):
    """Give a silence another line."""

    op: Literal["set-silence"]
    silence: NoteId
    fields: SilenceFields


class Respot(Body):
    """Spot again, with another share of music; published numbers and what people decided stay."""

    op: Literal["respot"]
    coverage: Annotated[float, Field(strict=True, ge=0, le=1)] | None = None


class Restore(Body):
    """Take the notes back to what they were in an earlier revision."""

    op: Literal["restore"]
    revision: Annotated[int, Field(strict=True, ge=1, le=10_000_000)]


EditIn = Annotated[
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
    | Respot
    | Restore,
    Field(discriminator="op"),
]


class Batch(Body):
    """Edits that belong together: one revision, or none if any cannot be done."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "edits": [{"op": "move-edge", "cue": "cue-5f2a", "edge": "in", "frame": 1407}],
                    "summary": "In three frames later",
                }
            ]
        }
    )

    edits: Annotated[list[EditIn], Field(min_length=1, max_length=200)]
    summary: Line = Field(default="", description="What it was for, for the history.")


class PreviewIn(Body):
    """How much music to try."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"coverage": 0.4}]})

    coverage: Annotated[float, Field(strict=True, ge=0, le=1)] | None = Field(
        default=None, description="null: let the evidence decide."
    )


class NotesOut(Answer):
    """A revision of the notes."""

    revision: int
    author: str
    author_name: str
    created: Time
    summary: str
    notes: dict[str, Any] = Field(description="The document `cuelight.spotting-notes/1`.")


class PreviewOut(Answer):
    """Notes that were not kept."""

    revision: int = Field(description="The revision they would follow.")
    notes: dict[str, Any] = Field(description="The document `cuelight.spotting-notes/1`.")


class RevisionOut(Answer):
    """Who made a revision, and how."""

    revision: int
    author: str
    author_name: str
    summary: str
    edits: list[dict[str, Any]]
    created: Time


class DifferenceOut(Answer):
    """One thing that is not as it was."""

    kind: Literal["cue", "silence", "hit", "setting"]
    id: str
    label: str
    what: Literal["added", "removed", "changed"]
    field: str
    before: Any = Field(description="The field as it was; for what was removed, the whole thing.")
    after: Any = Field(description="The field as it is; for what was added, the whole thing.")
    frame: int = Field(description="Where to look.")
    text: str = Field(description="In a sentence, with timecodes.")


class Side(Answer):
    """One side of a comparison."""

    reel: str
    name: str
    cut: str
    revision: int


class CompareOut(Answer):
    """Two states of the notes, or of two cuts, side by side."""

    before: Side
    after: Side
    changes: list[DifferenceOut]
