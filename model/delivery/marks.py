"""The notes as marks on a timeline: what every marker format carries, in one order and one wording."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from model.delivery.wording import clean_text, numbers, spell_length
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
class TimelineMark:
    """A named point or stretch: ``frames`` long, at least 1."""

    frame: Frame
    frames: int
    kind: MarkKind
    name: str
    note: str


def marks(notes: SpottingNotes) -> list[TimelineMark]:
    """Return the in and out of every cue, every silence and every hit, by frame."""
    base = notes.reel.timebase
    number = numbers(notes)
    found = [mark for cue in notes.cues for mark in _cue_marks(cue, base)]
    found += [_silence_mark(silence) for silence in notes.silences]
    found += [_hit_mark(hit, number.get(hit.cue, "")) for hit in notes.hits]
    return sorted(found, key=lambda mark: (mark.frame, _ORDER[mark.kind]))


def one_per_frame(found: Iterable[TimelineMark]) -> list[TimelineMark]:
    """Join marks that share a frame, for programs that keep a single marker there.

    The joined mark takes its kind and length from the weightiest: a cue's in, then a hit, a silence, an out.
    """
    ordered = sorted(found, key=lambda mark: (mark.frame, _ORDER[mark.kind]))
    return [_join_marks(list(group)) for _, group in groupby(ordered, key=lambda mark: mark.frame)]


def _join_marks(group: list[TimelineMark]) -> TimelineMark:
    lead = min(group, key=lambda mark: _LEADS.index(mark.kind))
    name = " / ".join(mark.name for mark in group)
    note = " / ".join(mark.note for mark in group if mark.note)
    return TimelineMark(lead.frame, lead.frames, lead.kind, name, note)


def _cue_marks(cue: Cue, base: Timebase) -> list[TimelineMark]:
    number, title = clean_text(cue.number), clean_text(cue.title)
    tail = f", tail {spell_length(base.seconds(Frame(cue.tail)))}" if cue.tail else ""
    return [
        TimelineMark(
            cue.span.start,
            max(1, cue.span.frames),
            MarkKind.IN,
            f"{number} IN {title}".strip(),
            clean_text(cue.instruction),
        ),
        TimelineMark(cue.span.end, 1, MarkKind.OUT, f"{number} OUT", f"{cue.out_type.value}{tail}"),
    ]


def _silence_mark(silence: Silence) -> TimelineMark:
    return TimelineMark(
        silence.span.start, max(1, silence.span.frames), MarkKind.SILENCE, "SILENCE", clean_text(silence.instruction)
    )


def _hit_mark(hit: Hit, number: str) -> TimelineMark:
    name = f"{clean_text(number)} HIT w{hit.weight:g} {clean_text(hit.label)}".strip()
    return TimelineMark(
        hit.frame, 1, MarkKind.HIT, name, f"{clean_text(hit.treatment)} ({hit.kind.value}, {hit.must_be.value})"
    )
