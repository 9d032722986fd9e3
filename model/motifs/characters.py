"""From a feeling to what makes a theme itself: mode, contour, rhythm, harmony, register, instrument."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from model.errors import InstrumentUnknown, ThemeInvalid
from model.motifs.instruments import INSTRUMENTS
from model.motifs.language import Character, OwnerKind, ThemeKey

CALM, MOVING, DRIVEN = "calm", "moving", "driven"
_QUIET, _LOUD = 0.4, 0.65
_DARK, _BRIGHT, _UNEASY = -0.1, 0.15, 0.6
_FULL_CIRCLE = 12
_COLOURS: dict[tuple[str, str], tuple[str, ...]] = {
    ("bright", CALM): ("solo_violin", "flute", "clarinet", "harp", "piano", "oboe"),
    ("bright", MOVING): ("violin_1", "oboe", "clarinet", "flute", "horn", "guitar"),
    ("bright", DRIVEN): ("trumpet", "horn", "violin_1", "flute", "piccolo"),
    ("dark", CALM): ("solo_viola", "english_horn", "solo_cello", "clarinet", "piano", "choir"),
    ("dark", MOVING): ("solo_cello", "viola", "bassoon", "horn", "english_horn", "cello"),
    ("dark", DRIVEN): ("trombone", "horn", "cello", "bass_clarinet", "trumpet", "bassoon"),
    ("uneasy", CALM): ("celesta", "bass_clarinet", "solo_viola", "piano", "harp", "choir"),
    ("uneasy", MOVING): ("bass_clarinet", "bassoon", "clarinet", "cello", "piano", "viola"),
    ("uneasy", DRIVEN): ("trombone", "cello", "horn", "bass_clarinet", "trumpet", "viola"),
}
_MODES = {
    "bright": ("major", "major", "lydian", "mixolydian"),
    "dark": ("minor", "minor", "dorian"),
    "uneasy": ("minor", "harmonic minor", "phrygian"),
}
_CONTOURS = {
    "bright": ("arch", "rising", "wave"),
    "dark": ("falling", "arch", "valley"),
    "uneasy": ("wave", "plateau", "falling"),
}
_HARMONIES = {"bright": "functional", "dark": "functional", "uneasy": "chromatic"}


@dataclass(frozen=True, slots=True)
class Hints:
    """What a theme should feel like.

    Attributes
    ----------
    arousal, tension: 0-1; valence: -1..1
    bpm: quarter notes a minute
    instrument: an id to insist on, empty to choose; ``avoid``: ids that others have or that are banned
    """

    arousal: float = 0.4
    tension: float = 0.35
    valence: float = 0.0
    bpm: float = 92.0
    instrument: str = ""
    avoid: tuple[str, ...] = ()

    @property
    def shade(self) -> str:
        """Bright, dark or uneasy."""
        if self.tension > _UNEASY and self.valence < _BRIGHT:
            return "uneasy"
        return "bright" if self.valence >= _BRIGHT or (self.valence > _DARK and self.tension < _QUIET) else "dark"

    @property
    def energy(self) -> str:
        """How much the rhythm moves."""
        return CALM if self.arousal < _QUIET else MOVING if self.arousal < _LOUD else DRIVEN


def choose_key(hints: Hints, seed: int) -> ThemeKey:
    """Choose a tonic and a mode for the feeling."""
    rng = np.random.default_rng([seed, 1])
    modes = _MODES[hints.shade]
    return ThemeKey(int(rng.integers(_FULL_CIRCLE)), modes[int(rng.integers(len(modes)))])


def choose_character(hints: Hints, kind: OwnerKind, seed: int) -> Character:
    """Choose the rest of a theme's character; places speak modally, and an insisted instrument is obeyed.

    Raises InstrumentUnknown for an id that is none, ThemeInvalid for one that cannot carry a melody.
    """
    rng = np.random.default_rng([seed, 2])
    shade = hints.shade
    contours = _CONTOURS[shade]
    harmony = "modal" if kind is OwnerKind.PLACE else _HARMONIES[shade]
    instrument = hints.instrument or _instrument(hints)
    check_melodic(instrument)
    low, high = INSTRUMENTS[instrument].comfortable
    middle = (low + high) / 2
    register = "low" if middle < 57 else "middle" if middle < 72 else "high"  # noqa: PLR2004 - A3 and C5
    return Character(contours[int(rng.integers(len(contours)))], hints.energy, harmony, register, instrument)


def check_melodic(instrument: str) -> None:
    """Raise InstrumentUnknown for an id that is none, ThemeInvalid for an instrument without a melody's range."""
    if instrument not in INSTRUMENTS:
        raise InstrumentUnknown(f"There is no instrument {instrument!r:.60}.", hint=f"Known: {', '.join(INSTRUMENTS)}.")
    row = INSTRUMENTS[instrument]
    if row.bank or row.clef == "percussion" or row.highest - row.lowest < 2 * _FULL_CIRCLE:
        raise ThemeInvalid(f"{row.name} cannot carry a theme.", hint="Choose an instrument that plays a melody.")


def _instrument(hints: Hints) -> str:
    """Take the first colour of the feeling that nobody has; if all are taken, the first that is not banned."""
    colours = _COLOURS[hints.shade, hints.energy]
    anybody = [row.id for row in INSTRUMENTS.values() if row.voices > 1 and row.highest - row.lowest > 2 * _FULL_CIRCLE]
    free = [c for c in (*colours, *(a for a in anybody if not INSTRUMENTS[a].bank)) if c not in hints.avoid]
    return free[0] if free else colours[0]
