"""Frames, seconds and labels: exact, invertible, and right at the textbook points."""

from collections.abc import Callable
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
        Timebase.from_label(Fraction(24), "01:00:00:24")


def test_the_start_is_assumed_only_when_nothing_is_given() -> None:
    assert Timebase.from_label(Fraction(25)).assumed
    base = Timebase.from_label(Fraction(25), "10:00:00:00")
    assert not base.assumed
    assert base.timecode(Frame(25)) == "10:00:01:00"


def test_drop_frame_is_read_from_the_label_and_refused_where_it_does_not_exist() -> None:
    assert Timebase.from_label(Fraction(30000, 1001), "01:00:00;00").drop_frame
    with pytest.raises(TimecodeInvalid):
        Timebase.from_label(Fraction(24), "01:00:00;00")


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


@pytest.mark.parametrize(
    ("move", "wrong"),
    [
        (lambda: Frame(1) + 0.5, "float"),  # type: ignore[operator]
        (lambda: Frame(2) - 1, "int"),  # type: ignore[operator]
        (lambda: Frame(2) - Beat(Fraction(1)), "Beat"),  # type: ignore[operator]
        (lambda: Beat(Fraction(1)) + 0.5, "float"),  # type: ignore[operator]
        (lambda: Beat(Fraction(1)) - Frame(1), "Frame"),  # type: ignore[operator]
        (lambda: Beat(Fraction(1)) < Frame(1), "Frame"),  # type: ignore[operator]
    ],
)
def test_picture_and_music_cannot_be_mixed_up(move: Callable[[], object], wrong: str) -> None:
    with pytest.raises(TypeError, match=wrong):
        move()


@pytest.mark.parametrize("rate", [1, 300])
def test_the_slowest_and_the_fastest_rate_are_usable(rate: int) -> None:
    assert parse_rate(str(rate)) == rate


@pytest.mark.parametrize("text", ["0.99", "300.5", "301"])
def test_a_rate_outside_them_is_refused_by_its_value(text: str) -> None:
    with pytest.raises(RateInvalid) as refused:
        parse_rate(text)
    assert str(refused.value).startswith(f"{text} frames per second is not a usable rate.")


def test_refusals_say_what_was_wrong_and_what_to_write() -> None:
    with pytest.raises(RateInvalid) as no_rate:
        parse_rate("abc")
    assert (str(no_rate.value), no_rate.value.hint) == (
        "'abc' is not a frame rate.",
        "Write 24, 25, 23.976 or 30000/1001.",
    )
    with pytest.raises(TimecodeInvalid) as no_drop:
        Timebase(Fraction(25), drop_frame=True)
    assert (str(no_drop.value), no_drop.value.hint) == (
        "Drop-frame timecode does not exist at 25 fps.",
        "Use ':' before the frames.",
    )
    with pytest.raises(TimecodeInvalid) as no_label:
        Timebase(Fraction(25)).parse("soon")
    assert (str(no_label.value), no_label.value.hint) == (
        "'soon' is not a timecode.",
        "Write HH:MM:SS:FF, or HH:MM:SS;FF for drop-frame.",
    )


def test_a_decimal_rate_is_ntsc_only_within_a_two_hundredth() -> None:
    near, far = Fraction(24000, 1001) + Fraction(1, 201), Fraction(24000, 1001) + Fraction(1, 200)
    assert exact_rate(near) == Fraction(24000, 1001)
    assert exact_rate(far) == far
    assert parse_rate("119.88") == Fraction(120000, 1001)
    assert parse_rate("239.76") == Fraction(240000, 1001)


def test_whether_labels_drop_may_be_said_instead_of_read() -> None:
    rate = Fraction(30000, 1001)
    assert not Timebase.from_label(rate, "01:00:00;00", drop_frame=False).drop_frame
    dropping = Timebase.from_label(rate, "00:10:00:00", drop_frame=True)
    assert (dropping.drop_frame, dropping.start) == (True, 17982)
    assert Timebase.from_label(rate, "00:10:00:00").start == 18000


def test_decimal_seconds_are_taken_for_the_fraction_they_stand_for() -> None:
    base = Timebase(Fraction(24))
    assert base.frame(1 / 24 * 7) == Frame(7), "a float a hair below the frame's start is the frame"
    assert base.nearest(0.0208333333333333) == Frame(1), "half a frame is the next one"
    assert base.nearest(0.0208) == Frame(0)
    assert base.frame(-0.01) == Frame(-1), "before the reel, time floors too"
    assert base.nearest(Fraction(-1, 30)) == Frame(-1)
    fine = Timebase(Fraction(300))
    exact = Fraction(123_456_789, 10**9)
    assert fine.frame(exact) == Frame(int(exact * 300))
    assert fine.frame(Fraction(10**9 - 1, 10**9) / 300) == Frame(0), "exact seconds are not rounded"
    assert fine.nearest(Fraction(10**9 - 1, 10**9) / 600) == Frame(0)


def test_labels_wrap_at_a_day_and_widen_above_a_hundred_frames() -> None:
    assert Timebase.from_label(Fraction(24), "23:59:59:23").timecode(Frame(1)) == "00:00:00:00"
    assert Timebase(Fraction(24)).label(DAY * 24 - 1) == "23:59:59:23"
    assert Timebase(Fraction(100)).label(99) == "00:00:00:99"
    assert Timebase(Fraction(101)).label(99) == "00:00:00:099"
    assert Timebase(Fraction(120)).parse("00:00:01:119") == Frame(239)


@pytest.mark.parametrize("label", ["00:00:60:00", "00:59:59:24", "23:60:00:00", "24:00:00:00"])
def test_no_part_of_a_label_goes_past_its_clock(label: str) -> None:
    with pytest.raises(TimecodeInvalid, match="does not exist at 24 fps"):
        Timebase(Fraction(24)).parse(label)


def test_every_label_of_the_last_drop_frame_minutes_is_there_once() -> None:
    base = Timebase(Fraction(60000, 1001), drop_frame=True)
    first = base.parse("00:59:00;04").index
    assert base.timecode(Frame(first - 1)) == "00:58:59;59"
    assert base.timecode(base.parse("01:00:00;00")) == "01:00:00;00"
    assert base.parse("01:00:00;00").index == 6 * (600 * 60 - 9 * 4)
