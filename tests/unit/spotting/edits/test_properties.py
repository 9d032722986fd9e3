"""Whatever is done to the notes, in whatever order: their promises hold, or nothing happens and it is said why."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model.delivery.notes_json import encode_notes, read_notes
from model.errors import CueInvalid, InputError, SettingInvalid
from model.observe.observations import Observations
from model.spotting.check import check_notes
from model.spotting.draft import spot
from model.spotting.edits.apply import (
    AddCue,
    SplitCue,
    apply,
    edit_from_record,
    edits_from_records,
    field_of,
    respot_keeping,
)
from model.spotting.edits.marks import is_edited
from model.spotting.edits.silences import is_worded
from model.spotting.notes import HitKind, InType, MustBe, OutType, SpottingNotes, Usage
from model.spotting.settings import SpotSettings
from model.spotting.vocabulary import WORDS

FRAMES = 2880
calm = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

frames = st.one_of(
    st.sampled_from(range(FRAMES)), st.integers(0, 120).map(lambda n: n * 24), st.sampled_from([-1, FRAMES + 1])
)
places = st.integers(0, 7)
texts = st.text(max_size=20)


def given_some(**members: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=members)


cue_fields = given_some(
    title=texts,
    instruction=texts,
    tone=st.lists(st.sampled_from([*sorted(WORDS)[:6], "jazzy"]), max_size=3),
    not_tone=st.lists(texts, max_size=3),
    usage=st.sampled_from(Usage),
    in_type=st.sampled_from(InType),
    out_type=st.sampled_from(OutType),
    tail=st.integers(-1, 200),
    intensity=st.floats(-1, 6),
    tempo_bpm=st.tuples(st.floats(10, 320), st.floats(10, 320)).map(list),
    palette=given_some(families=st.lists(texts, max_size=3), featured=texts, leave_free=texts),
    function=texts,
)
hit_members = {
    "kind": st.sampled_from(HitKind),
    "weight": st.floats(-0.5, 5.5),
    "label": texts,
    "early": st.integers(-1, 60),
    "late": st.integers(-1, 60),
    "must_be": st.sampled_from(MustBe),
    "treatment": st.sampled_from(["accent", "stop", "soft", "loud"]),
}


def operation(op: str, optional: dict[str, Any] | None = None, **members: Any) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"op": st.just(op), **members}, optional=optional or {})


operations = st.one_of(
    operation("move-edge", cue=places, edge=st.sampled_from(["in", "out"]), frame=frames),
    operation("move-edge", cue=places, edge=st.sampled_from(["in", "out"]), by=st.sampled_from(range(-150, 150))),
    operation("split-cue", cue=places, frame=frames),
    operation("split-cue", cue=places, share=st.sampled_from(range(100))),
    operation("merge-cues", first=places, second=places),
    operation("add-cue", **{"in": frames, "out": frames}),
    st.builds(lambda a, n: {"op": "add-cue", "in": a, "out": a + n}, frames, st.integers(6, 300)),
    operation("remove-cue", cue=places),
    operation("renumber"),
    operation("set-cue", cue=places, fields=cue_fields),
    operation("take-alternative", cue=places, index=st.integers(-1, 3)),
    operation("add-hit", frame=frames, optional=hit_members),
    operation("set-hit", hit=places, fields=given_some(frame=frames, **hit_members)),
    operation("remove-hit", hit=places),
    operation("set-silence", silence=places, fields=st.fixed_dictionaries({"instruction": texts})),
)


def addressed(record: dict[str, Any], notes: SpottingNotes) -> dict[str, Any]:
    """Put the id of the n-th cue, hit or silence in place of n; the last place is nobody's."""
    things = {
        "cue": notes.cues,
        "first": notes.cues,
        "second": notes.cues,
        "hit": notes.hits,
        "silence": notes.silences,
    }
    named = {
        name: (["nobody"] if record[name] == 7 or not owners else [owners[record[name] % len(owners)].id])[0]
        for name, owners in things.items()
        if name in record
    }
    found = {**record, **named}
    cue = next((c for c in notes.cues if c.id == found.get("cue")), None)
    if "by" in found:  # so many frames from where the edge lies
        by = found.pop("by")
        found["frame"] = by + (getattr(cue.span, "start" if found["edge"] == "in" else "end").index if cue else 0)
    if "share" in found:  # so many hundredths into the cue
        share = found.pop("share")
        found["frame"] = cue.span.start.index + cue.span.frames * share // 100 if cue else share
    return found


