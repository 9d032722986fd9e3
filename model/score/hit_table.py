"""The hits of a cue as rows to read after the music: their full labels, where they land, how far off."""

from __future__ import annotations

from fractions import Fraction

from model.score.marks import hit_beat
from model.sketch.sketch_types import Sketch
from model.time import Timebase
from model.timing.landing import Landing
from model.timing.tempo_map import TempoMap

COLUMNS = ("timecode", "bar | beat", "hit", "lands", "off")


def hit_rows(sketch: Sketch, timebase: Timebase) -> list[tuple[str, ...]]:
    """List the hits in order of time, one text per column of ``COLUMNS``; frames off are positive if music is late."""
    ordered = sorted(sketch.landings, key=lambda x: (x.aim.frame, x.aim.id))
    return [_row(landing, sketch.tempo_map, timebase) for landing in ordered]


def _row(landing: Landing, tempo_map: TempoMap, timebase: Timebase) -> tuple[str, ...]:
    aim = landing.aim
    if aim.must_be == "avoid":
        lands = "to be avoided" if landing.reason == "" else landing.reason
    else:
        lands = landing.reason or ("on the " + landing.where if landing.where else "")
    place = bar_and_beat(tempo_map, hit_beat(landing, tempo_map, timebase).quarters)
    off = f"{landing.frames_off:+.1f} fr" if landing.beat is not None else ""
    return timebase.timecode(aim.frame), place, aim.label or aim.id, lands, off


def bar_and_beat(tempo_map: TempoMap, quarters: Fraction) -> str:
    """Print a place as ``7 | 3.5``: bar and beat of its meter, both from 1."""
    start = tempo_map.bar_start(0)
    bar, inside = tempo_map.position(start + quarters)
    beat = 1 + inside * tempo_map.meter(bar).unit / 4
    return f"{bar + 1} | {float(beat):.2f}".rstrip("0").rstrip(".")
