"""``deliver``: one archive with what people took away from the room: documents, scores, stems, mix, preview.

The archive stores its files as they are, in the order of their names and all of one date, so that the same material
gives the same bytes. Nothing is opened but files of our own.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path

from model.delivery.deliver import deliver
from model.delivery.exporter import Material
from model.documents import from_plain
from model.errors import StateConflict
from model.files import safe_stem
from model.progress import Progress
from model.scoring.language_files import write_language
from model.scoring.record import FILE, ScoredCue, ScoreRecord, encode_record
from model.scoring.reel_files import mix_reel, read_cues, write_mix, write_preview
from model.spotting.notes import SpottingNotes
from serving.jobs.stages.material import ZIP, language_of, made_of, notes_of, observations_of, show_of, source_of
from serving.jobs.stages.score import FOLDER
from serving.jobs.work import Made, Manifest, Work
from serving.store.artefacts import blocks
from serving.store.tables import Record

NOTES, SCORE, MIX, STEMS, PREVIEW = "notes", "score", "mix", "stems", "preview"
EVERYTHING = (NOTES, SCORE, MIX, STEMS, PREVIEW)
_DATE = (1980, 1, 1, 0, 0, 0)
_LARGE = 2**31 - 1
_MODE = 0o644 << 16
_SOUND = ".wav"
_REEL_SOUND = {MIX: "_TEMPMIX.wav", PREVIEW: "_preview.mp4"}


def run(work: Work) -> Record:
    """Make the documents, mix the accepted takes, and put it all into one archive."""
    wanted = frozenset(work.task.params.get("what") or EVERYTHING)
    notes = notes_of(work)
    takes, cautions = _current(work, notes)
    if not takes and NOTES not in wanted:
        raise StateConflict("No take of these cues has been accepted.", hint="Accept one in the room first.")
    mixes = bool(takes) and bool(wanted & {MIX, PREVIEW})
    work.plan(["documents", *(["mix"] if mixes else []), "archive"])
    parts: list[Manifest] = [
        work.stage("documents", lambda folder, progress: _documents(work, wanted, folder, progress))
    ]
    if mixes:
        parts.append(work.stage("mix", lambda folder, progress: _mixed(work, notes, takes, wanted, folder, progress)))
    content = _taken(takes, wanted)
    for part in parts:
        content |= {name: blob.sha256 for name, blob in part.files.items()}
    name = f"{safe_stem(show_of(work))}_{safe_stem(work.task.reel['cut'])}_r{work.task.params['revision']}"
    archive = work.stage("archive", lambda folder, progress: _packed(work, name, content, folder, progress))
    file = {**asdict(archive.files["archive"]), "name": f"{name}.zip"}
    return {"file": file, "content": sorted(content), "cautions": cautions}


def _current(work: Work, notes: SpottingNotes) -> tuple[list[tuple[ScoredCue, Record]], list[str]]:
    """Return the takes whose cues are still there, under their numbers of today, and say which are left out."""
    numbers = {cue.id: cue.number for cue in notes.cues}
    takes: list[tuple[ScoredCue, Record]] = []
    cautions: list[str] = []
    for take in work.task.takes:
        scored = from_plain(ScoredCue, take["scored"])
        if scored.cue not in numbers:
            cautions.append(f"{scored.number} {scored.title} is no longer in the notes: its take is left out.")
            continue
        takes.append((_moved(scored, safe_stem(numbers[scored.cue])), take["files"]))
    return sorted(takes, key=lambda take: take[0].span.start), cautions


def _moved(scored: ScoredCue, folder: str) -> ScoredCue:
    """Put the paths of a record below another folder: a cue may have another number by now."""

    def there(paths: Mapping[str, str]) -> dict[str, str]:
        return {kind: f"{folder}/{path.partition('/')[2]}" for kind, path in paths.items()}

    return replace(scored, files=there(scored.files), stems=there(scored.stems), parts=there(scored.parts))


def _folder_of(scored: ScoredCue) -> str:
    return scored.files["sketch"].partition("/")[0]


def _taken(takes: list[tuple[ScoredCue, Record]], wanted: frozenset[str]) -> dict[str, str]:
    """Name the files of the takes that were asked for: stems and click, or everything else."""
    found: dict[str, str] = {}
    for scored, files in takes:
        for name, file in files.items():
            if name.startswith(FOLDER) and (STEMS if name.endswith(_SOUND) else SCORE) in wanted:
                found[f"score/{_folder_of(scored)}/{name.removeprefix(FOLDER)}"] = file["sha256"]
    return found


def _documents(work: Work, wanted: frozenset[str], folder: Path, progress: Progress) -> Made:
    """Write the notes in every format, and the language with its ledger."""
    notes = notes_of(work)
    if NOTES in wanted:
        deliver(Material(notes, observations_of(work)), folder / "notes", progress=progress)
    language = language_of(work)
    if language and SCORE in wanted:
        write_language(language, notes, folder / "score")
    return made_of(folder)


def _mixed(
    work: Work,
    notes: SpottingNotes,
    takes: list[tuple[ScoredCue, Record]],
    wanted: frozenset[str],
    folder: Path,
    progress: Progress,
) -> Made:
    """Mix the takes under the reel's own sound, and make the preview film."""
    laid, out = folder / "laid", folder / "out" / "score"
    for scored, files in takes:
        for name, file in files.items():
            if name.startswith(FOLDER):
                _lay(laid / _folder_of(scored) / name.removeprefix(FOLDER), work.artefacts.path(file["sha256"]))
    out.mkdir(parents=True)
    source, observations = source_of(work, folder / "prepared"), observations_of(work)
    source.check(sounds=observations.loudness is not None, shows=PREVIEW in wanted)
    record = _record(work, notes, [scored for scored, _ in takes])
    cues = read_cues(record, notes, laid)
    mixed = mix_reel(source, cues, notes, observations, progress)
    record = write_mix(mixed, record, notes, out)
    if PREVIEW in wanted:
        record = write_preview(source, mixed, cues, record, notes, out, progress)
    (out / FILE).write_bytes(encode_record(record))
    for kind, ending in _REEL_SOUND.items():
        for path in out.glob(f"*{ending}") if kind not in wanted else ():
            path.unlink()
    return made_of(folder / "out")


