"""What is heard: hits on the rendered sound, stems against the mix, peaks, timecode of files, music below speech.

Conventions
-----------
- Both real films are scored from proposed notes into a folder that is thrown away; observations come from the cache,
  so that times are those of the score alone. Sound is read back from the files that were written, with a library that
  is not ours.
- A hit is heard where :func:`data_tools.benchmark.onsets.onset_near` says, and compared with the exact time of its beat
  and, with the hit's own window, with its frame. Mandatory hits count; all landed hits with an accent, mandatory or
  not, stand beside them as an anchor.
- Stems minus mix is the highest sample of the difference between the mix file and the sum of the stem files.
- Music below speech is measured line by line on both buses of the temp mix with pyloudnorm, lines of 0.4 s and more
  (its shortest block), on lines that have music louder than -60 LUFS.
- Time references are compared with ``frames from midnight * 48000 / rate`` as fractions.
"""

from __future__ import annotations

import struct
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from data_tools.benchmark.onsets import onset_near
from data_tools.benchmark.table import Row, data_folder
from model.delivery.reel_files import mix_reel, play_the_rest
from model.delivery.score_record import ScoreRecord
from model.pipeline import Request, Scored, ScoreRequest, observe_film, score_film
from model.render import Mix
from model.render.bwf import Label, write_bwf
from model.render.loudness import true_peak_dbtp
from model.render.stems import aligned_start
from model.sketch import Sketch, load
from model.time import Beat, Frame, Timebase
from model.timing.landing import Grade, Landing

FILMS = ("agent327_360p.mp4", "sintel_trailer_720p.mp4")
RATE = 48_000
_RATES = (
    (Fraction(24000, 1001), "01:00:00:00"),
    (Fraction(24), "10:00:00:00"),
    (Fraction(25), "00:00:00:00"),
    (Fraction(30000, 1001), "01:00:00:00"),
    (Fraction(30000, 1001), "01:00:00;00"),
    (Fraction(30), "01:00:00:00"),
    (Fraction(60000, 1001), "01:00:00;00"),
)
_ACCENTS = frozenset({"accent", "marcato"})
_FAINT_LUFS = -60.0
_BLOCK_S = 0.4
Sound = npt.NDArray[np.float32]


@dataclass(slots=True)
class Heard:
    """What was measured on the films, gathered."""

    mandatory: list[tuple[float, bool]] = field(default_factory=list[tuple[float, bool]])
    accented: list[tuple[float, bool]] = field(default_factory=list[tuple[float, bool]])
    null_db: list[float] = field(default_factory=list[float])
    peaks_dbtp: list[float] = field(default_factory=list[float])
    below_lu: list[float] = field(default_factory=list[float])
    reference_off: list[float] = field(default_factory=list[float])


def rows() -> list[Row]:
    """Figures of rendered sound on both films; several minutes on two cores."""
    folder = data_folder() / "films"
    heard, speeds = Heard(), dict[str, tuple[float, float]]()
    for name in FILMS:
        with tempfile.TemporaryDirectory() as out:
            scored, seconds = _scored(folder / name, Path(out))
            speeds[name] = seconds
            _listen(scored, folder / name, Path(out), heard)
    heard.reference_off += list(_references())
    return [*_sound_rows(heard), *_speed_rows(speeds[FILMS[0]])]


def _scored(film: Path, out: Path) -> tuple[Scored, tuple[float, float]]:
    """Score a film; returns the score and times real time without and with the preview film."""
    observed = observe_film(Request(film))
    marks: dict[str, float] = {}

    def note(stage: str, done: int, total: int) -> None:
        del done, total
        marks.setdefault(stage, time.monotonic())

    began = time.monotonic()
    scored = score_film(ScoreRequest(film), out, note)
    end = time.monotonic()
    rate = observed.reel.timebase.rate
    music_s = float(sum(cue.span.frames for cue in scored.record.cues) / rate)
    return scored, (music_s / (marks["preview"] - began), music_s / (end - began))


def _listen(scored: Scored, film: Path, out: Path, heard: Heard) -> None:
    base = scored.notes.reel.timebase
    for cue in scored.record.cues:
        sketch = load((out / cue.files["sketch"]).read_bytes())
        mixed = _read(out / cue.files["mix"])
        stems = [_read(out / path) for path in cue.stems.values()]
        _judge_hits(sketch, base, mixed, heard)
        total = np.sum(np.stack(stems, dtype=np.float64), axis=0) if stems else np.zeros_like(mixed)
        heard.null_db.append(20 * float(np.log10(max(np.abs(total - mixed).max(), 1e-12))))
        heard.peaks_dbtp += [true_peak_dbtp(sound) for sound in (mixed, *stems)]
        start = aligned_start(base, sketch.cue_in)
        files = [out / cue.files["mix"], *(out / path for path in cue.stems.values())]
        heard.reference_off += [_reference_off(path, base, start) for path in files]
    heard.below_lu += list(_below_speech(scored, film, scored.record, out))