def assert_sound(notes: SpottingNotes) -> None:
    assert check_notes(notes) in ((), ("There is no cue in the notes: the film stays without music.",))
    parts = sorted([c.span for c in notes.cues] + [s.span for s in notes.silences])
    assert parts[0].start.index == 0
    assert parts[-1].end.index == notes.reel.frames
    assert all(a.end == b.start for a, b in pairwise(parts))
    assert all(part.frames for part in parts)
    assert list(notes.cues) == sorted(notes.cues, key=lambda c: c.span)
    assert list(notes.silences) == sorted(notes.silences, key=lambda s: s.span)
    ids = [thing.id for thing in (*notes.cues, *notes.silences, *notes.hits)]
    assert len(set(ids)) == len(ids)
    assert all(thing.why for thing in (*notes.cues, *notes.silences, *notes.hits))
    for hit in notes.hits:
        assert hit.cue == next((c.id for c in notes.cues if hit.frame in c.span), "")
        assert 0 <= hit.frame.index < notes.reel.frames
    limits = [*(c.span.start.index for c in notes.cues), notes.reel.frames][1:]
    starts = {c.span.start for c in notes.cues}
    outs = {c.span.end for c in notes.cues}
    for cue, limit in zip(notes.cues, limits, strict=True):
        assert 0 <= cue.tail <= limit - cue.span.end.index
        assert cue.in_type is not InType.SEGUE or cue.span.start in outs
        assert cue.out_type is not OutType.SEGUE or cue.span.end in starts
        assert all(cue.span.start < change.frame < cue.span.end for change in cue.changes)
        for offer in cue.alternatives:
            others = [c.span for c in notes.cues if c is not cue]
            assert not any(offer.span.overlap(other) for other in others)
            assert offer.span.start.index >= 0
            assert offer.span.end.index <= notes.reel.frames
    for silence in notes.silences:
        assert all(silence.span.overlap(offer.span) == offer.span.frames for offer in silence.alternatives)
    assert read_notes(encode_notes(notes)) == notes


@pytest.fixture(scope="module")
def notes(told: Observations) -> SpottingNotes:
    """Five cues, two of them touching, with nothing in them that a person touched."""
    first = spot(told, SpotSettings(coverage=0.55))
    middle = first.cues[1]
    more = apply(first, [SplitCue(middle.id, 1320), AddCue(480, 700)])
    cues = tuple(replace(cue, why=middle.why) if is_edited(cue) else cue for cue in more.cues)
    return replace(more, cues=cues)


def attempt(notes: SpottingNotes, *records: dict[str, Any]) -> SpottingNotes | CueInvalid | SettingInvalid:
    """What became of the notes, or the refusal; every other error is a fault."""
    try:
        return apply(notes, edits_from_records(records))
    except (CueInvalid, SettingInvalid) as error:
        return error


def spoken_share(notes: SpottingNotes, start: int, end: int) -> float:
    spoken = sum(
        any(line.span.start.index <= f < line.span.end.index for line in notes.dialogue) for f in range(start, end)
    )
    return round(spoken / (end - start), 3)


def test_the_notes_begin_sound(notes: SpottingNotes) -> None:
    assert len(notes.cues) == 5
    assert_sound(notes)


@calm
@given(st.lists(operations, min_size=1, max_size=12))
def test_every_edit_keeps_the_promises_or_is_refused(notes: SpottingNotes, records: list[dict[str, Any]]) -> None:
    for record in records:
        before = encode_notes(notes)
        after = attempt(notes, addressed(record, notes))
        if not isinstance(after, SpottingNotes):
            assert field_of(after).startswith("edits.0")
            assert after.message.endswith(".")
            assert encode_notes(notes) == before
            continue
        assert_sound(after)
        published = {c.id: c.number for c in notes.cues}
        kept = {c.id: c.number for c in after.cues if c.id in published}
        if record["op"] != "renumber":
            assert kept == {name: published[name] for name in kept}
        spans = {c.id: c.span for c in notes.cues}
        for cue in after.cues:
            if spans.get(cue.id) != cue.span:
                assert cue.dialogue_density == spoken_share(after, cue.span.start.index, cue.span.end.index)
        untouched = {"silences": after.silences == notes.silences, "hits": after.hits == notes.hits}
        assert untouched["silences"] or record["op"] not in {"add-hit", "set-hit", "remove-hit", "set-cue", "renumber"}
        assert (after.revision, after.settings, after.scenes, after.dialogue) == (
            notes.revision,
            notes.settings,
            notes.scenes,
            notes.dialogue,
        )
        notes = after


