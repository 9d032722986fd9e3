"""Write a theme as a MIDI file: tempo, meter, key, name, the melody and its chords."""

from __future__ import annotations

import io
from fractions import Fraction

import mido

from model.motifs.harmony import chord_tones
from model.motifs.instruments import INSTRUMENTS
from model.motifs.language import STEPS, Theme

_QUARTER_TICKS = 960
_MAJOR_KEYS = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")
_MINOR_KEYS = ("Cm", "C#m", "Dm", "Ebm", "Em", "Fm", "F#m", "Gm", "G#m", "Am", "Bbm", "Bm")
_CHORD_VELOCITY = 52  # of 127; softer than the melody
_SOFTEST_VELOCITY = 50  # of 127, of a melody note without accent
_ACCENT_VELOCITY = 60  # added for a full accent
_CHORD_PITCH = 48  # MIDI; chords lie in the octave below middle C
_MINOR_THIRD_SEMITONES = 3


def encode_theme_midi(theme: Theme, *, chords: bool = True) -> bytes:
    """Encode a theme as a MIDI file; with ``chords`` its harmony goes to another track.

    The same theme gives the same bytes.
    """
    score = mido.MidiFile(type=1, ticks_per_beat=_QUARTER_TICKS)
    score.tracks.append(_conductor_track(theme))
    program = INSTRUMENTS[theme.character.instrument].program
    melody = [
        (n.onset, n.duration, n.pitch, round(_SOFTEST_VELOCITY + _ACCENT_VELOCITY * n.accent)) for n in theme.notes
    ]
    score.tracks.append(_note_track(theme.label, 0, program, melody))
    if chords and theme.chords:
        chord_notes = [
            (c.onset, c.duration, _CHORD_PITCH + tone, _CHORD_VELOCITY) for c in theme.chords for tone in chord_tones(c)
        ]
        score.tracks.append(_note_track("harmony", 1, INSTRUMENTS["viola"].program, chord_notes))
    sink = io.BytesIO()
    score.save(file=sink)
    return sink.getvalue()


def _conductor_track(theme: Theme) -> mido.MidiTrack:
    minor = STEPS[theme.key.mode][2] == _MINOR_THIRD_SEMITONES
    name = (_MINOR_KEYS if minor else _MAJOR_KEYS)[theme.key.tonic]
    return mido.MidiTrack(
        [
            mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(theme.bpm)),
            mido.MetaMessage("time_signature", numerator=theme.meter[0], denominator=theme.meter[1]),
            mido.MetaMessage("key_signature", key=name),
            mido.MetaMessage("end_of_track", time=_ticks(theme.beats)),
        ]
    )


def _note_track(
    name: str, channel: int, program: int, notes: list[tuple[Fraction, Fraction, int, int]]
) -> mido.MidiTrack:
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
    return round(quarters * _QUARTER_TICKS)
