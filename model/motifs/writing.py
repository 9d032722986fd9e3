"""Write an original theme: many tries at a phrase, an explicit score, and the best that sounds like no other.

The score (:func:`singable`) rewards what makes a tune stay: mostly steps, one or two telling leaps that are answered,
one highest note past the middle, a range a voice could sing, a cadence, and the contour that was asked for.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np

from model.errors import ThemeInvalid
from model.motifs.characters import Hints, choose_character, choose_key
from model.motifs.degrees import degree_of, pitch_of
from model.motifs.harmony import harmonise
from model.motifs.instruments import INSTRUMENTS
from model.motifs.language import STEPS, Character, Owner, Theme, ThemeKey, ThemeNote
from model.motifs.matching import PRESENT, similarity
from model.motifs.phrases import Rhythm, Slot, draw_cell, plan_bars, rhythm, walk
from model.motifs.shapes import Notes, cell, octave
from model.motifs.transforms import bar_quarters

TWELFTH = 19
_TRIES, _ROUNDS = 48, 8
_STEP, _LEAP, _WIDE = 2, 5, 9
_ALIKE_LIMIT = 0.46
_MOST_BARS = 16
_SINGS = 0.62
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class _Frame:
    """What all tries at one theme share."""

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
    key, meter, bars: None chooses the key by the hints; 1 to 16 bars
    family: the theme of the other side of a conflict; the new one begins with its cell, upside down and in its meter
    others: themes it must not be mistaken for (matcher similarity below 0.5, ``family`` included)

    The same arguments give the same theme. Raises ThemeInvalid for impossible bars or meters and
    InstrumentUnknown for an instrument that does not exist.
    """
    chosen_meter = family.meter if family else meter
    if not 1 <= bars <= _MOST_BARS or not _possible(chosen_meter):
        raise ThemeInvalid(f"No theme can be written in {bars} bars of {chosen_meter[0]}/{chosen_meter[1]}.")
    known = [*others, *([family] if family and family not in others else [])]
    character = choose_character(hints, owner.kind, seed)
    frame = _Frame(key or choose_key(hints, seed), chosen_meter, bars, character, family)
    notes = _best(frame, known, seed)
    name = _slug(owner.id)
    letter = _LETTERS[len(others) % len(_LETTERS)]
    chords = harmonise(notes, frame.key, seed, bar=frame.bar, style=character.harmony)
    return Theme(
        f"theme-{name}",
        f"{letter}: {owner.name}",
        owner.id,
        notes,
        frame.key,
        chords,
        frame.bar * bars,
        chosen_meter,
        hints.bpm,
        character,
        family.id if family else "",
        seed=seed,
    )


def singable(notes: Sequence[ThemeNote], wanted: str = "") -> float:
    """Score a melody, 1 at best and below 0 for what nobody could sing; see the module for what counts.

    ``wanted``: the contour asked for; empty leaves it out.
    """
    pitches = np.array([n.pitch for n in notes])
    if len(pitches) < 4:  # noqa: PLR2004 - fewer notes are no melody
        return -1.0
    rises = np.diff(pitches)
    size = np.abs(rises)
    span = int(pitches.max() - pitches.min())
    steps = float(np.mean((size > 0) & (size <= _STEP)))
    leaps = int(np.sum(size >= _LEAP))
    answered = [b * a < 0 and abs(b) <= _LEAP for a, b in pairwise(rises) if abs(a) >= _LEAP]
    peak = np.flatnonzero(pitches == pitches.max())
    where = float(peak[0]) / (len(pitches) - 1)
    score = 1.0 - max(0, span - 14) / 10 - max(0, 6 - span) / 6
    score -= max(0.0, 0.5 - steps) * 2 + max(0.0, steps - 0.88)
    score -= 0.25 * abs(leaps - 2) if leaps > 2 else 0.15 * (leaps == 0)  # noqa: PLR2004 - one or two tell
    score -= 0.2 * answered.count(False) + 0.1 * (len(peak) - 1) + 0.4 * abs(where - 0.62) * (wanted in {"arch", ""})
    score -= 0.5 * int(np.sum((size == 6) | (size == 11) | (size > 12)))  # noqa: PLR2004 - tritone, seventh, past the octave
    score -= 0.15 * float(np.sum(size >= _WIDE)) + max(0.0, float(np.mean(size == 0)) - 0.2)
    return score if span <= TWELFTH else score - 2.0


