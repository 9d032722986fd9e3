"""Who may play, and what they can: the palette as seats, each with its range and the notes it already has.

A seat takes no note out of its range and never more notes at once than the instrument has voices.
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
STRINGS = ("violin_1", "violin_2", "viola", "cello", "contrabass")
_OCTAVE = 12
_REACH = Fraction(24)


@dataclass(slots=True)
class Seat:
    """One instrument of the cue and what it plays so far, by onset."""

    instrument: Instrument
    notes: list[PartNote] = field(default_factory=list[PartNote])

    def takes(self, onset: Beat, duration: Fraction, pitch: int) -> bool:
        """Whether a note is in range and a voice is free for all of it."""
        if not self.instrument.lowest <= pitch <= self.instrument.highest:
            return False
        together = self._during(onset, onset + duration)
        return len(together) < self.instrument.voices and all(n.pitch != pitch for n in together)

    def sounds(self, at: Beat, pitch: int) -> bool:
        """Whether the player already sounds a pitch at a beat: another role's unison."""
        return any(n.pitch == pitch for n in self._during(at, at + Fraction(1, 12)))

    def carries(self, start: Beat, end: Beat) -> bool:
        """Whether the player has a theme somewhere between two beats."""
        return any(n.statement >= 0 for n in self._during(start, end))

    def give(self, note: PartNote) -> None:
        """Write a note into the part."""
        insort(self.notes, note, key=lambda n: (n.onset, n.pitch))

    def _during(self, start: Beat, end: Beat) -> list[PartNote]:
        low = bisect_left(self.notes, start.quarters - _REACH, key=lambda n: n.onset.quarters)
        high = bisect_left(self.notes, end, key=lambda n: n.onset)
        return [n for n in self.notes[low:high] if n.onset + n.duration > start]


def seats_of(palette: CuePalette) -> dict[str, Seat]:
    """Seat the palette: what it names and does not ban (instruments or whole families), in score order.

    A palette without a usable instrument is played by strings. Raises InstrumentUnknown for an id nobody knows.
    """
    for name in (*palette.instruments, *palette.banned, *([palette.featured] if palette.featured else [])):
        if name not in INSTRUMENTS and name not in FAMILIES:
            raise InstrumentUnknown(f"There is no instrument {name!r}.", hint=f"Known: {', '.join(INSTRUMENTS)}.")
    wanted = _expanded((*palette.instruments, *([palette.featured] if palette.featured else [])))
    allowed = [name for name in wanted if not _banned(name, palette.banned)]
    if not any(name not in UNPITCHED for name in allowed):
        allowed += [name for name in STRINGS if not _banned(name, palette.banned)] or list(STRINGS)
    ordered = sorted(set(allowed), key=lambda name: INSTRUMENTS[name].order)
    return {name: Seat(INSTRUMENTS[name]) for name in ordered}


def fitted(pitches: Sequence[int], instrument: Instrument) -> int | None:
    """Find the octave shift in semitones that brings a whole line into range, comfortable if it can; None if none."""
    low, high = min(pitches), max(pitches)
    shifts = sorted((k * _OCTAVE for k in range(-4, 5)), key=abs)
    for bottom, top in (instrument.comfortable, (instrument.lowest, instrument.highest)):
        for shift in shifts:
            if bottom <= low + shift and high + shift <= top:
                return shift
    return None


def in_range(pitch: int, instrument: Instrument) -> int | None:
    """Move one pitch by octaves into an instrument's range; None if it cannot."""
    shift = fitted([pitch], instrument)
    return None if shift is None else pitch + shift


def _expanded(names: Iterable[str]) -> list[str]:
    """Spell families out as their instruments."""
    found: list[str] = []
    for name in names:
        family = [i.id for i in INSTRUMENTS.values() if i.family == name]
        found += [name] if name in INSTRUMENTS else family
    return found


def _banned(name: str, banned: Sequence[str]) -> bool:
    return name in banned or INSTRUMENTS[name].family in banned
