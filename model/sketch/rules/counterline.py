"""Counter-melody: a tenor line that moves while the melody holds or rests, and against its direction."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from fractions import Fraction

from model.sketch.rules.slots import Desk, Slot
from model.sketch.rules.voicing import nearest_tone
from model.sketch.sketch_types import Note, Role
from model.time import Beat

_FROM = 0.34
_LOW, _HIGH = 52, 69
_BELOW = 3
_START = 60


def write_counter(desk: Desk, melody: Sequence[Note]) -> list[Note]:
    """Write the counter-line under a finished melody, where there is one and nobody speaks."""
    tune = sorted((n for n in melody if n.role is Role.MELODY), key=lambda n: n.onset)
    taken = [n for n in melody if n.role is Role.COUNTER]
    notes: list[Note] = []
    pitch = _START
    for slot in desk.slots:
        inside = [n for n in tune if n.onset < slot.end and n.end > slot.start]
        busy = any(n.onset < slot.end and n.end > slot.start for n in taken)
        if slot.bar.arousal < _FROM or slot.talked_over or not inside or busy or slot.bar.function == "tail":
            continue
        for at, duration in _moments(slot, inside):
            pitch = _against(slot, pitch, tune, at)
            notes.append(desk.note(Role.COUNTER, at, duration, pitch))
    return notes


def _moments(slot: Slot, tune: Sequence[Note]) -> list[tuple[Beat, Fraction]]:
    """Choose one or two onsets: whole beats on which the melody does not begin a note, else the slot's beginning."""
    begun = {n.onset for n in tune}
    beats = [slot.start + Fraction(k) for k in range(1, int(slot.length))]
    free = [b for b in beats if b not in begun]
    chosen = free[:1] if slot.length <= 2 else free[:: max(1, len(free) // 2)][:2]  # noqa: PLR2004 - half a bar
    moments = chosen or [slot.start]
    return [(a, b - a) for a, b in zip(moments, [*moments[1:], slot.end], strict=True)]


def _against(slot: Slot, pitch: int, tune: Sequence[Note], at: Beat) -> int:
    """Take the chord tone a step or two away, against the way the melody went, and below it."""
    index = bisect_right(tune, at, key=lambda n: n.onset) - 1
    rising = index > 0 and tune[index].pitch > tune[index - 1].pitch
    ceiling = min(_HIGH, tune[max(index, 0)].pitch - _BELOW)
    way = -1 if rising else 1
    if not _LOW + 2 < pitch < ceiling - 2:
        way = 1 if pitch <= _LOW + 2 else -1
    found = nearest_tone(slot.chord, pitch + 3 * way, _LOW, max(ceiling, _LOW + 7))
    return found if found != pitch else nearest_tone(slot.chord, pitch - 3 * way, _LOW, max(ceiling, _LOW + 7))
