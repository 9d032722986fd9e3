"""What the dialogue alone says about music: features of the rhythm of talk at any time of the reel.

The same numbers are computed from the labels the priors were learned on (``training/spotting/priors.py``) and from the
lines of a reel, so the learned tables hold for both. Everything is a function of speech spans and times in seconds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

WINDOWS_S = (5.0, 15.0, 60.0, 180.0)
NEAR_S = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0, 6.0, 10.0, 20.0)
INSIDE_S = (0.25, 0.5, 1.0, 2.0, 4.0)
GAP_S = (1.0, 2.0, 3.0, 5.0, 8.0, 15.0, 30.0)
LONG_GAP_S = 4.0
LINE_TAIL_S = 0.75
_STEP_S = 0.01


@dataclass(frozen=True, slots=True)
class Talk:
    """Where somebody speaks: ``starts_s`` and ``ends_s`` float64 [k], in order, without overlap, within the reel."""

    starts_s: Array
    ends_s: Array
    length_s: float

    @classmethod
    def of(cls, spans: list[tuple[float, float]], length_s: float) -> Talk:
        """Clip, order and join the spans of speech."""
        joined: list[list[float]] = []
        for start, end in sorted((max(0.0, a), min(length_s, b)) for a, b in spans):
            if end - start < _STEP_S:
                continue
            if joined and start <= joined[-1][1] + _STEP_S:
                joined[-1][1] = max(joined[-1][1], end)
            else:
                joined.append([start, end])
        edges = np.array(joined, dtype=np.float64).reshape(-1, 2)
        return cls(edges[:, 0], edges[:, 1], length_s)

    def reverse(self) -> Talk:
        """Hear the same talk backwards: what is true of ins then holds for outs."""
        return Talk(self.length_s - self.ends_s[::-1], self.length_s - self.starts_s[::-1], self.length_s)

    def share(self, low_s: Array, high_s: Array) -> Array:
        """Share of speech in each stretch ``low_s`` to ``high_s``, clipped to the reel; float64 [n]."""
        low, high = np.clip(low_s, 0, self.length_s), np.clip(high_s, 0, self.length_s)
        spoken = self._speech_before(high) - self._speech_before(low)
        return np.asarray(spoken / np.maximum(high - low, _STEP_S), dtype=np.float64)

    def _speech_before(self, times_s: Array) -> Array:
        """Seconds of speech before each time."""
        knots = np.concatenate([[0.0], np.stack([self.starts_s, self.ends_s], 1).ravel(), [self.length_s]])
        total = np.cumsum(self.ends_s - self.starts_s)
        before = np.concatenate([[0.0], total[:-1]]) if len(total) else np.zeros(0)
        filled = np.stack([before, total], 1).ravel()
        values = np.concatenate([[0.0], filled, [total[-1] if len(total) else 0.0]])
        return np.asarray(np.interp(times_s, knots, values), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Place:
    """Where times lie among the lines; every field float64 or bool [n], seconds.

    Attributes
    ----------
    inside: a line is being spoken
    since, until: from the last line's end and to the next line's start, 0 inside a line
    gap: length of the pause around a time outside lines, 0 inside
    into, left: from the start and to the end of the line around a time inside, 0 outside
    gap_before, gap_after: the pauses before and after the line at hand (the last one begun)
    """

    inside: npt.NDArray[np.bool_]
    since: Array
    until: Array
    gap: Array
    into: Array
    left: Array
    gap_before: Array
    gap_after: Array


def place(talk: Talk, times_s: Array) -> Place:
    """Find where each time lies among the lines; the reel's ends count as the edges of lines."""
    starts = np.concatenate([[-np.inf], talk.starts_s, [talk.length_s]])
    ends = np.concatenate([[0.0], talk.ends_s, [np.inf]])
    line = np.clip(np.searchsorted(starts, times_s, side="right") - 1, 0, len(starts) - 2)
    end, following = ends[line], starts[line + 1]
    start = np.where(line > 0, starts[line], 0.0)
    inside = (end > times_s) & (line > 0)
    previous = np.where(line > 0, ends[np.maximum(line - 1, 0)], 0.0)
    out = ~inside
    return Place(
        inside=inside,
        since=np.where(out, np.maximum(times_s - end, 0.0), 0.0),
        until=np.where(out, np.maximum(following - times_s, 0.0), 0.0),
        gap=np.where(out, np.maximum(following - end, 0.0), 0.0),
        into=np.where(inside, times_s - start, 0.0),
        left=np.where(inside, np.maximum(end - times_s, 0.0), 0.0),
        gap_before=np.maximum(start - previous, 0.0),
        gap_after=np.maximum(following - end, 0.0),
    )


def describe_times(talk: Talk, times_s: Array) -> Array:
    """Describe the talk around each time, for "is there music here?": float64 [n, 21]."""
    where = place(talk, times_s)
    columns: list[Array] = []
    for window in WINDOWS_S:
        columns += [
            talk.share(times_s - window / 2, times_s + window / 2),
            talk.share(times_s - window, times_s),
            talk.share(times_s, times_s + window),
        ]
    whole = np.full(len(times_s), float((talk.ends_s - talk.starts_s).sum()) / max(talk.length_s, _STEP_S))
    columns += [whole, where.inside.astype(np.float64), np.log1p(where.gap)]
    columns += [np.log1p(np.minimum(where.since, 100.0)), np.log1p(np.minimum(where.until, 100.0))]
    columns += [(where.gap > limit).astype(np.float64) for limit in (5.0, 15.0, 40.0)]
    columns.append(np.log1p(where.into + where.left))
    return np.stack(columns, axis=1)


def describe_entries(talk: Talk, times_s: Array) -> Array:
    """Describe each time as a place for music to enter: float64 [n, 107]; for outs ask :meth:`Talk.reversed`."""
    where = place(talk, times_s)
    inside, out = where.inside[:, None], ~where.inside[:, None]
    long = out & (where.gap > LONG_GAP_S)[:, None]
    after, before = _bins(where.since, NEAR_S), _bins(where.until, NEAR_S)
    late = inside & (where.left < LINE_TAIL_S)[:, None]
    blocks = [
        inside,
        after * out,
        before * out,
        _bins(where.gap, GAP_S) * out,
        _bins(where.into, INSIDE_S) * inside,
        _bins(where.left, INSIDE_S) * inside,
        _bins(where.gap_after, GAP_S) * late,
        _bins(where.gap_before, GAP_S),
        after * long,
        before * long,
        _tides(talk, times_s),
    ]
    return np.concatenate(blocks, axis=1).astype(np.float64)


def _tides(talk: Talk, times_s: Array) -> Array:
    """How dense the talk is before and after each time, and how much that turns."""
    past = np.stack([talk.share(times_s - w, times_s) for w in WINDOWS_S], axis=1)
    coming = np.stack([talk.share(times_s, times_s + w) for w in WINDOWS_S], axis=1)
    turn = coming[:, 1:] - past[:, 1:]
    return np.concatenate([past, coming, turn, np.abs(turn)], axis=1)


def _bins(values: Array, edges_s: tuple[float, ...]) -> Array:
    """One column per bin between ``edges_s``, 1 where a value falls into it."""
    bins = np.digitize(values, edges_s)
    return np.asarray(bins[:, None] == np.arange(len(edges_s) + 1)[None, :], dtype=np.float64)
