"""Free melody: phrases that breathe where no theme is stated and nobody speaks.

A phrase is two bars: a rhythm, a line that moves by step between chord tones, a long last note and a rest. The answer
takes the rhythm over. Free tunes leave room: never more than two phrases in a row, none in an intro or a tail.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from model.motifs.degrees import degree_of, in_scale, pitch_of
from model.sketch.rules.slots import Desk, Slot, under_talk
from model.sketch.rules.voicing import nearest_tone
from model.sketch.sketch_types import Note, Role

_TUNEFUL = frozenset({"development", "climax", "tension", "release", "statement"})
_CALM, _LIVELY = 0.38, 0.66
_TALK = 0.15
_CHANCE = 0.72
_LOW, _HIGH = 60, 84
_LEAP = 7
_PHRASE_BARS = 2
_RHYTHMS: dict[str, tuple[tuple[str, ...], ...]] = {
    "calm": (("4",), ("3", "1"), ("2", "2")),
    "moving": (("3/2", "1/2", "2"), ("1", "1", "2"), ("2", "1", "1"), ("1", "2", "1")),
    "lively": (
        ("1", "1/2", "1/2", "2"), ("3/2", "1/2", "1", "1"), ("1/2", "1/2", "1", "1", "1"), ("1", "1", "3/2", "1/2"),
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Phrase:
    """Rhythm of a phrase, quarter notes from its first bar line: (onset, duration)."""

    values: tuple[tuple[Fraction, Fraction], ...]


def write_tune(desk: Desk, rng: np.random.Generator) -> list[Note]:
    """Write the free phrases of the cue."""
    notes: list[Note] = []
    before: _Phrase | None = None
    in_a_row = 0
    pitch = round(66 + 8 * (desk.slots[0].bar.arousal - 0.4)) if desk.slots else 66
    for bars in _places(desk):
        sing = in_a_row < 2 and rng.random() < _CHANCE  # noqa: PLR2004 - a statement and its answer
        if not sing:
            in_a_row, before = 0, None
            continue
        phrase = before if before and in_a_row else _rhythm(bars, rng)
        sung = _sung(desk, bars, phrase, pitch, rng)
        notes += sung
        pitch = sung[-1].pitch if sung else pitch
        before, in_a_row = phrase, in_a_row + 1
    return notes


def _places(desk: Desk) -> list[list[Slot]]:
    """Find pairs of bars where a free phrase may sound, as their slots."""
    by_bar: dict[int, list[Slot]] = {}
    for slot in desk.slots:
        by_bar.setdefault(slot.bar.bar, []).append(slot)
    found: list[list[Slot]] = []
    run: list[int] = []
    for index, slots in by_bar.items():
        bar = slots[0].bar
        free = bar.function in _TUNEFUL and bar.talk < _TALK and not any(s.stated for s in slots)
        free = free and bar.hit not in {"stop", "hold"} and slots[0].start < desk.plan.ending.onset
        run = [*run, index] if free and (not run or run[-1] == index - 1) else [index] if free else []
        if len(run) == _PHRASE_BARS:
            found.append([s for k in run for s in by_bar[k]])
            run = []
    return found


def _rhythm(slots: Sequence[Slot], rng: np.random.Generator) -> _Phrase:
    """Draw a rhythm for two bars that ends long and leaves a beat to breathe."""
    arousal = slots[0].bar.arousal
    level = "calm" if arousal < _CALM else "moving" if arousal < _LIVELY else "lively"
    length = slots[-1].end - slots[0].start
    singing = length - (Fraction(1) if length > 4 else Fraction(1, 2))  # noqa: PLR2004 - one bar and more
    values: list[tuple[Fraction, Fraction]] = []
    at = Fraction(0)
    while at < singing:
        cells = _RHYTHMS[level]
        for value in cells[int(rng.integers(len(cells)))]:
            if at >= singing:
                break
            held = min(Fraction(value), singing - at)
            values.append((at, held))
            at += held
    if len(values) > 2 and values[-1][1] < 1:  # noqa: PLR2004 - end long: join the last two
        (onset, held), last = values[-2], values.pop()
        values[-1] = (onset, held + last[1])
    return _Phrase(tuple(values))


def _sung(desk: Desk, slots: Sequence[Slot], phrase: _Phrase, near: int, rng: np.random.Generator) -> list[Note]:
    """Give the rhythm pitches: chord tones on the strong places, steps of the scale between, an arch over all."""
    start, total = slots[0].start, slots[-1].end - slots[0].start
    lift = 5 if slots[0].bar.valence >= 0 else 3
    centre = round(70 + 10 * (slots[0].bar.arousal - 0.5))
    notes: list[Note] = []
    pitch = round((near + centre) / 2)
    for index, (onset, duration) in enumerate(phrase.values):
        at = start + onset
        slot = next(s for s in reversed(slots) if s.start <= at)
        share = float(onset / total)
        aim = centre + lift * float(np.sin(np.pi * min(share * 1.2, 1.0))) - 2 * share
        last = index == len(phrase.values) - 1
        strong = not index or last or onset % 2 == 0 or duration >= 2  # noqa: PLR2004 - half notes
        pitch = _next(slot, pitch, aim, rng, strong=strong)
        if not under_talk(desk.plan, at) and at < desk.plan.ending.onset:
            held = min(duration, desk.plan.ending.onset - at)
            notes.append(desk.note(Role.MELODY, at, held, pitch, 3.0 if strong else -2.0))
    return notes


def _next(slot: Slot, pitch: int, aim: float, rng: np.random.Generator, *, strong: bool) -> int:
    """Choose the next pitch: towards the arch, by step where weak, never the same one and never a great leap."""
    way = 1 if aim > pitch else -1
    if rng.random() < 0.25:  # noqa: PLR2004 - a quarter of the steps go against the arch
        way = -way
    if strong:
        found = nearest_tone(slot.chord, pitch + way * int(rng.integers(1, 5)), _LOW, _HIGH)
        if found == pitch:
            found = nearest_tone(slot.chord, pitch + way * 4, _LOW, _HIGH)
        return found if abs(found - pitch) <= _LEAP else nearest_tone(slot.chord, pitch + way * 3, _LOW, _HIGH)
    key = slot.bar.key
    base = pitch if in_scale(pitch, key) else pitch - 1
    degree, _ = degree_of(base, key)
    return min(max(pitch_of(degree + way, key), _LOW), _HIGH)
