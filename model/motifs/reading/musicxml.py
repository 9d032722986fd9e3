"""Read a tune from a MusicXML score, plain or compressed."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from dataclasses import dataclass, field
from fractions import Fraction
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from model.errors import ThemeInvalid
from model.motifs.language import ThemeKey, ThemeNote
from model.motifs.reading.tune import HIGHEST_PITCH, PITCH_CLASS_OF_LETTER, Tune

_LARGEST_SCORE_BYTES = 8_000_000
_MOST_NOTES = 20_000
_FIFTH_SEMITONES = 7
_OCTAVE_SEMITONES = 12
_TONIC_OF_FIFTHS = {"major": 0, "minor": 9, "dorian": 2, "phrygian": 4, "lydian": 5, "mixolydian": 7}
_UNPACKING_ERRORS = (
    zipfile.BadZipFile, zlib.error, struct.error, KeyError, ValueError, RuntimeError, EOFError, OSError,
)  # fmt: skip


def read_musicxml(data: bytes) -> Tune:
    """Read all parts of a partwise score; raises ThemeInvalid if it is none or damaged."""
    try:
        root = fromstring(data)
    except DefusedXmlException as error:
        raise ThemeInvalid("The file is no plain MusicXML: it declares entities of its own.") from error
    except (ParseError, ValueError, LookupError) as error:
        raise ThemeInvalid(f"The MusicXML is damaged: {error!s:.120}.") from error
    if root.tag == "score-timewise":
        raise ThemeInvalid("The MusicXML is timewise.", hint="Export it partwise, as every program does.")
    if root.tag != "score-partwise":
        raise ThemeInvalid("The XML is no MusicXML.", hint="Give MIDI, MusicXML or ABC.")
    reader = _Reader()
    try:
        for part in root.iterfind("part"):
            reader.read_part(part)
    except (ValueError, ZeroDivisionError, KeyError, OverflowError) as error:
        raise ThemeInvalid(f"The MusicXML holds a value that makes no sense: {error!s:.120}.") from error
    title = root.findtext("work/work-title") or root.findtext("movement-title") or ""
    return Tune(reader.voices(), reader.drums, reader.key, reader.meter, reader.bpm, title.strip())


def unpack(data: bytes) -> bytes:
    """Take the score out of a compressed ``.mxl``; raises ThemeInvalid if there is none or it is too large."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            name = _score_name(archive)
            if archive.getinfo(name).file_size > _LARGEST_SCORE_BYTES:
                raise ThemeInvalid("The compressed score is far too large for a theme.")
            with archive.open(name) as member:
                return member.read(_LARGEST_SCORE_BYTES)
    except _UNPACKING_ERRORS as error:
        raise ThemeInvalid("The compressed MusicXML is damaged.", hint="Export it again.") from error


def _score_name(archive: zipfile.ZipFile) -> str:
    names = [i.filename for i in archive.infolist() if not i.filename.startswith("META-INF")]
    scores = [n for n in names if n.lower().endswith((".xml", ".musicxml"))]
    if not scores:
        raise ThemeInvalid("The compressed file holds no score.", hint="Give MIDI, MusicXML or ABC.")
    return scores[0]


