"""The story of a film score, from top to bottom, as a list of steps. It is told nowhere else.

======== ================================================ ============================================================
step     from                                             what it makes
======== ================================================ ============================================================
watch    the film                                         observations
prepare  the film                                         its picture and sound as files of our own
spot     observations, published notes                    spotting notes
deliver  notes, observations                              documents that other programs open
lanes    notes, observations                              what the review room draws under the film
devise   notes, observations                              the musical language, its ledger
ledger   notes, a language that was agreed on             the ledger alone
demos    a language                                       each theme as a page of music and to hear
compose  one cue                                          its folder: fit, sketch, score, stems
mix      cues, notes, observations, the film's sound      the temp mix, or its levels alone
preview  cues, notes, the temp mix, the film's picture    the film with the temp score
record   what is known of the cues and the mix            the document that lists them
take     a cue, notes, the levels of the mix              the cue as the review room plays and draws it
archive  any files                                        one archive
======== ================================================ ============================================================

Only ``watch`` and ``prepare`` open the film, in the sandbox; the later steps read files of ours. Each is a plain
function of inputs and settings (:mod:`model.steps`). ``model/film_run.py`` runs them in a row for the command,
``serving/jobs/stages`` through the queue of the service.
"""

from __future__ import annotations

import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from model.delivery.archive import write_archive
from model.delivery.deliver import GROUP, deliver
from model.delivery.exporter import Material
from model.delivery.notes_json import encode_notes, read_notes
from model.documents import decode, encode, from_plain, to_plain
from model.errors import ReelMissing
from model.media.reel import ReelInfo
from model.motifs.devise import devise
from model.motifs.settings import DeviseSettings
from model.observe.observations import Observations
from model.observe.registry import detectors_identity
from model.observe.sandbox import observe_in_sandbox
from model.observe.settings import ObserveSettings
from model.plugins import find_plugins
from model.progress import Progress
from model.review.film import prepare_review
from model.review.lanes import review_lanes
from model.review.take import write_take
from model.scoring.compose import CueRequest, compose
from model.scoring.demos import write_demos
from model.scoring.folder import write_piece
from model.scoring.language_files import read_language, write_language, write_ledger
from model.scoring.record import FILE as SCORE_RECORD
from model.scoring.record import MixRecord, ScoredCue, ScoreRecord, encode_record
from model.scoring.reel_files import mix_reel, read_mix, read_stems, write_levels, write_mix, write_preview
from model.sketch.write import load as load_sketch
from model.spotting.draft import spot
from model.spotting.notes import SpottingNotes
from model.spotting.settings import SpotSettings
from model.steps.step import Facts, Inputs, Step, StepArtefact, StoredFile, code_version

OBSERVATIONS, NOTES, LANES, ARCHIVE_FILE = "observations.json", "notes.json", "lanes.json", "archive.zip"
TAKE_FOLDER = "take"


# -- from the film to its notes ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class WatchSettings:
    """How a film is watched: its name, and the label of its first frame (empty = the file's own, else 01:00:00:00)."""

    name: str
    start_timecode: str = ""
    observing: ObserveSettings = field(default_factory=ObserveSettings)


def _watch(inputs: Inputs, settings: WatchSettings, folder: Path, progress: Progress) -> Facts:
    found = observe_in_sandbox(inputs["film"].path, settings.start_timecode, settings.observing, progress)
    named = replace(found, reel=replace(found.reel, name=settings.name))
    (folder / OBSERVATIONS).write_bytes(encode(named))
    return {"reel": to_plain(named.reel)}


def _watch_version(settings: WatchSettings) -> str:
    return code_version("media", "observe", "runtime") + detectors_identity(settings.observing)


WATCH = Step("watch", _watch, ("film",), _watch_version)


@dataclass(frozen=True, slots=True)
class PrepareSettings:
    """What is known of the film: ``Observations.reel``."""

    reel: ReelInfo


def _prepare(inputs: Inputs, settings: PrepareSettings, folder: Path, progress: Progress) -> Facts:
    made = prepare_review(inputs["film"].path, settings.reel, folder, progress).made
    return {"samples": made.samples, "end_s": made.end_s, "music_apart": made.music_apart}


def _prepare_version(settings: PrepareSettings) -> str:
    del settings
    return code_version("media", "render", "review", "runtime")


PREPARE = Step("prepare", _prepare, ("film",), _prepare_version)


