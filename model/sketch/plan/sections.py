"""Sections: where the music turns, which key each stretch is in, and what every bar is for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from model.motifs.language import ThemeKey
from model.sketch.plan.bars import Bar, bar_at, nearest_line
from model.sketch.plan.ending import Ending
from model.sketch.plan.mood import CueMood
from model.sketch.plan.strokes import Stroke
from model.sketch.plan.tone import Feel, mode_for
from model.sketch.sketch_types import Statement
from model.spotting.notes import Cue, InType
from model.time import Timebase

_SHORTEST = 3
_LONGEST = 12
_INTRO_FROM = 8
_CLIMAX, _STRAIN, _RISE = 0.55, 0.6, 0.06
_MEDIANTS_UP, _MEDIANTS_DOWN = (3, 4, 2), (-4, -3, -2)
_HEAVY = 3.0


@dataclass(frozen=True, slots=True)
class Section:
    """Bars ``first`` up to ``last`` (not in it) in one key."""

    first: int
    last: int
    key: ThemeKey


def sections_of(
    cue: Cue,
    bars: Sequence[Bar],
    mood: CueMood,
    strokes: Sequence[Stroke],
    home: int,
    timebase: Timebase,
    rng: np.random.Generator,
) -> tuple[Section, ...]:
    """Divide the cue at its changes and heavy turns, and where it has none into phrases of at most twelve bars.

    A rise in arousal and tension lifts the key by a mediant, a fall lowers it; the last of three or more sections comes
    home.
    """
    lines = _lines(cue, bars, strokes, timebase)
    found: list[Section] = []
    tonic, before = home, None
    for index, (first, last) in enumerate(pairwise(lines)):
        feel = mood.between(bars[first].start_s, bars[last - 1].end_s)
        if before is not None:
            tonic = _moved(tonic, before, feel, rng)
        if index == len(lines) - 2 and index > 1:
            tonic = home
        found.append(Section(first, last, ThemeKey(tonic, mode_for(feel))))
        before = feel
    return tuple(found)


def functions_of(
    bars: Sequence[Bar],
    feels: Sequence[Feel],
    statements: Sequence[Statement],
    strokes: Sequence[Stroke],
    ending: Ending,
    in_type: InType,
) -> list[str]:
    """Say what each bar is for; the vocabulary is that of :class:`model.sketch.sketch_types.BarPlan`."""
    arousal = np.array([f.arousal for f in feels])
    top = float(arousal.max())
    peak = int(arousal.argmax())
    first_theme = min((bar_at(bars, s.start).index for s in statements), default=len(bars))
    intro = _intro(len(bars), first_theme, in_type)
    last_chord = bar_at(bars, ending.onset).index
    found: list[str] = []
    for bar, feel in zip(bars, feels, strict=True):
        k = bar.index
        ahead = float(arousal[min(k + 2, len(bars) - 1)])
        if any(s.treatment == "stop" and s.beat <= bar.start and s.until >= bar.end for s in strokes):
            found.append("silence")
        elif k >= last_chord and len(bars) > 1:
            found.append("tail" if ending.soft else "release")
        elif any(s.start < bar.end and s.end > bar.start for s in statements):
            found.append("climax" if feel.arousal >= max(_CLIMAX, 0.92 * top) else "statement")
        elif k < intro:
            found.append("intro")
        elif feel.arousal >= max(_CLIMAX, 0.9 * top):
            found.append("climax")
        elif feel.tension >= _STRAIN or (ahead - feel.arousal > _RISE and k < peak):
            found.append("tension")
        else:
            found.append("release" if k > peak and feel.arousal < 0.75 * top else "development")
    return found


def _intro(bars: int, first_theme: int, in_type: InType) -> int:
    """Bars before anything is said: none in a short cue or one that runs on from another."""
    if bars < _INTRO_FROM or in_type is InType.SEGUE:
        return 0
    return min(first_theme, 4 if bars > 2 * _INTRO_FROM else 2)


def _lines(cue: Cue, bars: Sequence[Bar], strokes: Sequence[Stroke], timebase: Timebase) -> list[int]:
    wanted = {nearest_line(bars, float(timebase.seconds(change.frame))) for change in cue.changes}
    wanted |= {bar_at(bars, s.beat).index for s in strokes if s.treatment == "change" and s.weight >= _HEAVY}
    lines = [0]
    for line in [*sorted(wanted), len(bars)]:
        if line - lines[-1] >= _SHORTEST and (len(bars) - line >= _SHORTEST or line == len(bars)):
            lines.extend(_phrases(lines[-1], line))
    if lines[-1] != len(bars):
        lines = [*(lines[:-1] if len(lines) > 1 else lines), len(bars)]
    return lines


def _phrases(first: int, last: int) -> list[int]:
    """Divide a long stretch into even sections of whole phrases; returns the lines after ``first``."""
    count = -(-(last - first) // _LONGEST)
    inner = [first + round((last - first) * k / count / 4) * 4 for k in range(1, count)]
    return [line for line in inner if first < line < last] + [last]


def _moved(tonic: int, before: Feel, now: Feel, rng: np.random.Generator) -> int:
    """Move the tonic a third or a second as the feeling turns; a small turn stays."""
    turn = now.arousal - before.arousal + 0.5 * (now.tension - before.tension)
    if abs(turn) < _RISE:
        return tonic
    steps = _MEDIANTS_UP if turn > 0 else _MEDIANTS_DOWN
    return (tonic + int(rng.choice(steps))) % 12
