"""Streamers, punches, flutters and clicks of a fitted cue, as data for the scoring stage and the preview film.

Colours follow the trade: a yellow streamer runs into the first warning click, a green one into the downbeat, a red one
ends at the cue's out; heavy hits get a white one. All times are exact seconds from the reel's first frame and may lie
before it (a cue that begins with the reel has its warning clicks there).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from model.errors import SettingInvalid
from model.time import Beat, Frame, Timebase
from model.timing.landing import Aim, Fit, Grade
from model.timing.tempo_map import Meter, TempoMap

STREAMER_LENGTHS_S = (2, 3, 4)
SHORTEST_STREAMER_S = Fraction(1)
FLUTTER_PUNCHES = 5  # the last one is on the moment itself
SOFT_WINDOW_FRAMES = 5
MOST_FREE_CLICKS = 64  # 16 bars of four, far more than anybody counts off


class StreamerColour(StrEnum):
    """What a streamer announces."""

    WARNING = "yellow"
    DOWNBEAT = "green"
    HIT = "white"
    END = "red"


@dataclass(frozen=True, slots=True)
class Streamer:
    """A bar that enters at the left at ``begin_s`` and leaves at the right at ``end_s``, the moment it announces."""

    begin_s: Fraction
    end_s: Fraction
    colour: StreamerColour
    label: str = ""


@dataclass(frozen=True, slots=True)
class Punch:
    """A flash of one picture frame."""

    at_s: Fraction
    colour: StreamerColour
    label: str = ""


@dataclass(frozen=True, slots=True)
class Flutter:
    """Punches on every other frame around a moment that needs no exact hit: ``punches_s`` in order."""

    at_s: Fraction
    punches_s: tuple[Fraction, ...]
    label: str = ""


@dataclass(frozen=True, slots=True)
class Click:
    """A metronome click; ``accent`` on bar lines, ``free`` for the free clicks before the first beat."""

    seconds: Fraction
    accent: bool
    free: bool = False


@dataclass(frozen=True, slots=True)
class SyncSettings:
    """What a conductor may choose."""

    free_clicks: int = 8  # warning clicks before the first beat
    streamer_s: int = 2  # length of a streamer: 2, 3 or 4 seconds
    streamer_weight: float = 3.0  # hits of at least this weight get a streamer and a punch
    punch_weight: float = 1.0  # lighter hits of at least this weight get a punch alone


@dataclass(frozen=True, slots=True)
class Sync:
    """Everything that keeps players with the picture in one cue, each in order of time."""

    streamers: tuple[Streamer, ...]
    punches: tuple[Punch, ...]
    flutters: tuple[Flutter, ...]
    clicks: tuple[Click, ...]


def sync(fitted: Fit, out: Frame, timebase: Timebase, settings: SyncSettings | None = None) -> Sync:
    """Lay out streamers, punches, flutters and clicks for a fit whose cue ends at ``out``.

    Raises SettingInvalid for a streamer length or a number of free clicks that nobody uses.
    """
    chosen = settings or SyncSettings()
    if chosen.streamer_s not in STREAMER_LENGTHS_S or not 0 <= chosen.free_clicks <= MOST_FREE_CLICKS:
        raise SettingInvalid("Streamers last 2, 3 or 4 seconds, and there are 0 to 64 free clicks.")
    out_s = timebase.seconds(out)
    clicks = click_track(fitted.tempo_map, out_s, chosen.free_clicks)
    aims = [one.aim for one in fitted.landings if one.grade is not Grade.MISS and one.aim.must_be != "avoid"]
    inner = [a for a in aims if fitted.tempo_map.start_s < timebase.seconds(a.frame) < out_s]
    streamers = [
        *_frame_streamers(clicks, fitted.tempo_map.start_s, out_s, chosen),
        *_hit_streamers(inner, timebase, chosen),
    ]
    soft = [a for a in inner if a.early + a.late >= SOFT_WINDOW_FRAMES and not a.mandatory]
    hard = [a for a in inner if a not in soft and a.weight >= chosen.punch_weight]
    punches = [
        Punch(fitted.tempo_map.start_s, StreamerColour.DOWNBEAT, "downbeat"),
        Punch(out_s, StreamerColour.END, "out"),
    ]
    punches += [Punch(timebase.seconds(a.frame), StreamerColour.HIT, a.label) for a in hard]
    flutters = sorted((_flutter(a, timebase) for a in soft), key=lambda f: f.at_s)
    return Sync(
        tuple(sorted(streamers, key=lambda s: (s.end_s, s.colour))),
        tuple(sorted(punches, key=lambda p: (p.at_s, p.colour))),
        tuple(flutters),
        clicks,
    )


def click_track(tempo_map: TempoMap, out_s: Fraction, free_clicks: int = 8) -> tuple[Click, ...]:
    """Click every pulse up to the out, after ``free_clicks`` at the first tempo.

    A pulse is the meter's unit, three eighths in compound time (6/8, 9/8, 12/8).
    """
    first = tempo_map.meter(0)
    step = pulse_quarters(first)
    in_bar = int(first.quarters / step)
    warning = [(n, tempo_map.seconds(Beat(-step * n))) for n in range(free_clicks, 0, -1)]
    clicks = [Click(at, n % in_bar == 0, free=True) for n, at in warning]
    begin = Beat(Fraction(0))
    for bar in range(tempo_map.bars):
        meter = tempo_map.meter(bar)
        step = pulse_quarters(meter)
        beats = [begin + step * n for n in range(int(meter.quarters / step))]
        clicks += [Click(tempo_map.seconds(b), b == begin) for b in beats]
        begin += meter.quarters
    return tuple(c for c in clicks if c.seconds < out_s)


def pulse_quarters(meter: Meter) -> Fraction:
    """Quarter notes between clicks: the meter's unit, or three of them in compound time."""
    return Fraction(12 if meter.is_compound else 4, meter.unit)


