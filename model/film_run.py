"""The steps in a row, as the command runs them over one film.

What is made of the film itself (observations, picture and sound) is kept in the person's cache, what they asked for in
their folder. A run that was broken off goes on where it stopped.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from model.cue_steps import compose_cues, mix_cues, mix_record, plan_score, preview_cues, scored_cue
from model.delivery.notes_json import encode_notes, read_notes
from model.errors import NotesInvalid, OutputError, ReelMissing, SettingInvalid
from model.files import check_writable, write_atomically
from model.media.tracks import SIDES
from model.motifs.language import Language
from model.motifs.settings import DeviseSettings
from model.observe.observations import Observations
from model.observe.settings import ObserveSettings
from model.pipeline import (
    DELIVER,
    DEVISE,
    DRAW_LEDGER,
    NOTES,
    OBSERVATIONS,
    PREPARE,
    SPOT,
    WATCH,
    WRITE_DEMOS,
    DeliverSettings,
    DemoSettings,
    DraftSettings,
    PrepareSettings,
    WatchSettings,
    load_observations,
)
from model.progress import Progress, ignore_progress
from model.review.film import PICTURE, SOUND
from model.scoring.compose import chosen_cues, cue_ids
from model.scoring.language_files import LANGUAGE, read_language
from model.scoring.language_files import PICTURE as LEDGER
from model.scoring.record import (
    FILE,
    CueChoice,
    ScoredCue,
    ScoreRecord,
    empty_record,
    encode_record,
    read_record,
)
from model.spotting.check import check_notes, check_reel
from model.spotting.notes import SpottingNotes
from model.spotting.settings import SpotSettings
from model.steps.folder import FolderStore, cache_folder, forget_oldest
from model.steps.runner import StepReport, StepRunner
from model.steps.step import Inputs, StepArtefact, StoredFile


@dataclass(frozen=True, slots=True)
class SpotRequest:
    """A film and what the person chose about its notes.

    Attributes
    ----------
    start_timecode: label of the first frame; empty = the file's own, else 01:00:00:00 and the documents say so
    formats: exporters to run; None = all
    previous: earlier notes whose published numbers must not change
    use_cache: whether what was made of the same film with the same settings before is used
    """

    film: Path
    start_timecode: str = ""
    observing: ObserveSettings = field(default_factory=ObserveSettings)
    spotting: SpotSettings = field(default_factory=SpotSettings)
    formats: Sequence[str] | None = None
    previous: SpottingNotes | None = None
    use_cache: bool = True


@dataclass(frozen=True, slots=True)
class ScoreRequest:
    """A film, the notes that were agreed on, and what the person chose about the music.

    Attributes
    ----------
    notes: None = spot the film first
    choice: settings of every cue that is written in this run
    only: numbers of the cues to write; empty = all. The others stay as they are, to the byte
    show: title of the show in file names and on pages; empty = the film's name
    preview: whether to make the film with the temp score
    """

    film: Path
    notes: SpottingNotes | None = None
    devising: DeviseSettings = field(default_factory=DeviseSettings)
    choice: CueChoice = field(default_factory=CueChoice)
    only: tuple[str, ...] = ()
    show: str = ""
    preview: bool = True


@dataclass(frozen=True, slots=True)
class SpottedFilm:
    """The notes, what they rest on, and the files that were written."""

    notes: SpottingNotes
    observations: Observations
    files: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class DevisedFilm:
    """The musical language of a film, and the files that show it."""

    language: Language
    files: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class ScoredFilm:
    """The record of the score, the notes it was written to, and its language."""

    record: ScoreRecord
    notes: SpottingNotes
    language: Language


@dataclass(frozen=True, slots=True)
class CheckedNotes:
    """Notes that music can be written to, and the file they are in."""

    notes: SpottingNotes
    file: StoredFile


MEDIA = {"picture": PICTURE, "sound": SOUND}  # what later steps take of the prepared film, and its file's name
Report = Callable[[StepReport], None]


def _tell_nobody(report: StepReport) -> None:
    del report


class FilmRun:
    """A film, watched and prepared at most once, and the runner of its steps."""

    def __init__(self, request: SpotRequest, scratch: Path, progress: Progress, report: Report) -> None:
        """Begin with a film that is there; ``scratch`` is an empty folder that goes with the run."""
        if not request.film.is_file():
            message = f"There is no film at {request.film.name!r}."
            raise ReelMissing(message, hint="Check the path.")
        self.request = request
        self.film = StoredFile.of(request.film)
        self.scratch = scratch
        self.cache = _writable_cache(scratch)
        store = FolderStore(self.cache, self.cache, by_key=True, recall=request.use_cache)
        self.runner = StepRunner(store, lambda step: progress, report)  # noqa: ARG005 - one listener hears all

    @cached_property
    def observations_file(self) -> StoredFile:
        """The observations, as a file."""
        settings = WatchSettings(self.request.film.name, self.request.start_timecode, self.request.observing)
        return self.runner.run(WATCH, {"film": self.film}, settings).files[OBSERVATIONS]

    @property
    def observations(self) -> Observations:
        """What was observed."""
        return load_observations(self.observations_file)

    @cached_property
    def prepared_media(self) -> StepArtefact:
        """Picture and sound of the film as files of our own."""
        return self.runner.run(PREPARE, {"film": self.film}, PrepareSettings(self.observations.reel))

    def spot(self) -> CheckedNotes:
        """Draft the notes."""
        inputs = {"observations": self.observations_file}
        if self.request.previous is not None:
            inputs["previous"] = self.keep_notes(self.request.previous, "previous.json")
        file = self.runner.run(SPOT, inputs, DraftSettings(self.request.spotting)).files[NOTES]
        return CheckedNotes(read_notes(file.read()), file)

    def keep_notes(self, notes: SpottingNotes, name: str = NOTES) -> StoredFile:
        """Write notes down for the length of this run."""
        return StoredFile.of(write_atomically(self.scratch / name, encode_notes(notes)))

    def runner_into(self, out: Path) -> StepRunner:
        """Return the runner of steps whose files lie in a folder of the person's."""
        return self.runner.use_store(FolderStore(out, self.cache))