def _lay(path: Path, blob: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(blob.absolute())


def _record(work: Work, notes: SpottingNotes, cues: list[ScoredCue]) -> ScoreRecord:
    return ScoreRecord(
        reel=notes.reel.name,
        reel_sha256=notes.reel.sha256,
        notes_revision=notes.revision,
        show=show_of(work),
        cues=tuple(cues),
        language="",
        ledger="",
        cuelight=version("cuelight"),
    )


def _packed(work: Work, name: str, content: Mapping[str, str], folder: Path, progress: Progress) -> Made:
    """Store every file in one archive, in the order of their names."""
    path = folder / "archive.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED, strict_timestamps=True) as archive:
        for done, (inside, sha256) in enumerate(sorted(content.items())):
            progress("archive", done, len(content))
            _store(archive, f"{name}/{inside}", work.artefacts.path(sha256), lambda: progress("archive", 0, 0))
    return Made({"archive": (path, ZIP)})


def _store(archive: zipfile.ZipFile, name: str, blob: Path, heard: Callable[[], None]) -> None:
    entry = zipfile.ZipInfo(name, _DATE)
    entry.create_system, entry.external_attr = 3, _MODE
    entry.file_size = blob.stat().st_size
    with archive.open(entry, "w", force_zip64=entry.file_size > _LARGE) as file:
        for k, block in enumerate(blocks(blob)):
            if k % 16 == 15:  # noqa: PLR2004 - a stop should not wait for a film
                heard()
            file.write(block)
