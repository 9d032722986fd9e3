from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction

import pytest

from model.errors import AssetMissing
from model.motifs.language import Language
from model.sketch.net import infill as infill_module
from model.sketch.plan.mood import CueMood
from model.sketch.plan.plan import plan
from model.sketch.rules.slots import SlotPlan, make_slot_plan
from model.sketch.sketch_types import Note, VoiceRole
from model.sketch.voices import FALLBACK, confine_notes, fill_hollow_slots
from model.spotting.notes import DialogueLine
from model.time import Beat, Span
from tests.unit.sketch.conftest import RULES, TIMEBASE, CueMaker, FitMaker, Writer

MODEL = replace(RULES, engine="model", candidates=2)


def _note(role: VoiceRole, onset: int, pitch: int, length: int = 1) -> Note:
    return Note(role, Beat(Fraction(onset)), Fraction(length), pitch, 70)


@pytest.fixture
def slot_plan(make_cue: CueMaker, make_fit: FitMaker, language: Language, steady: Callable[..., CueMood]) -> SlotPlan:
    cue = make_cue()
    lines = (DialogueLine(Span.of(240 + 240, 240 + 480), 0.9),)
    return make_slot_plan(plan(cue, make_fit(cue), language, steady(0.6), lines, TIMEBASE, RULES))


def test_without_the_net_the_rules_write_with_a_caution(write: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object, **__: object) -> None:
        raise AssetMissing("no weights")

    monkeypatch.setattr(infill_module, "write_infill", missing)
    written = write(settings=MODEL)
    assert written.engine == "rules"
    assert FALLBACK in written.cautions


def test_candidates_have_their_own_seeds_and_the_best_is_taken(write: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    seeds: list[int] = []

    def lines(bars: Sequence[object], _c: object, _l: object, _t: object, roles: Sequence[VoiceRole], seed: int
              ) -> tuple[list[Note], float]:  # fmt: skip
        seeds.append(seed)
        assert set(roles) == set(VoiceRole)
        return [
            _note(VoiceRole.HARMONY, 4 * k, 60 + (k % 2 if len(seeds) == 1 else 0), 4) for k in range(len(bars))
        ], -6.0

    monkeypatch.setattr(infill_module, "write_infill", lines)
    written = write(settings=MODEL)
    assert written.engine == "model"
    assert len(set(seeds)) == 2
    assert written.scores["candidate"] in {0.0, 1.0}
    assert 0.0 < written.scores["by rule"] < 1.0
    assert written.scores["surprise"] == 0.75


def test_what_a_net_writes_is_kept_in_range_and_out_of_dialogue(slot_plan: SlotPlan) -> None:
    unconfined = [
        _note(VoiceRole.BASS, 4, 80),
        _note(VoiceRole.PAD, 4, 20),
        _note(VoiceRole.MELODY, 20, 70),
        _note(VoiceRole.MELODY, 8, 70),
    ]
    kept = confine_notes(slot_plan, unconfined)
    assert [(n.role, n.onset.quarters) for n in kept] == [
        (VoiceRole.BASS, 4),
        (VoiceRole.PAD, 4),
        (VoiceRole.MELODY, 8),
    ]
    assert kept[0].pitch <= 55
    assert kept[0].pitch % 12 == 80 % 12
    assert kept[1].pitch >= 43


def test_there_is_no_melody_in_the_tail(slot_plan: SlotPlan) -> None:
    last = slot_plan.plan.grid[-1].start
    assert confine_notes(slot_plan, [Note(VoiceRole.MELODY, last, Fraction(1), 70, 70)]) == []


def test_hollow_slots_are_filled_from_the_rules_and_full_ones_are_not(slot_plan: SlotPlan) -> None:
    by_rules = [_note(VoiceRole.BASS, 4 * k, 40, 4) for k in range(12)]
    by_rules += [_note(VoiceRole.HARMONY, 4 * k, p, 4) for k in range(12) for p in (55, 60, 64)]
    added = fill_hollow_slots(slot_plan, [], by_rules)
    assert {n.role for n in added} == {VoiceRole.BASS, VoiceRole.HARMONY}
    ends = {s.end for s in slot_plan.slots}
    assert all(n.end in ends for n in added)
    assert fill_hollow_slots(slot_plan, by_rules, by_rules) == []


def test_under_dialogue_the_net_is_kept_low_and_below_a_theme_clear_of_it(
    slot_plan: SlotPlan,
) -> None:
    (kept,) = confine_notes(slot_plan, [_note(VoiceRole.PAD, 20, 80)])
    assert kept.pitch == 56
    (free,) = confine_notes(slot_plan, [_note(VoiceRole.PAD, 8, 80)])
    assert free.pitch == 80
    theme = tuple(replace(_note(VoiceRole.MELODY, 8, 72), locked=True) for _ in range(1))
    stated = make_slot_plan(replace(slot_plan.plan, locked=theme))
    (below,) = confine_notes(stated, [_note(VoiceRole.PAD, 8, 80)])
    assert below.pitch == 68
