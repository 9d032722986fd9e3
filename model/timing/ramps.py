"""Ritardandi and accelerandi: a tempo change drawn out over a few beats, without moving what lies outside them.

The beats' lengths run evenly from the old to the new one, half of them on either side of the change. Their sum is then
exactly that of the plain change, so no later beat moves; only hits inside the ramp can, and if one would leave its
window the ramp is made shorter.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from model.time import Beat
from model.timing.tempo_map import Tempo, TempoMap

LONGEST_HALF, LEAST_STEP = 4, Fraction(1, 50)


def with_ramps(tempo_map: TempoMap, as_good: Callable[[TempoMap], bool]) -> TempoMap:
    """Draw out every change above 2 % as far as it stays ``as_good``; steps are a beat long and carry the label."""
    out = tempo_map
    for turn in tempo_map.tempi[1:]:
        for half in range(LONGEST_HALF, 0, -1):
            drawn = _drawn(out, turn, half)
            if drawn is not None and as_good(drawn):
                out = drawn
                break
    return out


def _drawn(tempo_map: TempoMap, turn: Tempo, half: int) -> TempoMap | None:
    """Spread one change over ``2 * half`` beats; None where it is small or its neighbours are in the way."""
    index = tempo_map.tempi.index(turn)
    before = tempo_map.tempi[index - 1]
    after = tempo_map.tempi[index + 1] if index + 1 < len(tempo_map.tempi) else None
    begin, end = Beat(turn.beat.quarters - half), turn.beat + Fraction(half)
    ratio = max(turn.bpm / before.bpm, before.bpm / turn.bpm)
    blocked = begin <= before.beat or end > tempo_map.end or (after is not None and end >= after.beat)
    if ratio - 1 < LEAST_STEP or blocked:
        return None
    label = "ritardando" if turn.bpm < before.bpm else "accelerando"
    old, new = 60 / before.bpm, 60 / turn.bpm
    lengths = [old + (new - old) * Fraction(2 * n + 1, 4 * half) for n in range(2 * half)]
    steps = [Tempo(begin + Fraction(n), 60 / length, label) for n, length in enumerate(lengths)]
    tempi = (*tempo_map.tempi[:index], *steps, Tempo(end, turn.bpm), *tempo_map.tempi[index + 1 :])
    return replace(tempo_map, tempi=tempi)
