from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from data_tools.benchmark.practice_cues import TIMEBASE as PRACTICE
from data_tools.benchmark.practice_cues import practice_cues
from model.motifs.harmony import QUALITIES, chord_tones, join_equal_chords
from model.motifs.language import STEPS, Chord, PlannedStatement, ThemeKey
from model.sketch.plan.mood import CueMood
from model.sketch.plan.plan import plan
from model.sketch.plan.progression import chord_at, chords_of_key, lay_over
from model.sketch.rerank import free_phrases
from model.sketch.rules.engine import write_by_rules
from model.sketch.rules.parallels import find_parallels, parallel_rate, remove_parallels
from model.sketch.rules.slots import make_slot_plan
from model.sketch.rules.voicing import moves_in_parallel, nearest_tone, voice_chord
from model.sketch.shade import finish_candidate, measure_notes
from model.sketch.sketch_types import Note, VoiceRole
from model.spotting.notes import DialogueLine, Palette
from model.time import Beat, Span
from tests.unit.sketch.conftest import RULES, CueMaker, FitMaker, Writer

ROOTS, KINDS = st.integers(0, 11), st.sampled_from(sorted(QUALITIES))


def _note(role: VoiceRole, onset: int, pitch: int, length: int = 1, *, locked: bool = False) -> Note:
    return Note(role, Beat(Fraction(onset)), Fraction(length), pitch, 70, locked)


@given(ROOTS, KINDS, ROOTS, KINDS)
def test_voicings_hold_the_chord_ascend_and_stay_in_register(a: int, first: str, b: int, second: str) -> None:
    one = voice_chord(Chord(Fraction(0), Fraction(4), a, first), (), 50, 69)
    two_chord = Chord(Fraction(0), Fraction(4), b, second)
    two = voice_chord(two_chord, one, 50, 69)
    assert len(two) == 3
    assert list(two) == sorted(set(two))
    assert all(50 <= p <= 69 and p % 12 in chord_tones(two_chord) for p in two)


def test_common_tones_stay_and_nothing_leaps() -> None:
    c, a = Chord(Fraction(0), Fraction(4), 0), Chord(Fraction(0), Fraction(4), 9, "min")
    first = voice_chord(c, (), 50, 69)
    second = voice_chord(a, first, 50, 69)
    assert len(set(first) & set(second)) == 2
    assert max(abs(x - y) for x, y in zip(first, second, strict=True)) <= 2


def test_parallel_motion_is_distinguished_from_oblique_and_contrary() -> None:
    assert moves_in_parallel((36, 38), (43, 45))
    assert moves_in_parallel((36, 38), (60, 62))
    assert not moves_in_parallel((36, 38), (60, 60))
    assert not moves_in_parallel((36, 48), (60, 55))
    assert not moves_in_parallel((36, 38), (64, 65))


def test_parallels_between_outer_voices_are_removed_but_never_in_locked_notes() -> None:
    notes = [_note(VoiceRole.MELODY, k, p, locked=True) for k, p in enumerate((72, 74, 76))]
    notes += [_note(VoiceRole.BASS, k, p) for k, p in enumerate((48, 50, 52))]
    chords = [Chord(Fraction(k), Fraction(1), r) for k, r in enumerate((0, 2, 4))]
    assert len(find_parallels(notes)) == 2
    assert parallel_rate(notes) == 1.0
    better = remove_parallels(notes, chords)
    assert find_parallels(better) == []
    assert [n for n in better if n.locked] == notes[:3]
    fixed = [_note(VoiceRole.BASS, k, p, locked=True) for k, p in enumerate((48, 50, 52))]
    assert remove_parallels([*notes[:3], *fixed], chords) == [*notes[:3], *fixed]


def test_nearest_tones_are_of_the_chord() -> None:
    assert nearest_tone(Chord(Fraction(0), Fraction(4), 0), 66, 60, 72) == 67
    assert nearest_tone(Chord(Fraction(0), Fraction(4), 0), 62, 60, 72) == 60


@given(st.integers(0, 11), st.sampled_from(sorted(STEPS)))
def test_every_key_has_chords_of_low_and_high_strain(tonic: int, mode: str) -> None:
    steps = chords_of_key(ThemeKey(tonic, mode))
    assert min(s.strain for s in steps) < 0.15
    assert max(s.strain for s in steps) > 0.85
    assert len({(s.root, s.quality) for s in steps}) == len(steps)


