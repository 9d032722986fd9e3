"""Frames, seconds and labels: exact, invertible, and right at the textbook points."""

from fractions import Fraction

import opentimelineio as otio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.errors import RateInvalid, TimecodeInvalid
from model.time import Beat, Frame, Span, Timebase, exact_rate, parse_rate, rate_name

RATES = [
    Fraction(*r) for r in ((24000, 1001), (24, 1), (25, 1), (30000, 1001), (30, 1), (48, 1), (50, 1), (60000, 1001))
]
DROPPING = [Fraction(30000, 1001), Fraction(60000, 1001)]
DAY = 24 * 3600
rates = st.sampled_from(RATES)
frames = st.integers(0, 2_000_000).map(Frame)


@pytest.mark.parametrize(
    ("index", "label"),
    [(0, "00:00:00;00"), (1799, "00:00:59;29"), (1800, "00:01:00;02"), (17981, "00:09:59;29"),
     (17982, "00:10:00;00"), (107892, "01:00:00;00")],
)  # fmt: skip
def test_drop_frame_labels_at_the_textbook_points(index: int, label: str) -> None:
    base = Timebase(Fraction(30000, 1001), drop_frame=True)
    assert base.timecode(Frame(index)) == label
    assert base.parse(label) == Frame(index)


@given(rates, frames)
def test_seconds_and_back_is_the_identity(rate: Fraction, frame: Frame) -> None:
    base = Timebase(rate)
    assert base.frame(base.seconds(frame)) == frame
    assert base.nearest(base.seconds(frame)) == frame
    assert base.frame(base.seconds(frame) + Fraction(1, 2) / rate) == frame, "the trade floors to the frame shown"


@given(rates, st.booleans(), st.integers(0, 86399), frames)
def test_labels_and_back_is_the_identity(rate: Fraction, drop: bool, start_s: int, frame: Frame) -> None:
    drop = drop and rate in DROPPING
    bare = Timebase(rate, 0, drop)
    base = Timebase(rate, start_s, drop)
    label = base.timecode(frame)
    day = bare.parse("23:59:59" + (";" if drop else ":") + f"{bare.nominal - 1:02d}").index + 1
    assert (base.parse(label).index - frame.index) % day == 0


@given(st.sampled_from(RATES), st.integers(0, 5_000_000))
def test_labels_agree_with_opentimelineio(rate: Fraction, index: int) -> None:
    for drop in {False, rate in DROPPING}:
        ours = Timebase(rate, 0, drop).timecode(Frame(index))
        theirs = otio.opentime.to_timecode(otio.opentime.RationalTime(index, float(rate)), float(rate), drop)
        if index < DAY * 24:
            assert ours == theirs


@pytest.mark.parametrize(
    "label", ["00:01:00;00", "00:01:00;01", "24:00:00;00", "00:60:00;00", "nonsense", "1:2:3:4", ""]
)
def test_labels_that_do_not_exist_are_refused(label: str) -> None:
    with pytest.raises(TimecodeInvalid):
        Timebase(Fraction(30000, 1001), drop_frame=True).parse(label)


def test_a_frame_number_past_the_rate_is_refused() -> None:
    with pytest.raises(TimecodeInvalid, match="does not exist at 24 fps"):
        Timebase.starting(Fraction(24), "01:00:00:24")


def test_the_start_is_assumed_only_when_nothing_is_given() -> None:
    assert Timebase.starting(Fraction(25)).assumed
    base = Timebase.starting(Fraction(25), "10:00:00:00")
    assert not base.assumed
    assert base.timecode(Frame(25)) == "10:00:01:00"


def test_drop_frame_is_read_from_the_label_and_refused_where_it_does_not_exist() -> None:
    assert Timebase.starting(Fraction(30000, 1001), "01:00:00;00").drop_frame
    with pytest.raises(TimecodeInvalid):
        Timebase.starting(Fraction(24), "01:00:00;00")


@pytest.mark.parametrize(
    ("text", "rate"),
    [("23.976", RATES[0]), ("23.98", RATES[0]), ("24", RATES[1]), ("29.97", RATES[3]), ("30000/1001", RATES[3]),
     ("59.94", RATES[7]), ("12.5", Fraction(25, 2))],
)  # fmt: skip
def test_the_trades_spellings_of_rates(text: str, rate: Fraction) -> None:
    assert parse_rate(text) == rate


@pytest.mark.parametrize("text", ["", "abc", "0", "-24", "1/0", "1000"])
def test_what_is_no_rate(text: str) -> None:
    with pytest.raises(RateInvalid):
        parse_rate(text)


def test_rates_are_named_as_the_trade_does() -> None:
    assert [rate_name(r) for r in RATES] == ["23.976", "24", "25", "29.97", "30", "48", "50", "59.94"]
    assert exact_rate(Fraction(2997, 100)) == RATES[3]


@given(st.integers(-1000, 1000), st.integers(0, 1000), st.integers(-1000, 1000), st.integers(0, 1000))
def test_overlap_counts_the_shared_frames(a: int, la: int, b: int, lb: int) -> None:
    first, second = Span.of(a, a + la), Span.of(b, b + lb)
    shared = set(range(a, a + la)) & set(range(b, b + lb))
    assert first.overlap(second) == len(shared)


def test_a_span_cannot_run_backwards() -> None:
    with pytest.raises(ValueError, match="backwards"):
        Span.of(3, 2)
    assert Frame(2) in Span.of(2, 3)
    assert Frame(3) not in Span.of(2, 3)


def test_beats_are_ordered_and_measured_in_quarters() -> None:
    assert Beat(Fraction(1)) + Fraction(1, 2) == Beat(Fraction(3, 2))
    assert Beat(Fraction(3)) - Beat(Fraction(1)) == Fraction(2)
    assert Beat(Fraction(1)) < Beat(Fraction(2)) <= Beat(Fraction(2))
