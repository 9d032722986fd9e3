"""The cue as a Standard MIDI File: type 1, 960 ticks a quarter, one track a part beside the conductor's.

Every event stands at its exact beat; nothing is humanised here. Articulations shorten notes: staccato to a half,
marcato to three quarters. A part past the fifteenth goes to the next port (FF 21), the drum kit is on channel 10.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from fractions import Fraction

import mido

from model.errors import InstrumentUnknown
from model.motifs.instruments import INSTRUMENTS, Instrument
from model.score.conductor import Timed, choose_division, conductor
from model.score.marks import marks
from model.score.titles import latin
from model.sketch.sketch_types import Part, PartNote, Sketch
from model.time import Timebase

DRUM_CHANNEL = 9  # General MIDI's channel 10, counted from 0
DRUM_BANK = 128  # the bank of drum kits in General MIDI soundfonts
_MELODIC = tuple(c for c in range(16) if c != DRUM_CHANNEL)
_LENGTHS = {"staccato": Fraction(1, 2), "marcato": Fraction(3, 4)}


def write_midi(sketch: Sketch, timebase: Timebase, themes: Mapping[str, str]) -> bytes:
    """Write a cue as MIDI.

    Parameters
    ----------
    themes: labels by theme id, for the markers ("A: Agent · mode:minor")

    Raises
    ------
    InstrumentUnknown: a part is for an instrument that is not in the orchestra

    Notes
    -----
    Tick 0 is the cue's first beat and the SMPTE offset its place on the picture. A mark read back from the file is at
    most .35 ms from the tempo map.
    """
    ticks = choose_division(sketch, marks(sketch, timebase, themes))
    file = mido.MidiFile(type=1, ticks_per_beat=ticks)
    last = round(sketch.tempo_map.end.quarters * ticks)
    file.tracks.append(_track(conductor(sketch, timebase, themes, ticks), last))
    parts = sorted(sketch.parts, key=lambda p: instrument(p.instrument).order)
    for part, (port, channel) in zip(parts, channels([p.instrument for p in parts]), strict=True):
        file.tracks.append(_track(_part(part, port, channel, ticks), last))
    sink = io.BytesIO()
    file.save(file=sink)
    return sink.getvalue()


def instrument(name: str) -> Instrument:
    """Find an instrument by its id; raises InstrumentUnknown."""
    try:
        return INSTRUMENTS[name]
    except KeyError:
        message = f"There is no instrument called {name!r}."
        raise InstrumentUnknown(message, hint="The instruments are: " + ", ".join(INSTRUMENTS) + ".") from None


def channels(names: Sequence[str]) -> list[tuple[int, int]]:
    """Give each part its port and channel, both from 0; the drum kits take channel 9 of one port each."""
    given: list[tuple[int, int]] = []
    melodic = drums = 0
    for name in names:
        if instrument(name).bank == DRUM_BANK:
            given.append((drums, DRUM_CHANNEL))
            drums += 1
        else:
            given.append((melodic // len(_MELODIC), _MELODIC[melodic % len(_MELODIC)]))
            melodic += 1
    return given


def resolve_overlaps(notes: Sequence[PartNote]) -> list[PartNote]:
    """Make a pitch sound once at a time: of equal starts the longest and loudest stays, an earlier note gives way."""
    kept: list[PartNote] = []
    last: dict[int, int] = {}
    for note in sorted(notes, key=lambda n: (n.onset, n.pitch, -n.duration, -n.velocity)):
        before = last.get(note.pitch)
        if before is not None and kept[before].onset == note.onset:
            kept[before] = _with(kept[before], kept[before].duration, max(kept[before].velocity, note.velocity))
            continue
        if before is not None and kept[before].onset + kept[before].duration > note.onset:
            kept[before] = _with(kept[before], note.onset - kept[before].onset, kept[before].velocity)
        last[note.pitch] = len(kept)
        kept.append(note)
    return kept


def _with(note: PartNote, duration: Fraction, velocity: int) -> PartNote:
    return PartNote(note.onset, duration, note.pitch, velocity, note.role, note.articulation, note.statement)


def _part(part: Part, port: int, channel: int, ticks: int) -> list[Timed]:
    player = instrument(part.instrument)
    events: list[Timed] = [(0, 0, mido.MetaMessage("track_name", name=latin(player.name)))]
    events.append((0, 0, mido.MetaMessage("instrument_name", name=latin(player.name))))
    events.append((0, 1, mido.MetaMessage("midi_port", port=port)))
    if player.bank != DRUM_BANK:
        events.append((0, 2, mido.Message("control_change", channel=channel, control=0, value=player.bank >> 7)))
        events.append((0, 2, mido.Message("control_change", channel=channel, control=32, value=player.bank & 127)))
    events.append((0, 3, mido.Message("program_change", channel=channel, program=player.program)))
    for note in resolve_overlaps(part.notes):
        start = round(note.onset.quarters * ticks)
        length = note.duration * _LENGTHS.get(note.articulation, Fraction(1))
        end = max(start + 1, round((note.onset + length).quarters * ticks))
        loud = min(127, max(1, note.velocity))
        events.append((start, 11, mido.Message("note_on", channel=channel, note=note.pitch, velocity=loud)))
        events.append((end, 10, mido.Message("note_off", channel=channel, note=note.pitch, velocity=64)))
    return events


def _track(events: list[Timed], last: int) -> mido.MidiTrack:
    """Order events by tick and rank, and turn absolute ticks into steps."""
    track = mido.MidiTrack()
    now = 0
    for tick, _, event in sorted(events, key=lambda e: (e[0], e[1])):
        track.append(event.copy(time=tick - now))
        now = tick
    track.append(mido.MetaMessage("end_of_track", time=max(0, last - now)))
    return track
