"""Candidates: the frames where music may come in or go out, and what makes each of them a place to do so.

Cuts, scene edges, the ends and starts of lines, fades, impacts, titles, and a coarse grid so that music can also
ease in nowhere in particular. Frames are exact: a cue that enters on a cut enters on its first new frame.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from model.observe.observations import Observations, TransitionKind
from model.spotting.talk import Talk
from model.time import Span

GRID_S = 2.0
STRONG_IMPACT = 0.3  # strength, 0-1, from which a sudden sound may start or end a cue
BREATH_S = 0.35
"""Between a line and music that answers it."""


class CandidateMark(IntEnum):
    """What lies at a candidate; the value is its column in :attr:`Candidates.marks`."""

    EDGE = 0
    CUT = 1
    SCENE = 2
    FADE_IN = 3
    FADE_OUT = 4
    DISSOLVE = 5
    LINE_END = 6
    LINE_START = 7
    IMPACT = 8
    TITLE_START = 9
    TITLE_END = 10
    MUSIC_START = 11
    MUSIC_END = 12


_RANK = (
    CandidateMark.EDGE,
    CandidateMark.SCENE,
    CandidateMark.CUT,
    CandidateMark.IMPACT,
    CandidateMark.FADE_IN,
    CandidateMark.FADE_OUT,
    CandidateMark.LINE_END,
    CandidateMark.LINE_START,
    CandidateMark.TITLE_START,
    CandidateMark.TITLE_END,
    CandidateMark.DISSOLVE,
    CandidateMark.MUSIC_START,
    CandidateMark.MUSIC_END,
)
"""Whose frame is kept when several fall together: the one an editor would point at."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Where cues may begin and end: ``frames`` int64 [n] in order, ``times_s`` float64 [n], ``marks`` bool [n, 13]."""

    frames: npt.NDArray[np.int64]
    times_s: npt.NDArray[np.float64]
    marks: npt.NDArray[np.bool_]

    def has(self, index: int, mark: CandidateMark) -> bool:
        """Whether candidate ``index`` carries ``mark``."""
        return bool(self.marks[index, mark])


def find_candidates(observations: Observations, scenes: list[Span], talk: Talk) -> Candidates:
    """List the candidates of a reel; those within a tenth of a second share one frame and all their marks."""
    frames = observations.reel.frames
    found: list[tuple[int, CandidateMark | None]] = [(0, CandidateMark.EDGE), (frames, CandidateMark.EDGE)]
    found += [(scene.start.index, CandidateMark.SCENE) for scene in scenes if scene.start.index]
    found += _visible_marks(observations)
    found += _audible_marks(observations, talk)
    found += _grid(observations)
    apart = max(1, round(float(observations.reel.timebase.rate) * 0.1))
    kept = _merge([(min(max(f, 0), frames), mark) for f, mark in found], apart)
    clock = observations.clock
    index = np.array([f for f, _ in kept], dtype=np.int64)
    marks = np.zeros((len(kept), len(CandidateMark)), dtype=np.bool_)
    for row, (_, carried) in enumerate(kept):
        marks[row, [int(m) for m in carried]] = True
    return Candidates(index, np.array([clock.seconds(int(f)) for f in index]), marks)


def _visible_marks(observations: Observations) -> list[tuple[int, CandidateMark | None]]:
    found: list[tuple[int, CandidateMark | None]] = []
    for transition in observations.cuts.transitions:
        start, end = transition.start.index, transition.end.index
        match transition.kind:
            case TransitionKind.CUT:
                found.append((start, CandidateMark.CUT))
            case TransitionKind.FADE_IN:
                found += [(start, CandidateMark.FADE_IN), (end, None)]
            case TransitionKind.FADE_OUT:
                found += [(start, None), (end, CandidateMark.FADE_OUT)]
            case TransitionKind.DISSOLVE | TransitionKind.WIPE:
                found += [(start, None), ((start + end) // 2, CandidateMark.DISSOLVE), (end, None)]
    for title in observations.titles:
        found += [(title.span.start.index, CandidateMark.TITLE_START), (title.span.end.index, CandidateMark.TITLE_END)]
    return found


def _audible_marks(observations: Observations, talk: Talk) -> list[tuple[int, CandidateMark | None]]:
    clock = observations.clock
    found: list[tuple[int, CandidateMark | None]] = []
    for start, end in zip(talk.starts_s, talk.ends_s, strict=True):
        found += [
            (clock.frame(float(start)).index, CandidateMark.LINE_START),
            (first_after(observations, float(end)), CandidateMark.LINE_END),
        ]
    if observations.effects:
        strong = (i for i in observations.effects.impacts if i.strength >= STRONG_IMPACT)
        found += [(clock.frame(i.time_s).index, CandidateMark.IMPACT) for i in strong]
    if observations.music:
        for stretch in observations.music.stretches:
            found.append((clock.frame(stretch.start_s).index, CandidateMark.MUSIC_START))
            found.append((first_after(observations, stretch.end_s), CandidateMark.MUSIC_END))
    return found


def first_after(observations: Observations, seconds: float) -> int:
    """First frame that begins at or after a time: the frame on which something has just ended."""
    clock = observations.clock
    index = int(np.searchsorted(clock.times_s, seconds - 1e-6, side="left"))
    return min(index, observations.reel.frames)


def _grid(observations: Observations) -> list[tuple[int, CandidateMark | None]]:
    clock = observations.clock
    return [(clock.frame(float(t)).index, None) for t in np.arange(GRID_S, clock.end_s, GRID_S)]


def _merge(found: list[tuple[int, CandidateMark | None]], apart: int) -> list[tuple[int, set[CandidateMark]]]:
    """Keep one frame per neighbourhood, the most telling one; unmarked frames yield to marked ones nearby."""
    order = {mark: rank for rank, mark in enumerate(_RANK)}
    ranked = sorted(found, key=lambda item: (len(order) if item[1] is None else order[item[1]], item[0]))
    kept: dict[int, set[CandidateMark]] = {}
    for frame, mark in ranked:
        near = [f for f in range(frame - apart, frame + apart + 1) if f in kept]
        home = min(near, key=lambda f: (abs(f - frame), f), default=frame)
        carried = kept.setdefault(home, set())
        if mark is not None:
            carried.add(mark)
    return [(frame, kept[frame]) for frame in sorted(kept)]
