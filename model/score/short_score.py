"""The cue on four staves, for the page a composer reads: melody and counter line, harmony, bass, rhythm on one line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from statistics import median

from model.score.directions import TIMECODE, Direction
from model.score.layout import StaffGroup
from model.score.meters import snap
from model.score.musicxml import list_system_signs, write_document
from model.score.notation import Staff, bar_lines
from model.score.titles import ScoreTitles
from model.score.voices import StaffNote
from model.sketch.sketch_types import Sketch, VoiceRole
from model.time import Timebase

_MIDDLE_C = 60  # MIDI pitch: the border between the two hands
_LOW_LINE = 55  # MIDI pitch G3: a line mostly below it takes the bass clef
_UPPER = 0  # the first of two lines on a staff
_LOWER = 1  # the second
_PIANO = 0  # General MIDI program


def write_short_score(sketch: Sketch, timebase: Timebase, titles: ScoreTitles, systems: Sequence[int] = ()) -> bytes:
    """Write the short score as MusicXML.

    Parameters
    ----------
    systems: bars (from 0) at which a line of the page begins; each is told to break there and shows its timecode
    """
    above = list_system_signs(sketch, timebase, bar_lines(sketch), brief=True)
    above += [Direction(bar, 0, TIMECODE, _timecode(bar, sketch, timebase)) for bar in systems if bar]
    return write_document(sketch, timebase, titles, condense(sketch), above, symbols="harmony", systems=systems)


def _timecode(bar: int, sketch: Sketch, timebase: Timebase) -> str:
    return timebase.timecode(timebase.nearest(sketch.tempo_map.seconds(sketch.tempo_map.bar_start(bar))))


def condense(sketch: Sketch) -> tuple[StaffGroup, ...]:
    """Lay the roles out on staves; a staff nobody uses is left out, but never all of them."""
    notes = _by_role(sketch)
    tune = [*_on(notes[VoiceRole.MELODY], _UPPER), *_on(notes[VoiceRole.COUNTER], _LOWER)]
    inner = [*_on(notes[VoiceRole.HARMONY], _UPPER), *_on(notes[VoiceRole.PAD], _LOWER)]
    high = tuple(n for n in inner if n.pitch >= _MIDDLE_C)
    low = [replace(n, line=_UPPER) for n in inner if n.pitch < _MIDDLE_C]
    ground = (*low, *_on(notes[VoiceRole.BASS], _LOWER))
    rhythm = tuple(notes[VoiceRole.RHYTHM])
    lines = []
    if tune or not (inner or ground or rhythm):
        lines.append(StaffGroup("melody", "Melody", "Mel.", "", (tune_staff(tuple(tune)),), program=_PIANO))
    if inner or ground:
        staves = (Staff("treble", high), Staff("bass", ground)) if inner else (Staff("bass", ground),)
        lines.append(StaffGroup("harmony", "Harmony" if inner else "Bass", "Har." if inner else "B.", "", staves))
    if rhythm:
        lines.append(StaffGroup("rhythm", "Rhythm", "Rhy.", "", (Staff("percussion", rhythm, lines=1),), channel=9))
    return tuple(lines)


def tune_staff(notes: tuple[StaffNote, ...]) -> Staff:
    """Choose the clef of a single line by its height."""
    low = notes and median(n.pitch for n in notes) < _LOW_LINE
    return Staff("bass" if low else "treble", notes)


def _on(notes: Sequence[StaffNote], line: int) -> list[StaffNote]:
    return [replace(note, line=line) for note in notes]


def _by_role(sketch: Sketch) -> dict[VoiceRole, list[StaffNote]]:
    end = snap(sketch.tempo_map.end.quarters)
    sorted_notes: dict[VoiceRole, list[StaffNote]] = {role: [] for role in VoiceRole}
    for note in sketch.notes:
        start = snap(note.onset.quarters)
        stop = min(max(snap(note.end.quarters), start + 1), end)
        if 0 <= start < stop:
            sorted_notes[note.role].append(StaffNote(start, stop, note.pitch, note.velocity, "", note.statement))
    return sorted_notes
