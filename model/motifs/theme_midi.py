"""Write a theme as a MIDI file that any program opens: tempo, meter, key, name, the melody and its chords."""

from __future__ import annotations

import io
from fractions import Fraction

import mido

from model.motifs.harmony import chord_tones
from model.motifs.instruments import INSTRUMENTS
from model.motifs.language import STEPS, Theme

TICKS = 960
_FLATS = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")
_MINOR = ("Cm", "C#m", "Dm", "Ebm", "Em", "Fm", "F#m", "Gm", "G#m", "Am", "Bbm", "Bm")
_SOFT = 52


def theme_midi(theme: Theme, *, chords: bool = True) -> bytes:
    """Write a theme; with ``chords`` its harmony goes to a second track. The same theme gives the same bytes."""
    score = mido.MidiFile(type=1, ticks_per_beat=TICKS)
    score.tracks.append(_conductor(theme))
    program = INSTRUMENTS[theme.character.instrument].program
    melody = [(n.onset, n.duration, n.pitch, round(50 + 60 * n.accent)) for n in theme.notes]
    score.tracks.append(_voice(theme.label, 0, program, melody))
    if chords and theme.chords:
        below = [(c.onset, c.duration, 48 + tone, _SOFT) for c in theme.chords for tone in chord_tones(c)]
        score.tracks.append(_voice("harmony", 1, INSTRUMENTS["viola"].program, below))
    sink = io.BytesIO()
    score.save(file=sink)
    return sink.getvalue()


def _conductor(theme: Theme) -> mido.MidiTrack:
    minor = STEPS[theme.key.mode][2] == 3  # noqa: PLR2004 - the minor third
    name = (_MINOR if minor else _FLATS)[theme.key.tonic]
    return mido.MidiTrack(
        [
            mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(theme.bpm)),
            mido.MetaMessage("time_signature", numerator=theme.meter[0], denominator=theme.meter[1]),
            mido.MetaMessage("key_signature", key=name),
            mido.MetaMessage("end_of_track", time=_ticks(theme.beats)),
        ]
    )


def _voice(name: str, channel: int, program: int, notes: list[tuple[Fraction, Fraction, int, int]]) -> mido.MidiTrack:
    plain = name.encode("latin-1", "replace").decode("latin-1")  # the file's own encoding
    track = mido.MidiTrack(
        [
            mido.MetaMessage("track_name", name=plain),
            mido.Message("program_change", channel=channel, program=program),
        ]
    )
    events = [(_ticks(onset), 1, pitch, velocity) for onset, _, pitch, velocity in notes]
    events += [(_ticks(onset + duration), 0, pitch, 0) for onset, duration, pitch, _ in notes]
    now = 0
    for tick, on, pitch, velocity in sorted(events):
        kind = "note_on" if on else "note_off"
        track.append(mido.Message(kind, channel=channel, note=pitch, velocity=velocity, time=tick - now))
        now = tick
    track.append(mido.MetaMessage("end_of_track"))
    return track


def _ticks(quarters: Fraction) -> int:
    return round(quarters * TICKS)
