"""One row per figure: what was measured, on what, what it must reach, and the anchors of the same run."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, slots=True)
class BenchRow:
    """A measured figure.

    Attributes
    ----------
    what, on: the figure and the material it was measured on
    value: what Cuelight reached
    target: what it has to reach, compared by ``sense``
    anchors: what others reached on the same material in the same run, by name
    note: what has to be known to read the figure
    """

    what: str
    on: str
    value: float
    target: float
    sense: Literal[">=", "<=", ">", "=="] = ">="
    anchors: dict[str, float] = field(default_factory=dict[str, float])
    note: str = ""

    @property
    def holds(self) -> bool:
        """Whether the figure holds."""
        match self.sense:
            case ">=":
                return self.value >= self.target
            case "<=":
                return self.value <= self.target
            case ">":
                return self.value > self.target
            case "==":
                return self.value == self.target

    def record(self) -> dict[str, object]:
        """Return the row as plain data for the JSON file."""
        return {**asdict(self), "reached": self.holds}


class Skipped(Exception):
    """A topic cannot be measured here; the message says why and what is needed."""


def data_folder() -> Path:
    """Return the folder of real films and labels, from ``CUELIGHT_DATA``; raises Skipped where it is not set."""
    chosen = os.environ.get("CUELIGHT_DATA", "")
    if not chosen or not Path(chosen).is_dir():
        raise Skipped("set CUELIGHT_DATA to the folder with the real films and labels")
    return Path(chosen)
