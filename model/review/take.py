"""``write_take``: one scored cue as the browser plays, draws and judges it, from its folder as it was written.

Everything lies in one folder: ``take.json`` (what it is, where its sound lies on the reel, how each hit fell, and what
other tempi would have done), ``mix.flac`` and ``stems/<family>.flac``, ``pages/<n>.svg`` with ``timemap.json``,
``notes.json`` for the piano roll, and the documents under plain names. ``docs/review-media.md`` describes each.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from model.documents import decode, encode
from model.errors import NotesInvalid
from model.fields import document
from model.files import fresh_folder
from model.render.bwf_read import read_bwf
from model.render.engine import BLOCK, RATE, Floats
from model.render.flac import write_flac
from model.review.fits import TakeFit, TakeMoment, moments, read_fits
from model.review.roll import roll_of
from model.review.time_map import time_map_of
from model.score.timemap import ScreenScore, screen_score
from model.scoring.record import CueChoice, MixRecord, ScoredCue, ScoredHit
from model.sketch.write import load as load_sketch
from model.spotting.notes import SpottingNotes
from model.time import Frame, Span, Timebase

RECORD, MIX, TIMEMAP, ROLL = "take.json", "mix.flac", "timemap.json", "notes.json"
DOCUMENTS = {
    "midi": "cue.mid",
    "musicxml": "score.musicxml",
    "short_score": "short.musicxml",
    "pdf": "score.pdf",
    "roll": "roll.svg",
    "sketch": "sketch.json",
    "tempo": "tempo.csv",
}


Points = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class TakeLevels:
    """How loud the film and the take are beside each other in the temp mix.

    ``film_duck`` and ``music_duck`` are points of seconds on the reel and dB on top of either gain; between them it
    moves evenly in dB, before the first and after the last it stays.
    """

    film_gain_db: float
    music_gain_db: float
    film_duck: Points
    music_duck: Points


@document("cuelight.take/1")
@dataclass(frozen=True, slots=True)
class TakeRecord:
    """What a take is.

    Attributes
    ----------
    start_frame, start_s, start_sample: where the first sample of every sound file lies on the reel, from its first
        frame; negative before it
    samples: length of every sound file at 48 kHz
    stems: file by family; ``pages``: files in order; ``documents``: for each file its name in a delivery
    hits: how the music falls, as in ``score.json``; ``moments`` the same hits as the tempo saw them
    fits: the tempo that was taken, the best single one, and the others; each tells how every moment would fall
    levels: of the temp mix this take was part of, None if there was none
    """

    cue: str
    number: str
    title: str
    span: Span
    choice: CueChoice
    engine: str
    bpm: tuple[float, float]
    bars: int
    statements: tuple[str, ...]
    hits: tuple[ScoredHit, ...]
    loudness_lufs: float
    true_peak_dbtp: float
    cautions: tuple[str, ...]
    start_frame: Frame
    start_s: float
    start_sample: int
    samples: int
    mix: str
    stems: dict[str, str]
    pages: tuple[str, ...]
    timemap: str
    roll: str
    documents: dict[str, str]
    moments: tuple[TakeMoment, ...]
    fits: tuple[TakeFit, ...]
    levels: TakeLevels | None = None


@dataclass(frozen=True, slots=True)
class TakeFiles:
    """A take on the disk: ``names`` of all its files, relative to ``folder``, in order."""

    folder: Path
    record: TakeRecord
    names: tuple[str, ...]


def write_take(score: Path, cue: ScoredCue, notes: SpottingNotes, out: Path, mix: MixRecord | None = None) -> TakeFiles:
    """Write the take of a cue into ``out``, in place of what was there; same cue, same bytes.

    Parameters
    ----------
    score: the folder that :func:`model.film_run.score_film` wrote; the cue's files are named from there
    mix: the temp mix of that folder (``ScoreRecord.mix``), for the levels of film and music beside each other

    Raises NotesInvalid if a file of the cue is missing or damaged, OutputUnwritable or DiskFull; nothing half-written
    is left.
    """
    base = notes.reel.timebase
    sketch = load_sketch(_bytes(score / cue.files["sketch"]))
    screen = screen_score(_bytes(score / cue.files["short_score"]))
    with fresh_folder(out.parent, out.name) as folder:
        place = _write_sound(score, cue, base, folder)
        pages = _write_pages(screen, folder)
        (folder / TIMEMAP).write_bytes(encode(time_map_of(sketch, screen, pages, base)))
        (folder / ROLL).write_bytes(encode(roll_of(sketch)))
        documents = _copy_documents(score, cue, folder)
        fits = read_fits(_bytes(score / cue.files["tempo"]))
        levels = _levels(score, mix) if mix is not None else None
        record = _record(cue, place, pages, documents, moments(sketch), fits, levels)
        (folder / RECORD).write_bytes(encode(record, indent=1))
        names = tuple(sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()))
    return TakeFiles(out, record, names)


def read_take(data: bytes) -> TakeRecord:
    """Read ``take.json``; raises NotesInvalid with the path of the first wrong member."""
    return decode(TakeRecord, data)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the sound lies."""

    start: Frame
    sample: int
    samples: int


