"""Where a cue begins and ends: moving an edge, taking an alternative."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TypeVar

from model.errors import CueInvalid, SettingInvalid
from model.spotting.edits.ground import (
    check_length,
    cue_at,
    free_room,
    is_fitting_length,
    label,
    least_frames,
    most_frames,
)
from model.spotting.edits.kinds import Edge, MoveEdge, TakeAlternative
from model.spotting.edits.marks import SET_IN, SET_OUT, mark_decision, move_span, restate_distance
from model.spotting.edits.refusal import field_error
from model.spotting.edits.settle import change_manner, settle_notes
from model.spotting.notes import Alternative, Cue, InType, OutType, SpottingNotes
from model.time import Span

Manner = TypeVar("Manner", InType, OutType)

# how music comes in and goes out at the places alternatives name; see `model.spotting.alternatives`
_ENTRIES: tuple[tuple[str, InType], ...] = (
    ("on the cut", InType.ON_CUT),
    ("on the dissolve", InType.ON_CUT),
    ("on the hit", InType.ON_ACTION),
    ("with the fade up", InType.FADE_UP),
    ("after the line", InType.AFTER_LINE),
)
_EXITS: tuple[tuple[str, OutType], ...] = (
    ("on the cut", OutType.ON_CUT),
    ("on the dissolve", OutType.ON_CUT),
    ("on the hit", OutType.BUTTON),
    ("with the fade out", OutType.FADE),
    ("just before the line", OutType.TAIL_UNDER),
)
_AS_IT_WAS = re.compile(r"where it was \(([a-z ]+)\)")


def move_edge(notes: SpottingNotes, edit: MoveEdge) -> SpottingNotes:
    """Move an in or an out; the silence beside it gives way, a neighbour does not.

    Raises CueInvalid, with how far one may go, for a frame beyond a neighbour, outside the reel, or that leaves the cue
    too short or too long.
    """
    at = cue_at(notes, edit.cue)
    cue = notes.cues[at]
    low, high = _reach(notes, at, edit.edge)
    if edit.frame == (cue.span.start if edit.edge is Edge.IN else cue.span.end).index:
        return notes
    if not low <= edit.frame <= high:
        raise _explain_block(notes, at, edit, (low, high))
    start, end = (edit.frame, cue.span.end.index) if edit.edge is Edge.IN else (cue.span.start.index, edit.frame)
    return _place_cue(notes, at, Span.of(start, end))


def take_alternative(notes: SpottingNotes, edit: TakeAlternative) -> SpottingNotes:
    """Place a cue as one of its alternatives has it; the place it had becomes an alternative in turn."""
    at = cue_at(notes, edit.cue)
    cue = notes.cues[at]
    if not 0 <= edit.index < len(cue.alternatives):
        said = f"Cue {cue.number} has {len(cue.alternatives)} alternatives; there is none at that place."
        raise field_error(SettingInvalid, "index", said, "They count from 0.")
    offer = cue.alternatives[edit.index]
    free = free_room(notes, at)
    if offer.span == cue.span:  # an offer for the whole of the cue: to do without it
        return remove_cue_at(notes, at)
    if not (free.start <= offer.span.start and offer.span.end <= free.end):
        raise field_error(
            CueInvalid, "index", "There is another cue now where this alternative lies.", "Move the edges."
        )
    check_length(notes, offer.span, "index")
    moved = _place_cue(notes, at, offer.span)
    return _offering_the_old(moved, cue, offer)


def remove_cue_at(notes: SpottingNotes, at: int) -> SpottingNotes:
    """Take a cue out; the silence that remains says so and offers to put the music back."""
    gone = notes.cues[at]
    kept = replace(notes, cues=(*notes.cues[:at], *notes.cues[at + 1 :]))
    return settle_notes(kept, notes.silences, joined=notes, taken_out=gone.span)


def _reach(notes: SpottingNotes, at: int, edge: Edge) -> tuple[int, int]:
    """First and last frame an edge may go to."""
    span, free = notes.cues[at].span, free_room(notes, at)
    least, most = least_frames(notes), max(most_frames(notes), span.frames)  # too long already: it may shrink
    if edge is Edge.IN:
        return max(free.start.index, span.end.index - most), span.end.index - least
    return span.start.index + least, min(free.end.index, span.start.index + most)


def _explain_block(notes: SpottingNotes, at: int, edit: MoveEdge, reach: tuple[int, int]) -> CueInvalid:
    """Say what stands in the way, and how far one may go."""
    cue, free, (low, high) = notes.cues[at], free_room(notes, at), reach
    if edit.edge is Edge.IN and at and edit.frame < free.start.index:
        why = f"{notes.cues[at - 1].number} ends at {label(notes, free.start)}"
    elif edit.edge is Edge.OUT and at + 1 < len(notes.cues) and edit.frame > free.end.index:
        why = f"{notes.cues[at + 1].number} comes in at {label(notes, free.end)}"
    elif not 0 <= edit.frame <= notes.reel.frames:
        why = f"the reel has {notes.reel.frames} frames"
    else:
        why = f"a cue has {least_frames(notes)} to {most_frames(notes)} frames"
    said = f"The {edit.edge} of {cue.number} cannot go to {label(notes, edit.frame)}: {why}."
    hint = f"It may lie between {label(notes, low)} and {label(notes, high)} (frames {low} to {high})."
    return field_error(CueInvalid, "frame", said, hint if low <= high else "Move the other edge first.")


def _place_cue(notes: SpottingNotes, at: int, span: Span) -> SpottingNotes:
    cue = notes.cues[at]
    moved = move_span(notes, cue, span)
    if span.start != cue.span.start:
        moved = replace(moved, why=mark_decision(moved.why, SET_IN, span.start))
    if span.end != cue.span.end:
        moved = replace(moved, why=mark_decision(moved.why, SET_OUT, span.end))
    after = replace(notes, cues=(*notes.cues[:at], moved, *notes.cues[at + 1 :]))
    return settle_notes(after, notes.silences, joined=notes)


def _offering_the_old(notes: SpottingNotes, before: Cue, taken: Alternative) -> SpottingNotes:
    """Begin or end the cue as the taken alternative says, and offer the way back."""
    at = cue_at(notes, before.id)
    cue, free = notes.cues[at], free_room(notes, at)
    entry = _read_manner(taken.text, _ENTRIES, InType.EASE_IN) if cue.span.start != before.span.start else None
    leave = _read_manner(taken.text, _EXITS, OutType.RING_OUT) if cue.span.end != before.span.end else None
    cue = change_manner(
        notes,
        cue,
        entry if cue.in_type is not InType.SEGUE else None,
        leave if cue.out_type is not OutType.SEGUE else None,
        free.end - cue.span.end,
    )
    if entry:
        text, away = f"come in where it was ({before.in_type}), 0.0 s later", before.span.start - cue.span.start
    else:
        text, away = f"go out where it was ({before.out_type}), 0.0 s later", before.span.end - cue.span.end
    back = Alternative(before.span, restate_distance(text, notes.reel.timebase, away), 1.0)
    others = tuple(offer for offer in cue.alternatives if offer.span != before.span)
    offers = (back, *others) if is_fitting_length(notes, before.span) else others
    return replace(notes, cues=(*notes.cues[:at], replace(cue, alternatives=offers), *notes.cues[at + 1 :]))


def _read_manner(text: str, places: tuple[tuple[str, Manner], ...], otherwise: Manner) -> Manner:
    """Read off an alternative's text how the music comes in or goes out there."""
    was = _AS_IT_WAS.search(text)
    if was:
        return next((kind for kind in type(otherwise) if kind.value == was[1]), otherwise)
    return next((kind for words, kind in places if words in text), otherwise)
