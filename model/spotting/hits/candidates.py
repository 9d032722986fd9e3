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
from model.spotting.hits.signals import Signals
from model.spotting.hits.sounds import TOGETHER_S, pausing_lines

PEAKS_APART_S = 0.125
LEAST_MOVE, LEAST_EDGE, LEAST_FLASH = 0.1, 0.15, 0.3  # less is fidgeting
BRAKING, FULL_SPEED = 3, 0.9  # frames over which a struck body brakes; share of its speed that is still full
SNAP = 2  # frames: an impact this near to a cut, title or flash is that event's
TURN_S = 0.5  # a card that follows another within this turns the page
GAP_S, LEAST_STILL_S, COMES_UP = 0.75, 0.12, 0.05  # between two cards: longest, shortest, and what ends it
LEAST_EMPTY_S = 0.12  # black shorter than this is a flicker, not a blackout


class Found(StrEnum):
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
class Candidate:
    """A moment that could be hit, and the rule that found it.

    ``text`` is the title read there; ``gradual`` whether the picture took its time to get there; ``turned`` whether
    the card follows another at once.
    """

    frame: int
    found: Found
    text: str = ""
    gradual: bool = False
    turned: bool = False


def find_candidates(seen: Observations, signals: Signals) -> list[Candidate]:
    """Collect all candidates in time order, one per frame: the first rule in ``Found`` names the frame."""
    picture = [
        *_transitions(seen, signals),
        *_emptiness(seen, signals),
        *_titles(seen, signals),
        *_moves(signals),
    ]
    sound = [*_impacts(seen, picture), *_line_ends(seen, picture)]
    rank = {rule: place for place, rule in enumerate(Found)}
    first: dict[int, Candidate] = {}
    for candidate in sorted([*picture, *sound], key=lambda c: (rank[c.found], c.frame)):
        if 0 < candidate.frame < seen.reel.frames:
            first.setdefault(candidate.frame, candidate)
    return [first[frame] for frame in sorted(first)]


def _transitions(seen: Observations, signals: Signals) -> Iterator[Candidate]:
    """Find every change of shot: where it is complete, and the middle of a dissolve."""
    empty = signals.empty
    for change in seen.cuts.transitions:
        start, end = change.start.index, min(change.end.index, seen.reel.frames - 1)
        match change.kind:
            case TransitionKind.CUT if empty[start]:
                yield Candidate(start, Found.BLACKOUT)
            case TransitionKind.CUT if start and empty[start - 1]:
                yield Candidate(start, Found.PICTURE)
            case TransitionKind.CUT:
                yield Candidate(start, Found.CUT)
            case TransitionKind.FADE_OUT:
                yield Candidate(start, Found.FADE_BEGINS, gradual=True)
                yield Candidate(end, Found.BLACKOUT, gradual=True)
            case TransitionKind.FADE_IN:
                yield Candidate(start, Found.FADE_BEGINS, gradual=True)
                yield Candidate(end, Found.PICTURE, gradual=True)
            case TransitionKind.DISSOLVE | TransitionKind.WIPE:
                yield Candidate((start + end) // 2, Found.DISSOLVE, gradual=True)


def _emptiness(seen: Observations, signals: Signals) -> Iterator[Candidate]:
    """Black or white that comes and goes without a transition having been seen."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0.0], signals.empty, [0.0]])))
    near = TOGETHER_S * signals.rate
    for begin, end in zip(edges[::2], edges[1::2], strict=True):
        if end - begin < LEAST_EMPTY_S * signals.rate:
            continue
        for frame, rule in ((int(begin), Found.BLACKOUT), (int(end), Found.PICTURE)):
            if not any(t.start.index - near <= frame <= t.end.index + near for t in seen.cuts.transitions):
                yield Candidate(frame, rule)


def _titles(seen: Observations, signals: Signals) -> Iterator[Candidate]:
    """First frame of every title; a card that follows another at once begins after the gap between them."""
    ended = -math.inf
    for title in seen.titles:
        start, text = title.span.start.index, title.text.strip()
        if start - ended <= TURN_S * signals.rate:
            yield Candidate(after_gap(signals, start), Found.TITLE, text, turned=True)
        else:
            yield Candidate(start, Found.TITLE, text)
        ended = title.span.end.index


def after_gap(signals: Signals, frame: int) -> int:
    """Find where the next card comes up if the last one goes at ``frame`` and nothing moves in between."""
    still = 0
    for later in range(frame + 1, min(frame + round(GAP_S * signals.rate), len(signals.abrupt))):
        if signals.abrupt[later] >= COMES_UP and still >= LEAST_STILL_S * signals.rate:
            return later
        still = still + 1 if signals.abrupt[later] < COMES_UP / 2 else 0
    return frame


def _moves(signals: Signals) -> Iterator[Candidate]:
    """Peaks, starts and dead stops of movement, and flashes."""
    from scipy.signal import find_peaks  # a heavy import, and only spotting itself needs it

    apart = max(1, round(PEAKS_APART_S * signals.rate))
    curves = {
        Found.FLASH: (signals.flash, LEAST_FLASH),
        Found.MOVE: (signals.burst, LEAST_MOVE),
        Found.START: (signals.start, LEAST_EDGE),
        Found.STOP: (signals.stop, LEAST_EDGE),
    }
    for rule, (curve, least) in curves.items():
        padded = np.concatenate([[0.0], curve, [0.0]])
        for peak in find_peaks(padded, height=least, distance=apart)[0]:
            frame = int(peak) - 1
            yield Candidate(contact(signals.burst, frame) if rule is Found.STOP else frame, rule)


def contact(burst: Curve, frame: int) -> int:
    """Find the frame at which what stops by ``frame`` was stopped: the last one still at nine tenths of full speed."""
    begin = max(frame - BRAKING, 0)
    speed = burst[begin : frame + 1]
    return begin + int(np.flatnonzero(speed >= FULL_SPEED * speed.max())[-1])


def _impacts(seen: Observations, picture: Iterable[Candidate]) -> Iterator[Candidate]:
    """Heard impacts, at the frame on the screen when they sound.

    The sound of a blow is laid to its frame of contact, while the movement around it swells over several frames: the
    onset is the better clock, except beside an edge of the picture.
    """
    edges = np.array(sorted(c.frame for c in picture if c.found in _SEEN_EDGES), dtype=np.int64)
    for impact in seen.effects.impacts if seen.effects else ():
        frame = seen.clock.frame(impact.time_s).index
        if not len(edges) or np.abs(edges - frame).min() > SNAP:
            yield Candidate(frame, Found.IMPACT)


def _line_ends(seen: Observations, picture: Iterable[Candidate]) -> Iterator[Candidate]:
    """Find ends of lines that are followed by a pause; where the picture changes just then, the change is the hit."""
    if seen.dialogue is None:
        return
    frames = np.array(sorted(c.frame for c in picture if c.found in _SEEN_EDGES), dtype=np.int64)
    for line in pausing_lines(seen.dialogue.lines, seen.clock.end_s):
        frame = seen.clock.frame(line.end_s).index
        if not len(frames) or np.abs(frames - frame).min() > TOGETHER_S * float(seen.reel.timebase.rate):
            yield Candidate(frame, Found.LINE_END)


_SEEN_EDGES = frozenset({Found.TITLE, Found.BLACKOUT, Found.PICTURE, Found.CUT, Found.FLASH})
