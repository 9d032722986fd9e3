"""The musical language of a film: who and what has a theme, the themes, the palette, and where each theme sounds."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import Annotated

from model.fields import Bounds, document
from model.time import Span

STEPS = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "harmonic minor": (0, 2, 3, 5, 7, 8, 11),
}


@dataclass(frozen=True, slots=True)
class ThemeKey:
    """A tonic pitch class 0-11 (0 = C) and the name of a scale in ``STEPS``."""

    tonic: int
    mode: str = "major"

    @property
    def scale(self) -> tuple[int, ...]:
        """Pitch classes of the scale, from the tonic."""
        return tuple((self.tonic + step) % 12 for step in STEPS[self.mode])


@dataclass(frozen=True, slots=True)
class ThemeNote:
    """A note of a theme: quarter notes from the theme's first beat, MIDI pitch (60 = middle C), accent 0-1."""

    onset: Fraction
    duration: Fraction
    pitch: int
    accent: float = 0.5


@dataclass(frozen=True, slots=True)
class Chord:
    """A harmony: root pitch class, quality (``maj min dim aug sus4 7 maj7 min7 dim7``), from ``onset`` quarters on."""

    onset: Fraction
    duration: Fraction
    root: int
    quality: str = "maj"


def make_slug(text: str, fallback: str = "owner") -> str:
    """Make an id that is safe in file names: lower-case ASCII letters, digits and hyphens, or ``fallback``."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or fallback


class OwnerKind(StrEnum):
    """What a theme belongs to."""

    PERSON = "person"
    PLACE = "place"
    IDEA = "idea"


@dataclass(frozen=True, slots=True)
class Owner:
    """Who or what has a theme.

    Attributes
    ----------
    presence: where they are seen, for an idea where the cues are about it
    weight: 0-1, how much of the film they take up
    why: the evidence, in words
    """

    id: str
    name: str
    kind: OwnerKind
    presence: tuple[Span, ...] = ()
    weight: float = 0.5
    why: str = ""


@dataclass(frozen=True, slots=True)
class Character:
    """What a theme is like, in words; ``instrument`` is an id of ``model.motifs.instruments``."""

    contour: str
    rhythm: str
    harmony: str
    register: str
    instrument: str


@dataclass(frozen=True, slots=True)
class Theme:
    """A leitmotif.

    Attributes
    ----------
    id: stable, safe in file names; ``label`` is printed in scores and MIDI markers ("A: Agent")
    beats: length in quarter notes, a whole number of bars of ``meter`` (beats, unit)
    family: id of the theme whose cell (first bar) this one shares, empty if it shares none
    origin: ``written`` by us or ``given`` by the user
    seed: the number it was written from
    """

    id: str
    label: str
    owner: str
    notes: tuple[ThemeNote, ...]
    key: ThemeKey
    chords: tuple[Chord, ...]
    beats: Fraction
    meter: tuple[int, int]
    bpm: float
    character: Character
    family: str = ""
    origin: str = "written"
    seed: int = 0


InstrumentNames = Annotated[
    tuple[Annotated[str, Bounds(shortest=1, longest=60, pattern=r"^[a-z][a-z0-9 _-]*$")], ...],
    Bounds(longest=60, help="Ids or families of instruments."),
]


@dataclass(frozen=True, slots=True)
class CuePalette:
    """Who may play in a cue: instrument ids, the featured one, and what is banned."""

    instruments: InstrumentNames
    featured: Annotated[str, Bounds(longest=60, pattern=r"^[a-z0-9 _-]*$")] = ""
    banned: InstrumentNames = ()


@dataclass(frozen=True, slots=True)
class PlannedStatement:
    """An entry of the ledger: this theme sounds in this cue, developed in this way.

    Attributes
    ----------
    at: share of the cue's length at which the statement should begin, 0-1
    form: ``hint``, ``fragment``, ``statement``, ``variation``, ``climax``, ``return`` or ``farewell``
    transform: words of ``model.motifs.transforms`` applied in turn, e.g. ``("mode:minor", "augment:2")``
    why: "person A enters at 01:00:32:10"
    """

    cue: str
    theme: str
    at: float
    form: str
    transform: tuple[str, ...] = ()
    why: str = ""


@document("cuelight.language/1")
@dataclass(frozen=True, slots=True)
class Language:
    """The musical language of a film; ``cautions`` say in words what could not be done as asked."""

    owners: tuple[Owner, ...]
    themes: tuple[Theme, ...]
    palette: CuePalette
    cue_palettes: dict[str, CuePalette] = field(default_factory=dict[str, CuePalette])
    ledger: tuple[PlannedStatement, ...] = ()
    seed: int = 7
    cuelight: str = ""
    cautions: tuple[str, ...] = ()

    def theme(self, theme_id: str) -> Theme:
        """Find a theme; raises KeyError if there is none of that id."""
        return {theme.id: theme for theme in self.themes}[theme_id]
