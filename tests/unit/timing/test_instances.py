from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_tools.benchmark.tempo_anchors import START_FRAMES, best_constant, search_beam
from data_tools.benchmark.tempo_instances import (
    beats_of,
    broken_rules,
    draw_instances,
    heaviest_subset_share,
    share_caught,
)
from model.errors import NotesInvalid, TempoInvalid
from model.timing.instances import SCHEMA, answer_instances


def document(instances: list[dict[str, Any]]) -> bytes:
    return json.dumps({"schema": SCHEMA, "instances": instances}).encode()


@settings(max_examples=12, deadline=None)
@given(st.integers(1, 8), st.integers(15, 40), st.integers(0, 10_000))
def test_answers_break_no_rule_and_beat_a_constant_tempo(hits: int, seconds: int, seed: int) -> None:
    instances = draw_instances(hits, seconds, 1, seed)
    found = answer_instances(document(instances))
    assert [a["id"] for a in found] == [i["id"] for i in instances]
    assert broken_rules(instances[0], found[0]) == []
    share = share_caught(instances[0], beats_of(found[0], seconds))
    assert share >= best_constant(instances[0], 1.0, 1)


def test_the_same_file_gives_the_same_answers() -> None:
    asked = document(draw_instances(6, 30, 2, 3))
    assert answer_instances(asked) == answer_instances(asked)


def test_fresh_instances_are_caught_as_well_as_the_bound_allows() -> None:
    drawn = draw_instances(6, 45, 12, 77)
    found = answer_instances(document(drawn))
    ours = [share_caught(i, beats_of(a, 45)) for i, a in zip(drawn, found, strict=True)]
    bound = [heaviest_subset_share(i) for i in drawn]
    with_constant_tempo = [best_constant(i, 0.1, START_FRAMES) for i in drawn]
    assert sum(ours) >= sum(bound) - 0.24
    assert sum(ours) > sum(with_constant_tempo)


def test_anchors_know_an_easy_cue() -> None:
    hits = [{"frame": round(24000 / 1001 * 0.6 * n), "weight": 1} for n in (10, 20, 30)]
    easy = draw_instances(3, 30, 1, 0)[0] | {"hits": hits}
    assert best_constant(easy, 1.0, 1) == 1.0
    assert search_beam(easy) == (1.0, 0)
    assert heaviest_subset_share(easy) == 1.0


def test_the_bound_drops_the_lighter_of_two_hits_too_close() -> None:
    near = draw_instances(2, 30, 1, 0)[0] | {"hits": [{"frame": 100, "weight": 1}, {"frame": 106, "weight": 3}]}
    assert heaviest_subset_share(near) == 0.75


def test_broken_rules_are_named() -> None:
    instance = draw_instances(2, 30, 1, 0)[0]
    bad = {"first_beat_seconds": 1.5, "tempo_map": [{"beat": 1, "bpm": 90.3}, {"beat": 8, "bpm": 119.0}]}
    assert len(broken_rules(instance, bad)) == 4


@pytest.mark.parametrize(
    "spoilt",
    [b"", b"\xff\xfe", b"[]", b"{}", b'{"schema": "other/1", "instances": []}', document([{"id": "x"}])],
)
def test_files_that_are_none_of_these_are_refused(spoilt: bytes) -> None:
    with pytest.raises(NotesInvalid):
        answer_instances(spoilt)


def test_a_range_without_a_tempo_is_refused() -> None:
    with pytest.raises(TempoInvalid):
        answer_instances(document([draw_instances(2, 30, 1, 0)[0] | {"bpm_min": 120, "bpm_max": 80}]))
