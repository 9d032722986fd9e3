"""Numbers and ids: counted once, kept for ever."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.spotting.identity import match_spans, new_id, share_in_common
from model.spotting.numbering import fresh_number, number_cues
from model.spotting.settings import Numbering
from model.time import Span

PLAIN = Numbering()


@pytest.mark.parametrize(
    ("numbering", "position", "source", "number"),
    [
        (Numbering(), 1, False, "1m1"),
        (Numbering(reel=3, pad=2), 5, False, "3m05"),
        (Numbering(letter="M", pad=2), 1, False, "1M01"),
        (Numbering(), 2, True, "1m2s"),
    ],
)
def test_numbers_are_spelt_as_the_trade_does(numbering: Numbering, position: int, source: bool, number: str) -> None:
    assert fresh_number(numbering, position, source=source) == number


def test_without_earlier_notes_every_cue_counts_source_too() -> None:
    assert number_cues(PLAIN, [None] * 3, [False, True, False]) == ["1m1", "1m2s", "1m3"]


def test_an_inserted_cue_takes_a_letter_and_nobody_is_renumbered() -> None:
    assert number_cues(PLAIN, ["1m1", None, None, "1m2"], [False] * 4) == ["1m1", "1m1A", "1m1B", "1m2"]
    assert number_cues(PLAIN, [None, "1m1"], [False] * 2) == ["1m0A", "1m1"]
    assert number_cues(PLAIN, ["1m1", None, "1m2"], [False, True, False]) == ["1m1", "1m1As", "1m2"]


def test_a_cue_after_the_last_counts_on_past_numbers_that_are_gone() -> None:
    assert number_cues(PLAIN, ["1m1", None], [False] * 2, ["1m1", "1m2", "1m3"]) == ["1m1", "1m4"]


def test_a_letter_once_given_out_is_not_given_again() -> None:
    assert number_cues(PLAIN, ["1m1", None, "1m2"], [False] * 3, ["1m1", "1m1A", "1m2"])[1] == "1m1B"


@given(st.lists(st.booleans(), min_size=1, max_size=40), st.data())
def test_numbers_are_unique_and_kept(sources: list[bool], data: st.DataObject) -> None:
    first = number_cues(PLAIN, [None] * len(sources), sources)
    keep = data.draw(st.lists(st.booleans(), min_size=len(first), max_size=len(first)))
    kept = [n if k else None for n, k in zip(first, keep, strict=True)]
    second = number_cues(PLAIN, kept, sources, first)
    assert len(set(second)) == len(second)
    assert all(a == b for a, b in zip(kept, second, strict=True) if a)
    assert not {b for a, b in zip(kept, second, strict=True) if a is None} & set(first)


def test_spans_match_by_overlap_once_and_in_order() -> None:
    old = [Span.of(0, 100), Span.of(200, 300)]
    new = [Span.of(10, 110), Span.of(120, 150), Span.of(190, 310)]
    assert match_spans(old, new) == {0: 0, 2: 1}
    assert match_spans(old, [Span.of(500, 600)]) == {}


@given(st.integers(0, 500), st.integers(1, 500), st.integers(0, 500), st.integers(1, 500))
def test_overlap_is_symmetric_and_whole_only_for_the_same(a: int, n: int, b: int, m: int) -> None:
    one, other = Span.of(a, a + n), Span.of(b, b + m)
    assert share_in_common(one, other) == share_in_common(other, one)
    assert (share_in_common(one, other) == 1.0) == (one == other)


def test_ids_say_what_they_are_and_depend_on_the_reel() -> None:
    span = Span.of(24, 48)
    assert new_id("cue", "a" * 64, span) == new_id("cue", "a" * 64, span) != new_id("cue", "b" * 64, span)
    assert new_id("silence", "a" * 64, span).startswith("silence-")
