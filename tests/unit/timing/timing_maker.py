"""Cues, hits and random maps for the timing tests."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import strategies as st

from model.spotting.notes import Cue, Hit, HitKind, InType, MustBe, OutType, Palette, Usage
from model.time import Beat, Frame, Span, Timebase
from model.timing.landing import Aim
from model.timing.tempo_map import Meter, Tempo, TempoMap

FILM = Timebase(Fraction(24))
NTSC = Timebase(Fraction(24000, 1001))


def cue(start: int = 0, end: int = 720, **changes: object) -> Cue:
    given: dict[str, object] = {
        "id": "c1",
        "number": "1m1",
        "title": "The Chase",
        "span": Span.of(start, end),
        "usage": Usage.SCORE,
        "in_type": InType.ON_CUT,
        "out_type": OutType.RING_OUT,
        "tail": 24,
        "instruction": "Drive.",
        "scene": "They run.",
        "function": "tension",
        "tone": (),
        "not_tone": (),
        "intensity": 3.0,
        "tempo_bpm": (80.0, 110.0),
        "palette": Palette(("strings",)),
        "dialogue_density": 0.0,
        "confidence": 0.8,
        "why": (),
        "alternatives": (),
    }
    return Cue(**(given | changes))  # type: ignore[arg-type]


def hit(frame: int, weight: float = 2.0, must_be: MustBe = MustBe.BEAT, **changes: object) -> Hit:
    given: dict[str, object] = {"early": 1, "late": 2} | changes
    return Hit(f"h{frame}", Frame(frame), HitKind.CUT, weight, f"hit at {frame}", must_be=must_be, **given)  # type: ignore[arg-type]


def aim(frame: int, weight: float = 2.0, must_be: str = "beat", **changes: object) -> Aim:
    return Aim(f"a{frame}", Frame(frame), weight, must_be=must_be, **changes)  # type: ignore[arg-type]


METERS = st.sampled_from([(4, 4), (3, 4), (5, 4), (2, 4), (6, 8), (7, 8), (12, 8), (3, 2), (1, 4)])


@st.composite
def tempo_maps(draw: st.DrawFn) -> TempoMap:
    """Draw any valid map: tempi on any eighths, meters on any bars, any exact start."""
    beats = sorted(draw(st.sets(st.integers(1, 200), max_size=6)))
    bpm = st.integers(40, 480).map(lambda n: Fraction(n, 2))
    tempi = [Tempo(Beat(Fraction(0)), draw(bpm)), *(Tempo(Beat(Fraction(b, 2)), draw(bpm)) for b in beats)]
    bars = sorted(draw(st.sets(st.integers(1, 40), max_size=5)))
    meters = [Meter(0, *draw(METERS)), *(Meter(b, *draw(METERS)) for b in bars)]
    start = Fraction(draw(st.integers(0, 100_000)), draw(st.sampled_from([24, 1000, 24000])))
    return TempoMap(start, draw(st.integers(1, 60)), tuple(tempi), tuple(meters))
