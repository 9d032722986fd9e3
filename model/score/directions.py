"""Words and signs around the notes: tempi, hits with their timecode, sections, theme names, dynamics."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from model.score.marks import SECTION, brief_hit, hit_beat, hit_text, sections, statement_text
from model.score.meters import snap
from model.score.notation import BarLine
from model.score.voices import StaffNote
from model.sketch.sketch_types import Sketch, Statement
from model.time import Beat, Timebase
from model.timing.tempo_map import Tempo

TEMPO, PACE, HIT, REHEARSAL, THEME, DYNAMIC, CUE, TIMECODE = (
    "tempo", "pace", "hit", "rehearsal", "theme", "dynamic", "cue", "timecode",
)  # fmt: skip
_RANK = (REHEARSAL, TEMPO, PACE, CUE, TIMECODE, SECTION, THEME, HIT, DYNAMIC)
_LEVELS = ((20, "ppp"), (36, "pp"), (50, "p"), (64, "mp"), (80, "mf"), (96, "f"), (112, "ff"), (128, "fff"))
_STEP = 6  # MIDI velocities by which a bar must differ for a new dynamic sign
"""A new dynamic is written only if the velocity has moved by more than this since the last one."""
_SILENCE_BARS = 2
_EIGHTH = 6  # ticks, twelve a quarter note
_RAMPS = {"rit": "rit.", "acc": "accel."}


@dataclass(frozen=True, slots=True)
class Direction:
    """A sign at a place in a bar, in ticks from its bar line.

    Attributes
    ----------
    kind: ``tempo pace hit rehearsal theme dynamic cue timecode section``
    value: quarter notes a minute of a tempo, else 0; ``shown`` whether a tempo prints its metronome mark
    staff: within the part, from 1
    """

    bar: int
    tick: int
    kind: str
    text: str
    value: Fraction = Fraction(0)
    shown: bool = True
    staff: int = 1

    @property
    def rank(self) -> tuple[int, int]:
        """Order of writing."""
        return self.tick, _RANK.index(self.kind)


def system_directions(
    sketch: Sketch, timebase: Timebase, bars: Sequence[BarLine], *, brief: bool = False
) -> list[Direction]:
    """List what stands above the whole score: tempi, section marks (the bar's number in a box), hits, in and out.

    Parameters
    ----------
    brief: shorten the hits' labels and leave out the in, which the head of the page tells
    """
    found = [_tempo(tempo, bars) for tempo in sketch.tempo_map.tempi]
    found += [Direction(s.start, 0, REHEARSAL, str(s.start + 1)) for s in sections(sketch)[1:]]
    found += [Direction(s.start, 0, SECTION, s.function) for s in sections(sketch)]
    for landing in sketch.landings:
        beat = hit_beat(landing, sketch.tempo_map, timebase)
        text = brief_hit(landing, timebase) if brief else hit_text(landing, timebase)
        found.append(_at(beat.quarters, bars, HIT, text))
    if not brief:
        found.append(Direction(0, 0, CUE, f"{sketch.number} in {timebase.timecode(sketch.cue_in)}"))
    out = max(sketch.tempo_map.beat(timebase.seconds(sketch.out)), Beat(Fraction(0)))
    found.append(_at(out.quarters, bars, CUE, f"{sketch.number} out {timebase.timecode(sketch.out)}"))
    return found


def theme_directions(
    notes: Sequence[StaffNote], statements: Sequence[Statement], bars: Sequence[BarLine]
) -> list[Direction]:
    """Name each statement over the first note of it that this part plays."""
    firsts: dict[int, int] = {}
    for note in notes:
        if 0 <= note.statement < len(statements):
            firsts[note.statement] = min(note.start, firsts.get(note.statement, note.start))
    return [_place(tick, bars, THEME, statement_text(statements[index], {})) for index, tick in sorted(firsts.items())]


def write_dynamics(notes: Sequence[StaffNote], bars: Sequence[BarLine]) -> list[Direction]:
    """Turn velocities into signs: one where the level of a bar changes, and again after a silence."""
    starts = [bar.start for bar in bars]
    by_bar: dict[int, list[StaffNote]] = {}
    for note in notes:
        by_bar.setdefault(max(0, bisect_right(starts, note.start) - 1), []).append(note)
    found: list[Direction] = []
    sign, loudness, last = "", 0.0, 0
    for number in sorted(by_bar):
        here = by_bar[number]
        level = sum(n.velocity for n in here) / len(here)
        fresh = not sign or number - last > _SILENCE_BARS
        if fresh or (dynamic(level) != sign and abs(level - loudness) > _STEP):
            sign, loudness = dynamic(level), level
            found.append(_place(min(n.start for n in here), bars, DYNAMIC, sign))
        last = max(number, bisect_right(starts, max(n.end for n in here) - 1) - 1)
    return found


def dynamic(velocity: float) -> str:
    """Name the dynamic of a MIDI velocity: ``mf`` from 64 up to 80."""
    return next((sign for below, sign in _LEVELS if velocity < below), _LEVELS[-1][1])


def _tempo(tempo: Tempo, bars: Sequence[BarLine]) -> Direction:
    """Give a tempo its metronome mark; a step of a ramp is only played, its word stands at the first one."""
    place = _at(tempo.beat.quarters, bars, TEMPO, "")
    return Direction(place.bar, place.tick, TEMPO, "", tempo.bpm, shown=not tempo.ramp)


def write_ramp_words(sketch: Sketch, bars: Sequence[BarLine]) -> list[Direction]:
    """Write rit. or accel. where a run of tempo steps begins."""
    found: list[Direction] = []
    before = ""
    for tempo in sketch.tempo_map.tempi:
        word = next((w for stem, w in _RAMPS.items() if tempo.ramp.lower().startswith(stem)), tempo.ramp)
        if word and word != before:
            found.append(_at(tempo.beat.quarters, bars, PACE, word))
        before = word
    return found


def _at(quarters: Fraction, bars: Sequence[BarLine], kind: str, text: str) -> Direction:
    return _place(snap(quarters), bars, kind, text)


def _place(tick: int, bars: Sequence[BarLine], kind: str, text: str) -> Direction:
    """Find the bar of a tick; what lies at or past the end stands over the last eighth of the last bar."""
    index = max(0, bisect_right([bar.start for bar in bars], tick) - 1)
    inside = tick - bars[index].start
    last = bars[index].bar.ticks
    return Direction(index, inside if inside < last else last - _EIGHTH, kind, text)
