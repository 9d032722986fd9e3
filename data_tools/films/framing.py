"""Framing: the stage a film is built on, and how each kind of beat frames its places and people."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np

from data_tools.films.plan import Bed, Camera, Card, Figure, Mover, Shot, Sound, Spoken, Staged
from data_tools.films.script import Beat

_DARK = {"stalk": 0.55, "hold": 0.5, "shock": 0.7, "fight": 0.75, "aftermath": 0.7}
_INDOORS = frozenset({"room", "office", "corridor", "warehouse"})
_JUMP_CUTS = 0.12


@dataclass(slots=True)
class Stage:
    """The film while it is being staged: a cursor in frames and everything placed so far."""

    rng: np.random.Generator
    rate: Fraction
    at: int = 0
    begun: int = 0
    shots: list[Shot] = field(default_factory=list[Shot])
    beats: list[Staged] = field(default_factory=list[Staged])
    spoken: list[Spoken] = field(default_factory=list[Spoken])
    sounds: list[Sound] = field(default_factory=list[Sound])
    beds: list[Bed] = field(default_factory=list[Bed])
    cards: list[Card] = field(default_factory=list[Card])
    flashes: list[int] = field(default_factory=list[int])

    def frames(self, seconds: float) -> int:
        """Whole frames nearest to ``seconds``."""
        return round(seconds * float(self.rate))

    def seconds(self, frame: int) -> float:
        """Start of ``frame`` in seconds."""
        return float(frame / self.rate)

    def between(self, low: float, high: float) -> float:
        """Draw evenly from ``low`` to ``high``."""
        return float(self.rng.uniform(low, high))

    def chance(self, share: float) -> bool:
        """Draw yes with probability ``share``."""
        return bool(self.rng.random() < share)

    def shoot(self, end: int, shot: Shot) -> None:
        """Append ``shot`` from the cursor to ``end`` and move the cursor there."""
        self.shots.append(replace(shot, start=self.at, end=end))
        self.at = end

    def impact(self, kind: str, frame: int, strength: float) -> None:
        """Let something hit at the start of ``frame``: louder when stronger."""
        self.sounds.append(
            Sound(kind, self.seconds(frame) + 0.002, -26 + 22 * strength, strength, self.between(-0.4, 0.4))
        )


Framer = Callable[[Stage, Beat, int, int], Shot]
"""Frames the n-th shot of a beat, given its number and its length in frames."""


def apart(work: Stage, shot: Shot) -> Shot:
    """Keep the thirty-degree rule: a framing like the one before moves round and back, save for a rare jump cut."""
    if not work.shots or not shot.figures or work.chance(_JUMP_CUTS):
        return shot
    before = work.shots[-1]
    same = (before.place_seed, before.angle, [(f.person, f.close) for f in before.figures])
    if same != (shot.place_seed, shot.angle, [(f.person, f.close) for f in shot.figures]):
        return shot
    moved = tuple(replace(f, height=0.7 * f.height, x=1 - f.x, facing=-f.facing) for f in shot.figures)
    return replace(shot, angle=shot.angle + 3, figures=moved)


def on_set(work: Stage, beat: Beat, angle: int) -> Shot:
    """Stand on the beat's set, lit for its temper; the angle chooses which way one looks."""
    light = _DARK.get(beat.kind, 1.0) * work.between(0.92, 1.05)
    warmth = 0.5 * beat.temper.valence + (0.1 if beat.kind == "tender" else 0.0)
    rain = beat.kind in {"stalk", "hold", "shock"} and beat.place == "alley"
    return Shot(0, 0, place=beat.place, place_seed=beat.place_seed, angle=angle, light=light, warmth=warmth, rain=rain)


def drift(work: Stage, amount: float, *, push: float = 0.0, shake: float = 0.0) -> Camera:
    """Move the camera a little across the set, in by ``push``; no hand is perfectly still."""
    x, y = work.between(0.4, 0.6), work.between(0.45, 0.55)
    zoom = work.between(1.0, 1.15)
    dx = work.between(-amount, amount)
    return Camera((x - dx / 2, y, zoom), (x + dx / 2, y + work.between(-0.3, 0.3) * amount, zoom + push), shake)


