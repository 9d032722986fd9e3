"""What is said about a cue or a silence."""

from __future__ import annotations

from dataclasses import fields, replace

from model.errors import CueInvalid
from model.spotting.edits.fields import name_field
from model.spotting.edits.ground import cue_at, free_room, unknown_id_error
from model.spotting.edits.kinds import CueFields, PaletteFields, SetCue, SetSilence
from model.spotting.edits.marks import mark_decision
from model.spotting.edits.refusal import field_error
from model.spotting.edits.settle import change_manner
from model.spotting.edits.silences import WORDED
from model.spotting.notes import Cue, InType, OutType, Palette, SpottingNotes
from model.spotting.wording import reword_instruction


def set_cue(notes: SpottingNotes, edit: SetCue) -> SpottingNotes:
    """Say something else about a cue; a line of ours follows the new in, out and tone, a person's own line stays.

    Raises CueInvalid for a tail into the next cue, and for a segue where no cue adjoins.
    """
    at = cue_at(notes, edit.cue)
    cue = notes.cues[at]
    _check_edges(notes, at, edit.fields)
    after = change_manner(
        notes, cue, edit.fields.in_type, edit.fields.out_type, max(0, free_room(notes, at).end - cue.span.end)
    )
    after = _with_fields(after, edit.fields)
    changed = [one.name for one in fields(Cue) if getattr(after, one.name) != getattr(cue, one.name)]
    for name in reversed(changed):
        if getattr(edit.fields, name, None) is not None:
            after = replace(after, why=mark_decision(after.why, f"You set the {name_field(name)}."))
    return replace(notes, cues=(*notes.cues[:at], after, *notes.cues[at + 1 :]))


def set_silence(notes: SpottingNotes, edit: SetSilence) -> SpottingNotes:
    """Give a silence another line; it is then a decision of a person's."""
    at = next((k for k, one in enumerate(notes.silences) if one.id == edit.silence), None)
    if at is None:
        raise unknown_id_error("silence", edit.silence, "silence")
    silence = notes.silences[at]
    if silence.instruction == edit.instruction:
        return notes
    after = replace(silence, instruction=edit.instruction, why=mark_decision(silence.why, WORDED))
    return replace(notes, silences=(*notes.silences[:at], after, *notes.silences[at + 1 :]))


def _check_edges(notes: SpottingNotes, at: int, said: CueFields) -> None:
    cue, free = notes.cues[at], free_room(notes, at)
    space = max(0, free.end - cue.span.end)
    if said.tail is not None and said.tail > space:
        text = f"The tail of {cue.number} would ring past what is free after it: {space} frames."
        raise field_error(CueInvalid, "fields.tail", text, f"Give it at most {space} frames.")
    if said.in_type is InType.SEGUE and not (at and free.start == cue.span.start):
        text = f"No cue ends where {cue.number} comes in: it cannot be a segue."
        raise field_error(CueInvalid, "fields.in_type", text, "Move its in to the out before it.")
    if said.out_type is OutType.SEGUE and not (at + 1 < len(notes.cues) and free.end == cue.span.end):
        text = f"No cue comes in where {cue.number} ends: it cannot be a segue."
        raise field_error(CueInvalid, "fields.out_type", text, "Move its out to the in after it.")


def _with_fields(cue: Cue, said: CueFields) -> Cue:
    plain = ("title", "not_tone", "usage", "tail", "intensity", "tempo_bpm", "function")
    values = {name: getattr(said, name) for name in plain if getattr(said, name) is not None}
    after = replace(cue, **values)
    if said.palette is not None:
        after = replace(after, palette=_palette(cue.palette, said.palette))
    if said.tone is not None:
        after = replace(after, tone=said.tone, not_tone=tuple(w for w in after.not_tone if w not in said.tone))
        after = replace(after, instruction=reword_instruction(cue, after))
    return after if said.instruction is None else replace(after, instruction=said.instruction)


def _palette(old: Palette, said: PaletteFields) -> Palette:
    return Palette(
        old.families if said.families is None else said.families,
        old.featured if said.featured is None else said.featured,
        old.leave_free if said.leave_free is None else said.leave_free,
    )
