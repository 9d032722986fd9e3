"""The classical ways to develop a theme: exact functions from notes to notes.

Every function takes the notes in order of onset and leaves them in order; time is quarter notes from the statement's
first beat, kept as exact fractions. Nothing here is random.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from model.motifs.degrees import SEMITONES, degree_of, pitch_of, remapped
from model.motifs.language import ThemeKey, ThemeNote

Notes = tuple[ThemeNote, ...]


def length(notes: Sequence[ThemeNote]) -> Fraction:
    """Measure the quarter notes from the statement's beginning to the end of what sounds last."""
    return max((note.onset + note.duration for note in notes), default=Fraction(0))


def whole_beats(quarters: Fraction, unit: Fraction = Fraction(1)) -> Fraction:
    """Round a length up to whole units."""
    return -(-quarters // unit) * unit


def ordered(notes: Sequence[ThemeNote]) -> Notes:
    """Sort by onset, then from the top voice down."""
    return tuple(sorted(notes, key=lambda n: (n.onset, -n.pitch, n.duration)))


def shifted(notes: Sequence[ThemeNote], quarters: Fraction) -> Notes:
    """Let everything begin later."""
    return tuple(replace(n, onset=n.onset + quarters) for n in notes)


def transpose(notes: Sequence[ThemeNote], semitones: int) -> Notes:
    """Move every note by the same number of semitones."""
    return tuple(replace(n, pitch=n.pitch + semitones) for n in notes)


def transpose_in_key(notes: Sequence[ThemeNote], steps: int, key: ThemeKey) -> Notes:
    """Move every note along the scale; chromatic notes keep their alteration."""
    return tuple(replace(n, pitch=_stepped(n.pitch, steps, key)) for n in notes)


def change_key(notes: Sequence[ThemeNote], old: ThemeKey, new: ThemeKey) -> Notes:
    """Keep the degrees, change tonic and mode."""
    return tuple(replace(n, pitch=remapped(n.pitch, old, new)) for n in notes)


def stretch(notes: Sequence[ThemeNote], factor: Fraction) -> Notes:
    """Augment (``factor`` above 1) or diminish (below 1)."""
    return tuple(replace(n, onset=n.onset * factor, duration=n.duration * factor) for n in notes)


def head(notes: Sequence[ThemeNote], count: int) -> Notes:
    """Keep the first notes."""
    return tuple(notes[:count])


def tail(notes: Sequence[ThemeNote], count: int) -> Notes:
    """Keep the last notes, begun at once."""
    kept = tuple(notes[-count:]) if count else ()
    return shifted(kept, -kept[0].onset) if kept else ()


def rhythm_only(notes: Sequence[ThemeNote]) -> Notes:
    """Keep the rhythm on the first note's pitch."""
    return tuple(replace(n, pitch=notes[0].pitch) for n in notes)


def invert_real(notes: Sequence[ThemeNote], axis: int | None = None) -> Notes:
    """Mirror the semitones at ``axis``, or at the first note."""
    if not notes:
        return ()
    centre = notes[0].pitch if axis is None else axis
    return tuple(replace(n, pitch=2 * centre - n.pitch) for n in notes)


def invert_tonal(notes: Sequence[ThemeNote], key: ThemeKey, axis: int | None = None) -> Notes:
    """Mirror the degrees at ``axis``, or at the first note: the inversion stays in the key."""
    if not notes:
        return ()
    centre, _ = degree_of(notes[0].pitch if axis is None else axis, key)
    return tuple(replace(n, pitch=_mirrored(n.pitch, centre, key)) for n in notes)


def retrograde(notes: Sequence[ThemeNote]) -> Notes:
    """Play it backwards, between the same beginning and end."""
    edges = min((n.onset for n in notes), default=Fraction(0)) + length(notes)
    return ordered([replace(n, onset=edges - n.onset - n.duration) for n in notes])


def sequence(notes: Sequence[ThemeNote], steps: int, count: int, key: ThemeKey) -> Notes:
    """State it ``count`` times, each ``steps`` of the scale from the one before, on the next whole beat."""
    every = whole_beats(length(notes))
    return tuple(n for k in range(count) for n in shifted(transpose_in_key(notes, k * steps, key), k * every))


def cell(notes: Sequence[ThemeNote], bar: Fraction) -> Notes:
    """Cut the cell out: what begins in the first ``bar`` quarters, held no longer than it."""
    inside = [n for n in notes if n.onset < bar]
    return tuple(replace(n, duration=min(n.duration, bar - n.onset)) for n in inside)


def ostinato(notes: Sequence[ThemeNote], count: int, bar: Fraction) -> Notes:
    """Repeat the cell ``count`` times, once a bar."""
    pattern = cell(notes, bar)
    return tuple(n for k in range(count) for n in shifted(pattern, k * bar))


def canon(notes: Sequence[ThemeNote], delay: Fraction, steps: int, key: ThemeKey) -> tuple[Notes, Notes]:
    """Give the leading voice and the one that follows ``delay`` quarters later, ``steps`` of the scale away.

    A delay shorter than the theme is a stretto.
    """
    return tuple(notes), shifted(transpose_in_key(notes, steps, key), delay)


def octave(notes: Sequence[ThemeNote], octaves: int) -> Notes:
    """Move by octaves."""
    return transpose(notes, SEMITONES * octaves)


def _stepped(pitch: int, steps: int, key: ThemeKey) -> int:
    degree, alteration = degree_of(pitch, key)
    return pitch_of(degree + steps, key, alteration)


def _mirrored(pitch: int, centre: int, key: ThemeKey) -> int:
    degree, alteration = degree_of(pitch, key)
    return pitch_of(2 * centre - degree, key, -alteration)
