"""``apply``: what a person does to the notes, one operation after the other, all of them or none.

Every operation is a function of notes to notes; whatever follows from it (silences, owners of hits, tails, segues,
numbers) is brought into line before the next. ``docs/editing.md`` says what each promises.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from model.errors import InputError
from model.spotting.edits.cues import add_cue, merge_cues, remove_cue, renumber, split_cue
from model.spotting.edits.edges import move_edge, take_alternative
from model.spotting.edits.ground import check_sound
from model.spotting.edits.hits import add_hit, remove_hit, set_hit
from model.spotting.edits.keeping import respot_keeping
from model.spotting.edits.kinds import (
    AddCue,
    AddHit,
    CueFields,
    Edge,
    Edit,
    HitFields,
    MergeCues,
    MoveEdge,
    PaletteFields,
    RemoveCue,
    RemoveHit,
    Renumber,
    SetCue,
    SetHit,
    SetSilence,
    SplitCue,
    TakeAlternative,
)
from model.spotting.edits.reading import edit_from_record, edits_from_records
from model.spotting.edits.refusal import field_of, with_place
from model.spotting.edits.words import set_cue, set_silence
from model.spotting.notes import SpottingNotes

__all__ = [
    "AddCue",
    "AddHit",
    "CueFields",
    "Edge",
    "Edit",
    "HitFields",
    "MergeCues",
    "MoveEdge",
    "PaletteFields",
    "RemoveCue",
    "RemoveHit",
    "Renumber",
    "SetCue",
    "SetHit",
    "SetSilence",
    "SplitCue",
    "TakeAlternative",
    "apply",
    "edit_from_record",
    "edits_from_records",
    "field_of",
    "respot_keeping",
]


def apply(notes: SpottingNotes, edits: Sequence[Edit], published: Collection[str] = ()) -> SpottingNotes:
    """Apply a batch of edits in order, all or none; the revision number is the caller's to set.

    ``published`` are numbers given out in earlier revisions (since the last renumbering): no cue takes one of them.
    The same notes and edits give the same notes.

    Raises CueInvalid or SettingInvalid for what cannot be done; :func:`field_of` names the field, ``edits.2.frame``.
    """
    given = {*published, *(cue.number for cue in notes.cues)}
    for index, edit in enumerate(edits):
        try:
            notes = _apply_edit(notes, edit, given)
        except InputError as error:
            raise with_place(error, f"edits.{index}") from None
        numbers = {cue.number for cue in notes.cues}
        given = numbers if isinstance(edit, Renumber) else given | numbers
    check_sound(notes)
    return notes


def _apply_edit(notes: SpottingNotes, edit: Edit, given: Collection[str]) -> SpottingNotes:  # noqa: C901, PLR0911 - one line an operation
    match edit:
        case MoveEdge():
            return move_edge(notes, edit)
        case SplitCue():
            return split_cue(notes, edit, given)
        case MergeCues():
            return merge_cues(notes, edit)
        case AddCue():
            return add_cue(notes, edit, given)
        case RemoveCue():
            return remove_cue(notes, edit)
        case Renumber():
            return renumber(notes)
        case SetCue():
            return set_cue(notes, edit)
        case TakeAlternative():
            return take_alternative(notes, edit)
        case AddHit():
            return add_hit(notes, edit)
        case SetHit():
            return set_hit(notes, edit)
        case RemoveHit():
            return remove_hit(notes, edit)
        case SetSilence():
            return set_silence(notes, edit)
