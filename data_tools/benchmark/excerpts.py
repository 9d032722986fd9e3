"""Excerpts of eight bars: real ones from held-out movements, and the same plans written by net, rules and 4-gram.

The plan of an excerpt is what was measured of the real one: arousal, tension, valence, density, dynamics, key, meter,
tempo and the chord of every half bar. Net and rules write to it; the 4-gram (orchestra, the net's own tokens and
grammar) is given nothing but the length of the bars. Hits and the out play no part here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from data_tools.benchmark.music_features import Excerpt
from data_tools.benchmark.ngram import WittenBell
from data_tools.corpora.scores import ShortScore
from model.motifs.harmony import join_equal_chords
from model.motifs.language import Chord, ThemeKey
from model.sketch.measures import QUALITY_NAMES, measure_bars, name_chords
from model.sketch.net.infill import write_infill
from model.sketch.net.tokens import BAR, GRID, ROLES, VOCABULARY, TokenBar, TokenStream, allowed_tokens, encode
from model.sketch.plan.bars import bars_of
from model.sketch.plan.ending import Ending
from model.sketch.plan.plan import Plan
from model.sketch.rules.engine import write_by_rules
from model.sketch.rules.slots import SlotPlan, make_slot_plan
from model.sketch.sketch_types import BarPlan, Note, VoiceRole
from model.sketch.voices import confine_notes, fill_hollow_slots
from model.time import Beat
from model.timing.tempo_map import Meter, Tempo, TempoMap

BARS = 8
# What the rule engine writes when asked for arousal 0 to 1 measures 0.2 to 0.66.
_MEASURED_LEAST = 0.2  # of the arousal measured
_MEASURED_RANGE = 0.46  # of the arousal measured
_MOST_TOKENS = 1600
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Window:
    """Eight bars of one movement in one meter: the notes with onsets from the first bar line, and their plan."""

    notes: tuple[Note, ...]
    plan: Plan

    @property
    def slots(self) -> SlotPlan:
        """The plan divided into slots."""
        return make_slot_plan(self.plan)


def choose_windows(movements: Sequence[ShortScore], count: int) -> list[Window]:
    """Choose ``count`` windows evenly over the movements: whole bars of one meter, none of them silent."""
    places = [(m, k) for m in movements for k in range(0, len(m.bars) - BARS, BARS) if _usable(m, k)]
    chosen = np.linspace(0, len(places) - 1, min(count, len(places))).round().astype(int)
    return [_window(*places[int(k)]) for k in chosen]


def make_excerpt(notes: Sequence[Note], plan: Plan) -> Excerpt:
    """Turn notes into arrays, with the plan's bar lines."""
    lines = np.array([float(b.start.quarters) for b in plan.grid] + [float(plan.end.quarters)])
    table = np.array([(float(n.onset.quarters), float(n.duration), float(n.pitch)) for n in notes]).reshape(-1, 3)
    return Excerpt(table[:, 0], table[:, 1], table[:, 2], lines)


def write_window_by_rules(window: Window, seed: int) -> list[Note]:
    """Write the plan by rule, asked for such an arousal that the result measures like the original."""
    asked = tuple(
        replace(b, arousal=min(max((b.arousal - _MEASURED_LEAST) / _MEASURED_RANGE, 0.0), 1.0))
        for b in window.plan.bars
    )
    return write_by_rules(make_slot_plan(replace(window.plan, bars=asked)), seed)


def write_window_by_net(window: Window, seed: int) -> list[Note]:
    """Write the plan with the net; slots it leaves hollow are filled by rule, as in a sketch."""
    plan = window.plan
    notes, _ = write_infill(plan.bars, plan.chords, (), plan.tempo_map, tuple(VoiceRole), seed)
    free = confine_notes(window.slots, notes)
    return [*free, *fill_hollow_slots(window.slots, free, write_window_by_rules(window, seed))]


