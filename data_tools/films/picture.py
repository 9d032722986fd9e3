"""The picture: every frame of a plan as planar YUV 4:2:0, drawn from layers that are prepared once a shot."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from data_tools.films.people import draw_body, draw_bust
from data_tools.films.plan import Figure, FilmPlan, Mover, Shot, TitleCard
from data_tools.films.record import transition_span
from data_tools.films.sets import paint

Pixels = npt.NDArray[np.uint8]
_ZOOM_FIT = 1.25  # canvas pixels per frame pixel at zoom 1
_GRAIN = 3.0
_ENVELOPE_HZ = 50


@dataclass(frozen=True, slots=True)
class PreparedShot:
    """A shot with its set painted and its light applied."""

    shot: Shot
    canvas: Pixels | None


class FrameRenderer:
    """Draws the frames of one plan in order."""

    def __init__(self, plan: FilmPlan, size: tuple[int, int]) -> None:
        """Prepare grain, shake and the moving mouths of ``plan`` for a picture of ``size`` (width, height)."""
        self.plan, self.size = plan, size
        rng = np.random.default_rng((plan.seed, 7))
        self.grain = rng.normal(0, _GRAIN, (size[1] + 64, size[0] + 64)).round().astype(np.int16)
        self.grain_at = rng.integers(0, 64, (plan.frames, 2))
        shake = rng.normal(0, 1, (plan.frames + 8, 3))
        self.shake = (shake[:-2] + 2 * shake[1:-1] + shake[2:]) / 4
        self.kick = _kicks(plan, rng)
        self.mouths = _mouths(plan)
        self.streaks = _streaks(rng, size)
        self._drawn: dict[int, PreparedShot] = {}

    def frames(self) -> Iterator[Pixels]:
        """Yield every frame as uint8 [height * 3 / 2, width] (I420)."""
        shots = self.plan.shots
        spans = [transition_span(s) for s in shots]
        number = 0
        for frame in range(self.plan.frames):
            while number + 1 < len(shots) and frame >= shots[number + 1].start:
                number += 1
            rgb = self._draw_with_transition(frame, number, spans)
            yield self._finish(rgb, frame, number)

    def _draw_with_transition(self, frame: int, number: int, spans: list[tuple[int, int]]) -> Pixels:
        """Draw the frame of shot ``number``, mixed with its neighbour where a transition runs."""
        for other in (number, number + 1):
            if other == 0 or other >= len(spans) or not spans[other][0] <= frame < spans[other][1]:
                continue
            start, end = spans[other]
            mix = (frame - start + 1) / (end - start + 1)
            old, new = self._draw(frame, other - 1), self._draw(frame, other)
            if self.plan.shots[other].join.kind == "wipe":
                return self._wipe(old, new, mix, other)
            return np.asarray(cv2.addWeighted(old, 1 - mix, new, mix, 0), dtype=np.uint8)
        return self._draw(frame, number)

    def _wipe(self, old: Pixels, new: Pixels, mix: float, number: int) -> Pixels:
        edge = int(mix * self.size[0])
        wiped = old.copy()
        if number % 2:
            wiped[:, :edge] = new[:, :edge]
        else:
            wiped[:, self.size[0] - edge :] = new[:, self.size[0] - edge :]
        return wiped

    def _prepare(self, number: int) -> PreparedShot:
        if number not in self._drawn:
            shot = self.plan.shots[number]
            canvas = None
            if shot.backdrop == "set":
                canvas = _light_set(paint(shot.place, shot.place_seed, shot.angle, self.size), shot)
            self._drawn = {k: v for k, v in self._drawn.items() if k >= number - 2}
            self._drawn[number] = PreparedShot(shot, canvas)
        return self._drawn[number]

    def _draw(self, frame: int, number: int) -> Pixels:
        """Draw one shot at ``frame``, which may lie a little outside it (the handles of a dissolve)."""
        drawn = self._prepare(number)
        width, height = self.size
        if drawn.canvas is None:
            return np.full((height, width, 3), 255 if drawn.shot.backdrop == "white" else 0, np.uint8)
        shot = drawn.shot
        t = (frame - shot.start) / max(1, shot.end - shot.start)
        x, y, zoom = self._view(shot, t, frame)
        scale = zoom / _ZOOM_FIT
        ch, cw = drawn.canvas.shape[:2]
        matrix = np.array([[scale, 0, width / 2 - scale * x * cw], [0, scale, height / 2 - scale * y * ch]])
        warped = cv2.warpAffine(
            drawn.canvas, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
        )
        picture = np.asarray(warped, dtype=np.uint8)
        offset = (width * (0.5 - x) * 0.6, height * (0.5 - y) * 0.6)
        for mover in shot.movers:
            _paint_mover(picture, mover, t, offset)
        for figure in shot.figures:
            self._paint_figure(picture, shot, figure, t, frame, (offset[0], offset[1], zoom))
        return picture

    def _view(self, shot: Shot, t: float, frame: int) -> tuple[float, float, float]:
        a, b, amount = shot.camera.start, shot.camera.end, 0.012 * shot.camera.shake
        sx, sy = self.shake[frame, :2] * amount + self.shake[frame, 2] * self.kick[frame] * 0.03
        return a[0] + (b[0] - a[0]) * t + sx, a[1] + (b[1] - a[1]) * t + sy, a[2] + (b[2] - a[2]) * t

    def _paint_figure(
        self, picture: Pixels, shot: Shot, figure: Figure, t: float, frame: int, view: tuple[float, float, float]
    ) -> None:
        width, height = self.size
        seconds = float(frame / self.plan.rate)
        seed = self.plan.script.cast[figure.person].looks
        if figure.close:
            blink = (seconds * 1.0 + figure.person) % 3.1 < 0.14
            sprite = draw_bust(seed, self._mouth(figure.person, seconds), blink=blink)
            bottom = 1.04
        else:
            sprite = draw_body(seed, int(seconds * figure.steps_per_s * 4) % 8 if figure.steps_per_s else 0)
            bottom = 0.96
        scale = figure.height * height / sprite.shape[0] * view[2] / 1.05
        bob = 0.006 * np.sin(seconds * 2 * np.pi * max(0.35, figure.steps_per_s))
        x = (figure.x + figure.travel * t) * width + view[0] + self.shake[frame, 0] * shot.camera.shake * 0.01 * width
        y = (bottom + bob) * height + view[1]
        _blend(picture, sprite, scale, (x, y), figure.facing, shot.light)

    def _mouth(self, person: int, seconds: float) -> int:
        index = int(seconds * _ENVELOPE_HZ)
        track = self.mouths[person]
        return int(track[min(index, len(track) - 1)])

    def _finish(self, rgb: Pixels, frame: int, number: int) -> Pixels:
        """Add titles, convert to YUV, and add rain, flashes, grain and letterbox to the luma."""
        for card in self.plan.cards:
            if card.start <= frame < card.end:
                rgb = _write(rgb, card, min(1.0, (frame - card.start + 1) / 3))
        width, height = self.size
        i420 = cv2.cvtColor(rgb, cv2.COLOR_RGB2YUV_I420)
        luma = i420[:height]
        shot = self.plan.shots[number]
        if shot.rain:
            luma[:] = cv2.add(luma, np.roll(self.streaks, (frame * 23) % height, axis=0))
        if frame in self.plan.flashes:
            luma[:] = cv2.addWeighted(luma, 0.25, np.full_like(luma, 235), 0.75, 0)
            i420[height:] = cv2.addWeighted(i420[height:], 0.4, np.full_like(i420[height:], 128), 0.6, 0)
        dy, dx = self.grain_at[frame]
        luma[:] = cv2.add(luma, self.grain[dy : dy + height, dx : dx + width], dtype=cv2.CV_8U)
        if self.plan.letterbox:
            bar = height // 9
            luma[:bar] = luma[-bar:] = 16
            i420[height:].reshape(2, height // 2, width // 2)[:, : bar // 2] = 128
            i420[height:].reshape(2, height // 2, width // 2)[:, -(bar // 2) :] = 128
        return np.asarray(i420, dtype=np.uint8)


def _light_set(canvas: Pixels, shot: Shot) -> Pixels:
    """Apply the light and warmth of a shot to its set."""
    tint = np.asarray([1 + 0.14 * shot.warmth, 1 + 0.02 * shot.warmth, 1 - 0.16 * shot.warmth], np.float32)
    gain = tint * np.float32(shot.light)
    table = np.clip(np.arange(256, dtype=np.float32)[:, None] * gain, 0, 255).astype(np.uint8)
    return np.asarray(cv2.LUT(canvas, table.reshape(1, 256, 3)), dtype=np.uint8)


def _kicks(plan: FilmPlan, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """Compute how hard blows shake the camera, float64 [frames]: most on the blow, nothing after about eight frames."""
    kick = np.zeros(plan.frames)
    for sound in plan.sounds:
        frame = int(sound.time_s * plan.rate)
        if sound.strength > 0.3 and frame < plan.frames:
            length = min(9, plan.frames - frame)
            fall = sound.strength * np.exp(-np.arange(length) / 2.5)
            kick[frame : frame + length] = np.maximum(kick[frame : frame + length], fall)
    return kick * (1.6 + 0.4 * rng.random(plan.frames))


def _mouths(plan: FilmPlan) -> list[npt.NDArray[np.int8]]:
    """Compute the opening 0-3 of each character's mouth, int8 at 50 Hz, from the loudness of their lines."""
    count = int(float(plan.frames / plan.rate) * _ENVELOPE_HZ) + 2
    tracks = [np.zeros(count, np.int8) for _ in plan.script.cast]
    hop = 48_000 // _ENVELOPE_HZ
    for spoken in plan.spoken:
        usable = len(spoken.samples) // hop * hop
        power = np.sqrt(np.mean(spoken.samples[:usable].reshape(-1, hop) ** 2, axis=1))
        first = int(spoken.line.start_s * _ENVELOPE_HZ)
        track = tracks[spoken.speaker][first : first + len(power)]
        track[:] = np.digitize(power, (0.25, 0.8, 1.4))[: len(track)]
    return tracks


