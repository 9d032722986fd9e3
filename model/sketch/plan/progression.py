"""Chord progressions that follow the tension: functional in calm bars, modal, then chromatic in tense ones.

Every chord of a key has a strain 0-1, its distance from rest. Each slot draws a chord whose strain is near the tension
asked for, weighted by how well it follows the chord before. Phrases of four bars begin near the tonic and end on an
open chord; a statement brings its own chords.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from model.motifs.harmony import join_equal_chords
from model.motifs.language import STEPS, Chord, ThemeKey
from model.motifs.mood import MoodPoint
from model.sketch.plan.bars import GridBar
from model.sketch.plan.ending import Ending
from model.sketch.plan.sections import KeySection
from model.time import Beat

_PHRASE_BARS = 4
_STRAIN_WIDTH = 0.11  # of the bell curve around the strain wanted; wider would draw more at random
_LOWEST_STRAIN = 0.05  # wanted at tension 0
_STRAIN_RANGE = 0.85  # added at tension 1
_LIVELY_AROUSAL = 0.62  # of 0-1; above it two chords a bar are possible
_STILL_AROUSAL = 0.3  # of 0-1; below it a chord is kept for two bars
_HIGH_TENSION = 0.62  # of 0-1; above it a hard out has no cadence
_LOW_TENSION = 0.3  # of 0-1; above it the dominant has its seventh
_CADENCE_BEATS = 2
_REPEAT_FACTOR = 0.02  # on the weight of the chord that already sounds
_PHRASE_PLACE_FACTOR = 1.8  # on tonics at a phrase's beginning and dominants at its end
_MINOR_THIRD_SEMITONES = 3
_FIFTH_SEMITONES = 7


@dataclass(frozen=True, slots=True)
class KeyChord:
    """A chord of a key.

    ``root``: semitones over the tonic; ``strain``: 0-1; ``function``: tonic T, subdominant S, dominant D or mediant M.
    """

    root: int
    quality: str
    strain: float
    function: str


_MAJOR = (
    KeyChord(0, "maj", 0.05, "T"),
    KeyChord(5, "maj", 0.12, "S"),
    KeyChord(9, "min", 0.2, "T"),
    KeyChord(7, "maj", 0.2, "D"),
    KeyChord(2, "min", 0.25, "S"),
    KeyChord(0, "maj7", 0.45, "T"),
    KeyChord(4, "min", 0.28, "T"),
    KeyChord(7, "sus4", 0.5, "D"),
    KeyChord(5, "maj7", 0.44, "S"),
    KeyChord(2, "min7", 0.4, "S"),
    KeyChord(7, "7", 0.58, "D"),
    KeyChord(10, "maj", 0.45, "S"),
    KeyChord(5, "min", 0.48, "S"),
    KeyChord(8, "maj", 0.55, "M"),
    KeyChord(3, "maj", 0.58, "M"),
    KeyChord(4, "maj", 0.6, "M"),
    KeyChord(9, "maj", 0.58, "M"),
    KeyChord(11, "dim", 0.7, "D"),
    KeyChord(1, "maj", 0.72, "S"),
    KeyChord(0, "aug", 0.8, "D"),
    KeyChord(6, "dim7", 0.88, "D"),
    KeyChord(11, "dim7", 0.92, "D"),
)
_MINOR = (
    KeyChord(0, "min", 0.12, "T"),
    KeyChord(8, "maj", 0.2, "T"),
    KeyChord(3, "maj", 0.2, "T"),
    KeyChord(5, "min", 0.25, "S"),
    KeyChord(10, "maj", 0.25, "D"),
    KeyChord(7, "min", 0.3, "D"),
    KeyChord(0, "min7", 0.42, "T"),
    KeyChord(8, "maj7", 0.5, "T"),
    KeyChord(5, "min7", 0.42, "S"),
    KeyChord(7, "sus4", 0.52, "D"),
    KeyChord(7, "7", 0.62, "D"),
    KeyChord(2, "dim", 0.62, "S"),
    KeyChord(8, "min", 0.66, "M"),
    KeyChord(4, "min", 0.7, "M"),
    KeyChord(9, "min", 0.68, "M"),
    KeyChord(1, "maj", 0.66, "S"),
    KeyChord(6, "min", 0.82, "M"),
    KeyChord(11, "dim7", 0.88, "D"),
    KeyChord(4, "aug", 0.85, "D"),
    KeyChord(6, "dim7", 0.95, "D"),
)
_MODE_CHORDS = {  # the chords that make a mode sound like itself
    "lydian": (KeyChord(2, "maj", 0.24, "S"),),
    "mixolydian": (KeyChord(10, "maj", 0.15, "S"), KeyChord(7, "min", 0.25, "D")),
    "dorian": (KeyChord(5, "maj", 0.18, "S"), KeyChord(2, "min", 0.3, "S")),
    "phrygian": (KeyChord(1, "maj", 0.4, "S"), KeyChord(10, "min", 0.45, "D")),
    "harmonic minor": (KeyChord(7, "7", 0.55, "D"), KeyChord(11, "dim7", 0.7, "D")),
}
_FUNCTION_WEIGHTS = {  # how well one function follows another
    "TT": 0.6, "TS": 1.0, "TD": 0.8, "TM": 0.6, "ST": 0.6, "SS": 0.35, "SD": 1.2, "SM": 0.5,
    "DT": 1.3, "DS": 0.25, "DD": 0.3, "DM": 0.6, "MT": 0.8, "MS": 0.6, "MD": 0.6, "MM": 0.9,
}  # fmt: skip


def chords_of_key(key: ThemeKey) -> tuple[KeyChord, ...]:
    """List the chords of a key, those of its mode first; each once."""
    plain = _MINOR if STEPS[key.mode][2] == _MINOR_THIRD_SEMITONES else _MAJOR
    unique: dict[tuple[int, str], KeyChord] = {}
    for step in (*_MODE_CHORDS.get(key.mode, ()), *plain):
        unique.setdefault((step.root, step.quality), step)
    return tuple(unique.values())


def write_progression(
    bars: Sequence[GridBar],
    moods: Sequence[MoodPoint],
    sections: Sequence[KeySection],
    fixed: Sequence[Chord],
    ending: Ending,
    end: Beat,
    rng: np.random.Generator,
) -> tuple[Chord, ...]:
    """Write the chords from the first beat to ``end``, without gaps; ``fixed`` ones (of statements) are kept."""
    drawn: list[Chord] = []
    for section in sections:
        before: KeyChord | None = None
        for index in range(section.first, section.last):
            phrase = (index - section.first) % _PHRASE_BARS
            for start, length in _chord_slots(bars[index], moods[index], phrase):
                step = _draw(section.key, moods[index].tension, before, phrase, rng)
                step = before if before and _keeps_chord(moods[index], phrase) else step
                root = (section.key.tonic + step.root) % 12
                drawn.append(Chord(start.quarters, length, root, step.quality))
                before = step
    with_cadence = _add_cadence(drawn, sections[-1].key, ending, end, moods[-1])
    return join_equal_chords(lay_over(with_cadence, fixed, end))


def chord_at(chords: Sequence[Chord], beat: Beat) -> Chord:
    """Chord that sounds at a beat."""
    at = [c for c in chords if c.onset <= beat.quarters]
    return at[-1] if at else chords[0]


def lay_over(chords: Sequence[Chord], fixed: Sequence[Chord], end: Beat) -> list[Chord]:
    """Lay ``fixed`` chords over others, which are cut; all of them between 0 and ``end``."""
    edges = sorted({q for c in (*chords, *fixed) for q in (c.onset, c.onset + c.duration) if 0 <= q < end.quarters})
    found: list[Chord] = []
    for start, stop in zip(edges, [*edges[1:], end.quarters], strict=True):
        over = [c for c in fixed if c.onset <= start < c.onset + c.duration]
        under = [c for c in chords if c.onset <= start < c.onset + c.duration]
        chosen = (over or under or found)[-1]
        found.append(Chord(start, stop - start, chosen.root, chosen.quality))
    return found


def _chord_slots(bar: GridBar, mood: MoodPoint, phrase: int) -> list[tuple[Beat, Fraction]]:
    """One chord a bar; two in every other bar of lively music, and at the end of a phrase."""
    moving = mood.arousal > _LIVELY_AROUSAL and phrase % 2 == 1
    moving = moving or (phrase == _PHRASE_BARS - 1 and mood.arousal > _STILL_AROUSAL)
    if moving and bar.half and bar.length > bar.half:
        return [(bar.start, bar.half), (bar.start + bar.half, bar.length - bar.half)]
    return [(bar.start, bar.length)]


def _keeps_chord(mood: MoodPoint, phrase: int) -> bool:
    """Tell whether the chord stays: still music changes it every other bar."""
    return mood.arousal < _STILL_AROUSAL and phrase % 2 == 1


def _draw(key: ThemeKey, tension: float, before: KeyChord | None, phrase: int, rng: np.random.Generator) -> KeyChord:
    """Draw the next chord: near the tension, following well, a tonic at a phrase's beginning."""
    steps = chords_of_key(key)
    strain = np.array([s.strain for s in steps])
    wanted = _LOWEST_STRAIN + _STRAIN_RANGE * tension
    weights = np.exp(-(((strain - wanted) / _STRAIN_WIDTH) ** 2)) + 1e-9
    follows = [
        _FUNCTION_WEIGHTS[before.function + s.function] if before else (2.0 if s.function == "T" else 0.5)
        for s in steps
    ]
    same = [_REPEAT_FACTOR if before and (s.root, s.quality) == (before.root, before.quality) else 1.0 for s in steps]
    open_end = phrase == _PHRASE_BARS - 1
    favoured = [(s.function == "T" and not phrase) or (s.function == "D" and open_end) for s in steps]
    place = [_PHRASE_PLACE_FACTOR if favour else 1.0 for favour in favoured]
    weights = weights * np.array(follows) * np.array(same) * np.array(place)
    return steps[int(rng.choice(len(steps), p=weights / weights.sum()))]