def _frame_streamers(
    clicks: Sequence[Click], downbeat_s: Fraction, out_s: Fraction, settings: SyncSettings
) -> list[Streamer]:
    """Make the yellow streamer into the first warning click, the green one into the downbeat and the red one out."""
    length = Fraction(settings.streamer_s)
    warned = [
        Streamer(c.seconds - length, c.seconds, StreamerColour.WARNING, "warning clicks") for c in clicks[:1] if c.free
    ]
    return [
        *warned,
        Streamer(downbeat_s - length, downbeat_s, StreamerColour.DOWNBEAT, "downbeat"),
        Streamer(max(downbeat_s, out_s - length), out_s, StreamerColour.END, "out"),
    ]


def _hit_streamers(aims: Sequence[Aim], timebase: Timebase, settings: SyncSettings) -> list[Streamer]:
    """Make white streamers into the heavy hits.

    One that would begin before the last one ends is shortened; below one second the hit keeps only its punch.
    """
    out, free_from = list[Streamer](), None
    for aim in sorted(aims, key=lambda a: a.frame):
        if aim.weight < settings.streamer_weight and not aim.mandatory:
            continue
        end = timebase.seconds(aim.frame)
        begin = end - settings.streamer_s if free_from is None else max(end - settings.streamer_s, free_from)
        if end - begin >= SHORTEST_STREAMER_S:
            out.append(Streamer(begin, end, StreamerColour.HIT, aim.label))
            free_from = end
    return out


def _flutter(aim: Aim, timebase: Timebase) -> Flutter:
    first = aim.frame.index - (FLUTTER_PUNCHES - 1)
    frames = [Frame(first + 2 * n) for n in range(FLUTTER_PUNCHES)]
    return Flutter(timebase.seconds(aim.frame), tuple(timebase.seconds(f) for f in frames), aim.label)
