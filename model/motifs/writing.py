"""Write an original theme: draw many phrases, score them, and take the best one unlike every other theme.

The score (:func:`score_melody`) rewards what makes a tune easy to remember: mostly steps, one or two leaps that turn
back, one highest note past the middle, a range a voice could sing, and the contour that was asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np

from model.errors import ThemeInvalid
from model.motifs.characters import Hints, choose_character, choose_key
from model.motifs.degrees import DEGREES, SEMITONES, degree_of, pitch_of
from model.motifs.harmony import harmonise
from model.motifs.instruments import INSTRUMENTS
from model.motifs.language import STEPS, Character, Owner, Theme, ThemeKey, ThemeNote, make_slug
from model.motifs.matching import PRESENT, similarity
from model.motifs.phrases import NoteSlot, Rhythm, draw_cell, draw_line, lay_rhythm, plan_bars
from model.motifs.shapes import Notes, cut_cell, transpose_octaves
from model.motifs.transforms import bar_quarters

TWELFTH_SEMITONES = 19
_DRAFTS = 48  # phrases drawn in a round
_BEST_DRAFTS = 6  # of a round, compared with the other themes
_ROUNDS = 8  # of drafts, before the least similar one is taken
_STEP_SEMITONES = 2
_LEAP_SEMITONES = 5
_WIDE_LEAP_SEMITONES = 9
_HARD_LEAPS_SEMITONES = (6, 11)  # tritone and seventh
_WIDEST_RANGE_SEMITONES = 14
_NARROWEST_RANGE_SEMITONES = 6
_PEAK_SHARE = 0.62  # of the melody, where its highest note is best: past the middle
_LEAST_STEPS_SHARE = 0.5
_MOST_STEPS_SHARE = 0.88
_REPEATED_SHARE = 0.2
_USUAL_LEAPS = 2  # one or two make a tune; more are hard to sing
_FEWEST_MELODY_NOTES = 4
_LARGEST_SIMILARITY = 0.46  # to other themes; a little under matching.PRESENT
_MOST_BARS = 16
_INSTRUMENT_RANGE_SHARE = 0.62  # of the instrument's comfortable range, where the middle of the theme is put
_LEADING_NOTE = 6  # the seventh degree, counted from 0
_MINOR_SEVENTH_SEMITONES = 10
_METER_UNITS = (2, 4, 8, 16)
_MOST_METER_BEATS = 15
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class _Outline:
    """What all drafts of one theme share."""

    key: ThemeKey
    meter: tuple[int, int]
    bars: int
    character: Character
    family: Theme | None

    @property
    def bar(self) -> Fraction:
        return bar_quarters(self.meter)


def write_theme(
    owner: Owner,
    hints: Hints,
    *,
    key: ThemeKey | None = None,
    meter: tuple[int, int] = (4, 4),
    bars: int = 4,
    seed: int = 7,
    family: Theme | None = None,
    others: Sequence[Theme] = (),
) -> Theme:
    """Write a theme for ``owner``.

    Parameters
    ----------
    key: None chooses it by the hints
    meter: (beats, unit)
    bars: 1 to 16
    family: the theme of the other side of a conflict; the new one begins with its cell, upside down and in its meter
    others: themes it must not be mistaken for (similarity below 0.5, ``family`` included)

    The same arguments give the same theme. Raises ThemeInvalid for impossible bars or meters and
    InstrumentUnknown for an instrument that does not exist.
    """
    chosen_meter = family.meter if family else meter
    beats, unit = chosen_meter
    if not 1 <= bars <= _MOST_BARS or not 1 < beats <= _MOST_METER_BEATS or unit not in _METER_UNITS:
        raise ThemeInvalid(f"No theme can be written in {bars} bars of {beats}/{unit}.")
    character = choose_character(hints, owner.kind, seed)
    outline = _Outline(key or choose_key(hints, seed), chosen_meter, bars, character, family)
    notes = _choose_phrase(outline, [*others, *([family] if family and family not in others else [])], seed)
    letter = _LETTERS[len(others) % len(_LETTERS)]
    return Theme(
        id=f"theme-{make_slug(owner.id)}",
        label=f"{letter}: {owner.name}",
        owner=owner.id,
        notes=notes,
        key=outline.key,
        chords=harmonise(notes, outline.key, seed, bar=outline.bar, style=character.harmony),
        beats=outline.bar * bars,
        meter=chosen_meter,
        bpm=hints.bpm,
        character=character,
        family=family.id if family else "",
        seed=seed,
    )


def score_melody(notes: Sequence[ThemeNote], contour: str = "") -> float:
    """Score a melody: 1 at best, below 0 for what nobody could sing; the module says what counts.

    ``contour``: the one asked for; the place of the highest note counts for an arch, and where none is asked for.
    """
    pitches = np.array([n.pitch for n in notes])
    if len(pitches) < _FEWEST_MELODY_NOTES:
        return -1.0
    rises = np.diff(pitches)
    size = np.abs(rises)
    span = int(pitches.max() - pitches.min())
    steps = float(np.mean((size > 0) & (size <= _STEP_SEMITONES)))
    leaps = int(np.sum(size >= _LEAP_SEMITONES))
    turned_back = [b * a < 0 and abs(b) <= _LEAP_SEMITONES for a, b in pairwise(rises) if abs(a) >= _LEAP_SEMITONES]
    peaks = np.flatnonzero(pitches == pitches.max())
    peak_at = float(peaks[0]) / (len(pitches) - 1)
    score = 1.0 - max(0, span - _WIDEST_RANGE_SEMITONES) / 10 - max(0, _NARROWEST_RANGE_SEMITONES - span) / 6
    score -= max(0.0, _LEAST_STEPS_SHARE - steps) * 2 + max(0.0, steps - _MOST_STEPS_SHARE)
    score -= 0.25 * abs(leaps - _USUAL_LEAPS) if leaps > _USUAL_LEAPS else 0.15 * (leaps == 0)
    off_peak = abs(peak_at - _PEAK_SHARE) * (contour in {"arch", ""})
    score -= 0.2 * turned_back.count(False) + 0.1 * (len(peaks) - 1) + 0.4 * off_peak
    score -= 0.5 * int(np.sum(np.isin(size, _HARD_LEAPS_SEMITONES) | (size > SEMITONES)))
    repeated = max(0.0, float(np.mean(size == 0)) - _REPEATED_SHARE)
    score -= 0.15 * float(np.sum(size >= _WIDE_LEAP_SEMITONES)) + repeated
    return score if span <= TWELFTH_SEMITONES else score - 2.0


def _choose_phrase(outline: _Outline, others: Sequence[Theme], seed: int) -> Notes:
    """Choose the best draft that is unlike every other theme; if there is none, the one least alike."""
    least_alike: tuple[float, Notes] | None = None
    for number in range(_ROUNDS):
        rng = np.random.default_rng([seed, 3, number])
        drafts = [_draw_phrase(outline, rng) for _ in range(_DRAFTS)]
        drafts.sort(key=lambda notes: -score_melody(notes, outline.character.contour))
        for notes in drafts[:_BEST_DRAFTS]:
            alike = max((similarity(notes, other.notes) for other in others), default=0.0)
            if alike < _LARGEST_SIMILARITY:
                return notes
            if least_alike is None or alike < least_alike[0]:
                least_alike = (alike, notes)
    if least_alike is None or least_alike[0] >= PRESENT:
        raise ThemeInvalid("No theme was found that could be told from the others.", hint="Ask for fewer themes.")
    return least_alike[1]


def _draw_phrase(outline: _Outline, rng: np.random.Generator) -> Notes:
    """Draw one draft: rhythm, line, pitches, in the octave of the instrument."""
    energy = outline.character.rhythm
    inherited = cut_cell(outline.family.notes, outline.bar) if outline.family else ()
    cell: Rhythm = tuple(n.duration for n in inherited)
    if not inherited or sum(cell, Fraction(0)) != outline.bar:
        cell = draw_cell(outline.meter, energy, rng)
    plan = plan_bars(outline.bars)
    bars = lay_rhythm(plan, cell, draw_cell(outline.meter, energy, rng), energy)
    lines = draw_line(plan, bars, outline.character.contour, rng)
    if outline.family and len(cell) == len(inherited) and len(plan) > 1:
        lines[0] = _invert_cell(inherited, outline.family.key)
    return _move_to_register(_pitch_notes(lines, bars, outline), outline.character.instrument)


def _invert_cell(cell: Notes, key: ThemeKey) -> list[int]:
    """Turn a cell upside down: its degrees mirrored at its first note, near the tonic."""
    degrees = [degree_of(n.pitch, key)[0] for n in cell]
    start = degrees[0] % DEGREES
    return [start - (d - degrees[0]) for d in degrees]


def _pitch_notes(lines: list[list[int]], bars: list[list[NoteSlot]], outline: _Outline) -> Notes:
    """Give degrees their pitches; the seventh before a final tonic is raised where the mode has no leading note."""
    octave = 5 if outline.key.tonic < 7 else 4  # noqa: PLR2004 - the tonic nearest to middle C
    tonic = ThemeKey(SEMITONES * octave + outline.key.tonic, outline.key.mode)
    flat = [(d, s) for line, slots in zip(lines, bars, strict=True) for d, s in zip(line, slots, strict=True)]
    top = max(d for d, _ in flat)
    no_leading_note = STEPS[tonic.mode][_LEADING_NOTE] == _MINOR_SEVENTH_SEMITONES
    raises = no_leading_note and outline.character.harmony == "functional"
    notes: list[ThemeNote] = []
    for index, (degree, slot) in enumerate(flat):
        leads = index == len(flat) - 2 and degree % DEGREES == _LEADING_NOTE and flat[-1][0] == degree + 1
        pitch = pitch_of(degree, tonic, int(leads and raises))
        notes.append(ThemeNote(slot.onset, slot.duration, pitch, _accent(slot, outline.bar, peak=degree == top)))
    return tuple(notes)


def _accent(slot: NoteSlot, bar: Fraction, *, peak: bool) -> float:
    """Accent 0-1 of a note: the highest note most, then downbeats, then beats."""
    if peak:
        return 1.0
    return 0.85 if slot.onset % bar == 0 else 0.6 if slot.onset % 1 == 0 else 0.4


def _move_to_register(notes: Notes, instrument: str) -> Notes:
    """Move by octaves to a little above the middle of the instrument's comfortable range."""
    low, high = INSTRUMENTS[instrument].comfortable
    middle = (max(n.pitch for n in notes) + min(n.pitch for n in notes)) / 2
    wanted = low + _INSTRUMENT_RANGE_SHARE * (high - low)
    return transpose_octaves(notes, round((wanted - middle) / SEMITONES))
