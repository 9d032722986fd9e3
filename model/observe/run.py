"""Observing: one decode pass feeds every detector, then each says what it found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from importlib.metadata import version
from typing import TypeVar

import cv2
import numpy as np

from model.errors import PluginInvalid
from model.media.open import Reel, open_reel
from model.media.reel import Clock, Feed, PictureBlock, ReelInfo, SoundBlock, Still
from model.observe.detector import Context, Detector, Findings
from model.observe.observations import (
    Affect,
    Colour,
    Cuts,
    Dialogue,
    Effects,
    Embeddings,
    Extra,
    Faces,
    Feeling,
    Loudness,
    Motion,
    Music,
    Observations,
    Provenance,
    Stretch,
    Thumbnail,
    Title,
)
from model.observe.registry import choose_detectors, missing_feeds
from model.observe.settings import ObserveSettings
from model.plain_values import can_store
from model.progress import Progress, ignore_progress
from model.runtime.assets import inventory

STAGE_WATCH = "watch and listen"
STAGE_FINISH = "make sense of it"
T = TypeVar("T")


def observe_reel(
    path: str, start_timecode: str = "", settings: ObserveSettings | None = None, progress: Progress = ignore_progress
) -> Observations:
    """Open the film at ``path`` and observe it; raises ReelError and its kin when the film cannot be used."""
    chosen = settings or ObserveSettings()
    reel = open_reel(path, start_timecode=start_timecode, dialogue_track=chosen.dialogue_track, sides=chosen.sides)
    return observe(reel, chosen, progress)


def observe(reel: Reel, settings: ObserveSettings | None = None, progress: Progress = ignore_progress) -> Observations:
    """Let the reel go by once under every detector and gather what they found.

    Raises SettingInvalid or PluginInvalid before anything is decoded when the detectors cannot be run, PluginInvalid
    afterwards when one found something that observations cannot hold.
    """
    chosen = settings or ObserveSettings()
    cv2.setNumThreads(1)  # frames are small: threads cost more than they give, and decoding wants the cores
    installed = choose_detectors(chosen)
    left_out = missing_feeds(installed, reel.info)
    running = {name: detector for name, detector in installed.items() if name not in left_out}
    context = Context(reel.info, chosen)
    detectors = [detector.kind(context) for detector in running.values()]
    _watch(reel, detectors, progress)
    found = _finish(reel, detectors, progress)
    versions = {name: detector.version for name, detector in sorted(running.items())}
    return gather(reel.final_info(), reel.clock, found, provenance=_provenance(chosen, versions, left_out))


def _watch(reel: Reel, detectors: Sequence[Detector], progress: Progress) -> None:
    """Hand each block to those who need it; what nobody needs is not made."""
    pictures, stills, sounds = ([d for d in detectors if feed in d.needs] for feed in Feed)
    progress(STAGE_WATCH, 0, reel.info.frames)

    def report(stage: str, done: int, total: int) -> None:
        del stage  # decoding is only part of what happens while the reel goes by
        progress(STAGE_WATCH, done, total)

    for block in reel.blocks(report, frozenset[Feed]().union(*(d.needs for d in detectors))):
        match block:
            case PictureBlock():
                for detector in pictures:
                    detector.process_picture(block)
            case Still():
                for detector in stills:
                    detector.process_still(block)
            case SoundBlock():
                for detector in sounds:
                    detector.process_sound(block)


def _finish(reel: Reel, detectors: Sequence[Detector], progress: Progress) -> dict[str, object]:
    """Ask each detector what it found; return what observations are to hold, by name."""
    found: dict[str, object] = {"clock": reel.clock, "reel": reel.final_info()}
    for done, detector in enumerate(detectors):
        progress(STAGE_FINISH, done, len(detectors))
        found[detector.name] = detector.finish(Findings(found))
    progress(STAGE_FINISH, len(detectors), len(detectors))
    return {detector.name: found[detector.name] for detector in detectors if detector.stored}


def gather(reel: ReelInfo, clock: Clock, found: Mapping[str, object], provenance: Provenance) -> Observations:
    """Put findings, by detector, into their places; a member that nobody found is empty.

    Raises PluginInvalid for a finding that does not fit its place, or that no place can hold.
    """
    flat = np.zeros(reel.frames, dtype=np.float32)
    members = {f.name for f in fields(Observations)}
    return Observations(
        reel=reel,
        clock=clock,
        cuts=_fitting(found, "cuts", Cuts) or Cuts((), method="left out"),
        motion=_fitting(found, "motion", Motion) or Motion(flat, flat),
        colour=_fitting(found, "colour", Colour) or Colour(flat, flat, flat),
        faces=_fitting(found, "faces", Faces) or Faces((), (), ()),
        titles=_all_fitting(found, "titles", Title),
        embeddings=_fitting(found, "embeddings", Embeddings) or Embeddings(np.zeros((0, 1), np.float32), "left out"),
        affect=_fitting(found, "affect", Affect) or _flat_affect(clock.end_s),
        thumbnails=_all_fitting(found, "thumbnails", Thumbnail),
        dialogue=_fitting(found, "dialogue", Dialogue),
        music=_fitting(found, "music", Music),
        effects=_fitting(found, "effects", Effects),
        loudness=_fitting(found, "loudness", Loudness),
        provenance=provenance,
        extra={
            name: _extra(name, value)
            for name, value in sorted(found.items())
            if name not in members and value is not None
        },
    )


def _fitting(found: Mapping[str, object], name: str, kind: type[T]) -> T | None:
    value = found.get(name)
    if value is None or isinstance(value, kind):
        return value
    message = f"The detector {name!r} found a {type(value).__name__}."
    raise PluginInvalid(message, hint=f"Return a {kind.__name__}, or None.")


def _all_fitting(found: Mapping[str, object], name: str, kind: type[T]) -> tuple[T, ...]:
    value = _fitting(found, name, tuple) or ()
    return tuple(item for item in (_fitting({name: item}, name, kind) for item in value) if item is not None)


def _extra(name: str, value: object) -> Extra:
    """Return a finding as observations hold it; raises PluginInvalid when it is nothing they can hold."""
    if isinstance(value, np.ndarray) and can_store(value.dtype):
        return value
    if isinstance(value, tuple) and all(isinstance(item, Stretch) for item in value):
        return value
    message = f"The detector {name!r} found a {type(value).__name__} that observations cannot hold."
    hint = "Return an array of whole or floating-point numbers, a tuple of Stretch, or None; or set stored = False."
    raise PluginInvalid(message, hint=hint)


def _flat_affect(end_s: float) -> Affect:
    """Nothing felt, nothing trusted: what stands there when the detector was left out."""
    zero = np.zeros(max(1, int(end_s * 2)), dtype=np.float32)
    nothing = Feeling(zero, zero)
    return Affect(nothing, nothing, nothing)


def _provenance(settings: ObserveSettings, detectors: Mapping[str, str], left_out: Mapping[str, str]) -> Provenance:
    chosen = {
        "exact": str(settings.exact),
        "dialogue_track": str(settings.dialogue_track),
        "sides": str(settings.sides),
        "subtitles": "given" if settings.subtitles else "",
        "script": "given" if settings.script else "",
        "only": ",".join(settings.only),
        "skip": ",".join(settings.skip),
    }
    models = {name: state for name, _, state in inventory()}
    return Provenance(version("cuelight"), chosen, models, dict(detectors), dict(left_out))
