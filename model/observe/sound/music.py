"""Music: where the cut already has music, temp or source, and how fast it goes."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from model.media.reel import Feed
from model.observe.detector import Detector, Findings
from model.observe.observations import Music, Stretch
from model.observe.sound.detector import CELL_S, SoundActivity
from model.observe.sound.spans import Spans, close_gaps, drop_short, find_hysteresis_spans, pool_curve, smooth_curve
from model.observe.sound.tempo import estimate_tempo_bpm

ACTIVITY_HOP_S = 0.1
SMOOTH = 60  # cells; this and the thresholds were chosen on the TUNE mixes (docs/sound.md)
START = 0.7  # probability of music at which a stretch begins
STAY = 0.4  # probability down to which it goes on
SHORTEST = 200  # cells of 10 ms in a stretch of music
REST = 200  # cells: shorter rests belong to the music
SUNG = 0.5  # probability of singing that counts
SONG = 0.3  # share of a stretch that must be sung to call it a song


def music_spans(activity: SoundActivity) -> Spans:
    """Spans of cells in which music plays; a rest under 2 s belongs to the music."""
    curve = smooth_curve(activity.music, SMOOTH)
    return drop_short(close_gaps(find_hysteresis_spans(curve, START, STAY), REST), SHORTEST)


class MusicDetector(Detector):
    """Turns music activity into stretches.

    Score and source music sound alike to it, so a stretch is "music", or "song" when much of it is sung.
    """

    name: ClassVar[str] = "music"
    version: ClassVar[str] = "1"
    needs: ClassVar[frozenset[Feed]] = frozenset({Feed.SOUND})
    after: ClassVar[tuple[str, ...]] = ("sound",)

    def finish(self, found: Findings) -> Music | None:
        """Return the stretches, or None when nobody listened."""
        activity = found.get("sound", SoundActivity)
        if activity is None:
            return None
        spans = music_spans(activity)
        stretches = tuple(
            Stretch(float(a) * CELL_S, float(b) * CELL_S, float(activity.music[a:b].mean()), _label(activity, a, b))
            for a, b in spans
        )
        tempi = tuple(estimate_tempo_bpm(activity.music_levels[a:b]) for a, b in spans)
        return Music(stretches, pool_curve(activity.music, 10), ACTIVITY_HOP_S, tempi)


def _label(activity: SoundActivity, start: int, end: int) -> str:
    sung = float(np.mean(activity.singing[start:end] >= SUNG))
    return "song" if sung >= SONG else "music"
