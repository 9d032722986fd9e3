"""What a bar of music feels like, computed from its notes: arousal, tension, valence, density, key and chords.

Pure functions of note arrays in quarter notes. The labels that the net learns from, the score that chooses between its
candidates and the figure in the benchmark all come from here. They are pseudo-labels: plausible, explainable
combinations (onset rate, dynamics, register and thickness for arousal; roughness, distance from the key and pedal for
tension; mode, roughness and register for valence), not what listeners said.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.motifs.degrees import KEY_PROFILES
from model.motifs.harmony import QUALITIES

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

QUALITY_NAMES = tuple(QUALITIES)  # the net's chord numbers are indices into it: its order may not change
_INTERVALS = tuple(QUALITIES.values())
_QUARTER_CELLS = 4
_KEY_CONTEXT_BARS = 4
_ROUGHNESS = (0.0, 1.0, 0.5, 0.0, 0.0, 0.0, 0.6)  # by interval class: semitone, whole tone and tritone are harsh
_ROOT_BONUS = 0.15  # of the sounding share, for the chord whose root is the bass
_LARGEST_SHARE = 0.5  # of one pitch class that counts towards a chord, so that a doubled note does not name it
_OTHER_TONE_COST = 0.6  # of the share of notes outside the chord
_FOURTH_TONE_COST = 0.25  # so that a passing note makes no seventh chord
_NO_PITCH = 999  # above every MIDI pitch
_LONGEST_NOTE_BARS = 8


@dataclass(frozen=True, slots=True)
class BarMeasures:
    """The measures of a piece, one value a bar: arrays [bars].

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


