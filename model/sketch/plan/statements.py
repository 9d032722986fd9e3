"""Statements: the ledger's themes laid into the bars of a cue, note for note, and locked.

A statement begins on the bar line nearest to where the ledger wants it. It gives way to a stop of the music, to an
earlier statement and, by up to a quarter of the cue, to dialogue; where the room is short the theme's head is stated,
where people talk throughout it is augmented. What is given up is said in a caution.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from model.motifs.language import Chord, Language, PlannedStatement, Theme, ThemeKey, ThemeNote
from model.motifs.shapes import length_of
from model.motifs.transforms import apply, sounding_key
from model.motifs.transforms import harmonise_statement as chords_of
from model.sketch.plan.bars import Bar, bar_at
from model.sketch.plan.sections import Section
from model.sketch.plan.strokes import Stroke
from model.sketch.sketch_types import Note, Role, Statement
from model.time import Beat

_ASIDE = 2
_FAR, _TALK, _CUT = 0.4, 5.0, 1.5  # what a bar away, all notes under dialogue and a theme cut short cost
_STRETCHED = 0.5  # an augmented theme has half the notes a second
_FEWEST = 6
_ABOVE = 10
_FORM_WEIGHT = {"hint": -12, "fragment": -4, "climax": 8, "farewell": -8}
_SHORTEST = Fraction(1, 12)


@dataclass(frozen=True, slots=True)
class Stated:
    """A statement with its notes (quarters from its beginning), its chords likewise, and the key it sounds in."""

    statement: Statement
    notes: tuple[ThemeNote, ...]
    following: tuple[ThemeNote, ...]
    chords: tuple[Chord, ...]
    key: ThemeKey


def place(
    planned: Sequence[PlannedStatement],
    language: Language,
    bars: Sequence[Bar],
    sections: Sequence[Section],
    strokes: Sequence[Stroke],
    talk: Sequence[float],
    end: Beat,
) -> tuple[tuple[Stated, ...], tuple[str, ...]]:
    """Place the ledger's statements of one cue; returns them in order, and what could not be done, in words.

    ``talk`` is the share of each bar under dialogue.
    """
    placed: list[Stated] = []
    cautions: list[str] = []
    for item in sorted(planned, key=lambda p: (p.at, p.theme)):
        theme = language.theme(item.theme)
        stated = _placed(item, theme, bars, sections, strokes, talk, end, placed)
        if stated is None:
            cautions.append(f"No room for {theme.label} ({item.form}) at {item.at:.0%} of the cue: it is left out.")
            continue
        if len(stated.statement.transform) > len(item.transform):
            added = ", ".join(stated.statement.transform[len(item.transform) :])
            cautions.append(f"{theme.label} is stated with {added}, to find room in bars and dialogue.")
        placed.append(stated)
    return tuple(sorted(placed, key=lambda s: s.statement.start)), tuple(cautions)


def locked_notes(stated: Sequence[Stated], bars: Sequence[Bar], dynamics: Sequence[int], end: Beat) -> list[Note]:
    """Write the statements' notes, locked and labelled by their index; none beyond ``end``.

    ``dynamics`` is the MIDI velocity aimed at in each bar; a theme stands a little above it.
    """
    notes: list[Note] = []
    for index, one in enumerate(stated):
        voices = ((one.statement.role, one.notes), (Role.COUNTER, one.following))
        for role, voice in voices:
            for note in voice:
                onset = one.statement.start + note.onset
                duration = min(note.duration, end - onset)
                if duration < _SHORTEST:
                    continue
                base = dynamics[bar_at(bars, onset).index] + _FORM_WEIGHT.get(one.statement.form, 0)
                velocity = min(max(round(base + _ABOVE + 12 * (note.accent - 0.5)), 20), 124)
                notes.append(Note(role, onset, duration, note.pitch, velocity, locked=True, statement=index))
    return notes


def fixed_chords(stated: Sequence[Stated], end: Beat) -> list[Chord]:
    """List the statements' own chords at their places in the cue, up to the end of each statement."""
    found: list[Chord] = []
    for one in stated:
        start, stop = one.statement.start.quarters, min(one.statement.end, end).quarters
        for chord in one.chords:
            onset = start + chord.onset
            if onset < stop:
                found.append(replace(chord, onset=onset, duration=min(chord.duration, stop - onset)))
    return found


