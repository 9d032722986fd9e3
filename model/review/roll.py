"""The notes of a take as data, for the piano roll the browser draws: who plays what from when to when, and the themes.

Times are seconds from the reel's first frame, as written: the players' small deviations are in the sound alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from model.fields import document
from model.motifs.instruments import INSTRUMENTS
from model.sketch.sketch_types import Part, Sketch
from model.timing.tempo_map import TempoMap

RollNote = tuple[float, float, int, int, str, int]


@dataclass(frozen=True, slots=True)
class RollPart:
    """What one instrument plays.

    Attributes
    ----------
    family: the stem it is heard in
    notes: of each: seconds on, seconds off, MIDI pitch, velocity 1-127, role, number of the statement it belongs to
        (-1 for none)
    """

    instrument: str
    name: str
    family: str
    notes: tuple[RollNote, ...]


@dataclass(frozen=True, slots=True)
class RollStatement:
    """A theme sounding, from when to when."""

    theme: str
    label: str
    form: str
    transform: tuple[str, ...]
    role: str
    on_s: float
    off_s: float


@document("cuelight.roll/1")
@dataclass(frozen=True, slots=True)
class Roll:
    """All of it; ``lowest`` and ``highest`` MIDI pitch of any part with pitches, 60 if nobody plays."""

    on_s: float
    off_s: float
    lowest: int
    highest: int
    parts: tuple[RollPart, ...]
    statements: tuple[RollStatement, ...]


def roll_of(sketch: Sketch) -> Roll:
    """Read the notes off a sketch."""
    tempo = sketch.tempo_map
    parts = tuple(_part(part, tempo) for part in sketch.parts)
    pitches = [note[2] for part in parts if part.family != "percussion" for note in part.notes] or [60]
    return Roll(
        on_s=_seconds(tempo.start_s),
        off_s=_seconds(tempo.seconds(tempo.end)),
        lowest=min(pitches),
        highest=max(pitches),
        parts=parts,
        statements=tuple(
            RollStatement(
                theme=said.theme,
                label=said.label,
                form=said.form,
                transform=said.transform,
                role=said.role.value,
                on_s=_seconds(tempo.seconds(said.start)),
                off_s=_seconds(tempo.seconds(said.end)),
            )
            for said in sketch.statements
        ),
    )


def _part(part: Part, tempo: TempoMap) -> RollPart:
    known = INSTRUMENTS[part.instrument]
    notes = tuple(
        (
            _seconds(tempo.seconds(note.onset)),
            _seconds(tempo.seconds(note.onset + note.duration)),
            note.pitch,
            note.velocity,
            note.role.value,
            note.statement,
        )
        for note in part.notes
    )
    return RollPart(part.instrument, known.name, known.family, notes)


def _seconds(exact: Fraction) -> float:
    return round(float(exact), 4)
