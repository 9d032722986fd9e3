"""The conductor track: where the cue lies on the picture, its tempi, meters, keys and markers."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import mido

from model.score.keys import KeySpan, key_spans
from model.score.marks import CueMark, marks
from model.score.smpte import describe_counting, smpte_offset
from model.score.tempo_track import tempo_changes
from model.score.titles import latin
from model.sketch.sketch_types import Sketch
from model.time import Timebase

PPQ = 960  # ticks a quarter note
_LARGEST_ERROR_S = Fraction(3, 10_000)
_MIDI_MAJOR = ("Cb", "Gb", "Db", "Ab", "Eb", "Bb", "F", "C", "G", "D", "A", "E", "B", "F#", "C#")
_MIDI_MINOR = ("Abm", "Ebm", "Bbm", "Fm", "Cm", "Gm", "Dm", "Am", "Em", "Bm", "F#m", "C#m", "G#m", "D#m", "A#m")

Timed = tuple[int, int, mido.Message | mido.MetaMessage]
"""Absolute tick, rank among events of the same tick, event."""


def choose_division(sketch: Sketch, said: tuple[CueMark, ...]) -> int:
    """Choose the ticks a quarter: 960, doubled only where a mark off the beat would stand over .3 ms from its time.

    That happens below some 90 bpm, at marks that sit on a frame instead of a beat: the out, a hit not caught.
    """
    for ticks in (PPQ, 2 * PPQ, 4 * PPQ):
        worst = max((_off(m, ticks, sketch) for m in said), default=Fraction(0))
        if worst <= _LARGEST_ERROR_S:
            return ticks
    return 8 * PPQ


def _off(mark: CueMark, ticks: int, sketch: Sketch) -> Fraction:
    exact = mark.beat.quarters * ticks
    return abs(round(exact) - exact) / ticks * 60 / sketch.tempo_map.bpm(mark.beat)


def conductor(sketch: Sketch, timebase: Timebase, themes: Mapping[str, str], ticks: int) -> list[Timed]:
    """List the events of the conductor track, unsorted."""
    return [
        *_head(sketch, timebase),
        *_tempi(sketch, ticks),
        *_meters(sketch, ticks),
        *_keys(sketch, ticks),
        *_markers(marks(sketch, timebase, themes), ticks),
    ]


def _head(sketch: Sketch, timebase: Timebase) -> list[Timed]:
    start = sketch.tempo_map.start_s
    name = latin(f"{sketch.number} {sketch.title}")
    said = f"{name}: starts at {timebase.timecode(timebase.nearest(start))}, {describe_counting(timebase)}"
    if timebase.assumed:
        said += "; the reel names no start timecode, 01:00:00:00 was assumed"
    events: list[Timed] = [(0, 0, mido.MetaMessage("track_name", name=name))]
    offset = smpte_offset(start, timebase)
    if offset is not None:
        events.append((0, 1, offset))
    events.append((0, 2, mido.MetaMessage("text", text=said)))
    return events


def _tempi(sketch: Sketch, ticks: int) -> list[Timed]:
    changes = tempo_changes(sketch.tempo_map)
    return [(round(beat * ticks), 3, mido.MetaMessage("set_tempo", tempo=us)) for beat, us in changes]


def _meters(sketch: Sketch, ticks: int) -> list[Timed]:
    events: list[Timed] = []
    for meter in sketch.tempo_map.meters:
        at = round(sketch.tempo_map.bar_start(meter.bar).quarters * ticks)
        compound = meter.unit >= 8 and meter.beats % 3 == 0 and meter.beats > 3  # noqa: PLR2004 - 6/8, 9/8, 12/8
        click = 96 // meter.unit * (3 if compound else 1)
        event = mido.MetaMessage(
            "time_signature", numerator=meter.beats, denominator=meter.unit, clocks_per_click=max(1, click)
        )
        events.append((at, 4, event))
    return events


def _keys(sketch: Sketch, ticks: int) -> list[Timed]:
    return [
        (
            round(sketch.tempo_map.bar_start(span.bar).quarters * ticks),
            5,
            mido.MetaMessage("key_signature", key=_midi_key(span)),
        )
        for span in key_spans(sketch)
    ]


def _midi_key(span: KeySpan) -> str:
    return (_MIDI_MINOR if span.minor else _MIDI_MAJOR)[span.fifths + 7]


def _markers(said: tuple[CueMark, ...], ticks: int) -> list[Timed]:
    return [(round(m.beat.quarters * ticks), 6, mido.MetaMessage("marker", text=latin(m.text))) for m in said]