@calm
@given(st.lists(operations, min_size=1, max_size=4))
def test_a_batch_is_all_or_nothing_and_gives_the_same_bytes_again(
    notes: SpottingNotes, records: list[dict[str, Any]]
) -> None:
    records = [addressed(record, notes) for record in records]
    once = attempt(notes, *records)
    if not isinstance(once, SpottingNotes):
        assert field_of(once).startswith("edits.")
        return
    edits = edits_from_records(records)
    assert encode_notes(apply(notes, edits)) == encode_notes(once)
    stepwise, published = notes, {c.number for c in notes.cues}
    for record, edit in zip(records, edits, strict=True):
        stepwise = apply(stepwise, [edit], published)
        now = {c.number for c in stepwise.cues}
        published = now if record["op"] == "renumber" else published | now
    assert encode_notes(stepwise) == encode_notes(once)


def edited_by(notes: SpottingNotes, records: list[dict[str, Any]]) -> SpottingNotes:
    for record in records:
        after = attempt(notes, addressed(record, notes))
        notes = after if isinstance(after, SpottingNotes) else notes
    return notes


COVERAGES = (None, 0.0, 0.3, 0.8, 1.0)


@pytest.fixture(scope="module")
def fresh(told: Observations) -> dict[float | None, SpottingNotes]:
    return {coverage: spot(told, SpotSettings(coverage=coverage)) for coverage in COVERAGES}


WORDS_OF_A_CUE = (
    "id",
    "number",
    "title",
    "span",
    "usage",
    "tone",
    "not_tone",
    "function",
    "tempo_bpm",
    "palette",
    "why",
)


@calm
@given(st.lists(operations, max_size=8), st.sampled_from(COVERAGES))
def test_spotting_again_keeps_what_was_touched_and_every_promise(
    notes: SpottingNotes,
    fresh: dict[float | None, SpottingNotes],
    records: list[dict[str, Any]],
    coverage: float | None,
) -> None:
    edited = edited_by(notes, records)
    again = respot_keeping(fresh[coverage], edited)
    assert_sound(again)
    assert encode_notes(respot_keeping(fresh[coverage], edited)) == encode_notes(again)
    now = {cue.id: cue for cue in again.cues}
    for cue in edited.cues:
        if is_edited(cue):
            assert all(getattr(now[cue.id], name) == getattr(cue, name) for name in WORDS_OF_A_CUE)
        elif cue.id in now:
            assert now[cue.id].number == cue.number
    there = {hit.id: replace(hit, cue="") for hit in again.hits}
    assert all(there[hit.id] == replace(hit, cue="") for hit in edited.hits if is_edited(hit))
    for silence in edited.silences:
        if is_worded(silence):
            holder = next(s for s in again.silences if s.span.overlap(silence.span))
            assert holder.span.overlap(silence.span) == silence.span.frames
            assert silence.instruction in holder.instruction
    assert again.settings == fresh[coverage].settings


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts | st.just(10**400),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)


@calm
@given(operations, st.data())
def test_records_that_do_not_fit_are_refused_with_their_field(
    notes: SpottingNotes, record: dict[str, Any], data: st.DataObject
) -> None:
    record = addressed(record, notes)
    broken = dict(record)
    name = data.draw(st.sampled_from([*record, "more", "fields"]))
    broken[name] = data.draw(anything)
    if data.draw(st.booleans()) and isinstance(record.get("fields"), dict):
        inner = data.draw(st.sampled_from(["tone", "frame", "title", "tail", "tempo_bpm", "palette", "kind", "early"]))
        broken = {**record, "fields": {**record["fields"], inner: data.draw(anything)}}
    after = attempt(notes, broken)
    if isinstance(after, SpottingNotes):
        assert_sound(after)
    else:
        assert 0 < len(after.message) < 400


@pytest.mark.parametrize(
    "wrong", [None, 3, "move-edge", [], ["op"], {}, {"op": None}, {"op": "respot"}, {"op": []}, {"op": 10**6000}]
)
def test_what_is_no_edit_is_refused(wrong: Any) -> None:
    with pytest.raises(SettingInvalid):
        edit_from_record(wrong)


def test_notes_that_were_unsound_are_refused_not_mended(notes: SpottingNotes) -> None:
    twice = replace(notes, cues=(*notes.cues, notes.cues[0]))
    with pytest.raises(InputError):
        apply(twice, [])
