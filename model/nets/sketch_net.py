"""The sketch net: a small decoder-only transformer over role tokens.

    tokens [b, t], fields [b, t, f], sounds [b, t, 12]
      -> token embedding + sum of field embeddings + pitch classes sounding
      -> causal attention with rotary positions, feed-forward, layer after layer
      -> logits over the next token [b, t, vocabulary], weights shared with the token embedding

The fields carry what the bar shall be and what follows from the tokens so far (``model.sketch.net.tokens``).
Only training and export import this module; running uses the ONNX file through ``model.runtime``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from model.sketch.net.decoder import CONTEXT, HEAD, HEADS, LAYERS
from model.sketch.net.tokens import FIELD_SIZES, VOCABULARY

BLOCK = 128  # tokens attended to at once on the CPU


@dataclass(frozen=True, slots=True)
class SketchConfig:
    """Size of the net; ``context`` tokens it was trained to look back."""

    width: int = HEADS * HEAD
    layers: int = LAYERS
    heads: int = HEADS
    context: int = CONTEXT


class Kept(NamedTuple):
    """What a layer read before: ``keys`` [b, heads, h, room], ``values`` [b, heads, room, h], how many filled."""

    keys: Tensor
    values: Tensor
    filled: Tensor


class Attention(nn.Module):
    """Causal self-attention; optionally over keys and values kept from before."""

    def __init__(self, config: SketchConfig) -> None:
        """Build the projections."""
        super().__init__()
        self.heads = config.heads
        self.into = nn.Linear(config.width, 3 * config.width, bias=False)
        self.out = nn.Linear(config.width, config.width, bias=False)

    def forward(self, x: Tensor, turn: tuple[Tensor, Tensor], kept: Kept | None) -> tuple[Tensor, Tensor, Tensor]:
        """Map [b, t, w]; returns it with its own keys and values [b, heads, t, w / heads]."""
        b, t, w = x.shape
        q, k, v = self.into(x).view(b, t, 3, self.heads, w // self.heads).permute(2, 0, 3, 1, 4)
        q, k = _rotate(q, turn), _rotate(k, turn)
        mixed = attend_causally(q, k, v) if kept is None else _over(q, k, v, kept)
        return self.out(mixed.transpose(1, 2).reshape(b, t, w)), k, v


def attend_causally(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Attend to what came before, all [b, heads, t, h]; on the CPU in blocks, twice as fast as SDPA there."""
    if q.device.type != "cpu":
        return functional.scaled_dot_product_attention(q, k, v, is_causal=True)
    b, heads, t, h = q.shape
    q, k, v = (q * h**-0.5).flatten(0, 1), k.flatten(0, 1), v.flatten(0, 1)
    later = torch.full((t, t), float("-inf"), dtype=q.dtype).triu(1)
    out = list[Tensor]()
    for start in range(0, t, BLOCK):
        end = min(start + BLOCK, t)
        hidden = later[start:end, :end].expand(b * heads, end - start, end)
        weights = torch.baddbmm(hidden, q[:, start:end], k[:, :end].transpose(1, 2)).softmax(-1)
        out.append(torch.bmm(weights, v[:, :end]))
    return torch.cat(out, dim=1).view(b, heads, t, h)


def _over(q: Tensor, k: Tensor, v: Tensor, kept: Kept) -> Tensor:
    """Attend to what was kept and, causally, to one's own; nothing kept is copied, which is what costs when running."""
    q = q * q.shape[-1] ** -0.5
    own = torch.arange(q.shape[2], device=q.device)
    room = torch.arange(kept.keys.shape[3], device=q.device)
    before = torch.matmul(q, kept.keys).masked_fill(room >= kept.filled, float("-inf"))
    here = torch.matmul(q, k.transpose(2, 3)).masked_fill(own[None] > own[:, None], float("-inf"))
    weights = torch.cat([before, here], dim=3).softmax(-1)
    old, new = weights[..., : kept.keys.shape[3]], weights[..., kept.keys.shape[3] :]
    return torch.matmul(old, kept.values) + torch.matmul(new, v)


def _rotate(x: Tensor, turn: tuple[Tensor, Tensor]) -> Tensor:
    """Rotate the halves of each head by position: ``turn`` is (cos, sin), each [t, half]."""
    a, b = x.chunk(2, dim=-1)
    cos, sin = turn[0].to(x.dtype), turn[1].to(x.dtype)
    return torch.cat([a * cos - b * sin, b * cos + a * sin], dim=-1)


