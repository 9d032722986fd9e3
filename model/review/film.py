"""``prepare_review``: what the browser plays of a reel, made from one decode of the upload, in the sandbox.

Three files. ``picture.mp4`` (H.264 and AAC, at most 540 rows) shows every frame of the reel once, at its own time, and
is cut into half seconds so that a seek is quick. ``sound.flac`` is the reel's sound as the temp mix uses it, sample for
sample, 24 bit. ``waveform.bin`` draws it (:mod:`model.review.waveform`). A silent film has the picture alone.
``docs/review-media.md`` says why they are as they are.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from model.documents import decode, encode
from model.errors import ChildDied
from model.fields import document
from model.files import explain_os_error
from model.media.reel import ReelInfo
from model.progress import Progress, ignore_progress
from model.runtime.child import ChildRequest
from model.runtime.sandbox import Sandbox, run_in_sandbox

PICTURE, SOUND, WAVEFORM = "picture.mp4", "sound.flac", "waveform.bin"  # a silent film has the picture alone
_CHILD = ("-m", "model.review.child")
_LARGEST_FILE = 24 * 2**30  # six hours of loud sound are less than ten


@document("cuelight.review-media/1")
@dataclass(frozen=True, slots=True)
class ReviewMade:
    """What the child found and made.

    Attributes
    ----------
    frames: pictures in ``picture.mp4``: as many as the reel has
    rows, columns: of each
    samples: length of ``sound.flac`` at 48 kHz, 0 for a silent film
    clipped: samples that lay beyond full scale (a fold-down of surround sound may) and were held there
    music_free: whether the film's own music was left out of ``sound.flac``
    music_apart: whether ``picture.mp4`` carries it apart: channels 1 and 2 are dialogue and effects, 5 and 6 the music
    """

    frames: int
    rows: int
    columns: int
    end_s: float
    samples: int
    clipped: int
    music_free: bool
    music_apart: bool = False


@dataclass(frozen=True, slots=True)
class ReviewMedia:
    """The files, and what is known of them; ``sound`` and ``waveform`` are None for a silent film."""

    picture: Path
    sound: Path | None
    waveform: Path | None
    made: ReviewMade


@document("cuelight.review-media-wanted/1")
@dataclass(frozen=True, slots=True)
class ReviewAsked:
    """What the child is told: the reel's facts as they were found when it was watched."""

    info: ReelInfo


def prepare_review(
    film: Path,
    info: ReelInfo,
    out: Path,
    progress: Progress = ignore_progress,
    sandbox: Sandbox = Sandbox(),  # noqa: B008 - frozen
) -> ReviewMedia:
    """Make the browser's files of a reel in the folder ``out``; same film, same bytes.

    ``info`` is what observing found (``Observations.reel``). Progress is told as the stage ``picture``.
    Raises what opening the film raises, ChildDied, ChildTimedOut, ChildOutOfMemory, OutputUnwritable, DiskFull, and
    what ``progress`` raises; in all cases ``out`` holds what it held before.
    """
    filling = _fresh(out)
    try:
        limits = replace(sandbox.limits, file_size=max(sandbox.limits.file_size, _LARGEST_FILE))
        boxed = replace(sandbox, command=_CHILD, writable=filling, limits=limits)
        task = encode(ReviewAsked(info)).decode("utf-8", "surrogatepass")
        made = decode(ReviewMade, run_in_sandbox(ChildRequest(str(film), task), progress, boxed))
        return _taken_over(filling, out, made)
    finally:
        shutil.rmtree(filling, ignore_errors=True)


def _fresh(out: Path) -> Path:
    """Make a folder beside the final files, on the same disk."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix=".review-", suffix=".partial", dir=out))
    except OSError as error:
        raise explain_os_error(out, error) from error


def _taken_over(filling: Path, out: Path, made: ReviewMade) -> ReviewMedia:
    """Give the files their names; those of an earlier run that this one did not make go."""
    names = (PICTURE, SOUND, WAVEFORM) if made.samples else (PICTURE,)
    if missing := [name for name in names if not _is_plain_file(filling / name)]:
        message = f"The child that prepares the film did not make {', '.join(missing)}."
        raise ChildDied(message)
    try:
        for name in names:
            (filling / name).chmod(0o644)
            (filling / name).replace(out / name)
        for name in {PICTURE, SOUND, WAVEFORM} - set(names):
            (out / name).unlink(missing_ok=True)
    except OSError as error:
        raise explain_os_error(out, error) from error
    found = {name: out / name for name in names}
    return ReviewMedia(found[PICTURE], found.get(SOUND), found.get(WAVEFORM), made)


def _is_plain_file(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()
