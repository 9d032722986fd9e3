"""The plan of a cue: what every bar shall be, before a single free note is written.

Bars take their feeling from the cue's mood, their function from its turns, hits and statements; statements are placed
by the ledger and bring their chords; the rest of the harmony follows the tension to a cadence at the out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from zlib import crc32

import numpy as np

from model.errors import CueInvalid
from model.motifs.language import Chord, Language, PlannedStatement, ThemeKey
from model.sketch.plan.bars import Bar, bars_of
from model.sketch.plan.ending import Ending, ending_of
from model.sketch.plan.mood import CueMood, recoloured, written_mood
from model.sketch.plan.progression import progression
from model.sketch.plan.sections import Section, functions_of, sections_of
from model.sketch.plan.statements import Stated, fixed_chords, locked_notes, place
from model.sketch.plan.strokes import Stroke, strokes_of
from model.sketch.plan.tone import Feel
from model.sketch.sketch_types import BarPlan, Note, SketchSettings, Statement
from model.spotting.notes import Cue, DialogueLine, Hit
from model.time import Beat, Timebase
from model.timing.landing import Fit
from model.timing.tempo_map import TempoMap

_LONGEST_S = 20 * 60
_SHORTEST = Fraction(1, 4)
_TALK_CALMS = 0.35
_SHAPE = {"intro": 0.85, "tail": 0.75, "silence": 0.0}
_SOFTEST, _LOUDEST = 30, 112
_FADING = {"fade": 0.45, "under": 0.6, "ring": 0.8}
_VOICE_HZ = (200.0, 4000.0)


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything the writers of the free voices must know and may not change.

    Attributes
    ----------
    bars: one for each bar of the tempo map; ``grid`` the same bars as far as they sound, with their times
    chords: without gaps from the first beat to ``end``
    locked: notes of the statements
    talk: stretches under dialogue, in beats
    leave_free: MIDI pitches (lowest, highest) to keep clear of activity under dialogue, or None
    """

    cue: str
    tempo_map: TempoMap
    grid: tuple[Bar, ...]
    bars: tuple[BarPlan, ...]
    chords: tuple[Chord, ...]
    statements: tuple[Statement, ...]
    locked: tuple[Note, ...]
    strokes: tuple[Stroke, ...]
    ending: Ending
    end: Beat
    talk: tuple[tuple[Beat, Beat], ...]
    leave_free: tuple[int, int] | None
    seed: int
    cautions: tuple[str, ...] = ()


def plan(
    cue: Cue,
    fit: Fit,
    language: Language,
    mood: CueMood | None,
    dialogue: Sequence[DialogueLine],
    timebase: Timebase,
    settings: SketchSettings,
    hits: Sequence[Hit] = (),
) -> Plan:
    """Plan a cue bar by bar.

    ``hits`` say how a hit is to be played; without them the width of its window does. Raises CueInvalid for a cue
    of more than 20 minutes, one that ends before its first beat, and a ``settings.theme`` nobody knows.
    """
    tempo_map = fit.tempo_map
    end = tempo_map.beat(timebase.seconds(cue.span.end))
    _check(cue, end, timebase, language, settings)
    grid = bars_of(tempo_map, end)
    seed = crc32(f"{settings.seed}:{cue.id}".encode())
    rng = np.random.default_rng([seed, 0])
    feeling = recoloured(mood or written_mood(cue, timebase), settings.tone)
    talk = _talk(dialogue, tempo_map, timebase, end)
    shares = [_covered(bar, talk) for bar in grid]
    ending = ending_of(cue.out_type, grid, end)
    strokes = strokes_of(fit.landings, hits, grid, ending.onset, end)
    ledger = _ledger(cue, language, settings)
    sections = sections_of(cue, grid, feeling, strokes, _home(language, ledger), timebase, rng)
    stated, cautions = place(ledger, language, grid, sections, strokes, shares, end)
    statements = tuple(s.statement for s in stated)
    feels = [feeling.between(bar.start_s, bar.end_s) for bar in grid]
    functions = functions_of(grid, feels, statements, strokes, ending, cue.in_type)
    asked = [_asked(f, name, share) for f, name, share in zip(feels, functions, shares, strict=True)]
    asked = _fading(asked, ending)
    keys = [_key(bar, sections, stated) for bar in grid]
    bars = [
        _bar(bar, function, key, feel, share, strokes)
        for bar, function, key, feel, share in zip(grid, functions, keys, asked, shares, strict=True)
    ]
    chords = progression(grid, asked, sections, fixed_chords(stated, end), ending, end, rng)
    locked = locked_notes(stated, grid, [b.dynamic for b in bars], end)
    return Plan(
        cue=cue.id, tempo_map=tempo_map, grid=grid, bars=_padded(bars, tempo_map.bars), chords=chords,
        statements=statements, locked=tuple(locked), strokes=strokes, ending=ending, end=end, talk=talk,
        leave_free=_register(cue.palette.leave_free), seed=seed, cautions=cautions,
    )  # fmt: skip


