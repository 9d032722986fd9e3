"""Each operation does what it promises, says what stands in its way, and leaves a person's mark."""

from dataclasses import replace
from typing import Any

import pytest

from model.delivery.notes_json import encode_notes
from model.errors import CueInvalid, SettingInvalid
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
    field_of,
)
from model.spotting.edits.marks import is_edited
from model.spotting.notes import Alternative, Change, HitKind, InType, MustBe, OutType, SpottingNotes, Usage
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


def said(cue: Any) -> list[str]:
    return [reason.text for reason in cue.why if reason.detector == "person"]


def with_cue(notes: SpottingNotes, at: int, **fields: Any) -> SpottingNotes:
    cues = list(notes.cues)
    cues[at] = replace(cues[at], **fields)
    return replace(notes, cues=tuple(cues))


# edges


def test_an_edge_moves_over_silence_and_the_silence_gives_way(notes: SpottingNotes) -> None:
    cue, silence = notes.cues[1], notes.silences[0]
    after = apply(notes, [MoveEdge(cue.id, Edge.IN, 957)])
    assert after.cues[1].span == Span.of(957, 1680)
    assert after.silences[0].span == Span.of(288, 957)
    assert (after.silences[0].id, after.silences[0].instruction) == (silence.id, silence.instruction)
    assert said(after.cues[1]) == ["You set the in here."]
    assert after.cues[1].why[0].frame == Frame(957)
    assert (after.cues[0], after.cues[2]) == (notes.cues[0], notes.cues[2])


def test_an_edge_moved_back_leaves_one_mark_not_two(notes: SpottingNotes) -> None:
    cue = notes.cues[1]
    after = apply(notes, [MoveEdge(cue.id, Edge.IN, frame) for frame in (957, 960)])
    assert after.cues[1].span == cue.span
    assert said(after.cues[1]) == ["You set the in here."]


def test_an_edge_that_stays_changes_nothing(notes: SpottingNotes) -> None:
    assert apply(notes, [MoveEdge(notes.cues[1].id, Edge.OUT, 1680)]) == notes


@pytest.mark.parametrize(
    ("at", "edge", "frame", "words", "hint"),
    [
        (1, Edge.IN, 287, "1m1 ends at 01:00:12:00", "01:00:12:00 and 01:01:09:12"),
        (1, Edge.OUT, 2315, "1m3 comes in at 01:01:36:10", "01:00:40:12 and 01:01:36:10"),
        (2, Edge.OUT, 2881, "the reel has 2880 frames", "frames 2326 to 2880"),
        (0, Edge.IN, -1, "the reel has 2880 frames", "frames 0 to 276"),
        (1, Edge.IN, 1669, "a cue has 12 to", "frames 288 to 1668"),
        (1, Edge.OUT, 10**9, "1m3 comes in", "frames 972 to 2314"),
    ],
)
def test_an_edge_stops_at_its_neighbour_and_is_told_how_far_it_may_go(
    notes: SpottingNotes, at: int, edge: Edge, frame: int, words: str, hint: str
) -> None:
    with pytest.raises(CueInvalid, match=words) as caught:
        apply(notes, [MoveEdge(notes.cues[at].id, edge, frame)])
    assert hint in caught.value.hint
    assert field_of(caught.value) == "edits.0.frame"


def test_cues_that_come_to_touch_lead_into_each_other_and_part_again(notes: SpottingNotes) -> None:
    first, second = notes.cues[0], notes.cues[1]
    joined = apply(notes, [MoveEdge(first.id, Edge.OUT, 960)])
    assert (joined.cues[0].out_type, joined.cues[0].tail, joined.cues[1].in_type) == (OutType.SEGUE, 0, InType.SEGUE)
    assert joined.cues[0].instruction.endswith(", segue on.")
    assert joined.cues[1].instruction.startswith("Segue from the last cue")
    assert len(joined.silences) == len(notes.silences) - 1
    parted = apply(joined, [MoveEdge(second.id, Edge.IN, 970)])
    assert (parted.cues[0].out_type, parted.cues[1].in_type) == (OutType.RING_OUT, InType.EASE_IN)
    assert parted.cues[0].tail == 10
    assert parted.silences[0].instruction == "No music. You took the music out here."
    assert is_edited(parted.silences[0])