def _best(frame: _Frame, others: Sequence[Theme], seed: int) -> Notes:
    """Take the best-scored try that is like none of the others; if all are, the one least alike."""
    spare: tuple[float, Notes] | None = None
    for turn in range(_ROUNDS):
        rng = np.random.default_rng([seed, 3, turn])
        tries = [_try(frame, rng) for _ in range(_TRIES)]
        tries.sort(key=lambda notes: -singable(notes, frame.character.contour))
        for notes in tries[: _TRIES // 8]:
            alike = max((similarity(notes, other.notes) for other in others), default=0.0)
            if alike < _ALIKE_LIMIT:
                return notes
            if spare is None or alike < spare[0]:
                spare = (alike, notes)
    if spare is None or spare[0] >= PRESENT:
        raise ThemeInvalid("No theme was found that could be told from the others.", hint="Ask for fewer themes.")
    return spare[1]


def _try(frame: _Frame, rng: np.random.Generator) -> Notes:
    energy = frame.character.rhythm
    inherited = cell(frame.family.notes, frame.bar) if frame.family else ()
    first: Rhythm = tuple(n.duration for n in inherited)
    if not inherited or sum(first, Fraction(0)) != frame.bar:
        first = draw_cell(frame.meter, energy, rng)
    plan = plan_bars(frame.bars)
    laid = rhythm(plan, first, draw_cell(frame.meter, energy, rng), energy)
    lines = walk(plan, laid, frame.character.contour, rng)
    if frame.family and len(first) == len(inherited) and len(plan) > 1:
        lines[0] = _mirrored_cell(inherited, frame.family.key)
    return _placed(_pitched(lines, laid, frame), frame.character.instrument)


def _mirrored_cell(inherited: Notes, key: ThemeKey) -> list[int]:
    """Turn the family's cell upside down: its degrees mirrored at its first note, near the tonic."""
    degrees = [degree_of(n.pitch, key)[0] for n in inherited]
    start = degrees[0] % 7
    return [start - (d - degrees[0]) for d in degrees]


def _pitched(lines: list[list[int]], laid: list[list[Slot]], frame: _Frame) -> Notes:
    """Give degrees their pitches; the step below a final tonic is raised where minor has no leading note."""
    tonic = ThemeKey(60 + frame.key.tonic if frame.key.tonic < 7 else 48 + frame.key.tonic, frame.key.mode)  # noqa: PLR2004
    flat = [(d, s) for line, slots in zip(lines, laid, strict=True) for d, s in zip(line, slots, strict=True)]
    top = max(d for d, _ in flat)
    notes: list[ThemeNote] = []
    for index, (degree, slot) in enumerate(flat):
        leads = index == len(flat) - 2 and degree % 7 == 6 and flat[-1][0] == degree + 1  # noqa: PLR2004 - the seventh
        raised = int(leads and STEPS[tonic.mode][6] == 10 and frame.character.harmony == "functional")  # noqa: PLR2004
        pitch = pitch_of(degree, tonic, raised)
        notes.append(ThemeNote(slot.onset, slot.duration, pitch, _accent(slot, frame.bar, degree == top)))
    return tuple(notes)


def _accent(slot: Slot, bar: Fraction, peak: bool) -> float:
    if peak:
        return 1.0
    return 0.85 if slot.onset % bar == 0 else 0.6 if slot.onset % 1 == 0 else 0.4


def _placed(notes: Notes, instrument: str) -> Notes:
    """Move by octaves to where the instrument speaks easily, above its middle: there it sings."""
    low, high = INSTRUMENTS[instrument].comfortable
    middle = (max(n.pitch for n in notes) + min(n.pitch for n in notes)) / 2
    return octave(notes, round((low + _SINGS * (high - low) - middle) / 12))


def _possible(meter: tuple[int, int]) -> bool:
    return 2 <= meter[0] <= 15 and meter[1] in {2, 4, 8, 16}  # noqa: PLR2004 - bars that music has


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "owner"
