"""Titles: text laid over the picture, from the first frame that shows it to the first that does not.

Stills say that there is text, which, and where; the tiny frames between them say when (``titles_edges``). Signs and
papers inside the scene are told from titles by what they lack: titles stand still and level while the picture moves,
and stay long enough to be read. Subtitles burnt into the picture are left out: they are lines, not titles.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from model.media.reel import Feed, Floats, PictureBlock, Pixels, Still
from model.observe.detector import Context, Detector, Findings
from model.observe.observations import Title
from model.observe.picture.motion import luma
from model.observe.picture.text import Box, TextFinder, TextLine, rows_of_strokes
from model.observe.picture.title_edges import first_showing, first_without
from model.time import Span

LEAST_STROKES = 0.004  # part of the picture inside rows of strokes that is worth asking the net about
SAME_ROWS = 0.8  # overlap of two stills' rows that makes asking again pointless
SAME_TITLE = 0.7  # overlap of two stills' text that makes it one title ...
GROWING_TITLE = 0.3  # ... and while it has only just begun to appear
KEPT_FRAMES = 512  # tiny frames held to find edges in: 8 s at 60 a second, 0.7 MB
LEAST_AREA = 0.003
LEAST_LOOKS = 2  # stills a title must be seen on: shorter than half a second nobody reads
LEAST_CONFIDENCE = 0.5
REST_S = 0.9  # before the net is asked again about strokes that were no text,
BORED_S = 2.7  # and before it is asked again about the same number of them ...
GROWN = 1.3  # ... the shorter rest if there are so many times more of them now
PATIENCE = 1  # stills a title may be missed on
SUBTITLE_TOP = 0.8  # of the picture's height: text that begins lower
SUBTITLE_TALL = 0.1  # and is smaller than this share of it is a subtitle
DARK = 0.08  # mean luma of a card

_Find = Callable[[Floats, Box], int]


@dataclass
class Showing:
    """A title while it is on the screen."""

    before: int
    lines: list[TextLine]
    looks: int = 1
    missed: int = 0
    first: int = 0
    last: int = 0
    gone: int = 0
    scores: list[float] = field(default_factory=list[float])
    changes: list[float] = field(default_factory=list[float])
    text: str = ""
    area: float = 0.0
    start: int = -1


def enclosing_box(lines: list[TextLine]) -> Box:
    """Box around all the lines."""
    left, top = min(line.box[0] for line in lines), min(line.box[1] for line in lines)
    right, bottom = max(line.box[0] + line.box[2] for line in lines), max(line.box[1] + line.box[3] for line in lines)
    return left, top, right - left, bottom - top


def cover_grid(lines: list[TextLine]) -> Pixels:
    """Where the lines are on a grid of 36 x 64: uint8, 1 inside."""
    grid = np.zeros((36, 64), np.uint8)
    for left, top, width, height in (line.box for line in lines):
        bottom, right = int(np.ceil((top + height) * 36)), int(np.ceil((left + width) * 64))
        grid[int(top * 36) : bottom, int(left * 64) : right] = 1
    return grid


def mask_overlap(a: Pixels, b: Pixels) -> float:
    """Intersection over union of two masks; 0 if both are empty."""
    union = int((a | b).sum())
    return int((a & b).sum()) / union if union else 0.0


def over_the_picture(lines: list[TextLine], brightness: float) -> list[TextLine]:
    """Drop subtitles: small lines near the bottom, unless the picture is a dark card."""
    if brightness < DARK:
        return lines
    return [line for line in lines if line.box[1] < SUBTITLE_TOP or line.box[3] > SUBTITLE_TALL]


def confidence(title: Showing) -> float:
    """Confidence that it is a title: the net's score, and whether the lines are centred and stand still."""
    left, _, width, _ = enclosing_box(title.lines)
    centred = max(0.0, 1 - abs(left + width / 2 - 0.5) / 0.15)
    steady = float(np.mean(title.changes)) if title.changes else 0.5
    return float(np.mean(title.scores)) * (0.4 + 0.3 * centred + 0.3 * min(1.0, steady))