def test_a_tail_never_rings_into_the_next_cue(notes: SpottingNotes) -> None:
    ringing = with_cue(notes, 0, tail=96)
    after = apply(ringing, [MoveEdge(notes.cues[1].id, Edge.IN, 300)])
    assert after.cues[0].tail == 12


def test_reasons_and_turns_left_outside_go_and_the_rest_stays(notes: SpottingNotes) -> None:
    turned = with_cue(notes, 1, changes=(Change(Frame(1000), "one"), Change(Frame(1500), "two")))
    at_out = [reason for reason in notes.cues[1].why if reason.frame == Frame(1680)]
    after = apply(turned, [MoveEdge(notes.cues[1].id, Edge.IN, 1200)])
    assert [change.text for change in after.cues[1].changes] == ["two"]
    assert all(reason.frame is None or reason.frame >= Frame(1200) for reason in after.cues[1].why)
    assert all(reason in after.cues[1].why for reason in at_out)


def test_alternatives_follow_the_other_edge_and_say_the_new_distance(notes: SpottingNotes) -> None:
    offers = (
        Alternative(Span.of(912, 1680), "come in on the cut, 2.0 s earlier"),
        Alternative(Span.of(960, 1632), "go out after the line, 2.0 s earlier"),
    )
    after = apply(with_cue(notes, 1, alternatives=offers), [MoveEdge(notes.cues[1].id, Edge.IN, 948)])
    assert [(o.span.start.index, o.span.end.index, o.text) for o in after.cues[1].alternatives] == [
        (912, 1680, "come in on the cut, 1.5 s earlier"),
        (948, 1632, "go out after the line, 2.0 s earlier"),
    ]


def test_an_alternative_that_has_become_the_choice_is_no_longer_one(notes: SpottingNotes) -> None:
    offer = Alternative(Span.of(912, 1680), "come in on the cut, 2.0 s earlier")
    before = with_cue(notes, 1, alternatives=(offer,))
    assert apply(before, [MoveEdge(notes.cues[1].id, Edge.IN, 912)]).cues[1].alternatives == ()


def test_an_alternative_is_taken_and_the_way_back_is_offered(notes: SpottingNotes) -> None:
    offer = Alternative(Span.of(912, 1680), "come in after the line, 2.0 s earlier", 0.4)
    before = with_cue(notes, 1, alternatives=(offer,), in_type=InType.ON_CUT, instruction="Enter on the cut; wait.")
    taken = apply(before, [TakeAlternative(before.cues[1].id, 0)])
    cue = taken.cues[1]
    assert (cue.span.start, cue.in_type) == (Frame(912), InType.AFTER_LINE)
    assert cue.instruction == "Ease in after the line; wait."
    assert cue.alternatives[0] == Alternative(before.cues[1].span, "come in where it was (on cut), 2.0 s later", 1.0)
    back = apply(taken, [TakeAlternative(cue.id, 0)]).cues[1]
    assert (back.span, back.in_type, back.instruction) == (
        before.cues[1].span,
        InType.ON_CUT,
        "Enter on the cut; wait.",
    )


def test_an_offer_to_drop_the_cue_drops_it(notes: SpottingNotes) -> None:
    offer = Alternative(notes.cues[1].span, "drop it and keep the scene dry", 0.5)
    after = apply(with_cue(notes, 1, alternatives=(offer,)), [TakeAlternative(notes.cues[1].id, 0)])
    assert numbers(after) == ["1m1", "1m3"]


