"""What speaks for each candidate: named reasons between 0 and 1."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from model.observe.observations import Curve, Face, Impact, Line, Observations
from model.spotting.evidence import gather, talk_of
from model.spotting.hits.candidates import Candidate, Found
from model.spotting.hits.looks import Looks
from model.spotting.hits.signals import STILL, Signals
from model.spotting.hits.sounds import Sounds
from model.spotting.scenes import SceneWeights, scene_spans

CAMERA_SHARE = 0.35  # where less than this of the movement is inside the picture, the camera made it

MUCH_LIGHT = 0.3  # change of mean luma that counts fully
SAME = 2  # frames between a change of shot and the scene it opens
LEAST_SEEN = 0.5  # a change of shot is seen even where both pictures are alike

FEATURES = (
    *(f"is {rule}" for rule in Found),
    "first card",
    "gradual",
    "burst",
    "surprise",
    "change",
    "abrupt",
    "local",
    "climax",
    "start",
    "stop",
    "flash",
    "energy jump",
    "change of light",
    "heard",
    "heard and seen",
    "louder",
    "hush",
    "music enters",
    "change of look",
    "never seen",
    "new scene",
    "scene turns",
    "nobody speaks",
    "long shot before",
    "new face",
    "closer",
    "after a line",
    "long pause",
    "arousal",
    "spoken over",
)
GOES_OR_COMES = frozenset({Found.BLACKOUT, Found.PICTURE})
NEW_SHOT = frozenset({Found.TITLE, Found.PICTURE, Found.CUT, Found.DISSOLVE, Found.BLACKOUT})


@dataclass(frozen=True, slots=True)
class Facts:
    """What the wording may say about a candidate, because it was observed.

    Attributes
    ----------
    impact: the sound heard here
    spoken, ended: the line that goes on across this frame; the line that has just ended
    talk_follows: whether somebody speaks within two seconds
    face, person, scale: the largest face from here on, its name if clustered, its height as a share of the picture
    luma, luma_before: mean luma just after and just before the frame
    camera: whether the movement is the camera's
    """

    impact: Impact | None = None
    spoken: Line | None = None
    ended: Line | None = None
    talk_follows: bool = False
    face: Face | None = None
    person: str = ""
    scale: float = 0.0
    luma: float = 0.0
    luma_before: float = 0.0
    camera: bool = False


@dataclass(frozen=True, slots=True)
class Weighed:
    """A candidate with its reasons: ``reasons`` maps each of ``FEATURES`` that is not zero to 0-1."""

    candidate: Candidate
    reasons: dict[str, float]
    facts: Facts = field(default_factory=Facts)

    def vector(self) -> npt.NDArray[np.float64]:
        """Reasons as float64 [len(FEATURES)] in the order of ``FEATURES``."""
        return np.array([self.reasons.get(name, 0.0) for name in FEATURES])


def weigh(seen: Observations, signals: Signals, candidates: list[Candidate]) -> list[Weighed]:
    """Gather the reasons and facts of every candidate."""
    looks, sounds, turns = Looks(seen, signals), Sounds(seen, signals), scene_turns(seen)
    weighed: list[Weighed] = []
    for candidate in candidates:
        reasons = _reasons(candidate, seen, signals, looks, sounds)
        if candidate.found in NEW_SHOT:
            sure = max((turns.get(near, 0.0) for near in _around(candidate.frame)), default=0.0)
            reasons |= {"scene turns": sure} if sure else {}
        weighed.append(Weighed(candidate, reasons, _facts(candidate, seen, signals, looks, sounds)))
    return weighed


def scene_turns(seen: Observations) -> dict[int, float]:
    """First frames of the scenes the notes divide the reel into, each with its confidence 0-1."""
    talk = talk_of(seen)
    scenes = scene_spans(seen, gather(seen, talk), talk, SceneWeights())
    return {span.start.index: round(float(sure), 4) for span, sure in scenes[1:]}


def _around(frame: int) -> range:
    return range(frame - SAME, frame + SAME + 1)


def _reasons(
    candidate: Candidate, seen: Observations, signals: Signals, looks: Looks, sounds: Sounds
) -> dict[str, float]:
    """Every reason that is not zero, by name."""
    frame = candidate.frame
    reasons = {
        f"is {candidate.found}": 1.0,
        "first card": float(candidate.found is Found.TITLE and not candidate.turned),
        "gradual": float(candidate.gradual and candidate.found in GOES_OR_COMES),
        **sounds.level(frame),
        "music enters": sounds.music_enters(frame),
        "after a line": sounds.after_line(frame),
        "arousal": _arousal(seen, frame),
        "spoken over": sounds.spoken(frame),
    }
    reasons |= {"change": _near(signals.change, frame), "abrupt": _near(signals.abrupt, frame)}
    if candidate.found is Found.LINE_END:
        reasons["long pause"] = sounds.pause_from(frame)
    strength = 0.0  # of what is seen
    if candidate.found in NEW_SHOT:
        strength = max(LEAST_SEEN, reasons["change"])
        reasons["change"] = min(reasons["change"] / (2 * signals.usual_cut), 1.0)
        reasons |= looks.at(frame)
        reasons["nobody speaks"] = float(sounds.speechless(frame))
        reasons["energy jump"] = energy_jump(signals, frame)
        reasons["change of light"] = light_jump(signals, frame)
    elif candidate.found not in {Found.LINE_END, Found.FADE_BEGINS}:
        moved = {name: _near(curve, frame) for name, curve in _pictured(signals).items()}
        reasons |= moved
        strength = max(moved["surprise"], moved["start"], moved["stop"], moved["flash"])
    if candidate.found not in {Found.LINE_END, Found.FADE_BEGINS}:
        heard = sounds.impact(frame)[1] * sounds.trust(frame, strength)
        reasons |= {"heard": heard, "heard and seen": float(np.sqrt(heard * strength))}
    if candidate.found is Found.IMPACT:
        reasons["is impact"] = sounds.trust(frame, strength)
    return {name: round(value, 4) for name, value in reasons.items() if value > 0}


def energy_jump(signals: Signals, frame: int) -> float:
    """How much more, or less, moves in the half second from ``frame`` on than in the one before it: 0-1."""
    span = max(1, round(signals.rate / 2))
    before, after = signals.burst[max(frame - span, 0) : frame], signals.burst[frame + 1 : frame + 1 + span]
    if not len(before) or not len(after):
        return 0.0
    return float(min(abs(after.mean() - before.mean()) * 2, 1.0))


def light_jump(signals: Signals, frame: int) -> float:
    """How much brighter or darker the picture is just after ``frame`` than just before: 0-1."""
    after, before = signals.luma[min(frame + 1, len(signals.luma) - 1)], signals.luma[max(frame - 2, 0)]
    return float(min(abs(after - before) / MUCH_LIGHT, 1.0))


def _facts(candidate: Candidate, seen: Observations, signals: Signals, looks: Looks, sounds: Sounds) -> Facts:
    frame = candidate.frame
    return Facts(
        impact=sounds.impact(frame)[0],
        spoken=sounds.line_over(frame),
        ended=sounds.line_ended(frame),
        talk_follows=sounds.talk_follows(frame),
        luma=float(signals.luma[min(frame + 1, len(signals.luma) - 1)]),
        luma_before=float(signals.luma[max(frame - 2, 0)]),
        camera=_camera_led(seen, frame),
        **looks.facts(frame),
    )


def _pictured(signals: Signals) -> dict[str, Curve]:
    return {
        "burst": signals.burst,
        "surprise": signals.surprise,
        "local": signals.local,
        "climax": signals.climax,
        "start": signals.start,
        "stop": signals.stop,
        "flash": signals.flash,
    }


def _near(curve: Curve, frame: int, around: int = 1) -> float:
    """Largest value within ``around`` frames of ``frame``."""
    return float(curve[max(frame - around, 0) : frame + around + 1].max(initial=0.0))


def _arousal(seen: Observations, frame: int) -> float:
    """Arousal at this frame as far as it can be trusted, 0 without a curve."""
    feeling = seen.affect.arousal
    if not len(feeling.value):
        return 0.0
    place = min(int(seen.clock.seconds(frame) / seen.affect.hop_s), len(feeling.value) - 1)
    return float(np.clip(feeling.value[place], 0, 1))


def _camera_led(seen: Observations, frame: int) -> bool:
    """Whether what moves here is the camera rather than something in the picture."""
    motion = seen.motion
    if frame >= len(motion.energy) or motion.energy[frame] < STILL:
        return False
    return bool(motion.action[frame] < CAMERA_SHARE * motion.energy[frame])
