"""What a bar of music feels like, computed from its notes: arousal, tension, valence, density, key and chords.

Pure functions of note arrays in quarter notes, so that the labels a model learns from, the score that chooses between
its candidates and the figure in the benchmark are one and the same. They are pseudo-labels: plausible, explainable
combinations (onset rate, dynamics, register and thickness for arousal; roughness, distance from the key and pedal for
tension; mode, roughness and register for valence), not what listeners said.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

QUALITIES = ("maj", "min", "dim", "aug", "sus4", "7", "maj7", "min7", "dim7")
_INTERVALS = (
    (0, 4, 7),
    (0, 3, 7),
    (0, 3, 6),
    (0, 4, 8),
    (0, 5, 7),
    (0, 4, 7, 10),
    (0, 4, 7, 11),
    (0, 3, 7, 10),
    (0, 3, 6, 9),
)
_MAJOR = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)  # Krumhansl and Kessler 1982
_MINOR = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)
_CELLS = 4  # cells a quarter in which sounding notes are counted
_AROUND = 4  # bars to either side that make the local key
_ROUGH = (0.0, 1.0, 0.5, 0.0, 0.0, 0.0, 0.6)  # of an interval class: semitone, whole tone, tritone


@dataclass(frozen=True, slots=True)
class BarMeasures:
    """One value a bar, arrays [bars].

    Attributes
    ----------
    arousal, tension, density: 0-1; ``valence``: -1..1; ``dynamic``: mean velocity 1-127
    key: local key, 0-11 major by tonic, 12-23 minor
    """

    arousal: Floats
    tension: Floats
    valence: Floats
    density: Floats
    dynamic: Floats
    key: Ints


def measure_bars(
    onset: npt.ArrayLike,
    duration: npt.ArrayLike,
    pitch: npt.ArrayLike,
    velocity: npt.ArrayLike,
    bar_starts: npt.ArrayLike,
    bpm: npt.ArrayLike = 96.0,
) -> BarMeasures:
    """Measure every bar.

    Parameters
    ----------
    onset, duration: quarter notes, [notes]; ``pitch``, ``velocity``: MIDI, [notes]; in any order
    bar_starts: quarter notes of every bar line including the last, ascending, [bars + 1]
    bpm: quarter notes a minute, one or [bars]
    """
    on, lasts = np.asarray(onset, np.float64), np.asarray(duration, np.float64)
    midi, loud = np.asarray(pitch, np.int64), np.asarray(velocity, np.float64)
    lines = np.asarray(bar_starts, np.float64)
    sounding = _sounding(on, lasts, midi, lines)
    weights = _per_bar(sounding, lines)
    key, mode, off_key = _keys(weights)
    rough = _roughness(sounding, lines)
    rate, dynamic, height, thick = _activity(on, midi, loud, lines)
    pace = np.broadcast_to(np.asarray(bpm, np.float64), rate.shape) / 60
    density = np.clip(np.log1p(rate) / np.log1p(8.0), 0, 1)
    speed = np.clip(np.log1p(rate * pace) / np.log1p(16.0), 0, 1)
    force = np.clip((dynamic - 30) / 80, 0, 1)
    arousal = np.clip((0.4 * speed + 0.35 * force + 0.1 * height + 0.15 * thick - 0.25) / 0.55, 0, 1)
    silent = weights.sum(1) == 0
    tension = 0.55 * rough + 0.3 * off_key + 0.15 * _pedal(on, lasts, midi, lines)
    valence = np.clip(mode - 0.4 * rough + 0.3 * (height - 0.5), -1, 1)
    quiet = np.where(silent, 0.0, 1.0)
    return BarMeasures(arousal * quiet, np.clip(tension, 0, 1) * quiet, valence * quiet, density, dynamic, key)


def chords_of(
    onset: npt.ArrayLike, duration: npt.ArrayLike, pitch: npt.ArrayLike, spans: npt.ArrayLike
) -> tuple[Ints, Ints]:
    """Name the harmony of each span: (root 0-11 or -1 for none, index into ``QUALITIES``), each [spans].

    ``spans`` are ascending boundaries in quarter notes, [spans + 1]. The lowest note counts twice.
    """
    on, lasts = np.asarray(onset, np.float64), np.asarray(duration, np.float64)
    midi, lines = np.asarray(pitch, np.int64), np.asarray(spans, np.float64)
    weights = _per_bar(_sounding(on, lasts, midi, lines), lines)
    share = weights / np.maximum(weights.sum(1, keepdims=True), 1e-9)
    bass = _lowest(on, lasts, midi, lines)
    root_bonus = np.zeros_like(share)
    known = np.flatnonzero(bass < _NOTHING)
    root_bonus[known, bass[known] % 12] = 0.15
    tones = np.repeat([len(i) for i in _INTERVALS], 12)
    scores = np.minimum(share, 0.5) @ _templates().T + np.tile(root_bonus, (1, len(QUALITIES))) - 0.25 * (tones - 3)
    best = scores.argmax(1)
    heard = weights.sum(1) > 0
    return np.asarray(np.where(heard, best % 12, -1)), np.asarray(np.where(heard, best // 12, 0))


def pitch_classes(root: int, quality: int) -> tuple[int, ...]:
    """Spell a chord: pitch classes of root and index into ``QUALITIES``."""
    return tuple((root + interval) % 12 for interval in _INTERVALS[quality])


_NOTHING = 999


def _templates() -> Floats:
    """Return chord tones as +, others as -: [qualities * 12, 12], quality-major."""
    out = np.full((len(QUALITIES) * 12, 12), -0.6)
    for quality, intervals in enumerate(_INTERVALS):
        for root in range(12):
            row = out[quality * 12 + root]
            row[[(root + i) % 12 for i in intervals]] = 1.0
    return out


def _sounding(on: Floats, lasts: Floats, midi: Ints, lines: Floats) -> Floats:
    """Count the notes of each pitch class in each cell, [cells, 12]."""
    first = lines[0] if len(lines) else 0.0
    cells = max(int(np.ceil((lines[-1] - first) * _CELLS)), 1)
    begin = np.clip(np.round((on - first) * _CELLS).astype(np.int64), 0, cells)
    end = np.clip(np.maximum(np.round((on + lasts - first) * _CELLS).astype(np.int64), begin + 1), 0, cells)
    change = np.zeros((cells + 1, 12))
    np.add.at(change, (begin, midi % 12), 1.0)
    np.add.at(change, (end, midi % 12), -1.0)
    return np.cumsum(change, axis=0)[:-1]


def _cell_of(lines: Floats, cells: int) -> Ints:
    return np.asarray(np.clip(np.round((lines - lines[0]) * _CELLS).astype(np.int64), 0, cells))


def _per_bar(cells: Floats, lines: Floats) -> Floats:
    """Sum cells [cells, k] into bars [bars, k]."""
    total = np.concatenate([np.zeros((1, cells.shape[1])), np.cumsum(cells, axis=0)])
    edges = _cell_of(lines, len(cells))
    return np.asarray(total[edges[1:]] - total[edges[:-1]])


def _roughness(sounding: Floats, lines: Floats) -> Floats:
    """Average the share of harsh pitch-class pairs over the cells that sound, 0-1, [bars]."""
    present = (sounding > 0).astype(np.float64)
    distance = np.abs(np.subtract.outer(np.arange(12), np.arange(12)))
    harsh = np.asarray(_ROUGH)[np.minimum(distance, 12 - distance)]
    count = present.sum(1)
    pairs = np.maximum(count * (count - 1), 1)
    each = ((present @ harsh) * present).sum(1) / pairs
    several = (count > 1).astype(np.float64)
    sums = _per_bar(np.stack([each * several, several], axis=1), lines)
    return np.clip(sums[:, 0] / np.maximum(sums[:, 1], 1) / 0.3, 0, 1)


def _keys(weights: Floats) -> tuple[Ints, Floats, Floats]:
    """Find the local key, how major it is (-1..1), and how far each bar lies from it (0-1)."""
    around = np.zeros_like(weights)
    for shift in range(-_AROUND, _AROUND + 1):
        lo = max(0, shift)
        hi = max(lo, min(len(weights), len(weights) + shift))
        around[lo:hi] += weights[lo - shift : hi - shift]
    profiles = np.stack([np.roll(p, k) for p in (_MAJOR, _MINOR) for k in range(12)])
    fit = _correlation(around, profiles)
    key = fit.argmax(1)
    rows = np.arange(len(key))
    mode = np.clip((fit[:, :12].max(1) - fit[:, 12:].max(1)) * 3, -1, 1)
    away = 1 - _correlation(weights, profiles)[rows, key]
    return key, mode, np.clip(away / 1.2, 0, 1)


def _correlation(rows: Floats, profiles: Floats) -> Floats:
    """Correlate every row [n, 12] with every profile [k, 12]: [n, k]; 0 for silence."""
    a = rows - rows.mean(1, keepdims=True)
    b = profiles - profiles.mean(1, keepdims=True)
    norm = np.linalg.norm(a, axis=1)[:, None] * np.linalg.norm(b, axis=1)[None]
    return np.asarray(a @ b.T / np.maximum(norm, 1e-9))


def _activity(on: Floats, midi: Ints, loud: Floats, lines: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Measure onsets a quarter, mean velocity, height of the register and thickness (both 0-1), each [bars]."""
    bars = len(lines) - 1
    at = np.searchsorted(lines, on + 1e-6, side="right") - 1
    inside = (at >= 0) & (at < bars)
    at, moment, midi, loud = at[inside], np.round(on[inside] * 12), midi[inside], loud[inside]
    notes = np.bincount(at, minlength=bars).astype(np.float64)
    moments = np.unique(np.stack([at, moment.astype(np.int64)]), axis=1)[0]
    onsets = np.bincount(moments, minlength=bars).astype(np.float64)
    some = np.maximum(notes, 1)
    dynamic = _held(np.bincount(at, loud, bars) / some, notes > 0, 64.0)
    height = _held(np.clip((np.bincount(at, midi, bars) / some - 40) / 48, 0, 1), notes > 0, 0.5)
    thick = np.clip((notes / np.maximum(onsets, 1) - 1) / 5, 0, 1)
    return onsets / np.maximum(np.diff(lines), 1e-6), dynamic, height, thick


