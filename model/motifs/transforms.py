"""The words that say how a leitmotif is developed, and the functions behind them; words apply in turn.

=====================  ==========================================================================================
``transpose:5``        every note five semitones higher (-24 to 24)
``diatonic:2``         every note two steps of the scale higher (-14 to 14)
``mode:minor``         same degrees in another mode of the same tonic (any name in ``language.STEPS``)
``octave:-1``          by octaves (-4 to 4)
``augment:2``          notes twice as long; fractions above 1 up to 8 (``augment:3/2``)
``diminish:2``         notes half as long; fractions above 1 up to 8
``head:4``             the first four notes
``tail:3``             the last three, moved to the beginning
``rhythm``             the rhythm alone, on the first note's pitch
``invert:tonal``       mirrored at the first note, in the key
``invert:real``        mirrored at the first note, semitone by semitone
``retrograde``         backwards
``sequence:-1x2``      stated twice, the second time a step lower (-7 to 7 steps, 2 to 8 times)
``ostinato:4``         the cell (first bar) four times, once a bar (1 to 64)
``ornament:7``         with ornaments; the number is the seed
``simplify``           without its ornaments
``canon:2``            with a second voice two quarters later, an octave below (two voices, not a melody)
``canon:2@-3``         the same, three steps of the scale below
``reharmonise:modal``  same melody over other chords (``functional``, ``modal``, ``chromatic``; ``modal.7``: a seed)
=====================  ==========================================================================================

A statement begins at quarter 0 and lasts :func:`model.motifs.shapes.length_of`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from model.errors import ThemeInvalid
from model.motifs.degrees import DEGREES, SEMITONES
from model.motifs.harmony import STYLES, harmonise
from model.motifs.language import STEPS, Chord, Theme, ThemeKey, ThemeNote
from model.motifs.ornaments import ornament, simplify
from model.motifs.shapes import (
    Notes,
    change_key,
    invert_real,
    invert_tonal,
    keep_rhythm,
    make_canon,
    repeat_cell,
    repeat_in_sequence,
    reverse,
    sort_notes,
    stretch,
    take_head,
    take_tail,
    transpose,
    transpose_in_key,
    transpose_octaves,
)

_MOST_NOTES = 4096  # of one statement; words that repeat could make millions
_LARGEST_FACTOR = 8  # of augmentation; a theme of four bars then lasts 32
_HIGHEST_PITCH = 127  # of MIDI
_LONGEST_DELAY_QUARTERS = 64
_SEQUENCE = re.compile(r"(-?\d+)x(\d+)")
_CANON = re.compile(r"(\d+(?:/\d+)?)(?:@(-?\d+))?")
_STYLE = re.compile(rf"({'|'.join(STYLES)})(?:\.(\d{{1,9}}))?")


@dataclass(frozen=True, slots=True)
class _Statement:
    """A statement between two words: its notes, their key, the bar in quarters, and the harmony (style, seed)."""

    notes: Notes
    key: ThemeKey
    bar: Fraction
    harmony: tuple[str, int] = ("functional", 0)


_Handler = Callable[[_Statement, str], _Statement]


def apply(theme: Theme, transform: Sequence[str], key: ThemeKey) -> tuple[ThemeNote, ...]:
    """State a theme in ``key``, developed by the words of ``transform`` in turn.

    The theme first moves to ``key`` by the nearest way, keeping its degrees (pass ``Key(tonic, theme.key.mode)`` to
    keep its own mode); then each word changes the result of the one before. Without words and in its own key the theme
    is returned unchanged. Raises ThemeInvalid for an unknown word, a number out of its range, more than 4,096 notes or
    a pitch outside MIDI's range.
    """
    return _develop(theme, transform, key).notes


def sounding_key(transform: Sequence[str], key: ThemeKey) -> ThemeKey:
    """Key that a statement ends up in: ``mode:`` and ``transpose:`` words change it."""
    for word in transform:
        name, _, text = word.partition(":")
        if name == "mode":
            key = ThemeKey(key.tonic, _parse_mode(text, word))
        elif name == "transpose":
            key = ThemeKey((key.tonic + _parse_whole(text, -24, 24, word)) % SEMITONES, key.mode)
    return key


def harmonise_statement(theme: Theme, transform: Sequence[str], key: ThemeKey) -> tuple[Chord, ...]:
    """Chords of a developed statement: the theme's own, moved along, where it is only transposed; else new ones."""
    statement = _develop(theme, transform, key)
    only_moved = all(word.partition(":")[0] in {"transpose", "octave"} for word in transform)
    if only_moved and theme.chords and key.mode == theme.key.mode:
        semitones = statement.key.tonic - theme.key.tonic
        return tuple(replace(c, root=(c.root + semitones) % SEMITONES) for c in theme.chords)
    style, seed = statement.harmony
    return harmonise(statement.notes, statement.key, seed or theme.seed, bar=statement.bar, style=style)


