"""Witten-Bell n-gram over tokens: the anchor of the sketch net.

Interpolated (Witten and Bell 1991): the probability after a context is what was counted, mixed with that after the
context without its first token, by how many different tokens followed. Counts are sorted arrays of n-grams as numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Order:
    """Counts of one length: n-grams with how often, contexts with how often and how many different tokens follow."""

    grams: Ints
    counts: Ints
    contexts: Ints
    totals: Ints
    kinds: Ints


class WittenBell:
    """An interpolated n-gram of ``order`` over tokens below ``vocabulary``."""

    def __init__(self, pieces: Sequence[Sequence[int] | Ints], vocabulary: int, order: int = 4) -> None:
        """Count; no n-gram reaches from one piece into the next. Raises ValueError where n-grams outgrow 63 bits."""
        if vocabulary**order >= 2**63:
            message = f"{order}-grams of {vocabulary} tokens do not fit 63 bits."
            raise ValueError(message)
        self.vocabulary = vocabulary
        arrays = [np.asarray(piece, np.int64) for piece in pieces]
        self._orders = [self._count(arrays, n) for n in range(1, order + 1)]

    def bits(self, piece: Sequence[int]) -> Floats:
        """Bits that each token but the first costs, float64 [tokens - 1]."""
        tokens = np.asarray(piece, np.int64)
        chance = np.full(len(tokens) - 1, 1.0 / self.vocabulary)
        for n, counted in enumerate(self._orders, 1):
            start = max(n - 1, 1)  # the first token with a whole context
            if len(tokens) <= start:
                break
            grams = self._numbers(tokens, n)[start - n + 1 :]
            count = _look_up(counted.grams, counted.counts, grams)
            context = grams // self.vocabulary
            total = _look_up(counted.contexts, counted.totals, context)
            kinds = _look_up(counted.contexts, counted.kinds, context)
            shorter = chance[start - 1 :]
            mixed = (count + kinds * shorter) / np.maximum(total + kinds, 1)
            chance[start - 1 :] = np.where(total > 0, mixed, shorter)
        return np.asarray(-np.log2(chance))

    def probabilities(self, context: Sequence[int]) -> Floats:
        """Probabilities of every token after a context, float64 [vocabulary]."""
        chance = np.full(self.vocabulary, 1.0 / self.vocabulary)
        for n, counted in enumerate(self._orders, 1):
            if len(context) < n - 1:
                break
            before = 0
            for token in context[len(context) - n + 1 :]:
                before = before * self.vocabulary + int(token)
            follow = before * self.vocabulary + np.arange(self.vocabulary)
            total = _look_up(counted.contexts, counted.totals, np.array([before]))[0]
            kinds = _look_up(counted.contexts, counted.kinds, np.array([before]))[0]
            if total:
                count = _look_up(counted.grams, counted.counts, follow)
                chance = (count + kinds * chance) / (total + kinds)
        return chance

    def _numbers(self, tokens: Ints, n: int) -> Ints:
        """Return every n-gram as a number, [tokens - n + 1]."""
        length = len(tokens) - n + 1
        out = np.zeros(max(length, 0), np.int64)
        for at in range(n):
            out = out * self.vocabulary + tokens[at : at + len(out)]
        return out

    def _count(self, pieces: Sequence[Ints], n: int) -> _Order:
        every = np.concatenate([self._numbers(piece, n) for piece in pieces])
        grams, counts = np.unique(every, return_counts=True)
        contexts, first, kinds = np.unique(grams // self.vocabulary, return_index=True, return_counts=True)
        totals = np.add.reduceat(counts, first)
        return _Order(grams, counts, contexts, totals, kinds)


def _look_up(keys: Ints, values: Ints, wanted: Ints) -> Floats:
    """Return the values of wanted keys, 0 where there is none."""
    if not len(keys):
        return np.zeros(len(wanted))
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[at] == wanted, values[at], 0).astype(np.float64)
