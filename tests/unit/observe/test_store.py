"""Observations survive being written: every field, every bit, every time; damaged files are named as such."""

from __future__ import annotations

import json
import math
import time
from dataclasses import fields, is_dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.errors import NotesInvalid
from model.media.reel import AudioTrack, Clock, ReelInfo
from model.observe.observations import (
    Affect,
    Colour,
    Cuts,
    Dialogue,
    Effects,
    Embeddings,
    Face,
    Faces,
    Feeling,
    Impact,
    Line,
    Loudness,
    Motion,
    Music,
    Observations,
    Person,
    Provenance,
    Stretch,
    Thumbnail,
    Title,
    Transition,
    TransitionKind,
)
from model.observe.store import converter, decode, encode
from model.time import Beat, Frame, Span, Timebase

RATES = [Fraction(24), Fraction(24000, 1001), Fraction(25), Fraction(30000, 1001), Fraction(60000, 1001)]


def observed(frames: int = 240, *, sound: bool = True) -> Observations:
    """Observations with something in every field, drawn from a fixed seed."""
    rng = np.random.default_rng(frames)

    def curve(n: int) -> Any:
        return rng.random(n).astype(np.float32)

    base = Timebase.starting(Fraction(30000, 1001), "01:00:00;00")
    reel = ReelInfo(
        "r1 \u2013 v3.mov", "ab" * 32, base, frames, 1280, 720, "mov", "prores", audio=(AudioTrack(1, "DX", 2, 48000),)
    )
    feeling = Feeling(curve(frames // 12), curve(frames // 12), {"motion": curve(frames // 12)})
    cut = Transition(TransitionKind.CUT, Frame(50), Frame(50), 0.9)
    fade = Transition(TransitionKind.FADE_OUT, Frame(90), Frame(110), 0.5, "black")
    return Observations(
        reel=reel,
        clock=Clock.constant(frames, base.rate),
        cuts=Cuts((cut, fade), (Frame(70),), "net"),
        motion=Motion(curve(frames), curve(frames)),
        colour=Colour(curve(frames), curve(frames), curve(frames) * 2 - 1),
        faces=Faces(
            (Face(Frame(12), (0.1, 0.2, 0.3, 0.4), 0.8, 0),),
            (Person("person A", 1, Frame(12), b"\xff\xd8\x00"),),
            (Frame(0), Frame(12)),
        ),
        titles=(Title(Span.of(100, 148), 0.7, 0.2),),
        embeddings=Embeddings(rng.random((3, 64)).astype(np.float32), "net"),
        affect=Affect(feeling, feeling, feeling),
        thumbnails=(Thumbnail(Frame(25), bytes(range(256))),),
        dialogue=Dialogue((Line(1.0, 2.25, 0.9, "voice A", "It\u2019s late."),), curve(80)) if sound else None,
        music=Music((Stretch(3.0, 5.0, 0.6, "score"),), curve(80), tempo_bpm=(96.5,)) if sound else None,
        effects=Effects((Impact(4.2, 1.0, 0.8, "door"),)) if sound else None,
        loudness=Loudness(curve(80), curve(80), -23.1, -math.inf) if sound else None,
        provenance=Provenance("0.1.0", {"exact": "no"}, {"cuts": "sha"}, {"cuts": "1 (cuelight 0.1.0)"}),
        extra={"brightness": curve(frames), "rain": (Stretch(1.0, 2.0, 0.5, "heavy"),), "counts": np.arange(6)},
    )


def same(a: Any, b: Any) -> bool:
    """Equality to the bit through dataclasses, tuples, dictionaries and arrays."""
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if is_dataclass(a):
        return all(same(getattr(a, f.name), getattr(b, f.name)) for f in fields(a))
    if isinstance(a, tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    return bool(a == b) or (a != a and b != b)  # noqa: PLR0124 - nan


@pytest.mark.parametrize("sound", [True, False])
def test_round_trip_keeps_every_bit(sound: bool) -> None:
    original = observed(sound=sound)
    data = encode(original)
    assert same(decode(data), original)
    assert encode(decode(data)) == data


def test_a_file_of_the_version_before_is_read_and_written_as_this_one() -> None:
    plain = json.loads(encode(observed()))
    assert plain["schema"] == "cuelight.observations/2"
    assert plain["provenance"].pop("detectors") == {"cuts": "1 (cuelight 0.1.0)"}
    assert plain["provenance"].pop("left_out") == {}
    plain |= {"schema": "cuelight.observations/1", "extra": {"brightness": plain["extra"]["brightness"]}}
    old = decode(json.dumps(plain).encode())
    assert list(old.extra) == ["brightness"]
    assert old.provenance.detectors == {}
    assert json.loads(encode(old))["schema"] == "cuelight.observations/2"


def test_round_trip_notices_a_difference() -> None:
    original = observed()
    changed = replace(original, motion=Motion(original.motion.energy * np.float32(1.0001), original.motion.action))
    assert not same(decode(encode(changed)), original)


def test_writing_is_deterministic() -> None:
    assert encode(observed()) == encode(observed())


def test_strided_and_big_endian_arrays_are_written_little_endian() -> None:
    wide = np.arange(20, dtype=">f4").reshape(4, 5)[:, ::2]
    written = converter().unstructure(wide)
    assert written["dtype"] == "<f4"
    assert written["shape"] == [4, 3]
    assert np.array_equal(converter().structure(written, np.ndarray), wide)


def test_arrays_of_objects_are_refused() -> None:
    with pytest.raises(TypeError, match="not stored"):
        converter().unstructure(np.array([{}], dtype=object))


def test_numpy_scalars_in_plain_fields_become_plain_numbers() -> None:
    written = converter().unstructure(Impact(np.float32(0.5), np.float64(1), 1, "x"))
    assert json.loads(json.dumps(written)) == {"time_s": 0.5, "strength": 1.0, "confidence": 1.0, "label": "x"}


@given(st.integers(), st.fractions(), st.integers(0, 10**9), st.integers(0, 10**9))
def test_small_types_are_inverted(index: int, ratio: Fraction, a: int, b: int) -> None:
    conv = converter()
    assert conv.structure(conv.unstructure(Frame(index)), Frame) == Frame(index)
    assert conv.structure(conv.unstructure(ratio), Fraction) == ratio
    span = Span.of(min(a, b), max(a, b))
    assert conv.unstructure(span) == {"in": min(a, b), "out": max(a, b)}
    assert conv.structure(conv.unstructure(span), Span) == span


@given(st.floats())
def test_every_float_survives_even_what_json_has_no_word_for(number: float) -> None:
    written = json.loads(json.dumps(converter().unstructure(number), allow_nan=False))
    back = converter().structure(written, float)
    assert back == number or (math.isnan(back) and math.isnan(number))


@given(st.sampled_from(RATES), st.integers(0, 2_000_000), st.booleans(), st.booleans())
def test_timebase_is_inverted_and_shows_its_label(rate: Fraction, start: int, drop: bool, assumed: bool) -> None:
    base = Timebase(rate, start, drop and rate.denominator == 1001 and rate > 25, assumed)
    written = converter().unstructure(base)
    assert written["start_timecode"] == base.timecode(Frame(0))
    assert converter().structure(written, Timebase) == base


DAMAGE: list[tuple[str, Any, str]] = [
    ("reel.frames", "many", "a whole number"),
    ("reel.frames", True, "a whole number"),
    ("reel.timebase.rate", "24/0", "n/d"),
    ("reel.timebase.start_timecode", "02:00:00:00", "start_timecode"),
    ("reel.timebase.drop_frame", 1, "true or false"),
    ("cuts.transitions", "cut", "a list"),
    ("cuts.transitions.0.kind", "jump", "jump"),
    ("cuts.transitions.0.surprise", 1, "unknown member surprise"),
    ("faces.faces.0.box", [0.1], "a list of 4"),
    ("titles.0.span", {"in": 9, "out": 3}, "backwards"),
    ("titles.0.span", {"in": 9}, "in, out"),
    ("motion.energy.base64", "AAA", "base64"),
    ("motion.energy.shape", [7], "shape"),
    ("motion.energy.dtype", "|O", "dtype"),
    ("loudness.integrated_lufs", "loud", "a number"),
    ("loudness", 5, "an object"),
    ("extra.brightness", 5, "an object"),
    ("extra.rain.0.end_s", "late", "a number"),
]


@pytest.mark.parametrize(("path", "value", "word"), DAMAGE)
def test_a_damaged_member_is_named(path: str, value: Any, word: str) -> None:
    plain = json.loads(encode(observed()))
    *parents, last = path.split(".")
    place = plain
    for name in parents:
        place = place[int(name)] if name.isdigit() else place[name]
    place[last] = value
    with pytest.raises(NotesInvalid) as caught:
        decode(json.dumps(plain).encode())
    assert word in caught.value.message
    assert parents[0] in caught.value.message if parents else True


def test_a_missing_member_is_named() -> None:
    plain = json.loads(encode(observed()))
    del plain["cuts"]["transitions"][0]["confidence"]
    with pytest.raises(NotesInvalid, match=r"missing member @ \$\.cuts\.transitions\[0\]\.confidence"):
        decode(json.dumps(plain).encode())


@pytest.mark.parametrize(
    "data",
    [b"", b"\xff\xfe", b"[1]", b"{", b'"text"', b'{"schema": "cuelight.observations/9"}', b"[" * 100_000, b"9" * 5000],
)
def test_other_files_are_refused(data: bytes) -> None:
    with pytest.raises(NotesInvalid):
        decode(data)


def test_every_cut_off_file_is_refused() -> None:
    data = encode(observed(24))
    for end in range(0, len(data) - 2, 97):
        with pytest.raises(NotesInvalid):
            decode(data[:end])


def test_an_hour_is_written_and_read_quickly() -> None:
    hour = observed(60 * 60 * 30)
    began = time.process_time()
    data = encode(hour)
    decode(data)
    assert time.process_time() - began < 2.0


@given(st.fractions())
def test_beats_are_written_as_exact_quarter_notes(quarters: Fraction) -> None:
    written = converter().unstructure(Beat(quarters))
    assert converter().structure(written, Beat) == Beat(quarters)
