"""Light and colour of every frame, from the tiny frames of the single decode pass."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from model.media.reel import Feed, Floats, PictureBlock, Pixels
from model.observe.detector import Context, Detector, Findings
from model.observe.observations import Colour

BLACK_LEVEL = 8.0  # codes: below this the hue of a pixel is noise and must not count


def measure_light_and_colour(tiny: Pixels) -> Floats:
    """Luma, saturation and warmth of tiny frames: uint8 [n, rows, columns, 3] to float32 [n, 3].

    Luma is BT.709 on the coded values, 0-1. Saturation is the picture's total chroma over its total brightness
    (so bright colours count more than dark ones), 0-1. Warmth weighs red against blue the same way, -1 to 1.
    """
    n = len(tiny)
    means = tiny.reshape(n, -1, 3).mean(axis=1, dtype=np.float32)
    peak = np.maximum(np.maximum(tiny[..., 0], tiny[..., 1]), tiny[..., 2])
    chroma = peak - np.minimum(np.minimum(tiny[..., 0], tiny[..., 1]), tiny[..., 2])
    brightest = peak.mean(axis=(1, 2), dtype=np.float32)
    saturation = chroma.mean(axis=(1, 2), dtype=np.float32) / (brightest + BLACK_LEVEL)
    warmth = (means[:, 0] - means[:, 2]) / (means[:, 0] + means[:, 2] + 2 * BLACK_LEVEL)
    luma = means @ np.array([0.2126, 0.7152, 0.0722], np.float32) / 255
    return np.stack([luma, saturation, warmth], axis=1)


class ColourDetector(Detector):
    """Keeps three numbers a frame."""

    name: ClassVar[str] = "colour"
    version: ClassVar[str] = "1"
    needs: ClassVar[frozenset[Feed]] = frozenset({Feed.PICTURE})

    def __init__(self, context: Context) -> None:
        """Start with no frame seen."""
        super().__init__(context)
        self._parts: list[Floats] = []

    def process_picture(self, block: PictureBlock) -> None:
        """Measure the block."""
        if len(block.tiny):
            self._parts.append(measure_light_and_colour(block.tiny))

    def finish(self, found: Findings) -> Colour:  # noqa: ARG002 - the contract's signature
        """Join the curves."""
        table = np.concatenate(self._parts) if self._parts else np.zeros((0, 3), np.float32)
        luma, saturation, warmth = np.ascontiguousarray(table.T)
        return Colour(luma, saturation, warmth)
