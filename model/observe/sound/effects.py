"""Effects: sudden sounds with the time they strike and what they seem to be, and longer sounds that are no music."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import numpy.typing as npt
from scipy import signal

from model.media.reel import Feed
from model.observe.detector import Detector, Findings
from model.observe.observations import Curve, Effects, Impact, Stretch
from model.observe.sound.detector import CELL_S, SoundActivity, add_up_bands_db
from model.observe.sound.mel import BandLevels
from model.observe.sound.spans import close_gaps, drop_short, find_runs, smooth_curve

APART = 10  # cells between two impacts
LEAST = 0.45  # chosen on the TUNE mixes (docs/sound.md)
RANGE_DB = 40.0  # an impact this much under the loudest has no strength left
BED_DB = -42.0  # a longer sound is worth a stretch from here on
BED_CELLS = 200
OTHER = 0.6  # that it is neither speech nor music
_ATTACK = 6  # cells in which a strike reaches its full level
_TAIL = 60


class EffectsDetector(Detector):
    """Picks the impacts out of the impact curve and says what each seems to be."""

    name: ClassVar[str] = "effects"
    version: ClassVar[str] = "1"
    needs: ClassVar[frozenset[Feed]] = frozenset({Feed.SOUND})
    after: ClassVar[tuple[str, ...]] = ("sound",)

    def finish(self, found: Findings) -> Effects | None:
        """Return the impacts, or None when nobody listened."""
        activity = found.get("sound", SoundActivity)
        if activity is None:
            return None
        cells = strikes(activity.impact)
        loud = add_up_bands_db(activity.levels)
        peaks = [float(loud[c : c + _ATTACK].max()) for c in cells]
        loudest = max(peaks, default=0.0)
        impacts = tuple(
            Impact(
                time_s=(float(cell) + 0.5) * CELL_S,
                strength=float(np.clip(1 + (peak - loudest) / RANGE_DB, 0.02, 1)),
                confidence=float(activity.impact[cell]),
                label=describe_strike(activity.levels, int(cell)),
            )
            for cell, peak in zip(cells, peaks, strict=True)
        )
        return Effects(impacts, find_beds(activity, loud))


def strikes(impact: Curve) -> npt.NDArray[np.intp]:
    """Cells in which something strikes: peaks of the curve, the higher one wherever two are near."""
    peaks, _ = signal.find_peaks(np.concatenate([[0], impact, [0]]), height=LEAST, distance=APART)
    return np.asarray(peaks - 1, dtype=np.intp)


def describe_strike(levels: BandLevels, cell: int) -> str:
    """Say what struck in plain words, from what the strike added: where in the spectrum, and how long it rings.

    Only shapes that are clear get a name of their own; everything else is an "impact".
    """
    power = 10.0 ** (levels[max(0, cell - 8) : cell + _TAIL].astype(np.float64) / 10)
    at = min(cell, 8)
    before = power[: max(1, at - 2)].mean(axis=0)
    added = np.maximum(power[at:] - before, 0)
    strike = added[:_ATTACK].max(axis=0)
    total = float(strike.sum())
    if total <= 0:
        return "impact"
    low, high = float(strike[:2].sum()) / total, float(strike[6:].sum()) / total
    ring_s = _ring_cells(added.sum(axis=1)) * CELL_S
    match (low > 0.6, high > 0.3, ring_s > 0.3):  # noqa: PLR2004 - chosen by ear on the TRAIN clips
        case (True, _, True):
            return "low boom"
        case (True, _, False):
            return "thud"
        case (_, True, True):
            return "bright crash"
        case (_, True, False):
            return "sharp crack"
        case _:
            return "impact"


def _ring_cells(energy: npt.NDArray[np.float64]) -> int:
    """Cells until what was struck has lost 20 dB for good, at most the cells that are looked at."""
    above = np.flatnonzero(energy > energy.max() / 100)
    return int(above[-1]) + 1 if len(above) else 0


def find_beds(activity: SoundActivity, loud: Curve) -> tuple[Stretch, ...]:
    """Stretches of 2 s and more in which something sounds that is neither speech nor music."""
    other = smooth_curve(1 - np.maximum(activity.speech, activity.music), 50)
    level = smooth_curve(loud, 50)
    spans = drop_short(close_gaps(find_runs((other > OTHER) & (level > BED_DB)), 50), BED_CELLS)
    return tuple(
        Stretch(float(a) * CELL_S, float(b) * CELL_S, float(other[a:b].mean()), "effects or ambience") for a, b in spans
    )
