"""From probabilities per frame to transitions: where exactly, of which kind, and how sure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.media.reel import Floats
from model.observe.observations import Cuts, Transition, TransitionKind
from model.time import Frame

CUT_AT = 0.9  # chosen on drawn films (training.cuts.train), like every figure here
GRADUAL_AT = 0.8
GRADUAL_EDGE = 0.5  # probability at which a gradual transition begins and ends
FLASH_AT = 0.5  # probability from which a change is a flash
SHORTEST = 3  # frames of a gradual transition; faster ones are cuts
JOIN = 3  # frames between two spans that are one
NEAR = 2  # frames within which two cuts are one, unless both are certain
SAME_AGAIN = 0.45  # nearness to the picture of a few frames ago under which a flash has gone, not a shot
DARK = 0.12  # luma of the ground that fades to black end in
BRIGHT = 0.88  # luma of the ground that fades to white end in
PLAIN = 2.0  # log contrast under which a picture is plain ground
SEEN = 0.4  # TransNet must at least half believe in a dissolve or wipe; fades speak for themselves
MIXED = 0.35  # how far a frame of a dissolve may be from the mean of its ends, over their distance


@dataclass(frozen=True, slots=True)
class Curves:
    """Per frame, float32 [n]: chances of ``cut``, ``gradual``, ``flash``; ``light`` 0-1; ``contrast`` log grey levels.

    ``seen``: TransNet's chance of being inside a transition, 0 where it did not look;
    ``returned``: how far the frame is from those a few frames ago over how far from the last (``cuts_return``), 1
    where no cut is likely; ``mixing`` float32 [n, 4]: distance from a plain mix of the frames 2, 4, 8, 16 away.
    """

    cut: Floats
    gradual: Floats
    flash: Floats
    light: Floats
    contrast: Floats
    seen: Floats
    returned: Floats
    mixing: Floats


def judge(curves: Curves, method: str, cut_at: float = CUT_AT) -> Cuts:
    """Decide on every transition and flash."""
    spans = _spans(curves)
    gradual = [t for span in spans for t in _gradual(curves, *span)]
    taken = [(t.start.index - 1, t.end.index + 1) for t in gradual]
    hard = [t for t in _hard(curves, cut_at) if not any(a <= t.start.index <= b for a, b in taken)]
    transitions = sorted([*gradual, *hard], key=lambda t: t.start.index)
    return Cuts(tuple(transitions), tuple(_flashes(curves, hard)), method)


def _hard(curves: Curves, cut_at: float) -> list[Transition]:
    """Pick the local peaks: a cut is one frame, and the way back from a flash is none."""
    chance = curves.cut
    back = np.concatenate([[False], curves.flash[:-1] >= FLASH_AT]) | (curves.returned < SAME_AGAIN)
    found: list[Transition] = []
    for frame in np.flatnonzero((chance >= cut_at) & ~back).tolist():
        around = chance[max(frame - NEAR, 0) : frame + NEAR + 1]
        if chance[frame] >= around.max() and not (found and frame - found[-1].start.index <= NEAR):
            found.append(Transition(TransitionKind.CUT, Frame(frame), Frame(frame), round(float(chance[frame]), 4)))
    return found


def _spans(curves: Curves) -> list[tuple[int, int]]:
    """Stretches of gradual change, [first changed, first pure new): sure inside, let out to their edges."""
    spans: list[tuple[int, int]] = []
    for start, end in _runs(curves.gradual >= GRADUAL_EDGE):
        if curves.gradual[start:end].max() < GRADUAL_AT:
            continue
        if spans and start - spans[-1][1] <= JOIN and not _ground(curves, spans[-1][1], start):
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return [(start, end) for start, end in spans if end - start >= SHORTEST]


def _runs(mask: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _ground(curves: Curves, start: int, end: int) -> str:
    """Name the plain ground shown somewhere in a stretch: ``black``, ``white`` or nothing."""
    stretch = slice(max(start, 0), max(end, start + 1))
    plain = curves.contrast[stretch] < PLAIN
    light = curves.light[stretch]
    if bool((plain & (light < DARK)).any()):
        return "black"
    return "white" if bool((plain & (light > BRIGHT)).any()) else ""


def _gradual(curves: Curves, start: int, end: int) -> list[Transition]:
    """Name a span's kind; one that passes through plain ground is a fade out and a fade in."""
    before, after = _ground(curves, start - 1, start + 1), _ground(curves, end - 1, end + 1)
    sure = round(float(curves.gradual[start:end].max()), 4)
    if after and not before:
        return [Transition(TransitionKind.FADE_OUT, Frame(start), Frame(end), sure, after)]
    if before and not after:
        return [Transition(TransitionKind.FADE_IN, Frame(start), Frame(end), sure, before)]
    through = _ground(curves, start + 1, end - 1)
    if through and not before and end - start >= 2 * SHORTEST:
        lowest = start + 1 + int(np.argmin(curves.contrast[start + 1 : end - 1]))
        first = Transition(TransitionKind.FADE_OUT, Frame(start), Frame(lowest), sure, through)
        return [first, Transition(TransitionKind.FADE_IN, Frame(lowest), Frame(end), sure, through)]
    if float(curves.seen[start:end].max()) < SEEN:
        return []
    kind = TransitionKind.DISSOLVE if _is_mix(curves, start, end) else TransitionKind.WIPE
    return [Transition(kind, Frame(start), Frame(end), sure)]


def _is_mix(curves: Curves, start: int, end: int) -> bool:
    """Whether the middle of a span looks like a mix of frames on either side, as in a dissolve."""
    middle = (start + end) // 2
    which = int(np.argmin(np.abs(np.array([2, 4, 8, 16]) - (end - start) / 2)))
    return float(curves.mixing[middle, which]) < MIXED


def _flashes(curves: Curves, hard: list[Transition]) -> list[Frame]:
    """First frame of each flash; the way into or out of a shot is none."""
    cuts = {t.start.index for t in hard}
    runs = _runs(curves.flash >= FLASH_AT)
    return [Frame(start) for start, end in runs if not cuts & set(range(start, end + 1))]
