"""The library detector: PySceneDetect on the tiny frames, for when the nets are not there, and to compare with."""

from __future__ import annotations

import warnings
from fractions import Fraction
from typing import Any, Literal

import numpy as np

from model.media.reel import Pixels
from model.observe.observations import Cuts, Transition, TransitionKind
from model.time import Frame

Kind = Literal["adaptive", "content"]


class LibraryCuts:
    """Hard cuts as PySceneDetect's defaults find them; it knows no gradual transitions and no flashes."""

    def __init__(self, rate: Fraction, kind: Kind = "adaptive") -> None:
        """Open the detector; raises ImportError if the package is not installed."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the package warns about video libraries that are not used here
            import scenedetect
            from scenedetect import detectors

        self._frame_of: Any = scenedetect.FrameTimecode
        self._detector: Any = detectors.AdaptiveDetector() if kind == "adaptive" else detectors.ContentDetector()
        self._method = f"PySceneDetect {scenedetect.__version__} {kind}, no nets"
        self._rate = rate
        self._seen = 0
        self._cuts: list[int] = []

    def feed(self, frames: Pixels) -> None:
        """Take more frames, uint8 [n, 27, 48, 3] RGB."""
        for frame in frames:
            found = self._detector.process_frame(self._at(self._seen), np.ascontiguousarray(frame[..., ::-1]))
            self._cuts.extend(cut.frame_num for cut in found)
            self._seen += 1

    def finish(self) -> Cuts:
        """Hand on the cuts; the library gives no chances, so each gets its published precision, about .8."""
        if self._seen:
            self._cuts.extend(cut.frame_num for cut in self._detector.post_process(self._at(self._seen - 1)))
        frames = sorted({cut for cut in self._cuts if 0 < cut < self._seen})
        return Cuts(tuple(Transition(TransitionKind.CUT, Frame(f), Frame(f), 0.8) for f in frames), (), self._method)

    def _at(self, frame: int) -> Any:
        return self._frame_of(frame, fps=self._rate)
