"""The birth of a film score, from top to bottom.

open -> observe -> spot -> deliver. Each step hands on one noun; each may be entered on its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from model.delivery import Material, deliver
from model.delivery.files import check_writable
from model.errors import ReelMissing
from model.observe import observe_in_sandbox
from model.observe.cached import observe_cached
from model.observe.detector import ObserveSettings
from model.observe.observations import Observations
from model.progress import Progress, silent
from model.spotting import spot
from model.spotting.notes import SpotSettings, SpottingNotes


@dataclass(frozen=True, slots=True)
class Request:
    """A film and what the person chose about it.

    Attributes
    ----------
    start_timecode: label of the first frame; empty = the file's own, else 01:00:00:00 and the documents say so
    formats: exporters to run; None = all
    previous: earlier notes whose published numbers must not change
    use_cache: take observations made before from the same bytes and settings
    """

    film: Path
    start_timecode: str = ""
    observing: ObserveSettings = field(default_factory=ObserveSettings)
    spotting: SpotSettings = field(default_factory=SpotSettings)
    formats: Sequence[str] | None = None
    previous: SpottingNotes | None = None
    use_cache: bool = True


@dataclass(frozen=True, slots=True)
class Spotted:
    """The notes, what they rest on, and the files that were written."""

    notes: SpottingNotes
    observations: Observations
    files: tuple[Path, ...] = ()


def observe_film(request: Request, progress: Progress = silent) -> Observations:
    """Watch the film in its sandbox, or recall what was seen before."""
    film = request.film
    if not film.is_file():
        message = f"There is no film at {film.name!r}."
        raise ReelMissing(message, hint="Check the path.")
    watch = observe_cached if request.use_cache else _observe_anew
    return watch(str(film), request.start_timecode, request.observing, progress, observe_in_sandbox)


def _observe_anew(
    path: str, start_timecode: str, settings: ObserveSettings, progress: Progress, watch: object
) -> Observations:
    del watch
    return observe_in_sandbox(path, start_timecode, settings, progress)


def spot_film(request: Request, out: Path, progress: Progress = silent) -> Spotted:
    """Turn a rough cut into spotting notes in the folder ``out``.

    Nothing is written under its final name before everything it needs is known; an unwritable folder is
    found out before the film is watched.
    """
    check_writable(out)
    observations = observe_film(request, progress)
    progress("spot", 0, 1)
    notes = spot(observations, request.spotting, request.previous)
    progress("spot", 1, 1)
    files = deliver(Material(notes, observations), out, request.formats, progress)
    return Spotted(notes, observations, tuple(files))
