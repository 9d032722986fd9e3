"""From notes on the page to notes as played: small deviations, phrases that breathe, hits exact.

Sizes follow what is measured in ensembles: players of one section scatter by some milliseconds around the beat. A
note on a landed hit is never moved and never softened.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from model.render.engine import RATE
from model.sketch.sketch_types import PartNote, VoiceRole
from model.time import Beat
from model.timing.tempo_map import TempoMap

_TOGETHER_S = 0.004  # the section drifts by this (standard deviation) ...
_APART_S = 0.002  # ... and each player by this
_MOST_S = 0.011
_LIFT = RATE * 8 // 100  # what ends on a hit is let go 80 ms before it: an accent needs silence in front
_VELOCITY = 3.0
_ARCH = 7.0  # velocity from the edge of a phrase to its top
_TOP = 0.6  # where in the phrase the top lies
_LONGEST_PHRASE = Fraction(16)
_BREATH = Fraction(1)
_LENGTHS = {"staccato": Fraction(1, 2), "marcato": Fraction(17, 20), "accent": Fraction(19, 20)}
_SUNG = frozenset({VoiceRole.MELODY, VoiceRole.COUNTER})


@dataclass(frozen=True, slots=True)
class Played:
    """A note as played: samples from the start of the stems, intended onset and end; ``exact`` if it is a hit."""

    start: int
    end: int
    pitch: int
    velocity: int
    articulation: str = ""
    exact: bool = False


def humanise(
    notes: Sequence[PartNote],
    tempo_map: TempoMap,
    place: Callable[[Fraction], int],
    *,
    hits: frozenset[Beat],
    last: int,
    rng: np.random.Generator,
) -> list[Played]:
    """Play one part.

    Parameters
    ----------
    place: from exact seconds of the reel to a sample of the stems
    hits: beats whose notes stay exactly where they are
    last: sample of the cue's out; no note is held beyond it
    rng: draws in the order of the notes, so that the same seed plays the same
    """
    arches = _arches(notes)
    drift: dict[Beat, float] = {}
    played: list[Played] = []
    for note, arch in zip(notes, arches, strict=True):
        exact = note.onset in hits
        together = drift.setdefault(note.onset, float(rng.normal(0, _TOGETHER_S)))
        apart, loud = float(rng.normal(0, _APART_S)), float(rng.normal(0, _VELOCITY))
        off_s = 0.0 if exact else min(max(together + apart, -_MOST_S), _MOST_S)
        swell = 0.0 if exact else loud + arch + _metric(note, tempo_map)
        held = note.duration * _LENGTHS.get(note.articulation, Fraction(1))
        start = place(tempo_map.seconds(note.onset))
        end = min(place(tempo_map.seconds(note.onset + held)), last)
        if note.onset + note.duration in hits:
            end -= _LIFT
        if start >= last:
            continue
        played.append(
            Played(
                start=start + round(off_s * RATE),
                end=max(end, start + 1),
                pitch=note.pitch,
                velocity=min(max(round(note.velocity + swell), 1), 127),
                articulation=note.articulation,
                exact=exact,
            )
        )
    return played


def _metric(note: PartNote, tempo_map: TempoMap) -> float:
    """Lean on the first beat of a bar, step lightly between beats."""
    _, into = tempo_map.position(note.onset)
    if into == 0:
        return 2.0
    return 0.0 if into.denominator == 1 else -2.0


def _arches(notes: Sequence[PartNote]) -> list[float]:
    """Velocity to add to each note of the part for its place in the phrase: only lines that sing have phrases."""
    out = [0.0] * len(notes)
    sung = [i for i, note in enumerate(notes) if note.role in _SUNG]
    first = 0
    for k in range(1, len(sung) + 1):
        if k == len(sung) or _breathes(notes[sung[first]], notes[sung[k - 1]], notes[sung[k]]):
            _shape(notes, sung[first:k], out)
            first = k
    return out


def _breathes(first: PartNote, before: PartNote, now: PartNote) -> bool:
    gap = now.onset - (before.onset + before.duration)
    return gap >= _BREATH or now.onset - first.onset >= _LONGEST_PHRASE


def _shape(notes: Sequence[PartNote], phrase: list[int], out: list[float]) -> None:
    start, length = notes[phrase[0]].onset, notes[phrase[-1]].onset - notes[phrase[0]].onset
    if length <= 0:
        return
    for index in phrase:
        share = float((notes[index].onset - start) / length)
        slope = share / _TOP if share <= _TOP else (1 - share) / (1 - _TOP)
        out[index] = _ARCH * (slope - 0.5)