def name_chords(
    onset: npt.ArrayLike, duration: npt.ArrayLike, pitch: npt.ArrayLike, spans: npt.ArrayLike
) -> tuple[Ints, Ints]:
    """Name the chord of each span: (root 0-11 or -1 for none, index into ``QUALITY_NAMES``), each [spans].

    ``spans`` are ascending boundaries in quarter notes, [spans + 1]. The lowest note counts twice.
    """
    on, lasts = np.asarray(onset, np.float64), np.asarray(duration, np.float64)
    midi, lines = np.asarray(pitch, np.int64), np.asarray(spans, np.float64)
    weights = _per_bar(_sounding(on, lasts, midi, lines), lines)
    share = weights / np.maximum(weights.sum(1, keepdims=True), 1e-9)
    bass = _lowest(on, lasts, midi, lines)
    root_bonus = np.zeros_like(share)
    known = np.flatnonzero(bass < _NO_PITCH)
    root_bonus[known, bass[known] % 12] = _ROOT_BONUS
    tones = np.repeat([len(i) for i in _INTERVALS], 12)
    fit = np.minimum(share, _LARGEST_SHARE) @ _templates().T
    scores = fit + np.tile(root_bonus, (1, len(QUALITY_NAMES))) - _FOURTH_TONE_COST * (tones - 3)
    best = scores.argmax(1)
    sounds = weights.sum(1) > 0
    return np.asarray(np.where(sounds, best % 12, -1)), np.asarray(np.where(sounds, best // 12, 0))


def pitch_classes(root: int, quality: int) -> tuple[int, ...]:
    """Pitch classes of the chord of a root (0-11) and an index into ``QUALITY_NAMES``."""
    return tuple((root + interval) % 12 for interval in _INTERVALS[quality])


def _templates() -> Floats:
    """Weight of each pitch class in each chord, positive for its tones: [qualities * 12, 12], quality-major."""
    out = np.full((len(QUALITY_NAMES) * 12, 12), -_OTHER_TONE_COST)
    for quality, intervals in enumerate(_INTERVALS):
        for root in range(12):
            row = out[quality * 12 + root]
            row[[(root + i) % 12 for i in intervals]] = 1.0
    return out


def _sounding(on: Floats, lasts: Floats, midi: Ints, lines: Floats) -> Floats:
    """Count the notes of each pitch class in each cell, [cells, 12]."""
    first = lines[0] if len(lines) else 0.0
    cells = max(int(np.ceil((lines[-1] - first) * _QUARTER_CELLS)), 1)
    begin = np.clip(np.round((on - first) * _QUARTER_CELLS).astype(np.int64), 0, cells)
    end = np.clip(np.maximum(np.round((on + lasts - first) * _QUARTER_CELLS).astype(np.int64), begin + 1), 0, cells)
    change = np.zeros((cells + 1, 12))
    np.add.at(change, (begin, midi % 12), 1.0)
    np.add.at(change, (end, midi % 12), -1.0)
    return np.cumsum(change, axis=0)[:-1]


def _cell_of(lines: Floats, cells: int) -> Ints:
    return np.asarray(np.clip(np.round((lines - lines[0]) * _QUARTER_CELLS).astype(np.int64), 0, cells))


def _per_bar(cells: Floats, lines: Floats) -> Floats:
    """Sum cells [cells, k] into bars [bars, k]."""
    total = np.concatenate([np.zeros((1, cells.shape[1])), np.cumsum(cells, axis=0)])
    edges = _cell_of(lines, len(cells))
    return np.asarray(total[edges[1:]] - total[edges[:-1]])


def _roughness(sounding: Floats, lines: Floats) -> Floats:
    """Average the share of harsh pitch-class pairs over the cells that sound, 0-1, [bars]."""
    present = (sounding > 0).astype(np.float64)
    distance = np.abs(np.subtract.outer(np.arange(12), np.arange(12)))
    harsh = np.asarray(_ROUGHNESS)[np.minimum(distance, 12 - distance)]
    count = present.sum(1)
    pairs = np.maximum(count * (count - 1), 1)
    each = ((present @ harsh) * present).sum(1) / pairs
    several = (count > 1).astype(np.float64)
    sums = _per_bar(np.stack([each * several, several], axis=1), lines)
    return np.clip(sums[:, 0] / np.maximum(sums[:, 1], 1) / 0.3, 0, 1)


def _keys(weights: Floats) -> tuple[Ints, Floats, Floats]:
    """Find the local key, how major it is (-1..1), and how far each bar lies from it (0-1)."""
    around = np.zeros_like(weights)
    for shift in range(-_KEY_CONTEXT_BARS, _KEY_CONTEXT_BARS + 1):
        lo = max(0, shift)
        hi = max(lo, min(len(weights), len(weights) + shift))
        around[lo:hi] += weights[lo - shift : hi - shift]
    profiles = np.stack([np.roll(p, k) for p in KEY_PROFILES.values() for k in range(12)])
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
    dynamic = _fill_forward(np.bincount(at, loud, bars) / some, notes > 0, 64.0)
    height = _fill_forward(np.clip((np.bincount(at, midi, bars) / some - 40) / 48, 0, 1), notes > 0, 0.5)
    thick = np.clip((notes / np.maximum(onsets, 1) - 1) / 5, 0, 1)
    return onsets / np.maximum(np.diff(lines), 1e-6), dynamic, height, thick


def _fill_forward(values: Floats, known: npt.NDArray[np.bool_], first: float) -> Floats:
    """Carry the last known value over bars without onsets."""
    index = np.maximum.accumulate(np.where(known, np.arange(len(values)), -1))
    return np.where(index >= 0, values[np.maximum(index, 0)], first)


def _lowest(on: Floats, lasts: Floats, midi: Ints, lines: Floats) -> Ints:
    """Find the lowest pitch that sounds in each bar, ``_NO_PITCH`` in silence."""
    bars = len(lines) - 1
    out = np.full(bars, _NO_PITCH, np.int64)
    first = np.clip(np.searchsorted(lines, on + 1e-6, side="right") - 1, 0, bars)
    last = np.clip(np.searchsorted(lines, on + lasts - 1e-6, side="left"), 1, bars)
    for step in range(_LONGEST_NOTE_BARS):
        here = first + step < last
        if not here.any():
            break
        np.minimum.at(out, first[here] + step, midi[here])
    return out


def _pedal(on: Floats, lasts: Floats, midi: Ints, lines: Floats) -> Floats:
    """Mark the bars whose lowest note is that of the bar before, 0 or 1."""
    low = _lowest(on, lasts, midi, lines)
    same = np.zeros(len(low))
    same[1:] = (low[1:] == low[:-1]) & (low[1:] < _NO_PITCH)
    return same
