"""Stems begin together, sum to the mix, keep their headroom, and sound where they were written."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.errors import DiskFull, InstrumentUnknown
from model.render import stems
from model.render.loudness import true_peak_dbtp
from model.render.stems import PREROLL_S, TAIL_S, Stems, aligned_start, perform
from model.sketch.sketch_types import Part, Sketch
from model.time import Beat, Frame, Timebase

RATE = 48_000
Small = Callable[..., tuple[Sketch, Timebase]]
RATES = [Fraction(24000, 1001), Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(30), Fraction(60000, 1001)]


def _level(sound: np.ndarray) -> float:
    return 20 * float(np.log10(max(np.abs(sound).max(initial=0.0), 1e-9)))


def test_only_families_that_play_have_a_stem_and_all_are_equally_long(performed: Stems) -> None:
    assert list(performed.tracks) == ["strings", "percussion", "keys", "bass"]
    assert {track.shape for track in performed.tracks.values()} == {(performed.samples, 2)}
    assert performed.start == Frame(0)


def test_the_mix_is_the_sum_and_has_headroom(performed: Stems) -> None:
    total = sum(np.asarray(t, np.float64) for t in performed.tracks.values())
    assert _level(performed.mix() - total) < -120
    assert performed.true_peak_dbtp <= -3 + 1e-3
    assert true_peak_dbtp(performed.mix()) == pytest.approx(performed.true_peak_dbtp, abs=0.05)
    assert all(true_peak_dbtp(track) <= -1 for track in performed.tracks.values())


def test_blocks_are_the_mix(performed: Stems) -> None:
    np.testing.assert_array_equal(np.concatenate(list(performed.blocks(10_007))), performed.mix())


def test_same_seed_same_samples_other_seed_others(sounds: None, small_cue: Small, performed: Stems) -> None:
    sketch, timebase = small_cue()
    again, other = perform(sketch, timebase), perform(sketch, timebase, seed=8)
    for family, track in performed.tracks.items():
        np.testing.assert_array_equal(track, again.tracks[family])
    assert not np.array_equal(performed.mix(), other.mix())


def test_the_tail_rings_past_the_out_and_dies_before_the_file_ends(performed: Stems) -> None:
    out = round(float(performed.timebase.seconds(performed.out) - performed.timebase.seconds(performed.start)) * RATE)
    mix = performed.mix()
    assert len(mix) == out + TAIL_S * RATE
    assert _level(mix[out : out + RATE // 2]) > -50, "the room answers"
    assert _level(mix[-RATE // 2 :]) < -60, "and falls silent"
    assert np.all(mix[-1] == 0)


def test_no_key_is_held_past_the_out(sounds: None, small_cue: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    sketch, timebase = small_cue()
    held: list[int] = []

    def silent_sound(played: list, instrument: str, samples: int) -> list:
        held.extend(note.end for note in played)
        return []

    monkeypatch.setattr(stems, "sound", silent_sound)
    longer = tuple(Part(p.instrument, tuple(replace(n, duration=Fraction(99)) for n in p.notes)) for p in sketch.parts)
    out = perform(replace(sketch, parts=longer), timebase)
    last = round((timebase.seconds(out.out) - timebase.seconds(out.start)) * RATE)
    assert max(held) == last


def test_a_cue_of_silence_says_so(small_cue: Small) -> None:
    sketch, timebase = small_cue()
    out = perform(replace(sketch, parts=()), timebase)
    assert out.tracks == {}
    assert not out.mix().any()
    assert "Nothing sounds in cue 1m1" in out.cautions[0]


def test_an_instrument_nobody_knows(small_cue: Small) -> None:
    sketch, timebase = small_cue()
    strange = Part("kazoo", sketch.parts[0].notes)
    with pytest.raises(InstrumentUnknown, match="kazoo"):
        perform(replace(sketch, parts=(strange,)), timebase)


def test_no_room_for_the_stems(small_cue: Small, sounds: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.posix_fallocate", full)
    with pytest.raises(DiskFull, match="temporary sound"):
        perform(*small_cue())


@given(st.sampled_from(RATES), st.integers(0, 400_000), st.booleans())
def test_stems_begin_before_the_cue_on_a_whole_sample(rate: Fraction, cue_in: int, late_label: bool) -> None:
    timebase = Timebase.from_label(rate, "01:00:00:00" if late_label else "00:00:00:00")
    start = aligned_start(timebase, Frame(cue_in))
    count = timebase.start + start.index
    assert count >= 0
    assert (count * RATE / rate).denominator == 1
    early = Frame(cue_in) - start
    assert early < PREROLL_S * timebase.nominal + 5
    assert early >= PREROLL_S * timebase.nominal or count == 0


def test_hits_are_not_moved(small_cue: Small, sounds: None, monkeypatch: pytest.MonkeyPatch) -> None:
    sketch, timebase = small_cue()
    hits: dict[int, bool] = {}

    def silent_sound(played: list, instrument: str, samples: int) -> list:
        hits.update({note.start: note.exact for note in played})
        return []

    monkeypatch.setattr(stems, "sound", silent_sound)
    out = perform(sketch, timebase)
    for beat in (0, 4, 8):
        place = round((sketch.tempo_map.seconds(Beat(Fraction(beat))) - timebase.seconds(out.start)) * RATE)
        assert hits[place] is True
    assert not all(hits.values())
