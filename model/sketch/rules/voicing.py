"""Chords as pitches: the voicing that moves least from the one before, without parallel fifths or octaves."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations, pairwise

from model.motifs.harmony import chord_tones
from model.motifs.language import Chord

_FIFTH, _OCTAVE = 7, 12
_CLOSE, _LOW_CLOSE, _WIDE = 2, 4, 9
_LOW = 52
_PARALLEL, _MISSING, _DOUBLED_THIRD = 9.0, 6.0, 2.0
Pitches = tuple[int, ...]


def voiced(
    chord: Chord, before: Pitches, low: int, high: int, voices: int = 3, bass: tuple[int, int] | None = None
) -> Pitches:
    """Find the voicing of a chord between two pitches that goes best from ``before`` (empty at the beginning).

    ``bass`` is the bass note before and now: no voice moves with it in parallel fifths or octaves. Pitches ascend.
    """
    tones = chord_tones(chord)
    centre = (low + high) / 2
    options = _voicings(tones, low, high, voices)
    if not options:
        return tuple(p for p in range(low, high + 1) if p % 12 == chord.root)[:1]
    return min(options, key=lambda v: (_cost(v, before, tones, centre, bass), v))


def nearest_tone(chord: Chord, near: int, low: int, high: int) -> int:
    """Find the chord tone nearest to a pitch inside a range; below it where two are as near."""
    tones = set(chord_tones(chord))
    inside = [p for p in range(low, high + 1) if p % 12 in tones]
    return min(inside, key=lambda p: (abs(p - near), p)) if inside else min(max(near, low), high)


def moves_in_parallel(a: tuple[int, int], b: tuple[int, int]) -> bool:
    """Whether two voices (before, now) move the same way into a fifth or octave from the same interval."""
    if a[0] == a[1] or b[0] == b[1] or (a[1] > a[0]) != (b[1] > b[0]):
        return False
    first, second = abs(a[0] - b[0]) % _OCTAVE, abs(a[1] - b[1]) % _OCTAVE
    return first == second and second in (0, _FIFTH)


@lru_cache(maxsize=4096)
def _voicings(tones: tuple[int, ...], low: int, high: int, voices: int) -> tuple[Pitches, ...]:
    inside = [p for p in range(low, high + 1) if p % 12 in tones]
    return tuple(v for v in combinations(inside, voices) if _playable(v))


def _playable(voicing: Pitches) -> bool:
    return all((_LOW_CLOSE if a < _LOW else _CLOSE) <= b - a <= _WIDE for a, b in pairwise(voicing))


def _cost(
    voicing: Pitches, before: Pitches, tones: Sequence[int], centre: float, bass: tuple[int, int] | None
) -> float:
    classes = [p % 12 for p in voicing]
    wanted = tones[1:] if len(tones) > len(voicing) else tones
    cost = _MISSING * sum(t not in classes for t in wanted)
    cost += _DOUBLED_THIRD * (classes.count(tones[1]) > 1)
    cost += 0.3 * abs(sum(voicing) / len(voicing) - centre)
    if len(before) != len(voicing):
        return cost
    moves = list(zip(before, voicing, strict=True))
    cost += sum(abs(b - a) for a, b in moves)
    pairs = [*combinations(moves, 2), *((bass, m) for m in moves if bass is not None)]
    return cost + _PARALLEL * sum(moves_in_parallel(a, b) for a, b in pairs)
