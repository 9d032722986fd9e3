"""A small reel told by its observations alone, and the hits that must be found in it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.media.reel import Clock, ReelInfo
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
    Title,
    Transition,
    TransitionKind,
)
from model.spotting.hits.candidates import CandidateSource
from model.spotting.hits.find import by_heft, find_hits, rank_moments, threshold_factor
from model.spotting.hits.signals import read_signals
from model.spotting.hits.wording import kind_of, label_of
from model.spotting.notes import Hit, HitKind, MustBe
from model.spotting.settings import SpotSettings
from model.time import Frame, Span, Timebase

RATE = Fraction(24)
FRAMES = 1440


def reel(
    *, frames: int = FRAMES, rate: Fraction = RATE, cuts: tuple[Transition, ...] = (), **found: object
) -> Observations:
    """A quiet, grey reel in which nothing happens but what is given."""
    zero = np.zeros(frames, np.float32)
    nothing = Feeling(np.zeros(1, np.float32), np.zeros(1, np.float32))
    clock = Clock.from_constant_rate(frames, rate)
    shots = len(cuts) + 1
    base = Observations(
        reel=ReelInfo("reel", "0" * 64, Timebase(rate), frames, 640, 360, "mp4", "h264"),
        clock=clock,
        cuts=Cuts(cuts),
        motion=Motion(zero, zero),
        colour=Colour(np.full(frames, 0.4, np.float32), zero, zero),
        faces=Faces((), (), ()),
        titles=(),
        embeddings=Embeddings(np.eye(shots, 16, dtype=np.float32)),
        affect=Affect(nothing, nothing, nothing),
        thumbnails=(),
        dialogue=None,
        music=None,
        effects=None,
        loudness=None,
        provenance=Provenance("test"),
    )
    return replace(base, **found)  # type: ignore[arg-type]


def cut(frame: int) -> Transition:
    return Transition(TransitionKind.CUT, Frame(frame), Frame(frame), 1.0)


def moving(*swings: tuple[int, int], frames: int = FRAMES) -> Motion:
    """Movement that swells towards the end of each ``(start, end)`` and then stops dead."""
    curve = np.full(frames, 0.002, np.float32)
    for start, end in swings:
        curve[start : end + 1] = np.linspace(0.02, 0.12, end + 1 - start)
    return Motion(curve, curve)


def heard(*impacts: tuple[int, float, str]) -> Effects:
    return Effects(tuple(Impact((frame + 0.2) / 24, strength, 1.0, label) for frame, strength, label in impacts))


def said(*lines: tuple[float, float], speaker: str = "VICTOR") -> Dialogue:
    return Dialogue(tuple(Line(a, b, 0.95, speaker) for a, b in lines), np.zeros(600, np.float32))


def every(seen: Observations) -> tuple[Hit, ...]:
    return find_hits(seen, SpotSettings(hits_per_minute=1000))


def near(hits: tuple[Hit, ...], frame: int, frames: int = 2) -> Hit:
    found = [h for h in hits if abs(h.frame.index - frame) <= frames]
    assert len(found) == 1, [(h.frame.index, h.label) for h in hits]
    return found[0]


def test_a_blow_that_is_heard_and_seen_is_a_dead_hit_on_its_frame() -> None:
    hit = near(every(reel(motion=moving((480, 500)), effects=heard((500, 1.0, "Door slam")))), 500)
    assert hit.kind is HitKind.IMPACT
    assert hit.treatment == "dead hit"
    assert (hit.early, hit.late) == (0, 1)
    assert hit.label.startswith("hit the door slam")
    assert {"effects", "motion"} <= {e.detector for e in hit.why}
    assert all(e.frame == hit.frame for e in hit.why)


def test_what_is_heard_and_seen_outweighs_what_is_only_seen_and_that_outweighs_only_heard() -> None:
    both = reel(motion=moving((180, 200), (680, 700)), effects=heard((200, 1.0, ""), (1100, 1.0, "")))
    weight = {
        frame: max((r.probability for r in rank_moments(both) if abs(r.frame - frame) <= 2), default=0.0)
        for frame in (200, 700, 1100)
    }
    assert weight[200] > weight[700] > 0
    assert weight[200] > weight[1100] > 0


def test_line_before_the_hit_is_not_needed_for_the_tail_under_dialogue() -> None:
    seen = reel(motion=moving((480, 500)), effects=heard((500, 1.0, "gunshot")), dialogue=said((22.0, 24.0)))
    assert near(every(seen), 500).label.endswith(", tail under dialogue")


def test_a_cut_to_black_stops_the_music() -> None:
    colour = reel().colour
    luma = colour.luma.copy()
    luma[720:800] = 0.0
    seen = reel(cuts=(cut(720), cut(800)), colour=replace(colour, luma=luma))
    hits = every(seen)
    black, back = near(hits, 720, 0), near(hits, 800, 0)
    assert black.kind is HitKind.FADE
    assert black.label.startswith("CUT to black")
    assert black.treatment == "stop"
    assert back.label.startswith("CUT up from black")


def test_a_fade_out_is_soft_and_lies_on_the_first_black_frame() -> None:
    luma = np.full(FRAMES, 0.4, np.float32)
    luma[700:725] = np.linspace(0.4, 0.0, 25)
    luma[725:] = 0.0
    fade = Transition(TransitionKind.FADE_OUT, Frame(701), Frame(724), 1.0, "black")
    hit = near(every(reel(cuts=(fade,), colour=replace(reel().colour, luma=luma))), 724, 0)
    assert hit.label.startswith("fade out to black")
    assert (hit.treatment, hit.early, hit.late) == ("soft", 3, 4)


def test_a_title_is_quoted_and_lies_on_its_first_frame() -> None:
    seen = reel(titles=(Title(Span.of(300, 372), 0.9, 0.2, "THE  LAST\nPORT"),))
    hit = near(every(seen), 300, 0)
    assert hit.kind is HitKind.TITLE
    assert hit.label == 'title up: "THE LAST PORT"'


def test_a_cut_to_a_new_close_up_is_a_reveal_with_the_name() -> None:
    faces = Faces(
        tuple(Face(Frame(f), (0.3, 0.2, 0.3, 0.5), 0.99, 0) for f in range(600, 700, 12)),
        (Person("person A", 9, Frame(600)),),
        tuple(Frame(f) for f in range(0, FRAMES, 12)),
    )
    seen = reel(cuts=(cut(200), cut(600)), faces=faces, motion=moving((700, 760)))
    moment = next(r for r in rank_moments(seen) if r.frame == 600)
    assert moment.weighed.reasons["new face"] == 1.0
    assert moment.weighed.reasons["closer"] == 1.0
    assert kind_of(moment) is HitKind.REVEAL
    assert label_of(moment).startswith("CUT to CU person A")


def test_a_return_to_a_known_shot_weighs_less_than_something_never_seen() -> None:
    looks = np.eye(16, dtype=np.float32)[[0, 1, 0, 1, 0, 2]]
    cuts = tuple(cut(f) for f in (200, 400, 600, 800, 1000))
    ranked = {r.frame: r.probability for r in rank_moments(reel(cuts=cuts, embeddings=Embeddings(looks)))}
    assert ranked[1000] > 1.5 * ranked[600]


def test_a_line_end_before_a_pause_rings_and_one_without_does_not() -> None:
    seen = reel(dialogue=said((10.0, 12.0), (12.3, 14.0)))
    found = {r.frame: r.weighed.candidate.found.value for r in rank_moments(seen)}
    assert found == {336: "line end"}


def test_what_only_the_eye_sees_under_a_line_is_to_be_avoided() -> None:
    seen = reel(motion=moving((480, 500), (900, 920)), dialogue=said((19.0, 23.0)))
    table = {r.frame: r for r in rank_moments(seen)}
    under = next(f for f in table if 498 <= f <= 502)
    hits = {h.frame.index: h for h in every(seen)}
    if under in hits:
        assert hits[under].must_be is MustBe.AVOID
        assert "VICTOR's line goes on" in hits[under].label
    free = next(r for f, r in table.items() if 918 <= f <= 922)
    assert free.probability > table[under].probability


def test_start_peak_and_stop_of_one_move_are_one_hit() -> None:
    hits = every(reel(motion=moving((480, 500))))
    assert len([h for h in hits if 470 <= h.frame.index <= 505]) <= 1


def test_the_limit_keeps_the_heaviest_in_time_order() -> None:
    titles = tuple(Title(Span.of(f, f + 48), 0.9, 0.2, "A") for f in range(100, 1400, 100))
    seen = reel(titles=titles, effects=heard((700, 1.0, "")))
    few = find_hits(seen, SpotSettings(hits_per_minute=3))
    assert len(few) == 6, "a reel of one minute may have twice as many"
    assert [h.frame for h in few] == sorted(h.frame for h in few)
    left_out = [h.weight for h in every(seen) if h not in few]
    assert min(h.weight for h in few) >= max(left_out)


def test_windows_keep_their_milliseconds_at_other_rates() -> None:
    fast = reel(frames=3600, rate=Fraction(60), titles=(Title(Span.of(1000, 1100), 1.0, 0.3, "A"),))
    (hit,) = [h for h in every(fast) if h.kind is HitKind.TITLE]
    assert (hit.early, hit.late) == (2, 5)


def scored(seen: Observations, probability: float) -> Observations:
    """The same reel with music of this probability from end to end."""
    activity = np.full(round(seen.clock.end_s * 10) + 1, probability, np.float32)
    return replace(seen, music=Music((), activity))


def test_a_sound_under_music_is_believed_less_unless_something_moves_with_it() -> None:
    seen = reel(motion=moving((680, 700)), effects=heard((300, 1.0, ""), (700, 1.0, "")))
    dry = {r.frame: r.weighed.reasons.get("heard", 0.0) for r in rank_moments(seen)}
    under = {r.frame: r.weighed.reasons.get("heard", 0.0) for r in rank_moments(scored(seen, 1.0))}
    assert under.get(300, 0.0) < 0.2 * dry[300]
    assert max(under[f] for f in under if abs(f - 700) <= 2) > 0.5


def test_impacts_that_never_stop_share_their_meaning() -> None:
    few = reel(effects=heard((300, 1.0, ""), (900, 1.0, "")))
    many = reel(effects=heard(*((f, 1.0, "") for f in range(12, 1440, 12))))
    heard_in = [next(r for r in rank_moments(s) if r.frame == 300).weighed.reasons["heard"] for s in (few, many)]
    assert heard_in[1] < 0.4 * heard_in[0]


def test_a_reel_that_is_scored_throughout_asks_for_more_hits_and_a_trailer_for_more_still() -> None:
    feature, trailer = reel(frames=7200), reel()
    assert threshold_factor(feature) == threshold_factor(scored(trailer, 0.3)) == 1.0
    assert threshold_factor(scored(trailer, 0.9)) < threshold_factor(scored(feature, 0.9)) < 1.0
    seen = reel(motion=moving((180, 200), (680, 700)), cuts=(cut(400), cut(1000)))
    assert len(every(scored(seen, 0.9))) > len(every(seen))


def test_a_small_thing_struck_stands_out_by_the_fastest_spot() -> None:
    slow = np.full(FRAMES, 0.01, np.float32)
    spot = slow.copy()
    spot[500] = 0.4
    signals = read_signals(reel(motion=Motion(slow, slow, slow, spot), cuts=(cut(400), cut(900))))
    assert signals.local.argmax() == 500
    assert signals.local[500] > 0.5 > signals.surprise.max()
    assert np.flatnonzero(signals.climax == 1.0).tolist() == [500]


def test_of_two_cuts_the_one_with_the_larger_change_is_heavier() -> None:
    change = np.full(FRAMES, 0.002, np.float32)
    change[[300, 600, 900]] = 0.05, 0.06, 0.2
    seen = reel(motion=replace(reel().motion, change=change), cuts=(cut(300), cut(600), cut(900)))
    assert by_heft(rank_moments(seen), 24.0)[0].frame == 900


def test_a_fade_can_be_caught_where_it_begins_and_where_it_is_complete() -> None:
    fade = Transition(TransitionKind.FADE_IN, Frame(100), Frame(130), 1.0, "black")
    found = {r.frame: r.weighed.candidate.found for r in rank_moments(reel(cuts=(fade,)))}
    assert found == {100: CandidateSource.FADE_BEGINS, 130: CandidateSource.PICTURE}


def test_a_card_that_follows_another_begins_after_the_gap_between_them() -> None:
    change = np.zeros(FRAMES, np.float32)
    change[[300, 360, 369]] = 0.01, 0.02, 0.01
    titles = (Title(Span.of(300, 360), 0.9, 0.1, "A"), Title(Span.of(360, 420), 0.9, 0.1, "B"))
    seen = reel(motion=replace(reel().motion, change=change), titles=titles)
    cards = [r for r in rank_moments(seen) if r.weighed.candidate.found is CandidateSource.TITLE]
    assert {r.frame for r in cards} == {300, 369}
    assert max(cards, key=lambda r: r.probability).frame == 300


@pytest.mark.parametrize("frames", [1, 2, 3, 30])
def test_tiny_reels_do_no_harm(frames: int) -> None:
    assert isinstance(every(reel(frames=frames)), tuple)


def test_a_silent_still_reel_has_no_hits() -> None:
    assert every(reel()) == ()


@st.composite
def reels(draw: st.DrawFn) -> Observations:
    """Anything a detector could say about a short reel."""
    frames = draw(st.integers(30, 300))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    places = sorted(draw(st.sets(st.integers(1, frames - 1), max_size=6)))
    motion = rng.random(frames).astype(np.float32) * draw(st.sampled_from([0.0, 0.01, 0.2]))
    luma = np.clip(rng.normal(0.3, draw(st.sampled_from([0.0, 0.4])), frames), 0, 1).astype(np.float32)
    times = draw(st.lists(st.floats(0, frames / 24), max_size=6))
    lines = draw(st.lists(st.tuples(st.floats(0, frames / 24), st.floats(0.1, 3)), max_size=4))
    level = rng.normal(-30, 10, frames // 2).astype(np.float32)
    return reel(
        frames=frames,
        cuts=tuple(cut(p) for p in places),
        motion=Motion(motion, motion * 0.5),
        colour=Colour(luma, luma, luma),
        effects=Effects(tuple(Impact(t, 0.8, 0.9) for t in times)),
        dialogue=said(*[(a, a + b) for a, b in lines]),
        loudness=Loudness(level, level, -23.0, -1.0, 0.1),
        music=Music((), np.zeros(1, np.float32)),
    )


@settings(max_examples=40, deadline=None)
@given(reels())
def test_whatever_was_observed_the_hits_are_in_order_apart_and_inside(seen: Observations) -> None:
    hits = every(seen)
    frames = [h.frame.index for h in hits]
    assert frames == sorted(set(frames))
    assert all(0 < f < seen.reel.frames for f in frames)
    assert all(b - a > 3 for a, b in pairwise(frames))
    assert all(0 <= h.weight <= 5 and 0 <= h.confidence <= 1 and h.why and h.label for h in hits)
    assert len({h.id for h in hits}) == len(hits)
    assert every(seen) == hits
