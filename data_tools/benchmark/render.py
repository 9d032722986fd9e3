"""Rendering measured on synthetic material: strokes of every section, stems, timecode at every rate, speech over music.

Conventions
-----------
- Four orchestrations of one chord sequence, 98 then 101 bpm: accents on 16 beats every two and a half quarters, one in
  four over notes that half the players hold. The onset of a stroke is what ``onset_near`` finds within 100 ms
  of its beat.
- Stems are added up after rounding to 24 bit; true peak is read off a Fourier interpolation to eight times the rate,
  not with the meter that set the level.
- Time references are read back and compared, as fractions, with frames from midnight times 48000 over the rate.
- The test mix is noise shaped as speech in six lines over a cue 10 dB louder than them; loudness by pyloudnorm.

The real films are judged in ``temp_score``.
"""

from __future__ import annotations

import struct
import tempfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import signal

from data_tools.benchmark.onsets import onset_near
from data_tools.benchmark.table import BenchRow
from model.motifs.instruments import INSTRUMENTS
from model.render.bwf import Label, encode_pcm24, write_bwf
from model.render.film_sound import FilmSound
from model.render.mix import Mix, mix
from model.render.stems import Stems, aligned_start, perform
from model.sketch.settings import SketchSettings
from model.sketch.sketch_types import Part, PartNote, Sketch, VoiceRole
from model.time import Beat, Frame, Timebase
from model.timing.landing import Aim, Grade, Landing
from model.timing.tempo_map import Tempo, TempoMap

RATE_HZ = 48_000
BASE = Timebase.from_label(Fraction(24))
SECTIONS = {
    "strings": ("violin_1", "violin_2", "viola", "cello", "contrabass"),
    "brass": ("horn", "trumpet", "trombone", "tuba"),
    "woodwinds": ("flute", "oboe", "clarinet", "bassoon"),
    "tutti": ("flute", "clarinet", "horn", "trombone", "timpani", "piano", "violin_1", "viola", "cello", "contrabass"),
}
_ACCENTED = tuple(Beat(Fraction(5 * n, 2)) for n in range(16))
_CHORDS = ((0, 4, 7), (9, 0, 4), (5, 9, 0), (7, 11, 2))
_BARS = 11
_LINES = ((2.0, 4.5), (6.0, 7.0), (9.0, 12.0), (14.0, 14.6), (16.0, 19.0), (22.0, 24.0))
_RATES = (
    (Fraction(24000, 1001), "01:00:00:00"),
    (Fraction(24), "10:00:00:00"),
    (Fraction(25), "00:00:00:00"),
    (Fraction(30000, 1001), "01:00:00:00"),
    (Fraction(30000, 1001), "01:00:00;00"),
    (Fraction(30), "01:00:00:00"),
    (Fraction(60000, 1001), "01:00:00;00"),
)
Sound = npt.NDArray[np.float32]


def rows() -> list[BenchRow]:
    """Return the rows of ``model.render``; takes about half a minute."""
    played = {name: (made := _cue(instruments), perform(made, BASE)) for name, instruments in SECTIONS.items()}
    off = {name: [1000 * abs(x) for x in _off_s(*pair)] for name, pair in played.items()}
    everything = [x for found in off.values() for x in found]
    medians = {name: float(np.median(found)) for name, found in off.items()}
    tracks = [sound for _, stems in played.values() for sound in (stems.mix(), *stems.tracks.values())]
    below = list(_below_speech(played["tutti"][1]))
    on = f"{len(everything)} accents, four orchestrations"
    return [
        BenchRow("stroke heard from its beat, median ms", on, float(np.median(everything)), 5.0, "<=", medians),
        BenchRow("stroke heard from its beat, worst ms", on, max(everything), 40.0, "<=", note="a frame is 42 ms"),
        BenchRow("stems minus mix, dB", "tutti, 24 bit", _null_db(played["tutti"][1]), -80.0, "<="),
        BenchRow("true peak, dBTP", f"{len(tracks)} mixes and stems", max(_peak_dbtp(t) for t in tracks), -1.0, "<="),
        BenchRow("time reference off, samples", f"{len(_RATES)} rates, files read back", max(_references()), 0.0, "=="),
        BenchRow("music below speech, least LU", f"{len(below)} lines, test mix", min(below), 8.0, ">="),
    ]


