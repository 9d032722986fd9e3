"""The ground an edit stands on: which cue is meant, how far it may reach, what it may be called."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import replace
from fractions import Fraction

from model.errors import CueInvalid, SettingInvalid
from model.spotting.check import LONGEST_S, check_notes
from model.spotting.edits.refusal import field_error
from model.spotting.identity import new_id
from model.spotting.notes import Cue, SpottingNotes
from model.spotting.numbering import number_cues
from model.time import Frame, Span

LEAST_CUE_S = Fraction(1, 2)
_LONGEST_SHOWN = 60  # characters of an unknown id that an error repeats


def cue_at(notes: SpottingNotes, name: str, field: str = "cue") -> int:
    """Find the place of a cue by its id; raises SettingInvalid if there is none."""
    found = next((k for k, cue in enumerate(notes.cues) if cue.id == name), None)
    if found is None:
        raise unknown_id_error("cue", name, field)
    return found


def unknown_id_error(kind: str, name: str, field: str) -> SettingInvalid:
    """Make the error for an id that is not in the notes."""
    said = f"There is no {kind} {name[:_LONGEST_SHOWN]!r} in these notes."
    return field_error(SettingInvalid, field, said, "It may have gone since: look at the latest revision.")


def free_room(notes: SpottingNotes, at: int) -> Span:
    """Return the free room, the stretch a cue may fill: from its neighbour's out to its other neighbour's in."""
    start = notes.cues[at - 1].span.end if at else Frame(0)
    end = notes.cues[at + 1].span.start if at + 1 < len(notes.cues) else Frame(notes.reel.frames)
    return Span(start, max(start, end))


def least_frames(notes: SpottingNotes) -> int:
    """Frames of the shortest cue a person may make."""
    return max(1, -int(-LEAST_CUE_S * notes.reel.timebase.rate // 1))


def most_frames(notes: SpottingNotes) -> int:
    """Frames of the longest cue a person may make."""
    return int(LONGEST_S * notes.reel.timebase.rate // 1)


def is_fitting_length(notes: SpottingNotes, span: Span) -> bool:
    """Whether a stretch is neither too short nor too long for a cue."""
    return least_frames(notes) <= span.frames <= most_frames(notes)


def check_length(notes: SpottingNotes, span: Span, field: str) -> None:
    """Refuse a stretch that is too short or too long for a cue."""
    if not is_fitting_length(notes, span):
        short = span.frames < least_frames(notes)
        said = f"A cue of {span.frames} frames is too {'short' if short else 'long'}."
        hint = f"It may have {least_frames(notes)} to {most_frames(notes)} frames."
        raise field_error(CueInvalid, field, said, hint)


def check_sound(notes: SpottingNotes) -> None:
    """Check the notes as a whole, but for cues that were too long before: they must stay open to being split."""
    most = most_frames(notes)
    check_notes(replace(notes, cues=tuple(cue for cue in notes.cues if cue.span.frames <= most)))


def label(notes: SpottingNotes, frame: Frame | int) -> str:
    """Write a frame as timecode, or say that it is none of this reel."""
    index = frame.index if isinstance(frame, Frame) else frame
    inside = 0 <= index <= notes.reel.frames
    return notes.reel.timebase.timecode(Frame(index)) if inside else "a frame outside the reel"


def fresh_id(notes: SpottingNotes, kind: str, span: Span, taken: Collection[str]) -> str:
    """Derive an id from the reel and the frames, another one if that is taken."""
    found, salt = new_id(kind, notes.reel.sha256, span), 0
    while found in taken:
        salt += 1
        text = f"{kind}:{notes.reel.sha256}:{span.start.index}:{span.end.index}:{salt}"
        found = f"{kind}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"
    return found


def number_new_cues(notes: SpottingNotes, cues: Sequence[Cue], given: Collection[str]) -> tuple[Cue, ...]:
    """Give the cues without a number theirs, by the rule for insertions; ``given`` are all ever given out."""
    kept = [cue.number or None for cue in cues]
    sources = [not cue.usage.is_composed for cue in cues]
    try:
        numbers = number_cues(notes.settings.numbering, kept, sources, sorted(given))
    except StopIteration:
        said = "No number is left between these cues: too many have been put in and taken out again here."
        raise field_error(CueInvalid, "", said, "Renumber the reel first.") from None
    return tuple(replace(cue, number=number) for cue, number in zip(cues, numbers, strict=True))
