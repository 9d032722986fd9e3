"""Every error Cuelight raises on purpose, in one tree.

CuelightError
├── Cancelled                the person stopped the work
├── ReelError                the film cannot be used
│   ├── ReelMissing          there is no readable file there
│   ├── NotAFilm             no container we accept, or a playlist in disguise
│   ├── NoPicture            no video stream (audio only)
│   ├── EmptyReel            a video stream without a single frame
│   ├── BrokenReel           the file is cut off or damaged beyond use
│   ├── CodecRefused         a codec outside the allow-list
│   ├── ReelTooLarge         dimensions, frames or duration over the limits
│   └── PictureChanged       the picture changes its size in the middle of the reel
├── InputError               something beside the film is wrong
│   ├── TimecodeInvalid      not a timecode at this rate
│   ├── RateInvalid          not a frame rate
│   ├── SubtitlesInvalid     subtitles that do not parse or lie outside the reel
│   ├── ScriptInvalid        a screenplay that does not parse
│   ├── TrackInvalid         a dialogue track, or sides of the sound, that do not exist
│   ├── NotesInvalid         a notes file of another schema, or damaged
│   ├── SettingInvalid       an option out of its range
│   ├── CueInvalid           a cue that no music can be written for
│   ├── TempoInvalid         no tempo fits what was asked
│   ├── ThemeInvalid         a theme file that holds no usable theme
│   ├── InstrumentUnknown    no instrument of that name
│   ├── ReelMismatch         the notes belong to another film
│   ├── PluginInvalid        a plug-in that cannot be imported, or does not do what it declares
│   └── InputMissing         a file that a step of the work needs is not there
├── OutputError              the results cannot be written
│   ├── OutputUnwritable     the folder cannot be created or written
│   └── DiskFull             no space left
├── AssetError               a file that is not ours is not as promised
│   ├── AssetMissing         not built yet: run `make assets`
│   └── AssetCorrupt         its SHA-256 is not the one written down
├── SandboxError             the child that watches the film did not survive
│   ├── ChildDied            it was killed or crashed
│   ├── ChildTimedOut        it ran past its wall clock
│   └── ChildOutOfMemory     it asked for more memory than allowed
└── ServiceError             the service cannot do what was asked of it
    ├── RequestInvalid       a field, a parameter or a header does not fit
    ├── NotSignedIn          nobody is known by this key, session or link
    ├── NotAllowed           the role does not allow it
    ├── NotFound             there is no such thing, or not for you
    ├── EditConflict         somebody else changed it first
    ├── VersionMissing       a change that does not say which state it changes
    ├── StateConflict        what is there is in no state for it
    ├── UploadConflict       bytes that do not follow the ones that are there
    ├── UploadBusy           another connection is writing this upload
    ├── UploadTooLarge       longer than promised or allowed
    ├── ChecksumWrong        the bytes are not the ones that were promised
    ├── QuotaExceeded        the project has no room left
    ├── TooManyRequests      faster than allowed
    ├── KeyReused            an idempotency key with another request
    ├── WorkerLost           the worker died too often on this job
    ├── ServiceBusy          the database or the store cannot answer now
    └── StoreError           the database and the files beside it are not as they must be
        ├── DatabaseMissing  there is no database where the settings say
        ├── DatabaseDamaged  the file of the database is damaged, or is none
        ├── DatabaseNew      the database is new, and the store belongs to another
        ├── StoreMissing     the database names files, and the store holds none
        ├── StoreMismatch    the database and the store do not belong together
        ├── StoreIncomplete  files that the database names are missing or damaged
        └── SweepRefused     more files would go at once than a sweep may take

Each class is one sentence and carries a stable ``code``. Nothing here knows about exit codes or HTTP:
``serving/cli`` and ``serving/problems.py`` map codes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


class CuelightError(Exception):
    """Base of all errors raised on purpose; ``hint`` says what to do next."""

    code: ClassVar[str] = "cuelight"

    def __init__(self, message: str, *, hint: str = "") -> None:
        """Take the sentence to show and, if there is one, what the person can do about it."""
        super().__init__(message)
        self.message = message
        self.hint = hint


class Cancelled(CuelightError):
    """The person stopped the work."""

    code = "cancelled"

    def __init__(
        self, message: str = "Stopped before the end; nothing half-written was left.", *, hint: str = ""
    ) -> None:
        """Default to the sentence every caller wants."""
        super().__init__(message, hint=hint)


class ReelError(CuelightError):
    """The film cannot be used."""

    code = "reel"


class ReelMissing(ReelError):
    """There is no readable file at that path."""

    code = "reel-missing"


class NotAFilm(ReelError):
    """The file is no container we accept, or a playlist in disguise."""

    code = "not-a-film"


class NoPicture(ReelError):
    """The file has no video stream."""

    code = "no-picture"


class EmptyReel(ReelError):
    """The video stream holds no frame."""

    code = "empty-reel"


class BrokenReel(ReelError):
    """The file is cut off or damaged beyond use."""

    code = "broken-reel"


class CodecRefused(ReelError):
    """The codec is not on the allow-list."""

    code = "codec-refused"


class ReelTooLarge(ReelError):
    """Dimensions, frame count or duration exceed the limits."""

    code = "reel-too-large"


class PictureChanged(ReelError):
    """The picture changes its size in the middle of the reel."""

    code = "picture-changed"


@dataclass(frozen=True, slots=True)
class Fault:
    """One member of a document, or one field of a request, that does not fit.

    ``path`` says where it is: ``reel.frames``, ``edits.2.fields.tail``; empty for the whole. ``message`` is a sentence.
    """

    path: str
    message: str
    hint: str = ""


class InputError(CuelightError):
    """Something beside the film is wrong; ``field`` names the option or member that is to blame, if one is."""

    code = "input"

    def __init__(self, message: str, *, hint: str = "", field: str = "") -> None:
        """Take the sentence to show, what the person can do about it, and the field to blame."""
        super().__init__(message, hint=hint)
        self.field = field


class TimecodeInvalid(InputError):
    """The text is no timecode at this rate."""

    code = "timecode-invalid"


class RateInvalid(InputError):
    """The value is no frame rate."""

    code = "rate-invalid"


class SubtitlesInvalid(InputError):
    """The subtitles do not parse or lie outside the reel."""

    code = "subtitles-invalid"


class ScriptInvalid(InputError):
    """The screenplay does not parse."""

    code = "script-invalid"


class TrackInvalid(InputError):
    """The named audio track does not exist, or the sound has no sides to tell apart."""

    code = "track-invalid"


class NotesInvalid(InputError):
    """The notes file is damaged or of another schema; ``faults`` are the members that do not fit."""

    code = "notes-invalid"

    def __init__(self, message: str, *, hint: str = "", field: str = "", faults: tuple[Fault, ...] = ()) -> None:
        """Take the sentence to show, and every member that does not fit."""
        super().__init__(message, hint=hint, field=field)
        self.faults = faults


class SettingInvalid(InputError):
    """An option is out of its range."""

    code = "setting-invalid"


class CueInvalid(InputError):
    """A cue cannot carry music: too short, too long, backwards or upon another."""

    code = "cue-invalid"


class TempoInvalid(InputError):
    """No tempo map satisfies what was asked."""

    code = "tempo-invalid"


class ThemeInvalid(InputError):
    """The theme file holds no usable theme."""

    code = "theme-invalid"


class InstrumentUnknown(InputError):
    """There is no instrument of that name."""

    code = "instrument-unknown"


class ReelMismatch(InputError):
    """The notes were made for another film."""

    code = "reel-mismatch"


class PluginInvalid(InputError):
    """A plug-in cannot be imported, or does not do what it declares."""

    code = "plugin-invalid"


class InputMissing(InputError):
    """A file that a step of the work needs is not there."""

    code = "input-missing"


class OutputError(CuelightError):
    """The results cannot be written."""

    code = "output"


class OutputUnwritable(OutputError):
    """The output folder cannot be created or written."""

    code = "output-unwritable"


class DiskFull(OutputError):
    """There is no space left for the results."""

    code = "disk-full"


class AssetError(CuelightError):
    """A file that is not ours is not as promised."""

    code = "asset"


class AssetMissing(AssetError):
    """The asset has not been built."""

    code = "asset-missing"


class AssetCorrupt(AssetError):
    """The asset's SHA-256 is not the one written down."""

    code = "asset-corrupt"


