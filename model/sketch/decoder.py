"""Reading the sketch net token by token, with the keys and values of what was read kept.

The net looks back over the context it was trained with; once a bar line comes and little of it is left, the most
recent bars are read again into an empty cache.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from model.sketch.tokens import VOCABULARY, Condition, RoleNote, Stream, inputs

LAYERS, HEADS, HEAD = 6, 3, 64  # of the exported net: the shape of its cache
CONTEXT = 512
_READ_AGAIN, _KEPT = 400, 240
Logits = npt.NDArray[np.float32]
SketchNet = Callable[..., dict[str, npt.NDArray[np.float32]]]


class Decoder:
    """A stream of tokens and what the net says comes next.

    Attributes
    ----------
    stream: what was written so far
    logits: of the next token, [VOCABULARY]; of no meaning before the first bar
    """

    def __init__(self, net: SketchNet) -> None:
        """Begin with nothing written; ``net`` is called as ``net(tokens, fields, sounds, keys, values)``."""
        self.stream = Stream()
        self.logits: Logits = np.zeros(0, np.float32)
        self._net = net
        self._bars: list[int] = []
        self._keys, self._values = empty_cache(), empty_cache()
        self._read = self._from = 0

    def bar(self, length: int, condition: Condition) -> None:
        """Begin a bar of ``length`` twelfths."""
        self._bars.append(len(self.stream.tokens))
        self.stream.bar(length, condition)
        if self._read - self._from > _READ_AGAIN:
            self._keys, self._values = empty_cache(), empty_cache()
            recent = (b for b in self._bars if len(self.stream.tokens) - b <= _KEPT)
            self._read = self._from = next(recent, self._bars[-1])

    def push(self, token: int) -> RoleNote | None:
        """Write a token; returns the note it completes, if it does."""
        return self.stream.push(token)

    def look(self) -> Logits:
        """Read what was written since the last look and return the logits of the next token."""
        if self._read < len(self.stream.tokens):
            answer = self._net(**inputs(self.stream, self._read), keys=self._keys, values=self._values)
            self.logits = answer["logits"].reshape(-1, VOCABULARY)[-1]
            self._keys, self._values = answer["new_keys"], answer["new_values"]
            self._read = len(self.stream.tokens)
        return self.logits


def empty_cache() -> Logits:
    """Return the cache before anything was read."""
    return np.zeros((LAYERS, 1, HEADS, 0, HEAD), np.float32)
