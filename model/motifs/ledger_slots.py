"""The slots of the ledger: where in each cue a theme can be stated, whose theme, and why there.

A statement is wanted where a cue begins, where an owner enters, where the cue turns, and in the middle of long
stretches without a theme. Statements are at least eight seconds apart, and none plays across a stop of the music.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from model.motifs.language import Owner, OwnerKind, Theme
from model.spotting.notes import Cue, SpottingNotes
from model.time import Frame, Timebase

SHORTEST_CUE_S = 4.0
_STATEMENT_EVERY_S = 16.0
_LEAST_APART_S = 8.0
_LONGEST_RESERVED_S = 14.0
_LONGEST_DELAY_S = 3.0
_LEAST_LEFT_S = 5.0
_AFTER_STOP_S = 1.5
_MOST_IN_CUE = 8  # statements in one cue; more would leave no room for other music
_FILLED_SHARE = 0.92  # of the time reserved for a statement, that the theme itself takes
_SPARED_STATEMENTS = 2  # of a theme, before one of its slots may go to a theme without any


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A moment of a cue where a statement is wanted; ``rank`` 0 (cue begins), 1 (entrance), 2 (turn) or 3 (gap)."""

    second: float
    rank: int
    theme: Theme
    why: str


@dataclass(frozen=True, slots=True)
class StatementSlot:
    """A place for a statement.

    ``second``: seconds into its cue, which lasts ``length_s``; ``room_s``: how long the statement may last.
    """

    cue: Cue
    second: float
    theme: Theme
    room_s: float
    length_s: float
    why: str

    @property
    def frame(self) -> Frame:
        """Frame of the reel at which the statement begins."""
        return self.cue.span.start + round(self.second / self.length_s * self.cue.span.frames)


def find_slots(
    cue: Cue, notes: SpottingNotes, pairs: Sequence[tuple[Owner, Theme]], used: set[str]
) -> list[StatementSlot]:
    """Find a cue's slots; ``used`` are the ids of themes that earlier cues have."""
    base = notes.reel.timebase
    length_s = float(base.seconds(cue.span.end) - base.seconds(cue.span.start))
    if length_s < SHORTEST_CUE_S:
        return []
    stops = _stop_seconds(cue, notes)
    candidates = [
        replace(one, second=_begin_after_stop(one, cue, stops, length_s - _LEAST_LEFT_S))
        for one in _find_candidates(cue, base, pairs, used)
    ]
    chosen = _choose_candidates(candidates, cue, length_s)
    chosen = _fill_gaps(chosen, length_s, pairs, cue, notes, used)
    ends = [*(following.second for following in chosen[1:]), length_s]
    slots: list[StatementSlot] = []
    for one, end in zip(chosen, ends, strict=True):
        room_s = min([end, *(stop for stop in stops if stop > one.second)]) - one.second
        slots.append(StatementSlot(cue, one.second, one.theme, room_s, length_s, one.why))
    return slots


def _find_candidates(
    cue: Cue, base: Timebase, pairs: Sequence[tuple[Owner, Theme]], used: set[str]
) -> list[_Candidate]:
    """List where statements are wanted: the cue's beginning, entrances of owners, and turns of the cue."""
    first_owner, first_theme = _owner_at(cue.span.start, cue, pairs, used)
    begin = _first_entrance(first_owner, cue, base.frame(float(base.seconds(cue.span.end)) - _LEAST_LEFT_S))
    why = _explain_place(first_owner, begin, f"the cue begins at {base.timecode(cue.span.start)}")

    def second(frame: Frame) -> float:
        return float(base.seconds(frame) - base.seconds(cue.span.start))

    found = [_Candidate(second(begin), 0, first_theme, why)]
    for owner, theme in pairs:
        for span in owner.presence if owner.kind is not OwnerKind.IDEA else ():
            if cue.span.start < span.start < cue.span.end:
                why = f"{owner.name} enters at {base.timecode(span.start)}"
                found.append(_Candidate(second(span.start), 1, theme, why))
    for change in cue.changes:
        if change.frame in cue.span:
            owner, theme = _owner_at(change.frame, cue, pairs, used)
            turn = f"the cue turns at {base.timecode(change.frame)} ({change.text})"
            found.append(_Candidate(second(change.frame), 2, theme, _explain_place(owner, change.frame, turn)))
    return found


def _stop_seconds(cue: Cue, notes: SpottingNotes) -> list[float]:
    """Seconds into the cue at which a hit stops the music; no statement plays across one."""
    base = notes.reel.timebase
    stops = [h.frame for h in notes.hits if h.treatment == "stop" and h.frame in cue.span and h.frame > cue.span.start]
    return sorted(float(base.seconds(frame) - base.seconds(cue.span.start)) for frame in stops)


def _begin_after_stop(one: _Candidate, cue: Cue, stops: Sequence[float], latest: float) -> float:
    """Second after a stop that would cut the statement in its first half; its own second where that is too late."""
    half = float(one.theme.beats) * beat_seconds(cue) / 2
    cutting = [stop for stop in stops if one.second < stop < one.second + half and stop + _AFTER_STOP_S <= latest]
    return cutting[-1] + _AFTER_STOP_S if cutting else one.second


