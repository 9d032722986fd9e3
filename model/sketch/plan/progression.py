"""Chord progressions that follow the tension: functional where it is calm, modal, then chromatic where it is not.

Every chord of the vocabulary has a strain 0-1: how far it is from rest. A slot draws a chord whose strain is near the
tension asked for, weighed by how well the step from the chord before goes. Phrases of four bars begin near home
and end open; a statement brings its own chords.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from model.motifs.language import STEPS, Chord, ThemeKey
from model.sketch.plan.bars import Bar
from model.sketch.plan.ending import Ending
from model.sketch.plan.sections import Section
from model.sketch.plan.tone import Feel
from model.time import Beat

_PHRASE = 4
_WIDTH = 0.11
_BUSY, _STILL = 0.62, 0.3
_MINOR_THIRD = 3


@dataclass(frozen=True, slots=True)
class Step:
    """A chord over a tonic: semitones of its root, quality, strain 0-1 and function T, S, D or M (mediant)."""

    root: int
    quality: str
    strain: float
    function: str


_MAJOR = (
    Step(0, "maj", 0.05, "T"),
    Step(5, "maj", 0.12, "S"),
    Step(9, "min", 0.2, "T"),
    Step(7, "maj", 0.2, "D"),
    Step(2, "min", 0.25, "S"),
    Step(0, "maj7", 0.45, "T"),
    Step(4, "min", 0.28, "T"),
    Step(7, "sus4", 0.5, "D"),
    Step(5, "maj7", 0.44, "S"),
    Step(2, "min7", 0.4, "S"),
    Step(7, "7", 0.58, "D"),
    Step(10, "maj", 0.45, "S"),
    Step(5, "min", 0.48, "S"),
    Step(8, "maj", 0.55, "M"),
    Step(3, "maj", 0.58, "M"),
    Step(4, "maj", 0.6, "M"),
    Step(9, "maj", 0.58, "M"),
    Step(11, "dim", 0.7, "D"),
    Step(1, "maj", 0.72, "S"),
    Step(0, "aug", 0.8, "D"),
    Step(6, "dim7", 0.88, "D"),
    Step(11, "dim7", 0.92, "D"),
)
_MINOR = (
    Step(0, "min", 0.12, "T"),
    Step(8, "maj", 0.2, "T"),
    Step(3, "maj", 0.2, "T"),
    Step(5, "min", 0.25, "S"),
    Step(10, "maj", 0.25, "D"),
    Step(7, "min", 0.3, "D"),
    Step(0, "min7", 0.42, "T"),
    Step(8, "maj7", 0.5, "T"),
    Step(5, "min7", 0.42, "S"),
    Step(7, "sus4", 0.52, "D"),
    Step(7, "7", 0.62, "D"),
    Step(2, "dim", 0.62, "S"),
    Step(8, "min", 0.66, "M"),
    Step(4, "min", 0.7, "M"),
    Step(9, "min", 0.68, "M"),
    Step(1, "maj", 0.66, "S"),
    Step(6, "min", 0.82, "M"),
    Step(11, "dim7", 0.88, "D"),
    Step(4, "aug", 0.85, "D"),
    Step(6, "dim7", 0.95, "D"),
)
_COLOURS = {
    "lydian": (Step(2, "maj", 0.24, "S"),),
    "mixolydian": (Step(10, "maj", 0.15, "S"), Step(7, "min", 0.25, "D")),
    "dorian": (Step(5, "maj", 0.18, "S"), Step(2, "min", 0.3, "S")),
    "phrygian": (Step(1, "maj", 0.4, "S"), Step(10, "min", 0.45, "D")),
    "harmonic minor": (Step(7, "7", 0.55, "D"), Step(11, "dim7", 0.7, "D")),
}
_GOES = {
    "TT": 0.6, "TS": 1.0, "TD": 0.8, "TM": 0.6, "ST": 0.6, "SS": 0.35, "SD": 1.2, "SM": 0.5,
    "DT": 1.3, "DS": 0.25, "DD": 0.3, "DM": 0.6, "MT": 0.8, "MS": 0.6, "MD": 0.6, "MM": 0.9,
}  # fmt: skip


def vocabulary(key: ThemeKey) -> tuple[Step, ...]:
    """List the chords of a key, its mode's own colours first; one entry a chord."""
    plain = _MINOR if STEPS[key.mode][2] == _MINOR_THIRD else _MAJOR
    unique: dict[tuple[int, str], Step] = {}
    for step in (*_COLOURS.get(key.mode, ()), *plain):
        unique.setdefault((step.root, step.quality), step)
    return tuple(unique.values())


