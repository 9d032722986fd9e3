"""Dialogue: the lines that are spoken, in spite of music and effects, and who speaks them where that can be told."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from model.observe.detector import Detector, Findings
from model.observe.observations import Dialogue, Line
from model.observe.sound import CELL_S, SoundActivity
from model.observe.sound_spans import Spans, closed, hysteresis, long_enough, pooled, smoothed
from model.observe.sound_speakers import speakers

ACTIVITY_HOP_S = 0.1
SMOOTH = 5  # cells; this and the rest were chosen on the TUNE mixes (docs/sound.md)
START, STAY = 0.6, 0.4
SHORTEST = 12
PAUSE = 30


def spoken(activity: SoundActivity) -> Spans:
    """Spans of cells in which somebody speaks; a pause under 0.3 s belongs to the line."""
    curve = smoothed(activity.speech, SMOOTH)
    return long_enough(closed(hysteresis(curve, START, STAY), PAUSE), SHORTEST)


def heard_lines(activity: SoundActivity) -> list[Line]:
    """Lines as the sound alone tells them; ``speaker`` is a voice cluster or empty."""
    spans = spoken(activity)
    voices = speakers(spans, activity.pitch)
    return [
        Line(float(a) * CELL_S, float(b) * CELL_S, float(np.mean(activity.speech[a:b])), voice)
        for (a, b), voice in zip(spans, voices, strict=True)
    ]


class DialogueDetector(Detector):
    """Turns speech activity into lines; subtitles and a script add words and names."""

    name: ClassVar[str] = "dialogue"
    after: ClassVar[tuple[str, ...]] = ("sound",)

    def finish(self, found: Findings) -> Dialogue | None:
        """Return the lines, or None when nobody listened."""
        activity = found.get("sound", SoundActivity)
        if activity is None:
            return None
        lines = heard_lines(activity)
        source = "dialogue track" if "dialogue" in activity.stems else "sound"
        return Dialogue(tuple(lines), pooled(activity.speech, 10), ACTIVITY_HOP_S, source)
