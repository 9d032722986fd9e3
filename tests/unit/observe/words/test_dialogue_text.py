"""Subtitles give lines their words, sound gives them their borders, a script gives them their names."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.observe.observations import Line
from model.observe.words.dialogue_text import name_speakers, sharpen, spoken_words, word_overlap
from model.observe.words.script import Speech


def heard(*spans: tuple[float, float], confidence: float = 0.8) -> list[Line]:
    return [Line(a, b, confidence) for a, b in spans]


def borders(lines: list[Line]) -> list[tuple[float, float, str]]:
    return [(round(line.start_s, 3), round(line.end_s, 3), line.text) for line in lines]


def test_the_sound_says_when_and_the_subtitle_says_what() -> None:
    found = sharpen(heard((10.2, 11.5)), [Line(10.0, 12.4, 1.0, text="Good luck, Agent.")])
    assert borders(found) == [(10.2, 11.5, "Good luck, Agent.")]
    assert found[0].confidence == pytest.approx(0.9)


def test_pauses_inside_one_subtitle_make_one_line() -> None:
    found = sharpen(heard((1.0, 1.4), (2.0, 2.6)), [Line(0.9, 2.8, 1.0, text="Hello! I was just...")])
    assert borders(found) == [(1.0, 2.6, "Hello! I was just...")]


def test_one_stretch_of_sound_is_shared_by_two_subtitles() -> None:
    cues = [Line(1.0, 2.0, 1.0, text="Who are you?"), Line(2.2, 3.0, 1.0, text="Nobody.")]
    assert borders(sharpen(heard((1.1, 2.9)), cues)) == [(1.1, 2.1, "Who are you?"), (2.1, 2.9, "Nobody.")]


def test_an_unheard_subtitle_stays_with_little_confidence() -> None:
    found = sharpen([], [Line(4.0, 5.0, 1.0, text="(whispers) Run.")])
    assert borders(found) == [(4.0, 5.0, "(whispers) Run.")]
    assert found[0].confidence < 0.5


def test_sound_without_a_subtitle_stays_without_words() -> None:
    found = sharpen(heard((1.0, 2.0), (8.0, 9.0)), [Line(0.9, 2.0, 1.0, text="Boris!")])
    assert borders(found) == [(1.0, 2.0, "Boris!"), (8.0, 9.0, "")]
    assert found[1].confidence == pytest.approx(0.56)


def test_leftovers_too_short_to_be_a_line_are_dropped() -> None:
    assert len(sharpen(heard((1.0, 3.6)), [Line(1.0, 3.0, 1.0, text="Yes.")])) == 1
    assert len(sharpen(heard((1.0, 4.6)), [Line(1.0, 3.0, 1.0, text="Yes.")])) == 2


@pytest.mark.parametrize("text", ["[door slams]", "(music)", "♪ La la la ♪", "  [ thunder ] ", ""])
def test_what_nobody_says_is_no_line(text: str) -> None:
    assert spoken_words([Line(0, 1, 1.0, text=text)]) == []


cue_times = st.lists(st.floats(0, 60), max_size=8).map(
    lambda starts: [Line(s, s + 1.5, 1.0, text="word") for s in starts]
)
span_times = st.lists(st.tuples(st.floats(0.05, 3), st.floats(0.05, 3)), max_size=8)


@given(cue_times, span_times)
def test_lines_come_out_in_order_and_apart(cues: list[Line], gaps: list[tuple[float, float]]) -> None:
    spans, at = [], 0.0
    for pause, length in gaps:
        spans.append((at + pause, at + pause + length))
        at += pause + length
    found = sharpen(heard(*spans), cues)
    assert all(line.start_s <= line.end_s for line in found)
    assert all(a.end_s <= b.start_s + 1e-6 for a, b in pairwise(found))
    assert sum(bool(line.text) for line in found) == len(cues)


def named(texts: list[str], script: list[tuple[str, str]]) -> list[str]:
    lines = [Line(i, i + 0.5, 0.9, text=text) for i, text in enumerate(texts)]
    return [line.speaker for line in name_speakers(lines, [Speech(who, text) for who, text in script])]


def test_speakers_follow_the_script() -> None:
    script = [("327", "This is 327, I'm going in."), ("CHIEF", "Good luck, Agent."), ("BORIS", "Haircut?")]
    assert named(["This is 327, I'm going in", "Good luck, Agent", "Haircut?"], script) == ["327", "CHIEF", "BORIS"]


def test_a_speech_may_fill_several_subtitles() -> None:
    script = [("327", "Hello! I was just admiring the art!"), ("BORIS", "Please.")]
    assert named(["Hello! I was just...", "...admiring the art!", "Please"], script) == ["327", "327", "BORIS"]


def test_speeches_that_were_cut_and_lines_that_were_added_do_no_harm() -> None:
    script = [("A", "We should never have come here"), ("B", "Then why did you"), ("A", "Because of her")]
    assert named(["We should never have come", "Look out there", "Because of her"], script) == ["A", "", "A"]


def test_the_order_decides_between_equal_words() -> None:
    script = [("A", "Yes."), ("B", "Are you sure about it?"), ("C", "Yes.")]
    assert named(["Yes.", "Are you sure about it?", "Yes."], script) == ["A", "B", "C"]


def test_nothing_to_align_names_nobody() -> None:
    assert named(["Yes."], []) == [""]
    assert named([], [("A", "Yes.")]) == []


def test_likeness_is_the_share_of_words_in_order() -> None:
    assert word_overlap("good luck agent", "Good luck, Agent!") == 1
    assert word_overlap("good luck agent", "Agent, luck!") == pytest.approx(1 / 3)
    assert word_overlap("", "Agent") == 0
