"""Small pictures of the reel: each shot's clearest still near its middle, and its first.

Shots are not known while the reel goes by, so stills are gathered in runs that look alike; each run hands on two
JPEGs at most. When the shots are known, the best of each is kept. At no time are more than a few stills held as pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import cv2
import numpy as np

from model.media.reel import Feed, Pixels, ReelInfo, Still
from model.observe.detector import Context, Detector, Findings
from model.observe.observations import Cuts, Thumbnail
from model.observe.picture.stillness import Novelty
from model.time import Frame, Span

WIDTH = 320  # columns
QUALITY = 80  # of JPEG, 0-100
MOST = 400  # thumbnails a reel, however many shots it has
RUN = 12  # stills held as pixels at once
NEWS = 12.0  # mean change in code values that starts a new run
PATIENCE_S = 6.0


@dataclass(frozen=True, slots=True)
class ThumbnailCandidate:
    """A thumbnail that may be chosen: how clear it is and whether it is the first of its run."""

    frame: int
    clarity: float
    first: bool
    jpeg: bytes


def shrink(rgb: Pixels, width: int = WIDTH) -> Pixels:
    """Scale a picture down to ``width`` columns; a smaller one stays as it is."""
    rows, columns, _ = rgb.shape
    if columns <= width:
        return rgb
    size = (width, max(1, round(rows * width / columns)))
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)


def measure_clarity(rgb: Pixels) -> float:
    """How much there is to see: the spread of the Laplacian of the luma; 0 for a flat or black picture."""
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    return float(cv2.Laplacian(grey, cv2.CV_16S).std())


def encode_jpeg(rgb: Pixels, quality: int = QUALITY) -> bytes:
    """Encode a picture; the same pixels give the same bytes."""
    good, data = cv2.imencode(".jpg", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not good:
        msg = f"A picture of shape {rgb.shape} cannot be a JPEG."
        raise ValueError(msg)
    return data.tobytes()


class ThumbnailDetector(Detector):
    """Keeps two JPEGs a run of similar stills, thinned out if there are too many."""

    name: ClassVar[str] = "thumbnails"
    version: ClassVar[str] = "1"
    needs: ClassVar[frozenset[Feed]] = frozenset({Feed.STILL})
    after: ClassVar[tuple[str, ...]] = ("cuts",)

    def __init__(self, context: Context) -> None:
        """Start with no run."""
        super().__init__(context)
        self._novelty = Novelty(NEWS, PATIENCE_S)
        self._run: list[tuple[int, Pixels]] = []
        self._candidates: list[ThumbnailCandidate] = []

    def process_still(self, still: Still) -> None:
        """Add the still to its run, or close the run and start another."""
        if self._novelty.worth_a_look(still) or len(self._run) >= RUN:
            self._close()
        self._run.append((still.frame, shrink(still.rgb).copy()))

    def finish(self, found: Findings) -> tuple[Thumbnail, ...]:
        """Choose for each shot its clearest thumbnail and its first, the former before the latter if room is short."""
        self._close()
        cuts, reel = found.get("cuts", Cuts) or Cuts(()), found.get("reel", ReelInfo)
        last = self._candidates[-1].frame + 1 if self._candidates else 0
        frames = max(last, reel.frames if reel else 0)
        chosen = choose(self._candidates, cuts.shots(frames) if frames else [])
        return tuple(Thumbnail(Frame(c.frame), c.jpeg) for c in chosen)

    def _close(self) -> None:
        """Encode the run's best still and its first one."""
        if not self._run:
            return
        middle = (len(self._run) - 1) / 2
        scores = [
            measure_clarity(rgb) * (1 - 0.5 * abs(k - middle) / (middle + 1)) for k, (_, rgb) in enumerate(self._run)
        ]
        best = int(np.argmax(scores))
        for k in sorted({0, best}):
            frame, rgb = self._run[k]
            self._candidates.append(
                ThumbnailCandidate(frame, scores[best] if k == best else 0.0, k == 0, encode_jpeg(rgb))
            )
        self._run = []
        if len(self._candidates) > 2 * MOST:
            self._candidates = thin_out(self._candidates)


def thin_out(candidates: list[ThumbnailCandidate]) -> list[ThumbnailCandidate]:
    """Keep the clearer of every two neighbours."""
    pairs = zip(candidates[::2], [*candidates[1::2], candidates[-1]], strict=False)
    return [max(pair, key=lambda c: c.clarity) for pair in pairs]


def choose(candidates: list[ThumbnailCandidate], shots: list[Span]) -> list[ThumbnailCandidate]:
    """Each shot's clearest candidate and its first, at most ``MOST``, in order of frames."""
    best: list[ThumbnailCandidate] = []
    firsts: list[ThumbnailCandidate] = []
    for shot in shots:
        inside = [c for c in candidates if Frame(c.frame) in shot]
        if inside:
            best.append(max(inside, key=lambda c: c.clarity))
            firsts.append(inside[0])
    while len(best) > MOST:
        best = thin_out(best)
    room = MOST - len(best)
    extra = [c for c in firsts if c not in best]
    return sorted({c.frame: c for c in [*best, *extra[:room]]}.values(), key=lambda c: c.frame)
