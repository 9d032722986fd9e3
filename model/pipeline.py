"""The birth of a film score, from top to bottom.

open -> observe -> spot -> deliver, then devise -> (fit -> sketch -> engrave -> perform) for each cue -> mix.
Each step hands on one noun; each may be entered on its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path

from model.delivery.deliver import deliver
from model.delivery.exporter import Material
from model.errors import ReelMissing, SettingInvalid
from model.files import check_writable, write_atomically
from model.media.open import sha256_of
from model.media.tracks import SIDES
from model.motifs.devise import devise
from model.motifs.language import Language
from model.motifs.settings import DeviseSettings
from model.observe.cached import observe_cached
from model.observe.detector import ObserveSettings
from model.observe.observations import Observations
from model.observe.sandbox import observe_in_sandbox
from model.progress import Progress, silent
from model.render.source import FilmSource
from model.score.titles import ScoreTitles
from model.scoring.compose import mood_of
from model.scoring.cue_pool import Task, write_cues
from model.scoring.demos import write_demos
from model.scoring.language_files import read_language, write_language
from model.scoring.record import FILE, CueChoice, ScoreRecord, encode_record, read_record
from model.scoring.reel_files import mix_reel, read_cues, write_mix, write_preview
from model.spotting.check import check_notes, check_reel
from model.spotting.draft import spot
from model.spotting.notes import Cue, SpotSettings, SpottingNotes


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


@dataclass(frozen=True, slots=True)
class ScoreRequest:
    """A film, the notes agreed on, and what the person chose about the music. Source music and songs are not written.

    Attributes
    ----------
    notes: None = spot the film first
    choice: settings of every cue that is written in this run
    only: numbers of the cues to write; empty = all. The others stay as they are, to the byte
    show: title of the show in file names and on pages; empty = the film's name
    preview: whether to make the film with the temp score
    observations: what was seen of this very film, if it is at hand; then the film is neither read nor watched again
    prepared: folder of the files that ``model.review.film`` made of the film in its sandbox; the mix and the
        preview take its sound and picture from there, and the film itself is not opened
    """

    film: Path
    notes: SpottingNotes | None = None
    devising: DeviseSettings = field(default_factory=DeviseSettings)
    choice: CueChoice = field(default_factory=CueChoice)
    only: tuple[str, ...] = ()
    show: str = ""
    preview: bool = True
    observations: Observations | None = None
    prepared: Path | None = None

    @property
    def source(self) -> FilmSource:
        """Where picture and sound come from."""
        return FilmSource(self.film, self.prepared)


@dataclass(frozen=True, slots=True)
class Scored:
    """The record of the score, the notes it was written to, and its language."""

    record: ScoreRecord
    notes: SpottingNotes
    language: Language


@dataclass(frozen=True, slots=True)
class Devised:
    """The musical language of a film, and the files that show it."""

    language: Language
    files: tuple[Path, ...]


def devise_film(request: ScoreRequest, out: Path, progress: Progress = silent) -> Devised:
    """Propose the themes of a film in the folder ``out``: pages, demos in several moods, the ledger.

    Raises what :func:`score_film` raises.
    """
    check_writable(out)
    notes, observations, _ = _agreed(request, progress)
    language = devise(notes, observations, request.devising)
    ledger = write_language(language, notes, out)
    demos = write_demos(language, out, progress)
    return Devised(language, (*(out / name for name in (ledger.language, ledger.table, ledger.page)), *demos))


def score_film(request: ScoreRequest, out: Path, progress: Progress = silent) -> Scored:
    """Write the temp score of a reel into the folder ``out``.

    With ``only``, the language of an earlier run in that folder holds, and only those cues are written again.
    Raises ReelMismatch for notes of another film, CueInvalid for notes no music can be written to, and whatever
    composing, playing and writing raise; a cue's folder is written whole or not at all.
    """
    check_writable(out)
    notes, observations, cautions = _agreed(request, progress)
    request.source.check(sounds=observations.loudness is not None, shows=request.preview)
    before = _begun(out, request, notes)
    language = read_language(out) if before else devise(notes, observations, request.devising)
    show = request.show or (before.show if before else Path(notes.reel.name).stem)
    record = before or _record(notes, show, (*cautions, *_left(notes), *language.cautions))
    ledger = write_language(language, notes, out)
    chosen = _chosen(notes, request.only)
    titles = ScoreTitles(show, notes.settings.picture_version)
    tasks = [
        Task(cue, notes, language, request.choice, titles, mood_of(observations, cue), out.absolute()) for cue in chosen
    ]
    for scored in write_cues(tasks, progress):
        record = record.with_cue(scored)
    record = replace(record, language=ledger.language, ledger=ledger.page)
    cues = read_cues(record, notes, out)
    mixed = mix_reel(request.source, cues, notes, observations, progress)
    record = write_mix(mixed, record, notes, out)
    if request.preview:
        record = write_preview(request.source, mixed, cues, record, notes, out, progress)
    write_atomically(out / FILE, encode_record(record))
    return Scored(record, notes, language)


def _agreed(request: ScoreRequest, progress: Progress) -> tuple[SpottingNotes, Observations, tuple[str, ...]]:
    """Return the notes, checked against themselves and the film, and what was observed."""
    if request.notes is None:
        observations = _seen(request, progress)
        return spot(observations), observations, ()
    cautions = check_notes(request.notes)
    check_reel(request.notes, _sha256(request), request.film.name)
    return request.notes, _seen(request, progress), cautions


def _seen(request: ScoreRequest, progress: Progress) -> Observations:
    """Return what was observed; a film is heard again as it was heard for its notes."""
    if request.observations is not None:
        return request.observations
    sides = request.notes is not None and any(track.role == SIDES for track in request.notes.reel.audio)
    return observe_film(Request(request.film, observing=ObserveSettings(sides=sides)), progress)


def _sha256(request: ScoreRequest) -> str:
    """Return the checksum of the film: the one it was watched under, else that of its bytes."""
    if request.observations is not None:
        return request.observations.reel.sha256
    if not request.film.is_file():
        message = f"There is no film at {request.film.name!r}."
        raise ReelMissing(message, hint="Check the path.")
    return sha256_of(request.film)


def _begun(out: Path, request: ScoreRequest, notes: SpottingNotes) -> ScoreRecord | None:
    """Return the record that single cues are put into; None for a whole run."""
    if not request.only:
        return None
    record = read_record(out)
    if record is None:
        message = f"There is no score in {out.name} to put a cue into."
        raise SettingInvalid(message, hint="Run once without --cue.")
    check_reel(notes, record.reel_sha256, record.reel)
    return record


def _record(notes: SpottingNotes, show: str, cautions: tuple[str, ...]) -> ScoreRecord:
    return ScoreRecord(
        reel=notes.reel.name,
        reel_sha256=notes.reel.sha256,
        notes_revision=notes.revision,
        show=show,
        cues=(),
        language="",
        ledger="",
        cautions=cautions,
        cuelight=version("cuelight"),
    )


def _left(notes: SpottingNotes) -> tuple[str, ...]:
    """Name the cues that are not ours to write."""
    return tuple(
        f"{cue.number} is {cue.usage}: nothing was written for it." for cue in notes.cues if not cue.usage.is_composed
    )


def _chosen(notes: SpottingNotes, only: tuple[str, ...]) -> list[Cue]:
    """Return the cues to write; raises SettingInvalid for a number nobody has."""
    cues = {cue.number: cue for cue in sorted(notes.cues, key=lambda cue: cue.span.start)}
    for number in only:
        if number not in cues:
            message = f"There is no cue {number}."
            raise SettingInvalid(message, hint=f"There are {', '.join(cues) or 'none'}.")
    return [cue for number, cue in cues.items() if (not only or number in only) and cue.usage.is_composed]
