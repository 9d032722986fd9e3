"""``timemap.json``: when everything on the pages of a take happens, and what keeps the players with the picture.

All times are seconds from the reel's first frame; a page follows the playhead, a counter shows bar and beat, and
streamers and punches run over the picture from these numbers alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from model.fields import document
from model.score.timemap import ScreenScore
from model.sketch.sketch_types import Sketch
from model.time import Beat, Frame, Timebase
from model.timing.landing import Fit
from model.timing.sync import Sync, pulse_quarters, sync


@dataclass(frozen=True, slots=True)
class BarPlace:
    """Where a bar (from 1) stands on its page: edges of its staves as shares 0-1 of the page's width and height."""

    bar: int
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class NoteTime:
    """When a note, by its ``data-id`` on the page, sounds."""

    id: str
    on_s: float
    off_s: float


@dataclass(frozen=True, slots=True)
class PageTimes:
    """One page: its file, its height to its width, and what stands on it from when to when."""

    file: str
    height: float
    from_s: float
    to_s: float
    bars: tuple[BarPlace, ...]
    notes: tuple[NoteTime, ...]


@dataclass(frozen=True, slots=True)
class BarTimes:
    """One bar (from 1).

    Attributes
    ----------
    frame: the picture frame nearest to its beginning
    beats_s: when each of its counts begins; compound meters count in threes
    bpm: quarter notes a minute at its beginning
    function: what the bar is for (``statement``, ``climax``, ...)
    """

    bar: int
    at_s: float
    end_s: float
    frame: Frame
    meter: tuple[int, int]
    beats_s: tuple[float, ...]
    bpm: float
    function: str


@dataclass(frozen=True, slots=True)
class TempoTime:
    """From here on, so many quarter notes a minute; ``ramp`` names the ritardando or accelerando it belongs to."""

    at_s: float
    bpm: float
    ramp: str


@dataclass(frozen=True, slots=True)
class StreamerTime:
    """A streamer crosses the picture and arrives at ``end_s``."""

    begin_s: float
    end_s: float
    colour: str
    label: str


@dataclass(frozen=True, slots=True)
class PunchTime:
    """A flash of one frame."""

    at_s: float
    colour: str
    label: str


@dataclass(frozen=True, slots=True)
class FlutterTime:
    """Flashes around a moment that needs no exact hit."""

    at_s: float
    punches_s: tuple[float, ...]
    label: str


@dataclass(frozen=True, slots=True)
class ClickTime:
    """A click; ``free`` ones warn before the first bar."""

    at_s: float
    accent: bool
    free: bool


@document("cuelight.timemap/1")
@dataclass(frozen=True, slots=True)
class TimeMap:
    """The document; ``start_s`` is the first downbeat, ``end_s`` the bar line after the last bar."""

    start_s: float
    end_s: float
    out_s: float
    pages: tuple[PageTimes, ...]
    bars: tuple[BarTimes, ...]
    tempi: tuple[TempoTime, ...]
    streamers: tuple[StreamerTime, ...]
    punches: tuple[PunchTime, ...]
    flutters: tuple[FlutterTime, ...]
    clicks: tuple[ClickTime, ...]


def time_map_of(sketch: Sketch, screen: ScreenScore, files: tuple[str, ...], timebase: Timebase) -> TimeMap:
    """Put the times of a cue together; ``files`` are the names of the screen score's pages."""
    tempo = sketch.tempo_map
    bars = tuple(_bar(sketch, bar, timebase) for bar in range(tempo.bars))
    fitted = Fit(tempo, sketch.landings, captured=0.0, changes=0, largest_step=0.0, odd_bars=0)
    shown = sync(fitted, sketch.out, timebase)
    return TimeMap(
        start_s=_seconds(tempo.start_s),
        end_s=_seconds(tempo.seconds(tempo.end)),
        out_s=_seconds(timebase.seconds(sketch.out)),
        pages=tuple(_page(screen, number, name, sketch) for number, name in enumerate(files)),
        bars=bars,
        tempi=tuple(TempoTime(_seconds(tempo.seconds(t.beat)), float(t.bpm), t.ramp) for t in tempo.tempi),
        streamers=_streamers(shown),
        punches=tuple(PunchTime(_seconds(p.at_s), p.colour.value, p.label) for p in shown.punches),
        flutters=tuple(FlutterTime(_seconds(f.at_s), _all(f.punches_s), f.label) for f in shown.flutters),
        clicks=tuple(ClickTime(_seconds(c.seconds), c.accent, c.free) for c in shown.clicks),
    )


def _streamers(shown: Sync) -> tuple[StreamerTime, ...]:
    return tuple(StreamerTime(_seconds(s.begin_s), _seconds(s.end_s), s.colour.value, s.label) for s in shown.streamers)


def _page(screen: ScreenScore, number: int, name: str, sketch: Sketch) -> PageTimes:
    tempo = sketch.tempo_map
    bars = [bar for bar in screen.bars if bar.page == number]
    first, last = (bars[0].bar, bars[-1].bar + 1) if bars else (0, 0)
    return PageTimes(
        file=name,
        height=screen.heights[number],
        from_s=_seconds(tempo.seconds(tempo.bar_start(first))),
        to_s=_seconds(tempo.seconds(tempo.bar_start(last))),
        bars=tuple(BarPlace(bar.bar + 1, *bar.place) for bar in bars),
        notes=tuple(
            NoteTime(note.id, _seconds(tempo.seconds(note.on)), _seconds(tempo.seconds(note.off)))
            for note in screen.notes
            if note.page == number
        ),
    )


def _bar(sketch: Sketch, bar: int, timebase: Timebase) -> BarTimes:
    tempo = sketch.tempo_map
    begin, meter = tempo.bar_start(bar), tempo.meter(bar)
    step = pulse_quarters(meter)
    beats: list[Beat] = [begin + step * count for count in range(int(meter.quarters / step))]
    return BarTimes(
        bar=bar + 1,
        at_s=_seconds(tempo.seconds(begin)),
        end_s=_seconds(tempo.seconds(tempo.bar_start(bar + 1))),
        frame=timebase.nearest(tempo.seconds(begin)),
        meter=(meter.beats, meter.unit),
        beats_s=_all(tuple(tempo.seconds(beat) for beat in beats)),
        bpm=float(tempo.bpm(begin)),
        function=sketch.bars[bar].function if bar < len(sketch.bars) else "",
    )


def _all(exact: tuple[Fraction, ...]) -> tuple[float, ...]:
    return tuple(_seconds(seconds) for seconds in exact)


def _seconds(exact: Fraction) -> float:
    return round(float(exact), 4)
