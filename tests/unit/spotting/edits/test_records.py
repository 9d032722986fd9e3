"""Edits as records: every operation is read, and what does not fit is named."""

from typing import Any

import pytest

from model.delivery.notes_json import encode_notes
from model.errors import SettingInvalid
from model.observe.observations import Observations
from model.spotting.draft import spot
from model.spotting.edits.apply import (
    AddCue,
    AddHit,
    CueFields,
    Edge,
    HitFields,
    MergeCues,
    MoveEdge,
    RemoveCue,
    RemoveHit,
    Renumber,
    SetCue,
    SetHit,
    SetSilence,
    SplitCue,
    TakeAlternative,
    apply,
    edit_from_record,
    edits_from_records,
    field_of,
)
from model.spotting.notes import HitKind, MustBe, SpottingNotes, Usage
from model.spotting.settings import SpotSettings


@pytest.fixture(scope="module")
def notes(told: Observations) -> SpottingNotes:
    """1m1 0-288, 1m2 960-1680, 1m3 2314-2880 of 2880 frames at 24."""
    found = spot(told, SpotSettings(coverage=0.55))
    assert [(c.span.start.index, c.span.end.index) for c in found.cues] == [(0, 288), (960, 1680), (2314, 2880)]
    return found


def test_nothing_happens_unless_all_of_a_batch_can(notes: SpottingNotes) -> None:
    before = encode_notes(notes)
    with pytest.raises(SettingInvalid, match="no hit 'nobody'") as caught:
        apply(notes, [RemoveCue(notes.cues[0].id), RemoveHit("nobody")])
    assert field_of(caught.value) == "edits.1.hit"
    assert encode_notes(notes) == before


RECORDS: list[tuple[dict[str, Any], object]] = [
    ({"op": "move-edge", "cue": "c", "edge": "in", "frame": 3}, MoveEdge("c", Edge.IN, 3)),
    ({"op": "split-cue", "cue": "c", "frame": 3}, SplitCue("c", 3)),
    ({"op": "merge-cues", "first": "a", "second": "b"}, MergeCues("a", "b")),
    ({"op": "add-cue", "in": 1, "out": 2}, AddCue(1, 2)),
    ({"op": "remove-cue", "cue": "c"}, RemoveCue("c")),
    ({"op": "renumber"}, Renumber()),
    (
        {"op": "set-cue", "cue": "c", "fields": {"title": " The  door ", "usage": "score", "tempo_bpm": [80, 90]}},
        SetCue("c", CueFields(title="The door", usage=Usage.SCORE, tempo_bpm=(80.0, 90.0))),
    ),
    ({"op": "take-alternative", "cue": "c", "index": 0}, TakeAlternative("c", 0)),
    ({"op": "add-hit", "frame": 3, "kind": "line end"}, AddHit(3, HitFields(kind=HitKind.LINE_END))),
    ({"op": "set-hit", "hit": "h", "fields": {"must_be": "avoid"}}, SetHit("h", HitFields(must_be=MustBe.AVOID))),
    ({"op": "remove-hit", "hit": "h"}, RemoveHit("h")),
    ({"op": "set-silence", "silence": "s", "fields": {"instruction": "Wait."}}, SetSilence("s", "Wait.")),
]


@pytest.mark.parametrize(("record", "edit"), RECORDS)
def test_every_operation_is_read_from_its_record(record: dict[str, Any], edit: object) -> None:
    assert edit_from_record(record) == edit
    with pytest.raises(SettingInvalid) as caught:
        edit_from_record({**record, "more": 1})
    assert field_of(caught.value) == "more"
    for name in record.keys() - {"kind"}:
        with pytest.raises(SettingInvalid, match="lacks") as caught:
            edit_from_record({key: value for key, value in record.items() if key != name})
        assert field_of(caught.value) == name


@pytest.mark.parametrize(
    ("record", "field"),
    [
        ({"op": "move-edge", "cue": "c", "edge": "in", "frame": True}, "frame"),
        ({"op": "move-edge", "cue": "c", "edge": "in", "frame": 3.0}, "frame"),
        ({"op": "move-edge", "cue": "c", "edge": "in", "frame": 10**5000}, "frame"),
        ({"op": "move-edge", "cue": "c", "edge": "middle", "frame": 3}, "edge"),
        ({"op": "move-edge", "cue": 7, "edge": "in", "frame": 3}, "cue"),
        ({"op": "set-cue", "cue": "c", "fields": []}, "fields"),
        ({"op": "set-cue", "cue": "c", "fields": {"title": " "}}, "fields.title"),
        ({"op": "set-cue", "cue": "c", "fields": {"title": "\ud800"}}, "fields.title"),
        ({"op": "set-cue", "cue": "c", "fields": {"instruction": "x" * 2001}}, "fields.instruction"),
        ({"op": "set-cue", "cue": "c", "fields": {"tone": ["tensed"]}}, "fields.tone"),
        ({"op": "set-cue", "cue": "c", "fields": {"tone": "tense"}}, "fields.tone"),
        ({"op": "set-cue", "cue": "c", "fields": {"intensity": float("nan")}}, "fields.intensity"),
        ({"op": "set-cue", "cue": "c", "fields": {"intensity": 10**400}}, "fields.intensity"),
        ({"op": "set-cue", "cue": "c", "fields": {"tempo_bpm": [90, 80]}}, "fields.tempo_bpm"),
        ({"op": "set-cue", "cue": "c", "fields": {"tempo_bpm": [90]}}, "fields.tempo_bpm"),
        ({"op": "set-cue", "cue": "c", "fields": {"palette": {"colour": "red"}}}, "fields.palette.colour"),
        ({"op": "set-cue", "cue": "c", "fields": {"id": "other"}}, "fields.id"),
        ({"op": "add-hit", "frame": 3, "weight": 9}, "weight"),
        ({"op": "add-hit", "frame": 3, "treatment": "loud"}, "treatment"),
        ({"op": "set-hit", "hit": "h", "fields": {"treatment": "loud"}}, "fields.treatment"),
    ],
)
def test_a_member_that_does_not_fit_is_named(record: dict[str, Any], field: str) -> None:
    with pytest.raises(SettingInvalid) as caught:
        edit_from_record(record)
    assert field_of(caught.value) == field
    with pytest.raises(SettingInvalid) as caught:
        edits_from_records([{"op": "renumber"}, record])
    assert field_of(caught.value) == f"edits.1.{field}"


def test_a_tone_word_nearly_right_is_helped(notes: SpottingNotes) -> None:
    with pytest.raises(SettingInvalid, match="'tensed' is no tone word") as caught:
        CueFields(tone=("tensed",))
    assert "'tense'" in caught.value.hint