class TitleDetector(Detector):
    """Keeps the titles, half a thousand tiny frames, and the strokes of one still."""

    name: ClassVar[str] = "titles"
    version: ClassVar[str] = "1"
    needs: ClassVar[frozenset[Feed]] = frozenset({Feed.PICTURE, Feed.STILL})

    def __init__(self, context: Context) -> None:
        """Start with nothing on the screen."""
        super().__init__(context)
        self._finder = TextFinder()
        self._tiny: deque[Pixels] = deque(maxlen=KEPT_FRAMES)
        self._seen = 0
        self._rows: Pixels | None = None
        self._lines: list[TextLine] = []
        self._asked_s = -BORED_S
        self._fruitless = 0.0
        self._last_still = 0
        self._showing: Showing | None = None
        self._waiting: list[Showing] = []
        self._titles: list[Showing] = []

    def process_picture(self, block: PictureBlock) -> None:
        """Keep the tiny frames for a while, and find the edges whose frames have all come by."""
        self._tiny.extend(block.tiny)
        self._seen += len(block.tiny)
        self._settle()

    def process_still(self, still: Still) -> None:
        """See whether text came, stayed or went."""
        lines = self._look(still)
        if lines is None:
            return
        now, showing = cover_grid(lines), self._showing
        alike = mask_overlap(cover_grid(showing.lines), now) if showing else 0.0
        if showing and alike >= (SAME_TITLE if showing.looks > 1 else GROWING_TITLE):
            showing.changes.append(alike)
            self._extend(showing, lines, still)
        elif showing and (lines or showing.missed >= PATIENCE):
            showing.gone = showing.gone or still.frame
            self._close()
        elif showing:
            showing.gone = showing.gone or still.frame
            showing.missed += 1
        if lines and self._showing is None:
            self._showing = Showing(self._last_still, lines, first=still.frame)
            self._extend(self._showing, lines, still, again=0)
        self._last_still = still.frame

    def finish(self, found: Findings) -> tuple[Title, ...]:  # noqa: ARG002 - waits for nobody
        """Close what is still on the screen and hand on what is large, long and sure enough."""
        if self._showing:
            self._showing.gone = self._showing.gone or self._seen
            self._close()
        self._settle(everything=True)
        return tuple(
            Title(Span.of(t.start, max(t.gone, t.start + 1)), confidence(t), t.area, t.text)
            for t in sorted(self._titles, key=lambda t: t.start)
        )

    def _look(self, still: Still) -> list[TextLine] | None:
        """Find the lines on a still; None if it was not worth asking the net about it again so soon."""
        rows = rows_of_strokes(still.rgb)
        if rows.mean() < LEAST_STROKES:
            self._rows, self._lines = None, []
        elif self._rows is None or mask_overlap(rows, self._rows) < SAME_ROWS:
            rest = REST_S if rows.mean() > GROWN * self._fruitless else BORED_S
            if not self._lines and still.time_s - self._asked_s < rest:
                return None
            brightness = float(still.rgb[::8, ::8].mean()) / 255
            self._rows, self._asked_s = rows, still.time_s
            self._lines = over_the_picture(self._finder.find(still.rgb), brightness)
            self._fruitless = 0.0 if self._lines else float(rows.mean())
        if sum(line.area for line in self._lines) < LEAST_AREA:
            return []
        return self._lines

    def _extend(self, showing: Showing, lines: list[TextLine], still: Still, again: int = 1) -> None:
        """Note that the title is there; read it where it is largest."""
        showing.looks += again
        showing.missed, showing.gone, showing.last = 0, 0, still.frame
        showing.scores.append(float(np.mean([line.score for line in lines])))
        area = sum(line.area for line in lines)
        if area > 1.05 * showing.area or (showing.looks == LEAST_LOOKS and not showing.text):
            showing.area, showing.lines = max(area, showing.area), lines
            if showing.looks >= LEAST_LOOKS:
                showing.text = self._finder.read(still.rgb, lines)

    def _close(self) -> None:
        """Hand the title over to wait for its edges, if it is one."""
        showing, self._showing = self._showing, None
        if showing and showing.looks >= LEAST_LOOKS and confidence(showing) >= LEAST_CONFIDENCE:
            self._waiting.append(showing)

    def _settle(self, *, everything: bool = False) -> None:
        """Find the start of what is showing and the ends of what waits, as soon as the frames are here."""
        current = [self._showing] if self._showing else []
        for title in [*current, *self._waiting]:
            if title.start < 0 and (everything or self._seen > title.first):
                title.start = self._edge(title.before, title.first, enclosing_box(title.lines), first_showing)
        done = [title for title in self._waiting if everything or self._seen > title.gone]
        for title in done:
            title.gone = self._edge(title.last, title.gone, enclosing_box(title.lines), first_without)
            self._waiting.remove(title)
            self._titles.append(title)

    def _edge(self, a: int, b: int, box: Box, find: _Find) -> int:
        """Frame of an edge between frames ``a`` and ``b``; ``b`` itself where the frames are no longer held."""
        first = self._seen - len(self._tiny)
        if a < first or b <= a or b >= self._seen:
            return b
        frames = luma(np.stack([self._tiny[k - first] for k in range(a, b + 1)]))
        return a + find(frames, box)