def _held(values: Floats, known: npt.NDArray[np.bool_], first: float) -> Floats:
    """Carry the last known value over bars without onsets."""
    index = np.maximum.accumulate(np.where(known, np.arange(len(values)), -1))
    return np.where(index >= 0, values[np.maximum(index, 0)], first)


def _lowest(on: Floats, lasts: Floats, midi: Ints, lines: Floats) -> Ints:
    """Find the lowest pitch that sounds in each bar, ``_NOTHING`` in silence."""
    bars = len(lines) - 1
    out = np.full(bars, _NOTHING, np.int64)
    first = np.clip(np.searchsorted(lines, on + 1e-6, side="right") - 1, 0, bars)
    last = np.clip(np.searchsorted(lines, on + lasts - 1e-6, side="left"), 1, bars)
    for step in range(8):  # a note longer than eight bars counts in its first eight
        here = first + step < last
        if not here.any():
            break
        np.minimum.at(out, first[here] + step, midi[here])
    return out


def _pedal(on: Floats, lasts: Floats, midi: Ints, lines: Floats) -> Floats:
    """Mark the bars whose lowest note is that of the bar before, 0 or 1."""
    low = _lowest(on, lasts, midi, lines)
    same = np.zeros(len(low))
    same[1:] = (low[1:] == low[:-1]) & (low[1:] < _NOTHING)
    return same