def test_fixed_chords_cut_the_others_and_equal_neighbours_join() -> None:
    plain = [Chord(Fraction(0), Fraction(8), 0)]
    laid = lay_over(plain, [Chord(Fraction(2), Fraction(2), 7)], Beat(Fraction(8)))
    assert [(c.onset, c.duration, c.root) for c in laid] == [(0, 2, 0), (2, 2, 7), (4, 4, 0)]
    assert join_equal_chords([Chord(Fraction(0), Fraction(2), 0), Chord(Fraction(2), Fraction(2), 0)]) == (
        Chord(Fraction(0), Fraction(4), 0),
    )
    assert chord_at(laid, Beat(Fraction(3))).root == 7


def test_more_arousal_gives_more_onsets_and_more_roles(write: Writer, steady: Callable[..., CueMood]) -> None:
    counts = [len({n.onset for n in write(mood=steady(a)).notes}) for a in (0.1, 0.35, 0.6, 0.95)]
    assert counts == sorted(counts)
    assert counts[-1] > 3 * counts[0]
    assert VoiceRole.RHYTHM not in {n.role for n in write(mood=steady(0.2)).notes}
    assert VoiceRole.RHYTHM in {n.role for n in write(mood=steady(0.8)).notes}


def test_no_bar_is_empty_unless_it_is_meant_to_be(write: Writer, steady: Callable[..., CueMood]) -> None:
    for arousal in (0.1, 0.5, 0.9):
        written = write(mood=steady(arousal))
        for bar in written.bars:
            start = written.tempo_map.bar_start(bar.bar)
            assert any(n.onset < start + Fraction(4) and n.end > start for n in written.notes)


def test_free_melodies_have_rests_and_few_leaps(write: Writer, steady: Callable[..., CueMood]) -> None:
    notes = [n for n in write(mood=steady(0.6)).notes if n.role is VoiceRole.MELODY]
    phrases = free_phrases(notes)
    assert len(phrases) >= 2
    assert all(p[-1].onset + p[-1].duration - p[0].onset <= 16 for p in phrases)
    for phrase in phrases:
        leaps = [abs(b.pitch - a.pitch) for a, b in pairwise(phrase)]
        assert max(leaps, default=0) <= 12
        assert np.mean([leap <= 5 for leap in leaps] or [1.0]) >= 0.6


def test_there_is_no_free_melody_under_dialogue(
    write: Writer, make_cue: CueMaker, steady: Callable[..., CueMood]
) -> None:
    cue = make_cue(palette=Palette(("strings",), "", "200-4000 Hz"))
    lines = (DialogueLine(Span.of(240 + 240, 240 + 480), 0.9),)
    written = write(cue, dialogue=lines, mood=steady(0.6))
    under = [n for n in written.notes if Beat(Fraction(16)) <= n.onset < Beat(Fraction(32))]
    assert under
    assert not [n for n in under if n.role in {VoiceRole.MELODY, VoiceRole.COUNTER}]
    moving = [n for n in under if n.duration < 1]
    assert all(n.pitch < 62 for n in moving), "activity keeps below the voice"


def test_a_score_keeps_every_term_and_theme_like_free_tunes_cost(write: Writer) -> None:
    written = write(ledger=(PlannedStatement("cue-1", "theme-a", 0.2, "statement"),))
    assert {"constraints", "arousal", "tension", "voice leading", "parallels", "motif budget", "total"} <= set(
        written.scores
    )
    assert written.scores["constraints"] == 0.0


def test_the_best_of_several_candidates_is_taken(make_cue: CueMaker, make_fit: FitMaker, write: Writer) -> None:
    from dataclasses import replace

    several = write(settings=replace(RULES, candidates=4))
    totals = [write(settings=replace(RULES, candidates=k)).scores["total"] for k in (1, 2, 3)]
    assert several.scores["total"] <= min(totals)


def test_asked_and_measured_feeling_go_together() -> None:
    asked: list[tuple[float, float]] = []
    seen: list[tuple[float, float]] = []
    for practice in practice_cues(3, seed=5):
        made = plan(practice.cue, practice.fit, practice.language, practice.mood, practice.dialogue, PRACTICE, RULES)
        slot_plan = make_slot_plan(made)
        found = measure_notes(slot_plan, finish_candidate(slot_plan, write_by_rules(slot_plan, 0)))
        asked += [(b.arousal, b.tension) for b in made.bars[: len(made.grid)]]
        seen += list(zip(found.arousal, found.tension, strict=True))
    for k, least in ((0, 0.8), (1, 0.5)):
        assert np.corrcoef([a[k] for a in asked], [s[k] for s in seen])[0, 1] > least
