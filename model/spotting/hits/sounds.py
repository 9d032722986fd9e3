"""What is heard around a moment: an impact, a jump or drop of level, music entering, a voice speaking or just done."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from model.observe.observations import Impact, Line, Observations
from model.spotting.hits.signals import HitSignals

TOGETHER_S = 0.13  # sound this near to a picture event belongs to it: three frames at 24
FAINT = 0.2  # strength times confidence: below it an impact says nothing
LOUD = 0.8  # strength times confidence: from it on an impact counts fully
LOUDER_DB = 15.0  # rise of level that counts fully
HUSH_DB = 25.0  # fall of level that counts fully
BEFORE_S = 0.6  # over which the level before a moment is judged
AFTER_S = 0.4  # over which the level after it is judged
LEAD_S = 0.2  # momentary loudness looks 0.4 s wide: it rises and falls this much around the sound
LINE_JUST_ENDED_S = 0.7
BREATH_S = 0.7
TALK_FOLLOWS_S = 2.0
MUSIC_ENTERS_S = 0.3
MUSIC_AROUND_S = 1.0  # a blow makes the music detector start: it is asked about the second on either side
LONG_PAUSE_S = 12.0  # the talk is over: the story goes on without words
VOICE_DOUBT = 0.5  # how far a voice explains a sudden sound
MANY_A_MINUTE = 20.0  # impacts beyond these share their meaning: what sounds all the time marks nothing
PAUSE_S = 1.0  # a line followed by this much quiet has ended
MIN_LINE_CONFIDENCE = 0.3


class HitSounds:
    """The sound of a reel, asked about frame by frame."""

    def __init__(self, observations: Observations, signals: HitSignals) -> None:
        """Index impacts, lines and music once."""
        self._signals = signals
        self._clock = observations.clock
        self._impacts = sorted(observations.effects.impacts if observations.effects else (), key=lambda i: i.time_s)
        self._impact_times = np.array([i.time_s for i in self._impacts])
        lines = observations.dialogue.lines if observations.dialogue else ()
        self._lines = sure_lines(lines)
        self._line_starts = np.array([line.start_s for line in self._lines])
        self._pausing = pausing_lines(lines, observations.clock.end_s)
        self._pauses = np.array([line.end_s for line in self._pausing])
        a_minute = len(self._impacts) / max(observations.clock.end_s / 60.0, 1.0)
        self._rarity = min(1.0, MANY_A_MINUTE / max(a_minute, 1.0))
        self._playing = (
            (observations.music.activity, observations.music.hop_s)
            if observations.music
            else (np.zeros(0, np.float32), 1.0)
        )
        self._music = np.array([m.start_s for m in observations.music.stretches] if observations.music else [])

    def impact(self, frame: int) -> tuple[Impact | None, float]:
        """Strongest impact that belongs to ``frame`` and how strongly it is heard there, 0-1."""
        now = self._clock.seconds(frame)
        best, most = None, 0.0
        for place in _within(self._impact_times, now - TOGETHER_S, now + TOGETHER_S):
            impact = self._impacts[place]
            aside = abs(impact.time_s - now) / TOGETHER_S
            surely = (impact.strength * impact.confidence - FAINT) / (LOUD - FAINT)
            heard = min(max(surely, 0.0), 1.0) * (1.0 - 0.5 * aside**2)
            if heard > most:
                best, most = impact, heard
        return best, most

    def impact_confidence(self, frame: int, movement: float) -> float:
        """Confidence that an impact here is an event, not an accent of the music or a shout: 0-1.

        Music in the cut is full of accents and voices have onsets of their own; what moves at the same frame
        (``movement``, 0-1) speaks for an event.
        """
        doubt = max(self._music_at(frame), VOICE_DOUBT * self.speech_confidence(frame))
        return (1.0 - doubt * (1.0 - movement)) * self._rarity

    def _music_at(self, frame: int) -> float:
        """Probability that music plays around this frame."""
        activity, hop_s = self._playing
        if not len(activity):
            return 0.0
        now = self._clock.seconds(frame)
        low, high = int((now - MUSIC_AROUND_S) / hop_s), int((now + MUSIC_AROUND_S) / hop_s)
        around = activity[min(max(low, 0), len(activity) - 1) : max(high, 0) + 1]
        return float(np.clip(np.median(around), 0.0, 1.0))

    def measure_level_change(self, frame: int) -> dict[str, float]:
        """How much louder or quieter it gets here."""
        rate, loud = self._signals.rate, self._signals.loud_lufs
        lead = LEAD_S * rate
        before = loud[max(round(frame - lead - BEFORE_S * rate), 0) : max(round(frame - lead), 1)]
        after = loud[round(frame + lead / 2) : round(frame + lead / 2 + AFTER_S * rate) + 1]
        if not len(after) or not len(before):
            return {}
        change = float(after.mean() - before.mean())
        return {"louder": min(max(change / LOUDER_DB, 0.0), 1.0), "hush": min(max(-change / HUSH_DB, 0.0), 1.0)}

    def is_music_entry(self, frame: int) -> float:
        """1 where music that is already in the cut begins here."""
        now = self._clock.seconds(frame)
        return float(len(_within(self._music, now - MUSIC_ENTERS_S, now + MUSIC_ENTERS_S)) > 0)

    def after_line(self, frame: int) -> float:
        """1 right after a line that is followed by a pause, falling to 0 within a breath."""
        ended = self.line_ended(frame)
        return 0.0 if ended is None else max(0.0, 1.0 - abs(self._clock.seconds(frame) - ended.end_s) / 1.0)

    def line_ended(self, frame: int) -> Line | None:
        """Find the line that has just ended, with a pause after it."""
        now = self._clock.seconds(frame)
        places = _within(self._pauses, now - LINE_JUST_ENDED_S, now + TOGETHER_S)
        return self._pausing[places[-1]] if places else None

    def find_line_across(self, frame: int) -> Line | None:
        """Find the line spoken at this frame and still going on."""
        now = self._clock.seconds(frame)
        place = int(np.searchsorted(self._line_starts, now - TOGETHER_S, side="right")) - 1
        if place < 0:
            return None
        line = self._lines[place]
        return line if now + TOGETHER_S < line.end_s else None

    def speech_confidence(self, frame: int) -> float:
        """Confidence that there is speech across this frame, 0-1."""
        line = self.find_line_across(frame)
        return 0.0 if line is None else line.confidence

    def is_speechless(self, frame: int) -> bool:
        """Whether nobody speaks for a breath before and after: scenes turn where the talk pauses."""
        now = self._clock.seconds(frame)
        last = int(np.searchsorted(self._line_starts, now + BREATH_S, side="right"))
        return all(line.end_s < now - BREATH_S for line in self._lines[max(0, last - 3) : last])

    def pause_from(self, frame: int) -> float:
        """How long nobody speaks from here on, 1 for ``LONG_PAUSE_S`` or more."""
        now = self._clock.seconds(frame)
        place = int(np.searchsorted(self._line_starts, now))
        until = float(self._line_starts[place]) if place < len(self._line_starts) else self._clock.end_s
        return min(max((until - now) / LONG_PAUSE_S, 0.0), 1.0)

    def is_followed_by_talk(self, frame: int) -> bool:
        """Whether a line begins within two seconds."""
        now = self._clock.seconds(frame)
        return len(_within(self._line_starts, now, now + TALK_FOLLOWS_S)) > 0


def sure_lines(lines: tuple[Line, ...]) -> list[Line]:
    """Lines heard with some confidence, by their start."""
    return sorted((line for line in lines if line.confidence >= MIN_LINE_CONFIDENCE), key=lambda line: line.start_s)


def pausing_lines(lines: tuple[Line, ...], end_s: float) -> list[Line]:
    """Pick the lines after which nobody speaks for a while, by their end."""
    sure = sure_lines(lines)
    nexts = [*(line.start_s for line in sure[1:]), end_s]
    ended = [line for line, then in zip(sure, nexts, strict=False) if then - line.end_s >= PAUSE_S]
    return sorted(ended, key=lambda line: line.end_s)


def _within(times: npt.NDArray[np.float64], low: float, high: float) -> list[int]:
    """Places of the sorted times inside [low, high]."""
    begin, end = np.searchsorted(times, low, side="left"), np.searchsorted(times, high, side="right")
    return list(range(int(begin), int(end)))