class SandboxError(CuelightError):
    """The child process that watches the film did not survive."""

    code = "sandbox"


class ChildDied(SandboxError):
    """The child was killed or crashed."""

    code = "child-died"


class ChildTimedOut(SandboxError):
    """The child ran past its wall clock."""

    code = "child-timed-out"


class ChildOutOfMemory(SandboxError):
    """The child asked for more memory than allowed."""

    code = "child-out-of-memory"


class ServiceError(CuelightError):
    """The service cannot do what was asked of it."""

    code = "service"


class RequestInvalid(ServiceError):
    """A field, a parameter or a header does not fit."""

    code = "request-invalid"


class NotSignedIn(ServiceError):
    """Nobody is known by this key, session or link."""

    code = "not-signed-in"


class NotAllowed(ServiceError):
    """The role does not allow it."""

    code = "not-allowed"


class NotFound(ServiceError):
    """There is no such thing, or not for the one who asks."""

    code = "not-found"


class EditConflict(ServiceError):
    """Somebody else changed it first."""

    code = "edit-conflict"


class VersionMissing(ServiceError):
    """A change does not say which state it changes."""

    code = "version-missing"


class StateConflict(ServiceError):
    """What is there is in no state for what was asked."""

    code = "state-conflict"


class UploadConflict(ServiceError):
    """The bytes do not follow the ones that are there."""

    code = "upload-conflict"


