"""Voice chords: the pitches that move least from the chord before, without parallel fifths or octaves."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations, pairwise

from model.motifs.harmony import chord_tones
from model.motifs.language import Chord

_FIFTH_SEMITONES = 7
_OCTAVE_SEMITONES = 12
_CLOSEST_SEMITONES = 2
_CLOSEST_LOW_SEMITONES = 4  # below ``_LOW_PITCH`` closer notes sound muddy
_WIDEST_SEMITONES = 9
_LOW_PITCH = 52  # MIDI
_PARALLEL_COST = 9.0  # in semitones of motion, which cost 1 each
_MISSING_TONE_COST = 6.0  # in semitones of motion
_DOUBLED_THIRD_COST = 2.0  # in semitones of motion
_OFF_CENTRE_COST = 0.3  # for each semitone the mean is off the middle of the range
Pitches = tuple[int, ...]


def voice_chord(
    chord: Chord, before: Pitches, low: int, high: int, voices: int = 3, bass: tuple[int, int] | None = None
) -> Pitches:
    """Voice a chord between the pitches ``low`` and ``high``, leading from ``before`` (empty at the beginning).

    ``bass``: the bass note before and now; no voice moves with it in parallel fifths or octaves. Pitches ascend.
    """
    tones = chord_tones(chord)
    centre = (low + high) / 2
    options = _voicings(tones, low, high, voices)
    if not options:
        return tuple(p for p in range(low, high + 1) if p % 12 == chord.root)[:1]
    return min(options, key=lambda v: (_cost(v, before, tones, centre, bass), v))


def nearest_tone(chord: Chord, near: int, low: int, high: int) -> int:
    """Tone of a chord nearest to a pitch in a range; the lower of two equally near."""
    tones = set(chord_tones(chord))
    inside = [p for p in range(low, high + 1) if p % 12 in tones]
    return min(inside, key=lambda p: (abs(p - near), p)) if inside else min(max(near, low), high)


def moves_in_parallel(a: tuple[int, int], b: tuple[int, int]) -> bool:
    """Tell whether two voices (before, now) move in parallel fifths or octaves."""
    if a[0] == a[1] or b[0] == b[1] or (a[1] > a[0]) != (b[1] > b[0]):
        return False
    first, second = abs(a[0] - b[0]) % _OCTAVE_SEMITONES, abs(a[1] - b[1]) % _OCTAVE_SEMITONES
    return first == second and second in (0, _FIFTH_SEMITONES)


@lru_cache(maxsize=4096)
def _voicings(tones: tuple[int, ...], low: int, high: int, voices: int) -> tuple[Pitches, ...]:
    inside = [p for p in range(low, high + 1) if p % 12 in tones]
    return tuple(v for v in combinations(inside, voices) if _is_spaced_well(v))


def _is_spaced_well(voicing: Pitches) -> bool:
    """Tell whether neighbours are neither too close, more so in the low register, nor too wide."""
    return all(
        (_CLOSEST_LOW_SEMITONES if a < _LOW_PITCH else _CLOSEST_SEMITONES) <= b - a <= _WIDEST_SEMITONES
        for a, b in pairwise(voicing)
    )


def _cost(
    voicing: Pitches, before: Pitches, tones: Sequence[int], centre: float, bass: tuple[int, int] | None
) -> float:
    """Cost of a voicing: missing and doubled tones, distance from the centre, motion and parallels."""
    classes = [p % 12 for p in voicing]
    wanted = tones[1:] if len(tones) > len(voicing) else tones
    cost = _MISSING_TONE_COST * sum(t not in classes for t in wanted)
    cost += _DOUBLED_THIRD_COST * (classes.count(tones[1]) > 1)
    cost += _OFF_CENTRE_COST * abs(sum(voicing) / len(voicing) - centre)
    if len(before) != len(voicing):
        return cost
    moves = list(zip(before, voicing, strict=True))
    cost += sum(abs(b - a) for a, b in moves)
    pairs = [*combinations(moves, 2), *((bass, m) for m in moves if bass is not None)]
    return cost + _PARALLEL_COST * sum(moves_in_parallel(a, b) for a, b in pairs)
