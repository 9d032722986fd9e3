"""Read themes that the user gives: MIDI, MusicXML (plain or compressed) or ABC, recognised by their content.

One line is taken; of several voices it is the top one, and :func:`read_theme_file` adds a caution. Files that cannot
be a theme (empty, percussion only, chords throughout, thousands of notes, no music) raise ThemeInvalid with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import PurePath

from model.errors import ThemeInvalid
from model.motifs.characters import CALM, DRIVEN, MOVING, register_of
from model.motifs.harmony import harmonise
from model.motifs.instruments import INSTRUMENTS
from model.motifs.language import Character, Theme, ThemeNote, make_slug
from model.motifs.reading.abc import read_abc
from model.motifs.reading.midi import read_midi
from model.motifs.reading.musicxml import read_musicxml, unpack
from model.motifs.reading.tune import Tune, guess_key, take_melody
from model.motifs.shapes import Notes, length_of, round_up, shift
from model.motifs.transforms import bar_quarters

LARGEST_FILE_BYTES = 2_000_000
_USUAL_BPM = 96.0
_SLOWEST_BPM = 30.0
_FASTEST_BPM = 240.0
_LONGEST_THEME_QUARTERS = Fraction(256)
_USUAL_METER = (4, 4)  # where the file has none, or one that no bar of music has
_MOST_METER_BEATS = 15
_METER_UNITS = {1, 2, 4, 8, 16}
_LONGEST_TITLE_CHARACTERS = 40
_CALM_NOTES = 0.7  # a quarter; fewer make a calm theme
_DRIVEN_NOTES = 1.3  # a quarter; from so many on a theme is driven
_THIRD_SEMITONES = 4
_COLOURS = ("horn", "violin_1", "clarinet", "solo_cello", "flute", "piano")  # the first with the theme's range plays it


@dataclass(frozen=True, slots=True)
class ThemeReading:
    """A theme read from a file, and cautions about what was left out or changed."""

    theme: Theme
    cautions: tuple[str, ...] = ()


def read_theme(data: bytes, name: str, owner: str = "") -> Theme:
    """Read a theme; see :func:`read_theme_file`."""
    return read_theme_file(data, name, owner).theme


def read_theme_file(data: bytes, name: str, owner: str = "") -> ThemeReading:
    """Read a theme from the bytes of a file.

    Parameters
    ----------
    data: the file's bytes
    name: of the file; the theme is called after its title, else after this
    owner: id of whose theme it is, empty for nobody's yet

    Raises ThemeInvalid, with the reason in words, for a file that holds no usable theme.
    """
    if not data.strip():
        raise ThemeInvalid(f"{name} is empty.", hint="Export the theme again.")
    if len(data) > LARGEST_FILE_BYTES:
        raise ThemeInvalid(f"{name} is {len(data):,} bytes; a theme needs no more than {LARGEST_FILE_BYTES:,}.")
    tune = _read_tune(data)
    line, cautions = take_melody(tune)
    return ThemeReading(_make_theme(tune, line, name, owner), cautions)


def _read_tune(data: bytes) -> Tune:
    """Recognise the format by its first bytes (ABC by its key field) and read it."""
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


def _make_theme(tune: Tune, line: Notes, name: str, owner: str) -> Theme:
    meter = tune.meter or _USUAL_METER
    if not 1 <= meter[0] <= _MOST_METER_BEATS or meter[1] not in _METER_UNITS:
        meter = _USUAL_METER
    bar = bar_quarters(meter)
    notes = shift(line, -(line[0].onset // bar) * bar)  # an upbeat stays where it is in its bar
    beats = round_up(length_of(notes), bar)
    if beats > _LONGEST_THEME_QUARTERS:
        raise ThemeInvalid(f"The theme lasts {float(beats):.0f} quarter notes; {_LONGEST_THEME_QUARTERS} is the most.")
    key = tune.key or guess_key(notes)
    title = _clean_title(tune.title) or _clean_title(PurePath(name).stem) or "Given"
    return Theme(
        id=f"theme-{make_slug(title, 'given')}",
        label=title,
        owner=owner,
        notes=notes,
        key=key,
        chords=harmonise(notes, key, 0, bar=bar),
        beats=beats,
        meter=meter,
        bpm=min(max(tune.bpm or _USUAL_BPM, _SLOWEST_BPM), _FASTEST_BPM),
        character=_describe_character(notes, tune.program, beats),
        origin="given",
    )


def _clean_title(text: str) -> str:
    printable = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(printable.split())[:_LONGEST_TITLE_CHARACTERS].strip()


def _describe_character(notes: Sequence[ThemeNote], program: int, beats: Fraction) -> Character:
    """Describe a given theme; its instrument is the file's own if that can play it."""
    pitches = [n.pitch for n in notes]
    low, high = min(pitches), max(pitches)
    own = [row.id for row in INSTRUMENTS.values() if row.program == program and not row.bank]
    able = [i for i in (*own, *_COLOURS) if INSTRUMENTS[i].lowest <= low and high <= INSTRUMENTS[i].highest]
    density = len(notes) / float(beats)
    energy = CALM if density < _CALM_NOTES else MOVING if density < _DRIVEN_NOTES else DRIVEN
    return Character(contour_of(notes), energy, "functional", register_of(low, high), able[0] if able else "piano")


def contour_of(notes: Sequence[ThemeNote]) -> str:
    """Contour of a melody, from its thirds: ``rising``, ``falling``, ``arch``, ``valley`` or ``wave``."""
    third = max(1, len(notes) // 3)
    parts = (notes[:third], notes[third:-third] or notes, notes[-third:])
    first, middle, last = (sum(n.pitch for n in part) / len(part) for part in parts)
    if abs(last - first) > _THIRD_SEMITONES and (middle - first) * (last - middle) >= 0:
        return "rising" if last > first else "falling"
    if middle - max(first, last) > 1:
        return "arch"
    return "valley" if min(first, last) - middle > 1 else "wave"
