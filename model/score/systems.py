"""Where the lines of a page break: as many bars as can be read at ease, lines filled evenly.

Verovio breaks lines by notes alone; a cue's page also has to hold the hits and chord symbols above them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise

from model.score.marks import hit_beat
from model.score.meters import snap
from model.score.notation import BarLine
from model.sketch.sketch_types import Sketch
from model.time import Timebase

_ONSET_MM = 4.4  # for each onset
_CHORD_MM = 13.0  # for each chord symbol
_HIT_MM = 14.0  # for each hit's label
_LEAST_MM = 17.0  # the shortest bar
_BAR_MM = 4.0  # for a bar's own line
_CHANGE_MM = 9.0  # for a change of key; half for one of meter
_NAMES_MM = 24.0  # the parts' names before the first bar
_CLEF_MM = 19.0  # the clefs before any other line
_SIGN_MM = 1.6  # for each accidental of the key


def choose_systems(sketch: Sketch, timebase: Timebase, bars: Sequence[BarLine], width_mm: float) -> tuple[int, ...]:
    """Choose the bars (from 0) that begin a line of ``width_mm``, the first one included."""
    widths = bar_widths(sketch, timebase, bars)
    rooms = [width_mm - (_CLEF_MM if bar.number else _NAMES_MM) - _SIGN_MM * abs(bar.fifths) for bar in bars]
    return even_lines(widths, rooms)


def bar_widths(sketch: Sketch, timebase: Timebase, bars: Sequence[BarLine]) -> list[float]:
    """Estimate how wide each bar wants to be, in millimetres."""
    starts = [bar.start for bar in bars]
    onsets: list[set[int]] = [set() for _ in bars]
    for note in sketch.notes:
        tick = snap(note.onset.quarters)
        onsets[_bar_of(tick, starts)].add(tick)
    chords, hits = [0] * len(bars), [0] * len(bars)
    for chord in sketch.chords:
        chords[_bar_of(snap(chord.onset), starts)] += 1
    for landing in sketch.landings:
        hits[_bar_of(snap(hit_beat(landing, sketch.tempo_map, timebase).quarters), starts)] += 1
    changes = [0.0, *(_changes(a, b) for a, b in pairwise(bars))]
    return [
        _BAR_MM + changes[n] + max(_ONSET_MM * len(onsets[n]), _CHORD_MM * chords[n], _HIT_MM * hits[n], _LEAST_MM)
        for n in range(len(bars))
    ]


def even_lines(widths: Sequence[float], rooms: Sequence[float]) -> tuple[int, ...]:
    """Break bars into lines so that the emptiest are as full as can be.

    ``rooms[n]`` is what a line that begins with bar ``n`` can hold; a bar wider than any line gets one to itself. The
    last line may stay short.
    """
    count = len(widths)
    best: list[tuple[float, int]] = [(0.0, 0)] * count + [(0.0, count)]
    for first in reversed(range(count)):
        options: list[tuple[float, int]] = []
        used = 0.0
        for after in range(first + 1, count + 1):
            used += widths[after - 1]
            if used > rooms[first] and after > first + 1:
                break
            slack = 0.0 if after == count else (max(0.0, rooms[first] - used) / rooms[first]) ** 2
            options.append((slack + best[after][0], after))
        best[first] = min(options)
    lines, at = [0], best[0][1]
    while at < count:
        lines.append(at)
        at = best[at][1]
    return tuple(lines)


def _bar_of(tick: int, starts: Sequence[int]) -> int:
    return max(0, bisect_right(starts, tick) - 1)


def _changes(before: BarLine, here: BarLine) -> float:
    return _CHANGE_MM * (before.fifths != here.fifths) + _CHANGE_MM / 2 * (before.bar != here.bar)
