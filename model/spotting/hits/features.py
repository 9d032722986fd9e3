"""What speaks for each candidate: named reasons between 0 and 1."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from model.observe.observations import Curve, Face, Impact, Line, Observations
from model.spotting.evidence import gather, talk_of
from model.spotting.hits.candidates import CandidateSource, HitCandidate
from model.spotting.hits.looks import ShotLooks
from model.spotting.hits.signals import STILL, HitSignals
from model.spotting.hits.sounds import HitSounds
from model.spotting.scenes import SceneWeights, scene_spans

CAMERA_SHARE = 0.35  # where less than this of the movement is inside the picture, the camera made it

MUCH_LIGHT = 0.3  # change of mean luma that counts fully
SAME = 2  # frames between a change of shot and the scene it opens
LEAST_SEEN = 0.5  # a change of shot is seen even where both pictures are alike

FEATURES = (
    *(f"is {rule}" for rule in CandidateSource),
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
GOES_OR_COMES = frozenset({CandidateSource.BLACKOUT, CandidateSource.PICTURE})
NEW_SHOT = frozenset(
    {
        CandidateSource.TITLE,
        CandidateSource.PICTURE,
        CandidateSource.CUT,
        CandidateSource.DISSOLVE,
        CandidateSource.BLACKOUT,
    }
)


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

    candidate: HitCandidate
    reasons: dict[str, float]
    facts: Facts = field(default_factory=Facts)

    def vector(self) -> npt.NDArray[np.float64]:
        """Reasons as a vector, float64 [len(FEATURES)] in the order of ``FEATURES``."""
        return np.array([self.reasons.get(name, 0.0) for name in FEATURES])


def weigh(observations: Observations, signals: HitSignals, candidates: list[HitCandidate]) -> list[Weighed]:
    """Gather the reasons and facts of every candidate."""
    looks, sounds, turns = (
        ShotLooks(observations, signals),
        HitSounds(observations, signals),
        find_scene_starts(observations),
    )
    weighed: list[Weighed] = []
    for candidate in candidates:
        reasons = _reasons(candidate, observations, signals, looks, sounds)
        if candidate.found in NEW_SHOT:
            sure = max((turns.get(near, 0.0) for near in _around(candidate.frame)), default=0.0)
            reasons |= {"scene turns": sure} if sure else {}
        weighed.append(Weighed(candidate, reasons, _facts(candidate, observations, signals, looks, sounds)))
    return weighed


def find_scene_starts(observations: Observations) -> dict[int, float]:
    """First frames of the scenes the notes divide the reel into, each with its confidence 0-1."""
    talk = talk_of(observations)
    scenes = scene_spans(observations, gather(observations, talk), talk, SceneWeights())
    return {span.start.index: round(float(sure), 4) for span, sure in scenes[1:]}


def _around(frame: int) -> range:
    return range(frame - SAME, frame + SAME + 1)


def _reasons(
    candidate: HitCandidate, observations: Observations, signals: HitSignals, looks: ShotLooks, sounds: HitSounds
) -> dict[str, float]:
    """Every reason that is not zero, by name."""
    frame = candidate.frame
    reasons = {
        f"is {candidate.found}": 1.0,
        "first card": float(candidate.found is CandidateSource.TITLE and not candidate.turned),
        "gradual": float(candidate.gradual and candidate.found in GOES_OR_COMES),
        **sounds.measure_level_change(frame),
        "music enters": sounds.is_music_entry(frame),
        "after a line": sounds.after_line(frame),
        "arousal": _arousal(observations, frame),
        "spoken over": sounds.speech_confidence(frame),
    }
    reasons |= {"change": _near(signals.change, frame), "abrupt": _near(signals.abrupt, frame)}
    if candidate.found is CandidateSource.LINE_END:
        reasons["long pause"] = sounds.pause_from(frame)
    strength = 0.0  # of what is seen
    if candidate.found in NEW_SHOT:
        strength = max(LEAST_SEEN, reasons["change"])
        reasons["change"] = min(reasons["change"] / (2 * signals.usual_cut), 1.0)
        reasons |= looks.reasons_at(frame)
        reasons["nobody speaks"] = float(sounds.is_speechless(frame))
        reasons["energy jump"] = measure_energy_jump(signals, frame)
        reasons["change of light"] = measure_light_jump(signals, frame)
    elif candidate.found not in {CandidateSource.LINE_END, CandidateSource.FADE_BEGINS}:
        moved = {name: _near(curve, frame) for name, curve in _picture_signals(signals).items()}
        reasons |= moved
        strength = max(moved["surprise"], moved["start"], moved["stop"], moved["flash"])
    if candidate.found not in {CandidateSource.LINE_END, CandidateSource.FADE_BEGINS}:
        heard = sounds.impact(frame)[1] * sounds.impact_confidence(frame, strength)
        reasons |= {"heard": heard, "heard and seen": float(np.sqrt(heard * strength))}
    if candidate.found is CandidateSource.IMPACT:
        reasons["is impact"] = sounds.impact_confidence(frame, strength)
    return {name: round(value, 4) for name, value in reasons.items() if value > 0}


def measure_energy_jump(signals: HitSignals, frame: int) -> float:
    """How much more, or less, moves in the half second from ``frame`` on than in the one before it: 0-1."""
    span = max(1, round(signals.rate / 2))
    before, after = signals.burst[max(frame - span, 0) : frame], signals.burst[frame + 1 : frame + 1 + span]
    if not len(before) or not len(after):
        return 0.0
    return float(min(abs(after.mean() - before.mean()) * 2, 1.0))


def measure_light_jump(signals: HitSignals, frame: int) -> float:
    """How much brighter or darker the picture is just after ``frame`` than just before: 0-1."""
    after, before = signals.luma[min(frame + 1, len(signals.luma) - 1)], signals.luma[max(frame - 2, 0)]
    return float(min(abs(after - before) / MUCH_LIGHT, 1.0))


def _facts(
    candidate: HitCandidate, observations: Observations, signals: HitSignals, looks: ShotLooks, sounds: HitSounds
) -> Facts:
    frame = candidate.frame
    return Facts(
        impact=sounds.impact(frame)[0],
        spoken=sounds.find_line_across(frame),
        ended=sounds.line_ended(frame),
        talk_follows=sounds.is_followed_by_talk(frame),
        luma=float(signals.luma[min(frame + 1, len(signals.luma) - 1)]),
        luma_before=float(signals.luma[max(frame - 2, 0)]),
        camera=_camera_led(observations, frame),
        **looks.describe_shot(frame),
    )


def _picture_signals(signals: HitSignals) -> dict[str, Curve]:
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


def _arousal(observations: Observations, frame: int) -> float:
    """Arousal at this frame as far as it can be trusted, 0 without a curve."""
    feeling = observations.affect.arousal
    if not len(feeling.value):
        return 0.0
    place = min(int(observations.clock.seconds(frame) / observations.affect.hop_s), len(feeling.value) - 1)
    return float(np.clip(feeling.value[place], 0, 1))


def _camera_led(observations: Observations, frame: int) -> bool:
    """Whether what moves here is the camera rather than something in the picture."""
    motion = observations.motion
    if frame >= len(motion.energy) or motion.energy[frame] < STILL:
        return False
    return bool(motion.action[frame] < CAMERA_SHARE * motion.energy[frame])
