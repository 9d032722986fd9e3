"""Notes written as JSON come back equal, whatever is in them; damaged and foreign files are named as such."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model.delivery.exporter import Material
from model.delivery.notes_json import encode_notes, read_notes
from model.errors import NotesInvalid
from model.fields import Bounds
from model.spotting.notes import SpottingNotes
from model.time import Frame, Span, Timebase

RATES = (Fraction(24000, 1001), Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(50), Fraction(60000, 1001))


def anything(kind: Any) -> st.SearchStrategy[Any]:
    """Draw any value a field of this type may hold."""
    plain: dict[Any, st.SearchStrategy[Any]] = {
        str: st.text(max_size=12),
        int: st.integers(-(2**40), 2**40),
        bool: st.booleans(),
        float: st.floats(allow_nan=False),
        Frame: st.integers(-500, 10**7).map(Frame),
        Span: st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)).map(lambda ab: Span.of(min(ab), max(ab))),
        Timebase: st.builds(
            lambda rate, start, drop, assumed: Timebase(rate, start, drop and round(rate) % 30 == 0, assumed),
            st.sampled_from(RATES),
            st.integers(0, 10**6),
            st.booleans(),
            st.booleans(),
        ),
    }
    if get_origin(kind) is Annotated:
        return within_bounds(kind)
    if kind in plain:
        return plain[kind]
    if get_origin(kind) is tuple:
        args = get_args(kind)
        open_ended = args[-1] is Ellipsis
        return st.lists(anything(args[0]), max_size=2).map(tuple) if open_ended else st.tuples(*map(anything, args))
    if is_dataclass(kind):
        return record(kind)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return st.sampled_from(list(kind))
    return st.one_of([st.none() if arg is type(None) else anything(arg) for arg in get_args(kind)])


def within_bounds(kind: Any) -> st.SearchStrategy[Any]:
    """Draw a value that the bounds on an ``Annotated`` type allow."""
    inner, *notes = get_args(kind)
    bounds = [note for note in notes if isinstance(note, Bounds)]
    least = max((b.least for b in bounds if b.least is not None), default=None)
    most = min((b.most for b in bounds if b.most is not None), default=None)
    if inner is int:
        return st.integers(None if least is None else round(least), None if most is None else round(most))
    if inner is float:
        return st.floats(least, most, allow_nan=False)
    return anything(inner).filter(lambda value: not any(b.describe_fault(value) for b in bounds))


def record(kind: Any) -> st.SearchStrategy[Any]:
    hints = get_type_hints(kind, include_extras=True)
    drawn = {f.name: anything(hints[f.name]) for f in fields(kind) if f.name != "schema"}
    return st.builds(kind, **drawn)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(record(SpottingNotes))
def test_notes_come_back_equal_whatever_is_in_them(notes: SpottingNotes) -> None:
    data = encode_notes(notes)
    assert read_notes(data) == notes
    assert encode_notes(read_notes(data)) == data


def test_a_file_is_read_like_its_bytes(tmp_path: Path, make_material: Callable[..., Material]) -> None:
    notes = make_material().notes
    path = tmp_path / "x.notes.json"
    path.write_bytes(encode_notes(notes))
    assert read_notes(path) == notes == read_notes(encode_notes(notes))


def test_the_schema_stands_first(make_material: Callable[..., Material]) -> None:
    assert next(iter(json.loads(encode_notes(make_material().notes)).items())) == (
        "schema",
        "cuelight.spotting-notes/1",
    )


def test_every_member_of_the_written_form_is_a_field(make_material: Callable[..., Material]) -> None:
    plain = json.loads(encode_notes(make_material().notes))
    assert set(plain) == {"schema", *(f.name for f in fields(SpottingNotes))}
    assert all(f.default is not MISSING or f.name in plain for f in fields(SpottingNotes))


@pytest.mark.parametrize(
    ("damage", "word"),
    [
        (lambda p: p.update(schema="cuelight.spotting-notes/99"), "spotting-notes/1"),
        (lambda p: p.update(schema="cuelight.observations/1"), "observations"),
        (lambda p: p.update(extra=1), "extra is unknown here"),
        (lambda p: p.pop("hits"), r"hits is missing"),
        (lambda p: p["cues"][1].update(span={"in": 9, "out": 3}), r"cues\.1\.span"),
        (lambda p: p["cues"][0].update(usage="jazz"), r"cues\.0\.usage"),
        (lambda p: p["cues"][0].update(tone="warm"), r"a list.*cues\.0\.tone"),
        (lambda p: p["cues"][0].update(tempo_bpm=[60]), r"a list of 2.*tempo_bpm"),
        (lambda p: p["hits"][2].update(frame=1.5), r"a whole number.*hits\.2\.frame"),
        (lambda p: p["hits"][2]["why"][0].update(frame="1"), r"hits\.2\.why\.0\.frame"),
        (lambda p: p["reel"]["timebase"].update(rate="0/1"), "timebase"),
        (lambda p: p["reel"]["timebase"].update(drop_frame=True), "Drop-frame"),
    ],
)
def test_a_wrong_member_is_named(
    damage: Callable[[Any], None], word: str, make_material: Callable[..., Material]
) -> None:
    plain = json.loads(encode_notes(make_material().notes))
    damage(plain)
    with pytest.raises(NotesInvalid, match=word):
        read_notes(json.dumps(plain).encode())


def test_unreadable_places_are_refused(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "missing.json"):
        with pytest.raises(NotesInvalid, match="cannot be read"):
            read_notes(place)
