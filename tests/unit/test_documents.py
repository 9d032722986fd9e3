"""Documents survive being written: every field, every bit, every time; what does not fit is named."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import time
from dataclasses import dataclass, field, fields, is_dataclass, replace
from fractions import Fraction
from typing import Annotated, Any, Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.documents import decode as decode_as
from model.documents import encode, from_plain, schema_of, to_plain
from model.errors import NotesInvalid, SettingInvalid
from model.fields import Bounds, Named, Rounded, check_fields, document, facts_of, omit_defaults, variant
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
from model.time import Beat, Frame, Span, Timebase


def decode(data: bytes) -> Observations:
    return decode_as(Observations, data)


RATES = [Fraction(24), Fraction(24000, 1001), Fraction(25), Fraction(30000, 1001), Fraction(60000, 1001)]


def observed(frames: int = 240, *, sound: bool = True) -> Observations:
    """Observations with something in every field, drawn from a fixed seed."""
    rng = np.random.default_rng(frames)

    def curve(n: int) -> Any:
        return rng.random(n).astype(np.float32)

    base = Timebase.from_label(Fraction(30000, 1001), "01:00:00;00")
    reel = ReelInfo(
        "r1 \u2013 v3.mov", "ab" * 32, base, frames, 1280, 720, "mov", "prores", audio=(AudioTrack(1, "DX", 2, 48000),)
    )
    feeling = Feeling(curve(frames // 12), curve(frames // 12), {"motion": curve(frames // 12)})
    cut = Transition(TransitionKind.CUT, Frame(50), Frame(50), 0.9)
    fade = Transition(TransitionKind.FADE_OUT, Frame(90), Frame(110), 0.5, "black")
    return Observations(
        reel=reel,
        clock=Clock.from_constant_rate(frames, base.rate),
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
    written = to_plain(wide)
    assert written["dtype"] == "<f4"
    assert written["shape"] == [4, 3]
    assert np.array_equal(from_plain(np.ndarray, written), wide)


def test_arrays_of_objects_are_refused() -> None:
    with pytest.raises(TypeError, match="not stored"):
        to_plain(np.array([{}], dtype=object))


def test_numpy_scalars_in_plain_fields_become_plain_numbers() -> None:
    written = to_plain(Impact(np.float32(0.5), np.float64(1), 1, "x"))
    assert json.loads(json.dumps(written)) == {"time_s": 0.5, "strength": 1.0, "confidence": 1.0, "label": "x"}


@given(st.integers(), st.fractions(), st.integers(0, 10**9), st.integers(0, 10**9))
def test_small_types_are_inverted(index: int, ratio: Fraction, a: int, b: int) -> None:
    assert from_plain(Frame, to_plain(Frame(index))) == Frame(index)
    assert from_plain(Fraction, to_plain(ratio)) == ratio
    span = Span.of(min(a, b), max(a, b))
    assert to_plain(span) == {"in": min(a, b), "out": max(a, b)}
    assert from_plain(Span, to_plain(span)) == span


@given(st.floats())
def test_every_float_survives_even_what_json_has_no_word_for(number: float) -> None:
    written = json.loads(json.dumps(to_plain(number), allow_nan=False))
    back = from_plain(float, written)
    assert back == number or (math.isnan(back) and math.isnan(number))


@given(st.sampled_from(RATES), st.integers(0, 2_000_000), st.booleans(), st.booleans())
def test_timebase_is_inverted_and_shows_its_label(rate: Fraction, start: int, drop: bool, assumed: bool) -> None:
    base = Timebase(rate, start, drop and rate.denominator == 1001 and rate > 25, assumed)
    written = to_plain(base)
    assert written["start_timecode"] == base.timecode(Frame(0))
    assert from_plain(Timebase, written) == base


DAMAGE: list[tuple[str, Any, str]] = [
    ("reel.frames", "many", "a whole number"),
    ("reel.frames", True, "a whole number"),
    ("reel.timebase.rate", "24/0", "n/d"),
    ("reel.timebase.start_timecode", "02:00:00:00", "start_timecode"),
    ("reel.timebase.drop_frame", 1, "true or false"),
    ("cuts.transitions", "cut", "a list"),
    ("cuts.transitions.0.kind", "jump", "jump"),
    ("cuts.transitions.0.surprise", 1, "surprise is unknown here"),
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
    with pytest.raises(NotesInvalid, match=r"The confidence is missing \(cuts\.transitions\.0\.confidence\)"):
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
    written = to_plain(Beat(quarters))
    assert from_plain(Beat, written) == Beat(quarters)


@omit_defaults
@variant("op", "move")
@dataclass(frozen=True, slots=True)
class Move:
    start: Annotated[int, Named("in"), Bounds(0, 100)]
    title: Annotated[str, Bounds(shortest=1, longest=8, one_line=True)] | None = None
    tone: Annotated[tuple[Annotated[str, Bounds(longest=4)], ...], Bounds(longest=2)] = ()
    way: Literal["up", "down"] = "up"

    def __post_init__(self) -> None:
        check_fields(self)


@variant("op", "stay")
@dataclass(frozen=True, slots=True)
class Stay:
    level: Annotated[float, Rounded(1)] = 0.0


Step = Move | Stay


@document("cuelight.steps/3", {1: lambda old: {"steps": [old["step"]]}, 2: lambda old: {**old, "name": "unnamed"}})
@dataclass(frozen=True, slots=True)
class Steps:
    steps: tuple[Step, ...]
    name: str
    more: dict[str, float] = field(default_factory=dict)


def test_variants_are_told_apart_and_sparse_ones_say_only_what_was_chosen() -> None:
    steps = Steps((Move(3, title="The door"), Stay(0.26), Stay(2.0)), "x")
    assert to_plain(steps) == {
        "schema": "cuelight.steps/3",
        "steps": [
            {"op": "move", "in": 3, "title": "The door"},
            {"op": "stay", "level": 0.3},
            {"op": "stay", "level": 2},
        ],
        "name": "x",
        "more": {},
    }
    assert decode_as(Steps, encode(steps)) == replace(steps, steps=(steps.steps[0], Stay(0.3), Stay(2.0)))
    assert from_plain(Step, {"op": "stay"}) == Stay()
    assert schema_of(Steps) == "cuelight.steps/3"


@pytest.mark.parametrize(
    ("plain", "path", "words"),
    [
        ({"op": "move"}, "in", "The in is missing."),
        ({"in": 3}, "op", "The op is missing."),
        ({"op": "jump"}, "op", "must be one of 'move', 'stay', not 'jump'"),
        ({"op": ["move"]}, "op", "must be one of"),
        ({"op": "move", "in": 101}, "in", "The in must lie between 0 and 100."),
        ({"op": "move", "in": 3, "title": " "}, "title", "The title cannot be empty."),
        ({"op": "move", "in": 3, "title": "123456789"}, "title", "has 9 characters; 8 is the most"),
        ({"op": "move", "in": 3, "title": "a\nb"}, "title", "cannot be written"),
        ({"op": "move", "in": 3, "tone": ["a", "b", "c"]}, "tone", "has 3 members; 2 is the most"),
        ({"op": "move", "in": 3, "tone": ["a", "calmer"]}, "tone.1", "The tone has 6 characters"),
        ({"op": "move", "in": 3, "way": "left"}, "way", "one of 'up', 'down', not 'left'"),
        ({"op": "move", "in": 3, "start": 3}, "start", "The start is unknown here."),
        ({"op": "stay", "level": 10**400}, "level", "must be a number"),
        ([], "", "The document must be an object"),
    ],
)
def test_what_does_not_fit_is_named_in_a_sentence(plain: Any, path: str, words: str) -> None:
    with pytest.raises(NotesInvalid) as caught:
        from_plain(Step, plain)
    (fault,) = caught.value.faults
    assert fault.path == path
    assert words in fault.message
    within = {"schema": "cuelight.steps/3", "name": "x", "steps": [{"op": "stay"}, plain]}
    with pytest.raises(NotesInvalid) as caught:
        from_plain(Steps, within)
    assert [fault.path for fault in caught.value.faults] == [f"steps.1.{path}".rstrip(".")]


def test_every_fault_is_named() -> None:
    with pytest.raises(NotesInvalid) as caught:
        from_plain(Steps, {"schema": "cuelight.steps/3", "steps": [{"op": "move", "in": -1, "way": 3}, {}], "no": 1})
    assert [fault.path for fault in caught.value.faults] == ["steps.0.in", "steps.0.way", "steps.1.op", "name", "no"]
    assert caught.value.message.endswith("; and more.")


def test_older_numbers_are_read_and_newer_ones_are_not() -> None:
    first, second = {"step": {"op": "stay"}}, {"steps": [{"op": "stay"}]}
    wanted = Steps((Stay(),), "unnamed")
    assert from_plain(Steps, {"schema": "cuelight.steps/1", **first}) == wanted
    assert from_plain(Steps, {"schema": "cuelight.steps/2", **second}) == wanted
    for other in ("cuelight.steps/4", "cuelight.steps/0", "cuelight.other/3", "cuelight.steps/3 ", 3, None):
        with pytest.raises(NotesInvalid, match=r"no cuelight\.steps/3 document"):
            from_plain(Steps, {"schema": other, **to_plain(wanted)} | {"schema": other})


def test_a_dataclass_holds_its_own_bounds() -> None:
    assert Move(100).start == 100
    for wrong in ({"start": 101}, {"start": 1, "title": ""}, {"start": 1, "tone": ("calmer",)}):
        with pytest.raises(SettingInvalid) as caught:
            Move(**wrong)
        assert caught.value.field in {"in", "title", "tone"}
    facts = facts_of(Move)
    assert (facts["start"].bounds.most, facts["start"].key, facts["start"].required) == (100, "in", True)
    assert (facts["title"].bounds.longest, facts["title"].default_value) == (8, None)


def test_text_of_one_line_is_read_without_needless_spaces() -> None:
    assert from_plain(Step, {"op": "move", "in": 1, "title": "  a  b "}) == Move(1, "a b")


def test_the_ground_floor_imports_neither_numpy_nor_av() -> None:
    code = "import sys, model.documents; sys.exit(any(m in sys.modules for m in ('numpy', 'av', 'scipy')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