@dataclass(frozen=True, slots=True)
class DraftSettings:
    """How notes are drafted.

    Attributes
    ----------
    keep_numbering: whether cues are numbered as in the ``previous`` notes, if there are any
    revision: number of the notes
    """

    spotting: SpotSettings = field(default_factory=SpotSettings)
    keep_numbering: bool = False
    revision: int = 1


def _spot(inputs: Inputs, settings: DraftSettings, folder: Path, progress: Progress) -> Facts:
    progress("spot", 0, 1)
    previous = load_notes(inputs["previous"]) if "previous" in inputs else None
    spotting = settings.spotting
    if previous is not None and settings.keep_numbering:
        spotting = replace(spotting, numbering=previous.settings.numbering)
    notes = replace(spot(load_observations(inputs["observations"]), spotting, previous), revision=settings.revision)
    (folder / NOTES).write_bytes(encode_notes(notes))
    progress("spot", 1, 1)
    return {"cues": len(notes.cues)}


SPOT = Step("spot", _spot, ("observations",))


@dataclass(frozen=True, slots=True)
class DeliverSettings:
    """The exporters to run, by name; None = all that are installed."""

    formats: tuple[str, ...] | None = None


def _deliver(inputs: Inputs, settings: DeliverSettings, folder: Path, progress: Progress) -> Facts:
    material = Material(load_notes(inputs["notes"]), load_observations(inputs["observations"]))
    deliver(material, folder, settings.formats, progress)
    return {}


def _deliver_version(settings: DeliverSettings) -> str:
    del settings
    return code_version() + " ".join(str(plugin) for plugin in find_plugins(GROUP).values())


DELIVER = Step("deliver", _deliver, ("notes", "observations"), _deliver_version)


@dataclass(frozen=True, slots=True)
class LanesSettings:
    """Whether the film's own music can be heard apart from all the rest (a fact of ``prepare``)."""

    music_apart: bool


def _draw_lanes(inputs: Inputs, settings: LanesSettings, folder: Path, progress: Progress) -> Facts:
    progress("lanes", 0, 1)
    notes, observations = load_notes(inputs["notes"]), load_observations(inputs["observations"])
    (folder / LANES).write_bytes(review_lanes(observations, notes, music_apart=settings.music_apart))
    return {}


DRAW_LANES = Step("lanes", _draw_lanes, ("notes", "observations"))


# -- the musical language ---------------------------------------------------------------------------------------------


def _devise(inputs: Inputs, settings: DeviseSettings, folder: Path, progress: Progress) -> Facts:
    progress("devise", 0, 1)
    notes = load_notes(inputs["notes"])
    write_language(devise(notes, load_observations(inputs["observations"]), settings), notes, folder)
    return {}


DEVISE = Step("devise", _devise, ("notes", "observations"))


def _draw_ledger(inputs: Inputs, settings: None, folder: Path, progress: Progress) -> Facts:
    del settings
    progress("ledger", 0, 1)
    write_ledger(read_language(inputs["language"].path), load_notes(inputs["notes"]), folder)
    return {}


DRAW_LEDGER = Step("ledger", _draw_ledger, ("notes", "language"))


@dataclass(frozen=True, slots=True)
class DemoSettings:
    """Whether the sound is FLAC, which every browser plays to the sample, instead of broadcast wave."""

    flac: bool = False


def _write_demos(inputs: Inputs, settings: DemoSettings, folder: Path, progress: Progress) -> Facts:
    write_demos(read_language(inputs["language"].path), folder, progress, flac=settings.flac)
    return {}


WRITE_DEMOS = Step("demos", _write_demos, ("language",))


# -- the temp score ---------------------------------------------------------------------------------------------------


def _compose(inputs: Inputs, request: CueRequest, folder: Path, progress: Progress) -> Facts:
    del inputs  # all that a cue's music depends on stands in the request
    scored = write_piece(compose(request, progress), folder, request.titles.show, request.timebase)
    return {"cue": to_plain(scored)}


COMPOSE = Step("compose", _compose)


@dataclass(frozen=True, slots=True)
class MixRequest:
    """The cues to mix, whose files are inputs under the paths in their records.

    Attributes
    ----------
    show: title written into the sound file
    print_sound: whether the mix is written; without, only its levels are
    """

    cues: tuple[ScoredCue, ...]
    show: str
    print_sound: bool = True


