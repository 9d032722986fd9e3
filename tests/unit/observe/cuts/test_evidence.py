from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.observe.cuts.evidence import UNSEEN, WINDOW, join_evidence, look

Arrays = npt.NDArray[Any]


class Parrot:
    """A net that says each frame's first pixel, and remembers how much it was shown."""

    def __init__(self) -> None:
        self.shown: list[tuple[int, int]] = []

    def __call__(self, frames: Arrays, histogram: Arrays) -> dict[str, Arrays]:
        assert len(frames) == len(histogram)
        number = histogram[:, 0]
        self.shown.append((int(number[0]), int(number[-1]) + 1))
        return {"cut": number, "inside": -number}


def _numbered(count: int) -> tuple[Arrays, Arrays]:
    histogram = np.zeros((count, 512), np.float32)
    histogram[:, 0] = np.arange(count)
    return np.zeros((count, 27, 48, 3), np.uint8), histogram


@given(st.lists(st.booleans(), min_size=1, max_size=700), st.integers(1, 25))
def test_every_wanted_frame_is_seen_with_its_context(wanted: list[bool], margin: int) -> None:
    net = Parrot()
    frames, histogram = _numbered(len(wanted))
    mask = np.array(wanted)
    said = look(net, frames, histogram, mask, margin)
    assert np.isfinite(said[mask]).all()
    known = np.isfinite(said[:, 0])
    assert said[known, 0] == pytest.approx(np.flatnonzero(known))
    assert said[known, 1] == pytest.approx(-np.flatnonzero(known))
    for frame in np.flatnonzero(mask):
        low, high = max(frame - margin, 0), min(frame + margin + 1, len(wanted))
        assert any(a <= low and high <= b for a, b in net.shown)
    assert all(b - a <= WINDOW for a, b in net.shown)


def test_nobody_looks_when_nothing_is_wanted() -> None:
    net = Parrot()
    frames, histogram = _numbered(50)
    assert np.isnan(look(net, frames, histogram, np.zeros(50, bool))).all()
    assert net.shown == []


def test_the_word_on_the_last_old_frame_belongs_to_the_step_after_it() -> None:
    said = np.full((6, 2), np.nan, np.float32)
    said[2:5] = [[8, 0], [-4, 4], [-4, 4]]
    table = join_evidence(np.zeros((6, 3), np.float32), said)
    assert table.shape == (6, 3 + len(UNSEEN))
    assert table[3, 3:] == pytest.approx([1, 0.99966, 2, 1], abs=1e-4)
    for unseen in (0, 1, 2, 5):
        assert table[unseen, 3:] == pytest.approx(UNSEEN)
