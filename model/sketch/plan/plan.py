"""The plan of a cue: what every bar should be, before free notes are written.

Bars take their mood from the cue's mood and their function from its changes, hits and statements. Statements are placed
by the ledger and bring their own chords; the other chords follow the tension, up to a cadence at the out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from zlib import crc32

import numpy as np

from model.errors import CueInvalid
from model.motifs.language import Chord, Language, PlannedStatement, ThemeKey
from model.motifs.mood import MoodPoint
from model.sketch.plan.bars import GridBar, bars_of
from model.sketch.plan.ending import Ending, find_ending
from model.sketch.plan.hits import PlannedHit, plan_hits
from model.sketch.plan.mood import CueMood, move_mood, written_mood
from model.sketch.plan.progression import write_progression
from model.sketch.plan.sections import KeySection, divide_sections, plan_functions
from model.sketch.plan.statements import PlacedStatement, fixed_chords, locked_notes, place_statements
from model.sketch.settings import SketchSettings
from model.sketch.sketch_types import BarPlan, Note, Statement
from model.spotting.notes import Cue, DialogueLine, Hit
from model.time import Beat, Timebase
from model.timing.landing import Fit
from model.timing.tempo_map import TempoMap

_LONGEST_CUE_S = 20 * 60
_SHORTEST_CUE_QUARTERS = Fraction(1, 4)
_TALK_CALM_SHARE = 0.35  # of arousal, taken from a bar all under dialogue
_TALK_DENSITY_SHARE = 0.5  # of density, taken from a bar all under dialogue
_LEAST_DENSITY = 0.12  # of 0-1, without arousal
_FUNCTION_FACTOR = {"intro": 0.85, "tail": 0.75, "silence": 0.0}  # on a bar's arousal
_SOFTEST_VELOCITY = 30  # MIDI, of a bar without arousal
_LOUDEST_VELOCITY = 112  # MIDI, of a bar of full arousal
_FADE_FACTOR = {"fade": 0.45, "under": 0.6, "ring": 0.8}  # on the arousal and tension of the last bar
_FADE_BARS = 3
_ASKED_PLACE = 0.25  # of the cue, for a theme asked for in a cue without statements
_DEFAULT_TONIC = 2  # D, in a film without themes
_VOICE_HZ = (200.0, 4000.0)
_A4_PITCH = 69  # MIDI
_A4_HZ = 440.0
_LOWEST_HZ = 20.0


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that is decided before the free voices are written, and that they may not change.

    Attributes
    ----------
    bars: one for each bar of the tempo map; ``grid``: the bars that sound, with their times
    chords: without gaps from the first beat to ``end``
    locked: notes of the statements
    talk: stretches under dialogue, in beats
    leave_free: MIDI pitches (lowest, highest) to keep clear of activity under dialogue, or None
    """

    cue: str
    tempo_map: TempoMap
    grid: tuple[GridBar, ...]
    bars: tuple[BarPlan, ...]
    chords: tuple[Chord, ...]
    statements: tuple[Statement, ...]
    locked: tuple[Note, ...]
    hits: tuple[PlannedHit, ...]
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

    ``hits`` hold the treatment of each hit; without them it follows from the width of its window. Raises CueInvalid for
    a cue of more than 20 minutes, one that ends before its first beat, and an unknown ``settings.theme``.
    """
    tempo_map = fit.tempo_map
    end = tempo_map.beat(timebase.seconds(cue.span.end))
    _check_cue(cue, end, timebase, language, settings)
    grid = bars_of(tempo_map, end)
    seed = crc32(f"{settings.seed}:{cue.id}".encode())
    rng = np.random.default_rng([seed, 0])
    cue_mood = move_mood(mood or written_mood(cue, timebase), settings.tone)
    talk = _talk_beats(dialogue, tempo_map, timebase, end)
    shares = [_share_under_talk(bar, talk) for bar in grid]
    ending = find_ending(cue.out_type, grid, end)
    planned_hits = plan_hits(fit.landings, hits, grid, ending.onset, end)
    ledger = _ledger_of(cue, language, settings)
    sections = divide_sections(cue, grid, cue_mood, planned_hits, _home_tonic(language, ledger), timebase, rng)
    stated, cautions = place_statements(ledger, language, grid, sections, planned_hits, shares, end)
    statements = tuple(s.statement for s in stated)
    moods = [cue_mood.mean_between(bar.start_s, bar.end_s) for bar in grid]
    functions = plan_functions(grid, moods, statements, planned_hits, ending, cue.in_type)
    moods = [_adapt_mood(m, name, share) for m, name, share in zip(moods, functions, shares, strict=True)]
    moods = _fade_out(moods, ending)
    keys = [_key_at(bar, sections, stated) for bar in grid]
    bars = [
        _plan_bar(bar, function, key, mood, share, planned_hits)
        for bar, function, key, mood, share in zip(grid, functions, keys, moods, shares, strict=True)
    ]
    chords = write_progression(grid, moods, sections, fixed_chords(stated, end), ending, end, rng)
    locked = locked_notes(stated, grid, [b.dynamic for b in bars], end)
    return Plan(
        cue=cue.id, tempo_map=tempo_map, grid=grid, bars=_add_silent_bars(bars, tempo_map.bars), chords=chords,
        statements=statements, locked=tuple(locked), hits=planned_hits, ending=ending, end=end, talk=talk,
        leave_free=_read_register(cue.palette.leave_free), seed=seed, cautions=cautions,
    )  # fmt: skip


def _check_cue(cue: Cue, end: Beat, timebase: Timebase, language: Language, settings: SketchSettings) -> None:
    if timebase.seconds(cue.span.end) - timebase.seconds(cue.span.start) > _LONGEST_CUE_S:
        raise CueInvalid(f"Cue {cue.number} is longer than 20 minutes.", hint="Divide it into several cues.")
    if end.quarters < _SHORTEST_CUE_QUARTERS:
        raise CueInvalid(f"Cue {cue.number} ends before a note can sound.", hint="Move its out or its first beat.")
    known = {theme.id for theme in language.themes}
    if settings.theme and settings.theme not in known:
        raise CueInvalid(f"There is no theme {settings.theme!r}.", hint=f"Themes: {', '.join(sorted(known))}.")


def _ledger_of(cue: Cue, language: Language, settings: SketchSettings) -> list[PlannedStatement]:
    """Take this cue's entries of the ledger, all of them of the featured theme if one was asked for."""
    own = [item for item in language.ledger if item.cue == cue.id]
    if not settings.theme:
        return own
    if not own:
        return [PlannedStatement(cue.id, settings.theme, _ASKED_PLACE, "statement", (), "asked for by hand")]
    return [replace(item, theme=settings.theme) for item in own]


