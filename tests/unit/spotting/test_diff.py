"""What changed is told once, in a sentence with timecodes; who collides with whom is told to both."""

import json
from dataclasses import asdict, replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model.errors import InputError
from model.observe.observations import Observations
from model.spotting.diff import Difference, compare_notes, find_clashes
from model.spotting.draft import spot
from model.spotting.edits.apply import (
    AddCue,
    AddHit,
    CueFields,
    Edge,
    Edit,
    HitFields,
    MoveEdge,
    PaletteFields,
    RemoveCue,
    RemoveHit,
    SetCue,
    SetHit,
    SetSilence,
    SplitCue,
    apply,
)
from model.spotting.notes import HitKind, SpottingNotes
from model.spotting.settings import SpotSettings
from model.time import Frame, Span, Timebase


@pytest.fixture(scope="module")
def notes(told: Observations) -> SpottingNotes:
    """1m1 0-288, 1m2 960-1680, 1m3 2314-2880 of 2880 frames at 24."""
    return spot(told, SpotSettings(coverage=0.55))


def told_of(found: tuple[Difference, ...], **like: Any) -> list[str]:
    return [d.text for d in found if all(getattr(d, name) == value for name, value in like.items())]


def test_an_edge_is_told_with_its_distance_and_both_timecodes(notes: SpottingNotes) -> None:
    later = apply(notes, [MoveEdge(notes.cues[1].id, Edge.IN, 963)])
    (found,) = [d for d in compare_notes(notes, later) if d.field == "in"]
    assert found.text == "1m2 comes in 3 frames later (01:00:40:00 -> 01:00:40:03)"
    assert (found.kind, found.id, found.label, found.what) == ("cue", notes.cues[1].id, "1m2", "changed")
    assert (found.before, found.after, found.frame) == (960, 963, 963)
    earlier = apply(notes, [MoveEdge(notes.cues[1].id, Edge.OUT, 1679)])
    assert told_of(compare_notes(notes, earlier)) == ["1m2 goes out 1 frame earlier (01:01:10:00 -> 01:01:09:23)"]


def test_timecodes_drop_where_the_reel_drops(notes: SpottingNotes) -> None:
    base = Timebase.from_label(Timebase.from_label(notes.reel.timebase.rate * 1250 / 1001).rate, "01:00:00;00")
    dropping = replace(notes, reel=replace(notes.reel, timebase=base))
    later = apply(dropping, [MoveEdge(notes.cues[1].id, Edge.OUT, 1860)])
    assert told_of(compare_notes(dropping, later), field="out") == [
        "1m2 goes out 180 frames later (01:00:56;00 -> 01:01:02;02)"
    ]


def test_what_is_new_gone_and_said_anew_is_told_each_once(notes: SpottingNotes) -> None:
    first, second, third = notes.cues
    hit = notes.hits[0]
    after = apply(
        notes,
        [
            SetCue(first.id, CueFields(title="The door", palette=PaletteFields(featured="harp"), tempo_bpm=(60, 70))),
            RemoveCue(third.id),
            AddCue(480, 720),
            SetHit(hit.id, HitFields(weight=5.0, label="slam")),
            RemoveHit(notes.hits[1].id),
            AddHit(1111, HitFields(kind=HitKind.LOOK)),
            SetSilence(notes.silences[0].id, "Nothing."),
        ],
    )
    found = compare_notes(notes, after)
    assert f"1m1 is now called “The door” (was “{first.title}”)" in told_of(found)
    assert told_of(found, field="tempo_bpm") == [
        f"1m1, tempo: {first.tempo_bpm[0]:g}, {first.tempo_bpm[1]:g} -> 60, 70"
    ]
    assert told_of(found, kind="cue", what="removed") == ["1m3 is gone (01:01:36:10 to 01:02:00:00)"]
    assert told_of(found, kind="cue", what="added") == ["1m1A is new (01:00:20:00 to 01:00:30:00)"]
    assert told_of(found, kind="hit", what="added") == ["hit “the look” is new (01:00:46:07)"]
    assert told_of(found, kind="hit", what="removed")[0].startswith(f"hit “{notes.hits[1].label}” is gone")
    assert f"hit “{hit.label}” is now called “slam”" in told_of(found)
    assert any("now says “Nothing.”" in text for text in told_of(found, kind="silence"))
    assert not told_of(found, id=second.id)
    assert [d.frame for d in found] == sorted(d.frame for d in found)
    json.dumps([asdict(d) for d in found], allow_nan=False)


