"""What a new shot shows compared with what came before: change of look, something never seen, a new or closer face."""

from __future__ import annotations

from typing import TypedDict

import numpy as np
import numpy.typing as npt

from model.observe.observations import Face, Observations
from model.spotting.hits.signals import HitSignals

LONG_SHOT_S = 8.0  # a shot held this long makes its end count fully
FIRST_LOOK_S = 1.0  # faces on this much of a new shot say what it shows
SCALE_JUMP = 0.35  # growth of the largest face, as a share of the picture's height, that is a jump to a close-up
MEMORY_SHOTS = 4  # a scene begins where none of the next shots looks like one of so many before
AHEAD_SHOTS = 3  # shots looked ahead for that
NOVEL = 0.7  # distance, against the reel's typical cut, from which a look begins to be a new one; twice it surely is
RETURN_S = 30.0  # a face not seen for this long is new again
SURE_FACE = 0.6


class ShotFacts(TypedDict):
    """What the shot on the screen shows: its largest face, that person's name, the face's height 0-1."""

    face: Face | None
    person: str
    scale: float


class ShotLooks:
    """The shots of a reel and their faces, asked about frame by frame."""

    def __init__(self, observations: Observations, signals: HitSignals) -> None:
        """Index shots, looks and faces once."""
        self._rate = signals.rate
        self._shots = observations.shots
        self._starts = np.array([shot.start.index for shot in self._shots])
        self._vectors = _look_vectors(observations, signals)
        self._typical = self._typical_change()
        self._faces = sorted((f for f in observations.faces.faces if f.score >= SURE_FACE), key=lambda f: f.frame.index)
        self._face_frames = np.array([f.frame.index for f in self._faces], dtype=np.int64)
        self._names = {place: person.name for place, person in enumerate(observations.faces.people)}

    def reasons_at(self, frame: int) -> dict[str, float]:
        """Reasons for a shot that begins around ``frame``."""
        shot = self._shot(frame)
        if shot == 0:
            return {}
        length_s = self._shots[shot - 1].frames / self._rate
        away = [self._apart(shot, other) / self._typical for other in range(shot)]
        return {
            "long shot before": min(length_s / LONG_SHOT_S, 1.0),
            "change of look": _ramp(away[-1] / 2),
            "never seen": _ramp((min(away) - NOVEL) / NOVEL),
            "new scene": _ramp((self._divide(shot) - NOVEL) / NOVEL),
            **self._face_reasons(shot),
        }

    def describe_shot(self, frame: int) -> ShotFacts:
        """Say what the shot at ``frame`` shows within a second from there."""
        face = self._largest(frame, frame + round(FIRST_LOOK_S * self._rate))
        person = self._names.get(face.person, "") if face else ""
        return ShotFacts(face=face, person=person, scale=face.box[3] if face else 0.0)

    def _face_reasons(self, shot: int) -> dict[str, float]:
        start = self._shots[shot].start.index
        ahead, back = round(FIRST_LOOK_S * self._rate), round(RETURN_S * self._rate)
        face = self._largest(start, min(start + ahead, self._shots[shot].end.index))
        if face is None:
            return {}
        before = self._largest(start - ahead, start)
        closer = (face.box[3] - (before.box[3] if before else 0.0)) / SCALE_JUMP
        lately = self._between(start - back, start)
        known = any(other.person == face.person for other in lately) if face.person >= 0 else bool(before)
        return {"closer": _ramp(closer), "new face": 0.0 if known else 1.0}

    def _divide(self, shot: int) -> float:
        """Nearest look across the cut: of the last shots before it and the first ones from it on.

        Inside a scene one of the next shots soon returns to a known look; across scenes none does.
        """
        before = range(max(0, shot - MEMORY_SHOTS), shot)
        ahead = range(shot, min(shot + AHEAD_SHOTS, len(self._shots)))
        return min(self._apart(a, b) for a in before for b in ahead) / self._typical

    def _shot(self, frame: int) -> int:
        """Find the shot that begins nearest to ``frame``, else the one it lies in."""
        after = int(np.searchsorted(self._starts, frame, side="right"))
        upcoming = after < len(self._starts) and self._starts[after] - frame < self._rate / 2
        inside = max(after - 1, 0)
        just_begun = frame - self._starts[inside] < self._rate / 2
        return inside if just_begun or not upcoming else after

    def _largest(self, begin: int, end: int) -> Face | None:
        return max(self._between(begin, end), key=lambda f: f.box[3], default=None)

    def _between(self, begin: int, end: int) -> list[Face]:
        low, high = np.searchsorted(self._face_frames, [begin, end])
        return self._faces[low:high]

    def _apart(self, one: int, other: int) -> float:
        return float(1.0 - self._vectors[one] @ self._vectors[other])

    def _typical_change(self) -> float:
        changes = [self._apart(i, i - 1) for i in range(1, len(self._shots))]
        return max(float(np.median(changes)), 1e-3) if changes else 1.0


def _look_vectors(observations: Observations, signals: HitSignals) -> npt.NDArray[np.float32]:
    """Return unit vectors of the shots' looks, float32 [shots, d]; from light and colour where no net looked."""
    shots = observations.shots
    vectors = observations.embeddings.vectors
    if len(vectors) == len(shots) and vectors.ndim == 2:  # noqa: PLR2004 - a table
        return vectors
    curves = np.stack(
        [signals.luma, observations.colour.saturation, observations.colour.warmth, np.full_like(signals.luma, 0.2)]
    )
    means = np.stack([curves[:, s.start.index : max(s.end.index, s.start.index + 1)].mean(axis=1) for s in shots])
    unit: npt.NDArray[np.float32] = means / np.linalg.norm(means, axis=1, keepdims=True)
    return unit


def _ramp(value: float) -> float:
    return float(min(max(value, 0.0), 1.0))