def _add_cadence(chords: list[Chord], key: ThemeKey, ending: Ending, end: Beat, mood: MoodPoint) -> list[Chord]:
    """Add the cadence: the chord that leads to the last one, two beats before it, and the last one up to the out."""
    minor = STEPS[key.mode][2] == _MINOR_THIRD_SEMITONES
    last = Chord(ending.onset.quarters, end - ending.onset, key.tonic, "min" if minor else "maj")
    if ending.style == "segue":
        last = Chord(last.onset, last.duration, (key.tonic + _FIFTH_SEMITONES) % 12, "sus4")
    if ending.style == "cut" and mood.tension > _HIGH_TENSION:
        return chords
    lead = max(Fraction(0), last.onset - _CADENCE_BEATS)
    plagal = key.mode in {"lydian", "dorian", "mixolydian"} or mood.arousal < _STILL_AROUSAL
    root, quality = (
        (5, "min" if minor else "maj") if plagal else (_FIFTH_SEMITONES, "7" if mood.tension > _LOW_TENSION else "maj")
    )
    if key.mode == "phrygian":
        root, quality = 1, "maj"
    before = [Chord(lead, last.onset - lead, (key.tonic + root) % 12, quality)] if last.onset > lead else []
    return lay_over(chords, [*before, last], end)