def test_the_other_way_round_new_is_gone(notes: SpottingNotes) -> None:
    after = apply(notes, [SplitCue(notes.cues[1].id, 1300), RemoveCue(notes.cues[0].id)])
    there, back = compare_notes(notes, after), compare_notes(after, notes)
    turned = {"added": "removed", "removed": "added", "changed": "changed"}
    assert {(d.kind, d.id, turned[d.what], d.field) for d in there} == {(d.kind, d.id, d.what, d.field) for d in back}


def test_settings_are_told_before_the_reel(notes: SpottingNotes) -> None:
    other = replace(notes, settings=replace(notes.settings, coverage=None, picture_version="v2"))
    assert told_of(compare_notes(notes, other)) == ["coverage: 0.55 -> none", "picture version: “v1” -> “v2”"]


def test_in_another_cut_a_cue_is_known_by_where_it_lies(notes: SpottingNotes) -> None:
    def moved(span: Span, by: int) -> Span:
        return Span(span.start + by, span.end + by)

    other = replace(
        notes,
        reel=replace(notes.reel, sha256="f" * 64, frames=notes.reel.frames + 10),
        cues=tuple(replace(cue, id=f"other-{cue.id}", span=moved(cue.span, 10)) for cue in notes.cues),
        hits=tuple(replace(hit, id=f"other-{hit.id}", frame=hit.frame + 10) for hit in notes.hits),
    )
    found = compare_notes(notes, other)
    assert told_of(found, kind="cue", field="in") == [
        "1m1 comes in 10 frames later (01:00:00:00 -> 01:00:00:10)",
        "1m2 comes in 10 frames later (01:00:40:00 -> 01:00:40:10)",
        "1m3 comes in 10 frames later (01:01:36:10 -> 01:01:36:20)",
    ]
    assert {d.what for d in found if d.kind == "cue"} == {"changed"}
    assert len(told_of(found, kind="hit", field="frame")) == len(notes.hits)


# clashes


def both(notes: SpottingNotes, mine: list[Edit], theirs: list[Edit]) -> list[str]:
    return [clash.text for clash in find_clashes(notes, apply(notes, mine), apply(notes, theirs))]


def test_two_who_change_different_things_do_not_clash(notes: SpottingNotes) -> None:
    first, second, third = (cue.id for cue in notes.cues)
    mine: list[Edit] = [MoveEdge(second, Edge.IN, 950), SetCue(first, CueFields(title="A")), AddHit(1111)]
    theirs: list[Edit] = [MoveEdge(second, Edge.OUT, 1700), SetCue(first, CueFields(intensity=1.0)), RemoveCue(third)]
    assert both(notes, mine, theirs) == []


def test_the_same_field_said_twice_differently_clashes_and_the_same_said_twice_does_not(notes: SpottingNotes) -> None:
    name = notes.cues[1].id
    one, other = SetCue(name, CueFields(title="A")), SetCue(name, CueFields(title="B"))
    assert both(notes, [one], [other]) == ["1m2, title: you have “A”, they have “B”"]
    assert both(notes, [one], [one]) == []
    assert both(notes, [MoveEdge(name, Edge.IN, 950)], [MoveEdge(name, Edge.IN, 963)]) == [
        "1m2, in: you have 01:00:39:14, they have 01:00:40:03"
    ]


def test_what_one_removed_and_the_other_changed_clashes(notes: SpottingNotes) -> None:
    name = notes.cues[1].id
    removed, renamed = RemoveCue(name), SetCue(name, CueFields(title="A"))
    change = f"1m2 is now called “A” (was “{notes.cues[1].title}”)"
    assert both(notes, [removed], [renamed]) == [f"You removed 1m2, they changed it: {change}"]
    (clash,) = find_clashes(notes, apply(notes, [renamed]), apply(notes, [removed]))
    assert clash.text == f"They removed 1m2, you changed it: {change}"
    assert (clash.base, clash.mine, clash.theirs) == (notes.cues[1].title, "A", None)


def test_edges_that_would_cross_clash(notes: SpottingNotes) -> None:
    first, second = notes.cues[0].id, notes.cues[1].id
    mine, theirs = MoveEdge(first, Edge.OUT, 700), MoveEdge(second, Edge.IN, 600)
    assert both(notes, [mine], [theirs]) == ["1m1 and 1m2 would lie upon each other for 100 frames from 01:00:25:00"]
    assert both(notes, [mine, MoveEdge(second, Edge.IN, 970)], [theirs]) == [
        "1m1 and 1m2 would lie upon each other for 100 frames from 01:00:25:00",
        "1m2, in: you have 01:00:40:10, they have 01:00:25:00",
    ]
    assert both(notes, [AddCue(400, 650)], [theirs]) == [
        "1m1A and 1m2 would lie upon each other for 50 frames from 01:00:25:00"
    ]
    assert both(notes, [MoveEdge(first, Edge.IN, 250)], [MoveEdge(first, Edge.OUT, 200)]) == [
        "1m1 would end before it begins: one of you moved its in, the other its out"
    ]


