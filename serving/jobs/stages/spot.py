"""``spot``: from an upload to notes, the film as the browser plays it, and the lanes of the room."""

from __future__ import annotations

from model.observe.settings import ObserveSettings
from model.pipeline import (
    DRAW_LANES,
    LANES,
    NOTES,
    OBSERVATIONS,
    PREPARE,
    SPOT,
    WATCH,
    DraftSettings,
    LanesSettings,
    PrepareSettings,
    WatchSettings,
    reel_info,
)
from model.review.film import PICTURE, SOUND, WAVEFORM
from model.spotting.settings import SpotSettings
from serving.jobs.work import JobAttempt
from serving.store.tables import Record


def run(attempt: JobAttempt) -> Record:
    """Watch the film, prepare it for the browser, spot it; what was published before keeps its numbers."""
    attempt.plan(WATCH, PREPARE, SPOT, DRAW_LANES)
    runner, film = attempt.runner, attempt.require_inputs("film")
    watched = runner.run(WATCH, film, _watch_settings(attempt.task.reel))
    observations = watched.files[OBSERVATIONS]
    prepared = runner.run(PREPARE, film, PrepareSettings(reel_info(watched)))
    spotted = runner.run(SPOT, {"observations": observations, **attempt.inputs("previous")}, _draft_settings(attempt))
    notes = spotted.files[NOTES]
    apart = LanesSettings(music_apart=prepared.facts["music_apart"])
    lanes = runner.run(DRAW_LANES, {"notes": notes, "observations": observations}, apart)
    media = {"picture": PICTURE, "sound": SOUND, "waveform": WAVEFORM}
    made = {name: prepared.files[file].sha256 if file in prepared.files else "" for name, file in media.items()}
    made |= {"observations": observations.sha256, "lanes": lanes.files[LANES].sha256}
    return {"reel": {**made, "facts": watched.facts["reel"]}, "notes": notes.sha256, "cues": spotted.facts["cues"]}


def _watch_settings(reel: Record) -> WatchSettings:
    """Read what was chosen with the upload; the film has the name a person gave it."""
    choices = reel["choices"]
    subtitles, script = choices.get("subtitles") or {}, choices.get("script") or {}
    observing = ObserveSettings(
        sides=bool(choices.get("sides")),
        subtitles=subtitles.get("text", ""),
        subtitles_format=subtitles.get("format", "srt"),
        script=script.get("text", ""),
        script_format=script.get("format", "fountain"),
    )
    return WatchSettings(reel["name"], choices.get("start_timecode") or "", observing)


def _draft_settings(attempt: JobAttempt) -> DraftSettings:
    reel = attempt.task.reel
    spotting = SpotSettings(coverage=reel["choices"].get("coverage"), picture_version=reel["cut"])
    return DraftSettings(spotting, keep_numbering=True, revision=attempt.task.params["revision"])
