"""``cuelight score`` on the real films, measured from the files it wrote.

Conventions
-----------
- Both films are spotted and scored by the command itself, once without and (agent327) once with the preview; the
  time is the wall clock of the whole command, observations already made, against the length of the music.
- A hit counts if the record says it landed and something begins on it (not "soft", "hold", "change", nor "stop", where
  the music ends): what is heard nearest to its beat in the printed mix (``onsets``) must lie in its window. Its
  distance from the intended beat is a figure of its own.
- The music's end is the last note-off in the MIDI file, whose tick 0 is the cue's first beat, against the cue's out.
- A theme is found again by ``model.motifs.matching`` in the melody of the MIDI file: the notes between a statement's
  edges against all themes of the film and 20 others written from other seeds.
"""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import mido
import numpy as np
import numpy.typing as npt

from data_tools.benchmark.onsets import RATE_HZ, onset_near
from data_tools.benchmark.sketches import count_out_of_range
from data_tools.benchmark.table import BenchRow, Skipped
from model.delivery.notes_json import read_notes
from model.documents import decode
from model.motifs.characters import Hints
from model.motifs.language import Language, Owner, OwnerKind, Theme, ThemeNote
from model.motifs.matching import similarity
from model.motifs.writing import write_theme
from model.render.loudness import LoudnessMeter
from model.scoring.record import ScoredCue, ScoreRecord, read_record
from model.sketch.sketch_types import Sketch, VoiceRole
from model.sketch.write import load
from model.spotting.notes import SpottingNotes
from model.timing.landing import Grade

FILMS = ("agent327_360p.mp4", "sintel_trailer_720p.mp4")
_WINDOW_S = 0.1
_DISTRACTORS = 20  # themes written from other seeds: more than any film has
_UNSTRUCK = ("soft", "hold", "change", "stop", "")
Sound = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class WrittenScore:
    """One film's score as written to the disk, and the seconds it took."""

    folder: Path
    notes: SpottingNotes
    record: ScoreRecord
    wall_s: float
    preview_s: float

    def read_sketches(self) -> Iterator[tuple[ScoredCue, Sketch]]:
        """Yield every cue with its sketch."""
        for cue in self.record.cues:
            yield cue, load((self.folder / cue.files["sketch"]).read_bytes())

    @property
    def music_s(self) -> float:
        """Length of the music, tails apart."""
        return float(sum(cue.span.frames for cue in self.record.cues) / self.notes.reel.timebase.rate)


def rows() -> list[BenchRow]:
    """Score both films and measure what lies in the folders; about three minutes on two cores."""
    data = os.environ.get("CUELIGHT_DATA", "")
    if not data:
        raise Skipped("set CUELIGHT_DATA to the folder with the real films")
    with tempfile.TemporaryDirectory() as work:
        films = [_score_film(Path(data) / "films" / name, Path(work) / name, k == 0) for k, name in enumerate(FILMS)]
        return [*_landings(films), *_themes(films), *_talk(films), *_sound(films), *_notes(films), *_speed(films[0])]


def _score_film(film: Path, out: Path, preview: bool) -> WrittenScore:
    command = [sys.executable, "-m", "serving.cli"]
    spotted = _run([*command, "spot", str(film), "--out", str(out / "notes"), "--formats", "json", "--json"])
    notes = json.loads(spotted)["notes"]
    score = [*command, "score", str(film), "--notes", notes, "--out", str(out / "score"), "--json"]
    began = time.monotonic()
    _run([*score, "--no-preview"])
    wall_s, preview_s = time.monotonic() - began, 0.0
    if preview:
        began = time.monotonic()
        _run(score)
        preview_s = time.monotonic() - began
    record = read_record(out / "score")
    if record is None:
        raise RuntimeError(f"{film.name}: no score.json was written")
    return WrittenScore(out / "score", read_notes(Path(notes)), record, wall_s, preview_s)


