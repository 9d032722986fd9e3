"""A cue at one glance: every note by its role over time, where the motifs are stated and which hits it catches.

Own drawing in SVG: time runs evenly in seconds, so that a ritardando is seen, with bar lines beneath and pitch upward.
"""

from __future__ import annotations

from model.score.elements import tag, text_element
from model.score.marks import hit_beat, statement_text
from model.sketch.sketch_types import Note, Sketch, VoiceRole
from model.time import Beat, Timebase
from model.timing.landing import Grade

_LEFT = 34.0  # pixels for the pitches' names
_RIGHT = 10.0  # pixels of margin
_TOP = 46.0  # pixels for bars and themes
_BOTTOM = 34.0  # pixels for the legend
_INKS = {
    VoiceRole.MELODY: "#b3261e",
    VoiceRole.COUNTER: "#c77700",
    VoiceRole.HARMONY: "#2b6cb0",
    VoiceRole.BASS: "#234e52",
    VoiceRole.RHYTHM: "#6b6b6b",
    VoiceRole.PAD: "#9db8d2",
}
_ORDER = (VoiceRole.PAD, VoiceRole.HARMONY, VoiceRole.BASS, VoiceRole.RHYTHM, VoiceRole.COUNTER, VoiceRole.MELODY)
_FACE = "font-family:'Libertinus Serif',Georgia,serif"
_FEWEST_SEMITONES = 24
_NAMED_BARS = 16


def piano_roll(sketch: Sketch, timebase: Timebase, width: float = 760.0, height: float = 240.0) -> str:
    """Draw a cue as a piano roll, SVG of ``width`` x ``height`` pixels; same sketch, same bytes."""
    paper = _Paper(sketch, width, height)
    content = [
        tag("rect", x=0, y=0, width=width, height=height, fill="#fff"),
        *_bars(sketch, paper),
        *_statements(sketch, paper),
        *_notes(sketch, paper),
        *_hits(sketch, timebase, paper),
        *_legend(sketch, paper),
        _title(sketch, timebase),
    ]
    box = f"0 0 {width:g} {height:g}"
    return tag(
        "svg", *content, xmlns="http://www.w3.org/2000/svg", width=width, height=height, viewBox=box, style=_FACE
    )


