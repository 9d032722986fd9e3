"""Where a hit could be: every moment at which the picture or the sound does something at once.

Candidates are many on purpose; ranking and the rule of one hit per event come later. What is heard within a few
frames of something seen becomes evidence for it there.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from model.observe.observations import Curve, Observations, TransitionKind
from model.spotting.hits.signals import HitSignals
from model.spotting.hits.sounds import TOGETHER_S, pausing_lines

PEAKS_APART_S = 0.125
LEAST_MOVE = 0.1  # burst of movement, 0-1; less is fidgeting
LEAST_EDGE = 0.15  # start or stop of movement, 0-1; less is fidgeting
LEAST_FLASH = 0.3  # jump of light, 0-1; less is fidgeting
BRAKING = 3  # frames over which a struck body brakes
FULL_SPEED = 0.9  # share of its speed that is still full
SNAP = 2  # frames: an impact this near to a cut, title or flash is that event's
TURN_S = 0.5  # a card that follows another within this turns the page
GAP_S = 0.75  # between two cards: the longest
LEAST_STILL_S = 0.12  # between two cards: the shortest
COMES_UP = 0.05  # change of picture, 0-1, that ends the gap between two cards
LEAST_EMPTY_S = 0.12  # black shorter than this is a flicker, not a blackout


class CandidateSource(StrEnum):
    """By which rule a candidate was found, in order of who names the moment when several agree on a frame."""

    TITLE = "title"
    BLACKOUT = "blackout"
    PICTURE = "picture"
    CUT = "cut"
    DISSOLVE = "dissolve"
    FLASH = "flash"
    IMPACT = "impact"
    STOP = "stop"
    START = "start"
    MOVE = "move"
    LINE_END = "line end"
    FADE_BEGINS = "fade begins"


@dataclass(frozen=True, slots=True)
class HitCandidate:
    """A moment that could be hit, and the rule that found it.

    ``text`` is the title read there; ``gradual`` whether the picture took its time to get there; ``turned`` whether
    the card follows another at once.
    """

    frame: int
    found: CandidateSource
    text: str = ""
    gradual: bool = False
    turned: bool = False


def find_candidates(observations: Observations, signals: HitSignals) -> list[HitCandidate]:
    """Collect all candidates in time order, one per frame: the first rule in ``Found`` names the frame."""
    picture = [
        *_transitions(observations, signals),
        *_emptiness(observations, signals),
        *_titles(observations, signals),
        *_moves(signals),
    ]
    sound = [*_impacts(observations, picture), *_line_ends(observations, picture)]
    rank = {rule: place for place, rule in enumerate(CandidateSource)}
    first: dict[int, HitCandidate] = {}
    for candidate in sorted([*picture, *sound], key=lambda c: (rank[c.found], c.frame)):
        if 0 < candidate.frame < observations.reel.frames:
            first.setdefault(candidate.frame, candidate)
    return [first[frame] for frame in sorted(first)]


def _transitions(observations: Observations, signals: HitSignals) -> Iterator[HitCandidate]:
    """Find every change of shot: where it is complete, and the middle of a dissolve."""
    empty = signals.empty
    for change in observations.cuts.transitions:
        start, end = change.start.index, min(change.end.index, observations.reel.frames - 1)
        match change.kind:
            case TransitionKind.CUT if empty[start]:
                yield HitCandidate(start, CandidateSource.BLACKOUT)
            case TransitionKind.CUT if start and empty[start - 1]:
                yield HitCandidate(start, CandidateSource.PICTURE)
            case TransitionKind.CUT:
                yield HitCandidate(start, CandidateSource.CUT)
            case TransitionKind.FADE_OUT:
                yield HitCandidate(start, CandidateSource.FADE_BEGINS, gradual=True)
                yield HitCandidate(end, CandidateSource.BLACKOUT, gradual=True)
            case TransitionKind.FADE_IN:
                yield HitCandidate(start, CandidateSource.FADE_BEGINS, gradual=True)
                yield HitCandidate(end, CandidateSource.PICTURE, gradual=True)
            case TransitionKind.DISSOLVE | TransitionKind.WIPE:
                yield HitCandidate((start + end) // 2, CandidateSource.DISSOLVE, gradual=True)


def _emptiness(observations: Observations, signals: HitSignals) -> Iterator[HitCandidate]:
    """Black or white that comes and goes without a transition having been seen."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0.0], signals.empty, [0.0]])))
    near = TOGETHER_S * signals.rate
    for begin, end in zip(edges[::2], edges[1::2], strict=True):
        if end - begin < LEAST_EMPTY_S * signals.rate:
            continue
        for frame, rule in ((int(begin), CandidateSource.BLACKOUT), (int(end), CandidateSource.PICTURE)):
            if not any(t.start.index - near <= frame <= t.end.index + near for t in observations.cuts.transitions):
                yield HitCandidate(frame, rule)