def _judge_hits(sketch: Sketch, base: Timebase, mixed: Sound, heard: Heard) -> None:
    start_s = float(base.seconds(aligned_start(base, sketch.cue_in)))
    for landing in sketch.landings:
        if landing.beat is None or landing.grade is not Grade.HIT:
            continue
        meant_s = float(sketch.tempo_map.seconds(landing.beat)) - start_s
        at_s = onset_near(mixed, meant_s)
        verdict = (abs(at_s - meant_s), _inside(landing, base, at_s + start_s))
        if landing.aim.mandatory:
            heard.mandatory.append(verdict)
        if _accented(sketch, landing.beat):
            heard.accented.append(verdict)


def _inside(landing: Landing, base: Timebase, at_s: float) -> bool:
    off = at_s * float(base.rate) - landing.aim.frame.index
    return -landing.aim.early <= off <= landing.aim.late


def _accented(sketch: Sketch, beat: Beat) -> bool:
    return any(n.onset == beat and n.articulation in _ACCENTS for part in sketch.parts for n in part.notes)


def _read(path: Path) -> Sound:
    import soundfile

    sound: Any = soundfile.read(path, dtype="float32")[0]
    return np.asarray(sound, np.float32)


def _below_speech(scored: Scored, film: Path, record: ScoreRecord, out: Path) -> Iterator[float]:
    """Speech minus music in every line with music under it, LU."""
    base = scored.notes.reel.timebase
    observed = observe_film(Request(film))
    mixed = mix_reel(film, play_the_rest(record, scored.notes, out, []), scored.notes, observed)
    for line in scored.notes.dialogue:
        span = (round(base.seconds(line.span.start) * RATE), round(base.seconds(line.span.end) * RATE))
        if span[1] - span[0] >= _BLOCK_S * RATE:
            speech, music = _loudness(mixed, span)
            if music > _FAINT_LUFS:
                yield speech - music


def _loudness(mixed: Mix, span: tuple[int, int]) -> tuple[float, float]:
    import pyloudnorm

    meter: Any = pyloudnorm.Meter(RATE, block_size=_BLOCK_S)
    buses = (mixed.film_sound(*span), mixed.music(*span))
    speech, music = (float(meter.integrated_loudness(bus.astype(np.float64))) for bus in buses)
    return speech, music


def _references() -> Iterator[float]:
    """Compare the time reference of a file with its first frame, in samples, at every rate."""
    label = Label("p", "1m1", "v01", "MIX", "d")
    with tempfile.TemporaryDirectory() as folder:
        for rate, text in _RATES:
            base = Timebase.starting(rate, text)
            for frame in (0, 1, 7, 1001, 86_399):
                start = aligned_start(base, Frame(frame))
                yield _reference_off(write_bwf(Path(folder) / "x.wav", [], 0, base, start, label), base, start)


def _reference_off(path: Path, base: Timebase, start: Frame) -> float:
    data = path.read_bytes()[:4096]
    at = data.index(b"bext") + 8 + 338
    low, high = struct.unpack("<II", data[at : at + 8])
    return float(abs((high << 32) + low - (base.start + start.index) * RATE / base.rate))


def _sound_rows(heard: Heard) -> list[Row]:
    off_s = [off for off, _ in heard.mandatory] or [float("nan")]
    others = {
        "accented hits": float(len(heard.accented)),
        "of them inside": float(np.mean([inside for _, inside in heard.accented])),
    }
    middle = {"accented hits, ms": 1000 * float(np.median([off for off, _ in heard.accented]))}
    count = f"{len(heard.mandatory)} mandatory hits, both films"
    inside = float(np.mean([inside for _, inside in heard.mandatory])) if heard.mandatory else float("nan")
    return [
        Row("mandatory hits heard inside their window", count, inside, 1.0, ">=", others),
        Row("sounded onset from the beat, median ms", count, 1000 * float(np.median(off_s)), 5.0, "<=", middle),
        Row("stems minus mix, dB", f"{len(heard.null_db)} cues", max(heard.null_db), -80.0, "<="),
        Row("true peak, dBTP", f"{len(heard.peaks_dbtp)} mixes and stems", max(heard.peaks_dbtp), -1.0, "<="),
        Row("time reference off, samples", "all rates", max(heard.reference_off), 0.0, "=="),
        Row("music below speech, least LU", f"{len(heard.below_lu)} lines", min(heard.below_lu), 8.0, ">="),
    ]


def _speed_rows(speed: tuple[float, float]) -> list[Row]:
    note = "notes given, observations cached; wall clock of a machine that may be shared"
    return [
        Row("score, times real time without the preview film", "agent327, 2 cores", speed[0], 5.0, ">=", note=note),
        Row("score, times real time with it", "agent327, 2 cores", speed[1], 1.5, ">=", note=note),
    ]
