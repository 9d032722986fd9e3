"""Commits weights that we trained: the ONNX file and its checksum, and only where there is a card."""

from __future__ import annotations

from model.runtime.assets import SUMS, WEIGHTS, promised_weights, sha256_of_file


def commit_weights(name: str, graph: bytes) -> None:
    """Write ``weights/NAME.onnx`` and its line in ``SHA256SUMS``.

    Raises FileNotFoundError if ``weights/NAME.card.md`` has not been written: no weights without a card.
    """
    card = WEIGHTS / f"{name}.card.md"
    if not card.exists():
        message = f"Write {card.name} first: training data, metrics with confidence, limits, licence."
        raise FileNotFoundError(message)
    target = WEIGHTS / f"{name}.onnx"
    partial = target.with_suffix(".partial")
    partial.write_bytes(graph)
    partial.replace(target)
    sums = {**promised_weights(), target.name: sha256_of_file(target)}
    lines = "".join(f"{digest}  {file}\n" for file, digest in sorted(sums.items()))
    (WEIGHTS / SUMS).write_text(lines, encoding="utf-8")
