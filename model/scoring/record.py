"""``score.json``: what was written for a reel, from which choices, and where each file lies.

With the film, the notes and this record, every cue can be made again, alone, to the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path

from model.documents import decode, encode
from model.errors import NotesInvalid
from model.fields import check_fields, document
from model.files import safe_stem
from model.motifs.language import CuePalette
from model.sketch.settings import SketchSettings
from model.sketch.sketch_types import Sketch
from model.spotting.notes import SpottingNotes
from model.spotting.settings import Bpm
from model.time import Frame, Span
from model.timing.landing import Grade

FILE = "score.json"


@dataclass(frozen=True, slots=True)
class CueChoice:
    """What a person chose for one cue: settings, and instead of the notes' own a tempo and a palette."""

    settings: SketchSettings = field(default_factory=SketchSettings)
    bpm: Bpm | None = None
    palette: CuePalette | None = None

    def __post_init__(self) -> None:
        """Hold every choice against its bounds."""
        check_fields(self)


@dataclass(frozen=True, slots=True)
class ScoredHit:
    """Where a hit landed: ``frames_off`` music minus picture; ``where`` in the bar; ``reason`` if it was let go."""

    id: str
    frame: Frame
    label: str
    frames_off: float
    landed: bool
    where: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ScoredCue:
    """One cue and its files.

    Attributes
    ----------
    files: path by kind (``midi musicxml pdf roll sketch tempo mix click``), relative to the record
    stems: path by family; ``parts``: path by instrument
    bpm: slowest and fastest tempo; ``bars``; ``statements``: labels of the themes in order
    loudness_lufs, true_peak_dbtp: of the cue's mix as written
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
    files: dict[str, str]
    stems: dict[str, str]
    parts: dict[str, str]
    loudness_lufs: float
    true_peak_dbtp: float
    cautions: tuple[str, ...] = ()

    @property
    def paths(self) -> tuple[str, ...]:
        """Every file of the cue, relative to the record."""
        return (*self.files.values(), *self.stems.values(), *self.parts.values())

    @property
    def folder(self) -> str:
        """The folder that all its files lie in."""
        return self.files["sketch"].partition("/")[0]

    def in_folder(self, folder: str) -> ScoredCue:
        """Put its files below another folder: the cue may have another number by now."""

        def move(paths: dict[str, str]) -> dict[str, str]:
            return {kind: f"{folder}/{path.partition('/')[2]}" for kind, path in paths.items()}

        return replace(self, files=move(self.files), stems=move(self.stems), parts=move(self.parts))


@dataclass(frozen=True, slots=True)
class MixRecord:
    """The temp mix of the reel under its own sound.

    ``below_speech_lu``: speech minus music in each line with music under it; ``duck`` the automation that makes it so.
    ``film_gain_db`` and ``music_gain_db`` are what the film's sound and the cues as written were given; ``film_duck``
    how the film's sound goes down where it has music of its own under ours: points of seconds and dB.
    """

    file: str
    duck: str
    integrated_lufs: float
    true_peak_dbtp: float
    dialogue_lufs: float
    below_speech_lu: tuple[float, ...]
    film_gain_db: float = 0.0
    music_gain_db: float = 0.0
    film_duck: tuple[tuple[float, float], ...] = ()


@document("cuelight.score/1")
@dataclass(frozen=True, slots=True)
class ScoreRecord:
    """The score of a reel as it lies in its folder; paths are relative to the folder."""

    reel: str
    reel_sha256: str
    notes_revision: int
    show: str
    cues: tuple[ScoredCue, ...]
    language: str
    ledger: str
    mix: MixRecord | None = None
    preview: str = ""
    cautions: tuple[str, ...] = ()
    cuelight: str = ""

    def with_cue(self, cue: ScoredCue) -> ScoreRecord:
        """Put a cue in its place, instead of the one of the same id."""
        kept = [c for c in self.cues if c.cue != cue.cue]
        return replace(self, cues=tuple(sorted([*kept, cue], key=lambda c: c.span.start)))


def empty_record(notes: SpottingNotes, show: str, cautions: Sequence[str] = ()) -> ScoreRecord:
    """Begin the record of a score, without a cue yet; ``show`` is the title in file names and on pages."""
    return ScoreRecord(
        reel=notes.reel.name,
        reel_sha256=notes.reel.sha256,
        notes_revision=notes.revision,
        show=show,
        cues=(),
        language="",
        ledger="",
        cautions=tuple(cautions),
        cuelight=version("cuelight"),
    )


def current_cues(cues: Sequence[ScoredCue], notes: SpottingNotes) -> tuple[list[ScoredCue], list[str]]:
    """Return the cues that the notes still have, in the folders of today's numbers, and say which are left out."""
    numbers = {cue.id: cue.number for cue in notes.cues}
    there = [cue.in_folder(safe_stem(numbers[cue.cue])) for cue in cues if cue.cue in numbers]
    gone = [
        f"{cue.number} {cue.title} is no longer in the notes: its take is left out."
        for cue in cues
        if cue.cue not in numbers
    ]
    return sorted(there, key=lambda cue: cue.span.start), gone


def summarise_landings(sketch: Sketch) -> tuple[ScoredHit, ...]:
    """Sum up where the hits of a sketch landed."""
    return tuple(
        ScoredHit(
            at.aim.id, at.aim.frame, at.aim.label, round(at.frames_off, 3), at.grade is Grade.HIT, at.where, at.reason
        )
        for at in sketch.landings
    )


def encode_record(record: ScoreRecord) -> bytes:
    """Write a record as indented JSON."""
    return encode(record, indent=1)


def read_record(folder: Path) -> ScoreRecord | None:
    """Read the record of a folder, None if there is none; raises NotesInvalid if it is damaged."""
    path = folder / FILE
    if not path.exists():
        return None
    try:
        return decode(ScoreRecord, path.read_bytes())
    except OSError as error:
        message = f"{path.name} cannot be read: {error.strerror}."
        raise NotesInvalid(message) from error
