"""Reels told by their observations alone: nothing is decoded, everything in them is known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from model.media.reel import Clock, ReelInfo
from model.observe.observations import (
    Affect,
    Colour,
    Cuts,
    Dialogue,
    Effects,
    Embeddings,
    Face,
    Faces,
    Feeling,
    Impact,
    Line,
    Loudness,
    Motion,
    Music,
    Observations,
    Person,
    Provenance,
    Title,
    Transition,
    TransitionKind,
)
from model.time import Frame, Span, Timebase

RATE = Fraction(24)
LENGTH_S = 120.0
Teller = Callable[..., Observations]


def cut(seconds: float, rate: Fraction = RATE) -> Transition:
    frame = Frame(round(seconds * rate))
    return Transition(TransitionKind.CUT, frame, frame, 1.0)


def feeling(values: np.ndarray, confidence: float = 0.8) -> Feeling:
    return Feeling(values.astype(np.float32), np.full(len(values), confidence, np.float32))


def steps(length_s: float, *spans: tuple[float, float, float], hop: float, base: float) -> np.ndarray:
    times = (np.arange(round(length_s / hop)) + 0.5) * hop
    curve = np.full(len(times), base, np.float32)
    for start, end, value in spans:
        curve[(times >= start) & (times < end)] = value
    return curve


def tell(rate: Fraction = RATE, length_s: float = LENGTH_S, **other: object) -> Observations:
    """Talk in a room, then a chase that starts with a crash and ends on one, then a face, a walk and end titles.

    0-12 title over a landscape; 12-40 talk (scene 2); 40-70 chase (3); 70-84 a silent face (4); 84-100 talk (5);
    100-120 landscape with the end title (6).
    """
    frames = round(length_s * rate)
    scenes = (12.0, 40.0, 70.0, 84.0, 100.0)
    cuts = tuple(
        cut(t, rate) for t in sorted({*scenes, 6.0, 20.0, 28.0, *np.arange(41.5, 70, 1.5).tolist(), 92.0, 110.0})
    )
    looks = np.eye(6, 16, dtype=np.float32)
    clock = Clock.from_constant_rate(frames, rate)
    shots = Cuts(cuts).shots(frames)
    look = np.stack([looks[int(np.searchsorted(scenes, clock.seconds(s.start) + 0.01))] for s in shots])
    lines = [(13.0 + 3 * k, 15.2 + 3 * k) for k in range(9)] + [(85.0 + 3 * k, 87.4 + 3 * k) for k in range(4)]
    arousal = feeling(steps(length_s, (40, 70, 0.9), (70, 84, 0.4), (12, 40, 0.2), hop=0.5, base=0.3))
    tension = feeling(steps(length_s, (40, 70, 0.8), hop=0.5, base=0.2), 0.4)
    move = steps(length_s, (40, 70, 0.2), hop=float(1 / rate), base=0.01)[:frames]
    level = steps(length_s, (40, 70, -14.0), hop=0.1, base=-30.0)
    looked = tuple(Frame(f) for f in range(0, frames, 12))
    faces = tuple(
        Face(f, (0.3, 0.2, 0.3, 0.4), 0.9, int(clock.seconds(f) // 3 % 2))
        for f in looked
        if 12 <= clock.seconds(f) < 40 or 70 <= clock.seconds(f) < 100
    )
    shown = ((2, 7, "THE LINE"), (104, 116, ""))
    titles = tuple(Title(Span.of(round(a * rate), round(b * rate)), 0.9, 0.1, text) for a, b, text in shown)
    told = Observations(
        reel=ReelInfo("told.mov", "ab" * 32, Timebase.from_label(rate, "01:00:00:00"), frames, 640, 360, "mov", "h264"),
        clock=clock,
        cuts=Cuts(cuts),
        motion=Motion(move, move * 0.7),
        colour=Colour(np.full(frames, 0.4, np.float32), np.full(frames, 0.3, np.float32), np.zeros(frames, np.float32)),
        faces=Faces(faces, (Person("person A", 40, Frame(300)), Person("person B", 30, Frame(400))), looked),
        titles=titles,
        embeddings=Embeddings(look, "told"),
        affect=Affect(arousal, feeling(np.zeros(len(arousal.value)), 0.2), tension),
        thumbnails=(),
        dialogue=Dialogue(
            tuple(Line(a, b, 0.9, "voice A" if k % 2 else "voice B") for k, (a, b) in enumerate(lines)),
            steps(length_s, *((a, b, 1.0) for a, b in lines), hop=0.1, base=0.0),
        ),
        music=Music((), steps(length_s, hop=0.1, base=0.0)),
        effects=Effects((Impact(40.0, 1.0, 0.9, "crash"), Impact(68.5, 0.9, 0.9, "crash"))),
        loudness=Loudness(level, level, -20.0, -1.0),
        provenance=Provenance("test"),
    )
    return replace(told, **other)  # type: ignore[arg-type]


@pytest.fixture
def teller() -> Teller:
    """Tell the reel, with other findings where they are given."""
    return tell


@pytest.fixture(scope="session")
def told() -> Observations:
    """The reel as it is."""
    return tell()
