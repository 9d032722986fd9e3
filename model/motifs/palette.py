"""Palettes: the instruments of the film and of each cue, from the words of the notes and without what is banned."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from model.errors import InstrumentUnknown, SettingInvalid
from model.motifs.instruments import FAMILIES, INSTRUMENTS
from model.motifs.language import CuePalette, Theme
from model.spotting.notes import Cue, SpottingNotes

_STRINGS = ("violin_1", "violin_2", "viola", "cello", "contrabass")
WORDS: dict[str, tuple[str, ...]] = {
    "strings": _STRINGS,
    "low strings": ("viola", "cello", "contrabass"),
    "strings ostinato": _STRINGS,
    "pizzicato strings": ("pizzicato", "contrabass"),
    "strings tremolo": ("tremolo", "contrabass"),
    "high string harmonics": ("tremolo",),
    "ostinato violas": ("viola",),
    "cellos": ("cello",),
    "woodwinds": ("flute", "oboe", "clarinet", "bassoon"),
    "low woodwinds": ("bass_clarinet", "bassoon"),
    "brass": ("horn", "trumpet", "trombone", "tuba"),
    "low brass": ("trombone", "tuba", "horn"),
    "horns": ("horn",),
    "trumpets": ("trumpet",),
    "timpani": ("timpani",),
    "percussion": ("timpani", "drums", "taiko"),
    "taikos": ("taiko",),
    "metal percussion": ("tubular_bells", "drums"),
    "bowed metal": ("glockenspiel",),
    "keys": ("piano", "harp", "celesta"),
    "solo piano": ("piano",),
    "guitars": ("guitar",),
    "acoustic guitar": ("guitar",),
    "choir": ("choir",),
    "pads": ("pad", "pulse"),
    "synth pads": ("pad",),
    "synth pulse": ("pulse",),
    "low pulse": ("pulse",),
    "bass": ("contrabass",),
    "solo": ("solo_violin", "solo_viola", "solo_cello"),
}
_BAN = re.compile(
    r"(?:no\s+)?(.+?)(?:\s+(before|until|in)\s+(?:reel\s+(\d{1,2})|(\d{1,2}[a-z]\d{1,3}\w?)))?", re.IGNORECASE
)
_NUMBER = re.compile(r"(\d+)\D+(\d+)")
_BASS_PITCH = 43  # MIDI; an instrument that reaches down to G2 can play the bass
_MOST_OF_FILM = 16  # of the 33 instruments
_BASS_CHOICES = ("contrabass", "cello", "bassoon", "tuba", "pulse", "piano", "pad", "harp", "bass_clarinet", "trombone")
_CHORD_CHOICES = (
    "viola", "violin_2", "horn", "clarinet", "pad", "piano", "harp", "choir", "guitar", "tremolo", "trombone",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ban:
    """Instruments that may not play: always, before a reel or a cue, or in one cue.

    Attributes
    ----------
    before: (reel, cue number) from which on they may play, None where the ban has no end
    only: number of the one cue it holds in, empty for all
    """

    instruments: frozenset[str]
    before: tuple[int, int] | None = None
    only: str = ""

    def holds(self, number: str) -> bool:
        """Tell whether the ban holds in the cue of this number."""
        if self.only:
            return number.casefold() == self.only.casefold()
        return self.before is None or order_of(number) < self.before


def order_of(number: str) -> tuple[int, int]:
    """Order of a cue number in the film: (reel, number), so ``2m3`` is (2, 3); (0, 0) for one without numbers."""
    found = _NUMBER.search(number)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def instruments_of(word: str) -> tuple[str, ...]:
    """Instruments of a family, a word of the notes, an instrument's id or its printed name.

    Raises InstrumentUnknown for anything else.
    """
    plain = " ".join(word.casefold().replace("_", " ").split())
    if plain in WORDS:
        return WORDS[plain]
    for row in INSTRUMENTS.values():
        singular = row.name.casefold().removesuffix("s")
        if plain in {row.id.replace("_", " "), row.name.casefold(), singular}:
            return (row.id,)
    known = ", ".join(sorted({*WORDS, *INSTRUMENTS}))
    raise InstrumentUnknown(f"There is no instrument or family {word!r:.60}.", hint=f"Known: {known}.")


def read_ban(text: str) -> Ban:
    """Read a ban like "brass", "no brass before reel 3" or "choir in 1m2".

    Raises InstrumentUnknown for unknown instruments, SettingInvalid for "in reel 2", which would need a last cue.
    """
    found = _BAN.fullmatch(text.strip())
    if found is None:
        raise InstrumentUnknown("A ban needs an instrument or a family.", hint='Write "brass before reel 3".')
    word = " ".join(found[1].casefold().split())
    family = frozenset(row.id for row in INSTRUMENTS.values() if word in FAMILIES and row.family == word)
    players = family | frozenset(instruments_of(word))
    match (found[2] or "").casefold(), found[3], found[4]:
        case "in", reel, None if reel:
            raise SettingInvalid(f"{text!r:.60}: a ban holds before a reel or in a cue.", hint='Write "in 1m2".')
        case "in", _, number:
            return Ban(players, only=number)
        case "", _, _:
            return Ban(players)
        case _, reel, number:
            return Ban(players, before=(int(reel), 0) if reel else order_of(number))


def choose_cue_palette(cue: Cue, bans: Sequence[Ban]) -> CuePalette:
    """Choose who plays in a cue: its palette's words, a bass and somebody for the chords, without what is banned.

    Raises SettingInvalid if nobody is left.
    """
    banned = frozenset().union(*(ban.instruments for ban in bans if ban.holds(cue.number)))
    asked = dict.fromkeys(i for word in _words_of(cue) for i in _instruments_if_known(word))
    playing = [i for i in asked if i not in banned] or [i for i in _STRINGS if i not in banned]
    if not any(INSTRUMENTS[i].lowest <= _BASS_PITCH and not _is_percussion(i) for i in playing):
        playing += [i for i in _BASS_CHOICES if i not in banned][:1]
    if not any(INSTRUMENTS[i].voices > 1 and not _is_percussion(i) for i in playing):
        playing += [i for i in _CHORD_CHOICES if i not in banned][:1]
    if all(_is_percussion(i) for i in playing):
        raise SettingInvalid(f"Nobody is left to play in {cue.number}.", hint="Ban less.")
    featured = next((i for i in _instruments_if_known(cue.palette.featured) if i in playing), "")
    return CuePalette(_in_score_order(playing), featured, tuple(sorted(banned)))


def choose_film_palette(palettes: Iterable[CuePalette], themes: Sequence[Theme], bans: Sequence[Ban]) -> CuePalette:
    """Choose the film's palette: the instruments of the themes, then who plays most; without what is always banned."""
    counted = Counter(i for palette in palettes for i in palette.instruments)
    banned = frozenset().union(*(b.instruments for b in bans if b.before is None and not b.only))
    own = [t.character.instrument for t in themes if t.character.instrument not in banned]
    often = sorted(counted, key=lambda i: (-counted[i], INSTRUMENTS[i].order))
    playing = list(dict.fromkeys([*own, *often]))[:_MOST_OF_FILM]
    return CuePalette(_in_score_order(playing), own[0] if own else "", tuple(sorted(banned)))


def find_unknown_words(notes: SpottingNotes) -> tuple[str, ...]:
    """Find the words of the cues' palettes that name no instrument, each as a caution in words."""
    return tuple(
        f"{cue.number}: {word!r} names no instrument or family; nobody plays for it."
        for cue in notes.cues
        for word in _words_of(cue)
        if not _instruments_if_known(word)
    )


def _words_of(cue: Cue) -> tuple[str, ...]:
    featured = cue.palette.featured
    return (*cue.palette.families, *((featured,) if featured else ()))


def _instruments_if_known(word: str) -> tuple[str, ...]:
    """Instruments of a word of the notes; none for a word that a person typed and that names no instrument."""
    try:
        solo = {"clarinet": ("clarinet",), "cello": ("solo_cello",)}.get(word)
        return solo or instruments_of(word)
    except InstrumentUnknown:
        return ()


def _in_score_order(instruments: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(dict.fromkeys(instruments), key=lambda i: INSTRUMENTS[i].order))


def _is_percussion(instrument: str) -> bool:
    return INSTRUMENTS[instrument].family == "percussion"