def _mix(inputs: Inputs, request: MixRequest, folder: Path, progress: Progress) -> Facts:
    notes, observations = load_notes(inputs["notes"]), load_observations(inputs["observations"])
    sound = inputs.get("sound")
    if sound is None and observations.loudness is not None:
        message = f"The sound of {notes.reel.name} has not been prepared."
        raise ReelMissing(message, hint="Watch the film again.")
    base = notes.reel.timebase
    stems = [read_stems(cue, inputs[cue.files["mix"]].path, base) for cue in request.cues]
    mixed = mix_reel(sound.path if sound else None, stems, notes, observations, progress)
    if request.print_sound:
        record = write_mix(mixed, notes, request.show, folder)
    else:
        record = write_levels(mixed, notes, folder)
    return {"mix": to_plain(record), "cautions": list(mixed.cautions)}


MIX = Step("mix", _mix, ("notes", "observations"))


def _write_record(inputs: Inputs, record: ScoreRecord, folder: Path, progress: Progress) -> Facts:
    del inputs
    progress("record", 0, 1)
    (folder / SCORE_RECORD).write_bytes(encode_record(record))
    return {}


WRITE_RECORD = Step("record", _write_record)


@dataclass(frozen=True, slots=True)
class PreviewRequest:
    """The cues whose bars, beats, streamers and punches are drawn; their sketches are inputs under their paths."""

    cues: tuple[ScoredCue, ...]


def _write_preview(inputs: Inputs, request: PreviewRequest, folder: Path, progress: Progress) -> Facts:
    notes = load_notes(inputs["notes"])
    sketches = [load_sketch(inputs[cue.files["sketch"]].read()) for cue in request.cues]
    mixed = read_mix(inputs["mix"].path, notes.reel.timebase)
    return {"preview": write_preview(inputs["picture"].path, mixed, sketches, notes, folder, progress)}


WRITE_PREVIEW = Step("preview", _write_preview, ("notes", "mix", "picture"))


# -- for the review room ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TakeRequest:
    """A cue, whose files are inputs under the paths in its record, and the mix that its levels are of."""

    cue: ScoredCue
    mix: MixRecord


def _write_take(inputs: Inputs, request: TakeRequest, folder: Path, progress: Progress) -> Facts:
    progress("take", 0, 1)
    with _laid_out(inputs) as score:
        made = write_take(score, request.cue, load_notes(inputs["notes"]), folder / TAKE_FOLDER, request.mix)
    return {"take": to_plain(made.record)}


WRITE_TAKE = Step("take", _write_take, ("notes",))


@dataclass(frozen=True, slots=True)
class ArchiveSettings:
    """Name of the one folder in the archive; the inputs lie in it under their own names."""

    name: str


def _pack_archive(inputs: Inputs, settings: ArchiveSettings, folder: Path, progress: Progress) -> Facts:
    files = {name: file.path for name, file in inputs.items()}
    write_archive(folder / ARCHIVE_FILE, settings.name, files, progress)
    return {}


PACK_ARCHIVE = Step("archive", _pack_archive)


STEPS: tuple[Step[Any], ...] = (
    WATCH,
    PREPARE,
    SPOT,
    DELIVER,
    DRAW_LANES,
    DEVISE,
    DRAW_LEDGER,
    WRITE_DEMOS,
    COMPOSE,
    MIX,
    WRITE_PREVIEW,
    WRITE_RECORD,
    WRITE_TAKE,
    PACK_ARCHIVE,
)


# -- reading what steps have made --------------------------------------------------------------------------------------


def reel_info(watched: StepArtefact) -> ReelInfo:
    """Read the facts of the film off what ``watch`` has made."""
    return from_plain(ReelInfo, watched.facts["reel"])


@lru_cache(maxsize=1)  # several steps read those of one film; a feature's take a second to decode
def load_observations(file: StoredFile) -> Observations:
    """Read observations; raises NotesInvalid if they are damaged."""
    return decode(Observations, file.read())


def load_notes(file: StoredFile) -> SpottingNotes:
    """Read notes; raises NotesInvalid if they are damaged."""
    return read_notes(file.read())


@contextmanager
def _laid_out(inputs: Inputs) -> Generator[Path]:
    """Give a folder in which the inputs lie under their names."""
    with tempfile.TemporaryDirectory() as folder:
        for name, file in inputs.items():
            place = Path(folder, name)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to(file.path.absolute())
        yield Path(folder)
