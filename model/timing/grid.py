"""The tempi a fit may choose from: the multiples of half a bpm (or another grid) inside a range."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from model.errors import TempoInvalid
from model.timing.landing import FitSettings

SLOWEST_BPM = 20.0
FASTEST_BPM = 320.0
MOST_TEMPI = 1000  # the search keeps the index of a tempo in 10 bits


@dataclass(frozen=True, slots=True)
class TempoGrid:
    """The tempi of the grid inside the range.

    Attributes
    ----------
    tempi: (K,) exact quarter notes a minute, slow to fast
    periods_s: (K,) float64, seconds of a beat
    largest_step: of neighbouring tempi, as a share
    """

    tempi: tuple[Fraction, ...]
    periods_s: npt.NDArray[np.float64]
    largest_step: float

    @classmethod
    def of(cls, settings: FitSettings) -> TempoGrid:
        """Make the grid of some settings; raises TempoInvalid when the range holds no tempo of it, or too many."""
        low, high = _checked_range(settings)
        first, last = math.ceil(low / settings.grid), math.floor(high / settings.grid)
        if last < first:
            message = f"Between {settings.bpm[0]:g} and {settings.bpm[1]:g} bpm lies no multiple of {settings.grid}."
            raise TempoInvalid(message, hint="Widen the range or use a finer grid.")
        if last - first >= MOST_TEMPI:
            message = f"{last - first + 1} tempi are more than a search can weigh (at most {MOST_TEMPI})."
            raise TempoInvalid(message, hint="Narrow the range or use a coarser grid.")
        tempi = tuple(settings.grid * n for n in range(first, last + 1))
        return cls(tempi, np.array([float(60 / bpm) for bpm in tempi]), settings.largest_step)

    def select_band(self, low: Fraction, high: Fraction) -> TempoGrid:
        """Keep only the tempi from ``low`` to ``high`` bpm, both included."""
        kept = [i for i, bpm in enumerate(self.tempi) if low <= bpm <= high]
        return TempoGrid(tuple(self.tempi[i] for i in kept), self.periods_s[kept], self.largest_step)

    def find_slowest_to_step(self, apart: int) -> int | None:
        """Find the index of the slowest tempo from which ``apart`` places up the grid is within the largest step.

        The grid is even, so every faster tempo may take that step too, up or down. None where no tempo may.
        """
        limit = 1 + Fraction(self.largest_step).limit_denominator(10**6)
        if len(self.tempi) <= apart or limit <= 1:
            return None
        first, unit = self.tempi[0], self.tempi[1] - self.tempi[0]
        # The smallest bpm with bpm + apart * unit <= bpm * limit.
        index = max(0, math.ceil((apart * unit / (limit - 1) - first) / unit))
        return index if index + apart < len(self.tempi) else None


def _checked_range(settings: FitSettings) -> tuple[Fraction, Fraction]:
    """Slowest and fastest tempo of the settings, exact; raises TempoInvalid for settings no fit can use."""
    low, high = settings.bpm
    if not (math.isfinite(low) and math.isfinite(high) and SLOWEST_BPM <= low <= high <= FASTEST_BPM):
        message = f"{low:g} to {high:g} bpm is no tempo range."
        raise TempoInvalid(message, hint=f"Slow before fast, between {SLOWEST_BPM:g} and {FASTEST_BPM:g}.")
    if settings.grid <= 0 or settings.largest_step < 0 or not 0 <= settings.latest_start_s < 1:
        message = (
            "The tempo grid is above 0, the largest step not below 0, and the first beat within a second of the in."
        )
        raise TempoInvalid(message)
    return Fraction(low).limit_denominator(10**6), Fraction(high).limit_denominator(10**6)