def test_an_alternative_a_neighbour_has_grown_into_is_no_longer_offered(notes: SpottingNotes) -> None:
    offer = Alternative(Span.of(600, 1680), "come in early, 15.0 s earlier", 0.4)
    before = with_cue(notes, 1, alternatives=(offer,))
    assert offer in apply(before, [MoveEdge(notes.cues[0].id, Edge.OUT, 600)]).cues[1].alternatives
    assert apply(before, [MoveEdge(notes.cues[0].id, Edge.OUT, 601)]).cues[1].alternatives == ()


@pytest.mark.parametrize("index", [-1, 99])
def test_an_alternative_that_is_not_there_is_refused(notes: SpottingNotes, index: int) -> None:
    with pytest.raises(SettingInvalid, match="alternatives") as caught:
        apply(notes, [TakeAlternative(notes.cues[1].id, index)])
    assert field_of(caught.value) == "edits.0.index"


# cues


def test_the_halves_of_a_cue_lead_into_each_other(notes: SpottingNotes) -> None:
    turned = with_cue(notes, 1, changes=(Change(Frame(1000), "one"), Change(Frame(1300), "lift: urgent from here")))
    whole = turned.cues[1]
    after = apply(turned, [SplitCue(whole.id, 1300)])
    first, second = after.cues[1:3]
    assert numbers(after) == ["1m1", "1m2", "1m2A", "1m3"]
    assert (first.id, first.span, second.span) == (whole.id, Span.of(960, 1300), Span.of(1300, 1680))
    assert (first.in_type, first.out_type, first.tail) == (whole.in_type, OutType.SEGUE, 0)
    assert (second.in_type, second.out_type, second.tail) == (InType.SEGUE, whole.out_type, whole.tail)
    assert [change.text for change in first.changes] == ["one"]
    assert (second.changes, second.instruction) == ((), "Lift: urgent from here.")
    assert second.title == f"{whole.title}, continued"
    assert {h.cue for h in after.hits if 960 <= h.frame.index < 1300} <= {first.id}
    assert {h.cue for h in after.hits if 1300 <= h.frame.index < 1680} == {second.id}
    assert after.silences == notes.silences


def test_halves_merged_again_make_the_cue_they_were(notes: SpottingNotes) -> None:
    whole = notes.cues[1]
    split = apply(notes, [SplitCue(whole.id, 1300)])
    merged = apply(split, [MergeCues(split.cues[2].id, split.cues[1].id)]).cues[1]
    same = ("id", "number", "title", "span", "in_type", "out_type", "tail", "tone", "tempo_bpm", "intensity", "palette")
    assert [getattr(merged, name) for name in same] == [getattr(whole, name) for name in same]
    turn = Change(Frame(1300), split.cues[2].instruction)
    assert merged.changes == tuple(sorted((*whole.changes, turn), key=lambda change: change.frame))


@pytest.mark.parametrize("frame", [960, 971, 1669, 1680, -5, 10**9])
def test_a_half_too_short_is_refused(notes: SpottingNotes, frame: int) -> None:
    with pytest.raises(CueInvalid, match="cannot be split") as caught:
        apply(notes, [SplitCue(notes.cues[1].id, frame)])
    assert "01:00:40:12 and 01:01:09:12" in caught.value.hint


def test_neighbours_are_merged_over_the_silence_between_them(notes: SpottingNotes) -> None:
    one, other = notes.cues[0], notes.cues[1]
    after = apply(notes, [MergeCues(one.id, other.id)])
    merged = after.cues[0]
    assert numbers(after) == ["1m1", "1m3"]
    assert (merged.id, merged.span) == (one.id, Span.of(0, 1680))
    assert (merged.in_type, merged.out_type, merged.tail) == (one.in_type, other.out_type, other.tail)
    assert set(merged.tone) == {*one.tone, *other.tone}
    assert not set(merged.tone) & set(merged.not_tone)
    assert merged.tempo_bpm == (
        min(one.tempo_bpm[0], other.tempo_bpm[0]),
        max(one.tempo_bpm[1], other.tempo_bpm[1]),
    )
    assert Change(Frame(960), other.instruction) in merged.changes
    assert {hit.cue for hit in after.hits if hit.frame < Frame(1680)} == {one.id}
    assert said(merged) == ["You merged 1m1 and 1m2."]
    assert [s.span for s in after.silences] == [Span.of(1680, 2314)]


