"""``spot``: from an upload to notes, the film as the browser plays it, and the lanes of the room.

Everything that touches the upload runs in the sandbox: watching, and preparing the picture.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from model.delivery.notes_json import encode_notes, read_notes
from model.documents import decode, encode, to_plain
from model.observe.detector import ObserveSettings
from model.observe.observations import Observations
from model.observe.sandbox import observe_in_sandbox
from model.progress import Progress
from model.review.film import prepare_review
from model.review.lanes import review_lanes
from model.spotting.draft import spot
from model.spotting.notes import Numbering, SpotSettings
from serving.jobs.work import JSON, Made, Manifest, Work
from serving.store.tables import Record

STAGES = ("watch", "picture", "spot", "lanes")
MP4, FLAC, BINARY = "video/mp4", "audio/flac", "application/octet-stream"


def run(work: Work) -> Record:
    """Watch the film, prepare it for the browser, spot it."""
    work.plan(STAGES)
    seen = work.stage("watch", lambda _, progress: _watch(work, progress))
    observations = decode(Observations, work.artefacts.read(seen.files["observations"].sha256))
    media = work.stage("picture", lambda folder, progress: _picture(work, observations, folder, progress))
    spotted = work.stage("spot", lambda _, progress: _spot(work, observations, progress))
    apart = bool(media.facts.get("music_apart"))  # a stage of an older version does not say
    lanes = work.stage("lanes", lambda _, progress: _lanes(work, observations, spotted, apart, progress))
    reel = {name: _sha(media, name) for name in ("picture", "sound", "waveform")}
    reel |= {"observations": _sha(seen, "observations"), "lanes": _sha(lanes, "lanes"), "facts": seen.facts["reel"]}
    return {"reel": reel, "notes": _sha(spotted, "notes"), "cues": spotted.facts["cues"]}


def _watch(work: Work, progress: Progress) -> Made:
    choices = work.task.reel["choices"]
    subtitles, script = _document(choices, "subtitles"), _document(choices, "script")
    settings = ObserveSettings(
        sides=bool(choices.get("sides")),
        subtitles=subtitles.get("text", ""),
        subtitles_format=subtitles.get("format", "srt"),
        script=script.get("text", ""),
        script_format=script.get("format", "fountain"),
    )
    timecode = choices.get("start_timecode") or ""
    seen = observe_in_sandbox(work.input("film"), timecode, settings, progress)
    named = replace(seen, reel=replace(seen.reel, name=work.task.reel["name"]))  # the store knows it by its hash alone
    facts: Record = {"reel": to_plain(named.reel)}
    return Made({"observations": (encode(named), JSON)}, facts)


def _picture(work: Work, observations: Observations, folder: Path, progress: Progress) -> Made:
    media = prepare_review(work.input("film"), observations.reel, folder, progress)
    files: dict[str, tuple[Path | bytes, str]] = {"picture": (media.picture, MP4)}
    if media.sound and media.waveform:
        files |= {"sound": (media.sound, FLAC), "waveform": (media.waveform, BINARY)}
    made = media.made
    return Made(files, {"samples": made.samples, "end_s": made.end_s, "music_apart": made.music_apart})


def _spot(work: Work, observations: Observations, progress: Progress) -> Made:
    """Draft the notes; what the version before has published keeps its numbers, by its rules."""
    progress("spot", 0, 1)
    written = work.read("previous")
    before = read_notes(written) if written else None
    settings = SpotSettings(
        coverage=work.task.reel["choices"].get("coverage"),
        numbering=before.settings.numbering if before else Numbering(),
        picture_version=work.task.reel["cut"],
    )
    notes = replace(spot(observations, settings, before), revision=work.task.params["revision"])
    return Made({"notes": (encode_notes(notes), JSON)}, {"cues": len(notes.cues)})


def _lanes(work: Work, observations: Observations, spotted: Manifest, apart: bool, progress: Progress) -> Made:
    progress("lanes", 0, 1)
    notes = read_notes(work.artefacts.read(spotted.files["notes"].sha256))
    return Made({"lanes": (review_lanes(observations, notes, music_apart=apart), JSON)})


def _document(choices: Record, name: str) -> Record:
    found: Record = choices.get(name) or {}
    return found


def _sha(manifest: Manifest, name: str) -> str:
    blob = manifest.files.get(name)
    return blob.sha256 if blob else ""