def closeup(work: Stage, beat: Beat, person: int, *, push: float = 0.0) -> Shot:
    """Fill the frame with one face; whoever is first in the beat stands left and looks right."""
    side = 1 if person == beat.people[0] else -1
    figure = Figure(person, 0.5 - 0.12 * side + work.between(-0.04, 0.04), work.between(0.84, 1.02), facing=side)
    shot = on_set(work, beat, 1 + (side < 0))
    return replace(shot, figures=(figure,), camera=drift(work, 0.02, push=push, shake=0.05))


def two_shot(work: Stage, beat: Beat, *, wide: bool) -> Shot:
    """Show two people facing each other, from far (whole bodies) or near."""
    height, close = (work.between(0.5, 0.62), False) if wide else (work.between(0.7, 0.8), True)
    figures = tuple(
        Figure(p, 0.28 + 0.44 * i + work.between(-0.03, 0.03), height, close=close, facing=1 - 2 * i)
        for i, p in enumerate(beat.people[:2])
    )
    return replace(on_set(work, beat, 0), figures=figures, camera=drift(work, 0.05))


def frame_calm(work: Stage, beat: Beat, number: int, length: int) -> Shot:
    """Frame places and people at ease: travel, daily life, montage."""
    seconds = work.seconds(length)
    person = beat.people[number % len(beat.people)]
    if beat.kind in {"travel", "montage"}:
        beat = replace(beat, place_seed=beat.place_seed + number, place=str(work.rng.choice(beat.temper.places)))
    draw = work.rng.random()
    shot = on_set(work, beat, number)
    if number and draw < 0.3:
        return closeup(work, beat, person, push=0.06)
    if draw < 0.65:
        walk = Figure(person, 0.2, work.between(0.4, 0.55), close=False, travel=0.12 * seconds, steps_per_s=1.8)
        return replace(shot, figures=(walk,), camera=drift(work, 0.12))
    if beat.place in _INDOORS:
        sits = Figure(person, work.between(0.35, 0.65), work.between(0.6, 0.75), facing=1 if draw < 0.8 else -1)
        return replace(shot, figures=(sits,), camera=drift(work, 0.06))
    kind = "car" if beat.place in {"street", "alley", "landscape"} else "bird"
    height, y = (0.16, 0.8) if kind == "car" else (0.06, 0.3)
    mover = Mover(kind, -0.2, -0.2 + 0.4 * seconds, y, height)
    return replace(shot, movers=(mover,), camera=drift(work, 0.2))


def frame_look(work: Stage, beat: Beat, number: int, _length: int) -> Shot:
    """Frame faces that have just understood something: slow push-ins."""
    return closeup(work, beat, beat.people[(number + 1) % len(beat.people)], push=work.between(0.1, 0.22))


def frame_stalk(work: Stage, beat: Beat, number: int, length: int) -> Shot:
    """Frame fear: a small figure in a dark place, then the face that feels watched."""
    if number % 2 == 1:
        return closeup(work, beat, beat.people[0], push=0.1)
    seconds = work.seconds(length)
    walk = Figure(beat.people[0], 0.3, 0.45, close=False, travel=0.05 * seconds, steps_per_s=1.1)
    return replace(on_set(work, beat, number), figures=(walk,), camera=drift(work, 0.04, push=0.15, shake=0.1))


def frame_action(work: Stage, beat: Beat, number: int, length: int) -> Shot:
    """Frame a chase or a fight: whip pans, crossing bodies and cars, a shaking camera."""
    seconds, draw = work.seconds(length), work.rng.random()
    way = 1 if work.chance(0.5) else -1
    pan = way * min(0.55, 0.5 * seconds)
    shake = work.between(0.4, 0.9)
    camera = Camera((0.5 - pan / 2, 0.5, 1.1), (0.5 + pan / 2, 0.5, 1.1 + work.between(0, 0.2)), shake)
    shot = replace(on_set(work, beat, number % 5), camera=camera)
    person = beat.people[number % len(beat.people)]
    if draw < 0.25:
        return replace(closeup(work, beat, person), camera=drift(work, 0.1, shake=shake))
    if draw < 0.65:
        x, travel = (0.35, 0.25 * seconds) if way > 0 else (0.65, -0.25 * seconds)
        run = Figure(person, x, work.between(0.5, 0.7), close=False, facing=way, travel=travel, steps_per_s=3.4)
        return replace(shot, figures=(run,))
    kind = "car" if beat.place in {"street", "alley"} else "debris"
    x0 = -0.3 if way > 0 else 1.3
    return replace(shot, movers=(Mover(kind, x0, x0 + way * 1.7 * min(1.6, max(seconds, 0.8)), 0.72, 0.28),))
