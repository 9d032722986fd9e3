"""Harmonise a melody: the cheapest way through a lattice of chords.

One column of the lattice is a slot (half a bar or a bar), one row a chord of the style's vocabulary. A chord costs what
the melody's notes over it cost, and what the step from the chord before costs; phrases end on the tonic. Cheapest
path by dynamic programming (Viterbi); the seed only breaks near-ties.
"""

from __future__ import annotations

from collections.abc import Sequence
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
_MINOR_THIRD, _FIFTH, _DIMINISHED, _AUGMENTED = 3, 7, 6, 8
_ON_THE_BEAT, _OFF_THE_BEAT = 1.0, 0.45
_OUTSIDE, _CLASH = 1.0, 0.8
_STAY, _HELD = 0.35, 0.1
_SPREAD = 0.12
_MELODY = 3.0
_NOT_BEGUN, _NOT_HOME = 1.2, 100.0
_LONGEST_SLOTS = 4096
Costs = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A chord of the vocabulary: semitones of its root over the tonic, and what it costs to be this unusual."""

    root: int
    quality: str
    cost: float
    role: str

    @property
    def tones(self) -> frozenset[int]:
        return frozenset((self.root + step) % SEMITONES for step in QUALITIES[self.quality])


def chord_tones(chord: Chord) -> tuple[int, ...]:
    """Pitch classes of a chord, the root first."""
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
    if count > _LONGEST_SLOTS:
        raise ThemeInvalid("The melody is too long to harmonise at once.")
    vocabulary = _vocabulary(key, style)
    fit = _melody_costs(notes, key, vocabulary, every, count)
    fit += np.random.default_rng(seed).uniform(0, _SPREAD, fit.shape)
    if closed:
        fit[-1] += [0.0 if c.role == "T" and c.root == 0 else _NOT_HOME for c in vocabulary]
    fit[0] += [0.0 if c.role == "T" and c.root == 0 else _NOT_BEGUN for c in vocabulary]
    steps = np.array([[_step(a, b) for b in vocabulary] for a in vocabulary])
    return _merged([vocabulary[row] for row in _cheapest(fit, steps)], key, every)


def _vocabulary(key: ThemeKey, style: str) -> list[_Candidate]:
    found = _triads(key)
    minor = STEPS[key.mode][2] == _MINOR_THIRD
    if style == "functional":
        found += [_Candidate(7, "maj", 0.1, "D"), _Candidate(7, "7", 0.2, "D"), _Candidate(7, "sus4", 0.8, "D")]
        found += [_Candidate(2, "min7" if not minor else "dim", 0.35, "S")]
    if style == "chromatic":
        third = "min" if minor else "maj"
        found += [_Candidate(root, third, 0.3, "M") for root in (3, 4, 8, 9)]
        found += [_Candidate(5, "min", 0.35, "S"), _Candidate(10, "maj", 0.35, "S"), _Candidate(1, "maj", 0.5, "S")]
        found += [_Candidate(0, "maj7" if not minor else "min7", 0.4, "T"), _Candidate(4, "aug", 0.7, "D")]
    unique = {(c.root, c.quality): c for c in reversed(found)}
    return [unique[name] for name in sorted(unique)]


def _triads(key: ThemeKey) -> list[_Candidate]:
    """Build the scale's own triads; which of them are tonic, subdominant or dominant follows from their root."""
    steps = STEPS[key.mode]
    roles = {0: "T", 1: "S", 2: "T", 3: "S", 4: "D", 5: "T", 6: "D"}
    cost = {0: 0.0, 1: 0.25, 2: 0.4, 3: 0.1, 4: 0.15, 5: 0.2, 6: 0.35}
    found: list[_Candidate] = []
    for degree, root in enumerate(steps):
        third = (steps[(degree + 2) % 7] - root) % SEMITONES
        fifth = (steps[(degree + 4) % 7] - root) % SEMITONES
        quality = {_DIMINISHED: "dim", _AUGMENTED: "aug"}.get(fifth, "min" if third == _MINOR_THIRD else "maj")
        rare = 0.4 if fifth != _FIFTH else 0.0
        found.append(_Candidate(root, quality, cost[degree] + rare, roles[degree]))
    return found


def _melody_costs(
    notes: Sequence[ThemeNote], key: ThemeKey, vocabulary: list[_Candidate], every: Fraction, count: int
) -> Costs:
    """Cost float64 [slots, chords]: notes outside the chord, by length and accent, and the chord's rarity."""
    weights = np.zeros((count, SEMITONES))
    for note in notes:
        first, last = int(note.onset // every), int(-(-(note.onset + note.duration) // every))
        for index in range(max(first, 0), min(last, count)):
            start, end = max(note.onset, index * every), min(note.onset + note.duration, (index + 1) * every)
            strong = _ON_THE_BEAT if note.onset % 1 == 0 else _OFF_THE_BEAT
            held = float((end - start) / every) * strong * (0.6 + 0.8 * note.accent)
            weights[index, (note.pitch - key.tonic) % SEMITONES] += held
    outside = np.array([[_foreign(c, pitch) for c in vocabulary] for pitch in range(SEMITONES)])
    rare = np.array([c.cost for c in vocabulary])
    return np.asarray(_MELODY * weights @ outside + rare, dtype=np.float64)


def _foreign(chord: _Candidate, pitch: int) -> float:
    """Cost of a melody note over a chord: free inside; a semitone over a chord note clashes."""
    if pitch in chord.tones:
        return 0.0
    return _OUTSIDE + (_CLASH if (pitch - 1) % SEMITONES in chord.tones else 0.0)


def _step(a: _Candidate, b: _Candidate) -> float:
    """Cost of going from one chord to the next: by fifth down it is cheapest, dominants want the tonic."""
    if a == b:
        return _STAY
    if a.root == b.root:
        return _HELD
    down = (a.root - b.root) % SEMITONES
    cost = {7: 0.0, 5: 0.15, 3: 0.2, 4: 0.25, 8: 0.3, 9: 0.3, 2: 0.3, 10: 0.2, 1: 0.5, 11: 0.5, 6: 0.8}[down]
    resolution = {"DT": -0.15, "DS": 0.5, "SD": -0.05, "MM": 0.1}.get(a.role + b.role, 0.0)
    return cost + resolution


def _cheapest(fit: Costs, steps: Costs) -> list[int]:
    """Viterbi: rows of the cheapest path through ``fit`` [slots, chords] with ``steps`` [chords, chords]."""
    total, came = fit[0], list[npt.NDArray[np.intp]]()
    for column in fit[1:]:
        through = total[:, None] + steps
        came.append(through.argmin(axis=0))
        total = through.min(axis=0) + column
    path = [int(total.argmin())]
    for back in reversed(came):
        path.append(int(back[path[-1]]))
    return path[::-1]


def _merged(path: list[_Candidate], key: ThemeKey, every: Fraction) -> tuple[Chord, ...]:
    chords: list[Chord] = []
    for index, found in enumerate(path):
        root = (key.tonic + found.root) % SEMITONES
        if chords and (chords[-1].root, chords[-1].quality) == (root, found.quality):
            last = chords.pop()
            chords.append(Chord(last.onset, last.duration + every, root, found.quality))
        else:
            chords.append(Chord(index * every, every, root, found.quality))
    return tuple(chords)
