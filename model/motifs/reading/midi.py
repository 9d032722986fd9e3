"""A theme from a MIDI file."""

from __future__ import annotations

import io
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import mido
from mido.midifiles.meta import KeySignatureError

from model.errors import ThemeInvalid
from model.motifs.language import ThemeKey, ThemeNote
from model.motifs.reading.tune import Tune

_GRID = Fraction(1, 24)  # sixteenths, thirty-seconds and triplets; what a performance strays from it is no rhythm
_DRUMS = 9
_MOST_MESSAGES = 200_000
_NAMES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_BROKEN = (EOFError, OSError, ValueError, KeyError, IndexError, TypeError, OverflowError, KeySignatureError)


def read_midi(data: bytes) -> Tune:
    """Read every pitched note of all tracks; raises ThemeInvalid for a damaged file or one that counts in frames."""
    try:
        score = mido.MidiFile(file=io.BytesIO(data), clip=True)
    except _BROKEN as error:
        raise ThemeInvalid("The MIDI file is damaged.", hint="Export it again.") from error
    if score.ticks_per_beat <= 0:
        raise ThemeInvalid("The MIDI file counts in film frames, not in beats.", hint="Export it with a tempo.")
    if sum(len(track) for track in score.tracks) > _MOST_MESSAGES:
        raise ThemeInvalid("The MIDI file is a whole piece, not a theme.", hint="Cut out the few bars that you mean.")
    voices: list[tuple[ThemeNote, ...]] = []
    drums = 0
    for track in score.tracks:
        pitched, struck = _track(track, score.ticks_per_beat)
        voices += pitched
        drums += struck
    facts = _facts(message for track in score.tracks for message in track)
    return Tune(tuple(voices), drums, **facts)


def _track(track: Iterable[Any], ticks: int) -> tuple[list[tuple[ThemeNote, ...]], int]:
    """Read a track: the notes of each of its channels, and how many strokes of drums."""
    notes: dict[int, list[ThemeNote]] = {}
    sounding: dict[tuple[int, int], tuple[Fraction, int]] = {}
    now, drums = 0, 0
    for message in track:
        now += message.time
        if message.type not in {"note_on", "note_off"}:
            continue
        at, key = _on_grid(now, ticks), (message.channel, message.note)
        if key in sounding:
            onset, velocity = sounding.pop(key)
            note = ThemeNote(onset, max(at - onset, _GRID), message.note, velocity / 127)
            notes.setdefault(message.channel, []).append(note)
        if message.type == "note_on" and message.velocity:
            if message.channel == _DRUMS:
                drums += 1
            else:
                sounding[key] = (at, message.velocity)
    end = _on_grid(now, ticks)
    for (channel, pitch), (onset, velocity) in sounding.items():
        notes.setdefault(channel, []).append(ThemeNote(onset, max(end - onset, _GRID), pitch, velocity / 127))
    return [tuple(notes[channel]) for channel in sorted(notes)], drums


def _on_grid(tick: int, ticks: int) -> Fraction:
    return round(Fraction(tick, ticks) / _GRID) * _GRID


def _facts(messages: Iterable[Any]) -> dict[str, Any]:
    """Collect the first tempo, meter, key and program there are."""
    found: dict[str, Any] = {}
    for message in messages:
        match message.type:
            case "set_tempo" if message.tempo:
                found.setdefault("bpm", 60_000_000 / message.tempo)
            case "time_signature":
                found.setdefault("meter", (message.numerator, message.denominator))
            case "key_signature":
                found.setdefault("key", _key(message.key))
            case "program_change" if message.channel != _DRUMS:
                found.setdefault("program", message.program)
            case "track_name":
                found.setdefault("title", message.name)
            case _:
                pass
    return found


def _key(name: str) -> ThemeKey:
    minor = name.endswith("m")
    letter, sign = name[0], name.removesuffix("m")[1:]
    return ThemeKey((_NAMES[letter] + {"": 0, "#": 1, "b": -1}[sign]) % 12, "minor" if minor else "major")
