from __future__ import annotations

import numpy as np
import pytest

from data_tools.benchmark.affect import correlate_curves


def test_agreement_takes_the_common_length() -> None:
    true = tuple(float(v) for v in np.linspace(0, 1, 20))
    assert correlate_curves(true, np.linspace(0, 2, 25, dtype=np.float32)[:19]) == pytest.approx(1)
    assert correlate_curves(true, np.linspace(1, 0, 20, dtype=np.float32)) == pytest.approx(-1)


def test_a_constant_curve_has_no_correlation() -> None:
    assert correlate_curves((0.0, 0.5, 1.0), np.ones(3, np.float32)) == 0
