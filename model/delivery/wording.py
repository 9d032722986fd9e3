"""Words and figures every document shares: the facts of the reel, durations, and text made safe for old formats."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from fractions import Fraction

from model.spotting.notes import Cue, SpottingNotes
from model.time import Frame, Timebase, rate_name

_PLAINER = str.maketrans(
    {"–": "-", "—": "-", "−": "-", "‘": "'", "’": "'", "“": '"', "”": '"', "…": "...", "×": "x", "→": "->", "·": "-"}
)
_MINUTE_S = 60


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands on top of every document, as text.

    Attributes
    ----------
    start: label of the first frame; ``assumed`` says that nobody gave it
    length: the reel's length as a label counted from zero
    music: share of the reel with music, 0-1
    """

    reel: str
    version: str
    rate: str
    counting: str
    start: str
    assumed: bool
    length: str
    revision: int
    cues: int
    silences: int
    hits: int
    music: float

    @property
    def clock(self) -> str:
        """Rate, way of counting and start in one line."""
        return f"{self.rate} fps {self.counting} · starts {self.start}" + (" (assumed)" if self.assumed else "")

    @property
    def counts(self) -> str:
        """How much there is of everything in one line."""
        parts = [_count(self.cues, "cue"), _count(self.silences, "silence"), _count(self.hits, "hit")]
        return " · ".join([f"notes r{self.revision}", *parts, f"{self.music:.0%} music".replace("%", " %")])

    @property
    def ascii(self) -> str:
        """Everything a marker file can say about its reel, for formats that know ASCII only."""
        assumed = " ASSUMED" if self.assumed else ""
        flag = "DF" if self.counting == "drop-frame" else "NDF"
        return ascii_text(f"{self.reel} {self.version} {self.rate}FPS {flag} START {self.start}{assumed}", 200)


def heading(notes: SpottingNotes) -> Heading:
    """Read the facts off the notes."""
    base = notes.reel.timebase
    sounding = sum(cue.span.frames for cue in notes.cues)
    return Heading(
        reel=clean_text(notes.reel.name),
        version=clean_text(notes.settings.picture_version),
        rate=rate_name(base.rate),
        counting="drop-frame" if base.drop_frame else "non-drop",
        start=base.timecode(Frame(0)),
        assumed=base.assumed,
        length=Timebase(base.rate, 0, base.drop_frame).label(notes.reel.frames),
        revision=notes.revision,
        cues=len(notes.cues),
        silences=len(notes.silences),
        hits=len(notes.hits),
        music=sounding / notes.reel.frames if notes.reel.frames else 0.0,
    )


def numbers(notes: SpottingNotes) -> dict[str, str]:
    """Map the ids of cues to their printed numbers."""
    return {cue.id: cue.number for cue in notes.cues}


def clean_text(text: str) -> str:
    """Put text on one line: runs of white space become one space; control and direction characters go."""
    kept = (" " if char.isspace() else char for char in text)
    visible = (char for char in kept if unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Cn"})
    return " ".join("".join(visible).split())


def ascii_text(text: str, limit: int) -> str:
    """Spell text in printable ASCII, at most ``limit`` characters: letters lose accents, the rest becomes ``?``."""
    simple = unicodedata.normalize("NFKD", clean_text(text).translate(_PLAINER))
    spelled = "".join(char if char.isascii() else "?" for char in simple if not unicodedata.combining(char))
    return clean_text(spelled)[:limit].rstrip()


def shorten(text: str, limit: int) -> str:
    """Cut text at a word so that it and the ellipsis keep within ``limit`` characters; nothing fits in under two."""
    if len(text) <= limit:
        return text
    if limit < 2:  # noqa: PLR2004 - a lone ellipsis says nothing
        return ""
    cut = text[: limit - 1]
    word = cut.rsplit(" ", 1)[0] if " " in cut[limit // 2 :] else cut
    return word.rstrip(" ,;:.") + "…"


def spell_length(seconds: Fraction) -> str:
    """Spell a duration: ``14.2 s``, ``1:04.5``."""
    tenths = round(seconds * 10)
    minutes, rest = divmod(tenths, _MINUTE_S * 10)
    return f"{minutes}:{rest / 10:04.1f}" if minutes else f"{rest / 10:.1f} s"


def spell_relative(seconds: Fraction) -> str:
    """Spell a time from the cue's start to the hundredth: ``7.00``, ``1:04.46``."""
    hundredths = round(seconds * 100)
    sign, hundredths = ("-", -hundredths) if hundredths < 0 else ("", hundredths)
    minutes, rest = divmod(hundredths, _MINUTE_S * 100)
    return f"{sign}{minutes}:{rest / 100:05.2f}" if minutes else f"{sign}{rest / 100:.2f}"


def tempo(cue: Cue) -> str:
    """Spell the suggested tempo: ``72–84 bpm``, empty where none is suggested."""
    slow, fast = cue.tempo_bpm
    if fast <= 0:
        return ""
    return f"{slow:.0f} bpm" if round(slow) == round(fast) else f"{slow:.0f}–{fast:.0f} bpm"


def palette(cue: Cue) -> str:
    """Spell the palette: ``viola; low strings, piano``."""
    families = ", ".join(map(clean_text, cue.palette.families))
    return "; ".join(part for part in (clean_text(cue.palette.featured), families) if part)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