def _placed(
    item: PlannedStatement,
    theme: Theme,
    bars: Sequence[Bar],
    sections: Sequence[Section],
    strokes: Sequence[Stroke],
    talk: Sequence[float],
    end: Beat,
    taken: Sequence[Stated],
) -> Stated | None:
    """Find the best bar for a statement: near to its place, out of the dialogue, whole and unstretched if it can be."""
    wanted = min(range(len(bars)), key=lambda k: (abs(bars[k].start.quarters / end.quarters - _share(item.at)), k))
    aside = max(_ASIDE, len(bars) // 4)
    options: list[tuple[float, int, int, Stated]] = []
    for k in sorted(range(len(bars)), key=lambda k: (abs(k - wanted), k)):
        if options and abs(k - wanted) > aside:
            break
        room = _room(bars[k].start, strokes, taken, end)
        key = ThemeKey(_section(sections, k).key.tonic, theme.key.mode)
        for turn, transform in enumerate((item.transform, (*item.transform, "augment:2"))):
            stated = _fitted(item, theme, transform, key, bars[k].start, room)
            if stated is not None:
                shortened = len(stated.statement.transform) > len(transform)
                over = _talk_over(stated, bars, talk) * (_STRETCHED if turn else 1.0)
                cost = _FAR * abs(k - wanted) + _TALK * over + _CUT * shortened + turn
                options.append((cost, k, turn, stated))
    return min(options, key=lambda option: option[:3])[3] if options else None


def _share(at: float) -> Fraction:
    return Fraction(min(max(at, 0.0), 1.0)).limit_denominator(1000)


def _section(sections: Sequence[Section], bar: int) -> Section:
    return next((s for s in sections if s.first <= bar < s.last), sections[-1])


def _room(start: Beat, strokes: Sequence[Stroke], taken: Sequence[Stated], end: Beat) -> Fraction:
    """Quarter notes free from ``start``: up to the next statement, stop or the end; 0 inside one of them."""
    walls = [(s.beat, s.until) for s in strokes if s.treatment == "stop"]
    walls += [(t.statement.start, t.statement.end) for t in taken]
    if any(a <= start < b for a, b in walls):
        return Fraction(0)
    return min([a - start for a, _ in walls if a > start] + [end - start])


def _fitted(
    item: PlannedStatement, theme: Theme, transform: tuple[str, ...], key: ThemeKey, start: Beat, room: Fraction
) -> Stated | None:
    """State the theme within ``room``: whole if it fits, else its head; None for less than a cell."""
    notes = apply(theme, transform, key)
    if length_of(notes) <= room:
        return _stated(item, theme, transform, key, start)
    count = sum(n.onset + n.duration <= room for n in notes)
    if count < _FEWEST:
        return None
    return _stated(replace(item, form="fragment"), theme, (*transform, f"head:{count}"), key, start)


def _stated(item: PlannedStatement, theme: Theme, transform: tuple[str, ...], key: ThemeKey, start: Beat) -> Stated:
    notes = apply(theme, transform, key)
    leading = apply(theme, tuple(w for w in transform if not w.startswith("canon:")), key)
    statement = Statement(theme.id, theme.label, transform, start, start + length_of(notes), Role.MELODY, item.form)
    following = tuple(n for n in notes if n not in leading)
    voice = tuple(n for n in leading if n in notes)
    chords = chords_of(theme, transform, key)
    return Stated(statement, voice, following, chords, sounding_key(transform, key))


def _talk_over(stated: Stated, bars: Sequence[Bar], talk: Sequence[float]) -> float:
    """Average share under dialogue of the bars its notes begin in."""
    under = [talk[bar_at(bars, stated.statement.start + n.onset).index] for n in stated.notes]
    return sum(under) / max(len(under), 1)
