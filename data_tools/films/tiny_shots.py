"""Shots of tiny films: sets, cameras and figures, and movement that is no cut.

See :mod:`data_tools.films.tiny_edits`, which joins them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

ROWS = 27  # as TransNet V2 takes them
COLUMNS = 48  # as TransNet V2 takes them
BIG = (54, 96)  # drawn at twice the size, then averaged down: soft edges, as a scaler leaves them
MOVING = 4  # dimensions of a plate that is a film itself: [frames, rows, columns, 3]

Picture = npt.NDArray[Any]  # float32; OpenCV does not say
Rng = np.random.Generator


@dataclass(slots=True)
class _Figure:
    """A soft-edged shape that moves: position and velocity in pictures, size as a fraction of the height."""

    at: npt.NDArray[np.float64]
    velocity: npt.NDArray[np.float64]
    size: float
    aspect: float
    colour: Picture
    swing: float
    phase: float
    texture: Picture
    turn: float
    grow: float


@dataclass(slots=True)
class _Shot:
    """One camera position on one plate."""

    plate: Picture
    frames: int
    centre: npt.NDArray[np.float64]
    drift: npt.NDArray[np.float64]
    width: float
    push: float
    shake: float
    roll: float
    figures: list[_Figure]
    gain: Picture
    flicker: float
    hold: int
    whip: tuple[int, float]
    ripple: float
    wave_speed: float
    dim: tuple[int, int, float]
    blur: bool
    start: int
    rng: Rng = field(repr=False)


def draw_scene(rng: Rng, plates: Sequence[Picture], pace: float) -> list[_Shot]:
    """Set up one scene: one or two plates, a cast, a grade, and the shots taken of them."""
    sets = [_plate(rng, plates) for _ in range(int(rng.integers(1, 3)))]
    cast = [_figure(rng, plates) for _ in range(int(rng.choice([0, 1, 2, 3, 6])))]
    grade = (rng.uniform(0.35, 1.15) * rng.uniform(0.8, 1.2, 3)).astype(np.float32)
    alike = rng.random() < 0.5
    action = rng.random() < 0.3
    anchor = rng.uniform(0.25, 0.75, 2)
    base = float(rng.uniform(0.25, 0.8))
    shots: list[_Shot] = []
    for _ in range(int(rng.integers(2, 9))):
        plate = sets[int(rng.integers(len(sets)))]
        length = int(np.clip(rng.lognormal(np.log(pace * (0.5 if action else 1.0)), 0.6), 5, 240))
        speed = rng.choice([0.0, 0.002, 0.01, 0.03]) * (2.0 if action else 1.0)
        shots.append(
            _Shot(
                plate=plate,
                frames=length,
                centre=anchor + rng.normal(0, 0.12, 2) if alike else rng.uniform(0.2, 0.8, 2),
                drift=rng.normal(0, 1, 2) * (speed, 0.4 * speed),
                width=float(np.clip(base * rng.uniform(0.7, 1.4) if alike else rng.uniform(0.2, 0.9), 0.15, 0.95)),
                push=float(rng.choice([0.0, 0.0, 0.002, -0.002, 0.01, -0.01])),
                shake=float(rng.choice([0.0, 0.0, 0.002, 0.008]) * (2.0 if action else 1.0)),
                roll=float(rng.choice([0.0, 0.0, 0.0, 0.4])),
                figures=[_again(rng, f, action) for f in cast if rng.random() < 0.75],
                gain=grade * rng.uniform(0.93, 1.07),
                flicker=float(rng.choice([0.0, 0.0, 0.0, 0.01, 0.05])),
                hold=int(rng.choice([1, 1, 1, 2, 3])),
                whip=(int(rng.integers(0, length)), float(rng.choice([0, 0, 0, 0, 0, 1])) * rng.uniform(0.05, 0.2)),
                ripple=float(rng.choice([0.0, 0.0, 1.5, 4.0, 9.0])),
                wave_speed=float(rng.choice([0.03, 0.1, 0.3])) * (2.0 if action else 1.0),
                dim=_dim(rng, length),
                blur=bool(rng.random() < 0.7),
                start=int(rng.integers(0, 1000)),
                rng=rng,
            )
        )
    return shots


def _dim(rng: Rng, frames: int) -> tuple[int, int, float]:
    """Choose a change of light inside a shot, a lamp or a cloud: first frame, frames it takes, gain it ends at."""
    if rng.random() < 0.7:
        return (0, 1, 1.0)
    return (int(rng.integers(0, frames)), int(rng.choice([2, 6, 20, 60])), float(np.exp(rng.normal(0, 0.5))))


def _plate(rng: Rng, plates: Sequence[Picture]) -> Picture:
    """Choose a given picture, or draw a set: colour masses, edges, texture."""
    if plates and rng.random() < 0.75:
        plate = plates[int(rng.integers(len(plates)))]
        return plate[:, ::-1] if rng.random() < 0.5 else plate
    canvas = cv2.resize(_noise(rng, 4, 7), (384, 216), interpolation=cv2.INTER_CUBIC)
    canvas = canvas + 0.35 * cv2.resize(_noise(rng, 27, 48) - 128, (384, 216), interpolation=cv2.INTER_LINEAR)
    canvas = canvas.mean(axis=2, keepdims=True) * 0.6 + canvas * 0.4
    for _ in range(int(rng.integers(3, 25))):
        colour = [float(c) for c in rng.uniform(0, 255) + rng.normal(0, 30, 3)]
        a = rng.integers(0, (384, 216))
        b = a + rng.integers((-110, -70), (110, 70))
        if rng.random() < 0.7:
            cv2.rectangle(canvas, [int(v) for v in a], [int(v) for v in b], colour, -1)
        else:
            cv2.circle(canvas, [int(v) for v in a], int(rng.integers(4, 50)), colour, -1)
    return np.asarray(np.clip(canvas, 0, 255), np.float32)


def _noise(rng: Rng, rows: int, columns: int) -> Picture:
    return rng.uniform(0, 255, (rows, columns, 3)).astype(np.float32)


def _figure(rng: Rng, plates: Sequence[Picture]) -> _Figure:
    plate = _plate(rng, [p for p in plates if p.ndim != MOVING])
    top, left = (int(rng.integers(0, max(n - 60, 1))) for n in plate.shape[:2])
    return _Figure(
        at=rng.uniform(0.2, 0.8, 2),
        velocity=np.zeros(2),
        size=float(rng.uniform(0.15, 0.9)),
        aspect=float(rng.uniform(0.3, 1.2)),
        colour=(rng.uniform(10, 240) + rng.normal(0, 40, (2, 3))).astype(np.float32),
        swing=float(rng.uniform(0, 0.1)),
        phase=float(rng.uniform(0, 6.28)),
        texture=np.ascontiguousarray(plate[top : top + 60, left : left + 60], np.float32)
        * np.float32(rng.uniform(0.4, 1.2)),
        turn=0.0,
        grow=0.0,
    )


def _again(rng: Rng, figure: _Figure, action: bool) -> _Figure:
    """Put the same figure elsewhere for another shot, sometimes dashing."""
    speed = rng.choice([0.0, 0.003, 0.015, 0.06, 0.15], p=[0.3, 0.3, 0.2, 0.12, 0.08] if action else None)
    if not action and rng.random() < 0.7:
        speed = min(float(speed), 0.003)
    return _Figure(
        at=rng.uniform(-0.1, 1.1, 2) * (1, 0.5) + (0, 0.3),
        velocity=rng.normal(0, 1, 2) * (speed, speed * 0.3),
        size=float(np.clip(figure.size * rng.uniform(0.5, 2.0), 0.1, 1.4)),
        aspect=figure.aspect,
        colour=figure.colour,
        swing=figure.swing * (3.0 if action else 1.0),
        phase=float(rng.uniform(0, 6.28)),
        texture=figure.texture,
        turn=float(rng.normal(0, 1) * rng.choice([0.0, 0.02, 0.2 if action else 0.05])),
        grow=float(rng.normal(0, 1) * rng.choice([0.0, 0.003, 0.05 if action else 0.01])),
    )


def render_shot(shot: _Shot) -> Picture:
    """Render a shot: float32 [n, 27, 48, 3]."""
    out = np.empty((shot.frames, ROWS, COLUMNS, 3), np.float32)
    camera = _camera(shot)
    fields = shot.rng.normal(0, 1, (3, 2, 4, 6)).astype(np.float32)
    fast = np.abs(np.diff(camera, axis=0)).max(initial=0) > 0.01 or any(
        np.abs(f.velocity).max() > 0.01 for f in shot.figures
    )
    steps = (0.0, 0.25, 0.5) if shot.blur and fast else (0.0,)  # a shutter open for half of the frame
    for t in range(shot.frames):
        if t % shot.hold:
            out[t] = out[t - 1]
            continue
        seen = [_expose(shot, camera, fields, t + step) for step in steps]
        first, length, gain = shot.dim
        dim = gain ** float(np.clip((t - first) / length, 0, 1))
        light = shot.gain * (1 + shot.flicker * shot.rng.normal()) * dim
        out[t] = np.mean(seen, axis=0) * light
    return out


def _camera(shot: _Shot) -> npt.NDArray[np.float64]:
    """Where the camera points on each frame: float64 [n + 1, 2] in plates."""
    speed = np.repeat(shot.drift[None], shot.frames + 1, axis=0)
    whip_at, whip = shot.whip
    speed[whip_at : whip_at + 8, 0] += whip
    shake = shot.rng.normal(0, 1, speed.shape) * shot.shake
    return shot.centre + np.cumsum(speed, axis=0) + shake


def _expose(shot: _Shot, camera: npt.NDArray[np.float64], fields: Picture, time: float) -> Picture:
    """Draw the picture at a moment between frames."""
    whole = int(time)
    centre = camera[whole] + (camera[whole + 1] - camera[whole]) * (time - whole)
    width = float(np.clip(shot.width * np.exp(shot.push * time), 0.08, 1.0))
    plate = shot.plate
    if plate.ndim == MOVING:
        plate = plate[int(_bounce(np.array((shot.start + time) / len(plate))) * (len(plate) - 1))]
    picture = _view(plate, _bounce(centre), width, shot.roll * np.sin(time / 25))
    for figure in shot.figures:
        _draw(picture, figure, time, 0.5 / width)
    if shot.ripple:
        picture = _bend(picture, fields, shot.ripple, time * shot.wave_speed)
    small: Picture = cv2.resize(picture, (COLUMNS, ROWS), interpolation=cv2.INTER_AREA)
    return small


def _bend(picture: Picture, fields: Picture, reach: float, phase: float) -> Picture:
    """Bend the whole picture slowly, like cloth, water or smoke close to the lens."""
    waves = np.sin(phase + np.arange(3) * 2.1)[:, None, None, None]
    push = (fields * waves).sum(axis=0) * reach
    dx, dy = (cv2.resize(part.astype(np.float32), BIG[::-1], interpolation=cv2.INTER_CUBIC) for part in push)
    y, x = np.mgrid[0 : BIG[0], 0 : BIG[1]].astype(np.float32)
    bent: Picture = cv2.remap(picture, x + dx, y + dy, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    return bent


def _bounce(centre: npt.NDArray[np.float64]) -> npt.NDArray[Any]:
    """Reflect a pan that would leave the plate back onto it."""
    return np.asarray(1 - np.abs(1 - np.mod(centre, 2)))


def _view(plate: Picture, centre: npt.NDArray[np.float64], width: float, roll: float) -> Picture:
    """Cut the camera's view out of the plate: float32 [54, 96, 3]."""
    rows, columns = plate.shape[:2]
    scale = width * min(columns, rows * 16 / 9) / BIG[1]
    c, s = scale * np.cos(roll), scale * np.sin(roll)
    half = np.array([BIG[1] / 2, BIG[0] / 2])
    reach = np.array([abs(c) * half[0] + abs(s) * half[1], abs(s) * half[0] + abs(c) * half[1]])
    size = np.array([columns, rows], float)
    middle = reach + centre * np.maximum(size - 2 * reach, 0)
    matrix = np.array([[c, -s, middle[0] - c * half[0] + s * half[1]], [s, c, middle[1] - s * half[0] - c * half[1]]])
    if scale > 1.5:
        plate = cv2.blur(plate, (int(scale), int(scale)))
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    view: Picture = cv2.warpAffine(plate, matrix, BIG[::-1], flags=flags, borderMode=cv2.BORDER_REFLECT_101)
    return view


