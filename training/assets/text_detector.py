"""PP-OCRv4 as we run it: where text is, what it says, and the characters it knows."""

from __future__ import annotations

from pathlib import Path

import onnx

from training.assets.picture_input import name_outputs, take_rgb

HALF = 127.5  # code values to -1..1, as both nets were trained


def build_detector(sources: dict[str, Path], target: Path) -> None:
    """Find text: ``rgb`` (multiples of 32) to ``text`` float32 [n, 1, rows, columns], a probability per pixel."""
    _convert(sources, target, "text", 4)


def build_reader(sources: dict[str, Path], target: Path) -> None:
    """Read what a line says: ``rgb`` 48 rows high to ``characters`` float32 [n, steps, classes], class 0 = none."""
    _convert(sources, target, "characters", 3)


def build_alphabet(sources: dict[str, Path], target: Path) -> None:
    """Write the reader's characters as UTF-8 lines: line k is class k + 1, and a last class is the space."""
    (path,) = sources.values()
    metadata = {entry.key: entry.value for entry in onnx.load(path).metadata_props}
    target.write_text(metadata["character"], encoding="utf-8", newline="\n")


def _convert(sources: dict[str, Path], target: Path, output: str, rank: int) -> None:
    (path,) = sources.values()
    model = onnx.load(path)
    (old,) = [entry.name for entry in model.graph.output]
    model = name_outputs(take_rgb(model, mean=HALF, scale=HALF, blue_first=True), {old: output}, rank)
    onnx.checker.check_model(model)
    target.write_bytes(model.SerializeToString())