@contextmanager
def open_film(
    request: SpotRequest, progress: Progress = ignore_progress, report: Report = _tell_nobody
) -> Generator[FilmRun]:
    """Begin a run over a film; what only the run needed is removed at its end. Raises ReelMissing."""
    with tempfile.TemporaryDirectory(prefix="cuelight-") as scratch:
        run = FilmRun(request, Path(scratch), progress, report)
        yield run
        if not run.cache.is_relative_to(scratch):
            forget_oldest(run.cache)


def _writable_cache(scratch: Path) -> Path:
    """Return the person's cache, or a folder that is gone after the run where it cannot be written."""
    folder = cache_folder()
    try:
        check_writable(folder)
    except OutputError:
        folder = scratch / "cache"
    return folder


def observe_film(request: SpotRequest, progress: Progress = ignore_progress) -> Observations:
    """Watch the film in its sandbox, or recall what was observed before."""
    with open_film(request, progress) as run:
        return run.observations


def spot_film(request: SpotRequest, out: Path, progress: Progress = ignore_progress) -> SpottedFilm:
    """Turn a rough cut into spotting notes in the folder ``out``.

    Nothing is written under its final name before everything it needs is known; an unwritable folder is
    found out before the film is watched.
    """
    check_writable(out)
    with open_film(request, progress) as run:
        return _deliver(run, run.spot(), out)


def _deliver(run: FilmRun, drafted: CheckedNotes, out: Path) -> SpottedFilm:
    formats = None if run.request.formats is None else tuple(run.request.formats)
    inputs = {"notes": drafted.file, "observations": run.observations_file}
    made = run.runner_into(out).run(DELIVER, inputs, DeliverSettings(formats))
    return SpottedFilm(drafted.notes, run.observations, tuple(file.path for file in made.files.values()))


def devise_film(request: ScoreRequest, out: Path, progress: Progress = ignore_progress) -> DevisedFilm:
    """Propose the themes of a film in the folder ``out``: pages, demos in several moods, the ledger.

    Raises what :func:`score_film` raises.
    """
    check_writable(out)
    with open_film(_watching(request), progress) as run:
        checked = _checked_notes(run, request)
        runner = run.runner_into(out)
        devised = runner.run(DEVISE, {"notes": checked.file, "observations": run.observations_file}, request.devising)
        demos = runner.run(WRITE_DEMOS, {"language": devised.files[LANGUAGE]}, DemoSettings())
        files = tuple(file.path for made in (devised, demos) for file in made.files.values())
        return DevisedFilm(read_language(out / LANGUAGE), files)


def score_film(request: ScoreRequest, out: Path, progress: Progress = ignore_progress) -> ScoredFilm:
    """Write the temp score of a reel into the folder ``out``.

    With ``only``, the language of an earlier run in that folder holds, and only those cues are written again.
    Raises ReelMismatch for notes of another film, CueInvalid for notes no music can be written to, and whatever
    composing, playing and writing raise; a cue's folder is written whole or not at all.
    """
    check_writable(out)
    with open_film(_watching(request), progress) as run:
        return _score(run, request, _checked_notes(run, request), out)


def _watching(request: ScoreRequest) -> SpotRequest:
    """Say how the film is watched for its score: it is heard as it was heard for its notes."""
    sides = request.notes is not None and any(track.role == SIDES for track in request.notes.reel.audio)
    return SpotRequest(request.film, observing=ObserveSettings(sides=sides))


def _checked_notes(run: FilmRun, request: ScoreRequest) -> CheckedNotes:
    """Return the notes, checked against themselves and the film; those of the film itself if none were given."""
    if request.notes is None:
        return run.spot()
    check_notes(request.notes)
    check_reel(request.notes, run.film.sha256, request.film.name)
    return CheckedNotes(request.notes, run.keep_notes(request.notes))


