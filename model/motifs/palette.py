"""Who plays: the words of the notes as instruments, for the film and for each cue, without what is banned."""

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
_LOW = 43
_MOST_FILM = 16
_SOFT_BASS = ("contrabass", "cello", "bassoon", "tuba", "pulse", "piano", "pad", "harp", "bass_clarinet", "trombone")
_CHORDS = ("viola", "violin_2", "horn", "clarinet", "pad", "piano", "harp", "choir", "guitar", "tremolo", "trombone")


@dataclass(frozen=True, slots=True)
class Ban:
    """Instruments that may not play: always, before a reel or a cue, or in one cue.

    ``before``: (reel, cue number) from which they may play; ``only``: a cue's number.
    """

    instruments: frozenset[str]
    before: tuple[int, int] | None = None
    only: str = ""

    def holds(self, number: str) -> bool:
        """Whether the ban holds in the cue of this number."""
        if self.only:
            return number.casefold() == self.only.casefold()
        return self.before is None or order_of(number) < self.before


def order_of(number: str) -> tuple[int, int]:
    """Place of a cue number in the film: ``2m3`` is (2, 3)."""
    found = _NUMBER.search(number)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def instruments_of(word: str) -> tuple[str, ...]:
    """Tell the instruments of a family, a word of the notes, an instrument's id or its printed name.

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
    """Read "brass", "no brass before reel 3", "choir in 1m2"; raises InstrumentUnknown for unknown players."""
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


def cue_palette(cue: Cue, bans: Sequence[Ban]) -> CuePalette:
    """Choose who plays in a cue: its palette's words, a bass and somebody for the chords, without what is banned.

    Raises SettingInvalid if nobody is left.
    """
    banned = frozenset().union(*(ban.instruments for ban in bans if ban.holds(cue.number)))
    asked = dict.fromkeys(i for word in (*cue.palette.families, *_featured(cue)) for i in _known(word))
    playing = [i for i in asked if i not in banned] or [i for i in _STRINGS if i not in banned]
    if not any(INSTRUMENTS[i].lowest <= _LOW and not _drum(i) for i in playing):
        playing += [i for i in _SOFT_BASS if i not in banned][:1]
    if not any(INSTRUMENTS[i].voices > 1 and not _drum(i) for i in playing):
        playing += [i for i in _CHORDS if i not in banned][:1]
    if not any(not _drum(i) for i in playing):
        raise SettingInvalid(f"Nobody is left to play in {cue.number}.", hint="Ban less.")
    featured = next((i for word in _featured(cue) for i in _known(word) if i in playing), "")
    return CuePalette(_scored(playing), featured, tuple(sorted(banned)))


def film_palette(palettes: Iterable[CuePalette], themes: Sequence[Theme], bans: Sequence[Ban]) -> CuePalette:
    """Sum up the film: who plays most, the instruments of the themes, what is banned throughout."""
    counted = Counter(i for palette in palettes for i in palette.instruments)
    banned = frozenset().union(*(b.instruments for b in bans if b.before is None and not b.only))
    own = [t.character.instrument for t in themes if t.character.instrument not in banned]
    often = sorted(counted, key=lambda i: (-counted[i], INSTRUMENTS[i].order))
    playing = list(dict.fromkeys([*own, *often]))[:_MOST_FILM]
    return CuePalette(_scored(playing), own[0] if own else "", tuple(sorted(banned)))


def palettes(notes: SpottingNotes, bans: Sequence[Ban]) -> dict[str, CuePalette]:
    """Choose the players of every cue, by cue id."""
    return {cue.id: cue_palette(cue, bans) for cue in notes.cues}


def unknown_words(notes: SpottingNotes) -> tuple[str, ...]:
    """Say which words of the cues' palettes name no players: nobody plays for them."""
    return tuple(
        f"{cue.number}: {word!r} names no instrument or family; nobody plays for it."
        for cue in notes.cues
        for word in (*cue.palette.families, *_featured(cue))
        if not _known(word)
    )


def _featured(cue: Cue) -> tuple[str, ...]:
    return (cue.palette.featured,) if cue.palette.featured else ()


def _known(word: str) -> tuple[str, ...]:
    """Instruments of a word of the notes; one that people typed by hand and nobody knows says nothing."""
    try:
        solo = {"clarinet": ("clarinet",), "cello": ("solo_cello",)}.get(word)
        return solo or instruments_of(word)
    except InstrumentUnknown:
        return ()


def _scored(instruments: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(dict.fromkeys(instruments), key=lambda i: INSTRUMENTS[i].order))


def _drum(instrument: str) -> bool:
    return INSTRUMENTS[instrument].family == "percussion"
