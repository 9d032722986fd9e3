"""The end of a line that music answers is a moment to mark."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from model.observe.observations import Dialogue, Line, Observations
from model.spotting.draft import spot
from model.spotting.hits.entries import ANSWERED_S, answered_lines
from model.spotting.notes import Cue, Hit, HitKind, InType, MustBe, Usage
from model.time import Frame, Span

Teller = Callable[..., Observations]


@pytest.fixture
def reel(teller: Teller) -> Observations:
    seen = teller()
    assert seen.dialogue is not None
    line = Line(10.0, 20.0, 0.9)
    return replace(seen, dialogue=replace(seen.dialogue, lines=(line,)))


def entering(reel: Observations, frame: int, how: InType = InType.AFTER_LINE, usage: Usage = Usage.SCORE) -> Cue:
    some = spot(reel).cues[0]
    return replace(some, span=Span.of(frame, frame + 100), in_type=how, usage=usage)


def test_the_line_before_an_entry_gets_a_soft_hit(reel: Observations) -> None:
    (hit,) = answered_lines([entering(reel, 486)], [], reel)
    assert (hit.frame, hit.kind, hit.must_be) == (Frame(480), HitKind.LINE_END, MustBe.ANY)
    assert hit.why[0].frame == hit.frame


@pytest.mark.parametrize(
    "cue",
    [
        {"frame": 486, "how": InType.SEGUE},
        {"frame": 486, "usage": Usage.SOURCE},
        {"frame": 480 + int(ANSWERED_S * 24) + 2},
        {"frame": 470},
    ],
)
def test_other_entries_do_not_answer_it(cue: dict[str, object], reel: Observations) -> None:
    assert answered_lines([entering(reel, **cue)], [], reel) == []  # type: ignore[arg-type]


def test_a_moment_already_marked_is_not_marked_twice(reel: Observations) -> None:
    marked = Hit("x", Frame(481), HitKind.CUT, 3.0, "CUT")
    assert answered_lines([entering(reel, 486)], [marked], reel) == []


def test_without_sound_there_is_nothing_to_answer(reel: Observations) -> None:
    mute = replace(reel, dialogue=None)
    assert answered_lines([entering(reel, 486)], [], mute) == []
    empty = replace(reel, dialogue=Dialogue((), reel.loudness.momentary_lufs if reel.loudness else reel.motion.energy))
    assert answered_lines([entering(reel, 486)], [], empty) == []
