"""Music: where the cut already has music, temp or source."""

from __future__ import annotations

from typing import ClassVar

from model.observe.detector import Detector, Findings
from model.observe.observations import Music, Stretch
from model.observe.sound import CELL_S, SoundActivity
from model.observe.sound_spans import Spans, closed, hysteresis, long_enough, pooled, smoothed

ACTIVITY_HOP_S = 0.1
SMOOTH = 100  # cells; the thresholds were chosen on the TUNE mixes (docs/sound.md)
START, STAY = 0.5, 0.35
SHORTEST = 200
REST = 200


def playing(activity: SoundActivity) -> Spans:
    """Spans of cells in which music plays; a rest under 2 s belongs to the music."""
    curve = smoothed(activity.music, SMOOTH)
    return long_enough(closed(hysteresis(curve, START, STAY), REST), SHORTEST)


class MusicDetector(Detector):
    """Turns music activity into stretches."""

    name: ClassVar[str] = "music"
    after: ClassVar[tuple[str, ...]] = ("sound",)

    def finish(self, found: Findings) -> Music | None:
        """Return the stretches, or None when nobody listened."""
        activity = found.get("sound", SoundActivity)
        if activity is None:
            return None
        spans = playing(activity)
        stretches = tuple(
            Stretch(float(a) * CELL_S, float(b) * CELL_S, float(activity.music[a:b].mean()), "music") for a, b in spans
        )
        return Music(stretches, pooled(activity.music, 10), ACTIVITY_HOP_S, tuple(0.0 for _ in stretches))
