from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.motifs.language import STEPS
from model.motifs.mood import MoodPoint, mood_of_words
from model.observe.observations import Affect, Feeling
from model.sketch.plan.mood import CueMood, move_mood, observed_mood, written_mood
from model.sketch.plan.sections import mode_for
from model.spotting.notes import Change
from model.spotting.vocabulary import VOCABULARY
from model.time import Frame
from tests.unit.sketch.conftest import TIMEBASE, CueMaker


def _feeling(value: float, confidence: float, count: int = 400) -> Feeling:
    return Feeling(np.full(count, value, np.float32), np.full(count, confidence, np.float32))


def test_the_mean_of_a_stretch_averages_what_lies_inside_and_holds_the_edges() -> None:
    mood = CueMood(10.0, (0.0, 0.2, 0.4, 0.6), (0.5,) * 4, (0.0,) * 4)
    assert mood.mean_between(10.5, 11.5).arousal == pytest.approx(0.3)
    assert mood.mean_between(0.0, 5.0).arousal == 0.0
    assert mood.mean_between(50.0, 60.0).arousal == pytest.approx(0.6)


def test_the_observed_mood_follows_sure_curves_and_follows_the_words_where_unsure(make_cue: CueMaker) -> None:
    cue = make_cue(tone=("tender",))
    sure = observed_mood(Affect(_feeling(0.9, 1.0), _feeling(-0.8, 1.0), _feeling(0.7, 1.0)), cue, TIMEBASE)
    assert sure.mean.arousal == pytest.approx(0.9, abs=0.01)
    assert sure.mean.valence == pytest.approx(-0.8, abs=0.01)
    unsure = observed_mood(Affect(_feeling(0.9, 0.0), _feeling(-0.8, 0.0), _feeling(0.7, 0.0)), cue, TIMEBASE)
    assert unsure.mean.valence == pytest.approx(0.5, abs=0.01)
    assert unsure.mean.arousal > 0.6, "arousal is trusted even where its confidence is low"
    assert unsure.mean.tension < 0.25


def test_what_was_not_observed_comes_from_the_words(make_cue: CueMaker) -> None:
    cue = make_cue(tone=("violent",), intensity=5.0)
    gap = observed_mood(Affect(_feeling(float("nan"), 1.0), _feeling(0, 0), _feeling(0, 0)), cue, TIMEBASE)
    assert gap.arousal == written_mood(cue, TIMEBASE).arousal


def test_the_written_mood_takes_level_from_intensity_and_turns_at_changes(make_cue: CueMaker) -> None:
    calm = written_mood(make_cue(tone=("still",), intensity=0.5), TIMEBASE)
    wild = written_mood(make_cue(tone=("violent",), intensity=5.0), TIMEBASE)
    assert calm.mean.arousal < 0.2
    assert wild.mean.arousal > 0.8
    turned = written_mood(make_cue(changes=(Change(Frame(240 + 24 * 15), "lift: urgent from here"),)), TIMEBASE)
    flat = written_mood(make_cue(), TIMEBASE)
    rise = np.array(turned.arousal) - np.array(flat.arousal)
    assert np.allclose(rise[:29], 0.0)
    assert (rise[31:] > 0.1).all()


def test_other_tone_words_move_the_level_and_keep_the_shape(make_cue: CueMaker) -> None:
    mood = written_mood(make_cue(tone=("tense",)), TIMEBASE)
    moved = move_mood(mood, ("gentle",))
    assert moved.mean.valence == pytest.approx(0.25, abs=0.02)
    assert np.argmax(moved.arousal) == np.argmax(mood.arousal)
    assert move_mood(mood, ("no such word",)) == mood


def test_the_first_tone_word_weighs_most() -> None:
    first, second = mood_of_words(("violent", "still")), mood_of_words(("still", "violent"))
    assert first is not None
    assert second is not None
    assert first.arousal > second.arousal
    assert mood_of_words(("unheard of",)) is None


def test_dark_words_get_dark_scales() -> None:
    modes = {t.word: mode_for(MoodPoint(t.arousal, t.tension, t.valence)) for t in VOCABULARY}
    assert modes["tender"] == "lydian"
    assert modes["somber"] == "minor"
    assert modes["dangerous"] == "phrygian"
    assert modes["upbeat"] == "major"


@given(st.floats(0, 1), st.floats(0, 1), st.floats(-1, 1))
def test_every_feeling_has_a_scale(arousal: float, tension: float, valence: float) -> None:
    assert mode_for(MoodPoint(arousal, tension, valence)) in STEPS