def progression(
    bars: Sequence[Bar],
    feels: Sequence[Feel],
    sections: Sequence[Section],
    fixed: Sequence[Chord],
    ending: Ending,
    end: Beat,
    rng: np.random.Generator,
) -> tuple[Chord, ...]:
    """Write the chords from the first beat to ``end`` without gaps; ``fixed`` ones (of statements) stay as they are."""
    drawn: list[Chord] = []
    for section in sections:
        before: Step | None = None
        for index in range(section.first, section.last):
            phrase = (index - section.first) % _PHRASE
            for start, length in _slots(bars[index], feels[index], phrase):
                step = _draw(section.key, feels[index].tension, before, phrase, rng)
                step = before if before and _holds(feels[index], phrase) else step
                root = (section.key.tonic + step.root) % 12
                drawn.append(Chord(start.quarters, length, root, step.quality))
                before = step
    closed = _closed(drawn, sections[-1].key, ending, end, feels[-1])
    return merged(overlaid(closed, fixed, end))


def chord_at(chords: Sequence[Chord], beat: Beat) -> Chord:
    """Find the chord that sounds at a beat."""
    at = [c for c in chords if c.onset <= beat.quarters]
    return at[-1] if at else chords[0]


def overlaid(chords: Sequence[Chord], fixed: Sequence[Chord], end: Beat) -> list[Chord]:
    """Lay ``fixed`` chords over others, cutting those; all within 0 and ``end``."""
    edges = sorted({q for c in (*chords, *fixed) for q in (c.onset, c.onset + c.duration) if 0 <= q < end.quarters})
    found: list[Chord] = []
    for start, stop in zip(edges, [*edges[1:], end.quarters], strict=True):
        over = [c for c in fixed if c.onset <= start < c.onset + c.duration]
        under = [c for c in chords if c.onset <= start < c.onset + c.duration]
        chosen = (over or under or found)[-1]
        found.append(Chord(start, stop - start, chosen.root, chosen.quality))
    return found


def merged(chords: Sequence[Chord]) -> tuple[Chord, ...]:
    """Join equal neighbours."""
    found: list[Chord] = []
    for chord in chords:
        last = found[-1] if found else None
        if last and (last.root, last.quality) == (chord.root, chord.quality):
            found[-1] = Chord(last.onset, last.duration + chord.duration, last.root, last.quality)
        else:
            found.append(chord)
    return tuple(found)


def _slots(bar: Bar, feel: Feel, phrase: int) -> list[tuple[Beat, Fraction]]:
    """Cut one chord a bar; two in every other bar where the music is lively, and at the end of a phrase."""
    moving = feel.arousal > _BUSY and phrase % 2 == 1
    moving = moving or (phrase == _PHRASE - 1 and feel.arousal > _STILL)
    if moving and bar.half and bar.length > bar.half:
        return [(bar.start, bar.half), (bar.start + bar.half, bar.length - bar.half)]
    return [(bar.start, bar.length)]


def _holds(feel: Feel, phrase: int) -> bool:
    """Say whether to stay: still music changes its chord every other bar."""
    return feel.arousal < _STILL and phrase % 2 == 1


def _draw(key: ThemeKey, tension: float, before: Step | None, phrase: int, rng: np.random.Generator) -> Step:
    """Draw the next chord: near the tension, going well from the last, home at a phrase's beginning."""
    steps = vocabulary(key)
    strain = np.array([s.strain for s in steps])
    wanted = 0.05 + 0.85 * tension
    weights = np.exp(-(((strain - wanted) / _WIDTH) ** 2)) + 1e-9
    goes = [_GOES[before.function + s.function] if before else (2.0 if s.function == "T" else 0.5) for s in steps]
    same = [0.02 if before and (s.root, s.quality) == (before.root, before.quality) else 1.0 for s in steps]
    open_end = phrase == _PHRASE - 1
    place = [
        (1.8 if s.function == "T" and not phrase else 1.0) * (1.8 if s.function == "D" and open_end else 1.0)
        for s in steps
    ]
    weights = weights * np.array(goes) * np.array(same) * np.array(place)
    return steps[int(rng.choice(len(steps), p=weights / weights.sum()))]


def _closed(chords: list[Chord], key: ThemeKey, ending: Ending, end: Beat, feel: Feel) -> list[Chord]:
    """Write the cadence: what leads there in the two beats before the last chord, then that chord to the out."""
    minor = STEPS[key.mode][2] == _MINOR_THIRD
    home = Chord(ending.onset.quarters, end - ending.onset, key.tonic, "min" if minor else "maj")
    if ending.style == "segue":
        home = Chord(home.onset, home.duration, (key.tonic + 7) % 12, "sus4")
    if ending.style == "cut" and feel.tension > _BUSY:
        return chords
    lead = max(Fraction(0), home.onset - 2)
    plagal = key.mode in {"lydian", "dorian", "mixolydian"} or feel.arousal < _STILL
    root, quality = (5, "min" if minor else "maj") if plagal else (7, "7" if feel.tension > _STILL else "maj")
    if key.mode == "phrygian":
        root, quality = 1, "maj"
    before = [Chord(lead, home.onset - lead, (key.tonic + root) % 12, quality)] if home.onset > lead else []
    return overlaid(chords, [*before, home], end)