def test_cues_that_are_no_neighbours_or_of_two_kinds_are_not_merged(notes: SpottingNotes) -> None:
    ids = [cue.id for cue in notes.cues]
    for first, second in ((ids[0], ids[2]), (ids[1], ids[1])):
        with pytest.raises(CueInvalid, match="not neighbours"):
            apply(notes, [MergeCues(first, second)])
    with pytest.raises(CueInvalid, match="cannot be one cue"):
        apply(with_cue(notes, 1, usage=Usage.SOURCE), [MergeCues(ids[0], ids[1])])


def test_music_is_put_into_a_silence_in_the_words_of_the_nearest_cue(notes: SpottingNotes) -> None:
    after = apply(notes, [AddCue(480, 720)])
    cue = after.cues[1]
    assert (cue.number, cue.span, cue.confidence) == ("1m1A", Span.of(480, 720), 1.0)
    assert (cue.tone, cue.tempo_bpm) == (notes.cues[0].tone, notes.cues[0].tempo_bpm)
    assert said(cue) == ["You put music here."]
    before, behind = after.silences[:2]
    assert (before.span, behind.span) == (Span.of(288, 480), Span.of(720, 960))
    assert before.instruction == behind.instruction == notes.silences[0].instruction
    assert notes.silences[0].id in {before.id, behind.id}
    assert all(h.cue == cue.id for h in after.hits if h.frame in cue.span)


def test_a_new_cue_comes_in_as_the_moment_suggests(notes: SpottingNotes) -> None:
    line = next(line for line in notes.dialogue if line.span.end.index > 300)
    after_line = apply(notes, [AddCue(line.span.end.index, line.span.end.index + 200)]).cues[1]
    assert after_line.in_type is InType.AFTER_LINE
    quiet = replace(notes, dialogue=(), hits=())
    assert apply(quiet, [AddCue(480, 720)]).cues[1].in_type is InType.EASE_IN
    hit = AddHit(480, HitFields(kind=HitKind.CUT))
    assert apply(quiet, [hit, AddCue(480, 720)]).cues[1].in_type is InType.ON_CUT


@pytest.mark.parametrize(
    ("start", "end", "field", "words"),
    [
        (200, 400, "in", "1m1 plays there"),
        (400, 1000, "out", "1m2 plays there"),
        (288, 960 + 1, "out", "1m2 plays there"),
        (400, 405, "out", "too short"),
        (500, 400, "out", "in this order"),
        (-1, 400, "in", "inside the reel"),
        (1700, 2881, "out", "inside the reel"),
    ],
)
def test_music_is_not_put_upon_music(notes: SpottingNotes, start: int, end: int, field: str, words: str) -> None:
    with pytest.raises(CueInvalid, match=words) as caught:
        apply(notes, [AddCue(start, end)])
    assert field_of(caught.value) == f"edits.0.{field}"


def test_a_cue_taken_out_leaves_a_silence_that_says_so_and_offers_to_put_it_back(notes: SpottingNotes) -> None:
    after = apply(notes, [RemoveCue(notes.cues[1].id)])
    silence = after.silences[0]
    assert len(after.silences) == 1
    assert silence.span == Span.of(288, 2314)
    assert said(silence) == ["You took the music out here."]
    assert next((o.text, o.span) for o in silence.alternatives) == ("put the music back", Span.of(960, 1680))
    assert {hit.cue for hit in after.hits if 960 <= hit.frame.index < 1680} == {""}
    assert len(after.hits) == len(notes.hits)


