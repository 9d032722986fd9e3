"""Place the ledger's statements in the bars of a cue, note for note; their notes are locked.

A statement begins on the bar line nearest to its place in the ledger. It avoids stops of the music, earlier statements
and, by up to a quarter of the cue, dialogue; where there is little room only the theme's head is stated, and under
continuous dialogue the theme is augmented. Every such change is reported in a caution.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from model.motifs.language import Chord, Language, PlannedStatement, Theme, ThemeKey, ThemeNote
from model.motifs.shapes import length_of
from model.motifs.transforms import apply, harmonise_statement, sounding_key
from model.sketch.plan.bars import GridBar, bar_at
from model.sketch.plan.hits import PlannedHit
from model.sketch.plan.sections import KeySection
from model.sketch.sketch_types import Note, Statement, VoiceRole
from model.time import Beat

_LEAST_REACH_BARS = 2
_REACH_SHARE = Fraction(1, 4)  # of the cue, by which a statement may move
_BAR_AWAY_COST = 0.4  # for each bar from the ledger's place
_TALK_COST = 5.0  # of a statement all of whose notes are under dialogue
_SHORTENED_COST = 1.5  # of a theme cut to its head
_AUGMENTED_TALK_FACTOR = 0.5  # an augmented theme has half the notes a second, so it disturbs less
_FEWEST_NOTES = 6
_ABOVE_BAR_VELOCITY = 10  # a theme is this much louder than its bar
_ACCENT_VELOCITY = 12  # from no accent to a full one
_SOFTEST_VELOCITY = 20
_LOUDEST_VELOCITY = 124
_FORM_VELOCITY = {"hint": -12, "fragment": -4, "climax": 8, "farewell": -8}  # added by the form of the statement
_SHORTEST_QUARTERS = Fraction(1, 12)


@dataclass(frozen=True, slots=True)
class PlacedStatement:
    """A statement placed in the cue, with its notes and chords (in quarters from its beginning) and its key.

    ``following``: the notes of a canon's second voice.
    """

    statement: Statement
    notes: tuple[ThemeNote, ...]
    following: tuple[ThemeNote, ...]
    chords: tuple[Chord, ...]
    key: ThemeKey


def place_statements(
    planned: Sequence[PlannedStatement],
    language: Language,
    bars: Sequence[GridBar],
    sections: Sequence[KeySection],
    hits: Sequence[PlannedHit],
    talk: Sequence[float],
    end: Beat,
) -> tuple[tuple[PlacedStatement, ...], tuple[str, ...]]:
    """Place the ledger's statements of one cue; returns them in order, and cautions about what could not be done.

    ``talk`` is the share of each bar under dialogue.
    """
    placed: list[PlacedStatement] = []
    cautions: list[str] = []
    for item in sorted(planned, key=lambda p: (p.at, p.theme)):
        theme = language.theme(item.theme)
        stated = _find_place(item, theme, bars, sections, hits, talk, end, placed)
        if stated is None:
            cautions.append(f"No room for {theme.label} ({item.form}) at {item.at:.0%} of the cue: it is left out.")
            continue
        if len(stated.statement.transform) > len(item.transform):
            added = ", ".join(stated.statement.transform[len(item.transform) :])
            cautions.append(f"{theme.label} is stated with {added}, to find room in bars and dialogue.")
        placed.append(stated)
    return tuple(sorted(placed, key=lambda s: s.statement.start)), tuple(cautions)


def locked_notes(
    stated: Sequence[PlacedStatement], bars: Sequence[GridBar], dynamics: Sequence[int], end: Beat
) -> list[Note]:
    """Write the statements' notes, locked and labelled with the statement's index; none beyond ``end``.

    ``dynamics``: the MIDI velocity of each bar; a theme is a little louder.
    """
    notes: list[Note] = []
    for index, one in enumerate(stated):
        voices = ((one.statement.role, one.notes), (VoiceRole.COUNTER, one.following))
        for role, voice in voices:
            for note in voice:
                onset = one.statement.start + note.onset
                duration = min(note.duration, end - onset)
                if duration < _SHORTEST_QUARTERS:
                    continue
                base = dynamics[bar_at(bars, onset).index] + _FORM_VELOCITY.get(one.statement.form, 0)
                accent = _ACCENT_VELOCITY * (note.accent - 0.5)
                loud = round(base + _ABOVE_BAR_VELOCITY + accent)
                velocity = min(max(loud, _SOFTEST_VELOCITY), _LOUDEST_VELOCITY)
                notes.append(Note(role, onset, duration, note.pitch, velocity, locked=True, statement=index))
    return notes


def fixed_chords(stated: Sequence[PlacedStatement], end: Beat) -> list[Chord]:
    """Chords that the statements bring, at their places in the cue, up to the end of each statement."""
    found: list[Chord] = []
    for one in stated:
        start, stop = one.statement.start.quarters, min(one.statement.end, end).quarters
        for chord in one.chords:
            onset = start + chord.onset
            if onset < stop:
                found.append(replace(chord, onset=onset, duration=min(chord.duration, stop - onset)))
    return found


def _find_place(
    item: PlannedStatement,
    theme: Theme,
    bars: Sequence[GridBar],
    sections: Sequence[KeySection],
    hits: Sequence[PlannedHit],
    talk: Sequence[float],
    end: Beat,
    taken: Sequence[PlacedStatement],
) -> PlacedStatement | None:
    """Find the best bar for a statement: near its place, without dialogue, whole and not augmented if possible.

    None where no bar has room for it.
    """
    share = Fraction(min(max(item.at, 0.0), 1.0)).limit_denominator(1000)
    wanted = min(range(len(bars)), key=lambda k: (abs(bars[k].start.quarters / end.quarters - share), k))
    reach = max(_LEAST_REACH_BARS, int(len(bars) * _REACH_SHARE))
    options: list[tuple[float, int, int, PlacedStatement]] = []
    for k in sorted(range(len(bars)), key=lambda k: (abs(k - wanted), k)):
        if options and abs(k - wanted) > reach:
            break
        room = _free_quarters(bars[k].start, hits, taken, end)
        section = next((s for s in sections if s.first <= k < s.last), sections[-1])
        key = ThemeKey(section.key.tonic, theme.key.mode)
        for augmented, transform in enumerate((item.transform, (*item.transform, "augment:2"))):
            stated = _state_within(item, theme, transform, key, bars[k].start, room)
            if stated is not None:
                shortened = len(stated.statement.transform) > len(transform)
                under = _share_under_talk(stated, bars, talk) * (_AUGMENTED_TALK_FACTOR if augmented else 1.0)
                cost = _BAR_AWAY_COST * abs(k - wanted) + _TALK_COST * under + _SHORTENED_COST * shortened + augmented
                options.append((cost, k, augmented, stated))
    return min(options, key=lambda option: option[:3])[3] if options else None


def _free_quarters(start: Beat, hits: Sequence[PlannedHit], taken: Sequence[PlacedStatement], end: Beat) -> Fraction:
    """Quarter notes free from ``start`` on: up to the next statement, stop or the end; 0 inside one of them."""
    taken_spans = [(h.beat, h.until) for h in hits if h.treatment == "stop"]
    taken_spans += [(t.statement.start, t.statement.end) for t in taken]
    if any(a <= start < b for a, b in taken_spans):
        return Fraction(0)
    return min([a - start for a, _ in taken_spans if a > start] + [end - start])


def _state_within(
    item: PlannedStatement, theme: Theme, transform: tuple[str, ...], key: ThemeKey, start: Beat, room: Fraction
) -> PlacedStatement | None:
    """State the theme in ``room`` quarters: whole if it fits, else its head; None for fewer than six notes."""
    notes = apply(theme, transform, key)
    if length_of(notes) <= room:
        return _state(item, theme, transform, key, start)
    count = sum(n.onset + n.duration <= room for n in notes)
    if count < _FEWEST_NOTES:
        return None
    return _state(replace(item, form="fragment"), theme, (*transform, f"head:{count}"), key, start)


def _state(
    item: PlannedStatement, theme: Theme, transform: tuple[str, ...], key: ThemeKey, start: Beat
) -> PlacedStatement:
    notes = apply(theme, transform, key)
    leading = apply(theme, tuple(w for w in transform if not w.startswith("canon:")), key)
    statement = Statement(
        theme.id, theme.label, transform, start, start + length_of(notes), VoiceRole.MELODY, item.form
    )
    following = tuple(n for n in notes if n not in leading)
    voice = tuple(n for n in leading if n in notes)
    chords = harmonise_statement(theme, transform, key)
    return PlacedStatement(statement, voice, following, chords, sounding_key(transform, key))


def _share_under_talk(stated: PlacedStatement, bars: Sequence[GridBar], talk: Sequence[float]) -> float:
    """Mean share under dialogue of the bars in which its notes begin."""
    under = [talk[bar_at(bars, stated.statement.start + n.onset).index] for n in stated.notes]
    return sum(under) / max(len(under), 1)
