"""Hits: marking a moment, saying how it wants to be played, and letting it go."""

from __future__ import annotations

from dataclasses import dataclass, replace

from model.errors import SettingInvalid
from model.spotting.edits.fields import check_range, name_field
from model.spotting.edits.ground import label, unknown_id_error
from model.spotting.edits.kinds import AddHit, HitFields, RemoveHit, SetHit
from model.spotting.edits.marks import mark_decision
from model.spotting.edits.refusal import field_error
from model.spotting.edits.settle import assign_hits
from model.spotting.hits.treatment import capture_window
from model.spotting.notes import Hit, HitKind, MustBe, SpottingNotes
from model.time import Frame

WIDEST_S = 2
"""A capture window reaches at most this far to either side."""


@dataclass(frozen=True, slots=True)
class _Usual:
    """What a kind of hit usually asks for."""

    weight: float
    must_be: MustBe
    treatment: str
    label: str


_USUAL: dict[HitKind, _Usual] = {
    HitKind.CUT: _Usual(2.0, MustBe.BEAT, "accent", "the cut"),
    HitKind.ACTION: _Usual(3.0, MustBe.BEAT, "accent", "the move"),
    HitKind.IMPACT: _Usual(4.0, MustBe.BAR, "dead hit", "the impact"),
    HitKind.LOOK: _Usual(2.0, MustBe.ANY, "soft", "the look"),
    HitKind.REVEAL: _Usual(4.0, MustBe.BAR, "change", "the reveal"),
    HitKind.LINE_END: _Usual(2.0, MustBe.ANY, "hold", "the line ends"),
    HitKind.TITLE: _Usual(4.0, MustBe.BAR, "sting", "the title"),
    HitKind.FADE: _Usual(2.0, MustBe.ANY, "soft", "the fade"),
}


def add_hit(notes: SpottingNotes, edit: AddHit) -> SpottingNotes:
    """Mark a moment; what is not said is what its kind usually asks for.

    Raises SettingInvalid for a frame outside the reel or marked already, and for a window too wide.
    """
    said = edit.fields
    kind = said.kind or HitKind.ACTION
    usual = _USUAL[kind]
    _check_frame(notes, edit.frame, "", "frame")
    treatment = said.treatment or usual.treatment
    early, late = capture_window(treatment, float(notes.reel.timebase.rate))
    hit = Hit(
        id=_fresh_id(notes, kind, edit.frame),
        frame=Frame(edit.frame),
        kind=kind,
        weight=usual.weight if said.weight is None else said.weight,
        label=said.label or usual.label,
        early=early if said.early is None else said.early,
        late=late if said.late is None else said.late,
        must_be=said.must_be or usual.must_be,
        treatment=treatment,
        confidence=1.0,
        why=mark_decision((), "You marked this moment.", Frame(edit.frame)),
    )
    _check_window(notes, hit, "")
    return replace(notes, hits=assign_hits((*notes.hits, hit), notes.cues))


def set_hit(notes: SpottingNotes, edit: SetHit) -> SpottingNotes:
    """Say something else about a hit, or move it; a window of the usual width follows another treatment.

    Raises SettingInvalid for a frame outside the reel or marked already, and for a window too wide.
    """
    at, said = _hit_at(notes, edit.hit), edit.fields
    hit = notes.hits[at]
    if said.frame is not None:
        _check_frame(notes, said.frame, hit.id, "fields.frame")
    after = _with_fields(hit, said, float(notes.reel.timebase.rate))
    _check_window(notes, after, "fields.")
    for name in ("frame", "kind", "weight", "label", "early", "late", "must_be", "treatment"):
        if getattr(said, name) is not None and getattr(after, name) != getattr(hit, name):
            moved = after.frame if name == "frame" else None
            after = replace(after, why=mark_decision(after.why, f"You set the {name_field(name)}.", moved))
    if after == hit:
        return notes
    return replace(notes, hits=assign_hits((*notes.hits[:at], after, *notes.hits[at + 1 :]), notes.cues))


def remove_hit(notes: SpottingNotes, edit: RemoveHit) -> SpottingNotes:
    """Let a moment go unmarked."""
    at = _hit_at(notes, edit.hit)
    return replace(notes, hits=(*notes.hits[:at], *notes.hits[at + 1 :]))


def _hit_at(notes: SpottingNotes, name: str) -> int:
    at = next((k for k, hit in enumerate(notes.hits) if hit.id == name), None)
    if at is None:
        raise unknown_id_error("hit", name, "hit")
    return at


def _with_fields(hit: Hit, said: HitFields, rate: float) -> Hit:
    plain = ("kind", "weight", "label", "must_be", "treatment")
    after = replace(hit, **{name: getattr(said, name) for name in plain if getattr(said, name) is not None})
    usual = (hit.early, hit.late) == capture_window(hit.treatment, rate)
    early, late = capture_window(after.treatment, rate) if usual else (hit.early, hit.late)
    return replace(
        after,
        frame=hit.frame if said.frame is None else Frame(said.frame),
        early=early if said.early is None else said.early,
        late=late if said.late is None else said.late,
    )


def _check_frame(notes: SpottingNotes, frame: int, own: str, field: str) -> None:
    if not 0 <= frame < notes.reel.frames:
        said = f"A hit must lie inside the reel, on frames 0 to {notes.reel.frames - 1}."
        raise field_error(SettingInvalid, field, said)
    other = next((hit for hit in notes.hits if hit.frame.index == frame and hit.id != own), None)
    if other is not None:
        said = f"There is a hit at {label(notes, frame)} already: {other.label!r}."
        raise field_error(SettingInvalid, field, said, "Change that one, or choose another frame.")


def _check_window(notes: SpottingNotes, hit: Hit, place: str) -> None:
    widest = int(WIDEST_S * notes.reel.timebase.rate)
    check_range(f"{place}early", hit.early, 0, widest)
    check_range(f"{place}late", hit.late, 0, widest)


def _fresh_id(notes: SpottingNotes, kind: HitKind, frame: int) -> str:
    """Name a hit as spotting does, by kind and frame; another one where that name is taken."""
    taken = {hit.id for hit in notes.hits}
    found, count = f"hit-{kind.replace(' ', '-')}-{frame:06d}", 1
    name = found
    while name in taken:
        count += 1
        name = f"{found}-{count}"
    return name