def test_a_hit_added_by_both_clashes_only_in_what_differs(notes: SpottingNotes) -> None:
    one, other = (AddHit(1111, HitFields(kind=HitKind.LOOK, weight=w)) for w in (1.0, 2.0))
    assert both(notes, [one], [other]) == ["hit “the look”: you have weight 1, they have weight 2"]


# properties

edges = st.sampled_from(Edge)
places = st.integers(0, 2)
spots = st.sampled_from(range(0, 2880, 8))
steps = st.one_of(
    st.tuples(st.just("move"), places, edges, spots),
    st.tuples(st.just("name"), places, st.sampled_from("AB"), spots),
    st.tuples(st.just("remove"), places, edges, spots),
    st.tuples(st.just("split"), places, edges, spots),
    st.tuples(st.just("add"), places, edges, spots),
    st.tuples(st.just("hit"), places, edges, spots),
)
calm = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def edit_of(notes: SpottingNotes, step: tuple[Any, ...]) -> Edit:
    what, place, choice, frame = step
    name = notes.cues[place % len(notes.cues)].id if notes.cues else "nobody"
    made: dict[str, Edit] = {
        "move": MoveEdge(name, Edge(choice) if what == "move" else Edge.IN, frame),
        "name": SetCue(name, CueFields(title=str(choice))),
        "remove": RemoveCue(name),
        "split": SplitCue(name, frame),
        "add": AddCue(frame, frame + 200),
        "hit": AddHit(frame),
    }
    return made[what]


def walked(notes: SpottingNotes, steps_taken: list[tuple[Any, ...]]) -> SpottingNotes:
    for step in steps_taken:
        try:
            notes = apply(notes, [edit_of(notes, step)])
        except InputError:
            continue
    return notes


@calm
@given(st.lists(steps, max_size=6), st.lists(steps, max_size=6))
def test_comparing_is_complete_and_clashes_are_the_same_for_both(
    notes: SpottingNotes, one: list[tuple[Any, ...]], other: list[tuple[Any, ...]]
) -> None:
    mine, theirs = walked(notes, one), walked(notes, other)
    found = compare_notes(mine, theirs)
    placed = [
        [(c.id, c.number, c.title, c.span) for c in n.cues] + [(h.id, h.frame) for h in n.hits] for n in (mine, theirs)
    ]
    if placed[0] == placed[1]:
        assert not [d for d in found if d.kind in {"cue", "hit"} and d.field in {"", "in", "out", "title", "frame"}]
    assert bool(found) or placed[0] == placed[1]
    changed = {d.id for d in found if d.kind == "cue" and d.what == "added"}
    assert changed == {c.id for c in theirs.cues} - {c.id for c in mine.cues}
    assert all(d.text and d.label for d in found)
    json.dumps([asdict(d) for d in found], allow_nan=False)
    here, there = find_clashes(notes, mine, theirs), find_clashes(notes, theirs, mine)
    assert {(c.kind, c.id, c.field) for c in here} == {(c.kind, c.id, c.field) for c in there}
    assert sorted((c.id, c.field, str(c.mine), str(c.theirs)) for c in here) == sorted(
        (c.id, c.field, str(c.theirs), str(c.mine)) for c in there
    )
    assert (
        find_clashes(notes, mine, notes) == find_clashes(notes, notes, theirs) == find_clashes(notes, mine, mine) == ()
    )
    json.dumps([asdict(c) for c in here], allow_nan=False)


@calm
@given(st.lists(steps, min_size=1, max_size=3), st.lists(steps, min_size=1, max_size=3))
def test_edges_that_do_not_clash_can_stand_beside_each_other(
    notes: SpottingNotes, one: list[tuple[Any, ...]], other: list[tuple[Any, ...]]
) -> None:
    mine, theirs = walked(notes, one), walked(notes, other)
    if find_clashes(notes, mine, theirs):
        return
    origin = {c.id: c.span for c in notes.cues}
    ours, others = ({c.id: c.span for c in n.cues} for n in (mine, theirs))
    names = {n for n in ours.keys() | others.keys() if n not in origin or (n in ours and n in others)}
    spans = []
    for name in names:
        was, here, there = origin.get(name), ours.get(name), others.get(name)
        either = here or there
        assert either is not None
        start = next((s.start for s in (here, there) if s and was and s.start != was.start), either.start)
        end = next((s.end for s in (here, there) if s and was and s.end != was.end), either.end)
        assert start < end
        spans.append(Span(start, end))
    ordered = sorted(spans)
    assert all(a.end <= b.start for a, b in pairwise(ordered))
    assert all(Frame(0) <= span.start for span in ordered)
