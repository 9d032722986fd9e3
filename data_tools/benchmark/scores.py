"""Our MIDI and MusicXML files read back by other programs: mido, music21 and verovio.

Conventions
-----------
- Marker error: seconds of a marker in the file, by the file's own tempi, against the tempo map's exact seconds of the
  same mark, both from the first beat; the largest over every mark of every cue at every rate, in milliseconds.
- Material: cues with tempo changes, hits off the beat and outs on a frame, and noise; at every rate also with the first
  beat between two frames.
- A bar is wrong if any voice of it, as music21 counts, does not last exactly as long as the bar.
- A complaint is a line verovio logs at warning level, or a warning that Python raises while music21 reads.
"""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import mido

from data_tools.benchmark.score_samples import make_random_sketch, make_theme_sketch
from data_tools.benchmark.table import BenchRow, Skipped
from model.score.marks import marks
from model.score.midi import write_midi
from model.score.musicxml import write_musicxml
from model.score.short_score import write_short_score
from model.score.titles import ScoreTitles
from model.sketch.sketch_types import Sketch
from model.time import Timebase

_RATES = [Fraction(n * 1000, 1001) for n in (24, 30, 48, 60)] + [Fraction(n) for n in (24, 25, 30, 48, 50, 60)]
_TITLES = ScoreTitles("Benchmark", "v1")
_READ_BY_VEROVIO = """
import sys, verovio
verovio.enableLog(verovio.LOG_WARNING)
for name in sys.argv[1:]:
    toolkit = verovio.toolkit()
    assert toolkit.loadFile(name)
    for page in range(toolkit.getPageCount()):
        toolkit.renderToSVG(page + 1)
"""


def rows() -> list[BenchRow]:
    """Measure the exporters; raises Skipped where music21 is not installed."""
    scores = _scores()
    bars, wrong, raised = _read_by_music21(scores)
    said = _read_by_verovio(scores)
    return [
        BenchRow(
            "MIDI marker error, largest, ms", f"{len(_RATES)} rates, drop and non-drop", _marker_error_ms(), 0.35, "<="
        ),
        BenchRow("MusicXML bars of a wrong duration", f"{bars} bars re-read by music21", wrong, 0, "=="),
        BenchRow("complaints on reading", f"{len(scores)} scores, music21 and verovio", raised + said, 0, "=="),
    ]


def _cues() -> Iterator[tuple[Sketch, Timebase]]:
    for rate in _RATES:
        yield make_random_sketch(1, rate)
        sketch, timebase = make_theme_sketch(rate)
        yield sketch, timebase
        between = replace(sketch.tempo_map, start_s=sketch.tempo_map.start_s + Fraction(7, 1013))
        yield replace(sketch, tempo_map=between), timebase
        if timebase.rate.denominator > 1 and timebase.nominal in {30, 60}:
            yield sketch, replace(timebase, drop_frame=True)


def _marker_error_ms() -> float:
    worst = 0.0
    for sketch, timebase in _cues():
        file = mido.MidiFile(file=io.BytesIO(write_midi(sketch, timebase, {})))
        read = marker_seconds(file)
        for (at, text), mark in zip(read, marks(sketch, timebase), strict=True):
            if text != mark.text:
                message = f"the marker {mark.text!r} reads {text!r}"
                raise RuntimeError(message)
            exact = float(sketch.tempo_map.seconds(mark.beat) - sketch.tempo_map.start_s)
            worst = max(worst, abs(at - exact) * 1000)
    return worst


def marker_seconds(file: mido.MidiFile) -> list[tuple[float, str]]:
    """List seconds from tick 0 and text of every marker, by the file's own tempi."""
    tempo, seconds = 500_000, 0.0
    found: list[tuple[float, str]] = []
    for event in file.tracks[0]:
        seconds += mido.tick2second(event.time, file.ticks_per_beat, tempo)
        if event.type == "set_tempo":
            tempo = event.tempo
        elif event.type == "marker":
            found.append((seconds, event.text))
    return found


def _scores() -> list[bytes]:
    cues = [
        make_theme_sketch(),
        make_theme_sketch(Fraction(30000, 1001), rounds=2),
        make_random_sketch(1, bars=11),
        make_random_sketch(2, bars=11),
    ]
    return [write(*cue, _TITLES) for cue in cues for write in (write_musicxml, write_short_score)]


def _read_by_music21(scores: list[bytes]) -> tuple[int, int, int]:
    """Count bars, wrong bars, and warnings raised while reading."""
    try:
        import music21
    except ImportError as error:
        raise Skipped("install music21 to re-read the scores") from error
    bars = wrong = 0
    with warnings.catch_warnings(record=True) as raised:
        warnings.simplefilter("always")
        for data in scores:
            read: Any = music21.converter.parseData(data, format="musicxml")
            for bar in read.recurse().getElementsByClass("Measure"):
                bars += 1
                wrong += _is_wrong(bar)
    return bars, wrong, len(raised)


def _is_wrong(bar: Any) -> bool:
    lasting = bar.barDuration.quarterLength
    for voice in list(bar.voices) or [bar]:
        heard = [x for x in voice.notesAndRests if "Harmony" not in x.classes]
        if sum(Fraction(x.quarterLength) for x in heard) != lasting:
            return True
    return False


def _read_by_verovio(scores: list[bytes]) -> int:
    """Count the lines verovio writes about the scores, in a process of its own since it logs past Python."""
    with tempfile.TemporaryDirectory() as folder:
        names = []
        for number, data in enumerate(scores):
            path = Path(folder) / f"{number}.musicxml"
            path.write_bytes(data)
            names.append(str(path))
        done = subprocess.run([sys.executable, "-c", _READ_BY_VEROVIO, *names], capture_output=True, check=True)
    return len((done.stderr + done.stdout).splitlines())
