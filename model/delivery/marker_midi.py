"""Markers as a Standard MIDI File whose ticks are frames: the one carrier every sequencer and notation program imports.

The tempo is constant and chosen so that a frame is a whole number of ticks: one quarter note lasts one second of
timecode count (1 000 000 µs, or 1 001 000 µs at the NTSC rates), and the division is a multiple of the frames in it.
23.976: 480 ticks a quarter, 20 a frame; 25: 500 and 20; 29.97 and 30: 480 and 16; 50: 500 and 10; 59.94: 480 and 8.
``tick = frame * ticks_per_frame`` therefore holds exactly, both ways, over any length.

The SMPTE offset (FF 54) gives the reel's start. It knows four rates only: 24 (also written for 23.976 and 48), 25 (50),
29.97 drop-frame (59.94 drop-frame) and 30 (29.97 non-drop, 59.94 non-drop, 60); above 30 fps the odd frame of a pair is
written as 50 hundredths of a frame. A rate that none of them divides carries no offset.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from fractions import Fraction

import mido

from model.delivery.exporter import Exporter, Material
from model.delivery.marks import marks
from model.delivery.wording import ascii_text, heading
from model.time import Timebase

_NAME_LIMIT = 60  # characters of a marker's text
_NTSC = 1001  # denominator of the NTSC rates
_LARGEST_DIVISION = 32767  # ticks a quarter note: 15 bits in the file's head
_LARGEST_TEMPO = 0xFFFFFF  # microseconds a quarter note: 24 bits in a tempo event
_TICKS_PER_FRAME = (20, 16, 12, 10, 8, 6, 5, 4, 3, 2, 1)
_COMMON_DIVISIONS = (480, 500)
_SMPTE_BASES = (24, 25, 30)


@dataclass(frozen=True, slots=True)
class TickClock:
    """How ticks measure frames: microseconds a quarter note, ticks a quarter note, ticks a frame."""

    tempo_us: int
    division: int
    ticks_per_frame: int

    @classmethod
    def of(cls, rate: Fraction) -> TickClock:
        """Find the clock of a rate; exact for every rate that MIDI can spell exactly, else the nearest tempo."""
        nominal = round(rate)
        if rate in (nominal, Fraction(nominal * 1000, _NTSC)):
            division = next((d for d in _COMMON_DIVISIONS if d % nominal == 0), 20 * nominal)
            return cls(1_000_000 if rate == nominal else 1_000 * _NTSC, division, division // nominal)
        return _odd_clock(rate)


def _odd_clock(rate: Fraction) -> TickClock:
    for ticks in _TICKS_PER_FRAME:
        tick_us = 1_000_000 / (rate * ticks)
        scale = max(1, round(480 / tick_us.denominator))
        division, tempo = tick_us.denominator * scale, tick_us.numerator * scale
        if division <= _LARGEST_DIVISION and tempo <= _LARGEST_TEMPO:
            return TickClock(tempo, division, ticks)
    ticks = next(t for t in (20, 40) if 480_000_000 / (rate * t) <= _LARGEST_TEMPO)  # 40 below 1.43 frames a second
    return TickClock(round(480_000_000 / (rate * ticks)), 480, ticks)


def smpte_offset(base: Timebase) -> mido.MetaMessage | None:
    """Spell the reel's start as FF 54, or None at a rate that no SMPTE offset can tell."""
    smpte = next((b for b in _SMPTE_BASES if base.nominal % b == 0), None)
    if smpte is None:
        return None
    hours, minutes, seconds, frames = _figures(base)
    pair = base.nominal // smpte
    return mido.MetaMessage(
        "smpte_offset",
        frame_rate=29.97 if base.drop_frame else smpte,
        hours=hours,
        minutes=minutes,
        seconds=seconds,
        frames=frames // pair,
        sub_frames=frames % pair * 100 // pair,
        time=0,
    )


def _figures(base: Timebase) -> list[int]:
    return [int(part) for part in base.label(base.start).replace(";", ":").split(":")]


def _write(material: Material) -> bytes:
    notes = material.notes
    base = notes.reel.timebase
    clock = TickClock.of(base.rate)
    facts = heading(notes).ascii
    offset = smpte_offset(base)
    track = mido.MidiTrack([mido.MetaMessage("track_name", name=ascii_text(f"{notes.reel.name} markers", 100), time=0)])
    track += [offset] if offset is not None else []
    track.append(mido.MetaMessage("set_tempo", tempo=clock.tempo_us, time=0))
    track.append(mido.MetaMessage("time_signature", numerator=4, denominator=4, time=0))
    track.append(mido.MetaMessage("text", text=facts, time=0))
    now = 0
    for mark in marks(notes):
        tick = mark.frame.index * clock.ticks_per_frame
        track.append(mido.MetaMessage("marker", text=ascii_text(mark.name, _NAME_LIMIT), time=tick - now))
        now = tick
    end = max(now, notes.reel.frames * clock.ticks_per_frame)
    track.append(mido.MetaMessage("end_of_track", time=end - now))
    file = mido.MidiFile(type=1, ticks_per_beat=clock.division)
    file.tracks.append(track)
    sink = io.BytesIO()
    file.save(file=sink)
    return sink.getvalue()


EXPORTER = Exporter(
    name="midi",
    suffix=".markers.mid",
    title="Marker MIDI, frame-exact",
    carries=frozenset({"cues", "silences", "hits", "timecode"}),
    write=_write,
)
