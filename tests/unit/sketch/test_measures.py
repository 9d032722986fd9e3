from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.sketch.measures import QUALITY_NAMES, BarMeasures, measure_bars, name_chords, pitch_classes

Table = list[tuple[float, float, int, int]]
LINES = [0.0, 4.0, 8.0, 12.0, 16.0]


def chord(onset: float, pitches: tuple[int, ...], lasts: float = 4.0, velocity: int = 70) -> Table:
    return [(onset, lasts, p, velocity) for p in pitches]


def measure(notes: Table, bpm: float = 96.0) -> BarMeasures:
    onset, lasts, pitch, velocity = np.array(notes, np.float64).reshape(-1, 4).T
    return measure_bars(onset, lasts, pitch, velocity, LINES, bpm)


def everywhere(pitches: tuple[int, ...], each: float = 4.0, velocity: int = 70) -> Table:
    return [n for k in range(int(16 / each)) for n in chord(k * each, pitches, each, velocity)]


def test_more_louder_thicker_and_faster_notes_have_more_arousal() -> None:
    calm = measure(everywhere((60, 64, 67)))
    busy = measure(everywhere((60, 64, 67), each=0.5))
    loud = measure(everywhere((60, 64, 67), velocity=110))
    thick = measure(everywhere((48, 55, 60, 64, 67, 72)))
    fast = measure(everywhere((60, 64, 67)), bpm=160)
    for other in (busy, loud, thick, fast):
        assert (other.arousal > calm.arousal).all()
    assert (busy.density > calm.density).all()
    assert loud.dynamic == pytest.approx(110)


def test_dissonant_and_distant_chords_have_more_tension() -> None:
    calm = measure(everywhere((60, 64, 67)))
    harsh = measure(everywhere((60, 61, 66)))
    assert (harsh.tension > calm.tension + 0.3).all()
    home = chord(0, (60, 64, 67)) + chord(4, (55, 59, 62)) + chord(12, (60, 64, 67))
    away = measure(home + chord(8, (66, 70, 73)))
    near = measure(home + chord(8, (65, 69, 72)))
    assert away.tension[2] > near.tension[2]


def test_major_is_brighter_than_minor() -> None:
    major = chord(0, (60, 64, 67)) + chord(4, (65, 69, 72)) + chord(8, (67, 71, 74)) + chord(12, (60, 64, 67))
    minor = chord(0, (60, 63, 67)) + chord(4, (65, 68, 72)) + chord(8, (67, 71, 74)) + chord(12, (60, 63, 67))
    bright, dark = measure(major), measure(minor)
    assert (bright.valence > dark.valence).all()
    assert bright.key.tolist() == [0] * 4
    assert dark.key.tolist() == [12] * 4


def test_silence_measures_zero() -> None:
    quiet = measure([])
    for curve in (quiet.arousal, quiet.tension, quiet.valence, quiet.density):
        assert curve.tolist() == [0.0] * 4


def test_a_pedal_is_tenser_than_a_walking_bass() -> None:
    top = everywhere((72,), each=1.0)
    pedal = measure(top + everywhere((36,)))
    walk = measure(top + chord(0, (36,)) + chord(4, (41,)) + chord(8, (43,)) + chord(12, (36,)))
    assert pedal.tension[1] > walk.tension[1]


notes = st.lists(
    st.tuples(
        st.integers(0, 191).map(lambda i: i / 12),
        st.integers(1, 60).map(lambda i: i / 12),
        st.integers(24, 96),
        st.integers(20, 120),
    ),
    max_size=30,
)


@settings(max_examples=50, deadline=None)
@given(notes)
def test_values_stay_in_range_and_order_does_not_matter(table: Table) -> None:
    first = measure(table)
    shuffled = sorted(table, key=lambda n: (n[2], -n[0]))
    second = measure(shuffled)
    for name, low in (("arousal", 0), ("tension", 0), ("valence", -1), ("density", 0)):
        curve = getattr(first, name)
        assert ((curve >= low) & (curve <= 1)).all()
        assert curve == pytest.approx(getattr(second, name))


@settings(max_examples=40, deadline=None)
@given(notes, st.integers(1, 6))
def test_transposing_keeps_tension_and_never_lowers_arousal(table: Table, semitones: int) -> None:
    here = measure(table)
    there = measure([(on, lasts, pitch + semitones, loud) for on, lasts, pitch, loud in table])
    assert there.tension == pytest.approx(here.tension)
    assert (there.arousal >= here.arousal - 1e-9).all()


@pytest.mark.parametrize("quality", range(len(QUALITY_NAMES)))
@pytest.mark.parametrize("root", [0, 3, 8])
def test_chords_are_named(root: int, quality: int) -> None:
    tones = pitch_classes(root, quality)
    notes = [(0.0, 4.0, 36 + root, 70)] + [(0.0, 4.0, 60 + tone, 70) for tone in tones]
    onset, lasts, pitch, _ = np.array(notes, np.float64).T
    roots, qualities = name_chords(onset, lasts, pitch, [0.0, 4.0, 8.0])
    assert (roots[0], QUALITY_NAMES[qualities[0]]) == (root, QUALITY_NAMES[quality])
    assert roots[1] == -1


def test_a_passing_note_makes_no_seventh() -> None:
    notes = [(0.0, 4.0, p, 70) for p in (48, 60, 64, 67)] + [(3.0, 0.5, 70, 70)]
    onset, lasts, pitch, _ = np.array(notes, np.float64).T
    roots, qualities = name_chords(onset, lasts, pitch, [0.0, 4.0])
    assert (int(roots[0]), QUALITY_NAMES[int(qualities[0])]) == (0, "maj")
