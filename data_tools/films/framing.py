"""Framing: the draft of a film, and how each kind of beat frames its places and people."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np

from data_tools.films.plan import Bed, Camera, Figure, Mover, Shot, SoundEvent, SpokenLine, StagedBeat, TitleCard
from data_tools.films.script import StoryBeat

_DARK = {"stalk": 0.55, "hold": 0.5, "shock": 0.7, "fight": 0.75, "aftermath": 0.7}
_INDOORS = frozenset({"room", "office", "corridor", "warehouse"})
_JUMP_CUT_SHARE = 0.12


@dataclass(slots=True)
class FilmDraft:
    """The film while it is being staged: a cursor in frames and everything placed so far."""

    rng: np.random.Generator
    rate: Fraction
    at: int = 0
    begun: int = 0
    shots: list[Shot] = field(default_factory=list[Shot])
    beats: list[StagedBeat] = field(default_factory=list[StagedBeat])
    spoken: list[SpokenLine] = field(default_factory=list[SpokenLine])
    sounds: list[SoundEvent] = field(default_factory=list[SoundEvent])
    beds: list[Bed] = field(default_factory=list[Bed])
    cards: list[TitleCard] = field(default_factory=list[TitleCard])
    flashes: list[int] = field(default_factory=list[int])

    def frames(self, seconds: float) -> int:
        """Whole frames nearest to ``seconds``."""
        return round(seconds * float(self.rate))

    def seconds(self, frame: int) -> float:
        """Start of ``frame`` in seconds."""
        return float(frame / self.rate)

    def draw_between(self, low: float, high: float) -> float:
        """Draw evenly from ``low`` to ``high``."""
        return float(self.rng.uniform(low, high))

    def draw_chance(self, share: float) -> bool:
        """Draw yes with probability ``share``."""
        return bool(self.rng.random() < share)

    def add_shot(self, end: int, shot: Shot) -> None:
        """Append ``shot`` from the cursor to ``end`` and move the cursor there."""
        self.shots.append(replace(shot, start=self.at, end=end))
        self.at = end

    def add_impact(self, kind: str, frame: int, strength: float) -> None:
        """Add an impact's sound at the start of ``frame``; ``strength`` 0-1 makes it louder."""
        self.sounds.append(
            SoundEvent(kind, self.seconds(frame) + 0.002, -26 + 22 * strength, strength, self.draw_between(-0.4, 0.4))
        )


Framer = Callable[[FilmDraft, StoryBeat, int, int], Shot]
"""Frames the n-th shot of a beat, given its number and its length in frames."""


def vary_framing(draft: FilmDraft, shot: Shot) -> Shot:
    """Keep the thirty-degree rule: change a framing that is like the one before, except for a rare jump cut."""
    if not draft.shots or not shot.figures or draft.draw_chance(_JUMP_CUT_SHARE):
        return shot
    before = draft.shots[-1]
    same = (before.place_seed, before.angle, [(f.person, f.close) for f in before.figures])
    if same != (shot.place_seed, shot.angle, [(f.person, f.close) for f in shot.figures]):
        return shot
    moved = tuple(replace(f, height=0.7 * f.height, x=1 - f.x, facing=-f.facing) for f in shot.figures)
    return replace(shot, angle=shot.angle + 3, figures=moved)


def frame_set(draft: FilmDraft, beat: StoryBeat, angle: int) -> Shot:
    """Frame the beat's empty set, lit for its mood, from one of its angles."""
    light = _DARK.get(beat.kind, 1.0) * draft.draw_between(0.92, 1.05)
    warmth = 0.5 * beat.traits.valence + (0.1 if beat.kind == "tender" else 0.0)
    rain = beat.kind in {"stalk", "hold", "shock"} and beat.place == "alley"
    return Shot(0, 0, place=beat.place, place_seed=beat.place_seed, angle=angle, light=light, warmth=warmth, rain=rain)


def drifting_camera(draft: FilmDraft, amount: float, *, push: float = 0.0, shake: float = 0.0) -> Camera:
    """Camera that moves a little across the set and in by ``push``."""
    x, y = draft.draw_between(0.4, 0.6), draft.draw_between(0.45, 0.55)
    zoom = draft.draw_between(1.0, 1.15)
    dx = draft.draw_between(-amount, amount)
    return Camera((x - dx / 2, y, zoom), (x + dx / 2, y + draft.draw_between(-0.3, 0.3) * amount, zoom + push), shake)


def frame_closeup(draft: FilmDraft, beat: StoryBeat, person: int, *, push: float = 0.0) -> Shot:
    """Fill the frame with one face; the first person of the beat stands left and looks right."""
    side = 1 if person == beat.people[0] else -1
    figure = Figure(
        person, 0.5 - 0.12 * side + draft.draw_between(-0.04, 0.04), draft.draw_between(0.84, 1.02), facing=side
    )
    shot = frame_set(draft, beat, 1 + (side < 0))
    return replace(shot, figures=(figure,), camera=drifting_camera(draft, 0.02, push=push, shake=0.05))


