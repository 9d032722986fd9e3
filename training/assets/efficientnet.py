"""EfficientNet-Lite0 as a small ONNX graph: what a shot looks like, 1280 numbers a picture.

The published ImageNet weights (Tan & Le 2019; the "Lite" form without squeeze-excitation and with ReLU6) are read
as plain tensors and written down as our own graph: batch norms folded into the convolutions, the classifier left
out, TensorFlow's ``SAME`` padding, any picture size, uint8 RGB straight in.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

Tensors = dict[str, npt.NDArray[np.float32]]
STAGES = ((1, 1, 1), (2, 2, 6), (2, 2, 6), (3, 2, 6), (3, 1, 6), (4, 2, 6), (1, 1, 6))
"""Repeats, first stride and expansion of each stage of inverted bottlenecks."""
# how the Lite models were trained to see code values: (value - MEAN) / SCALE
MEAN = 127.0  # code values
SCALE = 128.0  # code values
EPSILON = 1e-3
OPSET = 17  # as all our graphs have it


class GraphWriter:
    """Collects nodes and weights in the order they run."""

    def __init__(self, tensors: Tensors) -> None:
        """Take the published tensors by their published names."""
        self.tensors = tensors
        self.nodes: list[Any] = []
        self.weights: list[Any] = []

    def add_constant(self, name: str, value: npt.NDArray[Any]) -> str:
        """Store a weight and return its name."""
        self.weights.append(numpy_helper.from_array(value, name))
        return name

    def add_node(self, kind: str, inputs: list[str], **attributes: Any) -> str:
        """Append a node with one output and return the output's name."""
        out = f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [out], **attributes))
        return out

    def convolve(self, x: str, conv: str, norm: str, *, stride: int = 1, clip: bool = True) -> str:
        """Convolution with its batch norm folded in, then ReLU6 where asked."""
        kernel = self.tensors[f"{conv}.weight"]
        scale = self.tensors[f"{norm}.weight"] / np.sqrt(self.tensors[f"{norm}.running_var"] + EPSILON)
        bias = self.tensors[f"{norm}.bias"] - self.tensors[f"{norm}.running_mean"] * scale
        weight = self.add_constant(f"{conv}.weight", (kernel * scale[:, None, None, None]).astype(np.float32))
        group = kernel.shape[0] if kernel.shape[1] == 1 and "depthwise" in conv else 1
        x = self.add_node(
            "Conv",
            [x, weight, self.add_constant(f"{conv}.bias", bias.astype(np.float32))],
            auto_pad="SAME_UPPER",
            strides=[stride, stride],
            group=group,
            kernel_shape=list(kernel.shape[2:]),
        )
        return self.add_node("Clip", [x, "zero", "six"]) if clip else x

    def bottleneck(self, x: str, block: str, stride: int, *, expanded: bool) -> str:
        """One inverted bottleneck: widen, filter each channel, narrow, add."""
        y = self.convolve(x, f"{block}._expand_conv", f"{block}._bn0") if expanded else x
        y = self.convolve(y, f"{block}._depthwise_conv", f"{block}._bn1", stride=stride)
        y = self.convolve(y, f"{block}._project_conv", f"{block}._bn2", clip=False)
        narrow = self.tensors[f"{block}._project_conv.weight"].shape[0]
        entry = self.tensors[f"{block}.{'_expand_conv' if expanded else '_depthwise_conv'}.weight"].shape
        same = narrow == (entry[1] if expanded else entry[0])
        return self.add_node("Add", [x, y]) if same and stride == 1 else y


def write_graph(tensors: Tensors) -> Any:
    """Write the whole network: uint8 ``rgb`` [n, rows, columns, 3] to float32 ``embedding`` [n, 1280]."""
    graph = GraphWriter(tensors)
    graph.add_constant("zero", np.array(0, np.float32))
    graph.add_constant("six", np.array(6, np.float32))
    x = graph.add_node("Cast", ["rgb"], to=TensorProto.FLOAT)
    x = graph.add_node("Transpose", [x], perm=[0, 3, 1, 2])
    x = graph.add_node("Sub", [x, graph.add_constant("mean", np.array(MEAN, np.float32))])
    x = graph.add_node("Div", [x, graph.add_constant("scale", np.array(SCALE, np.float32))])
    x = graph.convolve(x, "_conv_stem", "_bn0", stride=2)
    block = 0
    for repeats, first_stride, expansion in STAGES:
        for repeat in range(repeats):
            stride = 1 if repeat else first_stride
            x = graph.bottleneck(x, f"_blocks.{block}", stride, expanded=expansion > 1)
            block += 1
    x = graph.convolve(x, "_conv_head", "_bn1")
    x = graph.add_node("GlobalAveragePool", [x])
    graph.nodes.append(helper.make_node("Flatten", [x], ["embedding"]))
    body = helper.make_graph(
        graph.nodes,
        "efficientnet_lite0",
        [helper.make_tensor_value_info("rgb", TensorProto.UINT8, ["n", "rows", "columns", 3])],
        [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["n", 1280])],
        graph.weights,
    )
    return helper.make_model(body, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)


def build(sources: dict[str, Path], target: Path) -> None:
    """Convert the published weights; torch reads tensors only, nothing in the file is executed."""
    (path,) = sources.values()
    state: dict[str, torch.Tensor] = torch.load(path, weights_only=True, map_location="cpu")
    model = write_graph({name: tensor.numpy() for name, tensor in state.items()})
    onnx.checker.check_model(model)
    target.write_bytes(model.SerializeToString())
