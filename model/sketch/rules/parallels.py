"""Find parallel fifths and octaves between the highest voice and the bass, and remove them by changing the bass."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from model.motifs.language import Chord
from model.sketch.plan.progression import chord_at
from model.sketch.rules.voicing import moves_in_parallel, nearest_tone
from model.sketch.sketch_types import Note, VoiceRole
from model.time import Beat

_UPPER = (VoiceRole.MELODY, VoiceRole.COUNTER, VoiceRole.HARMONY, VoiceRole.PAD)
_ROUNDS = 3  # a changed note may make a new parallel with the next one
_LOWEST_PITCH = 28  # MIDI
_HIGHEST_PITCH = 55  # MIDI


@dataclass(frozen=True, slots=True)
class OuterVoices:
    """The outer voices at one moment: index of the bass note among the notes, its pitch, and the highest pitch."""

    at: Beat
    bass_index: int
    bass: int
    top: int


def follow_outer_voices(notes: Sequence[Note]) -> list[OuterVoices]:
    """Follow the bass and the highest sounding voice at every onset of either.

    The rhythm is left out, since it only figures the chords, as are moments at which only one of the voices sounds.
    """
    tops = _highest_line([n for n in notes if n.role in _UPPER])
    basses = sorted((n.onset, i) for i, n in enumerate(notes) if n.role is VoiceRole.BASS)
    if not basses or not tops:
        return []
    onsets = [b[0] for b in basses]
    found: list[OuterVoices] = []
    for at in sorted({*onsets, *(t[0] for t in tops)}):
        under = bisect_right(onsets, at) - 1
        top = _pitch_at(tops, at)
        if under < 0 or top is None:
            continue
        index = basses[under][1]
        if notes[index].end > at:
            found.append(OuterVoices(at, index, notes[index].pitch, top))
    return found


def find_parallels(notes: Sequence[Note]) -> list[tuple[OuterVoices, OuterVoices]]:
    """Find the neighbouring moments between which the outer voices move in parallel fifths or octaves."""
    moments = follow_outer_voices(notes)
    return [(a, b) for a, b in pairwise(moments) if moves_in_parallel((a.bass, b.bass), (a.top, b.top))]


def parallel_rate(notes: Sequence[Note]) -> float:
    """Rate of parallel fifths and octaves among the moves of the outer voices, 0-1; 0 where nothing moves."""
    moments = follow_outer_voices(notes)
    moves = sum(a.bass != b.bass and a.top != b.top for a, b in pairwise(moments))
    return len(find_parallels(notes)) / moves if moves else 0.0


def remove_parallels(notes: Sequence[Note], chords: Sequence[Chord]) -> list[Note]:
    """Remove parallels by moving free bass notes to another octave or chord tone, in at most three rounds."""
    found = list(notes)
    for _ in range(_ROUNDS):
        wrong = find_parallels(found)
        if not wrong:
            break
        for before, after in wrong:
            note = found[after.bass_index]
            if not note.locked:
                pitch = _other_pitch(note, before, after, chord_at(chords, note.onset))
                found[after.bass_index] = replace(note, pitch=pitch)
    return found


def _other_pitch(note: Note, before: OuterVoices, after: OuterVoices, chord: Chord) -> int:
    """Find another pitch for a bass note: an octave away, else the nearest other chord tone."""
    tones = [nearest_tone(chord, note.pitch + step, _LOWEST_PITCH, _HIGHEST_PITCH) for step in (-4, 4, -7, 7)]
    options = [note.pitch - 12, note.pitch + 12, *tones]
    for pitch in options:
        inside = _LOWEST_PITCH <= pitch <= _HIGHEST_PITCH and pitch != note.pitch and pitch < after.top
        if inside and not moves_in_parallel((before.bass, pitch), (before.top, after.top)):
            return pitch
    return note.pitch


def _highest_line(notes: Sequence[Note]) -> list[tuple[Beat, Beat, int]]:
    """Highest line as (start, end, pitch): at every onset the highest pitch that sounds."""
    edges = sorted({q for n in notes for q in (n.onset, n.end)})
    ordered = sorted(notes, key=lambda n: n.onset)
    found: list[tuple[Beat, Beat, int]] = []
    sounding: list[Note] = []
    upcoming = 0
    for edge, until in pairwise(edges):
        sounding = [n for n in sounding if n.end > edge]
        while upcoming < len(ordered) and ordered[upcoming].onset <= edge:
            sounding.append(ordered[upcoming])
            upcoming += 1
        if not sounding:
            continue
        pitch = max(n.pitch for n in sounding)
        if found and found[-1][2] == pitch and found[-1][1] == edge:
            found[-1] = (found[-1][0], until, pitch)
        else:
            found.append((edge, until, pitch))
    return found


def _pitch_at(line: Sequence[tuple[Beat, Beat, int]], at: Beat) -> int | None:
    """Pitch of a line at a beat, None where it rests."""
    index = bisect_right(line, at, key=lambda part: part[0]) - 1
    return line[index][2] if index >= 0 and line[index][1] > at else None