def write_window_by_ngram(window: Window, model: WittenBell, seed: int) -> list[Note]:
    """Draw bars of the same lengths from an n-gram, by the net's own grammar."""
    rng = np.random.default_rng([seed, 4])
    stream, found = TokenStream(), list[Note]()
    length = int(window.plan.grid[0].length * GRID)
    stream.begin_bar(length)
    bar = 0
    for _ in range(_MOST_TOKENS):
        chance = model.probabilities(stream.tokens[-3:]) * allowed_tokens(stream)
        chance[BAR + 1] = 0.0  # the piece does not end before its last bar
        token = int(rng.choice(VOCABULARY, p=chance / chance.sum()))
        if token == BAR:
            bar += 1
            if bar == BARS:
                break
            stream.begin_bar(length)
        elif (note := stream.push(token)) is not None:
            onset = window.plan.grid[bar].start + Fraction(note.pos, GRID)
            found.append(Note(ROLES[note.role], onset, Fraction(note.dur, GRID), note.pitch, note.velocity))
    return found


def count_ngrams(movements: Sequence[ShortScore]) -> WittenBell:
    """Count the 4-grams of some movements."""
    return WittenBell(
        [encode([TokenBar(b.length, n) for b, n in zip(m.bars, m.notes, strict=True)]).tokens for m in movements],
        VOCABULARY,
    )


def _usable(movement: ShortScore, first: int) -> bool:
    bars = movement.bars[first : first + BARS]
    full = all(b.length * b.unit == b.beats * 4 * GRID for b in bars)
    same = len({(b.beats, b.unit, b.length) for b in bars}) == 1
    return full and same and all(movement.notes[first + k] for k in range(BARS))


def _window(movement: ShortScore, first: int) -> Window:
    bars = movement.bars[first : first + BARS]
    origin = bars[0].start
    notes = tuple(
        Note(
            ROLES[n.role], Beat(Fraction(bar.start - origin + n.pos, GRID)), Fraction(n.dur, GRID), n.pitch, n.velocity
        )
        for bar, own in zip(bars, movement.notes[first : first + BARS], strict=True)
        for n in own
    )
    meter = Meter(0, bars[0].beats, bars[0].unit)
    bpm = Fraction(round(min(max(bars[0].bpm, 40.0), 200.0)))
    tempo_map = TempoMap(Fraction(0), BARS, (Tempo(Beat(Fraction(0)), bpm),), (meter,))
    return Window(notes, _plan(notes, tempo_map))


def _plan(notes: Sequence[Note], tempo_map: TempoMap) -> Plan:
    end = tempo_map.end
    grid = bars_of(tempo_map, end)
    table = np.array([(float(n.onset.quarters), float(n.duration), float(n.pitch), float(n.velocity)) for n in notes]).T
    lines = np.array([float(b.start.quarters) for b in grid] + [float(end.quarters)])
    pitch = table[2].astype(np.int64)
    measured = measure_bars(table[0], table[1], pitch, table[3], lines, float(tempo_map.tempi[0].bpm))
    plans = tuple(
        BarPlan(
            k,
            "development",
            ThemeKey(int(measured.key[k]) % 12, "minor" if measured.key[k] >= 12 else "major"),
            float(measured.density[k]),
            round(float(measured.dynamic[k])),
            float(measured.arousal[k]),
            float(measured.tension[k]),
            float(measured.valence[k]),
            0.0,
        )
        for k in range(BARS)
    )
    return Plan(
        "excerpt",
        tempo_map,
        grid,
        plans,
        _chords(table, pitch, lines),
        (),
        (),
        (),
        Ending(end, "cut"),
        end,
        (),
        None,
        0,
    )


def _chords(table: Floats, pitch: Ints, lines: Floats) -> tuple[Chord, ...]:
    halves = np.sort(np.concatenate([lines, (lines[1:] + lines[:-1]) / 2]))
    roots, qualities = name_chords(table[0], table[1], pitch, halves)
    found: list[Chord] = []
    for k, (root, quality) in enumerate(zip(roots, qualities, strict=True)):
        start, until = (Fraction(float(halves[k + e])).limit_denominator(GRID * 4) for e in (0, 1))
        if root >= 0 or not found:
            found.append(Chord(start, until - start, max(int(root), 0), QUALITY_NAMES[int(quality)]))
        else:
            found.append(replace(found[-1], onset=start, duration=until - start))
    return join_equal_chords(found)