def _check(cue: Cue, end: Beat, timebase: Timebase, language: Language, settings: SketchSettings) -> None:
    if timebase.seconds(cue.span.end) - timebase.seconds(cue.span.start) > _LONGEST_S:
        raise CueInvalid(f"Cue {cue.number} is longer than 20 minutes.", hint="Divide it into several cues.")
    if end.quarters < _SHORTEST:
        raise CueInvalid(f"Cue {cue.number} ends before a note can sound.", hint="Move its out or its first beat.")
    known = {theme.id for theme in language.themes}
    if settings.theme and settings.theme not in known:
        raise CueInvalid(f"There is no theme {settings.theme!r}.", hint=f"Themes: {', '.join(sorted(known))}.")


def _ledger(cue: Cue, language: Language, settings: SketchSettings) -> list[PlannedStatement]:
    """Take this cue's entries of the ledger, all of them of the featured theme if one was asked for."""
    own = [item for item in language.ledger if item.cue == cue.id]
    if not settings.theme:
        return own
    if not own:
        return [PlannedStatement(cue.id, settings.theme, 0.25, "statement", (), "asked for by hand")]
    return [replace(item, theme=settings.theme) for item in own]


def _home(language: Language, ledger: Sequence[PlannedStatement]) -> int:
    """Tonic of the cue: that of its first theme, else of the film's."""
    if ledger:
        return language.theme(min(ledger, key=lambda p: (p.at, p.theme)).theme).key.tonic
    return language.themes[0].key.tonic if language.themes else 2


def _talk(
    dialogue: Sequence[DialogueLine], tempo_map: TempoMap, timebase: Timebase, end: Beat
) -> tuple[tuple[Beat, Beat], ...]:
    """Lines as stretches of beats inside the music, joined where they overlap."""
    zero = Beat(Fraction(0))
    found: list[tuple[Beat, Beat]] = []
    for line in sorted(dialogue, key=lambda d: d.span):
        start, stop = (tempo_map.beat(timebase.seconds(edge)) for edge in (line.span.start, line.span.end))
        start, stop = max(start, zero), min(stop, end)
        if start >= stop:
            continue
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], stop))
        else:
            found.append((start, stop))
    return tuple(found)


def _covered(bar: Bar, talk: Sequence[tuple[Beat, Beat]]) -> float:
    under = sum((max(Fraction(0), min(b, bar.end) - max(a, bar.start)) for a, b in talk), Fraction(0))
    return float(under / bar.length)


def _asked(feel: Feel, function: str, talk: float) -> Feel:
    """Ask of a bar what its feeling says, less under talk and at the edges."""
    shape = _SHAPE.get(function, 1.0) * (1.0 - _TALK_CALMS * talk)
    return Feel(min(max(feel.arousal * shape, 0.0), 1.0), min(max(feel.tension, 0.0), 1.0), feel.valence)


def _fading(asked: list[Feel], ending: Ending) -> list[Feel]:
    """Let the last bars die away where the out wants it."""
    least = _FADING.get(ending.style)
    if least is None:
        return asked
    span = min(len(asked), 3)
    shares = [1.0] * (len(asked) - span) + [1.0 - (1.0 - least) * (k + 1) / span for k in range(span)]
    return [Feel(f.arousal * s, f.tension * s, f.valence) for f, s in zip(asked, shares, strict=True)]


def _key(bar: Bar, sections: Sequence[Section], stated: Sequence[Stated]) -> ThemeKey:
    for one in stated:
        if one.statement.start <= bar.start < one.statement.end:
            return one.key
    return next((s.key for s in sections if s.first <= bar.index < s.last), sections[-1].key)


def _bar(bar: Bar, function: str, key: ThemeKey, feel: Feel, talk: float, strokes: Sequence[Stroke]) -> BarPlan:
    inside = [s for s in strokes if bar.start <= s.beat < bar.end]
    heaviest = max(inside, key=lambda s: (s.weight, -s.beat.quarters), default=None)
    density = 0.0 if function == "silence" else min(max((0.12 + 0.88 * feel.arousal) * (1.0 - 0.5 * talk), 0.0), 1.0)
    return BarPlan(
        bar=bar.index, function=function, key=key, density=round(density, 4),
        dynamic=round(_SOFTEST + (_LOUDEST - _SOFTEST) * feel.arousal),
        arousal=round(feel.arousal, 4), tension=round(feel.tension, 4), valence=round(feel.valence, 4),
        talk=round(talk, 4), hit=heaviest.treatment if heaviest else "",
        hit_beats=tuple(s.beat - bar.start for s in inside),
    )  # fmt: skip


def _padded(bars: list[BarPlan], count: int) -> tuple[BarPlan, ...]:
    """Give the bars after the out, which nobody plays, a plan of silence."""
    last = bars[-1]
    rest = [
        replace(last, bar=k, function="silence", density=0.0, arousal=0.0, talk=0.0, hit="", hit_beats=())
        for k in range(len(bars), count)
    ]
    return (*bars, *rest)


def _register(text: str) -> tuple[int, int] | None:
    """Read the register to leave to the voice ("200-4000 Hz") as MIDI pitches; None where nothing is asked."""
    if not text.strip():
        return None
    low, dash, high = text.lower().replace("hz", "").replace("–", "-").partition("-")
    try:
        edges = (float(low), float(high)) if dash else _VOICE_HZ
    except ValueError:
        edges = _VOICE_HZ
    lowest, highest = (round(69 + 12 * float(np.log2(max(edge, 20.0) / 440.0))) for edge in edges)
    return lowest, highest
