"""Lines are where somebody speaks, with the voice that speaks them where it can be told."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.errors import SubtitlesInvalid
from model.media.reel import AudioTrack, Clock, ReelInfo, SoundBlock
from model.observe.detector import Context, Findings
from model.observe.observations import Dialogue
from model.observe.settings import ObserveSettings
from model.observe.sound.detector import SoundActivity, SoundDetector
from model.observe.sound.dialogue import DialogueDetector
from model.observe.sound.mel import power_of
from model.observe.sound.pitch import pitches
from model.observe.sound.spans import (
    close_gaps,
    drop_short,
    find_hysteresis_spans,
    find_runs,
    make_mask,
    pool_curve,
    smooth_curve,
)
from model.observe.sound.speakers import letter_voices, split_heights
from model.time import Timebase

RATE = 16_000
INFO = ReelInfo("reel", "", Timebase(Fraction(24)), 0, 1, 1, "mov", "", audio=(AudioTrack(0, "", 2, 48_000),))
Floats = npt.NDArray[np.float32]


def activity(speech: Floats, pitch: npt.NDArray[np.float16] | None = None) -> SoundActivity:
    n = len(speech)
    zero, levels = np.zeros(n, np.float32), np.full((n, 8), -60, np.int8)
    return SoundActivity(
        speech, zero, zero, zero, levels, levels, np.zeros(n // 2, np.float16) if pitch is None else pitch
    )


def curve(*parts: tuple[float, float]) -> Floats:
    return np.concatenate([np.full(round(seconds * 100), value, np.float32) for seconds, value in parts])


def found_in(sounds: SoundActivity) -> Dialogue:
    dialogue = DialogueDetector(Context(INFO)).finish(Findings({"sound": sounds}))
    assert dialogue is not None
    return dialogue


def test_a_pause_splits_lines_and_a_breath_does_not() -> None:
    dialogue = found_in(activity(curve((1, 0), (1, 0.9), (0.15, 0.1), (1, 0.9), (0.6, 0.1), (1, 0.95), (1, 0))))
    spans = [(line.start_s, line.end_s) for line in dialogue.lines]
    assert np.array(spans) == pytest.approx(np.array([(1.0, 3.15), (3.75, 4.75)]), abs=0.05)
    assert dialogue.lines[1].confidence > dialogue.lines[0].confidence > 0.8
    assert dialogue.source == "sound"


def test_blips_and_doubts_are_no_lines() -> None:
    assert found_in(activity(curve((1, 0), (0.06, 0.9), (1, 0), (2, 0.45), (1, 0)))).lines == ()


def test_the_activity_has_a_value_every_tenth() -> None:
    dialogue = found_in(activity(curve((0.5, 0.0), (0.5, 0.8))))
    assert dialogue.hop_s == 0.1
    assert dialogue.activity == pytest.approx([0] * 5 + [0.8] * 5)


def test_nobody_listened() -> None:
    assert DialogueDetector(Context(INFO)).finish(Findings({})) is None


def voices(*heights_hz: float) -> list[str]:
    rng = np.random.default_rng(0)
    lines = np.array([[200 * i, 200 * i + 120] for i in range(len(heights_hz))])
    pitch = np.zeros(100 * len(heights_hz), np.float16)
    for (start, _), hertz in zip(lines, heights_hz, strict=True):
        pitch[start // 2 : start // 2 + 60] = hertz * 2 ** rng.normal(0, 0.1, 60)
    return letter_voices(lines, pitch)


def test_voices_far_apart_are_lettered_as_they_first_speak() -> None:
    assert voices(210, 105, 200, 220, 110, 100, 215) == [f"voice {c}" for c in "ABAABBA"]


def test_voices_that_lie_together_are_not_told_apart() -> None:
    assert voices(110, 118, 105, 125, 112, 120) == [""] * 6


def test_a_line_without_a_clear_voice_has_no_name() -> None:
    named = voices(210, 105, 0, 200, 100)
    assert named[2] == ""
    assert named[0] == named[3] != named[1] == named[4]


@given(st.lists(st.floats(6, 8.6), max_size=30))
def test_borders_of_voices_lie_between_the_lines(heights: list[float]) -> None:
    borders = split_heights(np.array(heights))
    assert len(borders) <= 2
    assert all(min(heights) < b < max(heights) for b in borders)


@pytest.mark.parametrize("hertz", [85, 120, 190, 260, 340])
def test_pitch_of_a_buzz(hertz: int) -> None:
    t = np.arange(RATE) / RATE
    buzz = sum(np.sin(2 * np.pi * hertz * k * t) / k for k in range(1, 15)) * 0.1
    assert float(np.median(pitches(power_of(buzz.astype(np.float32))))) == pytest.approx(hertz, rel=0.02)


def test_noise_has_no_pitch() -> None:
    noise = np.random.default_rng(0).standard_normal(RATE).astype(np.float32) * 0.1
    assert np.mean(pitches(power_of(noise)) > 0) < 0.05


def test_a_dialogue_track_is_heard_instead_of_the_mix() -> None:
    detector = SoundDetector(Context(INFO))
    rng = np.random.default_rng(2)
    mix = rng.standard_normal(4 * RATE).astype(np.float32) * 0.1
    for at in range(0, len(mix), RATE):
        silence = np.zeros(RATE, np.float32)
        detector.process_sound(
            SoundBlock(3 * at, np.zeros((0, 2), np.float32), mix[at : at + RATE], {"dialogue": silence})
        )
    dialogue = found_in(detector.finish(Findings({})))
    assert dialogue.source == "dialogue track"
    assert dialogue.lines == ()


SUBTITLES = """1
00:00:00,900 --> 00:00:02,400
Who goes there?

