from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from model.nets.transnet import BINS, COLUMNS, DILATIONS, LOOK, ROWS, Similarity, TransNet

FILTERS = (16, 32, 64)


@pytest.fixture(scope="module")
def weights() -> dict[str, Tensor]:
    """Random weights under the published names and shapes."""
    torch.manual_seed(3)
    table: dict[str, Tensor] = {}
    into = 3
    for stage, filters in enumerate(FILTERS):
        for block in range(2):
            name = f"SDDCNN.{stage}.DDCNN.{block}"
            for d in DILATIONS:
                table[f"{name}.Conv3D_{d}.layers.0.weight"] = torch.randn(2 * filters, into, 1, 3, 3) * 0.3 / into**0.5
                table[f"{name}.Conv3D_{d}.layers.1.weight"] = torch.randn(filters, 2 * filters, 3, 1, 1) * 0.1
            into = 4 * filters
            table[f"{name}.bn.weight"] = torch.rand(into) + 0.5
            table[f"{name}.bn.bias"] = torch.randn(into) * 0.3
            table[f"{name}.bn.running_mean"] = torch.randn(into) * 0.1
            table[f"{name}.bn.running_var"] = torch.rand(into) + 0.5
    shapes = {"frame_sim_layer.projection": (128, 448), "frame_sim_layer.fc": (128, 101), "fc1": (1024, 4864)}
    shapes |= {"color_hist_layer.fc": (128, 101), "cls_layer1": (1, 1024), "cls_layer2": (1, 1024)}
    for name, shape in shapes.items():
        table[f"{name}.weight"] = torch.randn(shape) / shape[1] ** 0.5
        table[f"{name}.bias"] = torch.randn(shape[0]) * 0.1
    return table


def _block(x: Tensor, weights: dict[str, Tensor], name: str) -> Tensor:
    """The block as the paper draws it: three-dimensional convolutions and a batch normalisation."""
    looks = []
    for d in DILATIONS:
        y = functional.conv3d(x, weights[f"{name}.Conv3D_{d}.layers.0.weight"], padding=(0, 1, 1))
        weight = weights[f"{name}.Conv3D_{d}.layers.1.weight"]
        looks.append(functional.conv3d(y, weight, padding=(d, 0, 0), dilation=(d, 1, 1)))
    mean, var = weights[f"{name}.bn.running_mean"], weights[f"{name}.bn.running_var"]
    bn = weights[f"{name}.bn.weight"], weights[f"{name}.bn.bias"]
    return functional.relu(functional.batch_norm(torch.cat(looks, 1), mean, var, *bn, eps=1e-3))


def _stages(frames: Tensor, weights: dict[str, Tensor]) -> list[Tensor]:
    x = frames.permute(3, 0, 1, 2).float()[None] / 255
    out = []
    for stage in range(3):
        first = _block(x, weights, f"SDDCNN.{stage}.DDCNN.0")
        x = functional.avg_pool3d(first + _block(first, weights, f"SDDCNN.{stage}.DDCNN.1"), (1, 2, 2))
        out.append(x[0])
    return out


def _paper(frames: Tensor, histogram: Tensor, w: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
    stages = _stages(frames, w)
    means = torch.cat([s.mean((2, 3)) for s in stages]).T
    unit = functional.normalize(
        functional.linear(means, w["frame_sim_layer.projection.weight"], w["frame_sim_layer.projection.bias"]), dim=1
    )
    parts = [_band(histogram, w, "color_hist_layer.fc"), _band(unit, w, "frame_sim_layer.fc")]
    flat = stages[-1].permute(1, 2, 3, 0).reshape(len(frames), -1)
    hidden = functional.relu(functional.linear(torch.cat([*parts, flat], 1), w["fc1.weight"], w["fc1.bias"]))
    cut = functional.linear(hidden, w["cls_layer1.weight"], w["cls_layer1.bias"])
    return cut[:, 0], functional.linear(hidden, w["cls_layer2.weight"], w["cls_layer2.bias"])[:, 0]


def _band(unit: Tensor, w: dict[str, Tensor], name: str) -> Tensor:
    n = len(unit)
    band = torch.zeros(n, 2 * LOOK + 1)
    for t in range(n):
        for k in range(-LOOK, LOOK + 1):
            if 0 <= t + k < n:
                band[t, k + LOOK] = unit[t] @ unit[t + k]
    return functional.relu(functional.linear(band, w[f"{name}.weight"], w[f"{name}.bias"]))


@pytest.mark.parametrize("count", [1, 9, 23])
def test_the_stacked_layout_computes_the_papers_network(weights: dict[str, Tensor], count: int) -> None:
    generator = torch.Generator().manual_seed(count)
    frames = torch.randint(0, 256, (count, ROWS, COLUMNS, 3), dtype=torch.uint8, generator=generator)
    histogram = functional.normalize(torch.rand(count, BINS, generator=generator), dim=1)
    with torch.no_grad():
        cut, inside = TransNet(weights).eval()(frames, histogram)
        expected = _paper(frames, histogram, weights)
    torch.testing.assert_close(cut, expected[0], atol=2e-4, rtol=1e-4)
    torch.testing.assert_close(inside, expected[1], atol=2e-4, rtol=1e-4)


def test_similarity_sees_nothing_beyond_the_ends() -> None:
    layer = Similarity(torch.eye(2 * LOOK + 1), torch.zeros(2 * LOOK + 1))
    seen = layer(torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]]))
    assert seen[0, LOOK] == 1
    assert seen[0, LOOK + 2] == 1
    assert seen[0].sum() == 2
    assert seen[1].sum() == 1