@dataclass(slots=True)
class _Reader:
    """Collects the notes of all parts; times in quarter notes.

    Attributes
    ----------
    owners: part and voice of each note; ``parts`` counts the parts so far
    drums: unpitched notes left out
    key, meter, bpm: the first ones found
    divisions: the file's units a quarter note; ``shift``: semitones from written to sounding pitch
    now: where the next note begins; ``chord_onset``: where the last note began, for notes of the same chord
    tied: index of the last note of each pitch that is tied over
    """

    notes: list[ThemeNote] = field(default_factory=list[ThemeNote])
    owners: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    parts: int = 0
    drums: int = 0
    key: ThemeKey | None = None
    meter: tuple[int, int] | None = None
    bpm: float | None = None
    divisions: Fraction = Fraction(1)
    shift: int = 0
    now: Fraction = Fraction(0)
    chord_onset: Fraction = Fraction(0)
    tied: dict[int, int] = field(default_factory=dict[int, int])

    def read_part(self, part: Element) -> None:
        """Read one part from its first bar."""
        self.now, self.shift, self.tied = Fraction(0), 0, {}
        self.parts += 1
        for element in (element for measure in part.iterfind("measure") for element in measure):
            match element.tag:
                case "attributes":
                    self._read_attributes(element)
                case "note":
                    self._read_note(element)
                case "backup":
                    self.now -= self._quarters(element)
                case "forward":
                    self.now += self._quarters(element)
                case "direction" | "sound":
                    self._read_tempo(element)
                case _:
                    pass

    def voices(self) -> tuple[tuple[ThemeNote, ...], ...]:
        """Group the notes into voices, by part and voice."""
        found: dict[tuple[int, str], list[ThemeNote]] = {}
        for owner, note in zip(self.owners, self.notes, strict=True):
            found.setdefault(owner, []).append(note)
        return tuple(tuple(found[owner]) for owner in sorted(found))

    def _read_attributes(self, element: Element) -> None:
        self.divisions = Fraction(element.findtext("divisions") or self.divisions)
        time, signature = element.find("time"), element.find("key")
        if time is not None and self.meter is None:
            beats = sum(int(b) for b in (time.findtext("beats") or "4").split("+"))
            self.meter = (beats, int(time.findtext("beat-type") or 4))
        if signature is not None and self.key is None and signature.findtext("fifths"):
            mode = signature.findtext("mode") or ""
            if mode in _TONIC_OF_FIFTHS:  # without a mode the signature leaves two keys; the notes decide
                tonic = (
                    _FIFTH_SEMITONES * int(signature.findtext("fifths") or 0) + _TONIC_OF_FIFTHS[mode]
                ) % _OCTAVE_SEMITONES
                self.key = ThemeKey(tonic, mode)
        if element.find("transpose") is not None:
            octaves = int(element.findtext("transpose/octave-change") or 0)
            self.shift = int(element.findtext("transpose/chromatic") or 0) + _OCTAVE_SEMITONES * octaves

    def _read_note(self, element: Element) -> None:
        duration = self._quarters(element)
        if element.find("grace") is not None:
            return
        onset = self.chord_onset if element.find("chord") is not None else self.now
        if element.find("chord") is None:
            self.chord_onset, self.now = self.now, self.now + duration
        if element.find("unpitched") is not None:
            self.drums += 1
        elif element.find("pitch") is not None:
            self._add_note(element, onset, duration)
        if len(self.notes) > _MOST_NOTES:
            raise ThemeInvalid(f"The score holds more than {_MOST_NOTES:,} notes.", hint="Cut out the bars you mean.")

    def _add_note(self, element: Element, onset: Fraction, duration: Fraction) -> None:
        step, octave = element.findtext("pitch/step") or "", element.findtext("pitch/octave") or "4"
        alter = round(float(element.findtext("pitch/alter") or 0))
        pitch = _OCTAVE_SEMITONES * (int(octave) + 1) + PITCH_CLASS_OF_LETTER[step] + alter + self.shift
        if not 0 <= pitch <= HIGHEST_PITCH:
            raise ValueError(f"pitch {pitch}")
        ties = {tie.get("type") for tie in element.iterfind("tie")}
        if "stop" in ties and pitch in self.tied:
            before = self.notes[self.tied[pitch]]
            longer = ThemeNote(before.onset, onset + duration - before.onset, pitch)
            self.notes[self.tied[pitch]] = longer
        elif duration > 0:
            self.tied[pitch] = len(self.notes)
            self.notes.append(ThemeNote(onset, duration, pitch))
            self.owners.append((self.parts, element.findtext("voice") or ""))
        if "start" not in ties:
            self.tied.pop(pitch, None)

    def _read_tempo(self, element: Element) -> None:
        sound = element if element.tag == "sound" else element.find("sound")
        tempo = sound.get("tempo") if sound is not None else element.findtext("direction-type/metronome/per-minute")
        if tempo and self.bpm is None:
            self.bpm = float(tempo)

    def _quarters(self, element: Element) -> Fraction:
        length = Fraction(element.findtext("duration") or 0) / self.divisions
        if length < 0:
            raise ValueError("a negative duration")
        return length
