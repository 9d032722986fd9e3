"""What an edit leaves behind: a person's mark among the reasons, and only what still holds of the rest."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from model.spotting.notes import Alternative, Cue, DialogueLine, Evidence, Hit, Silence, SpottingNotes
from model.time import Frame, Span, Timebase

PERSON = "person"
"""The detector of reasons that are a person's decisions."""
SET_IN, SET_OUT = "You set the in here.", "You set the out here."
_AWAY = re.compile(r", \d+\.\d s (?:later|earlier)$")


def is_edited(thing: Cue | Hit | Silence) -> bool:
    """Whether a person decided something about it."""
    return any(reason.detector == PERSON for reason in thing.why)


def mark_decision(why: Sequence[Evidence], text: str, frame: Frame | None = None) -> tuple[Evidence, ...]:
    """Put a person's decision first; the same decision made again replaces itself."""
    rest = (reason for reason in why if reason.detector != PERSON or reason.text != text)
    return (Evidence(text, PERSON, frame, 1.0), *rest)


def talk_share(dialogue: Sequence[DialogueLine], span: Span) -> float:
    """Share of a stretch with a line over it, 0-1; where two speak at once counts once."""
    covered, reached = 0, span.start
    for line in sorted((one.span for one in dialogue if one.span.overlap(span)), key=lambda one: one.start):
        end = min(line.end, span.end)
        covered += max(0, end - max(line.start, reached))
        reached = max(reached, end)
    return round(covered / max(span.frames, 1), 3)


def move_span(notes: SpottingNotes, cue: Cue, span: Span) -> Cue:
    """Place a cue elsewhere: reasons read at or beyond an edge that moved go, and what lies outside now."""
    if span == cue.span:
        return cue
    return replace(
        cue,
        span=span,
        dialogue_density=talk_share(notes.dialogue, span),
        why=_still_read(cue.why, cue.span, span),
        alternatives=_still_offered(cue, span, notes.reel.timebase),
        changes=tuple(change for change in cue.changes if span.start < change.frame < span.end),
    )


def keep_inside(why: Sequence[Evidence], old: Span, new: Span) -> tuple[Evidence, ...]:
    """Keep the reasons but those whose frame has been left outside."""
    return tuple(r for r in why if r.frame is None or _near(r.frame, new) or not _near(r.frame, old))


def restate_distance(text: str, timebase: Timebase, away: int) -> str:
    """Say anew how far away an alternative lies, in frames; texts that do not say it stay."""
    way = f", {abs(float(timebase.seconds(Frame(away)))):.1f} s {'later' if away > 0 else 'earlier'}"
    return _AWAY.sub(way, text)


def _near(frame: Frame, span: Span) -> bool:
    return span.start <= frame <= span.end


def _still_read(why: Sequence[Evidence], old: Span, new: Span) -> tuple[Evidence, ...]:
    def of_an_edge_that_moved(frame: Frame) -> bool:
        return (frame <= old.start != new.start) or (frame >= old.end != new.end)

    inside = keep_inside(why, old, new)
    return tuple(r for r in inside if r.detector == PERSON or r.frame is None or not of_an_edge_that_moved(r.frame))


def _still_offered(cue: Cue, new: Span, timebase: Timebase) -> tuple[Alternative, ...]:
    """Let another in keep the new out and another out the new in; what has become the choice itself goes."""
    found: list[Alternative] = []
    for offer in cue.alternatives:
        span, old = offer.span, cue.span
        start = new.start if span.start == old.start else span.start
        end = new.end if span.end == old.end else span.end
        chosen = (start, end) == (new.start, new.end) and span != old
        if start < end and not chosen:
            away = start - new.start if start != new.start else end - new.end
            found.append(replace(offer, span=Span(start, end), text=restate_distance(offer.text, timebase, away)))
    return tuple(found)
