"""The leitmotif engine: words that say how a theme is developed, applied in turn.

=====================  ==========================================================================================
``transpose:5``        every note five semitones higher (-24 to 24)
``diatonic:2``         every note two steps of the scale higher (-14 to 14)
``mode:minor``         same degrees in another mode of the same tonic (any name in ``language.STEPS``)
``octave:-1``          by octaves (-4 to 4)
``augment:2``          notes twice as long; fractions above 1 up to 8 (``augment:3/2``)
``diminish:2``         notes half as long; fractions above 1 up to 8
``head:4``             the first four notes
``tail:3``             the last three, begun at once
``rhythm``             the rhythm alone, on the first note's pitch
``invert:tonal``       mirrored at the first note, in the key
``invert:real``        mirrored at the first note, semitone by semitone
``retrograde``         backwards
``sequence:-1x2``      stated twice, the second time a step lower (-7 to 7 steps, 2 to 8 times)
``ostinato:4``         the cell (first bar) four times, once a bar (1 to 64)
``ornament:7``         decorated; the number is the seed
``simplify``           without its decoration
``canon:2``            with a second voice two quarters later, an octave below (two voices, not a melody)
``canon:2@-3``         the same, three steps of the scale below
``reharmonise:modal``  same melody over other chords (``functional``, ``modal``, ``chromatic``; ``modal.7``: a seed)
=====================  ==========================================================================================

A statement begins at quarter 0 and lasts :func:`model.motifs.shapes.length`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from model.errors import ThemeInvalid
from model.motifs.degrees import DEGREES
from model.motifs.harmony import STYLES, harmonise
from model.motifs.language import STEPS, Chord, Theme, ThemeKey, ThemeNote
from model.motifs.ornaments import ornament, simplify
from model.motifs.shapes import (
    Notes,
    canon,
    change_key,
    head,
    invert_real,
    invert_tonal,
    octave,
    ordered,
    ostinato,
    retrograde,
    rhythm_only,
    sequence,
    stretch,
    tail,
    transpose,
    transpose_in_key,
)

_MOST_NOTES = 4096
_MOST_STRETCH = 8
_HIGHEST = 127
_SEQUENCE = re.compile(r"(-?\d+)x(\d+)")
_CANON = re.compile(r"(\d+(?:/\d+)?)(?:@(-?\d+))?")
_STYLE = re.compile(rf"({'|'.join(STYLES)})(?:\.(\d{{1,9}}))?")


@dataclass(frozen=True, slots=True)
class _State:
    """A statement in the making: its notes, the key they are in by now, and the theme's bar in quarters."""

    notes: Notes
    key: ThemeKey
    bar: Fraction
    harmony: tuple[str, int] = ("functional", 0)


_Word = Callable[[_State, str], _State]


def apply(theme: Theme, transform: Sequence[str], key: ThemeKey) -> tuple[ThemeNote, ...]:
    """State a theme in ``key``, developed by the words of ``transform`` in turn.

    The theme first moves to ``key`` by the nearest way, keeping its degrees (pass ``Key(tonic, theme.key.mode)`` to
    keep its own mode); then each word acts on what the one before left. Without words and in its own key the theme
    comes out as it is. Raises ThemeInvalid for a word that is none, a number out of its range, more than 4,096 notes
    or a pitch outside MIDI's.
    """
    return _developed(theme, transform, key).notes


def sounding_key(transform: Sequence[str], key: ThemeKey) -> ThemeKey:
    """Tell the key a statement ends up in: ``mode:`` and ``transpose:`` words change it."""
    for word in transform:
        name, _, text = word.partition(":")
        if name == "mode":
            key = ThemeKey(key.tonic, _mode(text, word))
        elif name == "transpose":
            key = ThemeKey((key.tonic + _whole(text, -24, 24, word)) % 12, key.mode)
    return key


def chords(theme: Theme, transform: Sequence[str], key: ThemeKey) -> tuple[Chord, ...]:
    """Harmonise a developed statement: the theme's own chords moved along where it is only moved, else new ones."""
    state = _developed(theme, transform, key)
    untouched = all(word.partition(":")[0] in {"transpose", "octave"} for word in transform)
    if untouched and theme.chords and key.mode == theme.key.mode:
        shift = state.key.tonic - theme.key.tonic
        return tuple(replace(c, root=(c.root + shift) % 12) for c in theme.chords)
    style, seed = state.harmony
    return harmonise(state.notes, state.key, seed or theme.seed, bar=state.bar, style=style)


def check(transform: Sequence[str]) -> None:
    """Raise ThemeInvalid unless every word is in the table and its number in range."""
    state = _State((ThemeNote(Fraction(0), Fraction(1), 60),), ThemeKey(0), Fraction(4))
    for word in transform:
        _act(state, word)


def bar_quarters(meter: tuple[int, int]) -> Fraction:
    """Quarter notes in a bar of (beats, unit)."""
    return Fraction(4 * meter[0], meter[1])


def _developed(theme: Theme, transform: Sequence[str], key: ThemeKey) -> _State:
    notes = change_key(ordered(theme.notes), theme.key, key)
    state = _State(notes, key, bar_quarters(theme.meter))
    for word in transform:
        state = _act(state, word)
        if len(state.notes) > _MOST_NOTES:
            raise ThemeInvalid(f"{word!r} makes more than {_MOST_NOTES} notes.", hint="Repeat fewer times.")
    if any(not 0 <= n.pitch <= _HIGHEST for n in state.notes):
        raise ThemeInvalid(f"{', '.join(transform)} leaves the range of all instruments.", hint="Move it by less.")
    return state


