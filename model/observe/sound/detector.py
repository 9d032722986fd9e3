"""Sound: one ear for all sound detectors, so that nothing is computed twice.

Dialogue, music and effects each read :class:`SoundActivity` and judge for themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from model.media.reel import Feed, SoundBlock
from model.observe.detector import Context, Detector, Findings
from model.observe.observations import Curve
from model.observe.sound.analyser import CELLS_PER_S, SoundAnalyser
from model.observe.sound.mel import BandLevels
from model.observe.sound.pitch import Pitches
from model.observe.sound.spans import close_gaps, find_runs, make_mask

CELL_S = 1 / CELLS_PER_S
_SILENT_DB = -60.0  # a music track quieter than this carries no music
_REST = 2 * CELLS_PER_S


@dataclass(frozen=True, slots=True)
class SoundActivity:
    """What was heard in each hundredth of a second, float32 [n] each.

    Attributes
    ----------
    speech, music, singing: probability that somebody speaks, that music plays, that somebody sings
    impact: probability that a sudden sound starts here
    levels: int8 [n, 8], dBFS in the bands of ``sound_mel.BAND_EDGES_HZ``, of the feed the effects were heard on
    music_levels: the same of the feed the music was heard on
    pitch: float16 [n / 2], Hz or 0, of the feed the dialogue was heard on
    stems: the split tracks the reel has; where one is there, its curve was heard on it alone
    """

    speech: Curve
    music: Curve
    singing: Curve
    impact: Curve
    levels: BandLevels
    music_levels: BandLevels
    pitch: Pitches
    stems: tuple[str, ...] = ()


class SoundDetector(Detector):
    """Listens to the mix, and to each split track the reel has."""

    name: ClassVar[str] = "sound"
    version: ClassVar[str] = "1"
    needs: ClassVar[frozenset[Feed]] = frozenset({Feed.SOUND})
    stored: ClassVar[bool] = False

    def __init__(self, context: Context) -> None:
        """Open one ear; ears for split tracks open when the first of them comes by."""
        super().__init__(context)
        self._ears = {"mix": SoundAnalyser()}
        self._heard = 0

    def process_sound(self, block: SoundBlock) -> None:
        """Hear the mix and the split tracks of a block."""
        self._ears["mix"].hear(block.mono)
        for role, samples in block.stems.items():
            if role not in self._ears:
                self._ears[role] = SoundAnalyser()
                self._ears[role].hear(np.zeros(self._heard, np.float32))
            self._ears[role].hear(samples)
        self._heard += len(block.mono)

    def finish(self, found: Findings) -> SoundActivity:  # noqa: ARG002 - waits for nobody
        """Hand on what the ears heard, each curve from the feed that carries it alone where there is one."""
        heard = {role: ear.finish() for role, ear in self._ears.items()}
        stems = tuple(sorted(set(heard) - {"mix"}))
        mix = heard["mix"]
        dialogue, music, effects = (heard.get(role, mix) for role in ("dialogue", "music", "effects"))
        return SoundActivity(
            speech=dialogue.curves[:, 0].copy(),
            music=_sounding(music.levels) if "music" in heard else mix.curves[:, 1].copy(),
            singing=music.curves[:, 3].copy(),
            impact=effects.curves[:, 2].copy(),
            levels=effects.levels,
            music_levels=music.levels,
            pitch=dialogue.pitch,
            stems=stems,
        )


def add_up_bands_db(levels: BandLevels) -> Curve:
    """Level of all bands together: int8 [n, 8] to float32 [n] in dBFS."""
    power = np.sum(10.0 ** (levels.astype(np.float32) / 10), axis=1)
    return np.asarray(10 * np.log10(power), dtype=np.float32)


def _sounding(levels: BandLevels) -> Curve:
    """1 where a track that holds nothing but music sounds, with patience for rests of up to two seconds."""
    spans = close_gaps(find_runs(add_up_bands_db(levels) > _SILENT_DB), _REST)
    return make_mask(spans, len(levels)).astype(np.float32)
