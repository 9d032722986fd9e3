"""Harmonise a melody: the cheapest path through a lattice of chords.

A column of the lattice is a slot of time (half a bar or a bar), a row a chord of the style's vocabulary. The cost of a
path is that of the melody's notes over each chord, of each chord's rarity, and of each step from chord to chord. The
cheapest path is found by dynamic programming (Viterbi); the seed only decides between paths of nearly the same cost.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from model.errors import ThemeInvalid
from model.motifs.degrees import SEMITONES
from model.motifs.language import STEPS, Chord, ThemeKey, ThemeNote

STYLES = ("functional", "modal", "chromatic")
QUALITIES: dict[str, tuple[int, ...]] = {
    "maj": (0, 4, 7),
    "min": (0, 3, 7),
    "dim": (0, 3, 6),
    "aug": (0, 4, 8),
    "sus4": (0, 5, 7),
    "7": (0, 4, 7, 10),
    "maj7": (0, 4, 7, 11),
    "min7": (0, 3, 7, 10),
    "dim7": (0, 3, 6, 9),
}
_MINOR_THIRD_SEMITONES = 3
_FIFTH_SEMITONES = 7
_DIMINISHED_FIFTH_SEMITONES = 6
_AUGMENTED_FIFTH_SEMITONES = 8
# Costs are relative to each other: a note outside its chord, a whole slot long and on the beat, costs about 3.
_MELODY_FACTOR = 3.0  # how much the melody counts beside the progression
_ON_BEAT_FACTOR = 1.0  # notes on a beat count fully
_OFF_BEAT_FACTOR = 0.45  # notes off the beat pass by, so they may be outside the chord
_OUTSIDE_COST = 1.0  # a note outside the chord
_CLASH_COST = 0.8  # added where it is a semitone above a chord note
_SAME_CHORD_COST = 0.35  # the harmony stands still
_SAME_ROOT_COST = 0.1  # only the quality changes
_RANDOM_COST = 0.12  # at most, added to each chord by the seed, which so decides between near-ties
_NOT_TONIC_FIRST_COST = 1.2  # a phrase may begin elsewhere if its melody asks for it
_NOT_TONIC_LAST_COST = 100.0  # above any melody's cost: a closed phrase always ends on the tonic
_MOST_SLOTS = 4096  # the lattice grows with the melody; a theme has under a hundred
Costs = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _LatticeChord:
    """A chord of the vocabulary.

    ``root``: semitones over the tonic; ``cost``: of its rarity; ``role``: tonic T, subdominant S, dominant D or
    mediant M.
    """

    root: int
    quality: str
    cost: float
    role: str

    @property
    def tones(self) -> frozenset[int]:
        return frozenset((self.root + step) % SEMITONES for step in QUALITIES[self.quality])


def chord_tones(chord: Chord) -> tuple[int, ...]:
    """Tones of a chord as pitch classes 0-11, the root first."""
    return tuple((chord.root + step) % SEMITONES for step in QUALITIES[chord.quality])


def harmonise(
    notes: Sequence[ThemeNote],
    key: ThemeKey,
    seed: int,
    *,
    bar: Fraction = Fraction(4),
    slot: Fraction | None = None,
    style: str = "functional",
    closed: bool = True,
) -> tuple[Chord, ...]:
    """Put chords under a melody.

    Parameters
    ----------
    notes: the melody, from its first beat; silence inside it is harmonised too
    bar: quarter notes a bar; ``slot``: quarter notes a chord, None = half a bar where a bar is even, else a bar
    style: ``functional`` (tonic, predominant, dominant), ``modal`` (the scale's own triads, no leading note made) or
    ``chromatic`` (with mediants a third away and borrowed chords)
    closed: whether the last chord must be the tonic's

    Returns chords that follow each other without gaps from 0 to the bar line after the last note; equal neighbours
    are one chord. Raises ThemeInvalid for an unknown style or no notes.
    """
    if style not in STYLES or not notes:
        raise ThemeInvalid(f"No harmony {style!r}." if notes else "There is no melody to harmonise.")
    every = slot or (bar / 2 if bar % 2 == 0 else bar)
    end = max(n.onset + n.duration for n in notes)
    count = int(-(-end // bar) * bar / every)
    if count > _MOST_SLOTS:
        raise ThemeInvalid("The melody is too long to harmonise at once.")
    vocabulary = _vocabulary(key, style)
    costs = _melody_costs(notes, key, vocabulary, every, count)
    costs += np.random.default_rng(seed).uniform(0, _RANDOM_COST, costs.shape)
    if closed:
        costs[-1] += [0.0 if c.role == "T" and c.root == 0 else _NOT_TONIC_LAST_COST for c in vocabulary]
    costs[0] += [0.0 if c.role == "T" and c.root == 0 else _NOT_TONIC_FIRST_COST for c in vocabulary]
    steps = np.array([[_step_cost(a, b) for b in vocabulary] for a in vocabulary])
    path = [vocabulary[row] for row in _cheapest_path(costs, steps)]
    return join_equal_chords(
        Chord(index * every, every, (key.tonic + chord.root) % SEMITONES, chord.quality)
        for index, chord in enumerate(path)
    )


def join_equal_chords(chords: Iterable[Chord]) -> tuple[Chord, ...]:
    """Join equal neighbours of chords that follow each other without gaps."""
    found: list[Chord] = []
    for chord in chords:
        last = found[-1] if found else None
        if last and (last.root, last.quality) == (chord.root, chord.quality):
            found[-1] = Chord(last.onset, last.duration + chord.duration, last.root, last.quality)
        else:
            found.append(chord)
    return tuple(found)


def _vocabulary(key: ThemeKey, style: str) -> list[_LatticeChord]:
    """List the chords of a style in a key, in a fixed order."""
    found = _triads(key)
    minor = STEPS[key.mode][2] == _MINOR_THIRD_SEMITONES
    if style == "functional":
        found += [
            _LatticeChord(7, "maj", 0.1, "D"),
            _LatticeChord(7, "7", 0.2, "D"),
            _LatticeChord(7, "sus4", 0.8, "D"),
        ]
        found += [_LatticeChord(2, "min7" if not minor else "dim", 0.35, "S")]
    if style == "chromatic":
        third = "min" if minor else "maj"
        found += [_LatticeChord(root, third, 0.3, "M") for root in (3, 4, 8, 9)]
        found += [
            _LatticeChord(5, "min", 0.35, "S"),
            _LatticeChord(10, "maj", 0.35, "S"),
            _LatticeChord(1, "maj", 0.5, "S"),
        ]
        found += [_LatticeChord(0, "maj7" if not minor else "min7", 0.4, "T"), _LatticeChord(4, "aug", 0.7, "D")]
    unique = {(c.root, c.quality): c for c in reversed(found)}
    return [unique[name] for name in sorted(unique)]


def _triads(key: ThemeKey) -> list[_LatticeChord]:
    """Build the scale's own triads; their role (tonic, subdominant, dominant) follows from their root."""
    steps = STEPS[key.mode]
    roles = {0: "T", 1: "S", 2: "T", 3: "S", 4: "D", 5: "T", 6: "D"}
    cost = {0: 0.0, 1: 0.25, 2: 0.4, 3: 0.1, 4: 0.15, 5: 0.2, 6: 0.35}
    found: list[_LatticeChord] = []
    for degree, root in enumerate(steps):
        third = (steps[(degree + 2) % 7] - root) % SEMITONES
        fifth = (steps[(degree + 4) % 7] - root) % SEMITONES
        altered = {_DIMINISHED_FIFTH_SEMITONES: "dim", _AUGMENTED_FIFTH_SEMITONES: "aug"}
        quality = altered.get(fifth, "min" if third == _MINOR_THIRD_SEMITONES else "maj")
        rare = 0.4 if fifth != _FIFTH_SEMITONES else 0.0
        found.append(_LatticeChord(root, quality, cost[degree] + rare, roles[degree]))
    return found


def _melody_costs(
    notes: Sequence[ThemeNote], key: ThemeKey, vocabulary: list[_LatticeChord], every: Fraction, count: int
) -> Costs:
    """Cost float64 [slots, chords]: notes outside the chord, by length and accent, and the chord's rarity."""
    weights = np.zeros((count, SEMITONES))
    for note in notes:
        first, last = int(note.onset // every), int(-(-(note.onset + note.duration) // every))
        for index in range(max(first, 0), min(last, count)):
            start, end = max(note.onset, index * every), min(note.onset + note.duration, (index + 1) * every)
            strong = _ON_BEAT_FACTOR if note.onset % 1 == 0 else _OFF_BEAT_FACTOR
            weight = float((end - start) / every) * strong * (0.6 + 0.8 * note.accent)
            weights[index, (note.pitch - key.tonic) % SEMITONES] += weight
    outside = np.array([[_note_cost(c, pitch) for c in vocabulary] for pitch in range(SEMITONES)])
    rare = np.array([c.cost for c in vocabulary])
    return np.asarray(_MELODY_FACTOR * weights @ outside + rare, dtype=np.float64)


def _note_cost(chord: _LatticeChord, pitch: int) -> float:
    """Cost of a melody note (pitch class over the tonic) over a chord: 0 for a chord note, most for a clash."""
    if pitch in chord.tones:
        return 0.0
    return _OUTSIDE_COST + (_CLASH_COST if (pitch - 1) % SEMITONES in chord.tones else 0.0)


def _step_cost(a: _LatticeChord, b: _LatticeChord) -> float:
    """Cost of going from one chord to the next: cheapest by a fifth down, and from a dominant to the tonic."""
    if a == b:
        return _SAME_CHORD_COST
    if a.root == b.root:
        return _SAME_ROOT_COST
    down = (a.root - b.root) % SEMITONES
    cost = {7: 0.0, 5: 0.15, 3: 0.2, 4: 0.25, 8: 0.3, 9: 0.3, 2: 0.3, 10: 0.2, 1: 0.5, 11: 0.5, 6: 0.8}[down]
    resolution = {"DT": -0.15, "DS": 0.5, "SD": -0.05, "MM": 0.1}.get(a.role + b.role, 0.0)
    return cost + resolution


def _cheapest_path(costs: Costs, steps: Costs) -> list[int]:
    """Rows of the cheapest path through ``costs`` [slots, chords] with ``steps`` [chords, chords] (Viterbi)."""
    total, came_from = costs[0], list[npt.NDArray[np.intp]]()
    for column in costs[1:]:
        through = total[:, None] + steps
        came_from.append(through.argmin(axis=0))
        total = through.min(axis=0) + column
    path = [int(total.argmin())]
    for back in reversed(came_from):
        path.append(int(back[path[-1]]))
    return path[::-1]
