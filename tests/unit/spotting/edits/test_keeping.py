"""Spotting again goes round what a person decided."""

from dataclasses import replace

import pytest

from model.errors import CueInvalid, ReelMismatch
from model.observe.observations import Observations
from model.spotting.draft import spot
from model.spotting.edits.apply import (
    AddHit,
    Edge,
    HitFields,
    MergeCues,
    MoveEdge,
    RemoveCue,
    RemoveHit,
    SetHit,
    SetSilence,
    SplitCue,
    apply,
    respot_keeping,
)
from model.spotting.notes import HitKind, OutType, SpottingNotes
from model.spotting.settings import SpotSettings
from model.time import Frame, Span


@pytest.fixture(scope="module")
def notes(told: Observations) -> SpottingNotes:
    """1m1 0-288, 1m2 960-1680, 1m3 2314-2880 of 2880 frames at 24."""
    found = spot(told, SpotSettings(coverage=0.55))
    assert [(c.span.start.index, c.span.end.index) for c in found.cues] == [(0, 288), (960, 1680), (2314, 2880)]
    return found


def numbers(notes: SpottingNotes) -> list[str]:
    return [cue.number for cue in notes.cues]


def test_spotting_again_changes_nothing_a_person_set_and_fills_the_rest(
    told: Observations, notes: SpottingNotes
) -> None:
    name = notes.cues[1].id
    edited = apply(
        notes,
        [
            MoveEdge(name, Edge.OUT, 1600),
            RemoveCue(notes.cues[0].id),
            AddHit(1111, HitFields(kind=HitKind.LOOK)),
            RemoveHit(notes.hits[0].id),
        ],
    )
    fresh = spot(told, SpotSettings(coverage=1.0), previous=edited)
    again = respot_keeping(fresh, edited, removed=[notes.hits[0].id], published=[c.number for c in notes.cues])
    kept = next(cue for cue in again.cues if cue.id == name)
    assert (kept.span, kept.number, kept.title) == (Span.of(960, 1600), "1m2", notes.cues[1].title)
    assert not any(cue.span.overlap(Span.of(0, 288)) for cue in again.cues)
    assert any(hit.frame == Frame(1111) for hit in again.hits)
    assert notes.hits[0].id not in {hit.id for hit in again.hits}
    played = sum(cue.span.frames for cue in again.cues)
    assert played > 0.8 * notes.reel.frames
    assert "1m1" not in numbers(again)


def test_notes_that_nobody_touched_are_spotted_again_as_if_new(told: Observations, notes: SpottingNotes) -> None:
    fresh = spot(told, SpotSettings(coverage=0.3), previous=notes)
    assert respot_keeping(fresh, notes) == fresh


def test_the_rest_of_a_cue_a_person_shortened_does_not_come_back(told: Observations, notes: SpottingNotes) -> None:
    edited = apply(notes, [MoveEdge(notes.cues[1].id, Edge.OUT, 1440)])
    again = respot_keeping(spot(told, SpotSettings(coverage=0.55), previous=edited), edited)
    assert not any(cue.span.overlap(Span.of(1440, 1680)) for cue in again.cues)


def test_a_hit_a_person_moved_is_not_proposed_again_where_it_was(told: Observations, notes: SpottingNotes) -> None:
    hit = notes.hits[-1]
    edited = apply(notes, [SetHit(hit.id, HitFields(frame=1111))])
    again = respot_keeping(spot(told, SpotSettings(coverage=0.8), previous=edited), edited)
    assert [h.frame.index for h in again.hits if h.id == hit.id] == [1111]
    assert hit.frame not in {h.frame for h in again.hits}


def test_a_persons_silence_stays_itself_when_all_around_falls_silent(told: Observations, notes: SpottingNotes) -> None:
    small = min(notes.silences, key=lambda silence: silence.span.frames)
    edited = apply(notes, [SetSilence(small.id, "Let the clock tick.")])
    again = respot_keeping(spot(told, SpotSettings(coverage=0.0)), edited)
    assert [(s.id, s.instruction, s.span.frames) for s in again.silences] == [(small.id, "Let the clock tick.", 2880)]


def stretched(notes: SpottingNotes) -> SpottingNotes:
    """An hour of one cue, with scenes of seven minutes."""
    hour = 60 * 60 * 24
    scenes = tuple(replace(notes.scenes[0], number=k + 1, span=Span.of(k * 10080, (k + 1) * 10080)) for k in range(8))
    cue = replace(notes.cues[1], span=Span.of(0, hour), alternatives=(), changes=(), tail=0)
    return replace(
        notes, reel=replace(notes.reel, frames=hour), scenes=scenes, cues=(cue,), silences=(), hits=(), dialogue=()
    )


def test_music_throughout_a_long_reel_becomes_cues_of_at_most_twenty_minutes(notes: SpottingNotes) -> None:
    again = respot_keeping(stretched(notes), stretched(notes))
    assert [(c.span.start.index, c.span.end.index) for c in again.cues] == [
        (0, 20160), (20160, 40320), (40320, 60480), (60480, 86400),
    ]  # fmt: skip
    assert {c.out_type for c in again.cues[:-1]} == {OutType.SEGUE} == {OutType(c.in_type) for c in again.cues[1:]}
    assert again.silences == ()


def test_a_cue_that_was_too_long_can_be_split_and_shortened(notes: SpottingNotes) -> None:
    long = stretched(notes)
    name = long.cues[0].id
    halves = apply(long, [SplitCue(name, 40320)])
    assert apply(long, [MoveEdge(name, Edge.IN, 3)]).cues[0].span == Span.of(3, 86400)
    with pytest.raises(CueInvalid, match="too long"):
        apply(halves, [MergeCues(halves.cues[0].id, halves.cues[1].id)])


def test_another_film_is_refused(notes: SpottingNotes) -> None:
    other = replace(notes, reel=replace(notes.reel, sha256="f" * 64))
    with pytest.raises(ReelMismatch, match="not the cut that was edited"):
        respot_keeping(other, notes)
