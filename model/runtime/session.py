"""Opening networks: the only place that knows ONNX Runtime.

A network is a callable taking named arrays and returning named arrays. One thread each by default: parallelism is
across chunks and stages, where it was measured to pay (``docs/adr``).
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from model.errors import AssetCorrupt, SettingInvalid
from model.runtime.assets import asset_path

Array = npt.NDArray[Any]
_PROVIDERS = {"cpu": ["CPUExecutionProvider"], "cuda": ["CUDAExecutionProvider", "CPUExecutionProvider"]}


class Net:
    """A network that has been opened: call it with its inputs by name."""

    def __init__(self, path: Path, threads: int = 1, device: str = "cpu") -> None:
        """Open the ONNX file at ``path``; raises AssetCorrupt if it is no ONNX graph."""
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.enable_cpu_mem_arena = False  # the arena keeps the largest batch's memory for ever
        try:
            self._session: Any = ort.InferenceSession(str(path), options, providers=_PROVIDERS[device])
        except Exception as error:  # ORT raises its own untyped family
            message = f"{path.name} does not open as a network: {error}"
            raise AssetCorrupt(message) from error
        self.inputs: tuple[str, ...] = tuple(i.name for i in self._session.get_inputs())
        self.outputs: tuple[str, ...] = tuple(o.name for o in self._session.get_outputs())

    @property
    def provider(self) -> str:
        """Where it really runs: ONNX Runtime falls back silently, so ask."""
        return str(self._session.get_providers()[0])

    def __call__(self, **arrays: Array) -> dict[str, Array]:
        """Run once; keys and shapes are those of the graph."""
        results = self._session.run(None, arrays)
        return {name: np.asarray(value) for name, value in zip(self.outputs, results, strict=True)}


def device() -> str:
    """Device asked for by ``CUELIGHT_DEVICE`` (auto, cpu, cuda); auto takes CUDA where ORT has it."""
    wanted = os.environ.get("CUELIGHT_DEVICE", "auto")
    has_cuda = "CUDAExecutionProvider" in ort.get_available_providers()
    if wanted == "auto":
        return "cuda" if has_cuda else "cpu"
    if wanted == "cuda" and not has_cuda:
        raise SettingInvalid(
            "CUELIGHT_DEVICE=cuda, but this ONNX Runtime has no CUDA provider.",
            hint="Install onnxruntime-gpu, or set CUELIGHT_DEVICE=cpu.",
        )
    if wanted not in _PROVIDERS:
        message = f"CUELIGHT_DEVICE={wanted!r} is none of auto, cpu, cuda."
        raise SettingInvalid(message)
    return wanted


_PROVIDERS_IN_USE: dict[str, str] = {}


@cache
def open_net(name: str) -> Net:
    """Open the network called ``name`` (an asset or our own weights), checked and kept warm."""
    net = Net(asset_path(name), device=device())
    _PROVIDERS_IN_USE[name] = net.provider
    return net


def providers_in_use() -> dict[str, str]:
    """Return the provider of each network that this process has opened, by the network's name."""
    return dict(_PROVIDERS_IN_USE)
