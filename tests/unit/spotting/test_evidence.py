"""Signals on one grid, the candidates for edges, and the scenes they lie in."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest

from model.media.reel import Clock
from model.observe.observations import Impact, Loudness, Observations
from model.spotting.candidates import CandidateMark, Candidates, find_candidates, first_after
from model.spotting.evidence import HOP_S, force_of, gather, smooth, talk_of
from model.spotting.features import candidate_features, step_features
from model.spotting.scenes import SceneWeights, break_worth, scene_spans
from model.spotting.talk import Talk

Teller = Callable[..., Observations]


def candidates_of(told: Observations) -> Candidates:
    talk = talk_of(told)
    scenes = [s for s, _ in scene_spans(told, gather(told, talk), talk, SceneWeights())]
    return find_candidates(told, scenes, talk)


def test_every_signal_has_one_value_per_half_second(told: Observations) -> None:
    signals = gather(told, talk_of(told))
    assert {len(c) for c in signals.curves().values()} == {240}
    assert all(np.isfinite(c).all() for c in signals.curves().values())
    assert signals.mean("arousal", 45, 65) == pytest.approx(0.9)
    assert signals.mean("speech", 13, 15) == pytest.approx(1.0, abs=0.01)
    assert signals.mean("title", 3, 6) == 1.0
    assert signals.mean("cut_rate", 50, 60) == pytest.approx(1 / 1.5, abs=0.1)
    assert signals.mean("face", 72, 80) == pytest.approx(0.4)
    assert signals.impact.argmax() * HOP_S == 40.0


def test_what_nobody_observed_is_not_a_number(teller: Teller) -> None:
    deaf = teller(dialogue=None, music=None, effects=None, loudness=None)
    signals = gather(deaf, talk_of(deaf))
    for name in ("speech", "music", "impact", "level_db"):
        assert np.isnan(signals.curves()[name]).all()
    assert np.isnan(signals.mean("speech", 0, 10))


def test_smoothing_keeps_the_mean_and_leaves_the_unknown_alone() -> None:
    values = np.random.default_rng(1).uniform(0, 1, 200)
    assert smooth(values, 5.0).mean() == pytest.approx(values.mean(), abs=0.02)
    assert smooth(values, 5.0).std() < values.std()
    assert np.isnan(smooth(np.full(5, np.nan), 5.0)).all()


@pytest.mark.parametrize(("above", "force"), [(-10.0, 0.0), (2.0, 0.4), (20.0, 0.8)])
def test_a_strike_that_is_not_loud_has_little_force(above: float, force: float) -> None:
    curve = np.full(100, -25.0 + above, np.float32)
    assert force_of(Impact(5.0, 0.8, 0.9), Loudness(curve, curve, -25.0, -1.0)) == pytest.approx(force)
    assert force_of(Impact(5.0, 0.8, 0.9), None) == 0.8


def test_candidates_are_exact_frames_in_order(told: Observations) -> None:
    found = candidates_of(told)
    assert (np.diff(found.frames) > 0).all()
    assert found.frames[0] == 0
    assert found.frames[-1] == told.reel.frames
    at = {int(f): k for k, f in enumerate(found.frames)}
    assert all(found.has(at[t.start.index], CandidateMark.CUT) for t in told.cuts.transitions)
    assert found.has(at[40 * 24], CandidateMark.IMPACT)
    assert found.has(at[40 * 24], CandidateMark.SCENE)
    assert found.has(at[48], CandidateMark.TITLE_START)
    assert found.has(at[first_after(told, 15.2)], CandidateMark.LINE_END)


@pytest.mark.parametrize("rate", [Fraction(24000, 1001), Fraction(25), Fraction(50)])
def test_a_line_has_just_ended_on_the_first_frame_after_it(teller: Teller, rate: Fraction) -> None:
    told = teller(rate)
    frame = first_after(told, 15.2)
    assert told.clock.seconds(frame) >= 15.2 - 1e-6
    assert told.clock.seconds(frame - 1) < 15.2


def test_variable_frame_times_are_the_truth(teller: Teller) -> None:
    told = teller()
    times = told.clock.times_s.copy()
    times[1000:] += 3.0
    stretched = teller(clock=Clock(times, told.clock.end_s + 3.0))
    signals = gather(stretched, talk_of(stretched))
    assert signals.steps == 246
    assert first_after(stretched, 60.0) == first_after(told, 57.0)


def test_scenes_break_where_looks_change_and_nowhere_else(told: Observations) -> None:
    talk = talk_of(told)
    spans = scene_spans(told, gather(told, talk), talk, SceneWeights())
    assert [s.start.index / 24 for s, _ in spans] == [0, 12, 40, 70, 84, 100]
    assert spans[-1][0].end.index == told.reel.frames
    assert all(0 <= confidence <= 1 for _, confidence in spans)


def test_dear_breaks_make_few_scenes_and_free_ones_many(told: Observations) -> None:
    talk = talk_of(told)
    signals = gather(told, talk)
    one = scene_spans(told, signals, talk, SceneWeights(break_cost=1e3))
    many = scene_spans(told, signals, talk, SceneWeights(break_cost=0.0, short=0.0))
    assert len(one) == 1
    assert len(many) > 6


def test_breaks_are_worth_more_in_a_pause(told: Observations) -> None:
    talk = talk_of(told)
    signals = gather(told, talk)
    quiet = break_worth(told, signals, talk, SceneWeights())
    loud = break_worth(told, signals, Talk.of([(0, 120)], 120.0), SceneWeights())
    assert quiet.shape == (len(told.shots),)
    assert quiet.sum() > loud.sum()
    assert quiet[0] == 0


def test_features_are_named_and_finite(told: Observations) -> None:
    talk = talk_of(told)
    signals = gather(told, talk)
    found = candidates_of(told)
    steps = step_features(signals, talk)
    edges = candidate_features(signals, talk, found, np.zeros(len(found.frames)))
    for features in (steps, edges):
        assert len(set(features.names)) == len(features.names) == features.values.shape[1]
        assert np.isfinite(features.values).all()
    column = dict(zip(edges.names, edges.values.T, strict=True))
    crash = int(np.searchsorted(found.frames, 40 * 24))
    assert column["arousal turn"][crash] == pytest.approx(0.7, abs=0.05)
    assert column["scene lasted"][crash] == pytest.approx(28.0)
    assert column["blow ahead"][crash] <= 0.25


def test_without_sound_only_sound_is_unknown(teller: Teller) -> None:
    deaf = teller(dialogue=None, music=None, effects=None, loudness=None)
    talk = talk_of(deaf)
    steps = step_features(gather(deaf, talk), talk)
    unknown = {n.split()[0] for n, c in zip(steps.names, steps.values.T, strict=True) if np.isnan(c).any()}
    assert unknown == {"speech", "level_db", "impact", "talk"}
