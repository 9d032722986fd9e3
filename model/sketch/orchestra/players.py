"""The players of a cue: the instruments of its palette, each with its range and the notes it already has.

A player never gets a note out of its range, nor more notes at once than the instrument has voices.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from model.errors import InstrumentUnknown
from model.motifs.instruments import FAMILIES, INSTRUMENTS, Instrument
from model.motifs.language import CuePalette
from model.sketch.sketch_types import PartNote
from model.time import Beat

UNPITCHED = frozenset({"drums", "taiko"})
DECAYING = frozenset(
    {"timpani", "glockenspiel", "tubular_bells", "celesta", "harp", "piano", "guitar", "pizzicato"} | UNPITCHED
)
BREATHING = frozenset({"woodwinds", "brass", "choir"})
_STRINGS = ("violin_1", "violin_2", "viola", "cello", "contrabass")
_OCTAVE_SEMITONES = 12
_MOST_OCTAVES = 4  # that a line may be moved
_LONGEST_NOTE_QUARTERS = Fraction(24)


@dataclass(slots=True)
class Player:
    """One instrument of the cue, and the notes it has so far, by onset."""

    instrument: Instrument
    notes: list[PartNote] = field(default_factory=list[PartNote])

    def has_room_for(self, onset: Beat, duration: Fraction, pitch: int) -> bool:
        """Tell whether a note is in range and a voice is free for all of it."""
        if not self.instrument.lowest <= pitch <= self.instrument.highest:
            return False
        together = self._during(onset, onset + duration)
        return len(together) < self.instrument.voices and all(n.pitch != pitch for n in together)

    def is_sounding(self, at: Beat, pitch: int) -> bool:
        """Tell whether the player sounds a pitch at a beat already, in another role."""
        return any(n.pitch == pitch for n in self._during(at, at + Fraction(1, 12)))

    def has_theme(self, start: Beat, end: Beat) -> bool:
        """Tell whether the player has notes of a theme between two beats."""
        return any(n.statement >= 0 for n in self._during(start, end))

    def add(self, note: PartNote) -> None:
        """Add a note to the part."""
        insort(self.notes, note, key=lambda n: (n.onset, n.pitch))

    def _during(self, start: Beat, end: Beat) -> list[PartNote]:
        low = bisect_left(self.notes, start.quarters - _LONGEST_NOTE_QUARTERS, key=lambda n: n.onset.quarters)
        high = bisect_left(self.notes, end, key=lambda n: n.onset)
        return [n for n in self.notes[low:high] if n.onset + n.duration > start]


def make_players(palette: CuePalette) -> dict[str, Player]:
    """Make the players of a palette: what it names and does not ban (instruments or whole families), in score order.

    A palette without a usable instrument is played by strings. Raises InstrumentUnknown for an unknown id.
    """
    for name in (*palette.instruments, *palette.banned, *([palette.featured] if palette.featured else [])):
        if name not in INSTRUMENTS and name not in FAMILIES:
            raise InstrumentUnknown(f"There is no instrument {name!r}.", hint=f"Known: {', '.join(INSTRUMENTS)}.")
    wanted = _expand_families((*palette.instruments, *([palette.featured] if palette.featured else [])))
    allowed = [name for name in wanted if not _is_banned(name, palette.banned)]
    if not any(name not in UNPITCHED for name in allowed):
        allowed += [name for name in _STRINGS if not _is_banned(name, palette.banned)] or list(_STRINGS)
    ordered = sorted(set(allowed), key=lambda name: INSTRUMENTS[name].order)
    return {name: Player(INSTRUMENTS[name]) for name in ordered}


def fit_octaves(pitches: Sequence[int], instrument: Instrument) -> int | None:
    """Find the octave shift, in semitones, that brings a line into the comfortable range, else into range.

    None where the line is too wide.
    """
    low, high = min(pitches), max(pitches)
    shifts = sorted((k * _OCTAVE_SEMITONES for k in range(-_MOST_OCTAVES, _MOST_OCTAVES + 1)), key=abs)
    for bottom, top in (instrument.comfortable, (instrument.lowest, instrument.highest)):
        for shift in shifts:
            if bottom <= low + shift and high + shift <= top:
                return shift
    return None


def move_into_range(pitch: int, instrument: Instrument) -> int | None:
    """Move a pitch by octaves into an instrument's range; None where that is impossible."""
    shift = fit_octaves([pitch], instrument)
    return None if shift is None else pitch + shift


def _expand_families(names: Iterable[str]) -> list[str]:
    """Replace families by their instruments."""
    found: list[str] = []
    for name in names:
        family = [i.id for i in INSTRUMENTS.values() if i.family == name]
        found += [name] if name in INSTRUMENTS else family
    return found


def _is_banned(name: str, banned: Sequence[str]) -> bool:
    return name in banned or INSTRUMENTS[name].family in banned
