"""Spotting again without losing what a person decided: fresh proposals go round what was touched."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from fractions import Fraction

from model.errors import ReelMismatch
from model.spotting.edits.ground import check_sound, fresh_id, most_frames, number_new_cues
from model.spotting.edits.marks import is_edited, move_span
from model.spotting.edits.settle import change_manner, settle_notes
from model.spotting.edits.silences import PUT_BACK, is_worded
from model.spotting.identity import SAME, share_in_common
from model.spotting.notes import Cue, Evidence, Hit, InType, OutType, Silence, SpottingNotes
from model.time import Span

LEAST_PIECE_S = 2
"""What is left of a fresh cue beside a person's is dropped when it is shorter than this."""
OWN_REST_S = 20
"""And when it is the rest of the very cue a person shortened, unless it is longer than this and than what they kept."""
APART_S = Fraction(3, 25)  # nearer than this to a person's hit it is the same moment; as in `hits_entries`


def respot_keeping(
    fresh: SpottingNotes, edited: SpottingNotes, removed: Collection[str] = (), published: Collection[str] = ()
) -> SpottingNotes:
    """Take ``fresh`` notes of the reel, but keep exactly what a person touched in ``edited``.

    Cues and hits with a person's mark stay as they are; so do the silences a person wrote or made by taking a cue out.
    Fresh cues are cut to what is free between them. ``removed`` are ids of hits a person let go, ``published`` numbers
    given out in earlier revisions; the revision number is the caller's to set.

    Raises ReelMismatch if the notes are about different films.
    """
    if (fresh.reel.sha256, fresh.reel.frames) != (edited.reel.sha256, edited.reel.frames):
        said = f"{fresh.reel.name} is not the cut that was edited ({edited.reel.name})."
        raise ReelMismatch(said, hint="Spot the same file again.")
    kept = [cue for cue in edited.cues if is_edited(cue)]
    silent = [span for silence in edited.silences if is_edited(silence) for span in _list_pinned(silence)]
    pieces = _pieces(fresh, kept, silent)
    cues = sorted([*kept, *_identify_pieces(fresh, edited, kept, pieces)], key=lambda cue: cue.span)
    given = {*published, *(cue.number for cue in edited.cues)}
    drafted = replace(fresh, cues=number_new_cues(fresh, cues, given), hits=_hits(fresh, edited, removed))
    notes = settle_notes(drafted, _silences(fresh, edited))
    check_sound(notes)
    return notes


def _list_pinned(silence: Silence) -> list[Span]:
    """List the stretches of a silence that a person wants without music."""
    if is_worded(silence):
        return [silence.span]
    return [offer.span for offer in silence.alternatives if offer.text == PUT_BACK]


def _pieces(fresh: SpottingNotes, kept: Sequence[Cue], silent: Sequence[Span]) -> list[Cue]:
    """Cut the fresh cues to what is free."""
    walls = sorted([*(cue.span for cue in kept), *silent])
    rate = fresh.reel.timebase.rate
    found: list[tuple[Cue, Span]] = []
    for cue in fresh.cues:
        same = [one.span.frames for one in kept if one.id == cue.id or share_in_common(one.span, cue.span) >= SAME]
        least = max([int(OWN_REST_S * rate), *same]) if same else int(LEAST_PIECE_S * rate)
        free = [span for span in _without(cue.span, walls) if span == cue.span or span.frames >= least]
        found += [(cue, part) for span in free for part in _bearable(fresh, span)]
    placed = [*(cue.span for cue in kept), *(span for _, span in found)]
    return [_cut(fresh, cue, span, placed) for cue, span in found]


def _bearable(fresh: SpottingNotes, span: Span) -> list[Span]:
    """Divide a stretch that is longer than a cue may be, where scenes begin if they do."""
    most = most_frames(fresh)
    if span.frames <= most:
        return [span]
    latest, half = span.start + most, span.start + most // 2
    scenes = [scene.span.start for scene in fresh.scenes if half <= scene.span.start <= latest]
    where = max(scenes, default=min(latest, span.start + span.frames // 2))
    return [Span(span.start, where), *_bearable(fresh, Span(where, span.end))]


def _without(span: Span, walls: Sequence[Span]) -> list[Span]:
    """List what is left of a stretch beside the walls, which are in order."""
    found, reached = list[Span](), span.start
    for wall in walls:
        if wall.overlap(span):
            if wall.start > reached:
                found.append(Span(reached, wall.start))
            reached = max(reached, wall.end)
    return [*found, Span(reached, span.end)] if reached < span.end else found


def _cut(fresh: SpottingNotes, cue: Cue, span: Span, placed: Sequence[Span]) -> Cue:
    """Shorten a fresh cue; a new edge leads into or out of the cue beside it, or makes way for a silence."""
    if span == cue.span:
        return cue
    entry, leave = None, None
    if span.start != cue.span.start:
        entry = InType.SEGUE if any(one.end == span.start for one in placed) else InType.EASE_IN
    if span.end != cue.span.end:
        leave = OutType.SEGUE if any(one.start == span.end for one in placed) else OutType.RING_OUT
    cut = change_manner(fresh, move_span(fresh, cue, span), entry, leave)
    why = cut.why or (Evidence("fills the room beside what a person set", "spotting", span.start, 0.3),)
    return replace(cut, why=why)


def _identify_pieces(
    fresh: SpottingNotes, edited: SpottingNotes, kept: Sequence[Cue], pieces: Sequence[Cue]
) -> list[Cue]:
    """Give each piece its id, the longest of a cue the cue's own, and its published number if it had one."""
    numbers = {cue.id: cue.number for cue in edited.cues}
    taken = {cue.id for cue in kept}
    names: dict[int, str] = {}
    for k in sorted(range(len(pieces)), key=lambda k: (-pieces[k].span.frames, k)):
        name = pieces[k].id
        names[k] = fresh_id(fresh, "cue", pieces[k].span, taken) if name in taken else name
        taken.add(names[k])
    return [replace(p, id=names[k], number=numbers.get(names[k], "")) for k, p in enumerate(pieces)]


def _hits(fresh: SpottingNotes, edited: SpottingNotes, removed: Collection[str]) -> tuple[Hit, ...]:
    mine = [hit for hit in edited.hits if is_edited(hit)]
    near = int(APART_S * fresh.reel.timebase.rate)
    gone = {*removed, *(hit.id for hit in mine)}
    frames = [hit.frame for hit in mine]
    return (*mine, *(h for h in fresh.hits if h.id not in gone and all(abs(h.frame - f) > near for f in frames)))


def _silences(fresh: SpottingNotes, edited: SpottingNotes) -> list[Silence]:
    """Let a person's silences come first, then those of the fresh notes that are not the same ones."""
    mine = [silence for silence in edited.silences if is_edited(silence)]
    names = {silence.id for silence in mine}
    return [*mine, *(silence for silence in fresh.silences if silence.id not in names)]
