"""Key signatures: fifths of every scale, and which signature is printed from which bar on.

A signature is printed for a key that stays; a key visited for a bar or two is spelled with accidentals, as a copyist
would write it.
"""

from __future__ import annotations

from dataclasses import dataclass

from model.motifs.language import ThemeKey
from model.sketch.sketch_types import Sketch

_STAY_BARS = 4
_MAJOR_STEPS_UP = {
    "major": 0,
    "minor": 3,
    "harmonic minor": 3,
    "dorian": 10,
    "phrygian": 8,
    "lydian": 7,
    "mixolydian": 5,
}
"""Semitones from the tonic up to the tonic of the major scale with the same signature (natural minor for harmonic)."""
_SHARPEST = 6  # sharps or flats; beyond six the enharmonic key is printed


@dataclass(frozen=True, slots=True)
class KeySpan:
    """From ``bar`` on, a signature of ``fifths`` sharps (negative: flats) for ``key``."""

    bar: int
    key: ThemeKey
    fifths: int

    @property
    def minor(self) -> bool:
        """Whether the third of the scale is minor."""
        return self.key.mode in {"minor", "harmonic minor", "dorian", "phrygian"}


def count_fifths(key: ThemeKey) -> int:
    """Count the sharps (negative: flats) of a key's signature, -6 to 6.

    Of six sharps and six flats the plainer tonic decides: F sharp major, but E flat minor.
    """
    above = _MAJOR_STEPS_UP[key.mode]
    sharps = (key.tonic + above) * 7 % 12
    flats = sharps - 12
    if sharps == _SHARPEST:
        up = above * 7 % 12
        up -= 12 if up > _SHARPEST else 0
        return flats if abs(flats - up) < abs(sharps - up) else sharps
    return flats if sharps > _SHARPEST else sharps


def key_at(sketch: Sketch, bar: int) -> ThemeKey:
    """Find the key planned for a bar; a bar without a plan keeps the last one before it."""
    before = [plan for plan in sketch.bars if plan.bar <= bar]
    return max(before, key=lambda p: p.bar).key if before else ThemeKey(0)


def key_spans(sketch: Sketch) -> tuple[KeySpan, ...]:
    """List the printed signatures, the first at bar 0."""
    runs: list[tuple[int, ThemeKey]] = []
    for bar in range(max(1, sketch.tempo_map.bars)):
        key = key_at(sketch, bar)
        if not runs or count_fifths(runs[-1][1]) != count_fifths(key):
            runs.append((bar, key))
    spans: list[KeySpan] = []
    ends = [bar for bar, _ in runs[1:]] + [max(1, sketch.tempo_map.bars)]
    for (bar, key), end in zip(runs, ends, strict=True):
        stays = end - bar >= _STAY_BARS or not spans
        if stays and (not spans or spans[-1].fifths != count_fifths(key)):
            spans.append(KeySpan(bar, key, count_fifths(key)))
    return tuple(spans)
