"""Procedural sets, painted from their seed on a canvas larger than the frame; angles of one place share its colours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
Colour = tuple[int, int, int]
OVERSIZE_FACTOR = 1.6


@dataclass(slots=True)
class SetCanvas:
    """A set being painted: float32 RGB 0-255, the colours of the place, and the random numbers of the angle."""

    canvas: npt.NDArray[np.float32]
    colours: npt.NDArray[np.float32]
    rng: np.random.Generator

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.canvas.shape[1], self.canvas.shape[0]

    def colour(self, number: int, gain: float = 1.0) -> Colour:
        """Colour ``number`` of the place, brighter or darker."""
        r, g, b = np.clip(self.colours[number % len(self.colours)] * gain, 0, 255)
        return int(r), int(g), int(b)

    def fill_box(self, x0: float, y0: float, x1: float, y1: float, colour: Colour) -> None:
        """Fill a rectangle given in fractions of the canvas."""
        w, h = self.size
        cv2.rectangle(self.canvas, (int(x0 * w), int(y0 * h)), (int(x1 * w), int(y1 * h)), colour, -1)

    def fill_polygon(self, points: npt.NDArray[np.float64], colour: Colour) -> None:
        """Fill a polygon given in fractions of the canvas."""
        w, h = self.size
        cv2.fillPoly(self.canvas, [np.asarray(points * (w, h), np.int32)], colour, cv2.LINE_AA)

    def fill_gradient(self, top: Colour, bottom: Colour, y0: float = 0.0, y1: float = 1.0) -> None:
        """Blend vertically from ``top`` to ``bottom`` between two heights."""
        h = self.size[1]
        a, b = int(y0 * h), int(y1 * h)
        mix = np.linspace(0, 1, b - a, dtype=np.float32)[:, None, None]
        self.canvas[a:b] = np.asarray(top, np.float32) * (1 - mix) + np.asarray(bottom, np.float32) * mix


def paint(place: str, place_seed: int, angle: int, size: tuple[int, int]) -> Pixels:
    """Paint one angle of a place for a frame of ``size``: uint8 RGB, 1.6 times as large."""
    width, height = int(size[0] * OVERSIZE_FACTOR), int(size[1] * OVERSIZE_FACTOR)
    look = np.random.default_rng((place_seed, 0))
    base = np.asarray(_PALETTES[place], np.float32)
    colours = np.clip(base * look.uniform(0.75, 1.2, (len(base), 1)) + look.normal(0, 9, base.shape), 0, 255)
    art = SetCanvas(
        np.zeros((height, width, 3), np.float32),
        colours.astype(np.float32),
        np.random.default_rng((place_seed, angle + 1)),
    )
    _PAINTERS[place](art)
    texture = _texture(art.rng, width, height)
    art.canvas *= 1 + 0.16 * texture[..., None]
    if art.rng.random() < 0.5 and place != "corridor":
        art.canvas = art.canvas[:, ::-1]
    return np.ascontiguousarray(np.clip(art.canvas, 0, 255).astype(np.uint8))


def _texture(rng: np.random.Generator, width: int, height: int) -> npt.NDArray[np.float32]:
    """Sum noise over octaves: zero mean, about unit spread."""
    total = np.zeros((height, width), np.float32)
    for cells in (4, 12, 40, 130):
        grid = rng.normal(0, 1, (cells * 9 // 16 + 2, cells + 2)).astype(np.float32)
        total += cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC) * (0.55 if cells < 40 else 0.35)
    return total


def _ridge(rng: np.random.Generator, base: float, rough: float) -> npt.NDArray[np.float64]:
    x = np.linspace(0, 1, 60)
    y = base + rough * np.interp(x, np.linspace(0, 1, 9), rng.uniform(-1, 1, 9)) + 0.12 * rough * rng.normal(0, 1, 60)
    return np.vstack([np.stack([x, y], 1), [[1, 1], [0, 1]]])


def _landscape(art: SetCanvas) -> None:
    art.fill_gradient(art.colour(0), art.colour(1), 0, 0.7)
    for layer, base in enumerate((0.42, 0.55, 0.7)):
        art.fill_polygon(_ridge(art.rng, base, 0.12 - 0.03 * layer), art.colour(2 + layer))
    for _ in range(int(art.rng.integers(4, 14))):
        x, y, r = art.rng.uniform(0, 1), art.rng.uniform(0.66, 0.92), art.rng.uniform(0.015, 0.04)
        art.fill_box(x - r / 8, y - r, x + r / 8, y, art.colour(5, 0.6))
        w, h = art.size
        cv2.circle(art.canvas, (int(x * w), int((y - 1.6 * r) * h)), int(r * w), art.colour(4, 0.7), -1, cv2.LINE_AA)
    sun = (int(art.rng.uniform(0.1, 0.9) * art.size[0]), int(art.rng.uniform(0.1, 0.3) * art.size[1]))
    cv2.circle(art.canvas, sun, art.size[1] // 18, (255, 244, 214), -1, cv2.LINE_AA)


def _street(art: SetCanvas) -> None:
    art.fill_gradient(art.colour(0), art.colour(1), 0, 0.75)
    x = -0.05
    while x < 1:
        width, top = art.rng.uniform(0.09, 0.2), art.rng.uniform(0.12, 0.45)
        wall = int(art.rng.integers(2, 5))
        art.fill_box(x, top, x + width, 0.78, art.colour(wall, art.rng.uniform(0.7, 1.1)))
        for row in np.arange(top + 0.04, 0.68, 0.085):
            for column in np.arange(x + 0.015, x + width - 0.02, 0.034):
                lit = art.rng.random() < 0.35
                art.fill_box(column, row, column + 0.018, row + 0.05, art.colour(5, 1.0 if lit else 0.35))
        x += width + art.rng.uniform(0.0, 0.02)
    art.fill_gradient(art.colour(6, 0.8), art.colour(6, 1.15), 0.77, 1.0)
    for x in np.arange(0.02, 1, 0.12):
        art.fill_box(x, 0.885, x + 0.06, 0.895, (220, 218, 205))


def _room(art: SetCanvas) -> None:
    art.fill_gradient(art.colour(0, 0.85), art.colour(0), 0, 0.78)
    art.fill_gradient(art.colour(1), art.colour(1, 0.6), 0.78, 1.0)
    x = art.rng.uniform(0.08, 0.7)
    art.fill_box(x - 0.012, 0.14, x + 0.232, 0.57, art.colour(2, 0.7))
    art.fill_box(x, 0.16, x + 0.22, 0.55, art.colour(3, 1.25))
    art.fill_box(x + 0.105, 0.16, x + 0.115, 0.55, art.colour(2, 0.7))
    shelf = (x + 0.42) % 0.75
    art.fill_box(shelf, 0.2, shelf + 0.2, 0.79, art.colour(2, 0.5))
    for row in np.arange(0.23, 0.75, 0.13):
        for column in np.arange(shelf + 0.01, shelf + 0.19, 0.014):
            top = row + art.rng.uniform(0, 0.04)
            art.fill_box(
                column,
                top,
                column + 0.011,
                row + 0.1,
                art.colour(int(art.rng.integers(1, 6)), art.rng.uniform(0.6, 1.3)),
            )
    lamp = art.rng.uniform(0.1, 0.9)
    glow = cv2.GaussianBlur(_disc(art.size, lamp, 0.45, 0.1), (0, 0), art.size[1] / 8)
    art.canvas += glow[..., None] * np.asarray((90, 70, 35), np.float32)
    picture = (x + 0.25) % 0.8
    art.fill_box(picture, 0.18, picture + 0.1, 0.36, art.colour(4))


def _disc(size: tuple[int, int], x: float, y: float, r: float) -> npt.NDArray[np.float32]:
    plane = np.zeros((size[1], size[0]), np.float32)
    cv2.circle(plane, (int(x * size[0]), int(y * size[1])), int(r * size[0]), 1.0, -1)
    return plane


def _forest(art: SetCanvas) -> None:
    art.fill_gradient(art.colour(0), art.colour(1), 0, 0.8)
    art.fill_gradient(art.colour(4, 0.8), art.colour(4, 0.5), 0.74, 1.0)
    for depth in (0.35, 0.6, 1.0):
        for x in art.rng.uniform(0, 1, int(7 + 6 * (1 - depth))):
            width, lean = 0.012 + 0.03 * depth, art.rng.normal(0, 0.02)
            trunk = np.array(
                [[x, 0.0], [x + width, 0.0], [x + width + lean, 0.75 + 0.2 * depth], [x + lean, 0.75 + 0.2 * depth]]
            )
            far, near = np.asarray(art.colour(1), np.float32), np.asarray(art.colour(2, 0.9), np.float32)
            fog = (1 - depth) * far + depth * near
            art.fill_polygon(trunk, (int(fog[0]), int(fog[1]), int(fog[2])))
        for _ in range(40):
            x, y = art.rng.uniform(0, 1), art.rng.uniform(0, 0.35) * depth
            w, h = art.size
            cv2.circle(
                art.canvas, (int(x * w), int(y * h)), int(w * 0.02), art.colour(3, art.rng.uniform(0.5, 1.1)), -1
            )


def _corridor(art: SetCanvas) -> None:
    art.fill_gradient(art.colour(0, 0.5), art.colour(0, 0.7))
    vx, vy = art.rng.uniform(0.35, 0.65), art.rng.uniform(0.4, 0.55)
    for k, shade in ((0, 1.0), (1, 0.85), (2, 1.15), (3, 0.6)):
        corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float64)
        a, b = corners[k], corners[(k + 1) % 4]
        inner = np.array([vx, vy])
        art.fill_polygon(
            np.array([a, b, inner + 0.18 * (b - inner), inner + 0.18 * (a - inner)]), art.colour(k % 3, shade)
        )
    art.fill_box(vx - 0.07, vy - 0.08, vx + 0.07, vy + 0.09, art.colour(3, 0.45))
    for t in (0.85, 0.62, 0.45, 0.32):
        for side in (0.0, 1.0):
            x = vx + t * (side - vx)
            w = 0.05 * t * (1 if side else -1)
            top, low = vy + t * (0.15 - vy), vy + t * (0.95 - vy)
            art.fill_box(min(x - w, x), top, max(x - w, x), low, art.colour(4, 0.8))
        art.fill_box(vx - 0.06 * t, vy + t * (0.02 - vy), vx + 0.06 * t, vy + t * (0.05 - vy), art.colour(5, 1.2))


def _harbour(art: SetCanvas) -> None:
    art.fill_gradient(art.colour(0), art.colour(1), 0, 0.5)
    art.fill_gradient(art.colour(2), art.colour(3, 0.7), 0.5, 1.0)
    for _ in range(160):
        x, y = art.rng.uniform(0, 1), art.rng.uniform(0.52, 1)
        art.fill_box(x, y, x + 0.06 * y, y + 0.003, art.colour(2, art.rng.uniform(1.1, 1.5)))
    for _ in range(int(art.rng.integers(2, 5))):
        x, s = art.rng.uniform(0.05, 0.9), art.rng.uniform(0.05, 0.12)
        hull = np.array([[x - s, 0.56], [x + s, 0.56], [x + 0.7 * s, 0.62], [x - 0.7 * s, 0.62]])
        art.fill_polygon(hull, art.colour(4))
        art.fill_box(x - 0.004, 0.56 - 2.2 * s, x + 0.004, 0.56, art.colour(5, 0.5))
        art.fill_polygon(np.array([[x, 0.56 - 2.1 * s], [x + 0.8 * s, 0.54], [x, 0.54]]), art.colour(5, 1.2))


def _warehouse(art: SetCanvas) -> None:
    art.fill_gradient(art.colour(0, 0.6), art.colour(0), 0, 0.72)
    art.fill_gradient(art.colour(1, 0.9), art.colour(1, 0.5), 0.72, 1.0)
    for x in np.arange(art.rng.uniform(0, 0.1), 1, 0.17):
        art.fill_box(x, 0.0, x + 0.02, 0.75, art.colour(2, 0.7))
        art.fill_box(x + 0.05, 0.06, x + 0.13, 0.2, art.colour(3, art.rng.uniform(0.8, 1.4)))
    for _ in range(int(art.rng.integers(5, 10))):
        x, s = art.rng.uniform(0, 0.95), art.rng.uniform(0.06, 0.14)
        art.fill_box(x, 0.84 - 1.5 * s, x + s, 0.84, art.colour(4, art.rng.uniform(0.7, 1.15)))
        art.fill_box(x + 0.01, 0.84 - 1.5 * s + 0.02, x + s - 0.01, 0.83, art.colour(4, art.rng.uniform(0.5, 0.9)))


_PAINTERS: dict[str, Callable[[SetCanvas], None]] = {
    "landscape": _landscape, "night": _landscape, "street": _street, "alley": _street, "room": _room, "office": _room,
    "forest": _forest, "corridor": _corridor, "harbour": _harbour, "warehouse": _warehouse,
}  # fmt: skip
_PALETTES: dict[str, tuple[Colour, ...]] = {
    "landscape": ((108, 160, 214), (206, 218, 222), (122, 142, 158), (98, 128, 88), (74, 106, 56), (110, 80, 56)),
    "night": ((10, 14, 34), (28, 36, 66), (24, 30, 48), (18, 26, 34), (14, 20, 24), (30, 26, 30)),
    "street": (
        (150, 180, 206), (214, 216, 208), (150, 108, 84),
        (172, 156, 130), (112, 116, 126), (236, 214, 150), (96, 96, 100),
    ),
    "alley": ((16, 18, 34), (36, 34, 48), (58, 44, 42), (46, 50, 60), (38, 36, 46), (226, 188, 96), (34, 34, 40)),
    "room": ((172, 148, 112), (112, 76, 48), (92, 62, 42), (196, 216, 226), (142, 60, 50), (60, 92, 112)),
    "office": ((166, 176, 178), (104, 108, 112), (70, 74, 82), (212, 224, 228), (56, 88, 128), (186, 156, 92)),
    "forest": ((178, 196, 178), (142, 160, 136), (74, 56, 42), (52, 86, 44), (70, 82, 46), (120, 96, 60)),
    "corridor": ((128, 134, 130), (112, 120, 118), (148, 150, 140), (70, 76, 84), (92, 70, 60), (232, 234, 210)),
    "harbour": ((130, 174, 212), (226, 206, 176), (84, 124, 146), (54, 84, 106), (128, 46, 40), (228, 222, 206)),
    "warehouse": ((84, 80, 76), (96, 90, 82), (120, 84, 52), (176, 190, 196), (134, 100, 62), (90, 70, 60)),
}  # fmt: skip
