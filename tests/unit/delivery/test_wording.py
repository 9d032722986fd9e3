"""The words and figures every document shares."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.delivery.exporter import Material
from model.delivery.marks import MarkKind, marks, one_per_frame
from model.delivery.wording import ascii_text, clean_text, heading, shorten, spell_length, spell_relative
from model.time import Frame, Timebase


@given(st.text(), st.integers(0, 80))
def test_ascii_is_ascii_and_short(text: str, limit: int) -> None:
    spelled = ascii_text(text, limit)
    assert len(spelled) <= limit
    assert all(" " <= char <= "~" for char in spelled)
    assert spelled == ascii_text(spelled, limit)


@given(st.text())
def test_plain_is_one_line_and_stable(text: str) -> None:
    assert clean_text(text) == clean_text(clean_text(text))
    assert not set("\n\r\t\0\u2028\u202e") & set(clean_text(text))


@given(st.text(alphabet="abc def ghi", max_size=60), st.integers(0, 40))
def test_shortened_keeps_within_its_limit(text: str, limit: int) -> None:
    assert len(shorten(text, limit)) <= max(limit, 0)
    assert shorten(text, len(text)) == text


@pytest.mark.parametrize(
    ("seconds", "short", "exact"),
    [
        (Fraction(0), "0.0 s", "0.00"),
        (Fraction(340, 24), "14.2 s", "14.17"),
        (Fraction(7), "7.0 s", "7.00"),
        (Fraction(5999, 100), "1:00.0", "59.99"),
        (Fraction(6446, 100), "1:04.5", "1:04.46"),
        (Fraction(3600), "60:00.0", "60:00.00"),
        (Fraction(-1, 2), "-0.5 s", "-0.50"),
    ],
)
def test_durations(seconds: Fraction, short: str, exact: str) -> None:
    assert spell_relative(seconds) == exact
    if seconds >= 0:
        assert spell_length(seconds) == short


def test_the_heading_says_what_is_assumed(make_material: Callable[..., Material]) -> None:
    facts = heading(make_material(Timebase.from_label(Fraction(24))).notes)
    assert facts.clock == "24 fps non-drop · starts 01:00:00:00 (assumed)"
    assert facts.counts == "notes r7 · 3 cues · 3 silences · 8 hits · 75 % music"
    assert facts.ascii == "Sintel trailer - v3.mp4 v3 24FPS NDF START 01:00:00:00 ASSUMED"
    told = heading(make_material(Timebase.from_label(Fraction(30000, 1001), "01:00:00;00")).notes)
    assert told.clock == "29.97 fps drop-frame · starts 01:00:00;00"
    assert told.length == "00:00:52;04"


def test_marks_come_in_order_and_join_without_loss(make_material: Callable[..., Material]) -> None:
    notes = make_material().notes
    found = marks(notes)
    assert [m.frame for m in found] == sorted(m.frame for m in found)
    assert len(found) == 2 * 3 + 3 + 8
    joined = one_per_frame(found)
    assert len({m.frame for m in joined}) == len(joined) < len(found)
    names = {m.frame: m.name for m in joined}
    assert all(m.name in names[m.frame] for m in found)
    assert sum(len(name) for name in names.values()) == sum(len(m.name) + 3 for m in found) - 3 * len(joined)


def test_a_joined_mark_takes_after_its_weightiest(make_material: Callable[..., Material]) -> None:
    notes = make_material().notes
    cue = notes.cues[1]
    notes = replace(notes, hits=(replace(notes.hits[0], frame=cue.span.start, cue=cue.id),))
    (mark,) = (m for m in one_per_frame(marks(notes)) if m.frame == cue.span.start)
    assert (mark.kind, mark.frames) == (MarkKind.IN, cue.span.frames)
    assert mark.name == "1m2 IN The city / the chase / 1m2 HIT w2 eyes open"
    out = next(m for m in one_per_frame(marks(notes)) if m.frame == notes.cues[0].span.end)
    assert (out.kind, out.frames) == (MarkKind.SILENCE, notes.silences[1].span.frames)


def test_the_tail_is_told_in_seconds(make_material: Callable[..., Material]) -> None:
    notes = make_material().notes
    out = next(m for m in marks(notes) if m.kind is MarkKind.OUT)
    assert out.note == "tail under dialogue, tail 3.0 s"
    assert notes.reel.timebase.seconds(Frame(notes.cues[0].tail)) == 3
