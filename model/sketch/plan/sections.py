"""Sections: where the music turns, the key of each section, and the function of every bar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from model.motifs.language import ThemeKey
from model.motifs.mood import MoodPoint
from model.sketch.plan.bars import GridBar, bar_at, find_nearest_line
from model.sketch.plan.ending import Ending
from model.sketch.plan.hits import PlannedHit
from model.sketch.plan.mood import CueMood
from model.sketch.sketch_types import Statement
from model.spotting.notes import Cue, InType
from model.time import Timebase

_SHORTEST_SECTION_BARS = 3
_LONGEST_SECTION_BARS = 12
_PHRASE_BARS = 4
_SHORTEST_WITH_INTRO_BARS = 8
_LONG_INTRO_BARS = 4  # in a cue of more than twice as many bars as may have an intro; else two
_SHORT_INTRO_BARS = 2
_CLIMAX_AROUSAL = 0.55  # of 0-1; below it no bar is a climax, however calm the cue
_CLIMAX_SHARE = 0.9  # of the cue's highest arousal, from which on a bar is a climax
_THEME_CLIMAX_SHARE = 0.92  # the same for a bar with a statement
_RELEASE_SHARE = 0.75  # of the highest arousal, below which a bar after the peak is a release
_HIGH_TENSION = 0.6  # of 0-1; from it on a bar is tension
_RISE = 0.06  # of arousal; a smaller change is none
_KEYS_UP_SEMITONES = (3, 4, 2)
_KEYS_DOWN_SEMITONES = (-4, -3, -2)
_HEAVY_WEIGHT = 3.0  # of 5, of a hit that begins a section
_VERY_BRIGHT = 0.35  # valence of -1..1; the borders between the scales
_BRIGHT = 0.12  # valence
_DARK = -0.12  # valence
_VERY_DARK = -0.4  # valence
_CALM = 0.3  # of tension and arousal, 0-1
_STRAINED = 0.6  # of tension and arousal, 0-1


@dataclass(frozen=True, slots=True)
class KeySection:
    """Bars from ``first`` up to ``last`` (excluded) in one key."""

    first: int
    last: int
    key: ThemeKey


def divide_sections(
    cue: Cue,
    bars: Sequence[GridBar],
    mood: CueMood,
    hits: Sequence[PlannedHit],
    home: int,
    timebase: Timebase,
    rng: np.random.Generator,
) -> tuple[KeySection, ...]:
    """Divide the cue at its changes and heavy hits, and long stretches into sections of at most twelve bars.

    A rise in arousal and tension lifts the key by a second or third, a fall lowers it; the last of three or more
    sections is in the key of the first, whose tonic is ``home``.
    """
    lines = _section_lines(cue, bars, hits, timebase)
    found: list[KeySection] = []
    tonic, before = home, None
    for index, (first, last) in enumerate(pairwise(lines)):
        point = mood.mean_between(bars[first].start_s, bars[last - 1].end_s)
        if before is not None:
            tonic = _move_tonic(tonic, before, point, rng)
        if index == len(lines) - 2 and index > 1:
            tonic = home
        found.append(KeySection(first, last, ThemeKey(tonic, mode_for(point))))
        before = point
    return tuple(found)


def plan_functions(
    bars: Sequence[GridBar],
    moods: Sequence[MoodPoint],
    statements: Sequence[Statement],
    hits: Sequence[PlannedHit],
    ending: Ending,
    in_type: InType,
) -> list[str]:
    """Plan the function of each bar; :class:`model.sketch.sketch_types.BarPlan` lists them."""
    arousal = np.array([m.arousal for m in moods])
    top = float(arousal.max())
    peak = int(arousal.argmax())
    first_theme = min((bar_at(bars, s.start).index for s in statements), default=len(bars))
    intro = _intro_bars(len(bars), first_theme, in_type)
    last_chord = bar_at(bars, ending.onset).index
    found: list[str] = []
    for bar, mood in zip(bars, moods, strict=True):
        k = bar.index
        ahead = float(arousal[min(k + 2, len(bars) - 1)])
        if any(h.treatment == "stop" and h.beat <= bar.start and h.until >= bar.end for h in hits):
            found.append("silence")
        elif k >= last_chord and len(bars) > 1:
            found.append("tail" if ending.soft else "release")
        elif any(s.start < bar.end and s.end > bar.start for s in statements):
            found.append("climax" if mood.arousal >= max(_CLIMAX_AROUSAL, _THEME_CLIMAX_SHARE * top) else "statement")
        elif k < intro:
            found.append("intro")
        elif mood.arousal >= max(_CLIMAX_AROUSAL, _CLIMAX_SHARE * top):
            found.append("climax")
        elif mood.tension >= _HIGH_TENSION or (ahead - mood.arousal > _RISE and k < peak):
            found.append("tension")
        else:
            found.append("release" if k > peak and mood.arousal < _RELEASE_SHARE * top else "development")
    return found


def _intro_bars(bars: int, first_theme: int, in_type: InType) -> int:
    """Count the bars before the first theme or phrase: none in a short cue or one that continues another."""
    if bars < _SHORTEST_WITH_INTRO_BARS or in_type is InType.SEGUE:
        return 0
    longest = _LONG_INTRO_BARS if bars > 2 * _SHORTEST_WITH_INTRO_BARS else _SHORT_INTRO_BARS
    return min(first_theme, longest)


def _section_lines(cue: Cue, bars: Sequence[GridBar], hits: Sequence[PlannedHit], timebase: Timebase) -> list[int]:
    """List the bars at which sections begin, and the number of bars."""
    wanted = {find_nearest_line(bars, float(timebase.seconds(change.frame))) for change in cue.changes}
    wanted |= {bar_at(bars, h.beat).index for h in hits if h.treatment == "change" and h.weight >= _HEAVY_WEIGHT}
    lines = [0]
    for line in [*sorted(wanted), len(bars)]:
        if line - lines[-1] >= _SHORTEST_SECTION_BARS and (
            len(bars) - line >= _SHORTEST_SECTION_BARS or line == len(bars)
        ):
            lines.extend(_divide_stretch(lines[-1], line))
    if lines[-1] != len(bars):
        lines = [*(lines[:-1] if len(lines) > 1 else lines), len(bars)]
    return lines


def _divide_stretch(first: int, last: int) -> list[int]:
    """Divide a long stretch into even sections of whole phrases; returns the lines after ``first``."""
    count = -(-(last - first) // _LONGEST_SECTION_BARS)
    inner = [first + round((last - first) * k / count / _PHRASE_BARS) * _PHRASE_BARS for k in range(1, count)]
    return [line for line in inner if first < line < last] + [last]


def _move_tonic(tonic: int, before: MoodPoint, now: MoodPoint, rng: np.random.Generator) -> int:
    """Move the tonic (0-11) a third or a second where arousal and tension turn; a small turn keeps it."""
    turn = now.arousal - before.arousal + 0.5 * (now.tension - before.tension)
    if abs(turn) < _RISE:
        return tonic
    steps = _KEYS_UP_SEMITONES if turn > 0 else _KEYS_DOWN_SEMITONES
    return (tonic + int(rng.choice(steps))) % 12


def mode_for(mood: MoodPoint) -> str:
    """Mode of a section, a scale of ``model.motifs.language.STEPS``: bright ones for joy, dark ones for dread."""
    if mood.valence > _VERY_BRIGHT:
        return "lydian" if mood.tension < _CALM and mood.arousal < _CALM else "major"
    if mood.valence > _BRIGHT:
        return "mixolydian" if mood.arousal > _STRAINED else "major"
    if mood.valence > _DARK:
        return "harmonic minor" if mood.tension > _STRAINED else "dorian"
    if mood.tension > _STRAINED:
        return "phrygian" if mood.valence < _VERY_DARK else "harmonic minor"
    return "minor"