class UploadBusy(ServiceError):
    """Another connection is writing this upload."""

    code = "upload-busy"


class UploadTooLarge(ServiceError):
    """The upload is longer than promised or allowed."""

    code = "upload-too-large"


class ChecksumWrong(ServiceError):
    """The bytes are not the ones that were promised."""

    code = "checksum-wrong"


class QuotaExceeded(ServiceError):
    """The project has no room left."""

    code = "quota-exceeded"


class TooManyRequests(ServiceError):
    """Requests come faster than allowed."""

    code = "too-many-requests"


class KeyReused(ServiceError):
    """An idempotency key came again with another request."""

    code = "key-reused"


class WorkerLost(ServiceError):
    """The worker died too often on this job."""

    code = "worker-lost"


class ServiceBusy(ServiceError):
    """The database or the store cannot answer now."""

    code = "service-busy"


class StoreError(ServiceError):
    """The database and the files beside it are not as they must be."""

    code = "store"


class DatabaseMissing(StoreError):
    """There is no database where the settings say."""

    code = "database-missing"


class DatabaseDamaged(StoreError):
    """The file of the database is damaged, or is no database."""

    code = "database-damaged"


class DatabaseNew(StoreError):
    """The database is new, and the artefact store holds files of another database."""

    code = "database-new"


class StoreMissing(StoreError):
    """The database names files, and the artefact store holds none."""

    code = "store-missing"


class StoreMismatch(StoreError):
    """The database and the artefact store do not belong together."""

    code = "store-mismatch"


class StoreIncomplete(StoreError):
    """Files that the database names are missing from the artefact store, or damaged."""

    code = "store-incomplete"


class SweepRefused(StoreError):
    """More files would go at once than a sweep may take."""

    code = "sweep-refused"