def test_a_number_once_given_is_not_given_again_until_all_are_counted_anew(notes: SpottingNotes) -> None:
    last = notes.cues[2]
    gone = [RemoveCue(last.id), AddCue(2400, 2800)]
    again = apply(notes, gone)
    assert numbers(again) == ["1m1", "1m2", "1m4"]
    later = apply(apply(notes, gone[:1]), gone[1:], published=["1m3"])
    assert numbers(later) == ["1m1", "1m2", "1m4"]
    assert numbers(apply(again, [Renumber()])) == ["1m1", "1m2", "1m3"]


def test_after_counting_anew_numbers_are_free_again(notes: SpottingNotes) -> None:
    edits = [RemoveCue(notes.cues[2].id), Renumber(), AddCue(2400, 2800)]
    assert numbers(apply(notes, edits)) == ["1m1", "1m2", "1m3"]


def test_a_cue_put_where_another_once_began_has_an_id_of_its_own(notes: SpottingNotes) -> None:
    first = apply(notes, [AddCue(480, 720)])
    name = first.cues[1].id
    second = apply(first, [MoveEdge(name, Edge.OUT, 900), MoveEdge(name, Edge.IN, 730), AddCue(480, 720)])
    assert [cue.span for cue in second.cues[1:3]] == [Span.of(480, 720), Span.of(730, 900)]
    assert second.cues[2].id == name != second.cues[1].id


def test_two_who_speak_at_once_are_counted_once(notes: SpottingNotes) -> None:
    lines = (Span.of(500, 560), Span.of(520, 540), Span.of(550, 580), Span.of(700, 900))
    talking = replace(notes, dialogue=tuple(replace(notes.dialogue[0], span=span) for span in lines))
    assert apply(talking, [AddCue(480, 720)]).cues[1].dialogue_density == round(100 / 240, 3)


def test_when_the_letters_run_out_the_person_is_told_to_renumber(notes: SpottingNotes) -> None:
    letters = "ABCDEFGHJKLMNPQRTUVWXYZ"
    every = [f"1m1{a}{b}" for a in ["", *letters] for b in letters]
    with pytest.raises(CueInvalid, match="No number is left") as caught:
        apply(notes, [AddCue(480, 720)], published=every)
    assert "Renumber" in caught.value.hint


# words


def test_what_a_person_says_stays_and_is_marked(notes: SpottingNotes) -> None:
    fields = CueFields(title="The door", tone=("tense",), tempo_bpm=(80.0, 92.0), intensity=4.0, tail=3)
    cue = apply(notes, [SetCue(notes.cues[1].id, fields)]).cues[1]
    assert (cue.title, cue.tone, cue.tempo_bpm, cue.intensity, cue.tail) == ("The door", ("tense",), (80, 92), 4.0, 3)
    assert " - tense; " in cue.instruction
    assert set(said(cue)) == {f"You set the {name}." for name in ("title", "tone", "tempo bpm", "intensity", "tail")}


def test_our_line_follows_the_way_in_and_out_and_a_persons_line_does_not(notes: SpottingNotes) -> None:
    name = notes.cues[1].id
    hard = SetCue(name, CueFields(in_type=InType.PRELAP, out_type=OutType.HARD_OUT))
    cue = apply(notes, [hard]).cues[1]
    assert cue.instruction.startswith("Lead in before the cut - ")
    assert cue.instruction.endswith(", stop dead.")
    assert cue.tail == 0
    assert apply(notes, [SetCue(name, CueFields(tail=77)), hard]).cues[1].tail == 0
    own = apply(notes, [SetCue(name, CueFields(instruction="Wait for her.")), hard]).cues[1]
    assert own.instruction == "Wait for her."


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        (CueFields(tail=635), "fields.tail"),
        (CueFields(in_type=InType.SEGUE), "fields.in_type"),
        (CueFields(out_type=OutType.SEGUE), "fields.out_type"),
    ],
)
def test_what_the_neighbours_do_not_allow_is_refused(notes: SpottingNotes, fields: CueFields, field: str) -> None:
    with pytest.raises(CueInvalid) as caught:
        apply(notes, [SetCue(notes.cues[1].id, fields)])
    assert field_of(caught.value) == f"edits.0.{field}"