def bar_quarters(meter: tuple[int, int]) -> Fraction:
    """Quarter notes in a bar of (beats, unit)."""
    return Fraction(4 * meter[0], meter[1])


def _develop(theme: Theme, transform: Sequence[str], key: ThemeKey) -> _Statement:
    notes = change_key(sort_notes(theme.notes), theme.key, key)
    statement = _Statement(notes, key, bar_quarters(theme.meter))
    for word in transform:
        statement = _apply_word(statement, word)
        if len(statement.notes) > _MOST_NOTES:
            raise ThemeInvalid(f"{word!r} makes more than {_MOST_NOTES} notes.", hint="Repeat fewer times.")
    if any(not 0 <= n.pitch <= _HIGHEST_PITCH for n in statement.notes):
        raise ThemeInvalid(f"{', '.join(transform)} leaves the range of all instruments.", hint="Move it by less.")
    return statement


def _apply_word(statement: _Statement, word: str) -> _Statement:
    name, _, text = word.partition(":")
    if name in WORDS_WITH_VALUE:
        return WORDS_WITH_VALUE[name](statement, text)
    if name in WORDS_ALONE and not text:
        return replace(statement, notes=WORDS_ALONE[name](statement.notes))
    known = ", ".join(sorted([*WORDS_WITH_VALUE, *WORDS_ALONE]))
    raise ThemeInvalid(f"{word!r:.60} is no way to develop a theme.", hint=f"Known words: {known}.")


def _transpose(statement: _Statement, text: str) -> _Statement:
    by = _parse_whole(text, -24, 24, f"transpose:{text}")
    key = ThemeKey((statement.key.tonic + by) % SEMITONES, statement.key.mode)
    return replace(statement, notes=transpose(statement.notes, by), key=key)


def _diatonic(statement: _Statement, text: str) -> _Statement:
    by = _parse_whole(text, -14, 14, f"diatonic:{text}")
    return replace(statement, notes=transpose_in_key(statement.notes, by, statement.key))


def _change_mode(statement: _Statement, text: str) -> _Statement:
    new = ThemeKey(statement.key.tonic, _parse_mode(text, f"mode:{text}"))
    return replace(statement, notes=change_key(statement.notes, statement.key, new), key=new)


def _octave(statement: _Statement, text: str) -> _Statement:
    return replace(statement, notes=transpose_octaves(statement.notes, _parse_whole(text, -4, 4, f"octave:{text}")))


def _augment(statement: _Statement, text: str) -> _Statement:
    return replace(statement, notes=stretch(statement.notes, _parse_factor(text, f"augment:{text}")))


def _diminish(statement: _Statement, text: str) -> _Statement:
    return replace(statement, notes=stretch(statement.notes, 1 / _parse_factor(text, f"diminish:{text}")))


def _head(statement: _Statement, text: str) -> _Statement:
    return replace(statement, notes=take_head(statement.notes, _parse_whole(text, 1, _MOST_NOTES, f"head:{text}")))


def _tail(statement: _Statement, text: str) -> _Statement:
    return replace(statement, notes=take_tail(statement.notes, _parse_whole(text, 1, _MOST_NOTES, f"tail:{text}")))


