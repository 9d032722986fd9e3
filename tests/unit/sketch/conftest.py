"""Fixtures that make cues, fits, hits and sketches whose every value is known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import pytest

from data_tools.benchmark.practice_cues import language_of
from model.motifs.language import CuePalette, Language, PlannedStatement
from model.sketch.plan.mood import CueMood
from model.sketch.settings import SketchSettings
from model.sketch.sketch_types import Sketch
from model.sketch.write import sketch
from model.spotting.notes import Cue, DialogueLine, Hit, HitKind, InType, MustBe, OutType, Palette, Usage
from model.time import Beat, Frame, Span, Timebase
from model.timing.landing import Aim, Fit, Grade, Landing
from model.timing.tempo_map import Meter, Tempo, TempoMap

TIMEBASE = Timebase.from_label(Fraction(24))
RULES = SketchSettings(engine="rules", candidates=1)
CueMaker = Callable[..., Cue]
FitMaker = Callable[..., Fit]
Writer = Callable[..., Sketch]


@pytest.fixture(scope="session")
def language() -> Language:
    written = language_of(3)
    strings = ("violin_1", "violin_2", "viola", "cello", "contrabass", "flute", "horn", "timpani", "harp", "taiko")
    return replace(written, palette=CuePalette(strings))


@pytest.fixture(scope="session")
def make_cue() -> CueMaker:
    def make(start: int = 240, end: int = 240 + 24 * 30, **changes: object) -> Cue:
        plain = Cue(
            "cue-1", "1m1", "A cue", Span.of(start, end), Usage.SCORE, InType.ON_CUT, OutType.RING_OUT, 24, "", "", "",
            ("tense",), (), 2.5, (80.0, 100.0), Palette(("strings",)), 0.0, 0.8, (), (),
        )  # fmt: skip
        return replace(plain, **changes)  # type: ignore[arg-type]

    return make


@pytest.fixture(scope="session")
def make_fit() -> FitMaker:
    """Fit one tempo; ``hits`` maps beats to ids."""

    def make(cue: Cue, bpm: int = 96, beats: int = 4, hits: dict[str, Fraction] | None = None) -> Fit:
        start = TIMEBASE.seconds(cue.span.start)
        tempi, meters = (Tempo(Beat(Fraction(0)), Fraction(bpm)),), (Meter(0, beats, 4),)
        end = TempoMap(start, 1, tempi, meters).beat(TIMEBASE.seconds(cue.span.end))
        count = int(-(-end.quarters // meters[0].quarters))
        tempo_map = TempoMap(start, max(count, 1), tempi, meters)
        landings = tuple(
            Landing(Aim(name, TIMEBASE.nearest(tempo_map.seconds(Beat(at))), 3.0), Beat(at), "beat", 0.0, Grade.HIT)
            for name, at in (hits or {}).items()
        )
        return Fit(tempo_map, landings, 1.0, 0, 0.0, 0)

    return make


@pytest.fixture(scope="session")
def make_hit() -> Callable[[str, str], Hit]:
    def make(name: str, treatment: str) -> Hit:
        return Hit(name, Frame(0), HitKind.ACTION, 3.0, "", treatment=treatment, must_be=MustBe.BEAT)

    return make


@pytest.fixture(scope="session")
def write(make_cue: CueMaker, make_fit: FitMaker, language: Language) -> Writer:
    """Write a cue by rule, with whatever is changed about it."""

    def written(
        cue: Cue | None = None,
        fit: Fit | None = None,
        *,
        ledger: tuple[PlannedStatement, ...] = (),
        dialogue: tuple[DialogueLine, ...] = (),
        mood: CueMood | None = None,
        settings: SketchSettings = RULES,
        hits: tuple[Hit, ...] = (),
        palette: CuePalette | None = None,
    ) -> Sketch:
        a_cue = cue or make_cue()
        own = replace(language, ledger=ledger, palette=palette or language.palette)
        return sketch(a_cue, fit or make_fit(a_cue), own, TIMEBASE, dialogue, mood, settings, hits)

    return written


@pytest.fixture(scope="session")
def steady() -> Callable[[float, float, float], CueMood]:
    """Make a mood that stays where it is for two minutes."""

    def make(arousal: float, tension: float = 0.3, valence: float = 0.0) -> CueMood:
        return CueMood(10.0, (arousal,) * 240, (tension,) * 240, (valence,) * 240)

    return make
