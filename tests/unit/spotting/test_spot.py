"""The whole judgement on a told reel: what is always true of notes, and what must be true of these."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from model.errors import NotesInvalid, SettingInvalid
from model.observe.observations import Affect, Cuts, Embeddings, Faces, Feeling, Music, Observations, Stretch
from model.spotting.draft import spot
from model.spotting.notes import Cue, InType, OutType, SpottingNotes, Usage
from model.spotting.settings import Numbering, SpotSettings
from model.spotting.vocabulary import NEGATIVES, WORDS
from model.time import Frame, Span

Teller = Callable[..., Observations]


@pytest.fixture(scope="module")
def notes(told: Observations) -> SpottingNotes:
    return spot(told)


def covered(notes: SpottingNotes) -> list[Span]:
    return sorted([*(c.span for c in notes.cues), *(s.span for s in notes.silences)])


def check_whole(notes: SpottingNotes) -> None:
    """Cues and silences cover the reel without overlap; everything has reasons; tails stay inside."""
    spans = covered(notes)
    assert spans[0].start == Frame(0)
    assert spans[-1].end == Frame(notes.reel.frames)
    assert all(a.end == b.start for a, b in pairwise(spans))
    for item in (*notes.cues, *notes.silences):
        assert item.why
        assert all(e.text and e.detector for e in item.why)
        assert all(e.frame is None or 0 <= e.frame.index <= notes.reel.frames for e in item.why)
        assert 0.0 <= item.confidence <= 1.0
        assert item.instruction.endswith(".")
    for cue in notes.cues:
        check_cue(cue, notes)


def check_cue(cue: Cue, notes: SpottingNotes) -> None:
    assert cue.alternatives
    assert all(a.text and a.span.end.index <= notes.reel.frames for a in cue.alternatives)
    assert cue.span.end.index + cue.tail <= notes.reel.frames
    later = [c.span.start.index for c in notes.cues if c.span.start > cue.span.start]
    assert cue.span.end.index + cue.tail <= min(later, default=notes.reel.frames)
    assert set(cue.tone) <= WORDS
    assert set(cue.not_tone) <= NEGATIVES
    assert 0 <= cue.intensity <= 5
    assert 30 < cue.tempo_bpm[0] < cue.tempo_bpm[1] < 220


def test_notes_are_whole(notes: SpottingNotes) -> None:
    check_whole(notes)
    assert len({c.id for c in notes.cues}) == len(notes.cues)
    assert [c.number for c in notes.cues] == [f"1m{k + 1}" for k in range(len(notes.cues))]
    assert notes.cuelight


def test_the_chase_is_played_from_its_crash_and_the_talk_is_dry(notes: SpottingNotes, told: Observations) -> None:
    chase = [c for c in notes.cues if c.span.overlap(Span.of(40 * 24, 70 * 24)) > 20 * 24]
    assert len(chase) == 1
    assert abs(chase[0].span.start - Frame(40 * 24)) <= 24
    assert chase[0].span.start.index in {t.start.index for t in told.cuts.transitions}
    talk = Span.of(14 * 24, 38 * 24)
    assert sum(c.span.overlap(talk) for c in notes.cues) < talk.frames / 4
    dry = max(notes.silences, key=lambda s: s.span.overlap(talk))
    assert "talk" in " ".join(e.text for e in dry.why)


def test_scenes_follow_the_looks(notes: SpottingNotes) -> None:
    starts = [s.span.start.index / 24 for s in notes.scenes]
    assert starts == [0, 12, 40, 70, 84, 100]
    assert "talk throughout" in notes.scenes[1].description
    assert "cut fast" in notes.scenes[2].description
    assert notes.scenes[1].people == ("person A", "person B")


def test_hits_know_their_cue(notes: SpottingNotes) -> None:
    for hit in notes.hits:
        inside = [c.id for c in notes.cues if hit.frame in c.span]
        assert hit.cue == (inside[0] if inside else "")


def test_lines_are_written_in_frames(notes: SpottingNotes) -> None:
    assert len(notes.dialogue) == 13
    assert notes.dialogue[0].span == Span.of(312, 365)


def test_the_same_reel_gives_the_same_notes(notes: SpottingNotes, told: Observations) -> None:
    assert spot(told) == notes


@pytest.mark.parametrize("coverage", [0.0, 0.3, 0.6, 0.8, 1.0])
def test_the_dial_sets_the_amount_of_music(told: Observations, coverage: float) -> None:
    dialled = spot(told, SpotSettings(coverage=coverage))
    check_whole(dialled)
    share = sum(c.span.frames for c in dialled.cues) / dialled.reel.frames
    assert share == pytest.approx(coverage, abs=0.08)


@pytest.mark.parametrize("coverage", [-0.1, 1.5])
def test_a_dial_out_of_range_is_refused(told: Observations, coverage: float) -> None:
    with pytest.raises(SettingInvalid):
        spot(told, SpotSettings(coverage=coverage))


@pytest.mark.parametrize("rate", [Fraction(24000, 1001), Fraction(25), Fraction(50)])
def test_every_rate_gives_the_same_spotting_in_time(teller: Teller, notes: SpottingNotes, rate: Fraction) -> None:
    other = spot(teller(rate))
    check_whole(other)
    ins = [float(c.span.start.index / rate) for c in other.cues]
    assert ins == pytest.approx([c.span.start.index / 24 for c in notes.cues], abs=0.6)


def test_a_reel_without_sound_is_spotted_by_the_picture(teller: Teller) -> None:
    silent = spot(teller(dialogue=None, music=None, effects=None, loudness=None))
    check_whole(silent)
    assert silent.dialogue == ()
    assert any("no sound" in c for c in silent.cautions)


def test_a_reel_of_which_little_is_known_still_gets_notes(teller: Teller) -> None:
    nothing = Feeling(np.zeros(0, np.float32), np.zeros(0, np.float32))
    bare = teller(
        affect=Affect(nothing, nothing, nothing), faces=Faces((), (), ()), titles=(), cuts=Cuts(()),
        embeddings=Embeddings(np.zeros((0, 16), np.float32)), dialogue=None, music=None, effects=None, loudness=None,
    )  # fmt: skip
    notes = spot(bare)
    check_whole(notes)
    assert len(notes.scenes) == 1


@pytest.mark.parametrize("seconds", [0.05, 1.0, 6.0])
def test_a_very_short_reel_gets_notes(teller: Teller, seconds: float) -> None:
    whole = teller()
    frames = max(1, round(seconds * 24))
    cut_off = replace(
        whole, reel=replace(whole.reel, frames=frames),
        clock=replace(whole.clock, times_s=whole.clock.times_s[:frames], end_s=frames / 24),
        cuts=Cuts(()), titles=(), dialogue=None, music=None, effects=None, loudness=None, faces=Faces((), (), ()),
        embeddings=Embeddings(np.ones((1, 16), np.float32) / 4),
    )  # fmt: skip
    check_whole(spot(cut_off))


def test_music_that_plays_in_a_dry_scene_is_source(teller: Teller) -> None:
    radio = Music((Stretch(16.0, 34.0, 0.9, "music"),), np.zeros(1200, np.float32), 0.1, (96.0,))
    notes = spot(teller(music=radio))
    check_whole(notes)
    source = [c for c in notes.cues if c.usage is Usage.SOURCE]
    assert len(source) == 1
    assert source[0].number.endswith("s")
    assert source[0].span.overlap(Span.of(16 * 24, 34 * 24)) > 12 * 24
    assert source[0].tempo_bpm[0] < 96 < source[0].tempo_bpm[1]


def test_music_where_music_is_wanted_is_a_temp_reference(teller: Teller) -> None:
    temp = Music((Stretch(41.0, 69.0, 0.9, "music"),), np.zeros(1200, np.float32), 0.1, (140.0,))
    notes = spot(teller(music=temp))
    check_whole(notes)
    chase = max(notes.cues, key=lambda c: c.span.overlap(Span.of(40 * 24, 70 * 24)))
    assert "140 bpm" in chase.temp_reference
    assert all(c.usage is not Usage.SOURCE for c in notes.cues)


def test_a_cut_temped_throughout_is_followed_and_says_so(teller: Teller) -> None:
    temp = Music((Stretch(0.0, 39.0, 0.9, "music"), Stretch(71.0, 110.0, 0.9, "music")), np.full(1200, 0.9, np.float32))
    notes = spot(teller(music=temp))
    check_whole(notes)
    assert any("temp track" in c for c in notes.cautions)
    assert all(c.usage is not Usage.SOURCE for c in notes.cues)
    assert all(c.temp_reference or c.span.overlap(Span.of(0, 39 * 24)) == 0 for c in notes.cues)


def test_published_numbers_and_ids_stay_when_the_dial_turns(told: Observations) -> None:
    first = spot(told, SpotSettings(coverage=0.3))
    second = spot(told, SpotSettings(coverage=0.7), first)
    check_whole(second)
    assert second.revision == first.revision + 1
    before = {c.id: c.number for c in first.cues}
    kept = [c for c in second.cues if c.id in before]
    assert kept
    assert all(before[c.id] == c.number for c in kept)
    fresh = [c.number for c in second.cues if c.id not in before]
    assert not set(fresh) & set(before.values())


def test_the_same_notes_again_keep_everything_but_the_revision(told: Observations, notes: SpottingNotes) -> None:
    again = spot(told, SpotSettings(), notes)
    assert replace(again, revision=1) == notes


def test_another_numbering_than_the_published_one_is_refused(told: Observations, notes: SpottingNotes) -> None:
    with pytest.raises(NotesInvalid):
        spot(told, SpotSettings(numbering=Numbering(reel=2)), notes)


def test_edges_of_a_type_lie_on_what_they_name(notes: SpottingNotes, told: Observations) -> None:
    cuts = {t.start.index for t in told.cuts.transitions}
    ends = {line.span.end.index for line in notes.dialogue}
    for cue in notes.cues:
        if cue.in_type in (InType.ON_CUT, InType.ON_LOOK):
            assert cue.span.start.index in cuts
        if cue.in_type is InType.AFTER_LINE:
            assert any(0 <= cue.span.start.index - e <= 24 for e in ends)
        if cue.out_type is OutType.ON_CUT:
            assert cue.span.end.index in cuts


def test_the_library_fallback_for_cuts_is_told_in_the_notes(teller: Teller) -> None:
    told = teller()
    fallback = replace(told, cuts=replace(told.cuts, method="PySceneDetect 0.7.2 adaptive, no nets"))
    assert any("PySceneDetect" in caution for caution in spot(fallback).cautions)
    assert not any("PySceneDetect" in caution for caution in spot(told).cautions)


def test_a_cue_of_excitement_says_which_signals_moved_arousal(teller: Teller) -> None:
    told = teller()
    loud = np.full_like(told.affect.arousal.value, 0.3)
    moved = replace(told, affect=replace(told.affect, arousal=replace(told.affect.arousal, because={"loudness": loud})))
    reasons = [e.text for cue in spot(moved).cues for e in cue.why if "over the reel" in e.text]
    assert reasons
    assert all(text.endswith("(loud)") for text in reasons)
