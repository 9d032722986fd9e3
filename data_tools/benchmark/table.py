"""One row per figure: what was measured, on what, what it must reach, and the anchors of the same run."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Row:
    """A measured figure.

    Attributes
    ----------
    what, on: the figure and the material it was measured on
    value: what Cuelight reached
    target: what it has to reach, compared by ``sense``
    anchors: what others reached on the same material in the same run, by name
    note: a reservation worth reading beside the figure
    """

    what: str
    on: str
    value: float
    target: float
    sense: Literal[">=", "<=", ">", "=="] = ">="
    anchors: dict[str, float] = field(default_factory=dict[str, float])
    note: str = ""

    @property
    def reached(self) -> bool:
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
        return {**asdict(self), "reached": self.reached}
