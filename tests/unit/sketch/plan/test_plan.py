from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from model.motifs.language import Language, PlannedStatement
from model.sketch.plan.bars import bars_of
from model.sketch.plan.ending import find_ending
from model.sketch.plan.mood import CueMood
from model.sketch.plan.plan import Plan, plan
from model.sketch.plan.sections import divide_sections
from model.spotting.notes import Change, DialogueLine, Hit, MustBe, OutType, Palette
from model.time import Beat, Frame, Span
from tests.unit.sketch.conftest import RULES, TIMEBASE, CueMaker, FitMaker

Planner = Callable[..., Plan]


@pytest.fixture
def planned(make_cue: CueMaker, make_fit: FitMaker, language: Language) -> Planner:
    def make(
        ledger: tuple[PlannedStatement, ...] = (),
        mood: CueMood | None = None,
        dialogue: tuple[DialogueLine, ...] = (),
        hits: tuple[Hit, ...] = (),
        at: dict[str, Fraction] | None = None,
        **changes: object,
    ) -> Plan:
        cue = make_cue(**changes)
        own = replace(language, ledger=ledger)
        return plan(cue, make_fit(cue, hits=at), own, mood, dialogue, TIMEBASE, RULES, hits)

    return make


def test_there_is_a_plan_for_every_bar_and_a_chord_for_every_moment(planned: Planner) -> None:
    made = planned()
    assert [b.bar for b in made.bars] == list(range(made.tempo_map.bars))
    at = Fraction(0)
    for chord in made.chords:
        assert chord.onset == at
        assert chord.duration > 0
        at += chord.duration
    assert at == made.end.quarters


def test_bars_are_louder_and_denser_where_arousal_is_higher(planned: Planner) -> None:
    rising = CueMood(10.0, tuple(np.linspace(0.1, 0.9, 60)), (0.3,) * 60, (0.0,) * 60)
    bars = planned(mood=rising).bars
    assert bars[0].dynamic < bars[5].dynamic < bars[9].dynamic
    assert bars[0].density < bars[5].density < bars[9].density


def test_dialogue_calms_the_bars_it_lies_over(planned: Planner, steady: Callable[[float], CueMood]) -> None:
    line = DialogueLine(Span.of(240 + 240, 240 + 480), 0.9)
    made = planned(mood=steady(0.6), dialogue=(line,))
    under = [b for b in made.bars if b.talk == 1.0]
    outside = [b for b in made.bars if b.talk == 0.0 and b.function not in {"tail", "intro"}]
    assert under
    assert max(b.arousal for b in under) < min(b.arousal for b in outside)
    assert made.talk == ((Beat(Fraction(16)), Beat(Fraction(32))),)


def test_overlapping_lines_count_once(planned: Planner) -> None:
    lines = (DialogueLine(Span.of(480, 600), 0.9), DialogueLine(Span.of(540, 700), 0.9))
    assert len(planned(dialogue=lines).talk) == 1


def test_a_hit_stands_in_its_bar_with_its_treatment(planned: Planner, make_hit: Callable[[str, str], Hit]) -> None:
    made = planned(hits=(make_hit("h", "sting"),), at={"h": Fraction(10)})
    assert made.bars[2].hit == "sting"
    assert made.bars[2].hit_beats == (Fraction(2),)
    assert [b.hit for b in made.bars if b.bar != 2] == [""] * (len(made.bars) - 1)


def test_a_hit_to_avoid_is_not_played(planned: Planner, make_hit: Callable[[str, str], Hit]) -> None:
    avoided = replace(make_hit("h", "accent"), must_be=MustBe.AVOID)
    assert planned(hits=(avoided,), at={"h": Fraction(10)}).hits == ()


def test_a_stop_on_a_bar_line_makes_a_silent_bar(planned: Planner, make_hit: Callable[[str, str], Hit]) -> None:
    made = planned(hits=(make_hit("h", "stop"),), at={"h": Fraction(8)})
    assert made.bars[2].function == "silence"
    assert made.bars[2].density == 0.0
    assert made.hits[0].until == Beat(Fraction(12))


def test_bars_under_a_statement_have_its_function_and_key(planned: Planner) -> None:
    made = planned((PlannedStatement("cue-1", "theme-a", 0.25, "statement", ("mode:minor",)),))
    stated = made.statements[0]
    inside = [b for b in made.bars if stated.start <= made.tempo_map.bar_start(b.bar) < stated.end]
    assert inside
    assert all(b.function in {"statement", "climax"} and b.key.mode == "minor" for b in inside)


@pytest.mark.parametrize(("out_type", "function"), [(OutType.FADE, "tail"), (OutType.BUTTON, "release")])
def test_the_last_bar_ends_as_the_out_asks(planned: Planner, out_type: OutType, function: str) -> None:
    assert planned(out_type=out_type).bars[-1].function == function


def test_a_fade_dies_away(planned: Planner, steady: Callable[[float], CueMood]) -> None:
    made = planned(mood=steady(0.6), out_type=OutType.FADE)
    assert made.bars[-1].dynamic < made.bars[-2].dynamic < made.bars[-3].dynamic < made.bars[-4].dynamic + 1


def test_the_register_to_leave_free_is_read_as_pitches(planned: Planner) -> None:
    assert planned(palette=Palette(("strings",), "", "200-4000 Hz")).leave_free == (55, 107)
    assert planned(palette=Palette(("strings",), "", "the voice")).leave_free == (55, 107)
    assert planned(palette=Palette(("strings",))).leave_free is None


def test_a_change_begins_a_section_in_another_key(make_cue: CueMaker, make_fit: FitMaker) -> None:
    cue = make_cue(end=240 + 24 * 60, changes=(Change(Frame(240 + 24 * 30), "lift here"),))
    bars = bars_of(make_fit(cue).tempo_map, Beat(Fraction(96)))
    mood = CueMood(10.0, (0.2,) * 60 + (0.8,) * 60, (0.4,) * 120, (0.0,) * 120)
    found = divide_sections(cue, bars, mood, (), 0, TIMEBASE, np.random.default_rng(1))
    starts = [s.first for s in found]
    assert 12 in starts
    before, after = (next(s for s in found if s.first <= k < s.last) for k in (11, 12))
    assert after.key.tonic in {(before.key.tonic + step) % 12 for step in (2, 3, 4)}
    assert [s.first for s in found[1:]] == [s.last for s in found[:-1]]
    assert found[-1].last == len(bars)


@pytest.mark.parametrize("out_type", list(OutType))
@pytest.mark.parametrize("quarters", ["1/3", "5/4", "4", "65/2", "401/12"])
def test_every_out_leaves_its_last_chord_room(
    make_cue: CueMaker, make_fit: FitMaker, out_type: OutType, quarters: str
) -> None:
    end = Beat(Fraction(quarters))
    ending = find_ending(out_type, bars_of(make_fit(make_cue()).tempo_map, end), end)
    assert Beat(Fraction(0)) <= ending.onset < end
    if end.quarters > 4:
        assert end - ending.onset >= Fraction(1, 2)
        assert ending.onset.quarters % Fraction(1, 2) == 0


def test_strong_places_are_preferred_for_the_last_chord(make_cue: CueMaker, make_fit: FitMaker) -> None:
    end = Beat(Fraction(65, 2))
    bars = bars_of(make_fit(make_cue()).tempo_map, end)
    assert find_ending(OutType.RING_OUT, bars, end).onset == Beat(Fraction(28))
    assert find_ending(OutType.BUTTON, bars, end).onset == Beat(Fraction(32))
