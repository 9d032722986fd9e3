"""The lanes document says what was observed, in frames, small, and reads back."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from model.delivery.exporter import Material
from model.documents import encode
from model.errors import NotesInvalid
from model.media.reel import Clock
from model.observe.observations import Cuts, Face, Faces, Observations, Person, Title, Transition, TransitionKind
from model.review.lanes import read_lanes, read_thumbnail, review_lanes
from model.time import Frame, Span

MakeMaterial = Callable[..., Material]
BOX = (0.1, 0.1, 0.2, 0.2)


def seen_of(material: Material) -> Observations:
    assert material.observations is not None
    return material.observations


def with_people(seen: Observations) -> Observations:
    """Two people: one in the first two shots, one who comes and goes; looks every 12 frames."""
    frames = seen.reel.frames
    cuts = Cuts(tuple(Transition(TransitionKind.CUT, Frame(f), Frame(f), 0.9) for f in (100, 200)), (Frame(150),))
    looked = tuple(Frame(f) for f in range(0, frames, 12))
    first = [Face(Frame(f), BOX, 0.9, 0) for f in range(48, 180, 12)]
    second = [Face(Frame(f), BOX, 0.9, 1) for f in (12, 36, 300)]
    nobody = [Face(Frame(240), BOX, 0.5, -1)]
    people = (Person("Mara", 11, Frame(60)), Person("person B", 3, Frame(12), b"jpeg of B"))
    return replace(seen, cuts=cuts, faces=Faces((*first, *second, *nobody), people, looked))


def test_it_reads_back_and_is_the_same_every_time(make_material: MakeMaterial) -> None:
    material = make_material()
    data = review_lanes(seen_of(material), material.notes)
    assert encode(read_lanes(data)) == data
    assert review_lanes(seen_of(material), material.notes) == data
    apart = read_lanes(review_lanes(seen_of(material), material.notes, music_apart=True))
    assert (read_lanes(data).music_apart, apart.music_apart) == (False, True)
    plain = json.loads(data)
    assert json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode() + b"\n" == data
    del plain["music_apart"]
    assert read_lanes(json.dumps(plain).encode()) == read_lanes(data), "an older document does not say"


def test_what_was_observed_is_there_in_frames(make_material: MakeMaterial) -> None:
    material = make_material()
    seen, notes = with_people(seen_of(material)), material.notes
    seen = replace(seen, titles=(Title(Span.of(5, 29), 0.8, 0.2, "SINTEL"),))
    lanes = json.loads(review_lanes(seen, notes))
    base = notes.reel.timebase
    assert lanes["rate"] == f"{base.rate.numerator}/{base.rate.denominator}"
    assert (lanes["start"], lanes["frames"], lanes["drop_frame"]) == (base.start, seen.reel.frames, base.drop_frame)
    assert lanes["cuts"] == [{"start": f, "end": f, "kind": "cut"} for f in (100, 200)]
    assert lanes["flashes"] == [150]
    assert lanes["titles"] == [{"in": 5, "out": 29, "text": "SINTEL"}]
    assert [(d["in"], d["out"], d["text"]) for d in lanes["dialogue"]] == [
        (d.span.start.index, d.span.end.index, d.text) for d in notes.dialogue
    ]
    assert set(lanes["speakers"]) == {d.speaker for d in notes.dialogue}
    assert [s["number"] for s in lanes["scenes"]] == [s.number for s in notes.scenes]
    assert seen.music is not None
    assert [m["in"] for m in lanes["music"]] == [seen.clock.frame(s.start_s).index for s in seen.music.stretches]
    assert seen.effects is not None
    assert [e["frame"] for e in lanes["effects"]] == [seen.clock.frame(i.time_s).index for i in seen.effects.impacts]
    assert lanes["frame_us"] == []


def test_people_are_on_screen_between_the_looks_and_never_past_their_shot(make_material: MakeMaterial) -> None:
    material = make_material()
    seen = with_people(seen_of(material))
    mara, other = json.loads(review_lanes(seen, material.notes))["people"]
    assert mara["spans"] == [{"in": 42, "out": 174}], "one stretch across the cut at 100"
    assert other["spans"] == [{"in": 6, "out": 18}, {"in": 30, "out": 42}, {"in": 294, "out": 306}], (
        "not when nobody saw it"
    )
    assert mara["thumbnail"] is None
    assert other["thumbnail"] == len(seen.thumbnails)


def test_pictures_by_number(make_material: MakeMaterial) -> None:
    material = make_material()
    seen = with_people(seen_of(material))
    lanes = json.loads(review_lanes(seen, material.notes))
    assert [read_thumbnail(seen, t["n"]) for t in lanes["thumbnails"]] == [t.jpeg for t in seen.thumbnails]
    assert read_thumbnail(seen, len(seen.thumbnails)) == b"jpeg of B"
    for wrong in (-1, len(seen.thumbnails) + 1):
        with pytest.raises(NotesInvalid):
            read_thumbnail(seen, wrong)


def test_curves_keep_what_can_be_seen(make_material: MakeMaterial) -> None:
    material = make_material()
    seen = seen_of(material)
    assert seen.loudness is not None
    loud = seen.loudness.momentary_lufs.copy()
    loud[7] = -3.21
    loud[8] = -np.inf
    seen = replace(seen, loudness=replace(seen.loudness, momentary_lufs=loud))
    lanes = json.loads(review_lanes(seen, material.notes))
    assert lanes["loudness"] is not None
    assert lanes["loudness"]["hop_s"] == 0.2
    assert lanes["loudness"]["lufs"][3] == -3.2, "the loudest of both"
    assert len(lanes["loudness"]["lufs"]) == -(-len(loud) // 2)
    np.testing.assert_allclose(lanes["feeling"]["valence"]["value"], seen.affect.valence.value, atol=0.0051)
    assert len(lanes["feeling"]["tension"]["confidence"]) == len(lanes["feeling"]["tension"]["value"])


def test_a_silent_reel_of_variable_rate(make_material: MakeMaterial) -> None:
    material = make_material()
    seen = seen_of(material)
    times = np.cumsum(np.random.default_rng(1).uniform(0.01, 0.1, seen.reel.frames))
    clock = Clock(times - times[0], float(times[-1] - times[0]) + 0.04)
    reel = replace(seen.reel, variable_rate=True)
    seen = replace(seen, reel=reel, clock=clock, loudness=None, music=None, effects=None, dialogue=None)
    lanes = json.loads(review_lanes(seen, replace(material.notes, dialogue=())))
    assert lanes["loudness"] is None
    assert lanes["music"] == lanes["effects"] == lanes["dialogue"] == lanes["speakers"] == []
    np.testing.assert_allclose(np.cumsum(lanes["frame_us"]) / 1e6, [*clock.times_s[1:], clock.end_s], atol=1e-6)


def test_a_document_that_is_none_is_refused(make_material: MakeMaterial) -> None:
    material = make_material()
    plain = json.loads(review_lanes(seen_of(material), material.notes))
    for wrong in (
        b"{}",
        b"no",
        json.dumps({**plain, "schema": "cuelight.lanes/2"}).encode(),
        json.dumps({**plain, "cuts": [{"start": 1, "end": 2}]}).encode(),
        json.dumps({**plain, "more": 1}).encode(),
    ):
        with pytest.raises(NotesInvalid):
            read_lanes(wrong)


def test_an_hour_with_sixty_cues_is_small(make_hour: MakeMaterial) -> None:
    material = make_hour()
    data = review_lanes(seen_of(material), material.notes)
    assert len(gzip.compress(data)) < 500_000, "a two-hour reel stays under a megabyte"
