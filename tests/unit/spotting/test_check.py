"""Notes edited by hand into nonsense are refused in words; small slips are stated."""

from dataclasses import replace
from typing import Any

import pytest

from model.errors import CueInvalid, NotesInvalid, ReelMismatch
from model.observe.observations import Observations
from model.spotting.check import check_notes, check_reel, hits_of
from model.spotting.draft import spot
from model.spotting.notes import Cue, Hit, HitKind, SpottingNotes
from model.time import Frame, Span


def with_cues(notes: SpottingNotes, *cues: Cue) -> SpottingNotes:
    return replace(notes, cues=cues)


@pytest.fixture(scope="module")
def notes(told: Observations) -> SpottingNotes:
    return spot(told)


@pytest.fixture
def cue(notes: SpottingNotes) -> Cue:
    return replace(notes.cues[0], span=Span.of(24, 240))


def test_notes_of_ours_pass_without_a_word(notes: SpottingNotes) -> None:
    assert check_notes(notes) == ()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"span": Span.of(24, 24)}, "empty"),
        ({"span": Span.of(-5, 24)}, "outside the reel"),
        ({"span": Span.of(24, 10**7)}, "outside the reel"),
        ({"tempo_bpm": (120.0, 80.0)}, "tempo"),
        ({"tempo_bpm": (0.0, 80.0)}, "tempo"),
        ({"tempo_bpm": (float("nan"), 80.0)}, "tempo"),
    ],
)
def test_a_cue_that_cannot_be_is_named(notes: SpottingNotes, cue: Cue, change: dict[str, Any], words: str) -> None:
    with pytest.raises(CueInvalid, match=words) as caught:
        check_notes(with_cues(notes, replace(cue, **change)))
    assert cue.number in caught.value.message
    assert caught.value.hint


def test_a_cue_of_more_than_twenty_minutes_is_refused(notes: SpottingNotes, cue: Cue) -> None:
    long = replace(notes, reel=replace(notes.reel, frames=10**6))
    with pytest.raises(CueInvalid, match="twenty minutes"):
        check_notes(with_cues(long, replace(cue, span=Span.of(0, 10**6))))


def test_two_cues_at_once_are_refused_in_any_order(notes: SpottingNotes, cue: Cue) -> None:
    other = replace(cue, id="other", number="9m9", span=Span.of(239, 300))
    for cues in ((cue, other), (other, cue)):
        with pytest.raises(CueInvalid, match="overlap by 1 frames"):
            check_notes(with_cues(notes, *cues))
    assert check_notes(replace(with_cues(notes, cue, replace(other, span=Span.of(240, 300))), hits=())) == ()


@pytest.mark.parametrize("same", ["id", "number"])
def test_two_cues_under_one_name_are_refused(notes: SpottingNotes, cue: Cue, same: str) -> None:
    other = replace(cue, id="other", number="9m9", span=Span.of(300, 400))
    with pytest.raises(NotesInvalid, match="twice"):
        check_notes(with_cues(notes, cue, replace(other, **{same: getattr(cue, same)})))


def test_a_hit_away_from_its_cue_is_stated_and_counts_where_it_stands(notes: SpottingNotes, cue: Cue) -> None:
    hit = Hit("stray", Frame(100), HitKind.CUT, 3.0, "the door", cue="nobody")
    told = check_notes(replace(with_cues(notes, cue), hits=(hit,)))
    assert len(told) == 1
    assert "the door" in told[0]
    assert hits_of(replace(notes, hits=(hit,)), cue) == (hit,)


def test_many_stray_hits_are_told_in_few_words_and_a_film_without_cues_is_told(notes: SpottingNotes) -> None:
    hits = tuple(Hit(f"h{k}", Frame(100 + k), HitKind.CUT, 3.0, f"door {k}", cue="nobody") for k in range(10))
    told = check_notes(replace(notes, cues=(), hits=hits))
    assert len(told) == 5
    assert "no cue" in told[0]
    assert "7 more" in told[-1]


def test_another_film_is_refused_by_content_not_by_name(notes: SpottingNotes) -> None:
    check_reel(notes, notes.reel.sha256, "renamed.mp4")
    with pytest.raises(ReelMismatch, match=r"renamed\.mp4"):
        check_reel(notes, "f" * 64, "renamed.mp4")
