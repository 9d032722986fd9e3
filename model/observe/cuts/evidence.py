"""All the evidence about each step in one table: the signals, and what TransNet says where it looked.

Looking is what costs, so the detector may let TransNet look only at some frames; the head was trained with parts of
its word missing and then goes by the signals alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from model.media.reel import Floats, Pixels

Looks = Callable[..., dict[str, npt.NDArray[Any]]]
Mask = npt.NDArray[np.bool_]

UNSEEN = (0.0, 0.0, -2.0, -2.0)  # looked at, probability of a cut, and both logits over 4, where nobody has looked
MARGIN = 24  # frames of context on either side of those TransNet is asked about
WINDOW = 160  # frames per run: long ones waste less on margins, but no longer fit the processor's cache


def look(net: Looks, frames: Pixels, histograms: Floats, wanted: Mask, margin: int = MARGIN) -> Floats:
    """Let TransNet look at the wanted frames and their context.

    Returns float32 [n, 2]: the logits ``cut`` (last frame of a shot) and ``inside`` (in a transition), NaN where
    it was not asked.
    """
    said = np.full((len(frames), 2), np.nan, np.float32)
    for start, end in _stretches(wanted, margin):
        for first in range(start, end, WINDOW - 2 * margin):
            last = min(first + WINDOW - 2 * margin, end)
            seen = slice(max(first - margin, 0), last + margin)
            result = net(frames=np.ascontiguousarray(frames[seen]), histogram=histograms[seen])
            inner = slice(first - seen.start, last - seen.start)
            said[first:last] = np.stack([result["cut"][inner], result["inside"][inner]], axis=1)
    return said


def _stretches(wanted: Mask, margin: int) -> list[tuple[int, int]]:
    """Join wanted frames into stretches; a gap that the margins would cover anyway is looked at too."""
    index = np.flatnonzero(wanted)
    if not len(index):
        return []
    breaks = np.flatnonzero(np.diff(index) > margin)
    starts = index[np.concatenate([[0], breaks + 1])]
    ends = index[np.concatenate([breaks, [len(index) - 1]])] + 1
    return list(zip(starts.tolist(), ends.tolist(), strict=True))


def join_evidence(signals: Floats, said: Floats) -> Floats:
    """Join ``signals`` [n, s] with TransNet's word ``said`` [n, 2]: float32 [n, s + 4].

    TransNet marks the last frame of the old shot: its word on frame ``t - 1`` belongs to the step into ``t``.
    """
    cut = np.concatenate([[np.nan], said[:-1, 0]]).astype(np.float32)
    inside = said[:, 1]
    known = np.isfinite(cut) & np.isfinite(inside)
    chance = 1 / (1 + np.exp(-np.clip(cut, -30, 30)))
    word = np.stack([np.ones_like(cut), chance, np.clip(cut, -12, 12) / 4, np.clip(inside, -12, 12) / 4], axis=1)
    return np.concatenate(
        [signals, np.where(known[:, None], word, np.array(UNSEEN, np.float32))], axis=1, dtype=np.float32
    )