class Layer(nn.Module):
    """Attention and feed-forward, each normalised before and added."""

    def __init__(self, config: SketchConfig) -> None:
        """Build both."""
        super().__init__()
        self.before_attention = nn.LayerNorm(config.width)
        self.attention = Attention(config)
        self.before_feed = nn.LayerNorm(config.width)
        self.feed = nn.Sequential(
            nn.Linear(config.width, 4 * config.width), nn.GELU(), nn.Linear(4 * config.width, config.width)
        )

    def forward(self, x: Tensor, turn: tuple[Tensor, Tensor], kept: Kept | None) -> tuple[Tensor, Tensor, Tensor]:
        """Map [b, t, w] to the same, with keys and values."""
        mixed, k, v = self.attention(self.before_attention(x), turn, kept)
        x = x + mixed
        return x + self.feed(self.before_feed(x)), k, v


class SketchNet(nn.Module):
    """See the module's sentence; ``forward`` trains, :meth:`step` continues from a cache."""

    def __init__(self, config: SketchConfig) -> None:
        """Start every weight near 0.02: a tied head with unit embeddings starts at 6.5 bits and wastes the budget."""
        super().__init__()
        self.config = config
        self.token = nn.Embedding(VOCABULARY, config.width)
        self.field = nn.Embedding(sum(FIELD_SIZES), config.width)
        self.sound = nn.Linear(12, config.width, bias=False)
        self.layers = nn.ModuleList(Layer(config) for _ in range(config.layers))
        self.last = nn.LayerNorm(config.width)
        self.apply(_small)
        for name, weight in self.named_parameters():
            if name.endswith(("attention.out.weight", "feed.2.weight")):
                nn.init.normal_(weight, std=0.02 / (2 * config.layers) ** 0.5)

    def forward(self, tokens: Tensor, fields: Tensor, sounds: Tensor) -> Tensor:
        """Map a whole sequence to logits [b, t, vocabulary]."""
        x = self._embed(tokens, fields, sounds)
        turn = self._turn(torch.arange(tokens.shape[1], device=tokens.device))
        for layer in self.layers:
            x, _, _ = layer(x, turn, None)
        return functional.linear(self.last(x), self.token.weight)

    def step(
        self, tokens: Tensor, fields: Tensor, sounds: Tensor, count: Tensor, kept: Sequence[Tensor]
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Continue after what was kept: ``count`` places filled of keys, then values, of every layer (see ``Kept``).

        Returns logits [b, t, vocabulary] and what to keep: keys [layers, b, heads, h, t] and values
        [layers, b, heads, t, h].
        """
        x = self._embed(tokens, fields, sounds)
        turn = self._turn(torch.arange(tokens.shape[1], device=tokens.device) + count)
        all_keys, all_values = list[Tensor](), list[Tensor]()
        for number, layer in enumerate(self.layers):
            x, k, v = layer(x, turn, Kept(kept[number], kept[self.config.layers + number], count))
            all_keys.append(k.transpose(2, 3))
            all_values.append(v)
        logits = functional.linear(self.last(x), self.token.weight)
        return logits, torch.stack(all_keys), torch.stack(all_values)

    def _embed(self, tokens: Tensor, fields: Tensor, sounds: Tensor) -> Tensor:
        b, t, f = fields.shape
        flat = fields.reshape(b * t, f)
        if self.training:  # many times faster than a sum of embeddings, but exports as a loop
            told = functional.embedding_bag(flat, self.field.weight, mode="sum")
        else:
            told = self.field(flat).sum(1)
        out: Tensor = self.token(tokens) + told.view(b, t, -1) + self.sound(sounds)
        return out

    def _turn(self, at: Tensor) -> tuple[Tensor, Tensor]:
        half = self.config.width // self.config.heads // 2
        speed = 10_000.0 ** (-torch.arange(half, device=at.device, dtype=torch.float32) / half)
        angle = at.to(torch.float32)[:, None] * speed
        return angle.cos(), angle.sin()


def _small(module: nn.Module) -> None:
    if isinstance(module, nn.Linear | nn.Embedding):
        nn.init.normal_(module.weight, std=0.02)
    if isinstance(module, nn.Linear) and module.bias is not None:
        nn.init.zeros_(module.bias)


class Stepper(nn.Module):
    """The net as it is exported: :meth:`SketchNet.step` as its ``forward``."""

    def __init__(self, net: SketchNet) -> None:
        """Wrap a trained net."""
        super().__init__()
        self.net = net

    def forward(
        self, tokens: Tensor, fields: Tensor, sounds: Tensor, count: Tensor, *kept: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Continue after a cache, which may be empty."""
        return self.net.step(tokens, fields, sounds, count, kept)