def _streaks(rng: np.random.Generator, size: tuple[int, int]) -> Pixels:
    """Draw rain as short light streaks that can be repeated from top to bottom."""
    width, height = size
    rain = np.zeros((height, width), np.uint8)
    for _ in range(260):
        x, y, length = int(rng.integers(width)), int(rng.integers(height)), int(rng.integers(8, 22))
        cv2.line(rain, (x, y), (x - 2, y + length), int(rng.integers(18, 50)), 1)
    return rain


def _blend(picture: Pixels, sprite: Pixels, scale: float, foot: tuple[float, float], facing: int, light: float) -> None:
    """Lay a premultiplied sprite over the picture: ``foot`` is where its bottom centre stands."""
    h, w = sprite.shape[:2]
    left, top = foot[0] - scale * w / 2, foot[1] - scale * h
    x0, y0 = max(0, int(left)), max(0, int(top))
    x1, y1 = min(picture.shape[1], int(left + scale * w) + 2), min(picture.shape[0], int(top + scale * h) + 2)
    if x1 - x0 < 2 or y1 - y0 < 2:
        return
    flip, shift = (-scale, left + scale * w) if facing < 0 else (scale, left)
    matrix = np.array([[flip, 0, shift - x0], [0, scale, top - y0]])
    flags = cv2.INTER_AREA if scale < 0.5 else cv2.INTER_LINEAR
    placed = cv2.warpAffine(sprite, matrix, (x1 - x0, y1 - y0), flags=flags)
    alpha = placed[..., 3]
    region = picture[y0:y1, x0:x1]
    keep = cv2.merge([255 - alpha] * 3)
    lit = cv2.convertScaleAbs(placed[..., :3], alpha=min(1.0, light))
    region[:] = cv2.add(cv2.multiply(region, keep, scale=1 / 255), lit)


