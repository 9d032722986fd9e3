"""The table and the rule of one hit per event, on candidates made by hand."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.errors import AssetCorrupt
from model.spotting.hits.candidates import CandidateSource, HitCandidate
from model.spotting.hits.features import FEATURES, Facts, Weighed
from model.spotting.hits.ranking import APART_S, TABLE, Ranked, RankingTable, load_table, one_per_event, rank
from model.spotting.hits.treatment import capture_window, choose_treatment, evidence_of, must_be_of
from model.spotting.hits.wording import kind_of, label_of
from model.spotting.notes import HitKind, MustBe

BLOW, TAIL = "hit the impact, movement stops dead", "hit the impact, tail under dialogue"


def candidate(
    frame: int, found: CandidateSource = CandidateSource.MOVE, *, facts: Facts | None = None, **reasons: float
) -> Weighed:
    named = {name.replace("_", " "): value for name, value in reasons.items()}
    return Weighed(HitCandidate(frame, found), {f"is {found}": 1.0, **named}, facts or Facts())


def likely(frame: int, probability: float) -> Ranked:
    return Ranked(candidate(frame), probability, {})


def test_the_committed_table_is_whole_and_its_signs_make_sense() -> None:
    record = json.loads(TABLE.read_text(encoding="utf-8"))
    assert set(record["prior"]) == set(FEATURES)
    for weights in (record["likely"]["weights"], record["heft"]["weights"]):
        assert set(weights) == set(FEATURES)
        assert weights["spoken over"] <= 0
        assert all(value >= 0 for name, value in weights.items() if name != "spoken over")
    assert 0 < record["least"] < 1


def test_every_reason_but_one_can_only_raise_the_rank() -> None:
    table = load_table()
    plain = rank([candidate(10)], table)[0].probability
    for name in FEATURES:
        raised = rank([Weighed(HitCandidate(10, CandidateSource.MOVE), {"is move": 1.0, name: 1.0})], table)[
            0
        ].probability
        assert raised <= plain if name == "spoken over" else raised >= plain


@pytest.mark.parametrize(
    "damage",
    [
        "{",
        "[]",
        '{"schema": "other/1", "least": 0.5, "likely": {"bias": 0, "weights": {}}}',
        '{"schema": "cuelight.hit-weights/2"}',
    ],
)
def test_a_damaged_table_is_refused(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "hit_weights.json"
    path.write_text(damage, encoding="utf-8")
    with pytest.raises(AssetCorrupt):
        load_table(path)


def test_a_missing_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AssetCorrupt):
        load_table(tmp_path / "none.json")


def test_the_best_of_an_event_stays_and_its_neighbours_get_lighter() -> None:
    kept = one_per_event([likely(100, 0.9), likely(103, 0.8), likely(108, 0.5), likely(200, 0.5)], 24.0)
    assert {r.frame: round(r.probability, 2) for r in kept} == {100: 0.9, 200: 0.5, 108: 0.3}


def test_ties_go_to_the_earlier_frame() -> None:
    assert [r.frame for r in one_per_event([likely(103, 0.5), likely(100, 0.5)], 24.0)] == [100]


@given(
    st.lists(st.tuples(st.integers(0, 500), st.floats(0.01, 0.99)), max_size=60, unique_by=lambda c: c[0]),
    st.sampled_from([24.0, 25.0, 29.97, 60.0]),
)
def test_kept_hits_are_apart_ranked_and_cover_every_candidate(found: list[tuple[int, float]], rate: float) -> None:
    kept = one_per_event([likely(frame, p) for frame, p in found], rate)
    frames = np.array([r.frame for r in kept])
    assert [r.probability for r in kept] == sorted((r.probability for r in kept), reverse=True)
    assert all(abs(a - b) > APART_S * rate for i, a in enumerate(frames) for b in frames[:i])
    assert all(np.abs(frames - frame).min() <= APART_S * rate for frame, _ in found)


def test_ten_thousand_candidates_are_thinned_in_no_time() -> None:
    rng = np.random.default_rng(3)
    crowd = [likely(int(f), float(p)) for f, p in zip(range(0, 30_000, 3), rng.random(10_000), strict=True)]
    assert len(one_per_event(crowd, 24.0)) > 2_000


def test_evidence_is_the_strongest_reasons_first() -> None:
    table = RankingTable(
        0.0, np.array([{"burst": 2.0, "spoken over": -3.0, "is move": 1.0}.get(n, 0.0) for n in FEATURES]), 0.5
    )
    (item,) = rank([candidate(48, burst=1.0, spoken_over=1.0, flash=1.0)], table)
    assert [(e.detector, e.weight) for e in evidence_of(item)] == [("dialogue", -3.0), ("motion", 2.0), ("motion", 1.0)]


def test_every_reason_has_words() -> None:
    for name in FEATURES:
        item = Ranked(candidate(5), 0.5, {name: 1.0})
        assert evidence_of(item)[0].text


@pytest.mark.parametrize(
    ("found", "reasons", "facts", "kind", "label", "treatment"),
    [
        (CandidateSource.CUT, {}, Facts(), HitKind.CUT, "CUT", "accent"),
        (CandidateSource.CUT, {"new scene": 0.9}, Facts(luma=0.6), HitKind.CUT, "CUT: new scene, brighter", "change"),
        (CandidateSource.CUT, {"never seen": 0.9}, Facts(), HitKind.REVEAL, "CUT: first sight of this", "accent"),
        (CandidateSource.BLACKOUT, {}, Facts(luma=0.98), HitKind.FADE, "CUT to white", "stop"),
        (CandidateSource.PICTURE, {}, Facts(luma_before=0.0), HitKind.FADE, "CUT up from black", "accent"),
        (CandidateSource.MOVE, {}, Facts(camera=True), HitKind.ACTION, "camera whips", "accent"),
        (CandidateSource.STOP, {}, Facts(), HitKind.ACTION, "movement stops dead", "accent"),
        (CandidateSource.FLASH, {}, Facts(), HitKind.ACTION, "flash", "sting"),
        (CandidateSource.STOP, {"heard": 0.9, "heard and seen": 0.9}, Facts(), HitKind.IMPACT, BLOW, "dead hit"),
        (CandidateSource.LINE_END, {}, Facts(), HitKind.LINE_END, "the line ends - let it ring", "hold"),
        (CandidateSource.TITLE, {}, Facts(), HitKind.TITLE, "title up", "sting"),
        (CandidateSource.IMPACT, {"heard": 0.9}, Facts(talk_follows=True), HitKind.IMPACT, TAIL, "accent"),
    ],
)
def test_the_words_say_what_was_observed(
    found: CandidateSource, reasons: dict[str, float], facts: Facts, kind: HitKind, label: str, treatment: str
) -> None:
    item = Ranked(Weighed(HitCandidate(5, found), reasons, facts), 0.5, {})
    assert (kind_of(item), label_of(item), choose_treatment(item)) == (kind, label, treatment)


def test_heavy_hits_want_the_bar_and_light_ones_do_not_mind() -> None:
    item = Ranked(candidate(5), 0.5, {})
    assert [must_be_of(item, w) for w in (4.5, 2.5, 1.0)] == [MustBe.BAR, MustBe.BEAT, MustBe.ANY]


@pytest.mark.parametrize(
    ("treatment", "rate", "window"),
    [
        ("accent", 24.0, (1, 2)),
        ("dead hit", 24.0, (0, 1)),
        ("soft", 25.0, (3, 4)),
        ("accent", 60.0, (2, 5)),
        ("stop", 60.0, (0, 2)),
    ],
)
def test_windows(treatment: str, rate: float, window: tuple[int, int]) -> None:
    assert capture_window(treatment, rate) == window
