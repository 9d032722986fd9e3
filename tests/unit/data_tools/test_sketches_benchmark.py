from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from data_tools.benchmark import excerpts
from data_tools.benchmark.excerpts import (
    BARS,
    choose_windows,
    count_ngrams,
    make_excerpt,
    write_window_by_ngram,
    write_window_by_rules,
)
from data_tools.benchmark.music_features import (
    NAMES,
    Excerpt,
    entropy,
    features,
    frechet_distance,
    groove_consistency,
    scale_consistency,
)
from data_tools.benchmark.practice_cues import practice_cues
from data_tools.benchmark.sketches import MoodComparison, compare_moods, count_out_of_range, measure_talk_densities
from data_tools.corpora.scores import CorpusBar, ShortScore
from model.motifs.instruments import INSTRUMENTS
from model.sketch.net.tokens import RoleNote
from model.sketch.settings import SketchSettings
from model.sketch.sketch_types import Note, Part, PartNote, Sketch, VoiceRole
from model.time import Beat

RULES = SketchSettings(engine="rules", candidates=1)


def _excerpt(pitches: list[float], onsets: list[float], bars: int = 2) -> Excerpt:
    return Excerpt(np.array(onsets), np.ones(len(onsets)), np.array(pitches), np.arange(bars + 1) * 4.0)


@pytest.fixture(scope="module")
def movement() -> ShortScore:
    """Write sixteen bars of arpeggios over a bass, in tokens' units."""
    bars = tuple(CorpusBar(48 * k, 48, 4, 4, 100.0) for k in range(17))
    notes = tuple(
        (
            *(RoleNote(0, 12 * q, 12, 72 + (0, 4, 7, 4)[q] + k % 3, 76) for q in range(4)),
            RoleNote(1, 0, 48, 48 + k % 3, 62),
            *(RoleNote(3, 0, 48, p + k % 3, 62) for p in (60, 64, 67)),
        )
        for k in range(17)
    )
    return ShortScore("made", "orchestra", bars, notes)


@pytest.fixture(scope="module")
def sketches() -> list[Sketch]:
    return [cue.write_sketch(RULES) for cue in practice_cues(4, seed=3)]


def test_entropy_and_scale_of_known_histograms() -> None:
    assert entropy(np.ones(12) / 12) == pytest.approx(np.log2(12))
    one = np.zeros(12)
    one[3] = 1.0
    assert entropy(one) == 0.0
    assert scale_consistency(one) == 1.0
    assert scale_consistency(np.ones(12) / 12) == pytest.approx(7 / 12)


def test_groove_of_the_same_and_of_shifted_bars() -> None:
    assert groove_consistency(_excerpt([60] * 4, [0, 2, 4, 6])) == 1.0
    assert groove_consistency(_excerpt([60] * 4, [0, 2, 5, 7])) == pytest.approx(1 - 4 / 48)


def test_features_of_a_repeated_note() -> None:
    found = dict(zip(NAMES, features(_excerpt([60.0] * 8, list(range(8)))), strict=True))
    assert found["polyphony"] == 1.0
    assert found["onsets a quarter"] == 1.0
    assert found["top repeats"] == 1.0
    assert found["empty quarters"] == 0.0
    assert not features(Excerpt(np.zeros(0), np.zeros(0), np.zeros(0), np.arange(3) * 4.0)).any()


def test_the_frechet_distance_is_zero_to_itself_and_grows_with_the_gap() -> None:
    rng = np.random.default_rng(1)
    one = [rng.normal(size=5) for _ in range(60)]
    near, far = ([v + gap for v in one] for gap in (0.5, 2.0))
    assert frechet_distance(one, one, np.ones(5)) == pytest.approx(0.0, abs=1e-6)
    assert frechet_distance(one, near, np.ones(5)) == pytest.approx(5 * 0.25, abs=1e-6)
    assert frechet_distance(one, far, np.ones(5)) > frechet_distance(one, near, np.ones(5))


def test_agreement_is_spearmans() -> None:
    assert MoodComparison(np.array([1.0, 2, 3, 4]), np.array([0.1, 0.5, 0.6, 9.0])).agreement == pytest.approx(1.0)
    assert MoodComparison(np.array([1.0, 2, 3, 4]), np.array([4.0, 3, 2, 1])).agreement == pytest.approx(-1.0)
    assert MoodComparison(np.array([1.0, 1, 2, 2]), np.array([1.0, 2, 1, 2])).agreement == pytest.approx(0.0)


def test_windows_carry_the_plan_of_the_original(movement: ShortScore) -> None:
    found = choose_windows([movement], 2)
    assert len(found) == 2
    plan = found[0].plan
    assert len(plan.bars) == BARS
    assert plan.chords[0].root == 0
    assert plan.chords[0].quality == "maj"
    assert sum(c.duration for c in plan.chords) == 32
    assert len(found[0].notes) == BARS * 8


def test_rules_and_4_gram_fill_the_same_bars(movement: ShortScore) -> None:
    (window, _) = choose_windows([movement], 2)
    ruled, drawn = write_window_by_rules(window, 0), write_window_by_ngram(window, count_ngrams([movement]), 0)
    for notes in (ruled, drawn):
        assert notes
        assert all(Beat(Fraction(0)) <= n.onset < Beat(Fraction(32)) for n in notes)
    assert drawn == write_window_by_ngram(window, count_ngrams([movement]), 0)
    taught = {n.pitch for n in window.notes}
    assert np.mean([n.pitch in taught for n in drawn]) > 0.5
    assert make_excerpt(drawn, window.plan).lines[-1] == 32


def test_the_net_is_helped_as_in_a_sketch(movement: ShortScore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(excerpts, "write_infill", lambda *_: ([], 0.0))
    (window, _) = choose_windows([movement], 2)
    assert {n.role for n in excerpts.write_window_by_net(window, 0)} >= {VoiceRole.BASS, VoiceRole.HARMONY}


def test_practice_cues_measure_as_asked_and_stay_in_range(sketches: list[Sketch]) -> None:
    arousal, tension = compare_moods(sketches)
    assert arousal.agreement > 0.8
    assert tension.agreement > 0.4
    assert count_out_of_range(sketches) == 0


def test_a_note_out_of_range_is_counted(sketches: list[Sketch]) -> None:
    low = INSTRUMENTS["flute"].lowest - 1
    wrong = Part("flute", (PartNote(Beat(Fraction(0)), Fraction(1), low, 60, VoiceRole.MELODY),))
    assert count_out_of_range([replace(sketches[0], parts=(*sketches[0].parts, wrong))]) == 1


def test_melody_under_lines_is_counted_apart_from_melody_outside(sketches: list[Sketch]) -> None:
    cues = practice_cues(4, seed=3)
    inside, outside = measure_talk_densities(cues, sketches)
    assert inside < outside
    spoken = next(k for k, cue in enumerate(cues) if cue.dialogue)
    line = cues[spoken].dialogue[0]
    at = sketches[spoken].tempo_map.beat(line.span.start.index / Fraction(24000, 1001))
    loud = tuple(Note(VoiceRole.MELODY, at + Fraction(k, 100), Fraction(1, 8), 70, 70) for k in range(60))
    crowded = [replace(s, notes=(*s.notes, *loud)) if k == spoken else s for k, s in enumerate(sketches)]
    assert measure_talk_densities(cues, crowded)[0] > inside
