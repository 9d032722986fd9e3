"""Read a tune from ABC notation (standard 2.1): the first tune, its first voice, repeats played once."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fractions import Fraction

from model.errors import ThemeInvalid
from model.motifs.language import STEPS, ThemeKey, ThemeNote
from model.motifs.reading.tune import HIGHEST_PITCH, PITCH_CLASS_OF_LETTER, Tune

_FIELD = re.compile(r"([A-Za-z]):\s*(.*)")
_ORDER_OF_SHARPS = "FCGDAEB"
_MODES = {
    "maj": "major", "ion": "major", "": "major", "m": "minor", "min": "minor", "aeo": "minor", "dor": "dorian",
    "phr": "phrygian", "lyd": "lydian", "mix": "mixolydian",
}  # fmt: skip
_FIFTHS_OF_MODE = {"major": 0, "minor": -3, "dorian": -2, "phrygian": -4, "lydian": 1, "mixolydian": -1}
_SIGNS = {"^": 1, "^^": 2, "_": -1, "__": -2, "=": 0, "": None}
_TOKEN = re.compile(
    r"""(?P<skip>"[^"]*"|![^!]*!|\+[^+]*\+|\{[^}]*\}|`|y\d*|\s+|\$)
    |\[(?P<inline>[A-Za-z]:[^\]]*)\]
    |\((?P<tuplet>[2-9])(?::(?P<into>\d?))?(?::(?P<count>\d?))?(?=[^)])
    |(?P<bar>:*\|+[\]:\d]*|\[\||::|\[\d)
    |(?P<chord>\[(?:[\^_=]*[A-Ga-g][,']*[\d/]*-?)+\])(?P<chordlength>[\d/]*)
    |(?P<sign>\^\^|__|\^|_|=)?(?P<note>[A-Ga-g])(?P<marks>[,']*)(?P<length>[\d/]*)
    |(?P<rest>[zxZX])(?P<restlength>[\d/]*)
    |(?P<broken>>+|<+)
    |(?P<tie>-)
    |(?P<slur>[()])
    |(?P<other>.)""",
    re.VERBOSE,
)
_CHORD_NOTE = re.compile(r"(\^\^|__|\^|_|=)?([A-Ga-g])([,']*)([\d/]*)")
_NOTES_OF_TUPLET = {2: 3, 3: 2, 4: 3, 6: 2, 8: 3}  # so many notes in the time of these
_LONGEST_NOTE_UNITS = 64  # of the tune's unit length
_UNKNOWN_SHARE = 0.2


def read_abc(text: str) -> Tune:
    """Read a tune; raises ThemeInvalid for a text without a key, or in which little is music."""
    reader = _Reader()
    for row in text.splitlines():
        if reader.has_key and (not row.strip() or row.startswith("X:")) and reader.notes:
            break
        reader.read_row(row.split("%", 1)[0].rstrip().rstrip("\\"))
    if not reader.has_key:
        raise ThemeInvalid("The text is no ABC: it names no key (a line K:).", hint="Give MIDI, MusicXML or ABC.")
    if reader.unknown > _UNKNOWN_SHARE * max(len(reader.notes), 5):
        raise ThemeInvalid("Most of the text is not ABC notation.", hint="Give MIDI, MusicXML or ABC.")
    cautions = ("Only the first voice of the ABC was read.",) if reader.several_voices else ()
    return Tune(
        (tuple(reader.notes),),
        key=reader.key,
        meter=reader.meter,
        bpm=reader.bpm,
        title=reader.title,
        cautions=cautions,
    )


@dataclass(slots=True)
class _Reader:
    """The state of the reading; lengths in quarter notes.

    Attributes
    ----------
    unit: length of a note without a number, None = by the meter
    signature: alteration of each letter by the key; ``accidentals``: of (letter, octave) until the next bar line
    has_key: whether the key field, which ends the header, was read
    voice: name of the first voice; ``muted``: whether another voice is being read, which is skipped
    now: where the next note begins; ``tied``: whether it is tied to the last one
    tuplet: factor on the length of the notes of a tuplet, and how many of them are still to come
    broken: factor on the length of the next note of a broken rhythm (``>`` or ``<``)
    last: how many notes the last onset has, and their length
    unknown: characters that are no ABC
    """

    notes: list[ThemeNote] = field(default_factory=list[ThemeNote])
    title: str = ""
    meter: tuple[int, int] = (4, 4)
    unit: Fraction | None = None
    bpm: float | None = None
    key: ThemeKey = field(default_factory=lambda: ThemeKey(0))
    signature: dict[str, int] = field(default_factory=dict[str, int])
    accidentals: dict[tuple[str, int], int] = field(default_factory=dict[tuple[str, int], int])
    has_key: bool = False
    several_voices: bool = False
    voice: str = ""
    muted: bool = False
    now: Fraction = Fraction(0)
    tied: bool = False
    tuplet: tuple[Fraction, int] = (Fraction(1), 0)
    broken: Fraction = Fraction(1)
    last: tuple[int, Fraction] = (0, Fraction(0))
    unknown: int = 0

    def read_row(self, row: str) -> None:
        """Read a line: a field, or music once the key was named."""
        header = _FIELD.fullmatch(row)
        if header and (not self.has_key or header[1] in "KLMQTVwWsIPRNr"):
            self._read_field(header[1], header[2].strip())
        elif self.has_key and not self.muted:
            for token in _TOKEN.finditer(row):
                self._read_token(token)

    def _read_field(self, name: str, value: str) -> None:
        match name:
            case "T" if not self.title:
                self.title = value
            case "M":
                self._read_meter(value)
            case "L":
                found = re.fullmatch(r"1/(\d{1,3})", value)
                self.unit = Fraction(4, int(found[1])) if found and int(found[1]) else self.unit
            case "Q":
                self._read_tempo(value)
            case "K":
                self._read_key(value)
                self.has_key = True
            case "V" if value:
                first = self.voice or value.split(maxsplit=1)[0]
                self.muted = value.split(maxsplit=1)[0] != first
                self.voice, self.several_voices = first, self.several_voices or self.muted
            case _:
                pass

    def _read_meter(self, value: str) -> None:
        named = {"C": (4, 4), "C|": (2, 2)}.get(value)
        found = re.fullmatch(r"(\d{1,2})/(\d{1,2})", value)
        if named or (found and int(found[1]) and int(found[2])):
            self.meter = named or (int(found[1]), int(found[2])) if found else named or self.meter

    def _read_tempo(self, value: str) -> None:
        found = re.search(r"(?:(\d+)/(\d+)\s*=\s*)?(\d{2,3})", re.sub(r'"[^"]*"', "", value))
        if found:
            whole = bool(found[1]) and int(found[2]) > 0
            beat = 4 * Fraction(int(found[1]), int(found[2])) if whole else Fraction(1)
            self.bpm = float(int(found[3]) * beat)

    def _read_key(self, value: str) -> None:
        found = re.match(r"([A-G])([#b]?)\s*([A-Za-z]*)", value)
        if found is None:
            self.signature = {}
            return
        mode = _MODES.get(found[3].lower()[:3], _MODES.get(found[3].lower()[:1], "major"))
        tonic = PITCH_CLASS_OF_LETTER[found[1]] + {"#": 1, "b": -1, "": 0}[found[2]]
        fifths = _ORDER_OF_SHARPS.index(found[1]) - 1 + {"#": 7, "b": -7, "": 0}[found[2]] + _FIFTHS_OF_MODE[mode]
        names = _ORDER_OF_SHARPS[: max(0, fifths)] or _ORDER_OF_SHARPS[::-1][: max(0, -fifths)]
        self.signature = dict.fromkeys(names[:7], 1 if fifths > 0 else -1)
        self.key = ThemeKey(tonic % 12, mode if mode in STEPS else "major")

    def _read_token(self, token: re.Match[str]) -> None:
        if token["note"]:
            pitch = self._pitch(token["sign"] or "", token["note"], token["marks"])
            self._add_notes([pitch], _parse_length(token["length"]))
        elif token["chord"]:
            rows = _CHORD_NOTE.findall(token["chord"])
            inner = _parse_length(rows[0][3]) * _parse_length(token["chordlength"])
            self._add_notes([self._pitch(sign, note, marks) for sign, note, marks, _ in rows], inner)
        elif token["rest"]:
            bar = 4 * Fraction(*self.meter)
            self._rest(
                _parse_length(token["restlength"]) * bar
                if token["rest"] in "ZX"
                else self._quarters(token["restlength"])
            )
        elif token["tuplet"]:
            many = int(token["tuplet"])
            into = int(token["into"] or 0) or _NOTES_OF_TUPLET.get(many, 2)
            self.tuplet = (Fraction(into, many), int(token["count"] or 0) or many)
        elif token["broken"]:
            self._dot(token["broken"])
        elif token["bar"]:
            self.accidentals.clear()
        elif token["inline"]:
            self._read_field(token["inline"][0], token["inline"][2:].strip())
        else:
            self.tied = self.tied or bool(token["tie"])
            self.unknown += bool(token["other"])

    def _pitch(self, sign: str, letter: str, marks: str) -> int:
        octave = 5 + letter.islower() + marks.count("'") - marks.count(",")
        name = letter.upper()
        written = _SIGNS[sign]
        if written is not None:
            self.accidentals[name, octave] = written
        return (
            12 * octave
            + PITCH_CLASS_OF_LETTER[name]
            + self.accidentals.get((name, octave), self.signature.get(name, 0))
        )

    def _quarters(self, length: str) -> Fraction:
        unit = self.unit or (Fraction(1, 4) if Fraction(*self.meter) < Fraction(3, 4) else Fraction(1, 2))
        return _parse_length(length) * unit

    def _add_notes(self, pitches: list[int], length: Fraction) -> None:
        if any(not 0 <= pitch <= HIGHEST_PITCH for pitch in pitches):
            raise ThemeInvalid("The ABC leaves the range of all instruments.")
        duration, first = length * self._quarters(""), len(self.notes)
        shorter, left = self.tuplet
        if left:
            duration, self.tuplet = duration * shorter, (shorter, left - 1)
        duration *= self.broken
        self.broken = Fraction(1)
        before = self.notes[-1] if self.notes else None
        if self.tied and before and before.pitch in pitches and before.onset + before.duration == self.now:
            self.notes[-1] = ThemeNote(before.onset, before.duration + duration, before.pitch)
        else:
            self.notes += [ThemeNote(self.now, duration, pitch) for pitch in pitches]
        self.last = (len(self.notes) - first, duration)
        self.tied = False
        self.now += duration

    def _rest(self, duration: Fraction) -> None:
        self.now, self.last, self.tied = self.now + duration, (0, duration), False
        self.broken = Fraction(1)

    def _dot(self, marks: str) -> None:
        """Dot the last note and shorten the next (``>``), or the other way round (``<``)."""
        part = Fraction(1, 2 ** min(len(marks), 4))
        factor, next_factor = (2 - part, part) if marks[0] == ">" else (part, 2 - part)
        count, duration = self.last
        for index in range(len(self.notes) - count, len(self.notes)):
            note = self.notes[index]
            self.notes[index] = ThemeNote(note.onset, note.duration + duration * (factor - 1), note.pitch)
        self.now += duration * (factor - 1)
        self.broken = next_factor


def _parse_length(text: str) -> Fraction:
    """Read a note length: ``2``, ``/``, ``//``, ``3/2``, ``/4``."""
    if not text:
        return Fraction(1)
    above, slash, below = text.partition("/")
    if set(below) <= {"/"}:
        found = Fraction(int(above or 1), 2 ** (len(below) + bool(slash)))
    else:
        found = Fraction(int(above or 1), max(1, int(below.strip("/") or 1)))
    if not 0 < found <= _LONGEST_NOTE_UNITS:
        raise ThemeInvalid(f"The ABC holds a note of an impossible length: {text:.20}.")
    return found
