"""Drawings of the cast: busts whose mouth moves, and whole bodies that walk; each character keeps its colours."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
Colour = tuple[int, int, int, int]
_SKINS = ((236, 196, 164), (214, 164, 126), (168, 116, 82), (124, 82, 58), (246, 212, 188))
_HAIRS = ((40, 28, 22), (92, 58, 32), (176, 134, 76), (122, 42, 24), (190, 190, 190), (22, 22, 28))
_CLOTHES = ((150, 38, 40), (36, 72, 128), (52, 98, 62), (198, 152, 50), (92, 54, 112), (58, 60, 66), (206, 200, 188))
_BUST = (480, 560)
_BODY = (260, 560)


@dataclass(frozen=True, slots=True)
class Looks:
    """The looks of one character, the same in every shot."""

    skin: tuple[int, int, int]
    hair: tuple[int, int, int]
    coat: tuple[int, int, int]
    legs: tuple[int, int, int]
    head: float
    long_hair: bool
    beard: bool


def draw_looks(seed: int) -> Looks:
    """Draw the looks of a character from their seed."""
    rng = np.random.default_rng(seed)
    long_hair = bool(rng.random() < 0.5)
    return Looks(
        _SKINS[rng.integers(len(_SKINS))],
        _HAIRS[rng.integers(len(_HAIRS))],
        _CLOTHES[rng.integers(len(_CLOTHES))],
        _CLOTHES[rng.integers(len(_CLOTHES))],
        float(rng.uniform(0.92, 1.08)),
        long_hair,
        beard=not long_hair and bool(rng.random() < 0.5),
    )


def _rgba(colour: tuple[int, int, int], gain: float = 1.0) -> Colour:
    r, g, b = (int(min(255, c * gain)) for c in colour)
    return r, g, b, 255


@lru_cache(maxsize=128)
def draw_bust(seed: int, mouth: int, *, blink: bool) -> Pixels:
    """Draw head and shoulders, premultiplied RGBA [560, 480, 4]; ``mouth`` 0 (shut) to 3 (wide open); looks right."""
    look = draw_looks(seed)
    art = np.zeros((_BUST[1], _BUST[0], 4), np.uint8)
    _oval(art, (240, 600), (225, 190), _rgba(look.coat))
    _oval(art, (240, 640), (150, 190), _rgba(look.coat, 0.8))
    cv2.rectangle(art, (196, 350), (286, 470), _rgba(look.skin, 0.85), -1)
    _oval(art, (241, 468), (62, 30), _rgba(look.skin, 0.85))
    if look.long_hair:
        _oval(art, (236, 270), (int(158 * look.head), 225), _rgba(look.hair, 0.85))
        _oval(art, (241, 440), (48, 70), _rgba(look.skin, 0.85))
    width = int(126 * look.head)
    for side in (-1, 1):
        _oval(art, (244 + side * width, 262), (18, 34), _rgba(look.skin, 0.9))
    _oval(art, (244, 250), (width, 168), _rgba(look.skin))
    _shade(art, look)
    _hair(art, look, width)
    _eyes(art, look, blink=blink)
    _nose_and_mouth(art, look, mouth)
    return _premultiply(np.asarray(cv2.GaussianBlur(art, (0, 0), 0.9), np.uint8))


def _oval(art: Pixels, centre: tuple[int, int], radii: tuple[int, int], colour: Colour) -> None:
    cv2.ellipse(art, centre, radii, 0, 0, 360, colour, -1, cv2.LINE_AA)


def _shade(art: Pixels, look: Looks) -> None:
    """Light the face from one side, with warm cheeks and a darker jaw."""
    h, w = art.shape[:2]
    x, y = np.meshgrid(np.linspace(-1, 1, w), np.linspace(-1, 1, h))
    light = (
        1.06
        - 0.24 * np.clip(x - 0.1, 0, 1)
        - 0.20 * np.clip(y - 0.15, 0, 1)
        + 0.05 * np.exp(-((x - 0.0) ** 2 + (y + 0.35) ** 2) * 9)
    )
    art[..., :3] = np.clip(art[..., :3] * light[..., None], 0, 255).astype(np.uint8)
    layer = art.copy()
    for cx in (180, 308):
        _oval(
            layer,
            (cx, 300),
            (34, 24),
            _rgba((min(255, look.skin[0] + 14), int(look.skin[1] * 0.86), int(look.skin[2] * 0.84))),
        )
    soft = cv2.GaussianBlur(layer, (0, 0), 14)
    inside = art[..., 3] > 0
    art[inside, :3] = (0.65 * art[inside, :3] + 0.35 * soft[inside, :3]).astype(np.uint8)


def _hair(art: Pixels, look: Looks, width: int) -> None:
    colour = _rgba(look.hair)
    cv2.ellipse(art, (244, 205), (width + 12, 142), 0, 180, 360, colour, -1, cv2.LINE_AA)
    fringe = np.asarray(
        [
            [244 - width - 10, 200],
            [244 - width + 12, 250],
            [200, 168],
            [270, 158],
            [244 + width - 14, 240],
            [244 + width + 10, 200],
        ],
        np.int32,
    )
    cv2.fillPoly(art, [fringe], colour, cv2.LINE_AA)
    if look.beard:
        cv2.ellipse(art, (244, 318), (int(width * 0.88), 106), 0, 10, 170, colour, -1, cv2.LINE_AA)
        _oval(art, (244, 318), (int(width * 0.62), 46), _rgba(look.skin, 0.96))


def _eyes(art: Pixels, look: Looks, *, blink: bool) -> None:
    for cx in (194, 298):
        _oval(art, (cx, 240), (34, 21), _rgba(look.skin, 0.8))
        if blink:
            cv2.ellipse(art, (cx, 240), (28, 10), 0, 10, 170, _rgba(look.skin, 0.45), 3, cv2.LINE_AA)
        else:
            _oval(art, (cx, 243), (27, 14), (246, 244, 240, 255))
            _oval(art, (cx + 5, 243), (12, 13), (74, 58, 44, 255))
            _oval(art, (cx + 5, 243), (6, 7), (12, 10, 10, 255))
            _oval(art, (cx + 9, 238), (3, 3), (255, 255, 255, 255))
            cv2.ellipse(art, (cx, 245), (29, 18), 0, 190, 350, (30, 22, 20, 255), 4, cv2.LINE_AA)
        cv2.ellipse(art, (cx, 214), (36, 15), 0, 200, 340, _rgba(look.hair, 0.8), 8, cv2.LINE_AA)


def _nose_and_mouth(art: Pixels, look: Looks, mouth: int) -> None:
    dark = _rgba(look.skin, 0.68)
    cv2.ellipse(art, (258, 262), (12, 44), 0, -70, 60, dark, 3, cv2.LINE_AA)
    cv2.ellipse(art, (248, 300), (20, 11), 0, 10, 170, _rgba(look.skin, 0.55), 4, cv2.LINE_AA)
    for cx in (238, 260):
        _oval(art, (cx, 304), (5, 4), _rgba(look.skin, 0.4))
    opening = (0, 7, 14, 24)[mouth]
    lips = (int(look.skin[0] * 0.78), int(look.skin[1] * 0.5), int(look.skin[2] * 0.5))
    _oval(art, (246, 348 + opening // 3), (44 - opening // 4, 11 + opening), _rgba(lips))
    _oval(art, (246, 348 + opening // 3), (36 - opening // 4, max(2, opening)), (58, 16, 18, 255))
    if opening > 10:
        _oval(art, (246, 342), (26, 5), (240, 236, 228, 255))


@lru_cache(maxsize=128)
def draw_body(seed: int, phase: int) -> Pixels:
    """Draw a whole walking body, premultiplied RGBA [560, 260, 4]; ``phase`` 0-7 of the stride."""
    look = draw_looks(seed)
    art = np.zeros((_BODY[1], _BODY[0], 4), np.uint8)
    swing = float(np.sin(2 * np.pi * phase / 8))
    for side, gain in ((1, 0.7), (-1, 1.0)):
        knee = (130 + int(38 * swing * side), 430)
        foot = (130 + int(70 * swing * side) - 10, 545)
        cv2.polylines(
            art, [np.asarray([(130, 330), knee, foot], np.int32)], False, _rgba(look.legs, gain), 44, cv2.LINE_AA
        )
        cv2.line(art, foot, (foot[0] + 26, foot[1]), (24, 20, 20, 255), 20, cv2.LINE_AA)
    _arm(art, look, -swing, 0.7)
    cv2.ellipse(art, (130, 240), (58, 122), 0, 0, 360, _rgba(look.coat), -1, cv2.LINE_AA)
    _arm(art, look, swing, 0.9)
    head = cv2.resize(draw_bust(seed, 0, blink=False)[60:430, 90:400], (96, 114), interpolation=cv2.INTER_AREA)
    alpha = head[..., 3:].astype(np.float32) / 255
    region = art[14:128, 84:180]
    art[14:128, 84:180] = np.clip(head + region * (1 - alpha), 0, 255).astype(np.uint8)
    return _premultiply(np.asarray(cv2.GaussianBlur(art, (0, 0), 0.8), np.uint8))


def _arm(art: Pixels, look: Looks, swing: float, gain: float) -> None:
    hand = (130 + int(66 * swing), 300)
    elbow = (130 + int(46 * swing) - 10, 235)
    cv2.polylines(
        art, [np.asarray([(130, 160), elbow, hand], np.int32)], False, _rgba(look.coat, gain), 32, cv2.LINE_AA
    )
    cv2.circle(art, hand, 16, _rgba(look.skin, gain), -1, cv2.LINE_AA)


def _premultiply(art: Pixels) -> Pixels:
    alpha = art[..., 3:].astype(np.float32) / 255
    art[..., :3] = (art[..., :3] * alpha).astype(np.uint8)
    return art