def frame_two_shot(draft: FilmDraft, beat: StoryBeat, *, wide: bool) -> Shot:
    """Show two people facing each other, from far (whole bodies) or near."""
    height, close = (draft.draw_between(0.5, 0.62), False) if wide else (draft.draw_between(0.7, 0.8), True)
    figures = tuple(
        Figure(p, 0.28 + 0.44 * i + draft.draw_between(-0.03, 0.03), height, close=close, facing=1 - 2 * i)
        for i, p in enumerate(beat.people[:2])
    )
    return replace(frame_set(draft, beat, 0), figures=figures, camera=drifting_camera(draft, 0.05))


def frame_calm(draft: FilmDraft, beat: StoryBeat, number: int, length: int) -> Shot:
    """Frame places and people at ease: travel, daily life, montage."""
    seconds = draft.seconds(length)
    person = beat.people[number % len(beat.people)]
    if beat.kind in {"travel", "montage"}:
        beat = replace(beat, place_seed=beat.place_seed + number, place=str(draft.rng.choice(beat.traits.places)))
    draw = draft.rng.random()
    shot = frame_set(draft, beat, number)
    if number and draw < 0.3:
        return frame_closeup(draft, beat, person, push=0.06)
    if draw < 0.65:
        walk = Figure(person, 0.2, draft.draw_between(0.4, 0.55), close=False, travel=0.12 * seconds, steps_per_s=1.8)
        return replace(shot, figures=(walk,), camera=drifting_camera(draft, 0.12))
    if beat.place in _INDOORS:
        sits = Figure(
            person, draft.draw_between(0.35, 0.65), draft.draw_between(0.6, 0.75), facing=1 if draw < 0.8 else -1
        )
        return replace(shot, figures=(sits,), camera=drifting_camera(draft, 0.06))
    kind = "car" if beat.place in {"street", "alley", "landscape"} else "bird"
    height, y = (0.16, 0.8) if kind == "car" else (0.06, 0.3)
    mover = Mover(kind, -0.2, -0.2 + 0.4 * seconds, y, height)
    return replace(shot, movers=(mover,), camera=drifting_camera(draft, 0.2))


def frame_look(draft: FilmDraft, beat: StoryBeat, number: int, _length: int) -> Shot:
    """Frame faces that react to what was just said: slow push-ins."""
    return frame_closeup(draft, beat, beat.people[(number + 1) % len(beat.people)], push=draft.draw_between(0.1, 0.22))


def frame_stalk(draft: FilmDraft, beat: StoryBeat, number: int, length: int) -> Shot:
    """Frame fear: by turns a small figure in a dark place and a frightened face."""
    if number % 2 == 1:
        return frame_closeup(draft, beat, beat.people[0], push=0.1)
    seconds = draft.seconds(length)
    walk = Figure(beat.people[0], 0.3, 0.45, close=False, travel=0.05 * seconds, steps_per_s=1.1)
    return replace(
        frame_set(draft, beat, number), figures=(walk,), camera=drifting_camera(draft, 0.04, push=0.15, shake=0.1)
    )


def frame_action(draft: FilmDraft, beat: StoryBeat, number: int, length: int) -> Shot:
    """Frame a chase or a fight: whip pans, crossing bodies and cars, a shaking camera."""
    seconds, draw = draft.seconds(length), draft.rng.random()
    way = 1 if draft.draw_chance(0.5) else -1
    pan = way * min(0.55, 0.5 * seconds)
    shake = draft.draw_between(0.4, 0.9)
    camera = Camera((0.5 - pan / 2, 0.5, 1.1), (0.5 + pan / 2, 0.5, 1.1 + draft.draw_between(0, 0.2)), shake)
    shot = replace(frame_set(draft, beat, number % 5), camera=camera)
    person = beat.people[number % len(beat.people)]
    if draw < 0.25:
        return replace(frame_closeup(draft, beat, person), camera=drifting_camera(draft, 0.1, shake=shake))
    if draw < 0.65:
        x, travel = (0.35, 0.25 * seconds) if way > 0 else (0.65, -0.25 * seconds)
        run = Figure(person, x, draft.draw_between(0.5, 0.7), close=False, facing=way, travel=travel, steps_per_s=3.4)
        return replace(shot, figures=(run,))
    kind = "car" if beat.place in {"street", "alley"} else "debris"
    x0 = -0.3 if way > 0 else 1.3
    return replace(shot, movers=(Mover(kind, x0, x0 + way * 1.7 * min(1.6, max(seconds, 0.8)), 0.72, 0.28),))
