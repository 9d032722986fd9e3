"""What shots look like: one vector a shot, for grouping shots into scenes.

EfficientNet-Lite0 (Tan & Le 2019) sees a still whenever the picture has changed noticeably, or every few seconds.
A shot's vector is the mean over its stills; a shot too short to hold a still borrows the vector of the nearby still
whose colours lie most like its own.
"""

from __future__ import annotations

from typing import ClassVar

import cv2
import numpy as np
import numpy.typing as npt

from model.media.reel import Feed, Floats, PictureBlock, Pixels, Still
from model.observe.detector import Context, Detector, Findings
from model.observe.observations import Cuts, Embeddings
from model.observe.picture.stillness import Novelty
from model.runtime.session import open_net
from model.time import Span

SEEN_AT = (224, 128)  # columns, rows: the net's own width, the height that keeps a film's shape
DIMENSIONS = 1280
NEWS = 18.0  # mean change in code values that makes a still worth the net's time: about a change of shot
PATIENCE_S = 5.0
LAYOUT = (3, 4)  # blocks down and across: where the colours lie, kept for every frame
NEIGHBOURS = 6


def measure_layout(tiny: Pixels) -> Pixels:
    """Colours of a coarse grid: uint8 [n, 27, 48, 3] to uint8 [n, 3, 4, 3]."""
    n, rows, columns, _ = tiny.shape
    blocks = tiny.reshape(n, LAYOUT[0], rows // LAYOUT[0], LAYOUT[1], columns // LAYOUT[1], 3)
    return np.asarray(blocks.mean(axis=(2, 4), dtype=np.float32), np.uint8)


def unit(vectors: npt.NDArray[np.floating]) -> Floats:
    """Scale rows to unit length; a zero row stays zero."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(length, 1e-12), np.float32)


class EmbeddingDetector(Detector):
    """Keeps a half-precision vector per still that was looked at, and a 36-byte colour layout per frame."""

    name: ClassVar[str] = "embeddings"
    version: ClassVar[str] = "1"
    needs: ClassVar[frozenset[Feed]] = frozenset({Feed.PICTURE, Feed.STILL})
    after: ClassVar[tuple[str, ...]] = ("cuts",)

    def __init__(self, context: Context) -> None:
        """Open the net."""
        super().__init__(context)
        self._net = open_net("efficientnet")
        self._novelty = Novelty(NEWS, PATIENCE_S)
        self._frames: list[int] = []
        self._vectors: list[npt.NDArray[np.float16]] = []
        self._layouts: list[Pixels] = []

    def process_picture(self, block: PictureBlock) -> None:
        """Note where the colours lie."""
        self._layouts.append(measure_layout(block.tiny))

    def process_still(self, still: Still) -> None:
        """Look at the still if it shows anything new."""
        if self._novelty.worth_a_look(still):
            small = cv2.resize(still.rgb, SEEN_AT, interpolation=cv2.INTER_AREA)
            vector = self._net(rgb=np.asarray(small, np.uint8)[None])["embedding"][0]
            self._frames.append(still.frame)
            self._vectors.append(unit(vector).astype(np.float16))

    def finish(self, found: Findings) -> Embeddings:
        """One row per shot of the cuts that were found."""
        layouts = np.concatenate(self._layouts) if self._layouts else np.zeros((0, *LAYOUT, 3), np.uint8)
        cuts = found.get("cuts", Cuts) or Cuts(())
        shots = cuts.shots(len(layouts)) if len(layouts) else []
        rows = [self._row(shot, layouts) for shot in shots]
        vectors = unit(np.stack(rows)) if rows else np.zeros((0, DIMENSIONS), np.float32)
        return Embeddings(vectors, "EfficientNet-Lite0")

    def _row(self, shot: Span, layouts: Pixels) -> Floats:
        """Vector of one shot: the mean of its own stills, or a neighbour's."""
        if not self._frames:
            return np.zeros(DIMENSIONS, np.float32)
        first, after = np.searchsorted(self._frames, [shot.start.index, shot.end.index])
        if first < after:
            return np.asarray(np.mean(self._vectors[first:after], axis=0, dtype=np.float32), np.float32)
        near = range(max(0, first - NEIGHBOURS), min(len(self._frames), first + NEIGHBOURS))
        middle = layouts[(shot.start.index + shot.end.index) // 2].astype(np.float32)
        best = min(near, key=lambda k: float(np.abs(layouts[self._frames[k]] - middle).mean()))
        return np.asarray(self._vectors[best], np.float32)
