from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.media.reel import Clock, ReelInfo
from model.observe.affect.detector import (
    AROUSAL,
    TENSION,
    VALENCE,
    AffectDetector,
    FeelingRecipe,
    compute_feeling,
    explain,
)
from model.observe.affect.signals import Grid, before, cutting, measure_impacts, scale_range, signals, smooth
from model.observe.detector import Context, Findings
from model.observe.observations import (
    Affect,
    Colour,
    Cuts,
    Dialogue,
    Effects,
    Faces,
    Feeling,
    Impact,
    Loudness,
    Motion,
    Transition,
    TransitionKind,
)
from model.time import Frame, Timebase

RATE = 24
CALM_S, WILD_S = 30, 30


def reel(seconds: int) -> ReelInfo:
    return ReelInfo("x", "", Timebase(Fraction(RATE)), RATE * seconds, 640, 360, "mp4", "h264")


def frames(calm: float, wild: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """A per-frame curve: calm, wild, calm."""
    parts = [np.full(CALM_S * RATE, calm), np.full(WILD_S * RATE, wild), np.full(CALM_S * RATE, calm)]
    return np.concatenate(parts).astype(np.float32)


def hops(calm: float, wild: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """The same every tenth of a second."""
    parts = [np.full(CALM_S * 10, calm), np.full(WILD_S * 10, wild), np.full(CALM_S * 10, calm)]
    return np.concatenate(parts).astype(np.float32)


def story(*, sound: bool = True) -> dict[str, object]:
    """A quiet talk, a fight in the dark cut fast and loud, and quiet again."""
    total = 2 * CALM_S + WILD_S
    edges = [*range(6, CALM_S, 6), *np.arange(CALM_S, CALM_S + WILD_S, 0.75), *range(CALM_S + WILD_S, total, 6)]
    cuts = tuple(Transition(TransitionKind.CUT, Frame(int(e * RATE)), Frame(int(e * RATE)), 1.0) for e in edges)
    found: dict[str, object] = {
        "clock": Clock.from_constant_rate(total * RATE, Fraction(RATE)),
        "cuts": Cuts(cuts),
        "motion": Motion(frames(0.004, 0.05), frames(0.002, 0.03)),
        "colour": Colour(frames(0.5, 0.1), frames(0.4, 0.3), frames(0.2, -0.2)),
        "faces": Faces((), (), ()),
    }
    if sound:
        found["loudness"] = Loudness(hops(-30, -14), hops(-30, -14), -20.0, -1.0)
        found["effects"] = Effects(tuple(Impact(CALM_S + 2.0 * k, 0.9, 0.9) for k in range(15)))
        found["dialogue"] = Dialogue((), hops(0.8, 0.0))
    return found


def observe(found: dict[str, object]) -> Affect:
    return AffectDetector(Context(reel(90))).finish(Findings(found))


@pytest.mark.parametrize("sound", [True, False])
def test_a_fight_between_two_talks_is_aroused_and_tense_and_not_happy(sound: bool) -> None:
    affect = observe(story(sound=sound))
    assert len(affect.arousal.value) == 180
    talk, fight = slice(10, 50), slice(70, 110)
    assert affect.arousal.value[fight].mean() > affect.arousal.value[talk].mean() + 0.3
    assert affect.tension.value[fight].mean() > affect.tension.value[talk].mean() + 0.2
    assert affect.valence.value[fight].mean() < affect.valence.value[talk].mean()


def test_reasons_add_up_to_the_value() -> None:
    affect = observe(story())
    for feeling, recipe in ((affect.arousal, AROUSAL), (affect.valence, VALENCE), (affect.tension, TENSION)):
        total = recipe.neutral + np.sum(list(feeling.because.values()), axis=0)
        np.testing.assert_allclose(feeling.value, np.clip(total, *recipe.range), atol=1e-5)
        assert all(curve.shape == feeling.value.shape for curve in feeling.because.values())


def test_arousal_is_trusted_most_and_less_without_sound() -> None:
    heard, unheard = observe(story()), observe(story(sound=False))
    assert heard.arousal.confidence.mean() > 2 * heard.valence.confidence.mean()
    assert heard.arousal.confidence.mean() > 1.5 * heard.tension.confidence.mean()
    assert unheard.arousal.confidence.mean() < heard.arousal.confidence.mean()
    assert not {"loudness", "impacts", "bass"} & set(unheard.arousal.because)


def test_trust_falls_where_picture_and_sound_disagree() -> None:
    found = story()
    agree = observe(found)
    found["loudness"] = Loudness(hops(-14, -40), hops(-14, -40), -20.0, -1.0)
    found["effects"] = Effects(())
    apart = observe(found)
    assert apart.arousal.confidence[70:110].mean() < agree.arousal.confidence[70:110].mean() - 0.05


def test_nothing_observed_feels_neutral_and_is_not_trusted() -> None:
    affect = observe({"clock": Clock.from_constant_rate(48, Fraction(24))})
    assert affect.arousal.value.tolist() == pytest.approx([AROUSAL.neutral] * 4)
    assert affect.arousal.confidence.max() == 0
    assert affect.arousal.because == {}
    assert explain(affect.arousal, 1.0) == ""


def test_talk_is_louder_than_it_is_exciting() -> None:
    found = story()
    found["loudness"] = Loudness(hops(-20, -20), hops(-20, -20), -20.0, -1.0)
    loud = signals(Findings(found), found["clock"])["loudness"]  # type: ignore[arg-type]
    assert loud[20] < loud[90] - 0.2


def test_explaining_names_what_moves_it() -> None:
    affect = observe(story())
    up = explain(affect.arousal, CALM_S + WILD_S / 2)
    assert "cutting rate" in up
    assert " up" in up
    assert "loud" in up
    down = explain(affect.arousal, CALM_S / 2)
    assert "down" in down
    assert "dark" in explain(affect.tension, CALM_S + WILD_S / 2)
    assert "bright" in explain(affect.tension, CALM_S / 2)


def test_explaining_orders_by_strength_and_joins_words() -> None:
    curve = np.ones(4, np.float32)
    because = {"loudness": 0.1 * curve, "motion": 0.2 * curve, "cutting": 0.3 * curve, "bass": 0.01 * curve}
    assert explain(Feeling(curve, curve, because), 0.7) == "cutting rate and motion up, loud"
    assert explain(Feeling(curve, curve, {"action": -0.3 * curve, "quiet": 0.1 * curve}), 99) == "action down, quiet"


def test_a_recipe_without_a_signal_leans_on_the_rest() -> None:
    recipe = FeelingRecipe(0.5, {"a": 0.4, "b": 0.4, "c": 0.1}, {"a": 0.0, "b": 0.0, "c": 0.0}, 0.8)
    less = recipe.drop_signals(frozenset({"b"}))
    assert set(less.weights) == {"a", "c"}
    assert less.weights["a"] == pytest.approx(0.6)
    assert less.trust < 0.8
    assert recipe.drop_signals(frozenset({"a", "b", "c"})).trust == 0


@given(st.lists(st.floats(0, 1, width=32), min_size=1, max_size=60), st.floats(0, 1))
def test_values_and_confidence_stay_in_range(levels: list[float], usual: float) -> None:
    curve = np.array(levels, np.float32)
    recipe = FeelingRecipe(0.4, {"motion": 0.9, "loudness": 0.9}, {"motion": usual, "loudness": usual}, 0.8)
    feeling = compute_feeling(recipe, {"motion": curve, "loudness": 1 - curve}, len(curve))
    assert ((feeling.value >= 0) & (feeling.value <= 1)).all()
    assert ((feeling.confidence >= 0) & (feeling.confidence <= 0.8 + 1e-6)).all()


@given(st.lists(st.floats(0, 1, width=32), min_size=1, max_size=80))
def test_smoothing_keeps_the_range_and_a_constant(levels: list[float]) -> None:
    curve = np.array(levels, np.float32)
    soft = smooth(curve)
    assert soft.shape == curve.shape
    assert soft.min() >= curve.min() - 1e-5
    assert soft.max() <= curve.max() + 1e-5
    np.testing.assert_allclose(smooth(np.full(9, 0.3, np.float32)), 0.3, atol=1e-6)


def test_the_grid_is_the_reel_s_own_clock() -> None:
    times = np.array([0.0, 0.1, 0.2, 1.0, 1.1, 2.6])
    grid = Grid(Clock(times, 3.0))
    assert grid.n == 6
    values = grid.of_frames(np.arange(6, dtype=np.float32))
    assert values[0] == pytest.approx(1.0)
    assert values[2] == pytest.approx(3.5)
    assert values[5] == pytest.approx(5.0)


def test_cutting_is_half_for_a_two_second_shot() -> None:
    clock = Clock.from_constant_rate(96, Fraction(24))
    cuts = Cuts((Transition(TransitionKind.CUT, Frame(48), Frame(48), 1.0),))
    np.testing.assert_allclose(cutting(cuts, Grid(clock)), 0.5, atol=1e-6)


def test_impacts_count_where_they_happen_and_never_outside() -> None:
    grid = Grid(Clock.from_constant_rate(48, Fraction(24)))
    curve = measure_impacts([Impact(1.02, 1.0, 1.0), Impact(99.0, 0.5, 1.0)], grid)
    assert curve[2] == pytest.approx(1 - np.exp(-1))
    assert curve[3] > 0
    assert curve[0] == 0


def test_before_is_the_mean_of_the_past() -> None:
    curve = np.concatenate([np.zeros(20), np.ones(20)]).astype(np.float32)
    past = before(curve)
    assert past[20] == 0
    assert past[39] == pytest.approx(19 / 20)
    assert scale_range(np.array([-1.0, 0.5, 3.0]), 0, 1).tolist() == [0, 0.5, 1]
