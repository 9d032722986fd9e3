"""Scale degrees: where a pitch stands in a key, and back.

A degree is a whole number counted through the octaves: 0 is the tonic of MIDI octave 0, 7 the tonic above it. A pitch
between two degrees is the lower one raised by its alteration in semitones.
"""

from __future__ import annotations

from bisect import bisect_right

from model.motifs.language import STEPS, ThemeKey

DEGREES = 7  # notes of every scale in ``STEPS``
SEMITONES = 12  # of an octave
TRITONE_SEMITONES = 6
# How well each pitch class fits after a key was established (Krumhansl and Kessler 1982).
KEY_PROFILES = {
    "major": (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88),
    "minor": (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17),
}


def degree_of(pitch: int, key: ThemeKey) -> tuple[int, int]:
    """Degree of a MIDI pitch in a key, and by how many semitones the pitch is raised above it."""
    octave, within = divmod(pitch - key.tonic, SEMITONES)
    steps = STEPS[key.mode]
    step = bisect_right(steps, within) - 1
    return octave * DEGREES + step, within - steps[step]


def pitch_of(degree: int, key: ThemeKey, alteration: int = 0) -> int:
    """MIDI pitch of a degree; the inverse of :func:`degree_of`."""
    octave, step = divmod(degree, DEGREES)
    return key.tonic + SEMITONES * octave + STEPS[key.mode][step] + alteration


def in_scale(pitch: int, key: ThemeKey) -> bool:
    """Tell whether the pitch is a note of the key's scale."""
    return (pitch - key.tonic) % SEMITONES in STEPS[key.mode]


def move_to_key(pitch: int, old: ThemeKey, new: ThemeKey) -> int:
    """Move a pitch to another key, keeping its degree.

    The tonic moves by the nearest way (down a tritone rather than up). A chromatic note that belongs to the new scale
    keeps its distance from the tonic: the raised leading note of minor becomes the seventh degree of major.
    """
    moved = pitch + (new.tonic - old.tonic + TRITONE_SEMITONES) % SEMITONES - TRITONE_SEMITONES
    degree, alteration = degree_of(moved, ThemeKey(new.tonic, old.mode))
    if alteration and in_scale(moved, new):
        return moved
    return pitch_of(degree, new, alteration)
