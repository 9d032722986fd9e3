"""Reading the sketch net token by token, with the keys and values of what was read kept.

The net looks back over the context it was trained with; once a bar line comes and little of it is left, the most
recent bars are read again into an empty cache.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from model.sketch.net.tokens import FIELD_OFFSETS, OWN_FIELDS, Condition, RoleNote, Stream, inputs

LAYERS, HEADS, HEAD = 6, 3, 64  # of the exported net: the shape of its cache
CONTEXT = 512
_ROOM = 128  # places by which the cache grows
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
        """Begin with nothing written; ``net`` is called with the inputs of the exported net, by name.

        ``guidance`` above 1 lets the net also say what it would write were it told nothing of the bars, and goes that
        many times as far from there to what it says being told (classifier-free guidance).
        """
        self._guidance = guidance
        self.stream = Stream()
        self.logits: Logits = np.zeros(0, np.float32)
        self._net = net
        self._bars: list[int] = []
        self._cache = Cache(1 if guidance == 1 else 2)
        self._read = 0

    def bar(self, length: int, condition: Condition) -> None:
        """Begin a bar of ``length`` twelfths."""
        self._bars.append(len(self.stream.tokens))
        self.stream.bar(length, condition)
        if self._cache.count > _READ_AGAIN:
            self._cache.clear()
            recent = (b for b in self._bars if len(self.stream.tokens) - b <= _KEPT)
            self._read = next(recent, self._bars[-1])

    def push(self, token: int) -> RoleNote | None:
        """Write a token; returns the note it completes, if it does."""
        return self.stream.push(token)

    def look(self) -> Logits:
        """Read what was written since the last look and return the logits of the next token."""
        if self._read < len(self.stream.tokens):
            answer = self._net(**self._inputs(), **self._cache.inputs())
            said = answer["logits"][:, -1]
            self.logits = said[0] if len(said) == 1 else said[1] + self._guidance * (said[0] - said[1])
            self._cache.keep(answer["new_keys"], answer["new_values"])
            self._read = len(self.stream.tokens)
        return self.logits

    def _inputs(self) -> dict[str, npt.NDArray[np.generic]]:
        told = inputs(self.stream, self._read)
        if self._guidance == 1:
            return told
        twice = {name: np.concatenate([array, array]) for name, array in told.items()}
        twice["fields"][1, :, OWN_FIELDS:] = FIELD_OFFSETS[OWN_FIELDS:]
        return twice


class Cache:
    """Keys and values of what was read: ``count`` places filled, room for more that grows in steps."""

    def __init__(self, batch: int = 1) -> None:
        """Keep nothing yet."""
        self.count = 0
        self._keys = [np.zeros((batch, HEADS, HEAD, _ROOM), np.float32) for _ in range(LAYERS)]
        self._values = [np.zeros((batch, HEADS, _ROOM, HEAD), np.float32) for _ in range(LAYERS)]

    def clear(self) -> None:
        """Forget everything; the room stays."""
        self.count = 0

    def inputs(self) -> dict[str, npt.NDArray[np.generic]]:
        """Return the cache as inputs of the net, not copied."""
        keys = {f"keys_{layer}": kept for layer, kept in enumerate(self._keys)}
        values = {f"values_{layer}": kept for layer, kept in enumerate(self._values)}
        return {"count": np.array(self.count, np.int64), **keys, **values}

    def keep(self, keys: Logits, values: Logits) -> None:
        """Keep what the net returned: keys [layers, b, heads, h, t], values [layers, b, heads, t, h]."""
        end = self.count + keys.shape[4]
        while end > self._keys[0].shape[3]:
            self._keys = [np.concatenate([k, np.zeros_like(k[..., :_ROOM])], axis=3) for k in self._keys]
            self._values = [np.concatenate([v, np.zeros_like(v[:, :, :_ROOM])], axis=2) for v in self._values]
        for layer in range(LAYERS):
            self._keys[layer][..., self.count : end] = keys[layer]
            self._values[layer][:, :, self.count : end] = values[layer]
        self.count = end
