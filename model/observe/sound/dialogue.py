"""Dialogue: the lines that are spoken, in spite of music and effects, and who speaks them where that can be told."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from model.media.reel import Clock, Feed
from model.observe.detector import Context, Detector, Findings
from model.observe.observations import Dialogue, Line
from model.observe.sound.detector import CELL_S, SoundActivity
from model.observe.sound.spans import Spans, close_gaps, drop_short, find_hysteresis_spans, pool_curve, smooth_curve
from model.observe.sound.speakers import letter_voices
from model.observe.words.dialogue_text import name_speakers, sharpen
from model.observe.words.script import read_script
from model.observe.words.subtitles import check_inside, read_subtitles

ACTIVITY_HOP_S = 0.1
SMOOTH = 5  # cells; this and the rest were chosen on the TUNE mixes (docs/sound.md)
START = 0.7  # probability of speech at which a line begins to be heard
STAY = 0.5  # probability down to which it goes on
SHORTEST = 12  # cells of 10 ms in a line
PAUSE = 25  # cells: shorter pauses belong to the line


def speech_spans(activity: SoundActivity) -> Spans:
    """Spans of cells in which somebody speaks; a pause under a quarter of a second belongs to the line."""
    curve = smooth_curve(activity.speech, SMOOTH)
    return drop_short(close_gaps(find_hysteresis_spans(curve, START, STAY), PAUSE), SHORTEST)


def heard_lines(activity: SoundActivity) -> list[Line]:
    """Lines as the sound alone tells them; ``speaker`` is a voice cluster or empty."""
    spans = speech_spans(activity)
    voices = letter_voices(spans, activity.pitch)
    return [
        Line(float(a) * CELL_S, float(b) * CELL_S, float(np.mean(activity.speech[a:b])), voice)
        for (a, b), voice in zip(spans, voices, strict=True)
    ]


class DialogueDetector(Detector):
    """Turns speech activity into lines; subtitles and a script add words and names."""

    name: ClassVar[str] = "dialogue"
    version: ClassVar[str] = "1"
    needs: ClassVar[frozenset[Feed]] = frozenset({Feed.SOUND})
    after: ClassVar[tuple[str, ...]] = ("sound",)

    def __init__(self, context: Context) -> None:
        """Read subtitles and script; raises SubtitlesInvalid or ScriptInvalid before anything is decoded."""
        super().__init__(context)
        wanted = context.settings
        self._cues = read_subtitles(wanted.subtitles, wanted.subtitles_format) if wanted.subtitles else []
        self._speeches = read_script(wanted.script, wanted.script_format).speeches if wanted.script else ()

    def finish(self, found: Findings) -> Dialogue | None:
        """Return the lines, or None when nobody listened; raises SubtitlesInvalid for cues outside the reel."""
        activity = found.get("sound", SoundActivity)
        if activity is None:
            return None
        lines = heard_lines(activity)
        sources = ["dialogue track" if "dialogue" in activity.stems else "sound"]
        if self._cues:
            clock = found.get("clock", Clock)
            check_inside(self._cues, clock.end_s if clock else len(activity.speech) * CELL_S)
            lines = sharpen(lines, self._cues)
            sources.append("subtitles")
            if self._speeches:
                lines = name_speakers(lines, self._speeches)
                sources.append("script")
        return Dialogue(tuple(lines), pool_curve(activity.speech, 10), ACTIVITY_HOP_S, "+".join(sources))
