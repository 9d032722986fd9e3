"""One front for every picture net: uint8 RGB [n, rows, columns, 3] goes straight in.

Whatever a published graph wants (planes first, blue first, other ranges) is written into the graph itself, so that
the code that runs it cannot get it wrong.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import TensorProto, helper, numpy_helper


def take_rgb(model: Any, *, mean: float, scale: float, blue_first: bool) -> Any:
    """Replace the only input of ``model`` (float [n, 3, rows, columns]) by ``rgb``; returns the same model.

    The graph then sees ``(value - mean) / scale`` of each code value.
    """
    graph = model.graph
    weights = {weight.name for weight in graph.initializer}
    (old,) = [entry.name for entry in graph.input if entry.name not in weights]
    constants: dict[str, npt.NDArray[Any]] = {
        "rgb_order": np.array([2, 1, 0] if blue_first else [0, 1, 2], np.int64),
        "rgb_mean": np.array(mean, np.float32),
        "rgb_scale": np.array(scale, np.float32),
    }
    graph.initializer.extend(numpy_helper.from_array(value, name) for name, value in constants.items())
    front = [
        helper.make_node("Cast", ["rgb"], ["rgb_float"], to=TensorProto.FLOAT),
        helper.make_node("Transpose", ["rgb_float"], ["rgb_planes"], perm=[0, 3, 1, 2]),
        helper.make_node("Gather", ["rgb_planes", "rgb_order"], ["rgb_ordered"], axis=1),
        helper.make_node("Sub", ["rgb_ordered", "rgb_mean"], ["rgb_centred"]),
        helper.make_node("Div", ["rgb_centred", "rgb_scale"], [old]),
    ]
    body = list(graph.node)
    del graph.node[:], graph.input[:]
    graph.node.extend([*front, *body])
    graph.input.append(helper.make_tensor_value_info("rgb", TensorProto.UINT8, ["n", "rows", "columns", 3]))
    return model


def name_outputs(model: Any, names: dict[str, str], rank: int = 4) -> Any:
    """Rename the graph's outputs and free their sizes, keeping ``rank`` dimensions; returns the same model."""
    for node in model.graph.node:
        for field in (node.input, node.output):
            field[:] = [names.get(name, name) for name in field]
    del model.graph.output[:]
    model.graph.output.extend(
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [f"{name}_{axis}" for axis in range(rank)])
        for name in names.values()
    )
    return model
