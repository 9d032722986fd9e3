"""Simulated observations of films that were scripted and staged but never drawn.

Drawing and observing a film takes a minute, simulating one a tenth of a second. A simulated film has the true cuts,
lines, impacts and titles of its script, and the script's curves with the errors that real detectors make: lines run on
or join, blows are missed or invented, curves of affect are flattened and noisy, faces are found in some frames only.
The size of the errors was set by comparing feature distributions with observed training films. Training seeds only.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from data_tools.films import TRAIN_SEEDS
from data_tools.films.film import limit_transitions
from data_tools.films.record import truth_of
from data_tools.films.script import Profile, write_script
from data_tools.films.staging import stage_script
from data_tools.films.truth import Truth
from model.media.reel import AudioTrack, Clock, ReelInfo
from model.observe.observations import (
    Affect,
    Colour,
    Cuts,
    Dialogue,
    Effects,
    Embeddings,
    Face,
    Faces,
    Feeling,
    Impact,
    Line,
    Loudness,
    Motion,
    Music,
    Observations,
    Provenance,
    Title,
    Transition,
    TransitionKind,
)
from model.time import Frame, Span, Timebase

Array = npt.NDArray[np.float64]

_CURVE_HZ = 2
_RATES = (Fraction(24), Fraction(24000, 1001), Fraction(25), Fraction(30))
_PROFILES: tuple[Profile, ...] = ("drama", "mixed", "action")
_SHOWS_FACES = {
    "talk": 0.9, "argue": 0.9, "react": 0.95, "tender": 0.9, "stalk": 0.4, "hold": 1.0, "aftermath": 0.9,
    "chase": 0.2, "shock": 0.2, "fight": 0.3, "travel": 0.3, "montage": 0.3, "reveal": 0.4,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class FilmSimulation:
    """One film being simulated, with the random numbers that decide its errors."""

    truth: Truth
    rng: np.random.Generator

    @property
    def rate(self) -> float:
        """Frames per second."""
        return float(self.truth.exact_rate)

    @property
    def seconds(self) -> float:
        """Length of the film."""
        return self.truth.frames / self.rate

    def draw_between(self, low: float, high: float) -> float:
        """Draw evenly."""
        return float(self.rng.uniform(low, high))

    def at(self, values: tuple[float, ...], times_s: Array) -> Array:
        """Read one of the script's curves at any times."""
        return np.asarray(np.interp(times_s, np.arange(len(values)) / _CURVE_HZ, values), dtype=np.float64)


def write_truth(seed: int) -> Truth:
    """Script and stage a film of a training seed; raises ValueError for any other seed."""
    if seed not in TRAIN_SEEDS:
        msg = f"Seed {seed} is not for training."
        raise ValueError(msg)
    profile = _PROFILES[seed % len(_PROFILES)]
    script = write_script(np.random.default_rng((seed, 1)), 150.0 + 6 * (seed % 5), profile)
    plan = limit_transitions(stage_script(script, seed, _RATES[seed % len(_RATES)]))
    return truth_of(plan, profile=profile, start_timecode="01:00:00:00", size=(640, 360))


def simulate_observations(truth: Truth, turn: int = 0) -> Observations:
    """Simulate the observations of a film, with different errors at every ``turn``; the same arguments repeat them."""
    film = FilmSimulation(truth, np.random.default_rng((truth.seed, 11, turn)))
    rate, frames = truth.exact_rate, truth.frames
    cuts = Cuts(
        tuple(Transition(TransitionKind(t.kind), Frame(t.start), Frame(t.end), 1.0, t.via) for t in truth.transitions)
    )
    flat = np.zeros(frames, np.float32)
    return Observations(
        reel=ReelInfo(
            f"told_{truth.seed}.mp4", f"{truth.seed:064d}", Timebase.from_label(rate, truth.start_timecode), frames,
            truth.width, truth.height, "mp4", "h264", audio=(AudioTrack(0, "", 2, 48_000),),
        ),
        clock=Clock.from_constant_rate(frames, rate),
        cuts=cuts,
        motion=_motion(film),
        colour=Colour(_light(film), flat, flat),
        faces=_faces(film),
        titles=tuple(Title(Span.of(t.start, t.end), 0.9, 0.1, t.label) for t in truth.titles),
        embeddings=Embeddings(_looks(film, cuts), "told"),
        affect=_affect(film),
        thumbnails=(),
        dialogue=_dialogue(film),
        music=Music((), np.zeros(int(film.seconds * 10) + 1, np.float32)),
        effects=Effects(_impacts(film)),
        loudness=_loudness(film),
        provenance=Provenance("told"),
    )  # fmt: skip


def _affect(film: FilmSimulation) -> Affect:
    """Make the curves of affect flatter, smoother and noisier than the script's."""
    arousal = _distort_curve(film, film.truth.arousal, (0.6, 0.9), (0.02, 0.16), 0.05)
    tension = _distort_curve(film, film.truth.tension, (0.3, 0.6), (0.1, 0.3), 0.12)
    valence = _distort_curve(film, film.truth.valence, (0.3, 0.8), (-0.1, 0.1), 0.25)
    return Affect(_feeling(arousal, 0.8), _feeling(valence, 0.3), _feeling(tension, 0.4))


