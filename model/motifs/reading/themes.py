"""Themes that the user gives: MIDI, MusicXML (plain or compressed) or ABC, told apart by their content.

What is taken: one line. Of several voices it is the top one, and :func:`read_given` says so. What cannot be a theme is
refused in words: nothing, percussion only, chords throughout, thousands of notes, no music.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import PurePath

from model.errors import ThemeInvalid
from model.motifs.characters import CALM, DRIVEN, MOVING
from model.motifs.harmony import harmonise
from model.motifs.instruments import INSTRUMENTS
from model.motifs.language import Character, Theme, ThemeNote
from model.motifs.reading.abc import read_abc
from model.motifs.reading.midi import read_midi
from model.motifs.reading.musicxml import read_musicxml, unpack
from model.motifs.reading.tune import Tune, guess_key, melody
from model.motifs.shapes import Notes, length, shifted, whole_beats
from model.motifs.transforms import bar_quarters

LARGEST_FILE = 2_000_000
_USUAL_BPM, _SLOWEST, _FASTEST = 96.0, 30.0, 240.0
_LONGEST = Fraction(256)
_COLOURS = ("horn", "violin_1", "clarinet", "solo_cello", "flute", "piano")
_UNITS = {1, 2, 4, 8, 16}


@dataclass(frozen=True, slots=True)
class Given:
    """A theme read from a file, and what a person should know about the reading."""

    theme: Theme
    cautions: tuple[str, ...] = ()


def read_theme(data: bytes, name: str, owner: str = "") -> Theme:
    """Read a theme; see :func:`read_given`."""
    return read_given(data, name, owner).theme


def read_given(data: bytes, name: str, owner: str = "") -> Given:
    """Read a theme from the bytes of a file.

    Parameters
    ----------
    name: of the file; the theme is called after its title, else after this
    owner: id of whose theme it is, empty for nobody's yet

    Raises ThemeInvalid, with words a person understands, for whatever holds no usable theme.
    """
    if not data.strip():
        raise ThemeInvalid(f"{name} is empty.", hint="Export the theme again.")
    if len(data) > LARGEST_FILE:
        raise ThemeInvalid(f"{name} is {len(data):,} bytes; a theme needs no more than {LARGEST_FILE:,}.")
    tune = _read(data)
    line, cautions = melody(tune)
    return Given(_theme(tune, line, name, owner), cautions)


def _read(data: bytes) -> Tune:
    if data.startswith(b"MThd"):
        return read_midi(data)
    if data.startswith(b"PK\x03\x04"):
        return read_musicxml(unpack(data))
    text = data.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith((b"<", b"\xff\xfe<", b"\xfe\xff\x00<")):
        return read_musicxml(data)
    try:
        return read_abc(text.decode("utf-8")) if re.search(rb"^K:", text, re.MULTILINE) else _refuse()
    except UnicodeDecodeError:
        return read_abc(text.decode("latin-1")) if b"\0" not in text else _refuse()


def _refuse() -> Tune:
    raise ThemeInvalid("The file is not music that can be read.", hint="Give MIDI, MusicXML or ABC.")


def _theme(tune: Tune, line: Notes, name: str, owner: str) -> Theme:
    meter = _meter(tune.meter)
    bar = bar_quarters(meter)
    notes = shifted(line, -(line[0].onset // bar) * bar)  # an upbeat stays where it is in its bar
    beats = whole_beats(length(notes), bar)
    if beats > _LONGEST:
        raise ThemeInvalid(f"The theme lasts {float(beats):.0f} quarter notes; {_LONGEST} is the most.")
    key = tune.key or guess_key(notes)
    bpm = min(max(tune.bpm or _USUAL_BPM, _SLOWEST), _FASTEST)
    title = _title(tune.title) or _title(PurePath(name).stem) or "Given"
    chords = harmonise(notes, key, 0, bar=bar)
    look = _character(notes, tune.program, beats)
    slug = re.sub(r"[^a-z0-9]+", "-", unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower())
    safe = slug.strip("-") or "given"
    return Theme(f"theme-{safe}", title, owner, notes, key, chords, beats, meter, bpm, look, origin="given")


def _meter(meter: tuple[int, int] | None) -> tuple[int, int]:
    usable = meter is not None and 1 <= meter[0] <= 15 and meter[1] in _UNITS  # noqa: PLR2004 - bars that music has
    return meter if usable and meter is not None else (4, 4)


def _title(text: str) -> str:
    printable = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(printable.split())[:40].strip()


def _character(notes: Sequence[ThemeNote], program: int, beats: Fraction) -> Character:
    pitches = [n.pitch for n in notes]
    low, high = min(pitches), max(pitches)
    own = [row.id for row in INSTRUMENTS.values() if row.program == program and not row.bank]
    reach = [i for i in (*own, *_COLOURS) if INSTRUMENTS[i].lowest <= low and high <= INSTRUMENTS[i].highest]
    middle = (low + high) / 2
    register = "low" if middle < 57 else "middle" if middle < 72 else "high"  # noqa: PLR2004 - A3 and C5
    busy = len(notes) / float(beats)
    energy = CALM if busy < 0.7 else MOVING if busy < 1.3 else DRIVEN  # noqa: PLR2004 - notes a quarter
    return Character(contour_of(notes), energy, "functional", register, reach[0] if reach else "piano")


def contour_of(notes: Sequence[ThemeNote]) -> str:
    """Name the shape of a melody: ``rising``, ``falling``, ``arch``, ``valley`` or ``wave``."""
    third = max(1, len(notes) // 3)
    parts = (notes[:third], notes[third:-third] or notes, notes[-third:])
    first, middle, last = (sum(n.pitch for n in part) / len(part) for part in parts)
    if abs(last - first) > 4 and (middle - first) * (last - middle) >= 0:  # noqa: PLR2004 - more than a third
        return "rising" if last > first else "falling"
    if middle - max(first, last) > 1:
        return "arch"
    return "valley" if min(first, last) - middle > 1 else "wave"