def _paint_mover(picture: Pixels, mover: Mover, t: float, offset: tuple[float, float]) -> None:
    height, width = picture.shape[:2]
    x = int((mover.x0 + (mover.x1 - mover.x0) * t) * width + offset[0])
    y, s = int(mover.y * height + offset[1]), mover.height * height
    if mover.kind == "car":
        cv2.rectangle(picture, (int(x - 1.5 * s), int(y - 0.5 * s)), (int(x + 1.5 * s), y), (142, 34, 32), -1)
        corners = [[x - s, y - 0.5 * s], [x - 0.6 * s, y - s], [x + 0.6 * s, y - s], [x + 0.9 * s, y - 0.5 * s]]
        roof = np.asarray(corners, np.int32)
        cv2.fillPoly(picture, [roof], (70, 84, 100), cv2.LINE_AA)
        for wheel in (-0.9, 0.9):
            cv2.circle(picture, (int(x + wheel * s), y), int(0.26 * s), (22, 22, 24), -1, cv2.LINE_AA)
    elif mover.kind == "bird":
        flap = int(s * np.sin(t * 40))
        wing = np.asarray([[x - 2 * s, y - flap], [x, y], [x + 2 * s, y - flap], [x, y + 0.3 * s]], np.int32)
        cv2.fillPoly(picture, [wing], (34, 34, 40), cv2.LINE_AA)
    else:
        for k in range(7):
            cx, cy = int(x + np.sin(k * 2.3) * 2.4 * s), int(y + np.cos(k * 3.1 + 5 * t) * 1.2 * s)
            cv2.circle(picture, (cx, cy), int(s * (0.12 + 0.05 * (k % 3))), (66 + 9 * k, 58, 50), -1, cv2.LINE_AA)


def _write(rgb: Pixels, card: TitleCard, strength: float) -> Pixels:
    """Write a card's text in the middle of the picture, with a dark rim so that it reads on anything."""
    height, width = rgb.shape[:2]
    layer = np.zeros_like(rgb)
    size = max(9, int(card.height * height))
    face = cv2.FontFace("sans")
    (x, y, w, h) = cv2.getTextSize((width, height), card.text, (0, 0), face, size, 600)
    if w > 0.92 * width:
        size = int(size * 0.92 * width / w)
        (x, y, w, h) = cv2.getTextSize((width, height), card.text, (0, 0), face, size, 600)
    at = (int((width - w) / 2 - x), int(card.y * height - h / 2 - y))
    cv2.putText(layer, card.text, at, (255, 255, 255), face, size, 600)
    rim = cv2.dilate(layer, np.ones((3, 3), np.uint8))
    dark = cv2.subtract(rgb, cv2.convertScaleAbs(rim, alpha=0.8 * strength))
    return np.asarray(cv2.add(dark, cv2.convertScaleAbs(layer, alpha=0.94 * strength)), dtype=np.uint8)
