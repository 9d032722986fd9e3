"""What is asked for with a job, one dataclass a kind: the API's bodies, the rows and the stages all have it from here.

What a person wishes (``ScoreParams``) becomes an order (``ScoreOrder``) when the job is made: what it leaves open is
fixed then, so that every attempt works on the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from model.fields import Bounds, Seed, omit_defaults, variant
from model.motifs.language import CuePalette
from model.motifs.settings import MostThemes
from model.scoring.record import CueChoice
from model.sketch.settings import Candidates, Engine, ThemeId, ToneWords
from model.spotting.settings import Bpm

ID_PATTERN = r"^[a-z]{1,12}_[0-9a-f]{30}$"
CUE_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,79}$"

Id = Annotated[str, Bounds(pattern=ID_PATTERN, help="An opaque id.")]
CueId = Annotated[str, Bounds(pattern=CUE_PATTERN, help="Id of a cue in the notes.")]
DeliveredPart = Literal["notes", "score", "mix", "stems", "preview"]
RevisionNumber = Annotated[int, Bounds(1, 10_000_000, help="Revision of the notes.")]


@omit_defaults
@dataclass(frozen=True, slots=True)
class SpotParams:
    """How to watch a reel again: what was chosen with the upload holds."""


@omit_defaults
@dataclass(frozen=True, slots=True)
class ThemesParams:
    """How to devise the musical language; what is left out is up to us."""

    seed: Seed | None = None
    most_themes: MostThemes | None = None


@omit_defaults
@dataclass(frozen=True, slots=True)
class ScoreParams:
    """How to write the cues; what is left out is taken from the base take, else from the notes."""

    cues: Annotated[tuple[CueId, ...], Bounds(longest=200, help="Ids of the cues to write; empty for all.")] = ()
    seed: Seed | None = None
    engine: Engine | None = None
    candidates: Candidates | None = None
    tone: ToneWords | None = None
    bpm: Bpm | None = None
    palette: CuePalette | None = None
    theme: ThemeId | None = None
    base_take: Annotated[Id, Bounds(help="The take whose choices hold where nothing else is said.")] | None = None


@omit_defaults
@dataclass(frozen=True, slots=True)
class DeliverParams:
    """What to put into the archive."""

    what: Annotated[tuple[DeliveredPart, ...], Bounds(longest=20, help="Empty for everything.")] = ()
    takes: Annotated[tuple[Id, ...], Bounds(longest=200, help="Which takes; the accepted ones if left out.")] | None = (
        None
    )


@variant("kind", "spot")
@omit_defaults
@dataclass(frozen=True, slots=True, kw_only=True)
class SpotOrder(SpotParams):
    """A reel to watch; ``revision``: the number its notes get."""

    revision: RevisionNumber


@variant("kind", "themes")
@omit_defaults
@dataclass(frozen=True, slots=True, kw_only=True)
class ThemesOrder(ThemesParams):
    """A language to devise from the notes of ``revision``."""

    revision: RevisionNumber


@variant("kind", "score")
@omit_defaults
@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreOrder(ScoreParams):
    """Cues to write to the notes of ``revision``; ``base``: the choices of the base take."""

    revision: RevisionNumber
    base: CueChoice | None = None


@variant("kind", "deliver")
@omit_defaults
@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverOrder(DeliverParams):
    """An archive to pack of the notes of ``revision``; ``takes`` are named."""

    revision: RevisionNumber


JobOrder = SpotOrder | ThemesOrder | ScoreOrder | DeliverOrder
"""What an attempt is to do, told apart by ``kind``."""
