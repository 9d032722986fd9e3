"""Scale degrees: where a pitch stands in a key, and back.

A degree is a whole number counted through the octaves: 0 is the tonic of MIDI octave 0, 7 the tonic above it. A pitch
between two degrees is the lower one raised by its alteration in semitones.
"""

from __future__ import annotations

from bisect import bisect_right

from model.motifs.language import STEPS, ThemeKey

DEGREES = 7
SEMITONES = 12


def degree_of(pitch: int, key: ThemeKey) -> tuple[int, int]:
    """Tell the degree of a MIDI pitch and how many semitones it is raised above it."""
    octave, within = divmod(pitch - key.tonic, SEMITONES)
    steps = STEPS[key.mode]
    step = bisect_right(steps, within) - 1
    return octave * DEGREES + step, within - steps[step]


def pitch_of(degree: int, key: ThemeKey, alteration: int = 0) -> int:
    """Find the MIDI pitch of a degree; the inverse of :func:`degree_of`."""
    octave, step = divmod(degree, DEGREES)
    return key.tonic + SEMITONES * octave + STEPS[key.mode][step] + alteration


def in_scale(pitch: int, key: ThemeKey) -> bool:
    """Whether the pitch is a note of the key's scale."""
    return (pitch - key.tonic) % SEMITONES in STEPS[key.mode]


def remapped(pitch: int, old: ThemeKey, new: ThemeKey) -> int:
    """Keep the degree and change the key around it.

    The tonic moves by the nearest way (down a tritone rather than up). A chromatic note that the new scale
    knows stays what it is over the tonic: the leading note of minor becomes the seventh of major.
    """
    moved = pitch + (new.tonic - old.tonic + 6) % SEMITONES - 6
    there = ThemeKey(new.tonic, old.mode)
    degree, alteration = degree_of(moved, there)
    if alteration and in_scale(moved, new):
        return moved
    return pitch_of(degree, new, alteration)