def _titles(observations: Observations, signals: HitSignals) -> Iterator[HitCandidate]:
    """First frame of every title; a card that follows another at once begins after the gap between them."""
    ended = -math.inf
    for title in observations.titles:
        start, text = title.span.start.index, title.text.strip()
        if start - ended <= TURN_S * signals.rate:
            yield HitCandidate(find_return_after_gap(signals, start), CandidateSource.TITLE, text, turned=True)
        else:
            yield HitCandidate(start, CandidateSource.TITLE, text)
        ended = title.span.end.index


def find_return_after_gap(signals: HitSignals, frame: int) -> int:
    """Find where the next card comes up if the last one goes at ``frame`` and nothing moves in between."""
    still = 0
    for later in range(frame + 1, min(frame + round(GAP_S * signals.rate), len(signals.abrupt))):
        if signals.abrupt[later] >= COMES_UP and still >= LEAST_STILL_S * signals.rate:
            return later
        still = still + 1 if signals.abrupt[later] < COMES_UP / 2 else 0
    return frame


def _moves(signals: HitSignals) -> Iterator[HitCandidate]:
    """Peaks, starts and dead stops of movement, and flashes."""
    from scipy.signal import find_peaks  # a heavy import, and only spotting itself needs it

    apart = max(1, round(PEAKS_APART_S * signals.rate))
    curves = {
        CandidateSource.FLASH: (signals.flash, LEAST_FLASH),
        CandidateSource.MOVE: (signals.burst, LEAST_MOVE),
        CandidateSource.START: (signals.start, LEAST_EDGE),
        CandidateSource.STOP: (signals.stop, LEAST_EDGE),
    }
    for rule, (curve, least) in curves.items():
        padded = np.concatenate([[0.0], curve, [0.0]])
        for peak in find_peaks(padded, height=least, distance=apart)[0]:
            frame = int(peak) - 1
            yield HitCandidate(find_contact(signals.burst, frame) if rule is CandidateSource.STOP else frame, rule)


def find_contact(burst: Curve, frame: int) -> int:
    """Find the frame at which what stops by ``frame`` was stopped: the last one still at nine tenths of full speed."""
    begin = max(frame - BRAKING, 0)
    speed = burst[begin : frame + 1]
    return begin + int(np.flatnonzero(speed >= FULL_SPEED * speed.max())[-1])


def _impacts(observations: Observations, picture: Iterable[HitCandidate]) -> Iterator[HitCandidate]:
    """Heard impacts, at the frame on the screen when they sound.

    The sound of a blow is laid to its frame of contact, while the movement around it swells over several frames: the
    onset is the better clock, except beside an edge of the picture.
    """
    edges = np.array(sorted(c.frame for c in picture if c.found in _SEEN_EDGES), dtype=np.int64)
    for impact in observations.effects.impacts if observations.effects else ():
        frame = observations.clock.frame(impact.time_s).index
        if not len(edges) or np.abs(edges - frame).min() > SNAP:
            yield HitCandidate(frame, CandidateSource.IMPACT)


def _line_ends(observations: Observations, picture: Iterable[HitCandidate]) -> Iterator[HitCandidate]:
    """Find ends of lines that are followed by a pause; where the picture changes just then, the change is the hit."""
    if observations.dialogue is None:
        return
    frames = np.array(sorted(c.frame for c in picture if c.found in _SEEN_EDGES), dtype=np.int64)
    for line in pausing_lines(observations.dialogue.lines, observations.clock.end_s):
        frame = observations.clock.frame(line.end_s).index
        if not len(frames) or np.abs(frames - frame).min() > TOGETHER_S * float(observations.reel.timebase.rate):
            yield HitCandidate(frame, CandidateSource.LINE_END)


_SEEN_EDGES = frozenset(
    {
        CandidateSource.TITLE,
        CandidateSource.BLACKOUT,
        CandidateSource.PICTURE,
        CandidateSource.CUT,
        CandidateSource.FLASH,
    }
)
