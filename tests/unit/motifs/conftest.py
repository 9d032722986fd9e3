"""Spotting notes of a film of two minutes, made cue by cue, and the few observations that devising reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np
import pytest

from model.media.reel import Clock, ReelInfo
from model.observe.observations import (
    Affect,
    Colour,
    Cuts,
    Embeddings,
    Face,
    Faces,
    Feeling,
    Motion,
    Observations,
    Person,
    Provenance,
    Transition,
    TransitionKind,
)
from model.spotting.notes import Change, Cue, DialogueLine, InType, OutType, Palette, Scene, SpottingNotes, Usage
from model.spotting.settings import SpotSettings
from model.time import Frame, Span, Timebase

RATE = 24
LENGTH_S = 120
MakeCue = Callable[..., Cue]
MakeNotes = Callable[..., SpottingNotes]
MakeObservations = Callable[..., Observations]


def at(seconds: float) -> int:
    return round(seconds * RATE)


def span(start: float, end: float) -> Span:
    return Span.of(at(start), at(end))


@pytest.fixture(scope="session")
def make_cue() -> MakeCue:
    def make(
        number: str = "1m1",
        start: float = 0.0,
        end: float = 30.0,
        tone: tuple[str, ...] = ("mysterious", "sneaky"),
        families: tuple[str, ...] = ("strings", "woodwinds"),
        featured: str = "",
        *,
        intensity: float = 2.5,
        usage: Usage = Usage.SCORE,
        out: OutType = OutType.RING_OUT,
        talk: float = 0.1,
        changes: Sequence[tuple[float, str]] = (),
        characters: tuple[str, ...] = (),
    ) -> Cue:
        return Cue(
            f"cue-{number}", number, f"Cue {number}", span(start, end), usage, InType.ON_CUT, out, 48, "Play.", "",
            "carry the scene", tone, (), intensity, (88.0, 100.0), Palette(families, featured), talk, 0.7, (), (),
            tuple(Change(Frame(at(s)), text) for s, text in changes), "", characters,
        )  # fmt: skip

    return make


@pytest.fixture(scope="session")
def make_notes() -> MakeNotes:
    def make(
        *cues: Cue,
        people: Sequence[tuple[float, float, tuple[str, ...]]] = (),
        lines: Sequence[tuple[float, float, str]] = (),
        length_s: float = LENGTH_S,
    ) -> SpottingNotes:
        reel = ReelInfo(
            "film.mp4", "0" * 64, Timebase.from_label(Fraction(RATE)), at(length_s), 640, 360, "mp4", "h264"
        )
        scenes = tuple(Scene(k + 1, span(a, b), "", who) for k, (a, b, who) in enumerate(people))
        dialogue = tuple(DialogueLine(span(a, b), 0.9, who) for a, b, who in lines)
        return SpottingNotes(reel, SpotSettings(), scenes, cues, (), (), dialogue)

    return make


@pytest.fixture(scope="session")
def make_observations() -> MakeObservations:
    def make(
        faces: dict[str, Sequence[float]],
        shots_s: Sequence[float] = (),
        looks: Sequence[Sequence[float]] = (),
        length_s: float = LENGTH_S,
    ) -> Observations:
        frames = at(length_s)
        reel = ReelInfo("film.mp4", "0" * 64, Timebase.from_label(Fraction(RATE)), frames, 640, 360, "mp4", "h264")
        curve = np.zeros(frames, np.float32)
        felt = Feeling(np.full(240, 0.5, np.float32), np.ones(240, np.float32))
        cuts = [Transition(TransitionKind.CUT, Frame(at(s)), Frame(at(s)), 1.0) for s in shots_s]
        seen = [
            Face(Frame(at(s)), (0.4, 0.2, 0.2, 0.3), 0.9, number)
            for number, times in enumerate(faces.values())
            for s in times
        ]
        vectors = np.array(looks, np.float32) if looks else np.zeros((0, 4), np.float32)
        return Observations(
            reel, Clock.from_constant_rate(frames, Fraction(RATE)), Cuts(tuple(cuts)),
            Motion(curve, curve), Colour(curve, curve, curve),
            Faces(tuple(seen), tuple(Person(n, len(t), Frame(at(t[0]))) for n, t in faces.items()), ()),
            (), Embeddings(vectors), Affect(felt, felt, felt), (), None, None, None, None, Provenance("test"),
        )  # fmt: skip

    return make