def _home_tonic(language: Language, ledger: Sequence[PlannedStatement]) -> int:
    """Tonic (0-11) of the cue: that of its first theme, else of the film's first theme."""
    if ledger:
        return language.theme(min(ledger, key=lambda p: (p.at, p.theme)).theme).key.tonic
    return language.themes[0].key.tonic if language.themes else _DEFAULT_TONIC


def _talk_beats(
    dialogue: Sequence[DialogueLine], tempo_map: TempoMap, timebase: Timebase, end: Beat
) -> tuple[tuple[Beat, Beat], ...]:
    """Lines of dialogue as stretches of beats inside the music, joined where they overlap."""
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


def _share_under_talk(bar: GridBar, talk: Sequence[tuple[Beat, Beat]]) -> float:
    under = sum((max(Fraction(0), min(b, bar.end) - max(a, bar.start)) for a, b in talk), Fraction(0))
    return float(under / bar.length)


def _adapt_mood(mood: MoodPoint, function: str, talk: float) -> MoodPoint:
    """Lower the arousal of a bar under dialogue, in the intro and in the tail; keep all values in range."""
    factor = _FUNCTION_FACTOR.get(function, 1.0) * (1.0 - _TALK_CALM_SHARE * talk)
    return MoodPoint(min(max(mood.arousal * factor, 0.0), 1.0), min(max(mood.tension, 0.0), 1.0), mood.valence)


def _fade_out(moods: list[MoodPoint], ending: Ending) -> list[MoodPoint]:
    """Lower the arousal and tension of the last bars where the out is a soft one."""
    least = _FADE_FACTOR.get(ending.style)
    if least is None:
        return moods
    span = min(len(moods), _FADE_BARS)
    factors = [1.0] * (len(moods) - span) + [1.0 - (1.0 - least) * (k + 1) / span for k in range(span)]
    return [MoodPoint(m.arousal * f, m.tension * f, m.valence) for m, f in zip(moods, factors, strict=True)]


def _key_at(bar: GridBar, sections: Sequence[KeySection], stated: Sequence[PlacedStatement]) -> ThemeKey:
    """Key of a bar: that of a statement in it, else of its section."""
    for one in stated:
        if one.statement.start <= bar.start < one.statement.end:
            return one.key
    return next((s.key for s in sections if s.first <= bar.index < s.last), sections[-1].key)


def _plan_bar(
    bar: GridBar, function: str, key: ThemeKey, mood: MoodPoint, talk: float, hits: Sequence[PlannedHit]
) -> BarPlan:
    inside = [s for s in hits if bar.start <= s.beat < bar.end]
    heaviest = max(inside, key=lambda s: (s.weight, -s.beat.quarters), default=None)
    density = (_LEAST_DENSITY + (1.0 - _LEAST_DENSITY) * mood.arousal) * (1.0 - _TALK_DENSITY_SHARE * talk)
    density = 0.0 if function == "silence" else min(max(density, 0.0), 1.0)
    return BarPlan(
        bar=bar.index, function=function, key=key, density=round(density, 4),
        dynamic=round(_SOFTEST_VELOCITY + (_LOUDEST_VELOCITY - _SOFTEST_VELOCITY) * mood.arousal),
        arousal=round(mood.arousal, 4), tension=round(mood.tension, 4), valence=round(mood.valence, 4),
        talk=round(talk, 4), hit=heaviest.treatment if heaviest else "",
        hit_beats=tuple(s.beat - bar.start for s in inside),
    )  # fmt: skip


def _add_silent_bars(bars: list[BarPlan], count: int) -> tuple[BarPlan, ...]:
    """Add plans of silence for the bars of the tempo map after the out."""
    last = bars[-1]
    rest = [
        replace(last, bar=k, function="silence", density=0.0, arousal=0.0, talk=0.0, hit="", hit_beats=())
        for k in range(len(bars), count)
    ]
    return (*bars, *rest)


def _read_register(text: str) -> tuple[int, int] | None:
    """Read the register to leave to the voices ("200-4000 Hz") as MIDI pitches; None for an empty text.

    A text that is no range of frequencies means that of speech.
    """
    if not text.strip():
        return None
    low, dash, high = text.lower().replace("hz", "").replace("–", "-").partition("-")
    try:
        edges = (float(low), float(high)) if dash else _VOICE_HZ
    except ValueError:
        edges = _VOICE_HZ
    lowest, highest = (round(_A4_PITCH + 12 * float(np.log2(max(edge, _LOWEST_HZ) / _A4_HZ))) for edge in edges)
    return lowest, highest
