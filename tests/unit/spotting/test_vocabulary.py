"""Words, types of edges, existing music and what else could be done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.observe.observations import Observations
from model.spotting.alternatives import Neighbours, other_ins, other_outs
from model.spotting.candidates import CandidateMark, Candidates
from model.spotting.describe import describe, describe_function, mood_of, title_of
from model.spotting.edges import TAIL_S, in_type, out_type, tail_frames
from model.spotting.evidence import gather, talk_of
from model.spotting.existing import ExistingMusic, find_temp, is_temped, sources
from model.spotting.notes import InType, OutType, Usage
from model.spotting.segment import Lattice, division_score
from model.spotting.vocabulary import (
    NEGATIVES,
    VOCABULARY,
    WORDS,
    MoodValues,
    choose_negatives,
    palette,
    suggest_intensity,
    suggest_tempo,
    tones,
)
from model.spotting.wording import write_cue_instruction
from model.time import Span

Teller = Callable[..., Observations]
NAN = float("nan")
CALM = MoodValues(0.2, 0.1, 0.4, 0.5, 0.0, 0.0, 0.1, 0.01, 0.3, 0.4)
WILD = MoodValues(0.95, 0.85, -0.6, 0.5, 0.0, 0.0, 0.9, 0.2, 0.0, 0.3)
values = st.one_of(st.just(NAN), st.floats(0, 1))


def test_moods_find_their_words() -> None:
    assert {"tender", "gentle"} & {t.word for t in tones(CALM)}
    assert {"violent", "dangerous"} & {t.word for t in tones(WILD)}


@given(values, values, values, st.floats(0, 1), values)
def test_words_come_from_the_vocabulary_and_do_not_contradict(
    a: float, t: float, v: float, talk: float, cuts: float
) -> None:
    mood = replace(CALM, arousal=a, tension=t, valence=v, talk=talk, cut_rate=cuts)
    chosen = tones(mood)
    assert 2 <= len(chosen) <= 3
    assert set(choose_negatives(chosen)) <= NEGATIVES - {c.word for c in chosen}
    slow, fast = suggest_tempo(mood)
    assert 40 <= slow < fast <= 180
    assert 0 <= suggest_intensity(mood) <= 5
    assert palette(chosen, mood).families


def test_under_talk_the_palette_leaves_the_voice_room() -> None:
    chosen = tones(WILD)
    loud, low = palette(chosen, WILD), palette(chosen, replace(WILD, talk=0.8))
    assert loud.leave_free == ""
    assert low.leave_free
    assert low.featured == ""
    assert not {"brass", "percussion"} & set(low.families)


def test_every_word_is_explained() -> None:
    page = (Path(__file__).parents[3] / "docs" / "vocabulary.md").read_text(encoding="utf-8")
    assert all(f"| {tone.word} |" in page for tone in VOCABULARY)
    assert len(WORDS) == len(VOCABULARY)


def test_instructions_are_terse_and_imperative() -> None:
    line = write_cue_instruction(
        Usage.SCORE, InType.AFTER_LINE, OutType.TAIL_UNDER, tones(CALM), replace(CALM, talk=0.5)
    )
    assert line.startswith("Ease in after the line - ")
    assert "under the words" in line
    assert line.endswith("tail out before the next line.")
    assert len(line) < 140


def test_functions_and_titles_say_what_is_known() -> None:
    assert "action" in describe_function(Usage.SCORE, InType.ON_CUT, WILD)
    assert describe_function(Usage.MAIN_TITLE, InType.FADE_UP, CALM).startswith("open")
    assert title_of(Usage.SCORE, WILD, (), 3) == "The fight, scene 3"
    assert title_of(Usage.SCORE, CALM, ("person A", "person B"), 2) == "person A and person B, scene 2"
    assert title_of(Usage.SOURCE, CALM, (), 2) == "Source, scene 2"


def test_descriptions_say_only_what_was_seen(told: Observations, teller: Teller) -> None:
    span = Span.of(12 * 24, 40 * 24)
    text = describe(told, mood_of(gather(told, talk_of(told)), 12, 40, 0.2), span)
    assert text.startswith("3 shots; ")
    assert "talk throughout between voice B and voice A" in text
    deaf = teller(dialogue=None)
    silent = describe(deaf, mood_of(gather(deaf, talk_of(deaf)), 12, 40, 0.2), span)
    assert "talk" not in silent


def marked(*places: tuple[float, CandidateMark | None]) -> Candidates:
    times = np.array([t for t, _ in places])
    marks = np.zeros((len(places), len(CandidateMark)), dtype=np.bool_)
    for row, (_, mark) in enumerate(places):
        if mark is not None:
            marks[row, mark] = True
    return Candidates((times * 24).astype(np.int64), times, marks)


PLACES = marked(
    (0.0, CandidateMark.EDGE),
    (15.5, None),
    (30.0, None),
    (37.4, None),
    (40.0, CandidateMark.IMPACT),
    (50.0, CandidateMark.CUT),
    (69.0, None),
    (70.0, CandidateMark.SCENE),
    (84.5, None),
    (118.0, None),
    (120.0, CandidateMark.EDGE),
)


@pytest.mark.parametrize(
    ("at", "kind"),
    [(1, InType.AFTER_LINE), (4, InType.ON_ACTION), (5, InType.ON_CUT), (7, InType.ON_LOOK), (9, InType.EASE_IN)],
)
def test_entrances_are_called_by_what_lies_there(told: Observations, at: int, kind: InType) -> None:
    signals, talk = gather(told, talk_of(told)), talk_of(told)
    assert in_type(PLACES, at, signals, talk, follows=False) is kind
    assert in_type(PLACES, at, signals, talk, follows=True) is InType.SEGUE


@pytest.mark.parametrize(
    ("at", "kind"),
    [(5, OutType.ON_CUT), (6, OutType.BUTTON), (8, OutType.TAIL_UNDER), (9, OutType.RING_OUT), (10, OutType.RING_OUT)],
)
def test_exits_are_called_by_what_lies_there(told: Observations, at: int, kind: OutType) -> None:
    signals, talk = gather(told, talk_of(told)), talk_of(told)
    assert out_type(PLACES, at, signals, talk, follows=False) is kind
    assert out_type(PLACES, at, signals, talk, follows=True) is OutType.SEGUE


def test_a_held_breath_before_the_crash_stops_dead(teller: Teller) -> None:
    told = teller(dialogue=None)
    signals = gather(told, talk_of(told))
    assert (
        out_type(PLACES, 3, signals, talk_of(told), follows=False) is not OutType.HARD_OUT
    )  # nobody listened for talk
    heard = teller(dialogue=replace(teller().dialogue, lines=()))  # type: ignore[type-var]
    assert out_type(PLACES, 3, gather(heard, talk_of(heard)), talk_of(heard), follows=False) is OutType.HARD_OUT


@given(st.sampled_from(list(OutType)), st.integers(0, 400))
def test_tails_ring_as_long_as_there_is_room(kind: OutType, room: int) -> None:
    assert tail_frames(kind, 24.0, room) == min(room, round(24 * TAIL_S[kind]))


def test_alternatives_are_scored_with_the_rest_left_as_it_is() -> None:
    rng = np.random.default_rng(5)
    n = len(PLACES.times_s)
    field = Lattice(PLACES.times_s, np.cumsum(rng.normal(0, 1, n)), rng.normal(0, 1, n), rng.normal(0, 1, n),
                    rng.normal(0, 1, 600), rng.normal(0, 1, 600))  # fmt: skip
    cue = (4, 7)
    own = division_score(field, [cue])
    between = Neighbours(0, n - 1)
    for shift in other_ins(field, PLACES, cue, between):
        assert shift.called
        assert shift.cost == pytest.approx(max(0.0, own - division_score(field, [(shift.at, 7)])))
    costs = [s.cost for s in other_outs(field, PLACES, cue, between)]
    assert costs == sorted(costs)


def stretch(start: int, end: int) -> ExistingMusic:
    return ExistingMusic(Span.of(start, end), 0.9, 0.0, "music")


def test_music_inside_a_cue_is_temp_and_outside_it_source() -> None:
    cues = [Span.of(100, 200)]
    assert sources([stretch(110, 190)], cues) == []
    assert [s.span for s in sources([stretch(300, 400)], cues)] == [Span.of(300, 400)]
    assert [s.span for s in sources([stretch(190, 400)], cues)] == [Span.of(200, 400)]
    assert find_temp(cues[0], [stretch(110, 190), stretch(300, 400)]) == stretch(110, 190)
    assert find_temp(cues[0], [stretch(190, 400)]) is None


def test_a_cut_with_music_throughout_is_temped() -> None:
    assert is_temped([stretch(0, 300), stretch(400, 700)], 1000)
    assert not is_temped([stretch(0, 300)], 1000)
