"""The ruler for impacts and the subtitles of the real film measure what they say."""

from __future__ import annotations

import numpy as np
import pytest

from data_tools.benchmark.sound import read_subtitle_spans, strike_score
from data_tools.corpora.mixes import LabelledMix


def mix(impacts: list[float], unclear: list[float]) -> LabelledMix:
    silence, nobody = np.zeros(1600, np.float32), np.zeros(10, np.bool_)
    return LabelledMix(silence, silence, silence, nobody, nobody, np.array(impacts), np.array(unclear))


def test_a_strike_matches_once() -> None:
    score = strike_score(mix([1.01], []), [1.0, 1.02])
    assert (score.precision, score.recall) == (0.5, 1.0)


def test_strikes_that_fit_only_an_unclear_one_count_neither_way() -> None:
    score = strike_score(mix([1.0], [2.05]), [1.0, 2.0, 3.0])
    assert (score.precision, score.recall) == (0.5, 1.0)


def test_a_true_strike_beside_an_unclear_one_still_counts() -> None:
    assert strike_score(mix([1.0], [1.02]), [1.0]).f1 == 1


def test_the_mix_is_the_sum_of_its_stems_within_full_scale() -> None:
    loud = np.full(100, 0.7, np.float32)
    one = LabelledMix(loud, loud, -loud, np.zeros(1, np.bool_), np.zeros(1, np.bool_), np.zeros(0), np.zeros(0))
    assert one.sound == pytest.approx(0.7)
    assert LabelledMix(loud, loud, loud, one.speech, one.plays, one.impacts_s, one.unclear_s).sound.max() == 1


def test_subtitles_with_and_without_hours() -> None:
    text = "WEBVTT\n\n00:00:12.720 --> 00:00:15.120\nI'm in\n\n01:02.500 --> 01:03.000 align:left\nOut\n"
    assert read_subtitle_spans(text) == [(12.72, 15.12), (62.5, 63.0)]