class _ScoreFolder:
    """The folder of a score, and its record, which lists at any moment what lies there."""

    def __init__(self, folder: Path, record: ScoreRecord) -> None:
        self.folder = folder
        self.record = record

    def put_cue(self, composed: StepArtefact) -> None:
        """Write down a cue that has just taken its place; mix and preview are no longer those of the cues."""
        self.record = replace(self.record.with_cue(scored_cue(composed)), mix=None, preview="")
        self.write()

    def write(self) -> None:
        """Write the record."""
        write_atomically(self.folder / FILE, encode_record(self.record))


def _score(run: FilmRun, request: ScoreRequest, checked: CheckedNotes, out: Path) -> ScoredFilm:
    notes = checked.notes
    ids = cue_ids(notes, request.only)
    chosen_cues(notes, ids)  # refused before anything is watched or written
    previous = load_previous_record(out, notes) if request.only else None
    show = request.show or (previous.show if previous else Path(notes.reel.name).stem)
    runner = run.runner_into(out)
    language = _write_language(run, runner, request, checked, out)
    files = {"notes": checked.file, "observations": run.observations_file, "language": StoredFile.of(out / LANGUAGE)}
    plan = plan_score(files, request.choice, show, ids)
    if request.preview or run.observations.loudness is not None:
        files |= {
            name: run.prepared_media.files[file] for name, file in MEDIA.items() if file in run.prepared_media.files
        }
    record = previous or empty_record(notes, show, plan.cautions)
    folder = _ScoreFolder(out, previous or replace(record, cues=_cues_there(out, notes)))
    for composed in compose_cues(runner, plan.requests, folder.put_cue):
        record = record.with_cue(scored_cue(composed))
        files |= composed.files
    folder.record = replace(record, language=LANGUAGE, ledger=LEDGER)
    _mix(runner, folder, files, preview=request.preview)
    folder.write()
    return ScoredFilm(folder.record, notes, language)


def _write_language(
    run: FilmRun, runner: StepRunner, request: ScoreRequest, checked: CheckedNotes, out: Path
) -> Language:
    """Devise the language; where single cues are written, the one in the folder holds and its ledger is drawn again."""
    if request.only:
        read_language(out / LANGUAGE)
        inputs = {"notes": checked.file, "language": StoredFile.of(out / LANGUAGE)}
        runner.run(DRAW_LEDGER, inputs, None)
    else:
        runner.run(DEVISE, {"notes": checked.file, "observations": run.observations_file}, request.devising)
    return read_language(out / LANGUAGE)


def _mix(runner: StepRunner, folder: _ScoreFolder, files: Inputs, *, preview: bool) -> None:
    """Mix the cues of the record and make the preview film; put both into the record."""
    record = folder.record
    needed = [cue.files[kind] for cue in record.cues for kind in ("mix", "sketch")]
    files = {**files, **{name: StoredFile.of(folder.folder / name) for name in needed if name not in files}}
    mixed = mix_cues(runner, record.cues, files, record.show)
    cautions = tuple(dict.fromkeys((*record.cautions, *mixed.facts["cautions"])))
    folder.record = replace(record, mix=mix_record(mixed), preview="", cautions=cautions)
    if preview:
        made = preview_cues(runner, record.cues, files, mixed)
        folder.record = replace(folder.record, preview=str(made.facts["preview"]))


def load_previous_record(out: Path, notes: SpottingNotes) -> ScoreRecord:
    """Read the record that single cues are put into.

    Raises SettingInvalid where there is none, ReelMismatch if it is of another film.
    """
    record = read_record(out)
    if record is None:
        message = f"There is no score in {out.name} to put a cue into."
        raise SettingInvalid(message, hint="Run once without --cue.")
    check_reel(notes, record.reel_sha256, record.reel)
    return record


def _cues_there(out: Path, notes: SpottingNotes) -> tuple[ScoredCue, ...]:
    """Return the cues of a score of the same film that lies in the folder already."""
    try:
        record = read_record(out)
    except NotesInvalid:
        record = None
    return record.cues if record and record.reel_sha256 == notes.reel.sha256 else ()


@dataclass(frozen=True, slots=True)
class WholeRun:
    """Everything: the notes and the score of a film, how each step went, and the seconds it all took."""

    spotted: SpottedFilm
    scored: ScoredFilm
    reports: tuple[StepReport, ...]
    seconds: float


def run_film(spotting: SpotRequest, scoring: ScoreRequest, out: Path, progress: Progress = ignore_progress) -> WholeRun:
    """Spot a film into ``out/notes`` and score it into ``out/score``; raises what these raise."""
    for name in ("notes", "score"):
        check_writable(out / name)
    began = time.perf_counter()
    reports: list[StepReport] = []
    with open_film(spotting, progress, reports.append) as run:
        drafted = run.spot()
        spotted = _deliver(run, drafted, out / "notes")
        scored = _score(run, scoring, drafted, out / "score")
    return WholeRun(spotted, scored, tuple(reports), time.perf_counter() - began)
