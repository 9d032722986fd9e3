"""Settling: after an edit everything that follows from where the cues lie is brought into line."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from model.spotting.edges import tail_frames
from model.spotting.edits.ground import is_fitting_length
from model.spotting.edits.silences import lay_silences
from model.spotting.notes import Cue, Hit, InType, OutType, Silence, SpottingNotes
from model.spotting.wording import reword_instruction
from model.time import Frame, Span


def settle_notes(
    notes: SpottingNotes, old: Sequence[Silence], *, joined: SpottingNotes | None = None, taken_out: Span | None = None
) -> SpottingNotes:
    """Bring edges, tails, alternatives, silences and hits into line with the cues.

    ``old`` are the silences before the edit. With ``joined``, the notes before it, cues that touch now and did not then
    lead into each other. ``taken_out`` is the stretch a cue has just left.
    """
    cues = sorted(notes.cues, key=lambda cue: cue.span)
    if joined is not None:
        _join(cues, {(a.id, b.id) for a, b in pairwise(joined.cues) if a.span.end == b.span.start})
    _part(cues, notes)
    cues = [_between(notes, cues, k) for k in range(len(cues))]
    notes = replace(notes, cues=tuple(cues))
    return replace(notes, silences=lay_silences(notes, old, taken_out), hits=assign_hits(notes.hits, cues))


def assign_hits(hits: Sequence[Hit], cues: Sequence[Cue]) -> tuple[Hit, ...]:
    """Tell every hit which cue it lies in, and put them in order."""
    starts = [cue.span.start for cue in cues]
    found: list[Hit] = []
    for hit in sorted(hits, key=lambda one: (one.frame, one.id)):
        at = bisect_right(starts, hit.frame) - 1
        owner = cues[at].id if at >= 0 and hit.frame in cues[at].span else ""
        found.append(hit if hit.cue == owner else replace(hit, cue=owner))
    return tuple(found)


def change_manner(
    notes: SpottingNotes, cue: Cue, entry: InType | None = None, leave: OutType | None = None, space: int = 10**9
) -> Cue:
    """Begin or end a cue in another manner; the line says so, and a tail of the usual length becomes the new usual."""
    after = replace(cue, in_type=entry or cue.in_type, out_type=leave or cue.out_type)
    if after.out_type is not cue.out_type:
        rate = float(notes.reel.timebase.rate)
        usual = cue.tail in {tail_frames(cue.out_type, rate, space), tail_frames(cue.out_type, rate, 10**9)}
        dry = after.out_type in {OutType.SEGUE, OutType.HARD_OUT}
        after = replace(after, tail=tail_frames(after.out_type, rate, space) if usual or dry else cue.tail)
    return replace(after, instruction=reword_instruction(cue, after))


def _join(cues: list[Cue], before: set[tuple[str, str]]) -> None:
    """Let cues that have come to touch lead into each other."""
    for k, (one, other) in enumerate(pairwise(tuple(cues))):
        if one.span.end == other.span.start and (one.id, other.id) not in before:
            first, second = replace(cues[k], out_type=OutType.SEGUE, tail=0), replace(other, in_type=InType.SEGUE)
            cues[k] = replace(first, instruction=reword_instruction(one, first))
            cues[k + 1] = replace(second, instruction=reword_instruction(other, second))


def _part(cues: list[Cue], notes: SpottingNotes) -> None:
    """Let cues that lead into nothing any more ease in and ring out."""
    ends = {cue.span.end for cue in cues}
    starts = {cue.span.start for cue in cues}
    for k, cue in enumerate(cues):
        entry = InType.EASE_IN if cue.in_type is InType.SEGUE and cue.span.start not in ends else None
        leave = OutType.RING_OUT if cue.out_type is OutType.SEGUE and cue.span.end not in starts else None
        if entry or leave:
            cues[k] = change_manner(notes, cue, entry, leave)


def _between(notes: SpottingNotes, cues: Sequence[Cue], at: int) -> Cue:
    """Keep the tail and the alternatives of a cue clear of its neighbours."""
    cue = cues[at]
    low = cues[at - 1].span.end if at else Frame(0)
    high = cues[at + 1].span.start if at + 1 < len(cues) else Frame(notes.reel.frames)
    tail = max(0, min(cue.tail, high - cue.span.end))
    offers = tuple(
        offer
        for offer in cue.alternatives
        if offer.span == cue.span
        or (low <= offer.span.start and offer.span.end <= high and is_fitting_length(notes, offer.span))
    )
    same = tail == cue.tail and offers == cue.alternatives
    return cue if same else replace(cue, tail=tail, alternatives=offers)