class _Paper:
    """Where seconds and pitches lie on the drawing."""

    def __init__(self, sketch: Sketch, width: float, height: float) -> None:
        self._map = sketch.tempo_map
        self._start = float(sketch.tempo_map.start_s)
        ends = [sketch.tempo_map.end, *(n.end for n in sketch.notes)]
        self._length = max(float(sketch.tempo_map.seconds(max(ends))) - self._start, 0.001)
        pitches = [n.pitch for n in sketch.notes] or [60]
        spare = max(0, _FEWEST_SEMITONES - (max(pitches) - min(pitches)))
        self.low = min(pitches) - 1 - spare // 2
        self.semitones = max(pitches) + 2 + spare // 2 - self.low
        self.width, self.height = width, height
        self.floor = height - _BOTTOM
        self.row = (self.floor - _TOP) / self.semitones

    def x(self, beat: Beat) -> float:
        """Return x of a beat: pixels from the left."""
        share = (float(self._map.seconds(beat)) - self._start) / self._length
        return _LEFT + max(0.0, share) * (self.width - _LEFT - _RIGHT)

    def y(self, pitch: int) -> float:
        """Return y of a pitch's upper edge: pixels from the top."""
        return self.floor - (pitch - self.low + 1) * self.row


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _bars(sketch: Sketch, paper: _Paper) -> list[str]:
    """Draw bar lines with their numbers, and a line at every C."""
    drawn: list[str] = []
    step = max(1, -(-sketch.tempo_map.bars // _NAMED_BARS))
    for bar in range(sketch.tempo_map.bars + 1):
        x = _n(paper.x(sketch.tempo_map.bar_start(bar)))
        drawn.append(tag("line", x1=x, x2=x, y1=_n(_TOP), y2=_n(paper.floor), stroke="#e4e4e4", stroke_width=0.7))
        if bar % step == 0 and bar < sketch.tempo_map.bars:
            drawn.append(text_element("text", bar + 1, x=x, y=_n(paper.floor + 10), font_size=8, fill="#777"))
    for pitch in range(paper.low - paper.low % 12 + 12, paper.low + paper.semitones, 12):
        y = _n(paper.y(pitch) + paper.row / 2)
        drawn.append(tag("line", x1=_n(_LEFT), x2=_n(paper.width - _RIGHT), y1=y, y2=y, stroke="#eee"))
        name = f"C{pitch // 12 - 1}"
        drawn.append(
            text_element("text", name, x=_n(_LEFT - 5), y=y, dy="0.32em", font_size=8, fill="#777", text_anchor="end")
        )
    return drawn


def _notes(sketch: Sketch, paper: _Paper) -> list[str]:
    ordered = sorted(sketch.notes, key=lambda n: (_ORDER.index(n.role), n.onset, n.pitch))
    return [_note(note, paper) for note in ordered]


def _note(note: Note, paper: _Paper) -> str:
    """Draw a note: the louder, the fuller its ink."""
    left, right = paper.x(note.onset), paper.x(note.end)
    return tag(
        "rect",
        x=_n(left),
        y=_n(paper.y(note.pitch) + paper.row * 0.08),
        width=_n(max(right - left - 0.6, 0.8)),
        height=_n(max(paper.row * 0.84, 1.0)),
        rx=_n(min(1.2, paper.row / 3)),
        fill=_INKS[note.role],
        fill_opacity=_n(0.45 + 0.55 * min(note.velocity, 127) / 127),
    )


def _statements(sketch: Sketch, paper: _Paper) -> list[str]:
    """Shade each statement and name it above."""
    drawn: list[str] = []
    free = [-1.0, -1.0]
    for said in sorted(sketch.statements, key=lambda s: s.start):
        left, right = paper.x(said.start), paper.x(said.end)
        size = {"width": _n(right - left), "height": _n(paper.floor - _TOP)}
        drawn.append(tag("rect", x=_n(left), y=_n(_TOP), **size, fill="#b3261e", fill_opacity=0.06))
        row = next((r for r, until in enumerate(free) if until <= left), None)
        text = statement_text(said, {})
        if row is not None:
            free[row] = left + 4.2 * len(text)
            style = {"font_size": 8.5, "font_style": "italic", "fill": "#b3261e"}
            drawn.append(text_element("text", text, x=_n(left + 1), y=_n(_TOP - 4 - 10 * row), **style))
    return drawn


def _hits(sketch: Sketch, timebase: Timebase, paper: _Paper) -> list[str]:
    """Mark each hit with a line and a diamond: filled if the music lands on it, hollow if not."""
    drawn: list[str] = []
    for landing in sketch.landings:
        x = paper.x(hit_beat(landing, sketch.tempo_map, timebase))
        landed = landing.grade is Grade.HIT
        y = paper.floor + 17
        line = {"x1": _n(x), "x2": _n(x), "y1": _n(_TOP), "y2": _n(y - 3.5)}
        drawn.append(tag("line", **line, stroke="#111", stroke_width=0.8, stroke_dasharray=None if landed else "2 2"))
        shape = " ".join(f"{_n(x + dx)},{_n(y + dy)}" for dx, dy in ((0, -3.5), (3.5, 0), (0, 3.5), (-3.5, 0)))
        name = text_element("title", f"{timebase.timecode(landing.aim.frame)} {landing.aim.label}")
        drawn.append(tag("polygon", name, points=shape, fill="#111" if landed else "#fff", stroke="#111"))
    return drawn


def _legend(sketch: Sketch, paper: _Paper) -> list[str]:
    drawn: list[str] = []
    x = _LEFT
    used = {note.role for note in sketch.notes}
    y = paper.height - 5
    for role in (r for r in VoiceRole if r in used):
        drawn.append(tag("rect", x=_n(x), y=_n(y - 6), width=9, height=6, rx=1, fill=_INKS[role]))
        drawn.append(text_element("text", role.value, x=_n(x + 12), y=_n(y), font_size=8.5, fill="#444"))
        x += 22 + 4.6 * len(role.value)
    aimed_at = [x for x in sketch.landings if x.aim.must_be != "avoid"]
    if aimed_at:
        said = f"{sum(x.grade is Grade.HIT for x in aimed_at)} of {len(aimed_at)} hits caught"
        at = {"x": _n(paper.width - _RIGHT), "y": _n(y), "text_anchor": "end"}
        drawn.append(text_element("text", said, **at, font_size=8.5, fill="#444"))
    return drawn


def _title(sketch: Sketch, timebase: Timebase) -> str:
    span = f"{timebase.timecode(sketch.cue_in)} - {timebase.timecode(sketch.out)}"
    name = text_element("tspan", f"{sketch.number} {sketch.title}", font_weight="bold")
    return tag(
        "text", name, text_element("tspan", span, dx=8, fill="#777", font_size=9), x=_n(_LEFT), y=14, font_size=12
    )
