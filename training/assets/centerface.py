"""CenterFace for pictures of any size: the published graph is frozen at ten pictures of 32 by 32."""

from __future__ import annotations

from pathlib import Path

import onnx

from training.assets.picture_input import name_outputs, take_rgb

OUTPUTS = {"537": "heat", "538": "size", "539": "offset", "540": "landmarks"}


def build(sources: dict[str, Path], target: Path) -> None:
    """Free the graph's sizes, name its outputs, and let it take uint8 RGB as it is."""
    (path,) = sources.values()
    model = onnx.load(path)
    model.ir_version = 8  # weights need no longer be listed among the inputs, which cost a warning each
    model = name_outputs(take_rgb(model, mean=0.0, scale=1.0, blue_first=False), OUTPUTS)
    onnx.checker.check_model(model)
    target.write_bytes(model.SerializeToString())
