"""Run the sketch net token by token, keeping the attention keys and values of the tokens already read.

The net attends to the context it was trained with. When a bar begins and little room is left, the cache is emptied and
the most recent bars are read again.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from model.sketch.net.tokens import FIELD_OFFSETS, OWN_FIELDS, Condition, RoleNote, TokenStream, inputs

LAYERS = 6  # of the exported net; with HEADS and HEAD the shape of its cache
HEADS = 3  # attention heads of a layer
HEAD = 64  # width of a head
CONTEXT = 512  # tokens the net was trained with
_GROWTH = 128  # places by which the cache grows
_FULL = 400  # tokens read, from which on the next bar empties the cache
_REREAD = 240  # the most recent tokens that are read again then
Logits = npt.NDArray[np.float32]
SketchNet = Callable[..., dict[str, npt.NDArray[np.float32]]]


class Decoder:
    """A stream of tokens, and the net's logits of the next one.

    Attributes
    ----------
    stream: the tokens written so far
    logits: of the next token, [VOCABULARY]; empty before the first bar
    """

    def __init__(self, net: SketchNet, guidance: float = 1.0) -> None:
        """Begin an empty stream; ``net`` is called with the inputs of the exported net, by name.

        ``guidance`` above 1 runs the net also without the bars' conditions and moves the logits that many times as far
        from there to the ones with conditions (classifier-free guidance).
        """
        self._guidance = guidance
        self.stream = TokenStream()
        self.logits: Logits = np.zeros(0, np.float32)
        self._net = net
        self._bars: list[int] = []
        self._cache = AttentionCache(1 if guidance == 1 else 2)
        self._read = 0

    def begin_bar(self, length: int, condition: Condition) -> None:
        """Begin a bar of ``length`` positions."""
        self._bars.append(len(self.stream.tokens))
        self.stream.begin_bar(length, condition)
        if self._cache.count > _FULL:
            self._cache.clear()
            recent = (b for b in self._bars if len(self.stream.tokens) - b <= _REREAD)
            self._read = next(recent, self._bars[-1])

    def push(self, token: int) -> RoleNote | None:
        """Write a token; returns the note it completes, if it does."""
        return self.stream.push(token)

    def look(self) -> Logits:
        """Run the net over the tokens written since the last look and return the logits of the next one."""
        if self._read < len(self.stream.tokens):
            answer = self._net(**self._inputs(), **self._cache.inputs())
            logits = answer["logits"][:, -1]
            if len(logits) == 1:
                self.logits = logits[0]
            else:
                self.logits = logits[1] + self._guidance * (logits[0] - logits[1])
            self._cache.keep(answer["new_keys"], answer["new_values"])
            self._read = len(self.stream.tokens)
        return self.logits

    def _inputs(self) -> dict[str, npt.NDArray[np.generic]]:
        once = inputs(self.stream, self._read)
        if self._guidance == 1:
            return once
        twice = {name: np.concatenate([array, array]) for name, array in once.items()}
        twice["fields"][1, :, OWN_FIELDS:] = FIELD_OFFSETS[OWN_FIELDS:]
        return twice


class AttentionCache:
    """Attention keys and values of the tokens read: ``count`` places are filled, and the room grows in steps."""

    def __init__(self, batch: int = 1) -> None:
        """Begin empty."""
        self.count = 0
        self._keys = [np.zeros((batch, HEADS, HEAD, _GROWTH), np.float32) for _ in range(LAYERS)]
        self._values = [np.zeros((batch, HEADS, _GROWTH, HEAD), np.float32) for _ in range(LAYERS)]

    def clear(self) -> None:
        """Empty the cache; its room stays."""
        self.count = 0

    def inputs(self) -> dict[str, npt.NDArray[np.generic]]:
        """Return the cache as inputs of the net, not copied."""
        keys = {f"keys_{layer}": kept for layer, kept in enumerate(self._keys)}
        values = {f"values_{layer}": kept for layer, kept in enumerate(self._values)}
        return {"count": np.array(self.count, np.int64), **keys, **values}

    def keep(self, keys: Logits, values: Logits) -> None:
        """Add what the net returned: keys [layers, b, heads, h, t], values [layers, b, heads, t, h]."""
        end = self.count + keys.shape[4]
        while end > self._keys[0].shape[3]:
            self._keys = [np.concatenate([k, np.zeros_like(k[..., :_GROWTH])], axis=3) for k in self._keys]
            self._values = [np.concatenate([v, np.zeros_like(v[:, :, :_GROWTH])], axis=2) for v in self._values]
        for layer in range(LAYERS):
            self._keys[layer][..., self.count : end] = keys[layer]
            self._values[layer][:, :, self.count : end] = values[layer]
        self.count = end
