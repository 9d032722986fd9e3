"""The notes as marks on a timeline: what every marker format carries, in one order and one wording."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from model.delivery.wording import length, numbers, plain
from model.spotting.notes import Cue, Hit, Silence, SpottingNotes
from model.time import Frame, Timebase


class MarkKind(StrEnum):
    """What a mark stands for; marks on one frame are told in this order."""

    SLATE = "slate"
    OUT = "out"
    IN = "in"
    SILENCE = "silence"
    HIT = "hit"


_ORDER = {kind: place for place, kind in enumerate(MarkKind)}
_LEADS = (MarkKind.IN, MarkKind.HIT, MarkKind.SILENCE, MarkKind.OUT, MarkKind.SLATE)


@dataclass(frozen=True, slots=True)
class Mark:
    """A named point or stretch: ``frames`` long, at least 1."""

    frame: Frame
    frames: int
    kind: MarkKind
    name: str
    note: str


def marks(notes: SpottingNotes) -> list[Mark]:
    """Return the in and out of every cue, every silence and every hit, by frame."""
    base = notes.reel.timebase
    number = numbers(notes)
    found = [mark for cue in notes.cues for mark in _cue_marks(cue, base)]
    found += [_silence_mark(silence) for silence in notes.silences]
    found += [_hit_mark(hit, number.get(hit.cue, "")) for hit in notes.hits]
    return sorted(found, key=lambda mark: (mark.frame, _ORDER[mark.kind]))


def one_per_frame(found: Iterable[Mark]) -> list[Mark]:
    """Join marks that share a frame, for programs that keep a single marker there.

    The joined mark takes its kind and length from the weightiest: a cue's in, then a hit, a silence, an out.
    """
    ordered = sorted(found, key=lambda mark: (mark.frame, _ORDER[mark.kind]))
    return [_joined(list(group)) for _, group in groupby(ordered, key=lambda mark: mark.frame)]


def _joined(group: list[Mark]) -> Mark:
    lead = min(group, key=lambda mark: _LEADS.index(mark.kind))
    name = " / ".join(mark.name for mark in group)
    note = " / ".join(mark.note for mark in group if mark.note)
    return Mark(lead.frame, lead.frames, lead.kind, name, note)


def _cue_marks(cue: Cue, base: Timebase) -> list[Mark]:
    number, title = plain(cue.number), plain(cue.title)
    tail = f", tail {length(base.seconds(Frame(cue.tail)))}" if cue.tail else ""
    return [
        Mark(
            cue.span.start, max(1, cue.span.frames), MarkKind.IN, f"{number} IN {title}".strip(), plain(cue.instruction)
        ),
        Mark(cue.span.end, 1, MarkKind.OUT, f"{number} OUT", f"{cue.out_type.value}{tail}"),
    ]


def _silence_mark(silence: Silence) -> Mark:
    return Mark(
        silence.span.start, max(1, silence.span.frames), MarkKind.SILENCE, "SILENCE", plain(silence.instruction)
    )


def _hit_mark(hit: Hit, number: str) -> Mark:
    name = f"{plain(number)} HIT w{hit.weight:g} {plain(hit.label)}".strip()
    return Mark(hit.frame, 1, MarkKind.HIT, name, f"{plain(hit.treatment)} ({hit.kind.value}, {hit.must_be.value})")
