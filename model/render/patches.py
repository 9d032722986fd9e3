"""Who sits where: the sound, level and seat of every instrument.

Levels were set from the K-weighted loudness of each sound at velocity 100 in the middle of its comfortable range, so
that a full string section and a horn section balance at forte and woodwinds sit just below. Seats follow the usual
American orchestra as the conductor sees it: first violins left, cellos and basses right.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from model.errors import InstrumentUnknown
from model.motifs.instruments import INSTRUMENTS

MAIN, PIANO = "soundfont", "soundfont_piano"
_KIT = 128  # the bank of drum kits in General MIDI soundfonts


@dataclass(frozen=True, slots=True)
class Patch:
    """A sound of a soundfont: ``font`` is the asset's name, ``bank`` 128 a drum kit."""

    bank: int
    program: int
    font: str = MAIN

    @property
    def drums(self) -> bool:
        """Whether keys are separate instruments."""
        return self.bank == _KIT


@dataclass(frozen=True, slots=True)
class Chair:
    """How one instrument of the score sounds.

    Attributes
    ----------
    trim_db: level against what the soundfont gives
    pan: -1 left to 1 right
    bite: played along with accents of bowed sections, whose own samples speak slowly
    """

    patch: Patch
    trim_db: float
    pan: float
    bite: Patch | None = None


_CHAIRS = {
    "piccolo": Chair(Patch(0, 72), -1, -0.12),
    "flute": Chair(Patch(0, 73), -1, -0.14),
    "oboe": Chair(Patch(0, 68), -1, 0.08),
    "english_horn": Chair(Patch(0, 69), -1, 0.12),
    "clarinet": Chair(Patch(0, 71), 3, -0.1),
    "bass_clarinet": Chair(Patch(0, 71), 3, -0.06),
    "bassoon": Chair(Patch(0, 70), 2, 0.14),
    "horn": Chair(Patch(0, 60), -7, -0.3),
    "trumpet": Chair(Patch(0, 56), -9, 0.22),
    "trombone": Chair(Patch(0, 57), -11, 0.32),
    "tuba": Chair(Patch(0, 58), -9, 0.38),
    "timpani": Chair(Patch(0, 47), 2, 0.05),
    "drums": Chair(Patch(_KIT, 0), 2, 0.0),
    "taiko": Chair(Patch(0, 116), 4, -0.04),
    "glockenspiel": Chair(Patch(0, 9), -1, -0.34),
    "tubular_bells": Chair(Patch(0, 14), -3, -0.4),
    "celesta": Chair(Patch(0, 8), 4, -0.42),
    "harp": Chair(Patch(0, 46), 5, -0.48),
    "piano": Chair(Patch(0, 0, PIANO), 8, -0.1),
    "guitar": Chair(Patch(0, 24), 4, 0.2),
    "choir": Chair(Patch(0, 52), 0, 0.0),
    "pad": Chair(Patch(0, 89), 1, 0.0),
    "pulse": Chair(Patch(0, 38), 0, 0.0),
    "solo_violin": Chair(Patch(0, 40), -1, -0.16),
    "solo_viola": Chair(Patch(0, 41), 0, 0.06),
    "solo_cello": Chair(Patch(0, 42), 0, 0.14),
    "violin_1": Chair(Patch(20, 48), 1, -0.52, Patch(20, 45)),
    "violin_2": Chair(Patch(25, 48), 0, -0.22, Patch(25, 45)),
    "viola": Chair(Patch(30, 48), 1, 0.22, Patch(30, 45)),
    "cello": Chair(Patch(40, 48), 1, 0.45, Patch(40, 45)),
    "pizzicato": Chair(Patch(0, 45), 3, 0.0),
    "tremolo": Chair(Patch(0, 44), 1, 0.0, Patch(0, 45)),
    "contrabass": Chair(Patch(50, 48), 2, 0.5, Patch(50, 45)),
}
# The orchestra kit has the concert drums and cymbals, but timpani where General MIDI has toms.
_ORCHESTRA_KIT = Patch(_KIT, 48)
_CONCERT_KEYS = {35: 35, 36: 36, 38: 38, 40: 40, 49: 59, 55: 59, 57: 57}


@cache
def chair_of(instrument: str) -> Chair:
    """Seat of an instrument id; a new one gets its General MIDI sound in the middle.

    Raises InstrumentUnknown if ``model.motifs.instruments`` does not list it.
    """
    if instrument in _CHAIRS:
        return _CHAIRS[instrument]
    if instrument not in INSTRUMENTS:
        message = f"There is no instrument called {instrument!r}."
        raise InstrumentUnknown(message, hint="`model/motifs/instruments.py` lists them all.")
    known = INSTRUMENTS[instrument]
    return Chair(Patch(known.bank, known.program), 0, 0.0)


def key_of(chair: Chair, pitch: int) -> tuple[Patch, int]:
    """Sound and key to press for a pitch; concert percussion replaces the rock kit's where the font has it."""
    if chair.patch.drums and pitch in _CONCERT_KEYS:
        return _ORCHESTRA_KIT, _CONCERT_KEYS[pitch]
    return chair.patch, pitch
