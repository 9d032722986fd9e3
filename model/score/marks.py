"""What is said at moments of a cue: its in and out, hits, sections and motif statements, in order of time.

The same marks become MIDI markers and words in the score, so that all documents say the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from model.sketch.sketch_types import Sketch, Statement
from model.time import Beat, Timebase
from model.timing.landing import Grade, Landing
from model.timing.tempo_map import TempoMap

START, HIT, SECTION, STATEMENT, END = "in", "hit", "section", "statement", "out"
_BRIEF = 16  # characters of a shortened label
_GRADES = {Grade.HIT: "HIT", Grade.NEAR: "NEAR", Grade.MISS: "(not caught)"}
_ORDER = (START, SECTION, STATEMENT, HIT, END)


@dataclass(frozen=True, slots=True)
class CueMark:
    """Something said at a beat: ``kind`` is ``in``, ``hit``, ``section``, ``statement`` or ``out``."""

    beat: Beat
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class MarkedSection:
    """Bars of one function: ``start`` is its first bar, ``end`` the bar after its last, both from 0."""

    start: int
    end: int
    function: str


def marks(sketch: Sketch, timebase: Timebase, themes: Mapping[str, str] | None = None) -> tuple[CueMark, ...]:
    """Collect every mark of a cue.

    Parameters
    ----------
    themes: labels by theme id; a statement whose theme is not there keeps its own label

    Notes
    -----
    A hit the music lands on stands at its beat; one it does not, at its frame, and says so. The cue's in stands at the
    first beat; where that is later than the frame, the text tells by how much.
    """
    found = [*_edges(sketch, timebase)]
    found += [CueMark(sketch.tempo_map.bar_start(s.start), SECTION, f"Section: {s.function}") for s in sections(sketch)]
    found += [CueMark(s.start, STATEMENT, statement_text(s, themes or {})) for s in sketch.statements]
    found += [_hit(landing, sketch.tempo_map, timebase) for landing in sketch.landings]
    return tuple(sorted(found, key=lambda m: (m.beat, _ORDER.index(m.kind), m.text)))


def sections(sketch: Sketch) -> tuple[MarkedSection, ...]:
    """Join neighbouring bars of the same function."""
    joined: list[MarkedSection] = []
    for plan in sorted(sketch.bars, key=lambda p: p.bar):
        if not 0 <= plan.bar < sketch.tempo_map.bars:
            continue
        if joined and joined[-1].function == plan.function and joined[-1].end == plan.bar:
            joined[-1] = MarkedSection(joined[-1].start, plan.bar + 1, plan.function)
        else:
            joined.append(MarkedSection(plan.bar, plan.bar + 1, plan.function))
    return tuple(joined)


def statement_text(statement: Statement, themes: Mapping[str, str]) -> str:
    """Name a statement with what was done to it: ``A: Agent · mode:minor``."""
    return " · ".join((themes.get(statement.theme, statement.label), *statement.transform))


def hit_text(landing: Landing, timebase: Timebase) -> str:
    """Say a hit: its timecode, its label, and whether the music comes near it only or misses it."""
    aim = landing.aim
    words = f"{timebase.timecode(aim.frame)} {aim.label or aim.id}"
    if aim.must_be == "avoid":
        return f"AVOID {words}"
    return f"{_GRADES[landing.grade]} {words}"


def brief_hit(landing: Landing, timebase: Timebase) -> str:
    """Say a hit in as few words as a crowded page allows: timecode, the label's beginning, brackets unless it lands."""
    aim = landing.aim
    label = aim.label or aim.id
    if len(label) > _BRIEF:
        label = label[: _BRIEF + 1].rsplit(" ", 1)[0][:_BRIEF].rstrip(" ,;:.-") + "…"
    words = f"{timebase.timecode(aim.frame)} {label}"
    if aim.must_be == "avoid":
        return f"AVOID {words}"
    return words if landing.grade is Grade.HIT else f"({words})"


def hit_beat(landing: Landing, tempo_map: TempoMap, timebase: Timebase) -> Beat:
    """Find where a hit stands in the music: on the beat that lands on it, or else exactly at its frame."""
    if landing.beat is not None:
        return landing.beat
    return max(tempo_map.beat(timebase.seconds(landing.aim.frame)), Beat(Fraction(0)))


def _hit(landing: Landing, tempo_map: TempoMap, timebase: Timebase) -> CueMark:
    return CueMark(hit_beat(landing, tempo_map, timebase), HIT, hit_text(landing, timebase))


def _edges(sketch: Sketch, timebase: Timebase) -> tuple[CueMark, CueMark]:
    late = sketch.tempo_map.start_s - timebase.seconds(sketch.cue_in)
    wait = f" ({float(late):.2f} s before the first beat)" if late > Fraction(1, 1000) else ""
    start = f"{sketch.number} IN {timebase.timecode(sketch.cue_in)}{wait}"
    out = max(sketch.tempo_map.beat(timebase.seconds(sketch.out)), Beat(Fraction(0)))
    return (
        CueMark(Beat(Fraction(0)), START, start),
        CueMark(out, END, f"{sketch.number} OUT {timebase.timecode(sketch.out)}"),
    )