def _distort_curve(
    film: FilmSimulation,
    script: tuple[float, ...],
    scale: tuple[float, float],
    offset: tuple[float, float],
    noise: float,
) -> Array:
    blunt = int(film.rng.choice([7, 11, 15]))
    smooth = np.convolve(np.pad(np.array(script), blunt // 2, "edge"), np.ones(blunt) / blunt, "valid")
    slips = np.convolve(film.rng.normal(0, noise, len(smooth) + 8), np.ones(9) / 3, "valid")
    return np.clip(smooth * film.draw_between(*scale) + film.draw_between(*offset) + slips, -1.0, 1.0)


def _feeling(values: Array, confidence: float) -> Feeling:
    return Feeling(values.astype(np.float32), np.full(len(values), confidence, np.float32))


def _motion(film: FilmSimulation) -> Motion:
    frames = film.truth.frames
    arousal = film.at(film.truth.arousal, np.arange(frames) / film.rate)
    knots = np.arange(0, frames + 48, 48)
    drift = np.interp(np.arange(frames), knots, np.exp(film.rng.normal(0, 0.5, len(knots))))
    jitter = np.clip(1 + film.rng.normal(0, 0.5, frames), 0.2, 3.0)
    energy = np.clip((0.01 + 0.12 * arousal**2) * jitter * drift, 0.0, 1.0).astype(np.float32)
    return Motion(energy, (0.7 * energy).astype(np.float32))


def _light(film: FilmSimulation) -> npt.NDArray[np.float32]:
    luma = np.full(film.truth.frames, 0.4, np.float32)
    for scene in film.truth.scenes:
        luma[scene.start : scene.end] = film.draw_between(0.2, 0.6)
    return luma


def _faces(film: FilmSimulation) -> Faces:
    """Find faces where beats of that kind show them; how many differs from film to film."""
    looked = range(0, film.truth.frames, round(film.rate / 2))
    found_share = film.draw_between(0.5, 1.0)
    kinds = {f: b.label for b in film.truth.beats for f in range(b.start, b.end)}
    found: list[Face] = []
    for frame in looked:
        if film.rng.random() < _SHOWS_FACES.get(kinds.get(frame, ""), 0.1) * found_share:
            near = film.rng.random() < 0.5
            height = film.draw_between(0.35, 0.75) if near else film.draw_between(0.15, 0.35)
            found.append(Face(Frame(frame), (0.3, 0.2, 0.2, height), 0.9))
    return Faces(tuple(found), (), tuple(Frame(f) for f in looked))


def _looks(film: FilmSimulation, cuts: Cuts) -> npt.NDArray[np.float32]:
    """Make embeddings of the shots: cosines of about .7 inside a scene and .5 across scenes, as the picture net's."""

    def draw() -> Array:
        return film.rng.normal(size=64) / 8

    common, scenes = draw() * 0.7, [draw() * 0.47 for _ in film.truth.scenes]
    starts = [s.start for s in film.truth.scenes]
    vectors: list[Array] = []
    for shot in cuts.shots(film.truth.frames):
        middle = (shot.start.index + shot.end.index) // 2
        scene = max(0, int(np.searchsorted(starts, middle, side="right")) - 1)
        look = common + scenes[scene] + draw() * np.sqrt(0.29 * film.draw_between(0.3, 1.7))
        vectors.append(look / np.linalg.norm(look))
    return np.array(vectors, dtype=np.float32)


def _dialogue(film: FilmSimulation) -> Dialogue:
    """Let lines begin early and end late, join those close together, and miss one in thirty."""
    spans: list[list[float]] = []
    for line in film.truth.dialogue:
        start, end = line.start_s - film.draw_between(0, 0.12), line.end_s + film.draw_between(-0.05, 0.25)
        if film.rng.random() < 0.03:
            continue
        if spans and start - spans[-1][1] < 0.22:
            spans[-1][1] = end
        else:
            spans.append([start, end])
    activity = np.zeros(int(film.seconds * 10) + 1, np.float32)
    for start, end in spans:
        activity[max(0, int(start * 10)) : int(end * 10)] = 0.95
    return Dialogue(tuple(Line(max(0.0, a), b, 0.95) for a, b in spans), activity)


def _impacts(film: FilmSimulation) -> tuple[Impact, ...]:
    """Miss one blow in seven, and invent about six weak ones."""
    found = [
        Impact(i.time_s, float(np.clip(i.strength + film.rng.normal(0, 0.1), 0.1, 1.0)), 0.9, i.label)
        for i in film.truth.impacts
        if film.rng.random() < 0.85
    ]
    found += [
        Impact(film.draw_between(0, film.seconds), film.draw_between(0.3, 0.75), 0.5)
        for _ in range(int(film.rng.poisson(6)))
    ]
    return tuple(sorted(found, key=lambda i: i.time_s))


def _loudness(film: FilmSimulation) -> Loudness:
    hops = int(film.seconds * 10) + 1
    times = np.arange(hops) / 10
    bed = film.draw_between(-50, -42) + film.draw_between(18, 30) * film.at(film.truth.arousal, times)
    spoken = np.zeros(hops)
    for line in film.truth.dialogue:
        spoken[int(line.start_s * 10) : int(line.end_s * 10) + 1] = 1.0
    voice = np.convolve(spoken, np.ones(20) / 20, "same")
    level = np.maximum(bed, np.where(voice > 0.05, -33 + 8 * voice, -99.0))
    level += np.convolve(film.rng.normal(0, 6, hops + 19), np.ones(20) / 20, "valid")
    for impact in film.truth.impacts:
        rings = slice(int(impact.time_s * 10), int(impact.time_s * 10) + 20)
        level[rings] = np.maximum(level[rings], -34 + 22 * impact.strength)
    curve = np.maximum(level, -70.0).astype(np.float32)
    return Loudness(curve, curve, -25.0, -3.0)
