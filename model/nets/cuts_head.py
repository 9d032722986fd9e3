"""The second stage of the cut detector: a small net through time that weighs all the evidence about each step."""

from __future__ import annotations

import torch
from torch import Tensor, nn

CHANNELS = 32  # of every layer
DILATIONS = (1, 2, 4, 8, 16)
OUTPUTS = ("cut", "gradual", "flash")


class CutsHead(nn.Module):
    """Evidence in, three logits per frame out; looks 32 frames to either side."""

    def __init__(self, mean: Tensor, deviation: Tensor) -> None:
        """Take the mean and deviation [features] that bring the evidence to one scale."""
        super().__init__()
        self.mean = nn.Parameter(mean, requires_grad=False)
        self.deviation = nn.Parameter(deviation, requires_grad=False)
        self.enter = nn.Conv1d(len(mean), CHANNELS, 3, padding=1)
        self.looks = nn.ModuleList(nn.Conv1d(CHANNELS, CHANNELS, 3, padding=d, dilation=d) for d in DILATIONS)
        self.dropout = nn.Dropout(0.1)
        self.leave = nn.Conv1d(CHANNELS, len(OUTPUTS), 1)

    def forward(self, evidence: Tensor) -> Tensor:
        """Map [batch, frames, features] to logits [batch, frames, 3]."""
        x = ((evidence - self.mean) / self.deviation).clamp(-4, 4).transpose(1, 2)
        x = torch.relu(self.enter(x))
        for look in self.looks:
            x = x + torch.relu(look(self.dropout(x)))
        logits: Tensor = self.leave(x).transpose(1, 2)
        return logits


class Panel(nn.Module):
    """Heads trained from different starts, of one mind: their mean logits err less than each of them."""

    def __init__(self, heads: list[CutsHead]) -> None:
        """Seat the heads."""
        super().__init__()
        self.features = len(heads[0].mean)
        self.heads = nn.ModuleList(heads)

    def forward(self, evidence: Tensor) -> Tensor:
        """Map [batch, frames, features] to logits [batch, frames, 3]."""
        return torch.stack([head(evidence) for head in self.heads]).mean(dim=0)
