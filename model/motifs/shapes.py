"""The classical ways to develop a theme: exact functions from notes to notes.

Every function takes the notes in order of onset and returns them in order; time is quarter notes from the statement's
first beat, kept as exact fractions. Nothing here is random.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from model.motifs.degrees import SEMITONES, degree_of, move_to_key, pitch_of
from model.motifs.language import ThemeKey, ThemeNote

Notes = tuple[ThemeNote, ...]


def length_of(notes: Sequence[ThemeNote]) -> Fraction:
    """Length in quarter notes, from the statement's beginning to the end of its last sounding note."""
    return max((note.onset + note.duration for note in notes), default=Fraction(0))


def round_up(quarters: Fraction, unit: Fraction = Fraction(1)) -> Fraction:
    """Round a length up to whole units."""
    return -(-quarters // unit) * unit


def sort_notes(notes: Sequence[ThemeNote]) -> Notes:
    """Sort by onset, then from the top voice down."""
    return tuple(sorted(notes, key=lambda n: (n.onset, -n.pitch, n.duration)))


def shift(notes: Sequence[ThemeNote], quarters: Fraction) -> Notes:
    """Move all notes later by ``quarters`` (earlier if negative)."""
    return tuple(replace(n, onset=n.onset + quarters) for n in notes)


def transpose(notes: Sequence[ThemeNote], semitones: int) -> Notes:
    """Move every note by the same number of semitones."""
    return tuple(replace(n, pitch=n.pitch + semitones) for n in notes)


def transpose_octaves(notes: Sequence[ThemeNote], octaves: int) -> Notes:
    """Move every note by octaves."""
    return transpose(notes, SEMITONES * octaves)


def transpose_in_key(notes: Sequence[ThemeNote], steps: int, key: ThemeKey) -> Notes:
    """Move every note along the scale; chromatic notes keep their alteration."""
    placed = [degree_of(n.pitch, key) for n in notes]
    return tuple(
        replace(note, pitch=pitch_of(degree + steps, key, alteration))
        for note, (degree, alteration) in zip(notes, placed, strict=True)
    )


def change_key(notes: Sequence[ThemeNote], old: ThemeKey, new: ThemeKey) -> Notes:
    """Keep the degrees, change tonic and mode."""
    return tuple(replace(n, pitch=move_to_key(n.pitch, old, new)) for n in notes)


def stretch(notes: Sequence[ThemeNote], factor: Fraction) -> Notes:
    """Augment (``factor`` above 1) or diminish (below 1)."""
    return tuple(replace(n, onset=n.onset * factor, duration=n.duration * factor) for n in notes)


def take_head(notes: Sequence[ThemeNote], count: int) -> Notes:
    """Keep the first ``count`` notes."""
    return tuple(notes[:count])


def take_tail(notes: Sequence[ThemeNote], count: int) -> Notes:
    """Keep the last ``count`` notes, moved to the beginning."""
    kept = tuple(notes[-count:]) if count else ()
    return shift(kept, -kept[0].onset) if kept else ()


def keep_rhythm(notes: Sequence[ThemeNote]) -> Notes:
    """Keep the rhythm, all on the first note's pitch."""
    return tuple(replace(n, pitch=notes[0].pitch) for n in notes)


def invert_real(notes: Sequence[ThemeNote], axis: int | None = None) -> Notes:
    """Mirror the pitches in semitones at the MIDI pitch ``axis``, or at the first note."""
    if not notes:
        return ()
    centre = notes[0].pitch if axis is None else axis
    return tuple(replace(n, pitch=2 * centre - n.pitch) for n in notes)


def invert_tonal(notes: Sequence[ThemeNote], key: ThemeKey, axis: int | None = None) -> Notes:
    """Mirror the degrees at the MIDI pitch ``axis``, or at the first note: the inversion stays in the key."""
    if not notes:
        return ()
    centre, _ = degree_of(notes[0].pitch if axis is None else axis, key)
    placed = [degree_of(n.pitch, key) for n in notes]
    return tuple(
        replace(note, pitch=pitch_of(2 * centre - degree, key, -alteration))
        for note, (degree, alteration) in zip(notes, placed, strict=True)
    )


def reverse(notes: Sequence[ThemeNote]) -> Notes:
    """Play the notes backwards (retrograde), between the same beginning and end."""
    edges = min((n.onset for n in notes), default=Fraction(0)) + length_of(notes)
    return sort_notes([replace(n, onset=edges - n.onset - n.duration) for n in notes])


def repeat_in_sequence(notes: Sequence[ThemeNote], steps: int, count: int, key: ThemeKey) -> Notes:
    """State the notes ``count`` times, each ``steps`` of the scale from the one before, on the next whole beat."""
    every = round_up(length_of(notes))
    return tuple(n for k in range(count) for n in shift(transpose_in_key(notes, k * steps, key), k * every))


def cut_cell(notes: Sequence[ThemeNote], bar: Fraction) -> Notes:
    """Take the cell: the notes that begin in the first ``bar`` quarters, cut off at the bar line."""
    inside = [n for n in notes if n.onset < bar]
    return tuple(replace(n, duration=min(n.duration, bar - n.onset)) for n in inside)


def repeat_cell(notes: Sequence[ThemeNote], count: int, bar: Fraction) -> Notes:
    """Make an ostinato: the cell ``count`` times, once a bar of ``bar`` quarters."""
    pattern = cut_cell(notes, bar)
    return tuple(n for k in range(count) for n in shift(pattern, k * bar))


def make_canon(notes: Sequence[ThemeNote], delay: Fraction, steps: int, key: ThemeKey) -> tuple[Notes, Notes]:
    """Make a canon: the leading voice, and the one ``delay`` quarters later and ``steps`` of the scale away.

    A delay shorter than the theme is a stretto.
    """
    return tuple(notes), shift(transpose_in_key(notes, steps, key), delay)