def _write_sound(score: Path, cue: ScoredCue, base: Timebase, folder: Path) -> _Place:
    """Write the mix and the stems as 16 bit FLAC, sample for sample; return where they lie."""
    place = _write_flac(score / cue.files["mix"], folder / MIX, base)
    for family, path in cue.stems.items():
        if _write_flac(score / path, folder / _stem(family), base) != place:
            message = f"The stems of {cue.number} do not begin and end together."
            raise NotesInvalid(message, hint="Write the cue again.")
    return place


def _write_flac(source: Path, target: Path, base: Timebase) -> _Place:
    sound, first = read_bwf(source)
    start = base.nearest(Fraction(first, RATE) - base.start / base.rate)
    write_flac(target, _blocks(sound), 16)
    return _Place(start, round(base.seconds(start) * RATE), len(sound))


def _blocks(sound: Floats) -> Iterator[Floats]:
    for first in range(0, len(sound), BLOCK):
        yield sound[first : first + BLOCK]


def _stem(family: str) -> str:
    return f"stems/{family}.flac"


def _write_pages(screen: ScreenScore, folder: Path) -> tuple[str, ...]:
    (folder / "pages").mkdir()
    names = tuple(f"pages/{number}.svg" for number in range(1, len(screen.pages) + 1))
    for name, page in zip(names, screen.pages, strict=True):
        (folder / name).write_text(page, encoding="utf-8")
    return names


def _copy_documents(score: Path, cue: ScoredCue, folder: Path) -> dict[str, str]:
    """Copy the cue's documents under plain names; return the name of each in a delivery."""
    for kind, name in DOCUMENTS.items():
        (folder / name).write_bytes(_bytes(score / cue.files[kind]))
    return {name: Path(cue.files[kind]).name for kind, name in DOCUMENTS.items()}


def _levels(score: Path, mix: MixRecord) -> TakeLevels:
    try:
        rows = list(csv.reader(io.StringIO(_bytes(score / mix.duck).decode())))[1:]
        duck = tuple((float(seconds), float(level)) for _, seconds, level in rows)
    except ValueError as error:
        message = f"{mix.duck} is damaged."
        raise NotesInvalid(message, hint="Score the film again.") from error
    return TakeLevels(mix.film_gain_db, mix.music_gain_db, mix.film_duck, duck)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        message = f"{path.name} is missing from the score, or cannot be read."
        raise NotesInvalid(message, hint="Write the cue again.") from error


def _record(
    cue: ScoredCue,
    place: _Place,
    pages: tuple[str, ...],
    documents: dict[str, str],
    aims: tuple[TakeMoment, ...],
    fits: tuple[TakeFit, ...],
    levels: TakeLevels | None,
) -> TakeRecord:
    return TakeRecord(
        cue=cue.cue,
        number=cue.number,
        title=cue.title,
        span=cue.span,
        choice=cue.choice,
        engine=cue.engine,
        bpm=cue.bpm,
        bars=cue.bars,
        statements=cue.statements,
        hits=cue.hits,
        loudness_lufs=cue.loudness_lufs,
        true_peak_dbtp=cue.true_peak_dbtp,
        cautions=cue.cautions,
        start_frame=place.start,
        start_s=round(place.sample / RATE, 6),
        start_sample=place.sample,
        samples=place.samples,
        mix=MIX,
        stems={family: _stem(family) for family in cue.stems},
        pages=pages,
        timemap=TIMEMAP,
        roll=ROLL,
        documents=documents,
        moments=aims,
        fits=fits,
        levels=levels,
    )
