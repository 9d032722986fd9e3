"""Observing: one decode pass feeds every detector, then each says what it found.

The detectors are the entry points of the group ``cuelight.detectors``; ours are registered there like any other.
"""

from __future__ import annotations

from collections.abc import Sequence
from graphlib import CycleError, TopologicalSorter
from importlib.metadata import entry_points, version

import cv2
import numpy as np

from model.errors import SettingInvalid
from model.media import Reel, open_reel
from model.media.reel import PictureBlock, SoundBlock, Still
from model.observe.detector import Context, Detector, Findings, ObserveSettings
from model.observe.observations import (
    Affect,
    Colour,
    Cuts,
    Dialogue,
    Effects,
    Embeddings,
    Faces,
    Feeling,
    Loudness,
    Motion,
    Music,
    Observations,
    Provenance,
    Thumbnail,
    Title,
)
from model.progress import Progress, silent
from model.runtime import inventory

GROUP = "cuelight.detectors"
STAGE_WATCH = "watch and listen"
STAGE_FINISH = "make sense of it"
NEEDS_SOUND = frozenset({"sound", "dialogue", "music", "effects", "loudness"})
_OURS = NEEDS_SOUND | {"cuts", "motion", "colour", "faces", "titles", "embeddings", "affect", "thumbnails"}


def observe_reel(
    path: str, start_timecode: str = "", settings: ObserveSettings | None = None, progress: Progress = silent
) -> Observations:
    """Open the film at ``path`` and observe it; raises ReelError and its kin when the film cannot be used."""
    chosen = settings or ObserveSettings()
    reel = open_reel(path, start_timecode=start_timecode, dialogue_track=chosen.dialogue_track, sides=chosen.sides)
    return observe(reel, chosen, progress)


def observe(reel: Reel, settings: ObserveSettings | None = None, progress: Progress = silent) -> Observations:
    """Let the reel go by once under every detector and gather what they found."""
    chosen = settings or ObserveSettings()
    cv2.setNumThreads(1)  # frames are small: threads cost more than they give, and decoding wants the cores
    detectors = make_detectors(Context(reel.info, chosen))
    _watch(reel, detectors, progress)
    found = _finish(reel, detectors, progress)
    return _gather(reel, Findings(found), found, chosen)


def make_detectors(context: Context) -> list[Detector]:
    """Build every registered detector that the reel and the settings allow, each after those it waits for.

    Raises SettingInvalid when two detectors wait for each other or an unknown one is to be skipped.
    """
    registered = {point.name: point for point in entry_points(group=GROUP)}
    unknown = set(context.settings.skip) - set(registered)
    if unknown:
        message = f"There is no detector called {', '.join(sorted(unknown))}."
        raise SettingInvalid(message, hint=f"There are {', '.join(sorted(registered))}.")
    silent_reel = not context.reel.audio
    left_out = set(context.settings.skip) | (NEEDS_SOUND if silent_reel else frozenset())
    classes = {name: point.load() for name, point in sorted(registered.items()) if name not in left_out}
    graph = {name: [n for n in cls.after if n in classes] for name, cls in classes.items()}
    try:
        order = list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        message = f"Detectors wait for each other: {' -> '.join(error.args[1])}."
        raise SettingInvalid(message) from error
    return [classes[name](context) for name in order]


def _watch(reel: Reel, detectors: Sequence[Detector], progress: Progress) -> None:
    """Hand each block to those who want it."""
    pictures = [d.picture for d in detectors if type(d).picture is not Detector.picture]
    stills = [d.still for d in detectors if type(d).still is not Detector.still]
    sounds = [d.sound for d in detectors if type(d).sound is not Detector.sound]

    def report(stage: str, done: int, total: int) -> None:
        del stage  # decoding is only part of what happens while the reel goes by
        progress(STAGE_WATCH, done, total)

    for block in reel.blocks(report):
        match block:
            case PictureBlock():
                for picture in pictures:
                    picture(block)
            case Still():
                for still in stills:
                    still(block)
            case SoundBlock():
                for sound in sounds:
                    sound(block)


def _finish(reel: Reel, detectors: Sequence[Detector], progress: Progress) -> dict[str, object]:
    found: dict[str, object] = {"clock": reel.clock, "reel": reel.final_info()}
    for done, detector in enumerate(detectors):
        progress(STAGE_FINISH, done, len(detectors))
        found[detector.name] = detector.finish(Findings(found))
    progress(STAGE_FINISH, len(detectors), len(detectors))
    return found


def _gather(reel: Reel, findings: Findings, found: dict[str, object], settings: ObserveSettings) -> Observations:
    info = reel.final_info()
    flat = np.zeros(info.frames, dtype=np.float32)
    titles = findings.get("titles", tuple) or ()
    thumbnails = findings.get("thumbnails", tuple) or ()
    return Observations(
        reel=info,
        clock=reel.clock,
        cuts=findings.get("cuts", Cuts) or Cuts((), method="left out"),
        motion=findings.get("motion", Motion) or Motion(flat, flat),
        colour=findings.get("colour", Colour) or Colour(flat, flat, flat),
        faces=findings.get("faces", Faces) or Faces((), (), ()),
        titles=tuple(t for t in titles if isinstance(t, Title)),
        embeddings=findings.get("embeddings", Embeddings) or Embeddings(np.zeros((0, 1), np.float32), "left out"),
        affect=findings.get("affect", Affect) or _flat_affect(reel.clock.end_s),
        thumbnails=tuple(t for t in thumbnails if isinstance(t, Thumbnail)),
        dialogue=findings.get("dialogue", Dialogue),
        music=findings.get("music", Music),
        effects=findings.get("effects", Effects),
        loudness=findings.get("loudness", Loudness),
        provenance=_provenance(settings),
        extra={k: v for k, v in found.items() if k not in _OURS and isinstance(v, np.ndarray)},
    )


def _flat_affect(end_s: float) -> Affect:
    """Nothing felt, nothing trusted: what stands there when the detector was left out."""
    zero = np.zeros(max(1, int(end_s * 2)), dtype=np.float32)
    nothing = Feeling(zero, zero)
    return Affect(nothing, nothing, nothing)


def _provenance(settings: ObserveSettings) -> Provenance:
    chosen = {
        "exact": str(settings.exact),
        "dialogue_track": str(settings.dialogue_track),
        "sides": str(settings.sides),
        "subtitles": "given" if settings.subtitles else "",
        "script": "given" if settings.script else "",
        "skip": ",".join(settings.skip),
    }
    return Provenance(version("cuelight"), chosen, {name: state for name, _, state in inventory()})
