"""What is asked for with a job keeps its bounds, and an order says what a wish left open."""

from __future__ import annotations

from typing import Any

import pytest

from model.documents import from_plain, to_plain
from model.errors import NotesInvalid
from model.motifs.language import CuePalette
from model.scoring.record import CueChoice
from serving.jobs.params import DeliverOrder, JobOrder, ScoreOrder, ScoreParams, SpotOrder, ThemesOrder, ThemesParams

ORDERS: list[tuple[dict[str, Any], Any]] = [
    ({"kind": "spot", "revision": 1}, SpotOrder(revision=1)),
    ({"kind": "themes", "revision": 2, "seed": 0}, ThemesOrder(seed=0, revision=2)),
    (
        {"kind": "score", "revision": 3, "cues": ["c-1"], "bpm": 96.0, "palette": {"instruments": ["piano"]}},
        ScoreOrder(cues=("c-1",), bpm=96.0, palette=CuePalette(("piano",)), revision=3),
    ),
    ({"kind": "deliver", "revision": 1, "takes": []}, DeliverOrder(takes=(), revision=1)),
]


@pytest.mark.parametrize(("plain", "order"), ORDERS)
def test_orders_are_read_by_their_kind_and_say_only_what_was_asked(plain: dict[str, Any], order: Any) -> None:
    assert from_plain(JobOrder, plain) == order
    written = to_plain(order)
    assert written.keys() == plain.keys()
    assert from_plain(JobOrder, written) == order


def test_an_order_fixes_the_choices_it_starts_from() -> None:
    order = ScoreOrder(revision=1, base=CueChoice(bpm=80.0))
    assert from_plain(JobOrder, to_plain(order)) == order


@pytest.mark.parametrize(
    ("kind", "wish", "field"),
    [
        (ThemesParams, {"seed": -1}, "seed"),
        (ThemesParams, {"most_themes": 13}, "most_themes"),
        (ScoreParams, {"cues": ["no good"]}, "cues.0"),
        (ScoreParams, {"candidates": 17}, "candidates"),
        (ScoreParams, {"bpm": 301}, "bpm"),
        (ScoreParams, {"engine": "magic"}, "engine"),
        (ScoreParams, {"palette": {"instruments": ["Piano!"]}}, "palette.instruments.0"),
        (ScoreParams, {"revision": 1}, "revision"),
        (JobOrder, {"kind": "score"}, "revision"),
    ],
)
def test_a_wish_out_of_bounds_is_named(kind: Any, wish: dict[str, Any], field: str) -> None:
    with pytest.raises(NotesInvalid) as caught:
        from_plain(kind, wish)
    assert [fault.path for fault in caught.value.faults] == [field]