def _first_entrance(owner: Owner, cue: Cue, latest: Frame) -> Frame:
    """Frame of the cue's first statement: where an owner enters who was not seen before, else the cue's beginning."""
    first = min((s.start for s in owner.presence), default=cue.span.start)
    enters = owner.kind is not OwnerKind.IDEA and cue.span.start < first < latest
    return first if enters else cue.span.start


def share_slots(slots: list[StatementSlot], pairs: Sequence[tuple[Owner, Theme]]) -> list[StatementSlot]:
    """Give a theme that has no slot one of a theme that has more than two, where its owner is present."""
    for owner, theme in pairs:
        if any(s.theme.id == theme.id for s in slots):
            continue
        spare: list[tuple[int, int]] = []
        for index, slot in enumerate(slots):
            count = sum(s.theme.id == slot.theme.id for s in slots)
            introduced = any(s.theme.id == slot.theme.id for s in slots[:index])
            present = any(s.overlap(slot.cue.span) and s.start <= slot.frame for s in owner.presence)
            if introduced and count > _SPARED_STATEMENTS and present:
                spare.append((-count, index))
        if spare:
            index = min(spare)[1]
            why = f"{owner.name} has not been heard yet and is in this cue"
            slots[index] = replace(slots[index], theme=theme, why=why)
    return slots


def _choose_candidates(candidates: Sequence[_Candidate], cue: Cue, length_s: float) -> list[_Candidate]:
    """Choose candidates in order of rank, new themes first; each leaves room for the whole of the statement before.

    One that is up to three seconds too early is delayed; one that is too near or too late is left out.
    """
    most = min(_MOST_IN_CUE, 1 + int(length_s / _STATEMENT_EVERY_S))
    chosen: list[_Candidate] = []
    for one in sorted(candidates, key=lambda c: (c.rank, sum(c.theme.id == k.theme.id for k in chosen), c.second)):
        before = max((k for k in chosen if k.second <= one.second), key=lambda k: k.second, default=None)
        free = before.second + _reserved_seconds(before.theme, cue) if before else 0.0
        at = free if one.second < free <= one.second + _LONGEST_DELAY_S else one.second
        near = at < free or any(at < k.second < at + _reserved_seconds(one.theme, cue) for k in chosen)
        late = at > 0 and length_s - at < _LEAST_LEFT_S
        if not near and not late and len(chosen) < most:
            chosen.append(replace(one, second=at))
    return sorted(chosen, key=lambda k: k.second)


def _reserved_seconds(theme: Theme, cue: Cue) -> float:
    """Seconds to keep free for a statement: the theme at the cue's tempo and a little more; long themes are cut."""
    return max(_LEAST_APART_S, min(float(theme.beats) * beat_seconds(cue) / _FILLED_SHARE, _LONGEST_RESERVED_S))


def _fill_gaps(
    chosen: list[_Candidate],
    length_s: float,
    pairs: Sequence[tuple[Owner, Theme]],
    cue: Cue,
    notes: SpottingNotes,
    used: set[str],
) -> list[_Candidate]:
    """Add a statement in the middle of any stretch that could hold two."""
    base = notes.reel.timebase
    edges = [*(one.second for one in chosen), length_s]
    found = list(chosen)
    for start, end in pairwise(edges):
        if end - start > 2 * _STATEMENT_EVERY_S and len(found) < _MOST_IN_CUE:
            at = (start + end) / 2
            frame = base.frame(float(base.seconds(cue.span.start)) + at)
            owner, theme = _owner_at(frame, cue, pairs, used)
            why = _explain_place(owner, frame, f"{end - start:.0f} s without a theme")
            found.append(_Candidate(at, 3, theme, why))
    return sorted(found, key=lambda one: one.second)


def _owner_at(frame: Frame, cue: Cue, pairs: Sequence[tuple[Owner, Theme]], used: set[str]) -> tuple[Owner, Theme]:
    """Choose whose moment it is: who is seen, else the idea the cue is about, else who has entered, else the first."""
    seen = [p for p in pairs if p[0].kind is not OwnerKind.IDEA and any(frame in s for s in p[0].presence)]
    about = [p for p in pairs if p[0].kind is OwnerKind.IDEA and any(s.overlap(cue.span) for s in p[0].presence)]
    entered = [p for p in pairs if p[1].id in used or any(s.start <= frame for s in p[0].presence)]
    return (seen or about or entered or list(pairs))[0]


def _explain_place(owner: Owner, frame: Frame, place: str) -> str:
    if owner.kind is OwnerKind.IDEA:
        return f"{place}: it is about {owner.name}"
    seen = any(frame in span for span in owner.presence)
    return f"{place}: {owner.name} is there" if seen else f"{place}: {owner.name} is not on screen"


def beat_seconds(cue: Cue) -> float:
    """Seconds of a quarter note in the middle of a cue's tempo range."""
    return 60.0 / max(sum(cue.tempo_bpm) / 2, 1.0)