def _act(state: _State, word: str) -> _State:
    name, _, text = word.partition(":")
    if name in _WITH:
        return _WITH[name](state, text)
    if name in _PLAIN and not text:
        return replace(state, notes=_PLAIN[name](state.notes))
    known = ", ".join(sorted([*_WITH, *_PLAIN]))
    raise ThemeInvalid(f"{word!r:.60} is no way to develop a theme.", hint=f"Known words: {known}.")


def _transpose(state: _State, text: str) -> _State:
    by = _whole(text, -24, 24, f"transpose:{text}")
    return replace(state, notes=transpose(state.notes, by), key=ThemeKey((state.key.tonic + by) % 12, state.key.mode))


def _diatonic(state: _State, text: str) -> _State:
    by = _whole(text, -14, 14, f"diatonic:{text}")
    return replace(state, notes=transpose_in_key(state.notes, by, state.key))


def _change_mode(state: _State, text: str) -> _State:
    new = ThemeKey(state.key.tonic, _mode(text, f"mode:{text}"))
    return replace(state, notes=change_key(state.notes, state.key, new), key=new)


def _octave(state: _State, text: str) -> _State:
    return replace(state, notes=octave(state.notes, _whole(text, -4, 4, f"octave:{text}")))


def _augment(state: _State, text: str) -> _State:
    return replace(state, notes=stretch(state.notes, _factor(text, f"augment:{text}")))


def _diminish(state: _State, text: str) -> _State:
    return replace(state, notes=stretch(state.notes, 1 / _factor(text, f"diminish:{text}")))


def _head(state: _State, text: str) -> _State:
    return replace(state, notes=head(state.notes, _whole(text, 1, _MOST_NOTES, f"head:{text}")))


def _tail(state: _State, text: str) -> _State:
    return replace(state, notes=tail(state.notes, _whole(text, 1, _MOST_NOTES, f"tail:{text}")))


def _invert(state: _State, text: str) -> _State:
    match text:
        case "tonal":
            return replace(state, notes=invert_tonal(state.notes, state.key))
        case "real":
            return replace(state, notes=invert_real(state.notes))
        case _:
            raise ThemeInvalid(f"'invert:{text:.40}' is no inversion.", hint="Write invert:tonal or invert:real.")


def _sequence(state: _State, text: str) -> _State:
    match = _SEQUENCE.fullmatch(text)
    if match is None:
        raise ThemeInvalid(f"'sequence:{text:.40}' is no sequence.", hint="Write sequence:-1x2: steps x times.")
    steps, count = _whole(match[1], -7, 7, f"sequence:{text}"), _whole(match[2], 2, 8, f"sequence:{text}")
    return replace(state, notes=sequence(state.notes, steps, count, state.key))


def _ostinato(state: _State, text: str) -> _State:
    count = _whole(text, 1, 64, f"ostinato:{text}")
    return replace(state, notes=ostinato(state.notes, count, state.bar))


def _ornament(state: _State, text: str) -> _State:
    seed = _whole(text, 0, 10**9, f"ornament:{text}")
    return replace(state, notes=ornament(state.notes, state.key, seed))


def _canon(state: _State, text: str) -> _State:
    match = _CANON.fullmatch(text)
    delay = Fraction(match[1]) if match and not match[1].endswith("/0") else Fraction(0)
    if match is None or not 0 < delay <= 64:  # noqa: PLR2004 - a dozen bars and more
        raise ThemeInvalid(f"'canon:{text:.40}' is no canon.", hint="Write canon:2, or canon:2@-3.")
    steps = -DEGREES if match[2] is None else _whole(match[2], -14, 14, f"canon:{text}")
    leading, following = canon(state.notes, delay, steps, state.key)
    return replace(state, notes=ordered([*leading, *following]))


def _reharmonise(state: _State, text: str) -> _State:
    match = _STYLE.fullmatch(text)
    if match is None:
        raise ThemeInvalid(f"'reharmonise:{text:.40}' is no harmony.", hint=f"Known: {', '.join(STYLES)}.")
    return replace(state, harmony=(match[1], int(match[2] or 0)))


def _whole(text: str, low: int, high: int, word: str) -> int:
    if not re.fullmatch(r"-?\d{1,10}", text) or not low <= int(text) <= high:
        raise ThemeInvalid(f"{word!r:.60} needs a whole number from {low} to {high}.")
    return int(text)


def _factor(text: str, word: str) -> Fraction:
    value = Fraction(text) if re.fullmatch(r"\d{1,3}(/[1-9]\d{0,2})?", text) else Fraction(0)
    if not 1 < value <= _MOST_STRETCH:
        raise ThemeInvalid(f"{word!r:.60} needs a number above 1, at most {_MOST_STRETCH}.")
    return value


def _mode(text: str, word: str) -> str:
    if text not in STEPS:
        raise ThemeInvalid(f"{word!r:.60} is no mode.", hint=f"Known: {', '.join(STEPS)}.")
    return text


_WITH: dict[str, _Word] = {
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
_PLAIN: dict[str, Callable[[Sequence[ThemeNote]], Notes]] = {
    "rhythm": rhythm_only,
    "retrograde": retrograde,
    "simplify": simplify,
}
