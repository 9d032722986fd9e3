"""From the feeling of an owner's cues to the character of a theme: key, contour, rhythm, harmony, register, instrument.

Feelings are read as one of three shades (bright, dark, uneasy) and one of three energies (calm, moving, driven).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from model.errors import InstrumentUnknown, ThemeInvalid
from model.motifs.degrees import SEMITONES
from model.motifs.instruments import INSTRUMENTS
from model.motifs.language import Character, OwnerKind, ThemeKey

CALM = "calm"
MOVING = "moving"
DRIVEN = "driven"
_CALM_AROUSAL = 0.4  # below it a theme is calm; 10 of the 25 tone words lie there
_DRIVEN_AROUSAL = 0.65  # from it on a theme is driven, as 5 of the 25 tone words are
_DARK_VALENCE = -0.1  # valence is the weakest of the three, so a band around 0 is left to tension
_BRIGHT_VALENCE = 0.15  # from it on a theme is bright
_RELAXED_TENSION = 0.4  # below it a theme of middling valence is bright
_UNEASY_TENSION = 0.6  # above it a theme that is not bright is uneasy
_LOW_PITCH = 57  # MIDI; an instrument whose comfortable middle lies below A3 is low
_HIGH_PITCH = 72  # MIDI; from C5 on it is high
_MELODY_RANGE_SEMITONES = 24
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
    instrument: id of the instrument it must have, empty to choose one
    avoid: ids of instruments that other themes have or that are banned
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
        if self.tension > _UNEASY_TENSION and self.valence < _BRIGHT_VALENCE:
            return "uneasy"
        relaxed = self.valence > _DARK_VALENCE and self.tension < _RELAXED_TENSION
        return "bright" if self.valence >= _BRIGHT_VALENCE or relaxed else "dark"

    @property
    def energy(self) -> str:
        """How much the rhythm moves: calm, moving or driven."""
        return CALM if self.arousal < _CALM_AROUSAL else MOVING if self.arousal < _DRIVEN_AROUSAL else DRIVEN


def choose_key(hints: Hints, seed: int) -> ThemeKey:
    """Choose a tonic and a mode for the feeling."""
    rng = np.random.default_rng([seed, 1])
    modes = _MODES[hints.shade]
    return ThemeKey(int(rng.integers(SEMITONES)), modes[int(rng.integers(len(modes)))])


def choose_character(hints: Hints, kind: OwnerKind, seed: int) -> Character:
    """Choose the rest of a theme's character; places get modal harmony, and the instrument of the hints is kept.

    Raises InstrumentUnknown for an unknown id, ThemeInvalid for an instrument that cannot carry a melody.
    """
    rng = np.random.default_rng([seed, 2])
    shade = hints.shade
    contours = _CONTOURS[shade]
    harmony = "modal" if kind is OwnerKind.PLACE else _HARMONIES[shade]
    instrument = hints.instrument or _choose_instrument(hints)
    _check_melodic(instrument)
    register = register_of(*INSTRUMENTS[instrument].comfortable)
    return Character(contours[int(rng.integers(len(contours)))], hints.energy, harmony, register, instrument)


def register_of(low: int, high: int) -> str:
    """Register of a range of MIDI pitches, by its middle: ``low``, ``middle`` or ``high``."""
    middle = (low + high) / 2
    return "low" if middle < _LOW_PITCH else "middle" if middle < _HIGH_PITCH else "high"


def _check_melodic(instrument: str) -> None:
    """Raise InstrumentUnknown for an unknown id, ThemeInvalid for an instrument without a melody's range."""
    if instrument not in INSTRUMENTS:
        raise InstrumentUnknown(f"There is no instrument {instrument!r:.60}.", hint=f"Known: {', '.join(INSTRUMENTS)}.")
    row = INSTRUMENTS[instrument]
    if row.bank or row.clef == "percussion" or row.highest - row.lowest < _MELODY_RANGE_SEMITONES:
        raise ThemeInvalid(f"{row.name} cannot carry a theme.", hint="Choose an instrument that plays a melody.")


def _choose_instrument(hints: Hints) -> str:
    """Take the first colour of the feeling that is free, else the first free melodic instrument, else the colour."""
    colours = _COLOURS[hints.shade, hints.energy]
    melodic = [
        row.id
        for row in INSTRUMENTS.values()
        if row.voices > 1 and row.highest - row.lowest > _MELODY_RANGE_SEMITONES and not row.bank
    ]
    free = [instrument for instrument in (*colours, *melodic) if instrument not in hints.avoid]
    return free[0] if free else colours[0]