def _draw(picture: Picture, figure: _Figure, time: float, zoom: float) -> None:
    """Draw a figure as a textured body that sways, turns and comes nearer, with a plain head."""
    at = figure.at + figure.velocity * time + figure.swing * np.array([np.sin(time / 7 + figure.phase), 0.0])
    height = float(np.clip(figure.size * BIG[0] * min(zoom, 2.0) * np.exp(figure.grow * time), 2, 3 * BIG[0]))
    x, y = float(at[0] * BIG[1]), float(at[1] * BIG[0])
    wide = height * figure.aspect * 0.7
    if not (-wide - height < x < BIG[1] + wide + height and -2 * height < y < BIG[0] + 2 * height):
        return
    angle = figure.turn * time
    side = figure.texture.shape[0]
    c, s = np.cos(angle), np.sin(angle)
    matrix = np.array([[c * wide, -s * height, 0], [s * wide, c * height, 0]]) / side
    matrix[:, 2] = np.array([x, y]) - matrix[:, :2] @ np.array([side / 2, side / 2])
    body = cv2.warpAffine(figure.texture, matrix, BIG[::-1], flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    mask = np.zeros(BIG, np.float32)
    box = ((x, y), (max(wide, 1.0), max(height, 1.0)), float(np.degrees(angle)))
    cv2.ellipse(mask, box, 1.0, -1, cv2.LINE_AA)
    picture += (body - picture) * mask[..., None]
    head = max(1, int(height / 6))
    cv2.circle(picture, (int(x), int(y - height * 0.55)), head, figure.colour[1].tolist(), -1, cv2.LINE_AA)
