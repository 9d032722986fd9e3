"""Ornament and simplify: more or fewer notes around the same melody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from model.motifs.degrees import degree_of, pitch_of
from model.motifs.language import ThemeKey, ThemeNote
from model.motifs.shapes import Notes

_SHORTEST = Fraction(1, 2)
_GRACE_ACCENT = 0.7
_SHARE = 0.5
_NEAR = 2
_LOOK = 2


def ornament(notes: Sequence[ThemeNote], key: ThemeKey, seed: int) -> Notes:
    """Decorate about half of the notes long enough for it; the first and the last stay plain.

    A decorated note keeps its onset, pitch and length; its end is given to a neighbour, a turn back through one, or a
    passing note to the next. The same seed decorates the same notes in the same way.
    """
    rng = np.random.default_rng(seed)
    found: list[ThemeNote] = []
    for index, note in enumerate(notes):
        following = notes[index + 1] if index + 1 < len(notes) else None
        wanted, side = rng.random() < _SHARE, -1 if rng.random() < _SHARE else 1
        plain = index == 0 or following is None or note.duration < _SHORTEST or not wanted
        found.extend([note] if plain or following is None else _decorated(note, following, key, side))
    return tuple(found)


def simplify(notes: Sequence[ThemeNote]) -> Notes:
    """Take out short notes that only decorate: under half the usual length, by step between their neighbours.

    What is taken out lengthens the note before it, so the melody stays connected.
    """
    kept: list[ThemeNote] = []
    for index, note in enumerate(notes):
        decorates = 0 < index < len(notes) - 1 and _decorates(notes, index)
        if decorates or (kept and _repeats(kept[-1], note, notes[index - 1])):
            before = kept.pop()
            note = replace(before, duration=note.onset + note.duration - before.onset)  # noqa: PLW2901
        kept.append(note)
    return tuple(kept)


def _decorated(note: ThemeNote, following: ThemeNote, key: ThemeKey, side: int) -> list[ThemeNote]:
    degree, alteration = degree_of(note.pitch, key)
    target, _ = degree_of(following.pitch, key)
    quarter = note.duration / 4
    soft = note.accent * _GRACE_ACCENT
    if not alteration and abs(target - degree) == _NEAR:  # a third: fill it
        between = pitch_of((target + degree) // 2, key)
        return _cut(note, [(note.duration - quarter, note.pitch, note.accent), (quarter, between, soft)])
    neighbour = pitch_of(degree + side, key)
    if note.duration >= 1:  # room for a turn: note, neighbour, note
        half = note.duration / 2
        return _cut(note, [(half, note.pitch, note.accent), (quarter, neighbour, soft), (quarter, note.pitch, soft)])
    return _cut(note, [(note.duration - quarter, note.pitch, note.accent), (quarter, neighbour, soft)])


def _cut(note: ThemeNote, pieces: list[tuple[Fraction, int, float]]) -> list[ThemeNote]:
    onset, found = note.onset, list[ThemeNote]()
    for duration, pitch, accent in pieces:
        found.append(ThemeNote(onset, duration, pitch, accent))
        onset += duration
    return found


def _decorates(notes: Sequence[ThemeNote], index: int) -> bool:
    """Whether the note is short beside those around it and leaves and arrives by step."""
    note, before, after = notes[index], notes[index - 1], notes[index + 1]
    near = [*notes[max(0, index - _LOOK) : index], *notes[index + 1 : index + 1 + _LOOK]]
    usual = sorted(n.duration for n in near)[len(near) // 2]
    by_step = 0 < abs(note.pitch - before.pitch) <= _NEAR and abs(note.pitch - after.pitch) <= _NEAR + 1
    return note.duration * 2 <= max(usual, before.duration) and by_step and note.duration < 1


def _repeats(kept: ThemeNote, note: ThemeNote, original: ThemeNote) -> bool:
    """Whether a turn comes back: the same pitch right after a note that was taken out."""
    taken = original.pitch != kept.pitch
    return taken and note.pitch == kept.pitch and note.duration * 2 <= kept.duration
