"""Add ornaments to a melody, and take them out again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from model.motifs.degrees import degree_of, pitch_of
from model.motifs.language import ThemeKey, ThemeNote
from model.motifs.shapes import Notes

_SHORTEST_QUARTERS = Fraction(1, 2)
_ORNAMENT_ACCENT_SHARE = 0.7
_ORNAMENTED_SHARE = 0.5
_BELOW_SHARE = 0.5  # of the ornaments; the others go to the note above
_LARGEST_STEP_SEMITONES = 2
_THIRD = 2  # degrees apart
_NEIGHBOURS = 2  # notes on either side whose length counts as usual


def ornament(notes: Sequence[ThemeNote], key: ThemeKey, seed: int) -> Notes:
    """Ornament about half of the notes that are long enough; the first and the last stay plain.

    An ornamented note keeps its onset, pitch and length; its end becomes a neighbour note, a turn, or a passing note
    to the next note. The same seed ornaments the same notes in the same way.
    """
    rng = np.random.default_rng(seed)
    found: list[ThemeNote] = []
    for index, note in enumerate(notes):
        following = notes[index + 1] if index + 1 < len(notes) else None
        chosen, above = rng.random() < _ORNAMENTED_SHARE, rng.random() >= _BELOW_SHARE
        plain = index == 0 or following is None or note.duration < _SHORTEST_QUARTERS or not chosen
        side = 1 if above else -1
        found.extend([note] if plain or following is None else _ornament_note(note, following, key, side))
    return tuple(found)


def simplify(notes: Sequence[ThemeNote]) -> Notes:
    """Take out short notes that only ornament: at most half the usual length, a step from their neighbours.

    The note before is lengthened by what is taken out, so the melody stays connected.
    """
    kept: list[ThemeNote] = []
    for index, note in enumerate(notes):
        ornaments = 0 < index < len(notes) - 1 and _is_ornament(notes, index)
        if ornaments or (kept and _ends_turn(kept[-1], note, notes[index - 1])):
            before = kept.pop()
            note = replace(before, duration=note.onset + note.duration - before.onset)  # noqa: PLW2901
        kept.append(note)
    return tuple(kept)


def _ornament_note(note: ThemeNote, following: ThemeNote, key: ThemeKey, side: int) -> list[ThemeNote]:
    """Ornament one note: a passing note up to a third away, else a turn or a neighbour note on ``side`` (1 or -1)."""
    degree, alteration = degree_of(note.pitch, key)
    target, _ = degree_of(following.pitch, key)
    quarter = note.duration / 4
    soft = note.accent * _ORNAMENT_ACCENT_SHARE
    if not alteration and abs(target - degree) == _THIRD:
        passing = pitch_of((target + degree) // 2, key)
        return _split_note(note, [(note.duration - quarter, note.pitch, note.accent), (quarter, passing, soft)])
    neighbour = pitch_of(degree + side, key)
    if note.duration >= 1:  # room for a turn: note, neighbour, note
        half = note.duration / 2
        turn = [(half, note.pitch, note.accent), (quarter, neighbour, soft), (quarter, note.pitch, soft)]
        return _split_note(note, turn)
    return _split_note(note, [(note.duration - quarter, note.pitch, note.accent), (quarter, neighbour, soft)])


def _split_note(note: ThemeNote, pieces: list[tuple[Fraction, int, float]]) -> list[ThemeNote]:
    """Replace a note by pieces (duration, pitch, accent) that follow each other from its onset."""
    onset, found = note.onset, list[ThemeNote]()
    for duration, pitch, accent in pieces:
        found.append(ThemeNote(onset, duration, pitch, accent))
        onset += duration
    return found


def _is_ornament(notes: Sequence[ThemeNote], index: int) -> bool:
    """Tell whether the note is short beside those around it, and a step from both neighbours."""
    note, before, after = notes[index], notes[index - 1], notes[index + 1]
    near = [*notes[max(0, index - _NEIGHBOURS) : index], *notes[index + 1 : index + 1 + _NEIGHBOURS]]
    usual = sorted(n.duration for n in near)[len(near) // 2]
    approached = 0 < abs(note.pitch - before.pitch) <= _LARGEST_STEP_SEMITONES
    left = abs(note.pitch - after.pitch) <= _LARGEST_STEP_SEMITONES + 1
    return note.duration * 2 <= max(usual, before.duration) and approached and left and note.duration < 1


def _ends_turn(kept: ThemeNote, note: ThemeNote, original: ThemeNote) -> bool:
    """Tell whether a turn comes back to its note: the same pitch right after a note that was taken out."""
    taken_out = original.pitch != kept.pitch
    return taken_out and note.pitch == kept.pitch and note.duration * 2 <= kept.duration
