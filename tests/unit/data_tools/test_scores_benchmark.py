"""The benchmark of the scores notices what it is there to notice."""

from __future__ import annotations

from fractions import Fraction

from data_tools.benchmark.score_samples import make_random_sketch, make_theme_sketch
from data_tools.benchmark.scores import _read_by_music21, _read_by_verovio
from model.score.short_score import write_short_score
from model.score.titles import ScoreTitles


def _score() -> bytes:
    return write_short_score(*make_theme_sketch(rounds=2), ScoreTitles("x"))


def test_a_bar_that_is_too_long_is_counted() -> None:
    good = _score()
    longer = good.replace(b"<duration>36</duration>", b"<duration>39</duration>", 1)
    assert longer != good
    assert _read_by_music21([good])[1] == 0
    assert _read_by_music21([longer])[1] >= 1


def test_a_complaint_of_verovio_is_counted() -> None:
    good = write_short_score(*make_random_sketch(2, bars=4), ScoreTitles("x"))
    assert _read_by_verovio([good]) == 0
    assert _read_by_verovio([good.replace(b'<tied type="stop"/>', b"", 3)]) >= 1


def test_the_samples_are_the_same_every_time() -> None:
    assert make_random_sketch(3) == make_random_sketch(3)
    assert make_theme_sketch(Fraction(25)) == make_theme_sketch(Fraction(25))
    assert make_random_sketch(3) != make_random_sketch(4)
