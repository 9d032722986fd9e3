from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise

import pytest

from model.sketch.plan.mood import CueMood
from model.sketch.sketch_types import Sketch, VoiceRole
from model.spotting.notes import Hit, OutType
from model.time import Beat
from tests.unit.sketch.conftest import CueMaker, FitMaker, Writer

HitWriter = Callable[..., Sketch]


@pytest.fixture
def with_hit(
    write: Writer,
    make_cue: CueMaker,
    make_fit: FitMaker,
    make_hit: Callable[[str, str], Hit],
    steady: Callable[[float], CueMood],
) -> HitWriter:
    def make(treatment: str, at: str = "9", arousal: float = 0.5) -> Sketch:
        cue = make_cue()
        fit = make_fit(cue, hits={"h": Fraction(at)})
        return write(cue, fit, hits=(make_hit("h", treatment),), mood=steady(arousal))

    return make


@pytest.mark.parametrize("treatment", ["accent", "dead hit", "sting", "change", "hold", "soft"])
@pytest.mark.parametrize("at", ["8", "19/2"])
@pytest.mark.parametrize("arousal", [0.15, 0.9])
def test_a_chord_begins_exactly_on_the_hit(with_hit: HitWriter, treatment: str, at: str, arousal: float) -> None:
    written = with_hit(treatment, at, arousal)
    struck = [n for n in written.notes if n.onset == Beat(Fraction(at))]
    assert {VoiceRole.BASS, VoiceRole.HARMONY} <= {n.role for n in struck}
    assert len({n.pitch % 12 for n in struck}) >= 2
    played = {p.instrument for p in written.parts for n in p.notes if n.onset == Beat(Fraction(at))}
    assert len(played) >= 2


def test_an_accent_stands_out_and_a_soft_hit_does_not(with_hit: HitWriter) -> None:
    def strongest(treatment: str) -> tuple[int, int]:
        written = with_hit(treatment)
        on = max(n.velocity for n in written.notes if n.onset == Beat(Fraction(9)))
        around = max(
            n.velocity
            for n in written.notes
            if Beat(Fraction(6)) <= n.onset < Beat(Fraction(12)) and n.onset != Beat(Fraction(9))
        )
        return on, around

    accent, around = strongest("accent")
    assert accent >= around + 8
    soft, near = strongest("soft")
    assert soft <= near + 3


def test_after_a_dead_hit_there_is_air_and_then_music_again(with_hit: HitWriter) -> None:
    written = with_hit("dead hit", arousal=0.9)
    beat, after = Beat(Fraction(9)), Beat(Fraction(10))
    assert not [n for n in written.notes if beat < n.onset < after]
    assert max(n.end for n in written.notes if n.onset == beat) <= Beat(Fraction(19, 2))
    assert [n for n in written.notes if after <= n.onset < Beat(Fraction(12))]


def test_a_stop_silences_everything_until_the_bar_line(with_hit: HitWriter) -> None:
    written = with_hit("stop", "10", 0.9)
    start, back = Beat(Fraction(10)), Beat(Fraction(12))
    assert not [n for n in written.notes if n.onset < back and n.end > start]
    assert not [n for p in written.parts for n in p.notes if n.onset < back and n.onset + n.duration > start]
    assert [n for n in written.notes if n.onset == back]


def test_a_stop_without_room_to_come_back_is_an_accent(with_hit: HitWriter) -> None:
    written = with_hit("stop", "46")
    assert [n for n in written.notes if n.onset == Beat(Fraction(46))]


def test_a_hold_rings_without_anything_new(with_hit: HitWriter) -> None:
    written = with_hit("hold", "9", 0.9)
    held = [n for n in written.notes if n.onset == Beat(Fraction(9)) and n.role is VoiceRole.HARMONY]
    assert all(n.end == Beat(Fraction(12)) for n in held)
    assert not [n for n in written.notes if Beat(Fraction(9)) < n.onset < Beat(Fraction(12)) and not n.locked]


@pytest.mark.parametrize("out_type", list(OutType))
def test_the_last_chord_is_held_to_the_out_by_all(write: Writer, make_cue: CueMaker, out_type: OutType) -> None:
    written = write(make_cue(out_type=out_type))
    out = max(n.end for n in written.notes)
    last = [n for n in written.notes if n.end == out]
    assert {VoiceRole.BASS, VoiceRole.HARMONY} <= {n.role for n in last}
    assert all(n.onset < out for n in last)


def test_single_lines_never_sound_two_notes_at_once(write: Writer, steady: Callable[..., CueMood]) -> None:
    for arousal in (0.2, 0.5, 0.75, 0.95):
        notes = write(mood=steady(arousal, 0.7)).notes
        for role in (VoiceRole.MELODY, VoiceRole.COUNTER, VoiceRole.BASS):
            line = sorted((n for n in notes if n.role is role), key=lambda n: n.onset)
            assert all(a.end <= b.onset for a, b in pairwise(line)), (arousal, role)
