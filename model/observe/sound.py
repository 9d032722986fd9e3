"""Sound: one ear for all sound detectors, so that nothing is computed twice.

Dialogue, music and effects each read :class:`SoundActivity` and judge for themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from model.media.reel import SoundBlock
from model.observe.detector import Context, Detector, Findings
from model.observe.observations import Curve
from model.observe.sound_ear import CELLS_PER_S, Ear
from model.observe.sound_mel import BandLevels

CELL_S = 1 / CELLS_PER_S
_SILENT_DB = -60.0  # a music track quieter than this carries no music


@dataclass(frozen=True, slots=True)
class SoundActivity:
    """What was heard in each hundredth of a second, float32 [n] each.

    Attributes
    ----------
    speech, music: probability that somebody speaks, that music plays
    impact: probability that a sudden sound starts here
    levels: int8 [n, 8], dBFS in the bands of ``sound_mel.BAND_EDGES_HZ``, of the feed the effects were heard on
    stems: the split tracks the reel has; where one is there, its curve was heard on it alone
    """

    speech: Curve
    music: Curve
    impact: Curve
    levels: BandLevels
    stems: tuple[str, ...] = ()


class SoundDetector(Detector):
    """Listens to the mix, and to each split track the reel has."""

    name: ClassVar[str] = "sound"

    def __init__(self, context: Context) -> None:
        """Open one ear; ears for split tracks open when the first of them comes by."""
        super().__init__(context)
        self._ears = {"mix": Ear()}
        self._heard = 0

    def sound(self, block: SoundBlock) -> None:
        """Hear the mix and the split tracks of a block."""
        self._ears["mix"].hear(block.mono)
        for role, samples in block.stems.items():
            if role not in self._ears:
                self._ears[role] = Ear()
                self._ears[role].hear(np.zeros(self._heard, np.float32))
            self._ears[role].hear(samples)
        self._heard += len(block.mono)

    def finish(self, found: Findings) -> SoundActivity:  # noqa: ARG002 - waits for nobody
        """Hand on what the ears heard, each curve from the feed that carries it alone where there is one."""
        heard = {role: ear.finish() for role, ear in self._ears.items()}
        mix, levels = heard["mix"]
        speech = heard["dialogue"][0][:, 0] if "dialogue" in heard else mix[:, 0]
        music = _sounding(heard["music"][1]) if "music" in heard else mix[:, 1]
        curves, levels = heard.get("effects", (mix, levels))
        stems = tuple(sorted(set(heard) - {"mix"}))
        return SoundActivity(speech.copy(), music.copy(), curves[:, 2].copy(), levels, stems)


def total_db(levels: BandLevels) -> Curve:
    """Level of all bands together: int8 [n, 8] to float32 [n] in dBFS."""
    power = np.sum(10.0 ** (levels.astype(np.float32) / 10), axis=1)
    return np.asarray(10 * np.log10(power), dtype=np.float32)


def _sounding(levels: BandLevels) -> Curve:
    """1 where a track that holds nothing but music sounds, with a second's patience for rests."""
    loud = np.flatnonzero(total_db(levels) > _SILENT_DB)
    curve = np.zeros(len(levels), np.float32)
    curve[loud] = 1
    gaps = np.flatnonzero(np.diff(loud) > 1)
    for gap in gaps:
        if loud[gap + 1] - loud[gap] <= CELLS_PER_S:
            curve[loud[gap] : loud[gap + 1]] = 1
    return curve
