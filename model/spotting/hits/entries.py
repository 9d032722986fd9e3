"""Hits that only the cues can tell: the end of the line that music answers.

Whether the end of a line matters depends on what comes after it: when a cue comes in on it, that end is the moment
the music waits for, and the editor wants it marked.
"""

from __future__ import annotations

from collections.abc import Sequence

from model.observe.observations import Observations
from model.spotting.candidates import first_after
from model.spotting.notes import Cue, Evidence, Hit, HitKind, InType, MustBe
from model.time import Frame

ANSWERED_S = 0.8  # a cue that comes in later than this after a line does not answer it
APART_S = 0.12  # nearer than this to another hit it is the same moment
WEIGHT = 2.0


def answered_lines(cues: Sequence[Cue], hits: Sequence[Hit], observations: Observations) -> list[Hit]:
    """Propose a soft hit on the end of each line that a cue answers, where no other hit marks the moment already."""
    if observations.dialogue is None:
        return []
    rate = float(observations.reel.timebase.rate)
    ends = [(first_after(observations, line.end_s), line.confidence) for line in observations.dialogue.lines]
    found: list[Hit] = []
    for cue in cues:
        at = cue.span.start.index
        before = [(end, sure) for end, sure in ends if 0 <= at - end <= ANSWERED_S * rate]
        if cue.in_type is InType.SEGUE or not cue.usage.is_composed or not before:
            continue
        frame, sure = max(before)
        if all(abs(hit.frame.index - frame) > APART_S * rate for hit in hits):
            found.append(_hit(frame, sure, cue))
    return found


def _hit(frame: int, sure: float, cue: Cue) -> Hit:
    return Hit(
        id=f"hit-line-end-{frame:06d}",
        frame=Frame(frame),
        kind=HitKind.LINE_END,
        weight=WEIGHT,
        label="line ends - music answers",
        early=0,
        late=4,
        must_be=MustBe.ANY,
        treatment="soft",
        confidence=round(min(sure, cue.confidence), 3),
        why=(Evidence("the music comes in on the end of this line", "dialogue", Frame(frame), 1.0),),
    )
