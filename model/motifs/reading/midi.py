"""Read a tune from a MIDI file."""

from __future__ import annotations

import io
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import mido
from mido.midifiles.meta import KeySignatureError

from model.errors import ThemeInvalid
from model.motifs.language import ThemeKey, ThemeNote
from model.motifs.reading.tune import PITCH_CLASS_OF_LETTER, Tune

_GRID_QUARTERS = Fraction(1, 24)  # holds sixteenths, thirty-seconds and triplets; played notes are rounded to it
_DRUM_CHANNEL = 9  # counted from 0, by General MIDI
_MOST_MESSAGES = 200_000  # of a whole symphony; a theme has a few hundred
_LARGEST_VELOCITY = 127  # of MIDI
_MICROSECONDS_OF_MINUTE = 60_000_000
_READING_ERRORS = (EOFError, OSError, ValueError, KeyError, IndexError, TypeError, OverflowError, KeySignatureError)


def read_midi(data: bytes) -> Tune:
    """Read every pitched note of all tracks; raises ThemeInvalid for a damaged file or one that counts in frames."""
    try:
        score = mido.MidiFile(file=io.BytesIO(data), clip=True)
    except _READING_ERRORS as error:
        raise ThemeInvalid("The MIDI file is damaged.", hint="Export it again.") from error
    if score.ticks_per_beat <= 0:
        raise ThemeInvalid("The MIDI file counts in film frames, not in beats.", hint="Export it with a tempo.")
    if sum(len(track) for track in score.tracks) > _MOST_MESSAGES:
        raise ThemeInvalid("The MIDI file is a whole piece, not a theme.", hint="Cut out the few bars that you mean.")
    voices: list[tuple[ThemeNote, ...]] = []
    drums = 0
    for track in score.tracks:
        pitched, drum_notes = _read_track(track, score.ticks_per_beat)
        voices += pitched
        drums += drum_notes
    settings = _first_settings(message for track in score.tracks for message in track)
    return Tune(tuple(voices), drums, **settings)


def _read_track(track: Iterable[Any], ticks: int) -> tuple[list[tuple[ThemeNote, ...]], int]:
    """Read a track: the pitched notes of each of its channels, and how many drum notes it has."""
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
            note = ThemeNote(onset, max(at - onset, _GRID_QUARTERS), message.note, velocity / _LARGEST_VELOCITY)
            notes.setdefault(message.channel, []).append(note)
        if message.type == "note_on" and message.velocity:
            if message.channel == _DRUM_CHANNEL:
                drums += 1
            else:
                sounding[key] = (at, message.velocity)
    end = _on_grid(now, ticks)
    for (channel, pitch), (onset, velocity) in sounding.items():
        notes.setdefault(channel, []).append(
            ThemeNote(onset, max(end - onset, _GRID_QUARTERS), pitch, velocity / _LARGEST_VELOCITY)
        )
    return [tuple(notes[channel]) for channel in sorted(notes)], drums


def _on_grid(tick: int, ticks: int) -> Fraction:
    return round(Fraction(tick, ticks) / _GRID_QUARTERS) * _GRID_QUARTERS


def _first_settings(messages: Iterable[Any]) -> dict[str, Any]:
    """Collect the first tempo, meter, key, program and title of the file, as arguments of :class:`Tune`."""
    found: dict[str, Any] = {}
    for message in messages:
        match message.type:
            case "set_tempo" if message.tempo:
                found.setdefault("bpm", _MICROSECONDS_OF_MINUTE / message.tempo)
            case "time_signature":
                found.setdefault("meter", (message.numerator, message.denominator))
            case "key_signature":
                found.setdefault("key", _parse_key(message.key))
            case "program_change" if message.channel != _DRUM_CHANNEL:
                found.setdefault("program", message.program)
            case "track_name":
                found.setdefault("title", message.name)
            case _:
                pass
    return found


def _parse_key(name: str) -> ThemeKey:
    minor = name.endswith("m")
    letter, sign = name[0], name.removesuffix("m")[1:]
    return ThemeKey(
        (PITCH_CLASS_OF_LETTER[letter] + {"": 0, "#": 1, "b": -1}[sign]) % 12, "minor" if minor else "major"
    )