2
00:00:03,000 --> 00:00:04,500
WU: Nobody.
"""
SCRIPT = "INT. GATE - NIGHT\n\nGUARD\nWho goes there?\n\nSTRANGER\nNobody.\n"


def with_text(subtitles: str, script: str = "", end_s: float = 10.0) -> Dialogue:
    settings = ObserveSettings(subtitles=subtitles, script=script)
    sounds = activity(curve((1, 0), (1, 0.9), (1.2, 0), (0.8, 0.9), (2, 0), (1, 0.9), (3, 0)))
    clock = Clock(np.array([0.0]), end_s)
    dialogue = DialogueDetector(Context(INFO, settings)).finish(Findings({"sound": sounds, "clock": clock}))
    assert dialogue is not None
    return dialogue


def test_subtitles_bring_words_and_names() -> None:
    dialogue = with_text(SUBTITLES)
    assert [(line.text, line.speaker) for line in dialogue.lines] == [
        ("Who goes there?", ""),
        ("Nobody.", "Wu"),
        ("", ""),
    ]
    assert [line.start_s for line in dialogue.lines] == pytest.approx([1.0, 3.2, 6.0], abs=0.05)
    assert dialogue.source == "sound+subtitles"


def test_a_script_names_who_says_the_subtitled_words() -> None:
    dialogue = with_text(SUBTITLES, SCRIPT)
    assert [line.speaker for line in dialogue.lines] == ["Guard", "Stranger", ""]
    assert dialogue.source == "sound+subtitles+script"


def test_a_script_alone_names_nobody() -> None:
    dialogue = with_text("", SCRIPT)
    assert dialogue.source == "sound"
    assert {line.text for line in dialogue.lines} == {""}


def test_subtitles_outside_the_reel_are_refused() -> None:
    with pytest.raises(SubtitlesInvalid, match="outside the reel"):
        with_text(SUBTITLES, end_s=2.0)


def test_broken_subtitles_are_refused_before_anything_is_heard() -> None:
    with pytest.raises(SubtitlesInvalid):
        DialogueDetector(Context(INFO, ObserveSettings(subtitles="no subtitles at all")))


masks = st.lists(st.booleans(), max_size=60).map(lambda x: np.array(x, dtype=np.bool_))


@given(masks)
def test_runs_and_masks_undo_each_other(mask: npt.NDArray[np.bool_]) -> None:
    assert np.array_equal(make_mask(find_runs(mask), len(mask)), mask)


@given(masks, st.integers(1, 8), st.integers(1, 8))
def test_closing_and_dropping_keep_their_word(mask: npt.NDArray[np.bool_], gap: int, length: int) -> None:
    spans = drop_short(close_gaps(find_runs(mask), gap), length)
    assert all(b - a >= length for a, b in spans)
    assert all(c - b >= gap for (_, b), (c, _) in pairwise(spans))


def test_hysteresis_starts_high_and_stays_low() -> None:
    values = np.array([0.1, 0.5, 0.8, 0.5, 0.1, 0.5, 0.5, 0.1], np.float32)
    assert find_hysteresis_spans(values, 0.7, 0.4).tolist() == [[1, 4]]


@given(st.lists(st.floats(0, 1, width=32), min_size=1, max_size=50), st.integers(1, 9))
def test_smoothing_and_pooling_stay_within_the_curve(values: list[float], cells: int) -> None:
    values_array = np.array(values, np.float32)
    for result in (smooth_curve(values_array, cells), pool_curve(values_array, cells)):
        assert result.min() >= values_array.min() - 1e-6
        assert result.max() <= values_array.max() + 1e-6
    assert len(smooth_curve(values_array, cells)) == len(values)
    assert len(pool_curve(values_array, cells)) == -(-len(values) // cells)
