"""Write the free melody: phrases where no theme is stated and nobody speaks.

A phrase is two bars: a rhythm, a line that moves by step between chord tones, a long last note and a rest. The next
phrase takes the same rhythm. There are never more than two phrases in a row, and none in an intro or a tail.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from model.motifs.degrees import degree_of, in_scale, pitch_of
from model.sketch.rules.slots import ChordSlot, SlotPlan, is_under_talk
from model.sketch.rules.voicing import nearest_tone
from model.sketch.sketch_types import Note, VoiceRole

_MELODY_FUNCTIONS = frozenset({"development", "climax", "tension", "release", "statement"})
_CALM_AROUSAL = 0.38  # of 0-1; below it calm rhythms
_LIVELY_AROUSAL = 0.66  # of 0-1; from it on lively rhythms
_MOST_TALK_SHARE = 0.15  # of a bar; with more dialogue there is no free melody
_PHRASE_PROBABILITY = 0.72
_MOST_IN_A_ROW = 2  # phrases: one and its answer
_AGAINST_PROBABILITY = 0.25  # of a move against the arch
_LOWEST_PITCH = 60  # MIDI
_HIGHEST_PITCH = 84  # MIDI
_CENTRE_PITCH = 70  # MIDI, at arousal 0.5
_FIRST_PITCH = 66  # MIDI, at arousal 0.4
_LARGEST_LEAP_SEMITONES = 7
_LONG_QUARTERS = 2  # notes so long are on chord tones
_STRONG_VELOCITY = 3.0  # added to notes on chord tones
_WEAK_VELOCITY = -2.0  # added to the others
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


def write_tune(slot_plan: SlotPlan, rng: np.random.Generator) -> list[Note]:
    """Write the free phrases of the cue."""
    notes: list[Note] = []
    before: _Phrase | None = None
    in_a_row = 0
    pitch = _FIRST_PITCH
    if slot_plan.slots:
        pitch = round(_FIRST_PITCH + 8 * (slot_plan.slots[0].bar.arousal - 0.4))
    for slots in _find_places(slot_plan):
        if not (in_a_row < _MOST_IN_A_ROW and rng.random() < _PHRASE_PROBABILITY):
            in_a_row, before = 0, None
            continue
        phrase = before if before and in_a_row else _draw_rhythm(slots, rng)
        line = _write_phrase(slot_plan, slots, phrase, pitch, rng)
        notes += line
        pitch = line[-1].pitch if line else pitch
        before, in_a_row = phrase, in_a_row + 1
    return notes


def _find_places(slot_plan: SlotPlan) -> list[list[ChordSlot]]:
    """Find pairs of bars where a free phrase may sound, each as its slots."""
    by_bar: dict[int, list[ChordSlot]] = {}
    for slot in slot_plan.slots:
        by_bar.setdefault(slot.bar.bar, []).append(slot)
    found: list[list[ChordSlot]] = []
    run: list[int] = []
    for index, slots in by_bar.items():
        bar = slots[0].bar
        free = bar.function in _MELODY_FUNCTIONS and bar.talk < _MOST_TALK_SHARE and not any(s.stated for s in slots)
        free = free and bar.hit not in {"stop", "hold"} and slots[0].start < slot_plan.plan.ending.onset
        run = [*run, index] if free and (not run or run[-1] == index - 1) else [index] if free else []
        if len(run) == _PHRASE_BARS:
            found.append([s for k in run for s in by_bar[k]])
            run = []
    return found


def _draw_rhythm(slots: Sequence[ChordSlot], rng: np.random.Generator) -> _Phrase:
    """Draw a rhythm for two bars that ends on a long note and leaves a rest to breathe."""
    arousal = slots[0].bar.arousal
    level = "calm" if arousal < _CALM_AROUSAL else "moving" if arousal < _LIVELY_AROUSAL else "lively"
    length = slots[-1].end - slots[0].start
    until = length - (Fraction(1) if length > 4 else Fraction(1, 2))  # noqa: PLR2004 - one bar and more
    values: list[tuple[Fraction, Fraction]] = []
    at = Fraction(0)
    while at < until:
        cells = _RHYTHMS[level]
        for value in cells[int(rng.integers(len(cells)))]:
            if at >= until:
                break
            held = min(Fraction(value), until - at)
            values.append((at, held))
            at += held
    if len(values) > 2 and values[-1][1] < 1:  # noqa: PLR2004 - end long: join the last two
        (onset, held), last = values[-2], values.pop()
        values[-1] = (onset, held + last[1])
    return _Phrase(tuple(values))


def _write_phrase(
    slot_plan: SlotPlan, slots: Sequence[ChordSlot], phrase: _Phrase, near: int, rng: np.random.Generator
) -> list[Note]:
    """Write a phrase: chord tones on strong places, steps of the scale between, towards an arch.

    ``near``: the pitch before the phrase.
    """
    start, total = slots[0].start, slots[-1].end - slots[0].start
    lift = 5 if slots[0].bar.valence >= 0 else 3
    centre = round(_CENTRE_PITCH + 10 * (slots[0].bar.arousal - 0.5))
    notes: list[Note] = []
    pitch = round((near + centre) / 2)
    for index, (onset, duration) in enumerate(phrase.values):
        at = start + onset
        slot = next(s for s in reversed(slots) if s.start <= at)
        share = float(onset / total)
        aim = centre + lift * float(np.sin(np.pi * min(share * 1.2, 1.0))) - 2 * share
        last = index == len(phrase.values) - 1
        strong = not index or last or onset % 2 == 0 or duration >= _LONG_QUARTERS
        pitch = _next_pitch(slot, pitch, aim, rng, strong=strong)
        if not is_under_talk(slot_plan.plan, at) and at < slot_plan.plan.ending.onset:
            held = min(duration, slot_plan.plan.ending.onset - at)
            notes.append(
                slot_plan.note(VoiceRole.MELODY, at, held, pitch, _STRONG_VELOCITY if strong else _WEAK_VELOCITY)
            )
    return notes


def _next_pitch(slot: ChordSlot, pitch: int, aim: float, rng: np.random.Generator, *, strong: bool) -> int:
    """Next pitch: towards ``aim``, by step on weak places, never by more than a fifth."""
    direction = 1 if aim > pitch else -1
    if rng.random() < _AGAINST_PROBABILITY:
        direction = -direction
    if strong:
        found = nearest_tone(slot.chord, pitch + direction * int(rng.integers(1, 5)), _LOWEST_PITCH, _HIGHEST_PITCH)
        if found == pitch:
            found = nearest_tone(slot.chord, pitch + direction * 4, _LOWEST_PITCH, _HIGHEST_PITCH)
        return (
            found
            if abs(found - pitch) <= _LARGEST_LEAP_SEMITONES
            else nearest_tone(slot.chord, pitch + direction * 3, _LOWEST_PITCH, _HIGHEST_PITCH)
        )
    key = slot.bar.key
    base = pitch if in_scale(pitch, key) else pitch - 1
    degree, _ = degree_of(base, key)
    return min(max(pitch_of(degree + direction, key), _LOWEST_PITCH), _HIGHEST_PITCH)