def _run(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        message = f"{' '.join(command)} ended with {done.returncode}: {done.stderr[-500:]}"
        raise RuntimeError(message)
    return done.stdout


def _landings(films: Sequence[WrittenScore]) -> list[BenchRow]:
    """Where hits are heard, and where the music ends."""
    inside: list[bool] = []
    must: list[bool] = []
    off_beat: list[float] = []
    ends: list[float] = []
    for film in films:
        base = film.notes.reel.timebase
        treated = {hit.id: hit.treatment for hit in film.notes.hits}
        for cue, sketch in film.read_sketches():
            mix, start_s = read_broadcast_wave(film.folder / cue.files["mix"])
            start_s -= float(base.start / base.rate)
            for at in sketch.landings:
                if at.grade is not Grade.HIT or at.beat is None or treated.get(at.aim.id, "") in _UNSTRUCK:
                    continue
                beat_s = float(sketch.tempo_map.seconds(at.beat))
                heard = onset_near(mix, beat_s - start_s, _WINDOW_S) + start_s
                frames = (heard - float(base.seconds(at.aim.frame))) * float(base.rate)
                inside.append(-at.aim.early - 0.05 <= frames <= at.aim.late + 0.05)
                must += inside[-1:] if at.aim.mandatory else []
                off_beat.append(abs(heard - beat_s) * 1000)
            end_s = read_midi_end_s(film.folder / cue.files["midi"]) + float(sketch.tempo_map.start_s)
            ends.append(abs(end_s - float(base.seconds(cue.span.end))) * float(base.rate))
    on = f"{len(inside)} struck hits of both films"
    return [
        BenchRow(
            "mandatory hits heard inside their window",
            f"{len(must)} of both films",
            float(np.mean(must)) if must else 1.0,
            1.0,
        ),
        BenchRow("hits heard inside their window", on, float(np.mean(inside)), 1.0),
        BenchRow("heard onset from the intended beat, median ms", on, float(np.median(off_beat)), 5.0, "<="),
        BenchRow("music's end from the cue's out, frames, worst", f"{len(ends)} cues", max(ends), 1.0, "<="),
    ]


def read_broadcast_wave(path: Path) -> tuple[Sound, float]:
    """Read a 24-bit stereo file: float32 [n, 2], and its first sample's seconds from midnight."""
    data, at, sound, reference = path.read_bytes(), 12, np.zeros((0, 2), np.float32), 0
    while at < len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        body = data[at + 8 : at + 8 + size]
        if name == b"bext":
            reference = struct.unpack_from("<Q", body, 338)[0]
        elif name == b"data":
            packed = np.frombuffer(body, np.uint8).reshape(-1, 3).astype(np.int32)
            whole = packed[:, 0] << 8 | packed[:, 1] << 16 | packed[:, 2] << 24
            sound = (whole.astype(np.float64) / 2**31).astype(np.float32).reshape(-1, 2)
        at += 8 + size + size % 2
    return sound, reference / RATE_HZ


def read_midi_end_s(path: Path) -> float:
    """Seconds from the beginning of a MIDI file to its last note-off."""
    now = last = 0.0
    for message in mido.MidiFile(path):
        now += message.time
        if message.type == "note_off" or (message.type == "note_on" and message.velocity == 0):
            last = now
    return last


def _themes(films: Sequence[WrittenScore]) -> list[BenchRow]:
    """Whether each statement is heard as its own theme in the MIDI file."""
    right, varied = 0, 0
    total = 0
    for film in films:
        language = decode(Language, (film.folder / film.record.language).read_bytes())
        rivals = [*language.themes, *_distractors()]
        for cue, sketch in film.read_sketches():
            tracks = read_midi_tracks(film.folder / cue.files["midi"])
            for statement in sketch.statements:
                heard = [take_between(t, statement.start.quarters, statement.end.quarters) for t in tracks]
                scores = [max(similarity(h, rival.notes) for h in heard) for rival in rivals]
                right += rivals[int(np.argmax(scores))].id == statement.theme
                varied += bool(statement.transform)
                total += 1
    on = f"{total} statements in both films' MIDI, among {_DISTRACTORS} other themes"
    return [BenchRow("theme found again, top-1", on, right / max(total, 1), 0.95, note=f"{varied} of them varied")]


def _distractors() -> list[Theme]:
    hints = [Hints(a / 4, 1 - a / 5, b / 2) for a in range(5) for b in (-1, -0.3, 0.3, 1)]
    owner = Owner("nobody", "nobody", OwnerKind.IDEA)
    return [write_theme(owner, hint, seed=5_000 + k) for k, hint in enumerate(hints)]


def read_midi_tracks(path: Path) -> list[list[ThemeNote]]:
    """Read the notes of each track in quarter notes from the first beat; percussion left out."""
    file = mido.MidiFile(path)
    return [notes for track in file.tracks if (notes := _track_notes(track, file.ticks_per_beat))]


def _track_notes(track: mido.MidiTrack, ticks: int) -> list[ThemeNote]:
    at, sounding, notes = 0, dict[int, int](), list[ThemeNote]()
    for event in track:
        at += event.time
        if event.type not in ("note_on", "note_off") or event.channel == 9:
            continue
        begun = sounding.pop(event.note, None)
        if begun is not None:
            notes.append(ThemeNote(Fraction(begun, ticks), Fraction(max(at - begun, 1), ticks), event.note))
        if event.type == "note_on" and event.velocity:
            sounding[event.note] = at
    return sorted(notes, key=lambda n: (n.onset, n.pitch))


def take_between(notes: Sequence[ThemeNote], start: Fraction, end: Fraction) -> list[ThemeNote]:
    """Cut a voice to what begins between two beats."""
    return [n for n in notes if start <= n.onset < end]


def _talk(films: Sequence[WrittenScore]) -> list[BenchRow]:
    """Melody under the voice, and the music's level below it."""
    counts, seconds = np.zeros(2), np.zeros(2)
    below: list[float] = []
    for film in films:
        base = film.notes.reel.timebase
        lines = [(float(base.seconds(d.span.start)), float(base.seconds(d.span.end))) for d in film.notes.dialogue]
        below += film.record.mix.below_speech_lu if film.record.mix else ()
        for cue, sketch in film.read_sketches():
            start, end = float(base.seconds(cue.span.start)), float(base.seconds(cue.span.end))
            under = sum(max(0.0, min(b, end) - max(a, start)) for a, b in lines)
            seconds += (under, end - start - under)
            for tune in (n for n in sketch.notes if n.role is VoiceRole.MELODY):
                at = float(sketch.tempo_map.seconds(tune.onset))
                counts[0 if any(a <= at < b for a, b in lines) else 1] += 1
    inside, outside = counts / np.maximum(seconds, 1e-9)
    least = float(min(below)) if below else float("nan")
    on = "both films"
    note = f"{len(below)} lines; middle {np.median(below):.1f} LU"
    return [
        BenchRow("melody onsets under dialogue over outside", on, float(inside / outside), 0.5, "<="),
        BenchRow("music below speech, LU, worst line", on, least, 8.0, note=note),
    ]


def _sound(films: Sequence[WrittenScore]) -> list[BenchRow]:
    """Stems against the mix, and the true peak of every file."""
    rest, peak = -200.0, -200.0
    for film in films:
        for cue in film.record.cues:
            mix, _ = read_broadcast_wave(film.folder / cue.files["mix"])
            total = np.zeros(mix.shape)
            for path in cue.stems.values():
                stem, _ = read_broadcast_wave(film.folder / path)
                total += stem
                peak = max(peak, _true_peak(stem))
            rest = max(rest, 20 * float(np.log10(max(np.abs(total - mix).max(), 1e-10))))
            peak = max(peak, _true_peak(mix))
        if film.record.mix:
            peak = max(peak, film.record.mix.true_peak_dbtp)
    on = "every cue of both films"
    return [
        BenchRow("stems minus mix, peak dB", on, rest, -80.0, "<="),
        BenchRow("true peak of stems and mixes, dBTP", on, peak, -1.0, "<="),
    ]


def _true_peak(sound: Sound) -> float:
    meter = LoudnessMeter()
    meter.push(sound)
    return meter.true_peak_dbtp


def _notes(films: Sequence[WrittenScore]) -> list[BenchRow]:
    sketches = [sketch for film in films for _, sketch in film.read_sketches()]
    written = ", ".join(sorted({sketch.engine for sketch in sketches}))
    return [
        BenchRow("notes out of range", "every part of both films", count_out_of_range(sketches), 0, "<=", note=written)
    ]


def _speed(film: WrittenScore) -> list[BenchRow]:
    on = f"{film.record.reel}, {film.music_s:.0f} s of music, observations at hand"
    return [
        BenchRow("score, times the music's length", on, film.music_s / film.wall_s, 5.0),
        BenchRow("score with preview film, times the music's length", on, film.music_s / film.preview_s, 1.5),
    ]