def _invert(statement: _Statement, text: str) -> _Statement:
    match text:
        case "tonal":
            return replace(statement, notes=invert_tonal(statement.notes, statement.key))
        case "real":
            return replace(statement, notes=invert_real(statement.notes))
        case _:
            raise ThemeInvalid(f"'invert:{text:.40}' is no inversion.", hint="Write invert:tonal or invert:real.")


def _sequence(statement: _Statement, text: str) -> _Statement:
    match = _SEQUENCE.fullmatch(text)
    if match is None:
        raise ThemeInvalid(f"'sequence:{text:.40}' is no sequence.", hint="Write sequence:-1x2: steps x times.")
    steps, count = _parse_whole(match[1], -7, 7, f"sequence:{text}"), _parse_whole(match[2], 2, 8, f"sequence:{text}")
    return replace(statement, notes=repeat_in_sequence(statement.notes, steps, count, statement.key))


def _ostinato(statement: _Statement, text: str) -> _Statement:
    count = _parse_whole(text, 1, 64, f"ostinato:{text}")
    return replace(statement, notes=repeat_cell(statement.notes, count, statement.bar))


def _ornament(statement: _Statement, text: str) -> _Statement:
    seed = _parse_whole(text, 0, 10**9, f"ornament:{text}")
    return replace(statement, notes=ornament(statement.notes, statement.key, seed))


def _canon(statement: _Statement, text: str) -> _Statement:
    match = _CANON.fullmatch(text)
    delay = Fraction(match[1]) if match and not match[1].endswith("/0") else Fraction(0)
    if match is None or not 0 < delay <= _LONGEST_DELAY_QUARTERS:
        raise ThemeInvalid(f"'canon:{text:.40}' is no canon.", hint="Write canon:2, or canon:2@-3.")
    steps = -DEGREES if match[2] is None else _parse_whole(match[2], -14, 14, f"canon:{text}")
    leading, following = make_canon(statement.notes, delay, steps, statement.key)
    return replace(statement, notes=sort_notes([*leading, *following]))


def _reharmonise(statement: _Statement, text: str) -> _Statement:
    match = _STYLE.fullmatch(text)
    if match is None:
        raise ThemeInvalid(f"'reharmonise:{text:.40}' is no harmony.", hint=f"Known: {', '.join(STYLES)}.")
    return replace(statement, harmony=(match[1], int(match[2] or 0)))


def _parse_whole(text: str, low: int, high: int, word: str) -> int:
    if not re.fullmatch(r"-?\d{1,10}", text) or not low <= int(text) <= high:
        raise ThemeInvalid(f"{word!r:.60} needs a whole number from {low} to {high}.")
    return int(text)


def _parse_factor(text: str, word: str) -> Fraction:
    value = Fraction(text) if re.fullmatch(r"\d{1,3}(/[1-9]\d{0,2})?", text) else Fraction(0)
    if not 1 < value <= _LARGEST_FACTOR:
        raise ThemeInvalid(f"{word!r:.60} needs a number above 1, at most {_LARGEST_FACTOR}.")
    return value


def _parse_mode(text: str, word: str) -> str:
    if text not in STEPS:
        raise ThemeInvalid(f"{word!r:.60} is no mode.", hint=f"Known: {', '.join(STEPS)}.")
    return text


WORDS_WITH_VALUE: dict[str, _Handler] = {
    "transpose": _transpose,
    "diatonic": _diatonic,
    "mode": _change_mode,
    "octave": _octave,
    "augment": _augment,
    "diminish": _diminish,
    "head": _head,
    "tail": _tail,
    "invert": _invert,
    "sequence": _sequence,
    "ostinato": _ostinato,
    "ornament": _ornament,
    "canon": _canon,
    "reharmonise": _reharmonise,
}
WORDS_ALONE: dict[str, Callable[[Sequence[ThemeNote]], Notes]] = {
    "rhythm": keep_rhythm,
    "retrograde": reverse,
    "simplify": simplify,
}
