"""Dialogue: the lines that are spoken, in spite of music and effects."""

from __future__ import annotations

from typing import ClassVar

from model.observe.detector import Detector, Findings
from model.observe.observations import Dialogue, Line
from model.observe.sound import CELL_S, SoundActivity
from model.observe.sound_spans import Spans, closed, hysteresis, long_enough, pooled, smoothed

ACTIVITY_HOP_S = 0.1
SMOOTH = 5  # cells; the thresholds were chosen on the TUNE mixes (docs/sound.md)
START, STAY = 0.5, 0.35
SHORTEST = 12
PAUSE = 20


def spoken(activity: SoundActivity) -> Spans:
    """Spans of cells in which somebody speaks; a pause under 0.2 s belongs to the line."""
    curve = smoothed(activity.speech, SMOOTH)
    return long_enough(closed(hysteresis(curve, START, STAY), PAUSE), SHORTEST)


class DialogueDetector(Detector):
    """Turns speech activity into lines."""

    name: ClassVar[str] = "dialogue"
    after: ClassVar[tuple[str, ...]] = ("sound",)

    def finish(self, found: Findings) -> Dialogue | None:
        """Return the lines, or None when nobody listened."""
        activity = found.get("sound", SoundActivity)
        if activity is None:
            return None
        lines = tuple(
            Line(float(a) * CELL_S, float(b) * CELL_S, float(activity.speech[a:b].mean())) for a, b in spoken(activity)
        )
        source = "dialogue track" if "dialogue" in activity.stems else "sound"
        return Dialogue(lines, pooled(activity.speech, 10), ACTIVITY_HOP_S, source)
