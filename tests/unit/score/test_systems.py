"""Lines of a page: every bar in one, none overfull that need not be, evenly filled; the directions over them."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_tools.benchmark.score_samples import make_random_sketch, make_theme_sketch
from model.motifs.language import ThemeKey
from model.score.directions import dynamic, write_dynamics, write_ramp_words
from model.score.keys import key_spans
from model.score.marks import brief_hit, hit_text, sections
from model.score.notation import bar_lines
from model.score.systems import bar_widths, choose_systems, even_lines
from model.score.voices import StaffNote
from model.time import Frame
from model.timing.landing import Aim, Grade, Landing


@settings(max_examples=200, deadline=None)
@given(st.lists(st.floats(5, 120), min_size=1, max_size=40), st.floats(60, 180))
def test_lines_hold_what_they_can(widths: list[float], room: float) -> None:
    lines = even_lines(widths, [room] * len(widths))
    assert lines[0] == 0
    assert list(lines) == sorted(set(lines))
    for first, after in zip(lines, [*lines[1:], len(widths)], strict=True):
        assert after == first + 1 or sum(widths[first:after]) <= room


def test_lines_are_even_not_greedy() -> None:
    assert even_lines([30.0] * 6, [100.0] * 6) == (0, 3)
    assert even_lines([40.0] * 5, [130.0] * 5) == (0, 3)
    assert even_lines([60.0, 20.0, 20.0, 60.0, 60.0], [110.0] * 5) == (0, 2, 4)


def test_a_crowded_bar_is_wider() -> None:
    sketch, timebase = make_theme_sketch()
    bars = bar_lines(sketch)
    widths = bar_widths(sketch, timebase, bars)
    bare = bar_widths(replace(sketch, notes=(), chords=(), landings=()), timebase, bars)
    assert len(widths) == len(bars)
    assert all(full > empty for full, empty in zip(widths, bare, strict=True))
    assert choose_systems(sketch, timebase, bars, 180.0)[0] == 0


def test_a_key_visited_for_a_moment_keeps_the_signature() -> None:
    sketch, _ = make_theme_sketch()
    visit = tuple(replace(p, key=ThemeKey(2)) if p.bar in {9, 10} else p for p in sketch.bars)
    stay = tuple(replace(p, key=ThemeKey(2)) if p.bar >= 9 else p for p in sketch.bars)
    assert [(s.bar, s.fifths) for s in key_spans(replace(sketch, bars=visit))] == [(0, 0)]
    assert [(s.bar, s.fifths) for s in key_spans(replace(sketch, bars=stay))] == [(0, 0), (9, 2)]


def test_bars_without_a_plan_have_a_key() -> None:
    sketch, _ = make_theme_sketch()
    assert [s.fifths for s in key_spans(replace(sketch, bars=()))] == [0]


def test_sections_join_bars_of_one_function() -> None:
    sketch, _ = make_theme_sketch(rounds=2)
    found = [(s.start, s.end, s.function) for s in sections(sketch)]
    assert found[:3] == [(0, 2, "intro"), (2, 6, "statement"), (6, 8, "development")]
    assert found[-1] == (14, 16, "release")


@pytest.mark.parametrize(
    ("velocity", "sign"), [(1, "ppp"), (35, "pp"), (50, "mp"), (64, "mf"), (80, "f"), (127, "fff")]
)
def test_velocities_are_dynamics(velocity: int, sign: str) -> None:
    assert dynamic(velocity) == sign


def test_a_dynamic_is_written_when_it_changes_and_after_a_silence() -> None:
    sketch, _ = make_theme_sketch()
    bars = bar_lines(sketch)
    loud = [(0, 60), (48, 62), (96, 66), (144, 90), (528, 90)]
    signs = write_dynamics([StaffNote(start, start + 12, 60, velocity) for start, velocity in loud], bars)
    assert [(d.bar, d.text) for d in signs] == [(0, "mp"), (3, "f"), (11, "f")]


def test_a_ramp_is_one_word() -> None:
    sketch, _ = make_theme_sketch()
    assert [(d.bar, d.text) for d in write_ramp_words(sketch, bar_lines(sketch))] == [(21, "rit.")]


def test_hits_say_how_they_land() -> None:
    _, timebase = make_theme_sketch()
    aim = Aim("h", Frame(24), label="the door slams behind everybody")
    landed = Landing(aim, None, "beat", 0.0, Grade.HIT)
    assert hit_text(landed, timebase) == "HIT 01:00:01:00 the door slams behind everybody"
    assert brief_hit(landed, timebase) == "01:00:01:00 the door slams…"
    assert hit_text(replace(landed, grade=Grade.NEAR), timebase).startswith("NEAR 01:00:01:00")
    assert hit_text(replace(landed, grade=Grade.MISS), timebase).startswith("(not caught) 01:00:01:00")
    assert brief_hit(replace(landed, grade=Grade.MISS), timebase) == "(01:00:01:00 the door slams…)"
    assert brief_hit(replace(landed, aim=replace(aim, must_be="avoid", label="")), timebase) == "AVOID 01:00:01:00 h"


def test_bars_follow_the_meters() -> None:
    sketch, _ = make_random_sketch(1)
    bars = bar_lines(sketch)
    assert [b.bar.ticks for b in bars] == [48, 48, 42, 42, 36, 36, 36, 36, 60, 60, 48, 48, 48, 48]
    assert [b.start for b in bars] == [int(sketch.tempo_map.bar_start(n).quarters * 12) for n in range(14)]
    assert Fraction(bars[-1].start + bars[-1].bar.ticks, 12) == sketch.tempo_map.end.quarters
