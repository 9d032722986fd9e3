"""Ticks are frames: exactly, both ways, at every rate; the SMPTE offset spells the reel's start."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.delivery.exporter import Material
from model.delivery.marker_midi import EXPORTER, TickClock, smpte_offset
from model.time import Timebase

NTSC = [Fraction(n * 1000, 1001) for n in (24, 30, 48, 60, 120)]


@pytest.mark.parametrize(
    ("rate", "clock"),
    [
        (Fraction(24000, 1001), TickClock(1_001_000, 480, 20)),
        (Fraction(24), TickClock(1_000_000, 480, 20)),
        (Fraction(25), TickClock(1_000_000, 500, 20)),
        (Fraction(30000, 1001), TickClock(1_001_000, 480, 16)),
        (Fraction(30), TickClock(1_000_000, 480, 16)),
        (Fraction(50), TickClock(1_000_000, 500, 10)),
        (Fraction(60000, 1001), TickClock(1_001_000, 480, 8)),
    ],
)
def test_the_known_clocks(rate: Fraction, clock: TickClock) -> None:
    assert TickClock.of(rate) == clock


@given(
    st.one_of(
        st.sampled_from(NTSC), st.integers(1, 300).map(Fraction), st.sampled_from([Fraction(25, 2), Fraction(15, 2)])
    )
)
def test_a_frame_is_a_whole_number_of_ticks_exactly(rate: Fraction) -> None:
    clock = TickClock.of(rate)
    assert clock.ticks_per_frame * Fraction(clock.tempo_us, clock.division * 1_000_000) == 1 / rate
    assert 0 < clock.division <= 32767
    assert 0 < clock.tempo_us <= 0xFFFFFF


@given(st.fractions(1, 300, max_denominator=5000))
def test_odd_rates_stay_whole_and_nearly_true(rate: Fraction) -> None:
    clock = TickClock.of(rate)
    second = clock.ticks_per_frame * Fraction(clock.tempo_us, clock.division * 1_000_000) * rate
    assert clock.ticks_per_frame >= 1
    assert abs(second - 1) < Fraction(1, 10**5)


@pytest.mark.parametrize(
    ("base", "first", "frame", "hundredths"),
    [
        (Timebase.from_label(Fraction(24000, 1001)), 1, 0, 0),
        (Timebase.from_label(Fraction(24), "01:00:00:23"), 1, 23, 0),
        (Timebase.from_label(Fraction(25)), 33, 0, 0),
        (Timebase.from_label(Fraction(30000, 1001), "01:00:00;00"), 65, 0, 0),
        (Timebase.from_label(Fraction(30000, 1001), "01:00:00:00"), 97, 0, 0),
        (Timebase.from_label(Fraction(30), "01:00:00:29"), 97, 29, 0),
        (Timebase.from_label(Fraction(50), "01:00:00:25"), 33, 12, 50),
        (Timebase.from_label(Fraction(60000, 1001), "01:01:00;05"), 65, 2, 50),
        (Timebase.from_label(Fraction(60), "01:00:00:58"), 97, 29, 0),
    ],
)
def test_the_offset_as_bytes(base: Timebase, first: int, frame: int, hundredths: int) -> None:
    message = smpte_offset(base)
    assert message is not None
    data = message.bytes()
    assert data[:3] == [0xFF, 0x54, 5]
    assert (data[3], data[6], data[7]) == (first, frame, hundredths)


def test_a_rate_without_an_smpte_rate_has_no_offset() -> None:
    assert smpte_offset(Timebase.from_label(Fraction(72001, 1000))) is None
    assert smpte_offset(Timebase.from_label(Fraction(17))) is None


def test_the_file_lasts_as_long_as_the_reel(make_material: Callable[..., Material]) -> None:
    material = make_material(Timebase.from_label(Fraction(24)))
    file = mido.MidiFile(file=io.BytesIO(EXPORTER.write(material)))
    assert sum(message.time for message in file.tracks[0]) == material.notes.reel.frames * 20
    assert file.length == pytest.approx(material.notes.reel.frames / 24)


def test_words_of_any_alphabet_become_short_ascii(make_material: Callable[..., Material]) -> None:
    material = make_material()
    hit = replace(material.notes.hits[0], label="Übergröße → 東京 " + "x" * 90)
    notes = replace(material.notes, hits=(hit,), reel=replace(material.notes.reel, name="ночь\n|*.mov"))
    file = mido.MidiFile(file=io.BytesIO(EXPORTER.write(replace(material, notes=notes))))
    texts = [message.text for message in file.tracks[0] if message.type == "marker"]
    assert any(text.startswith("1m1 HIT w2 Ubergro?e -> ??") and len(text) == 60 for text in texts)