def test_saying_what_is_so_already_marks_nothing(notes: SpottingNotes) -> None:
    cue = notes.cues[1]
    assert apply(notes, [SetCue(cue.id, CueFields(title=cue.title, tone=cue.tone))]) == notes


def test_a_silence_takes_a_persons_line(notes: SpottingNotes) -> None:
    after = apply(notes, [SetSilence(notes.silences[1].id, "Let the clock tick.")])
    assert after.silences[1].instruction == "Let the clock tick."
    assert is_edited(after.silences[1])
    assert after.silences[0] == notes.silences[0]


# hits


def test_a_moment_is_marked_with_what_its_kind_asks_for(notes: SpottingNotes) -> None:
    after = apply(notes, [AddHit(1111, HitFields(kind=HitKind.IMPACT)), AddHit(500, HitFields(label="her look"))])
    hits = {hit.frame.index: hit for hit in after.hits}
    assert (hits[1111].weight, hits[1111].must_be, hits[1111].treatment) == (4.0, MustBe.BAR, "dead hit")
    assert (hits[1111].early, hits[1111].late, hits[1111].cue) == (0, 1, notes.cues[1].id)
    assert (hits[500].kind, hits[500].label, hits[500].cue) == (HitKind.ACTION, "her look", "")
    assert [hit.frame for hit in after.hits] == sorted(hit.frame for hit in after.hits)
    assert said(hits[1111]) == ["You marked this moment."]


def test_a_hit_moves_into_another_cue_and_its_window_follows_its_treatment(notes: SpottingNotes) -> None:
    added = apply(notes, [AddHit(1111, HitFields(kind=HitKind.IMPACT))])
    hit = next(h for h in added.hits if h.frame == Frame(1111))
    moved = apply(added, [SetHit(hit.id, HitFields(frame=100, treatment="soft"))])
    now = next(h for h in moved.hits if h.id == hit.id)
    assert (now.frame, now.cue, now.early, now.late) == (Frame(100), notes.cues[0].id, 3, 4)
    assert set(said(now)) == {"You marked this moment.", "You set the frame.", "You set the treatment."}
    assert apply(moved, [RemoveHit(hit.id)]).hits == notes.hits


def test_two_hits_on_one_frame_and_hits_beside_the_reel_are_refused(notes: SpottingNotes) -> None:
    there = notes.hits[0].frame.index
    with pytest.raises(SettingInvalid, match="already"):
        apply(notes, [AddHit(there)])
    with pytest.raises(SettingInvalid, match="already") as caught:
        apply(notes, [SetHit(notes.hits[1].id, HitFields(frame=there))])
    assert field_of(caught.value) == "edits.0.fields.frame"
    for frame in (-1, 2880):
        with pytest.raises(SettingInvalid, match="inside the reel"):
            apply(notes, [AddHit(frame)])
    with pytest.raises(SettingInvalid, match="between 0 and 48"):
        apply(notes, [AddHit(500, HitFields(late=49))])


def test_the_same_edits_give_the_same_bytes(notes: SpottingNotes) -> None:
    edits = [AddCue(480, 720), SplitCue(notes.cues[1].id, 1300), RemoveCue(notes.cues[2].id)]
    one, other = apply(notes, edits), apply(notes, edits)
    assert encode_notes(one) == encode_notes(other)
    assert all(cue.id.startswith("cue-") for cue in one.cues)