def _cue(instruments: tuple[str, ...]) -> Sketch:
    tempi = (Tempo(Beat(Fraction(0)), Fraction(98)), Tempo(Beat(Fraction(20)), Fraction(101)))
    tempo_map = TempoMap(BASE.seconds(Frame(96)), _BARS, tempi)
    landings = tuple(
        Landing(Aim(f"h{n}", BASE.nearest(tempo_map.seconds(beat)), mandatory=True), beat, "beat", 0.0, Grade.HIT)
        for n, beat in enumerate(_ACCENTED)
    )
    out = BASE.nearest(tempo_map.seconds(tempo_map.end))
    parts = tuple(Part(name, tuple(_notes(name, k))) for k, name in enumerate(instruments))
    settings = SketchSettings()
    return Sketch(
        "c", "1m1", "Strokes", Frame(96), out, tempo_map, landings, (), (), (), parts, (), settings, "made"
    )  # fmt: skip


def _notes(instrument: str, seat: int) -> Iterator[PartNote]:
    """Accents of one part; every other part holds its note through every fourth accent."""
    low, high = INSTRUMENTS[instrument].comfortable
    for n, beat in enumerate(_ACCENTED):
        if seat % 2 and n % 4 == 3:  # held through from the accent before
            continue
        held = 5 if seat % 2 and n % 4 == 2 else Fraction(5, 2)
        pitch = low + (high - low) // 3
        pitch += (_CHORDS[n // 4][seat % 3] - pitch) % 12
        yield PartNote(beat, Fraction(held), min(pitch, high), 84 + 4 * (n % 5), VoiceRole.HARMONY, "accent")


def _off_s(sketch: Sketch, stems: Stems) -> Iterator[float]:
    sound, start_s = stems.mix(), float(BASE.seconds(stems.start))
    for beat in _ACCENTED:
        meant_s = float(sketch.tempo_map.seconds(beat)) - start_s
        yield onset_near(sound, meant_s) - meant_s


def _null_db(stems: Stems) -> float:
    total = np.sum([_round_to_24_bit(track) for track in stems.tracks.values()], axis=0)
    return 20 * float(np.log10(max(np.abs(total - _round_to_24_bit(stems.mix())).max(), 1e-12)))


def _round_to_24_bit(sound: Sound) -> npt.NDArray[np.float64]:
    raw = np.frombuffer(encode_pcm24(sound), np.uint8).reshape(-1, 3)
    whole = np.zeros((len(raw), 4), np.uint8)
    whole[:, 1:] = raw
    return (whole.view("<i4").reshape(-1, 2) >> 8) / 2**23


def _peak_dbtp(sound: Sound) -> float:
    """Measure the true peak of the loudest second, by Fourier interpolation."""
    at = int(np.argmax(np.abs(sound).max(axis=1)))
    part = sound[max(at - RATE_HZ // 2, 0) : at + RATE_HZ // 2]
    dense = signal.resample(part * signal.windows.tukey(len(part), 0.1)[:, None], 8 * len(part))
    return 20 * float(np.log10(np.abs(np.asarray(dense)).max()))


def _references() -> Iterator[float]:
    """Compare the time reference of a file with its first frame, in samples, at every rate."""
    with tempfile.TemporaryDirectory() as folder:
        for rate, text in _RATES:
            base = Timebase.from_label(rate, text)
            for frame in (0, 1, 7, 1001, 86_399):
                start = aligned_start(base, Frame(frame))
                path = write_bwf(Path(folder) / "x.wav", [], 0, base, start, Label("p", "1m1", "v01", "MIX", "d"))
                data = path.read_bytes()
                at = data.index(b"bext") + 8 + 338
                low, high = struct.unpack("<II", data[at : at + 8])
                yield float(abs((high << 32) + low - (base.start + start.index) * RATE_HZ / rate))


def _below_speech(cue: Stems) -> Iterator[float]:
    """Speech minus music in each line of the test mix, LU."""
    import pyloudnorm

    meter: Any = pyloudnorm.Meter(RATE_HZ)
    made = _test_mix(cue)
    for start, end in _LINES:
        span = (round(start * RATE_HZ), round(end * RATE_HZ))
        speech, music = (
            float(meter.integrated_loudness(bus.astype(np.float64)))
            for bus in (made.film_sound(*span), made.music(*span))
        )
        yield speech - music


def _test_mix(cue: Stems) -> Mix:
    rng = np.random.default_rng(7)
    samples = 30 * RATE_HZ
    voice = signal.sosfilt(
        signal.butter(2, (200, 4000), "bandpass", fs=RATE_HZ, output="sos"), rng.normal(0, 1, samples)
    )
    gate = np.zeros(samples)
    for start, end in _LINES:
        gate[round(start * RATE_HZ) : round(end * RATE_HZ)] = 1
    level = 10 ** ((cue.integrated_lufs - 10) / 20)
    sound = np.asarray(voice / voice.std() * (gate + 1e-3) * level, np.float32)
    return mix([cue], FilmSound(np.stack([sound, sound], axis=1), music_free=True), samples, _LINES)
