"""Reading the sketch net token by token, with the keys and values of what was read kept.

The net looks back over the context it was trained with; once a bar line comes and little of it is left, the most
recent bars are read again into an empty cache.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from model.sketch.tokens import FIELD_OFFSETS, OWN_FIELDS, Condition, RoleNote, Stream, inputs

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

    def __init__(self, net: SketchNet, guidance: float = 1.0) -> None:
        """Begin with nothing written; ``net`` is called as ``net(tokens, fields, sounds, keys, values)``.

        ``guidance`` above 1 lets the net also say what it would write were it told nothing of the bars, and goes that
        many times as far from there to what it says being told (classifier-free guidance).
        """
        self._guidance = guidance
        self.stream = Stream()
        self.logits: Logits = np.zeros(0, np.float32)
        self._net = net
        self._bars: list[int] = []
        self._keys, self._values = self._empty(), self._empty()
        self._read = self._from = 0

    def bar(self, length: int, condition: Condition) -> None:
        """Begin a bar of ``length`` twelfths."""
        self._bars.append(len(self.stream.tokens))
        self.stream.bar(length, condition)
        if self._read - self._from > _READ_AGAIN:
            self._keys, self._values = self._empty(), self._empty()
            recent = (b for b in self._bars if len(self.stream.tokens) - b <= _KEPT)
            self._read = self._from = next(recent, self._bars[-1])

    def push(self, token: int) -> RoleNote | None:
        """Write a token; returns the note it completes, if it does."""
        return self.stream.push(token)

    def look(self) -> Logits:
        """Read what was written since the last look and return the logits of the next token."""
        if self._read < len(self.stream.tokens):
            answer = self._net(**self._inputs(), keys=self._keys, values=self._values)
            said = answer["logits"][:, -1]
            self.logits = said[0] if len(said) == 1 else said[1] + self._guidance * (said[0] - said[1])
            self._keys, self._values = answer["new_keys"], answer["new_values"]
            self._read = len(self.stream.tokens)
        return self.logits

    def _inputs(self) -> dict[str, npt.NDArray[np.generic]]:
        told = inputs(self.stream, self._read)
        if self._guidance == 1:
            return told
        twice = {name: np.concatenate([array, array]) for name, array in told.items()}
        twice["fields"][1, :, OWN_FIELDS:] = FIELD_OFFSETS[OWN_FIELDS:]
        return twice

    def _empty(self) -> Logits:
        return empty_cache(1 if self._guidance == 1 else 2)


def empty_cache(batch: int = 1) -> Logits:
    """Return the cache before anything was read."""
    return np.zeros((LAYERS, batch, HEADS, 0, HEAD), np.float32)
