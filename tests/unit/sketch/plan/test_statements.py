from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise

import pytest

from model.motifs.language import Language, PlannedStatement, ThemeNote
from model.motifs.matching import PRESENT, similarity
from model.motifs.transforms import apply
from model.sketch.sketch_types import VoiceRole
from model.spotting.notes import DialogueLine, Hit
from model.time import Beat, Span
from tests.unit.sketch.conftest import CueMaker, FitMaker, Writer


def _planned(at: float, words: tuple[str, ...] = (), form: str = "statement") -> PlannedStatement:
    return PlannedStatement("cue-1", "theme-a", at, form, words)


def test_a_statement_begins_on_the_bar_line_nearest_to_its_place_note_for_note(
    write: Writer, language: Language
) -> None:
    written = write(ledger=(_planned(0.4),))
    (stated,) = written.statements
    assert stated.start == Beat(Fraction(20))
    locked = [n for n in written.notes if n.locked]
    theme = language.theme("theme-a")
    assert [n.onset - stated.start for n in locked] == [n.onset for n in theme.notes]
    steps = [b.pitch - a.pitch for a, b in pairwise(locked)]
    assert steps == [b.pitch - a.pitch for a, b in pairwise(theme.notes)]
    assert {n.statement for n in locked} == {0}


@pytest.mark.parametrize("words", [("mode:minor",), ("augment:2",), ("ornament:5",), ("invert:tonal",)])
def test_developed_statements_are_still_the_theme(write: Writer, language: Language, words: tuple[str, ...]) -> None:
    written = write(ledger=(_planned(0.2, words, "variation"),))
    assert written.statements[0].transform == words
    line = [ThemeNote(n.onset.quarters, n.duration, n.pitch) for n in written.notes if n.statement == 0]
    assert similarity(line, language.theme("theme-a").notes) >= PRESENT


def test_statements_do_not_overlap_and_never_leave_the_cue(write: Writer) -> None:
    written = write(ledger=tuple(_planned(at) for at in (0.1, 0.15, 0.2, 0.9)))
    edges = [(s.start, s.end) for s in written.statements]
    assert all(a[1] <= b[0] for a, b in pairwise(edges))
    out = max(n.end for n in written.notes)
    assert all(end <= out for _, end in edges)


def test_a_theme_too_long_for_the_room_is_cut_to_its_head_with_a_caution(
    write: Writer, make_cue: CueMaker, make_fit: FitMaker
) -> None:
    cue = make_cue(end=240 + 24 * 6)
    written = write(cue, make_fit(cue), ledger=(_planned(0.0),))
    (stated,) = written.statements
    assert stated.form == "fragment"
    assert stated.transform[-1].startswith("head:")
    assert any("head:" in c for c in written.cautions)


def test_a_theme_without_any_room_is_left_out_with_a_caution(
    write: Writer, make_cue: CueMaker, make_fit: FitMaker
) -> None:
    cue = make_cue(end=240 + 30)
    written = write(cue, make_fit(cue), ledger=(_planned(0.5),))
    assert written.statements == ()
    assert any("No room" in c for c in written.cautions)


def test_a_statement_avoids_a_stop(write: Writer, make_cue: CueMaker, make_fit: FitMaker,
                                        make_hit: Callable[[str, str], Hit]) -> None:  # fmt: skip
    cue = make_cue()
    written = write(
        cue, make_fit(cue, hits={"h": Fraction(18)}), ledger=(_planned(0.3),), hits=(make_hit("h", "stop"),)
    )
    (stated,) = written.statements
    assert stated.end <= Beat(Fraction(18)) or stated.start >= Beat(Fraction(20))
    assert not any(Beat(Fraction(18)) <= n.onset < Beat(Fraction(20)) for n in written.notes)


def test_under_dialogue_a_statement_moves_aside_or_is_augmented(write: Writer, make_cue: CueMaker) -> None:
    all_over = (DialogueLine(Span.of(240, 240 + 24 * 30), 0.9),)
    (stated,) = write(dialogue=all_over, ledger=(_planned(0.2),)).statements
    assert stated.transform == ("augment:2",)
    begin = (DialogueLine(Span.of(240, 240 + 24 * 7), 0.9),)
    (moved,) = write(dialogue=begin, ledger=(_planned(0.1),)).statements
    assert moved.start >= Beat(Fraction(8))


def test_a_canon_answers_in_the_counter_voice(write: Writer, language: Language) -> None:
    written = write(ledger=(_planned(0.2, ("canon:2",), "variation"),))
    theme = language.theme("theme-a")
    voices = {
        role: [n for n in written.notes if n.locked and n.role is role]
        for role in (VoiceRole.MELODY, VoiceRole.COUNTER)
    }
    assert len(voices[VoiceRole.MELODY]) == len(theme.notes)
    assert len(voices[VoiceRole.COUNTER]) == len(theme.notes)
    key_notes = apply(theme, ("canon:2",), theme.key)
    assert len(key_notes) == 2 * len(theme.notes)


def test_another_theme_can_be_asked_for(write: Writer) -> None:
    from dataclasses import replace

    from tests.unit.sketch.conftest import RULES

    written = write(ledger=(_planned(0.2),), settings=replace(RULES, theme="theme-c"))
    assert [s.theme for s in written.statements] == ["theme-c"]
    alone = write(settings=replace(RULES, theme="theme-b"))
    assert [s.theme for s in alone.statements] == ["theme-b"]
