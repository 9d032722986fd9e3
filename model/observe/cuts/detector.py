"""Cuts and other transitions between shots, frame-exact.

First stage: cheap signals on every frame, and TransNet V2 where they leave a doubt. Second stage: a small net through
time (``cuts_head``) weighs all of it. Last: rules turn its curves into typed transitions. ``docs/cuts.md`` tells why.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from model.errors import AssetMissing
from model.media.reel import Feed, Floats, PictureBlock, Pixels
from model.observe.cuts.evidence import MARGIN, Looks, join_evidence, look
from model.observe.cuts.flashes import measure_returns
from model.observe.cuts.library import LibraryCuts
from model.observe.cuts.signals import SIGNALS, colour_histograms, signals
from model.observe.cuts.transitions import CUT_AT, Curves, judge
from model.observe.detector import Context, Detector, Findings
from model.observe.observations import Cuts
from model.runtime.session import open_net

CORE = 480  # frames judged at a time
CONTEXT = 56  # frames kept on either side of them: the head looks 32 ahead, at signals that look 16 ahead
DOUBT = 0.05  # chance of a change from which TransNet has to look; chosen on drawn films
AROUND = 6  # frames around a doubtful one that it is asked about
EXACT_MARGIN = 25  # TransNet's own: windows of 100, the middle 50 count
_KEPT = ("light", "contrast", "blend2", "blend4", "blend8", "blend16")
_KEPT_COLUMNS = [SIGNALS.index(name) for name in _KEPT]


class CutDetector(Detector):
    """Finds the cuts as the tiny frames go by; keeps a window of frames and eleven numbers of each frame before it."""

    name: ClassVar[str] = "cuts"
    version: ClassVar[str] = "1"
    needs: ClassVar[frozenset[Feed]] = frozenset({Feed.PICTURE})

    def __init__(self, context: Context) -> None:
        """Open the nets; without them, fall back on the library detector, and say so in ``Cuts.method``."""
        super().__init__(context)
        self._library: LibraryCuts | None = None
        try:
            exact = context.settings.exact
            self._stage = TwoStage(open_net("transnet" if exact else "transnet_int8"), open_net("cuts_head"), exact)
        except AssetMissing as missing:
            try:
                self._library = LibraryCuts(context.reel.timebase.rate)
            except ImportError:
                raise missing from None  # no nets and no library: say which net, and how to build it

    def process_picture(self, block: PictureBlock) -> None:
        """See some frames."""
        if self._library is not None:
            self._library.feed(block.tiny)
        else:
            self._stage.feed(block.tiny)

    def finish(self, found: Findings) -> Cuts:  # noqa: ARG002 - needs nobody else
        """Judge what is left and hand on the transitions."""
        return self._library.finish() if self._library is not None else self._stage.finish()


class TwoStage:
    """The detector proper: tiny frames in, in any portions; the same transitions out."""

    def __init__(self, transnet: Looks, head: Any, exact: bool = False) -> None:
        """Take both nets; ``exact`` lets TransNet look everywhere with the overlap it was trained with."""
        self.transnet = transnet
        self.head = head
        self.exact = exact
        self.looked = 0
        self._frames: list[Pixels] = []
        self._waiting = 0
        self._before = 0  # frames at the front that have been judged and serve as context
        self._said: Floats = np.empty((0, 2), np.float32)
        self._curves: list[Floats] = []

    def feed(self, frames: Pixels) -> None:
        """Take more frames, uint8 [n, 27, 48, 3]."""
        self._frames.append(frames)
        self._waiting += len(frames)
        while self._waiting >= self._before + CORE + CONTEXT:
            self._judge_window(self._before + CORE)

    def finish(self) -> Cuts:
        """Judge the rest and decide."""
        if self._waiting > self._before:
            self._judge_window(self._waiting)
        method = "TransNet V2 fp32 + cuts_head, exact" if self.exact else "TransNet V2 int8 + cuts_head"
        return judge(self.curves(), method)

    def curves(self) -> Curves:
        """Show what has been read so far, one row per judged frame."""
        rows = np.concatenate(self._curves) if self._curves else np.empty((0, 5 + len(_KEPT)), np.float32)
        cut, gradual, flash, light, contrast, seen, returned = (rows[:, i] for i in range(7))
        return Curves(cut, gradual, flash, light, contrast, seen, returned, rows[:, 7:])

    def _judge_window(self, until: int) -> None:
        """Judge the frames from the context to ``until``, then forget all but the next context."""
        waiting = np.concatenate(self._frames)
        frames = waiting[: until + CONTEXT]  # never more, so that the portions fed make no difference
        histograms = colour_histograms(frames)
        measured = signals(frames, histograms)
        known = np.full((len(frames), 2), np.nan, np.float32)
        known[: len(self._said)] = self._said
        wanted = np.isnan(known[:, 0]) & self._doubtful(measured, known)
        margin = EXACT_MARGIN if self.exact else MARGIN
        said = look(self.transnet, frames, histograms, wanted, margin)
        known = np.asarray(np.where(np.isnan(known), said, known), np.float32)
        self.looked += int(wanted.sum())
        chances = self._read(measured, known)
        seen = np.nan_to_num(1 / (1 + np.exp(-np.clip(known[:, 1:], -30, 30)))).astype(np.float32)
        returned = np.ones((len(frames), 1), np.float32)
        likely = np.flatnonzero(chances[:, 0] >= CUT_AT)
        likely = likely[(likely >= self._before) & (likely < until)]
        returned[likely, 0] = measure_returns(frames, likely)
        parts = (chances, measured[:, _KEPT_COLUMNS[:2]], seen, returned, measured[:, _KEPT_COLUMNS[2:]])
        rows = np.concatenate(parts, axis=1, dtype=np.float32)
        self._curves.append(rows[self._before : until])
        keep = max(until - CONTEXT, 0)
        self._frames, self._waiting, self._before = [waiting[keep:].copy()], len(waiting) - keep, until - keep
        self._said = known[keep:]

    def _doubtful(self, measured: Floats, known: Floats) -> npt.NDArray[np.bool_]:
        """Frames where the signals alone do not rule out a change of shot, and their neighbours."""
        if self.exact:
            return np.ones(len(measured), bool)
        chances = self._read(measured, np.full_like(known, np.nan))
        doubt = (chances[:, :2].max(axis=1) >= DOUBT).astype(np.float32)
        return np.convolve(doubt, np.ones(2 * AROUND + 1))[AROUND : AROUND + len(doubt)] > 0

    def _read(self, measured: Floats, said: Floats) -> Floats:
        """Ask the head: chances [n, 3] of a cut, a gradual transition, a flash."""
        logits = self.head(evidence=join_evidence(measured, said)[None])["logits"][0]
        return np.asarray(1 / (1 + np.exp(-logits)), np.float32)
