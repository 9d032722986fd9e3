"""Edited films of 48 x 27 pixels with exact truth, for training and calibrating what finds the cuts.

A film is a run of scenes; a scene is one set seen from several camera positions, with the same figures in front of
it, so that neighbouring shots often look alike: the cuts that are hard to see. Shots hold still, pan, push in, shake
and whip; figures stroll, dash past the lens and burst. Shots are joined by cuts, dissolves, fades through black or
white and wipes; flashes, explosions, flicker, held frames, grain and letterboxes are there to be mistaken for them.
Sets are drawn, or cut from pictures handed in as ``plates``. The seed determines everything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from data_tools.films.tiny_shots import COLUMNS, ROWS, Picture, Rng, draw_scene, render_shot

SHORTEST = 4  # frames of the fastest gradual transition


@dataclass(frozen=True, slots=True)
class TinyFilm:
    """Frames uint8 [n, 27, 48, 3]; ``cuts`` first new frames; ``gradual`` [first changed, first pure new); kinds."""

    frames: npt.NDArray[np.uint8]
    cuts: tuple[int, ...]
    gradual: tuple[tuple[int, int], ...]
    flashes: tuple[tuple[int, int], ...]


def draw_tiny_film(seed: int, frames: int, plates: Sequence[Picture] = ()) -> TinyFilm:
    """Draw a film of at least ``frames`` frames; ``plates`` float32 [rows, columns, 3] 0-255 RGB, at least 96 wide."""
    rng = np.random.default_rng(seed)
    editor = _Editor(rng)
    pace = float(rng.choice([14.0, 30.0, 55.0, 90.0]))
    while editor.length < frames:
        for shot in draw_scene(rng, plates, pace):
            editor.add(render_shot(shot))
    return editor.finish()


class _Editor:
    """Joins shots and records the truth of each join."""

    def __init__(self, rng: Rng) -> None:
        self.rng = rng
        self.parts: list[Picture] = []
        self.length = 0
        self.cuts: list[int] = []
        self.gradual: list[tuple[int, int]] = []
        self.flashes: list[tuple[int, int]] = []
        self.softness = float(rng.choice([0.1, 0.3, 0.6]))

    def add(self, shot: Picture) -> None:
        """Append a shot, joined to the last one in some way."""
        shot, flash = self._disturb(shot)
        self._join(shot)
        if flash:  # counted from the end of the film, since the join may have taken some of the shot's first frames
            start = self.length - len(shot) + flash[0]
            self.flashes.append((start, start + flash[1]))

    def _join(self, shot: Picture) -> None:
        room = min(len(self.parts[-1]), len(shot)) - 3 if self.parts else 0
        if room < SHORTEST or self.rng.random() > self.softness:
            self._append(shot, cut=bool(self.parts))
            return
        joins = (self._dissolve, self._dissolve, self._fade, self._fade, self._wipe)
        joins[int(self.rng.integers(len(joins)))](shot)

    def _append(self, shot: Picture, *, cut: bool) -> None:
        if cut:
            self.cuts.append(self.length)
        self.parts.append(shot)
        self.length += len(shot)

    def _take(self, frames: int) -> Picture:
        """Take back the last ``frames`` frames, as many as the last shot can spare."""
        last = self.parts.pop()
        keep = len(last) - min(frames, len(last) - 3)
        self.parts.append(last[:keep])
        self.length -= len(last) - keep
        return last[keep:]

    def _overlap(self, shot: Picture) -> tuple[Picture, Picture, int]:
        wanted = int(np.clip(self.rng.lognormal(np.log(18), 0.6), SHORTEST, 72))
        old = self._take(min(wanted, len(shot) - 3))
        return old, shot, len(old)

    def _dissolve(self, shot: Picture) -> None:
        old, new, n = self._overlap(shot)
        ramp = (np.arange(1, n + 1) / (n + 1)).astype(np.float32)
        if self.rng.random() < 0.3:
            ramp = ramp * ramp * (3 - 2 * ramp)
        weight = ramp[:, None, None, None]
        self._gradually(old * (1 - weight) + new[:n] * weight, new[n:], n)

    def _wipe(self, shot: Picture) -> None:
        old, new, n = self._overlap(shot)
        y, x = np.mgrid[0:1:27j, 0:1:48j]
        fields = (x, 1 - x, y, 1 - y, (x + y) / 2, np.hypot(x - 0.5, y - 0.5) * 1.4)
        place = fields[int(self.rng.integers(len(fields)))]
        edge = float(self.rng.choice([0.02, 0.1, 0.3]))
        done = np.arange(1, n + 1)[:, None, None] / (n + 1) * (1 + edge)
        weight = np.clip((done - place) / edge, 0, 1).astype(np.float32)[..., None]
        self._gradually(old * (1 - weight) + new[:n] * weight, new[n:], n)

    def _gradually(self, mixed: Picture, rest: Picture, n: int) -> None:
        self.gradual.append((self.length, self.length + n))
        self._append(mixed, cut=False)
        self._append(rest, cut=False)

    def _fade(self, shot: Picture) -> None:
        """Fade out and in through black or white; either half may be a plain cut, with perhaps a title between them."""
        backdrop = np.full((1, ROWS, COLUMNS, 3), 0 if self.rng.random() < 0.85 else 255, np.float32)
        backdrop[...] += self.rng.choice([0, 0, 4, 12]) * (1 if backdrop[0, 0, 0, 0] == 0 else -1)
        if self.rng.random() < 0.75:
            n = int(np.clip(self.rng.lognormal(np.log(16), 0.6), SHORTEST, 70))
            old = self._take(n)
            self._ramp(old[::-1], backdrop, out=True)
            cut = False
        else:
            cut = True
        pause = int(self.rng.choice([0, 2, 6, 15, 40])) if not cut else int(self.rng.integers(4, 40))
        if pause:
            self._append(np.repeat(backdrop, pause, axis=0), cut=cut)
            cut = False
        if pause > 5 and self.rng.random() < 0.5:
            self._title(backdrop)
        if self.rng.random() < 0.75 and not cut:
            n = int(np.clip(self.rng.lognormal(np.log(16), 0.6), SHORTEST, min(70, len(shot) - 3)))
            self._ramp(shot[:n], backdrop, out=False)
            self._append(shot[n:], cut=False)
        else:
            self._append(shot, cut=True)

    def _ramp(self, part: Picture, backdrop: Picture, *, out: bool) -> None:
        """Mix ``part`` with the backdrop, more and more of it; ``out`` plays the result backwards."""
        n = len(part)
        weight = (np.arange(1, n + 1) / (n + 1)).astype(np.float32)[:, None, None, None]
        mixed = part * weight + backdrop * (1 - weight)
        self.gradual.append((self.length, self.length + n))
        self._append(mixed[::-1] if out else mixed, cut=False)

    def _title(self, backdrop: Picture) -> None:
        """Fade a line of text up and down on the backdrop: two gradual transitions of their own."""
        card = np.repeat(backdrop, 1, axis=0)
        top, left = int(self.rng.integers(9, 16)), int(self.rng.integers(6, 20))
        ink = 255 - float(backdrop.mean())
        text = self.rng.uniform(0, 1, (1, 2 + int(self.rng.integers(0, 4)), 48 - 2 * left, 1)).astype(np.float32)
        strip = card[:, top : top + text.shape[1], left : 48 - left]
        strip += (ink - strip) * text * self.rng.uniform(0.4, 1)
        ramp, stay = int(self.rng.integers(4, 30)), int(self.rng.integers(12, 60))
        self._ramp(np.repeat(card, ramp, axis=0), backdrop, out=False)
        self._append(np.repeat(card, stay, axis=0), cut=False)
        self._ramp(np.repeat(card, ramp, axis=0), backdrop, out=True)
        self._append(np.repeat(backdrop, int(self.rng.integers(3, 20)), axis=0), cut=False)

    def _disturb(self, shot: Picture) -> tuple[Picture, tuple[int, int] | None]:
        """Put a flash, an explosion or a sudden passer-by into a shot now and then; say where a flash went."""
        chance = self.rng.random()
        if len(shot) < 16 or chance > 0.25:
            return shot, None
        shot = shot.copy()
        at = int(self.rng.integers(5, len(shot) - 8))
        if chance < 0.12:
            n = int(self.rng.integers(1, 4))
            light = self.rng.uniform(60, 255) * np.float32(self.rng.choice([1, 1, 1, -1]))
            shape = np.linspace(1, 0.4, n, dtype=np.float32)[:, None, None, None]
            shot[at : at + n] += light * shape * self._mask(whole=self.rng.random() < 0.7)
            return shot, (at, n)
        if chance < 0.2:
            n = min(int(self.rng.integers(8, 30)), len(shot) - at)
            swell = np.concatenate([np.linspace(0.3, 1, 3), np.linspace(1, 0, max(n - 3, 1))])[:n]
            blast = np.array([255, 190, 110], np.float32) * self._mask(whole=False)
            shot[at : at + n] += blast * swell.astype(np.float32)[:, None, None, None]
        else:
            self._pass_by(shot, at)
        return shot, None

    def _mask(self, *, whole: bool) -> Picture:
        if whole:
            return np.ones((ROWS, COLUMNS, 1), np.float32)
        y, x = np.mgrid[0:ROWS, 0:COLUMNS]
        cy, cx, r = self.rng.uniform(5, 22), self.rng.uniform(8, 40), self.rng.uniform(5, 25)
        return np.asarray(np.exp(-((y - cy) ** 2 + (x - cx) ** 2) / r**2), np.float32)[..., None]

    def _pass_by(self, shot: Picture, at: int) -> None:
        """Draw somebody who crosses close to the lens in a few frames."""
        n = int(self.rng.integers(3, 10))
        colour = (self.rng.uniform(0, 200) + self.rng.normal(0, 20, 3)).astype(np.float32)
        width = int(self.rng.integers(12, 48))
        for k in range(min(n, len(shot) - at)):
            left = int(-width + (COLUMNS + width) * (k + 1) / (n + 1))
            shot[at + k, :, max(left, 0) : max(left + width, 0)] = colour

    def finish(self) -> TinyFilm:
        """Finish the film: add letterbox and grain, and round to bytes."""
        frames = np.concatenate(self.parts)
        if self.rng.random() < 0.3:
            bar = int(self.rng.integers(2, 5))
            frames[:, :bar] = 0
            frames[:, ROWS - bar :] = 0
        grain = float(self.rng.choice([0.0, 0.7, 2.0, 4.0]))
        if grain:
            frames += self.rng.normal(0, grain, frames.shape).astype(np.float32)
        pixels = np.clip(np.rint(frames), 0, 255).astype(np.uint8)
        return TinyFilm(pixels, tuple(self.cuts), tuple(self.gradual), tuple(self.flashes))
