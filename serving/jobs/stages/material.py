"""What the stages read: the documents an order names, and media types by ending."""

from __future__ import annotations

from pathlib import Path

from model.delivery.notes_json import read_notes
from model.documents import decode
from model.errors import RequestInvalid
from model.motifs.language import Language
from model.observe.observations import Observations
from model.render.source import PICTURE, SOUND, FilmSource
from model.spotting.notes import SpottingNotes
from serving.jobs.work import Made, Work

JSON, MP4, FLAC, BINARY, ZIP = (
    "application/json",
    "video/mp4",
    "audio/flac",
    "application/octet-stream",
    "application/zip",
)
_TYPES = {
    ".json": JSON,
    ".csv": "text/csv",
    ".svg": "image/svg+xml",
    ".mid": "audio/midi",
    ".musicxml": "application/vnd.recordare.musicxml+xml",
    ".pdf": "application/pdf",
    ".wav": "audio/wav",
    ".flac": FLAC,
    ".mp4": MP4,
}


def media_type(name: str) -> str:
    """Tell the media type of a file we made by the ending of its name."""
    return _TYPES.get(Path(name).suffix, BINARY)


def notes_of(work: Work) -> SpottingNotes:
    """Read the notes the job was ordered for."""
    return read_notes(_needed(work, "notes"))


def observations_of(work: Work) -> Observations:
    """Read what was seen and heard of the reel."""
    return decode(Observations, _needed(work, "observations"))


def language_of(work: Work) -> Language | None:
    """Read the language agreed on, None if there is none yet."""
    data = work.read("language")
    return decode(Language, data) if data else None


def source_of(work: Work, folder: Path) -> FilmSource:
    """Lay out the picture and sound that the sandbox made, under the names the mix looks for; no upload is opened."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, kept in ((PICTURE, "picture"), (SOUND, "sound")):
        if kept in work.task.inputs:
            (folder / name).symlink_to(work.input(kept).absolute())
    return FilmSource(Path(work.task.reel["name"]), folder)


def show_of(work: Work) -> str:
    """Return the title that file names and pages bear: the reel's name without its ending."""
    return Path(work.task.reel["name"]).stem


def all_files(folder: Path, below: str = "") -> dict[str, tuple[Path | bytes, str]]:
    """Name every file of a folder by its path in it, for a stage's result."""
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {below + path.relative_to(folder).as_posix(): (path, media_type(path.name)) for path in found}


def made_of(folder: Path) -> Made:
    """Take a whole folder for a stage's result."""
    return Made(all_files(folder))


def _needed(work: Work, name: str) -> bytes:
    data = work.read(name)
    if data is None:
        raise RequestInvalid(f"The job was ordered without {name}.")
    return data
