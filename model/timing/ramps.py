"""Ritardandi and accelerandi: a tempo change spread over a few beats, without moving any beat outside them.

The lengths of the beats run evenly from the old to the new one, half of the beats on either side of the change. They
add up to exactly what the plain change takes, so no later beat moves. Hits inside the ramp do move; if one would leave
its window, the ramp is made shorter.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from model.time import Beat
from model.timing.tempo_map import Tempo, TempoMap

LONGEST_HALF_BEATS = 4
SMALLEST_STEP_SHARE = Fraction(1, 50)


def with_ramps(tempo_map: TempoMap, is_as_good: Callable[[TempoMap], bool]) -> TempoMap:
    """Spread every tempo change above 2 % over as many beats as ``is_as_good`` accepts, at most eight.

    The steps of a ramp are a beat long and carry its name.
    """
    out = tempo_map
    for change in tempo_map.tempi[1:]:
        for half in range(LONGEST_HALF_BEATS, 0, -1):
            spread = _spread_change(out, change, half)
            if spread is not None and is_as_good(spread):
                out = spread
                break
    return out


def _spread_change(tempo_map: TempoMap, change: Tempo, half: int) -> TempoMap | None:
    """Spread one change over ``2 * half`` beats; None where it is small or its neighbours are in the way."""
    index = tempo_map.tempi.index(change)
    before = tempo_map.tempi[index - 1]
    after = tempo_map.tempi[index + 1] if index + 1 < len(tempo_map.tempi) else None
    begin, end = Beat(change.beat.quarters - half), change.beat + Fraction(half)
    ratio = max(change.bpm / before.bpm, before.bpm / change.bpm)
    blocked = begin <= before.beat or end > tempo_map.end or (after is not None and end >= after.beat)
    if ratio - 1 < SMALLEST_STEP_SHARE or blocked:
        return None
    label = "ritardando" if change.bpm < before.bpm else "accelerando"
    old, new = 60 / before.bpm, 60 / change.bpm
    lengths = [old + (new - old) * Fraction(2 * n + 1, 4 * half) for n in range(2 * half)]
    steps = [Tempo(begin + Fraction(n), 60 / length, label) for n, length in enumerate(lengths)]
    tempi = (*tempo_map.tempi[:index], *steps, Tempo(end, change.bpm), *tempo_map.tempi[index + 1 :])
    return replace(tempo_map, tempi=tempi)
