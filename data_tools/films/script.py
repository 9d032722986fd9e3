"""The hidden dramatic script: acts become phrases of beats, each with its mood, its place, its people and its lines.

A beat's kind decides what is seen and heard (``staging``) and whether it is played (``practice``). Nothing else is
passed on to the truth, so that every decision can in principle be inferred from picture and sound.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from data_tools.films import lines as say
from data_tools.films.voices import Voice

Kind = Literal[
    "main_title", "travel", "routine", "talk", "argue", "react", "tender", "stalk", "hold", "shock",
    "chase", "fight", "aftermath", "montage", "reveal", "end_titles",
]  # fmt: skip
Profile = Literal["drama", "action", "mixed"]


@dataclass(frozen=True, slots=True)
class BeatTraits:
    """What a kind of beat is like.

    Attributes
    ----------
    seconds: shortest and longest length
    arousal: at its start and end, 0-1
    tension, valence: 0-1 and -1..1
    shot_s: shortest and longest shot
    scored: whether spotting practice plays it
    """

    seconds: tuple[float, float]
    arousal: tuple[float, float]
    tension: float
    valence: float
    shot_s: tuple[float, float]
    scored: bool
    places: tuple[str, ...]


_INDOORS = ("room", "office", "corridor")
_OUTDOORS = ("landscape", "street", "forest", "harbour")
BEAT_TRAITS: dict[Kind, BeatTraits] = {
    "main_title": BeatTraits((8, 11), (0.22, 0.32), 0.3, 0.1, (4, 6), True, _OUTDOORS),
    "travel": BeatTraits((11, 16), (0.36, 0.44), 0.25, 0.3, (2.0, 3.6), True, _OUTDOORS),
    "routine": BeatTraits(
        (9, 14), (0.18, 0.22), 0.15, 0.15, (2.6, 4.5), False, ("street", "room", "office", "harbour")
    ),
    "talk": BeatTraits((15, 24), (0.20, 0.30), 0.25, 0.0, (2.2, 5.0), False, _INDOORS),
    "argue": BeatTraits((12, 19), (0.40, 0.62), 0.55, -0.45, (1.4, 3.0), False, _INDOORS),
    "react": BeatTraits((8, 13), (0.40, 0.27), 0.5, -0.3, (2.4, 4.0), True, _INDOORS),
    "tender": BeatTraits((15, 22), (0.28, 0.36), 0.15, 0.65, (3.0, 5.0), True, ("room", "forest", "harbour")),
    "stalk": BeatTraits(
        (11, 16), (0.30, 0.52), 0.85, -0.4, (2.0, 3.8), True, ("corridor", "alley", "warehouse", "night")
    ),
    "hold": BeatTraits((2.6, 3.6), (0.45, 0.42), 1.0, -0.4, (2.6, 3.6), False, ()),
    "shock": BeatTraits((1.6, 2.6), (0.95, 0.85), 0.9, -0.6, (0.8, 1.4), True, ()),
    "chase": BeatTraits(
        (13, 22), (0.78, 0.9), 0.75, -0.3, (0.7, 1.6), True, ("street", "alley", "forest", "warehouse")
    ),
    "fight": BeatTraits((10, 17), (0.86, 0.97), 0.8, -0.5, (0.55, 1.3), True, ("warehouse", "alley", "corridor")),
    "aftermath": BeatTraits((8, 12), (0.42, 0.2), 0.4, -0.35, (3.0, 5.0), False, ()),
    "montage": BeatTraits((12, 18), (0.40, 0.52), 0.2, 0.5, (1.5, 2.6), True, _OUTDOORS),
    "reveal": BeatTraits(
        (10, 14), (0.40, 0.58), 0.6, 0.0, (2.0, 3.4), True, ("landscape", "harbour", "warehouse", "night")
    ),
    "end_titles": BeatTraits((9, 12), (0.28, 0.12), 0.1, 0.2, (4, 6), True, _OUTDOORS),
}
PHRASES: dict[str, tuple[Kind, ...]] = {
    "news": ("talk", "react", "travel"),
    "day": ("routine", "talk"),
    "quarrel": ("argue", "react"),
    "hunt": ("stalk", "hold", "shock", "chase", "aftermath"),
    "ambush": ("stalk", "hold", "shock", "fight", "aftermath"),
    "closeness": ("tender",),
    "passing": ("montage",),
    "journey": ("travel", "routine"),
    "find": ("talk", "reveal"),
    "flight": ("chase", "fight", "aftermath"),
}
_ACTS: dict[Profile, tuple[tuple[str, ...], ...]] = {
    "drama": (
        ("day", "news", "journey"),
        ("quarrel", "find", "passing", "closeness"),
        ("quarrel", "hunt", "closeness"),
    ),
    "action": (("day", "hunt"), ("ambush", "news", "flight"), ("flight", "closeness", "hunt", "ambush")),
    "mixed": (
        ("day", "news", "find", "journey"),
        ("quarrel", "hunt", "passing", "closeness"),
        ("ambush", "flight", "closeness"),
    ),
}


@dataclass(frozen=True, slots=True)
class CastMember:
    """Someone who recurs: name, voice, and the seed their looks are drawn from."""

    name: str
    voice: Voice
    looks: int


@dataclass(frozen=True, slots=True)
class ScriptLine:
    """A line before it is spoken: ``speaker`` indexes the cast."""

    speaker: int
    text: str
    effort: float


@dataclass(frozen=True, slots=True)
class StoryBeat:
    """One beat: ``place`` and its seed name a set; ``scene`` counts up whenever place and people change."""

    kind: Kind
    scene: int
    place: str
    place_seed: int
    people: tuple[int, ...]
    seconds: float
    lines: tuple[ScriptLine, ...]
    radio: bool = False

    @property
    def traits(self) -> BeatTraits:
        """What beats of this kind are like."""
        return BEAT_TRAITS[self.kind]


@dataclass(frozen=True, slots=True)
class FilmScript:
    """The whole film before staging."""

    title: str
    credit: str
    cast: tuple[CastMember, ...]
    beats: tuple[StoryBeat, ...]


_VOICES = (
    Voice("en-us+m3", 34, 165), Voice("en-gb+f2", 52, 170), Voice("en-us+m7", 22, 150),
    Voice("en-us+f4", 46, 160), Voice("en-gb-x-rp+m1", 40, 175), Voice("en-gb+f5", 58, 165),
)  # fmt: skip
_SPEECH_CHARS_PER_S = 15.0


def write_script(rng: np.random.Generator, seconds: float, profile: Profile) -> FilmScript:
    """Invent a film of about ``seconds``: title, three acts of phrases, end titles."""
    cast = _cast(rng)
    phrases = _phrases(rng, seconds - 20.0, profile)
    beats = [_beat(rng, "main_title", None, cast, opens=True)]
    for phrase in phrases:
        for position, kind in enumerate(PHRASES[phrase]):
            beats.append(_beat(rng, kind, beats[-1], cast, opens=position == 0))
    beats.append(_beat(rng, "end_titles", beats[-1], cast, opens=True))
    name, other = (c.name for c in cast[:2])
    title = str(rng.choice(say.TITLES)).format(place=str(rng.choice(say.PLACES)).upper())
    credit = str(rng.choice(say.CREDITS)).format(name=name, other=other)
    return FilmScript(title, credit, cast, tuple(beats))


def _cast(rng: np.random.Generator) -> tuple[CastMember, ...]:
    names = rng.choice(say.NAMES, 3, replace=False)
    voices = rng.choice(len(_VOICES), 3, replace=False)
    return tuple(CastMember(str(n), _VOICES[v], int(rng.integers(1 << 30))) for n, v in zip(names, voices, strict=True))


def _phrases(rng: np.random.Generator, seconds: float, profile: Profile) -> list[str]:
    """Choose phrases act by act until the time is spent; never two scored beats of different phrases side by side."""
    left, chosen, ends_played = seconds, list[str](), True
    shares = (0.34, 0.67, 1.0)
    for act, share in zip(_ACTS[profile], shares, strict=True):
        while seconds - left < share * seconds - 8.0:
            fits = [p for p in act if p not in chosen[-2:] and not (ends_played and _opens_played(p))]
            short = [p for p in fits if _length(p) < left + 13]
            pick = str(rng.choice(short or [("day", "quarrel")[int(rng.integers(2))] if ends_played else "closeness"]))
            chosen.append(pick)
            ends_played = BEAT_TRAITS[PHRASES[pick][-1]].scored
            left -= _length(pick)
    return chosen


def _length(phrase: str) -> float:
    return sum(sum(BEAT_TRAITS[k].seconds) / 2 for k in PHRASES[phrase])


def _opens_played(phrase: str) -> bool:
    first = PHRASES[phrase][0]
    return BEAT_TRAITS[first].scored and first not in {"stalk", "tender"}


_STAYS: frozenset[Kind] = frozenset({"react", "hold", "shock", "aftermath"})


def _beat(
    rng: np.random.Generator, kind: Kind, before: StoryBeat | None, cast: tuple[CastMember, ...], *, opens: bool
) -> StoryBeat:
    traits = BEAT_TRAITS[kind]
    stays = before is not None and not opens and kind in _STAYS
    if stays and before is not None:
        scene, place, place_seed, people = before.scene, before.place, before.place_seed, before.people
    else:
        scene = before.scene + 1 if before else 0
        other = [p for p in traits.places if before is None or p != before.place]
        place, place_seed = str(rng.choice(other)), int(rng.integers(1 << 30))
        count = 2 if kind in {"talk", "argue", "tender", "fight"} else 1
        people = tuple(int(i) for i in rng.choice(len(cast), count, replace=False))
    seconds = float(rng.uniform(*traits.seconds))
    lines = _lines(rng, kind, people, cast, seconds)
    return StoryBeat(
        kind, scene, place, place_seed, people, seconds, lines, radio=kind == "routine" and rng.random() < 0.5
    )


_POOLS: dict[Kind, tuple[tuple[str, ...], tuple[float, float], float]] = {
    "talk": (say.TALK, (0.2, 0.35), 0.9),
    "argue": (say.ARGUE, (0.6, 0.9), 0.92),
    "tender": (say.TENDER, (0.05, 0.2), 0.45),
}


def _lines(
    rng: np.random.Generator, kind: Kind, people: tuple[int, ...], cast: tuple[CastMember, ...], seconds: float
) -> tuple[ScriptLine, ...]:
    """Fill a beat with lines by turns; a quarrel or a talk ends on the line that turns the scene."""
    if kind == "chase":
        return (_write_line(rng, say.SHOUT, people[0], cast, (0.9, 1.0)),)
    if kind not in _POOLS:
        return ()
    pool, effort, density = _POOLS[kind]
    order = [str(pool[i]) for i in rng.permutation(len(pool))]
    spoken, turns = 0.0, list[ScriptLine]()
    while order and spoken < seconds * density - 3.0:
        turns.append(_write_line(rng, (order.pop(),), people[len(turns) % len(people)], cast, effort))
        spoken += len(turns[-1].text) / _SPEECH_CHARS_PER_S + 0.6
    if kind != "tender":
        turns.append(_write_line(rng, say.TURN, people[len(turns) % len(people)], cast, (0.25, 0.4)))
    return tuple(turns)


def _write_line(
    rng: np.random.Generator,
    pool: tuple[str, ...],
    speaker: int,
    cast: tuple[CastMember, ...],
    effort: tuple[float, float],
) -> ScriptLine:
    other = cast[(speaker + 1) % len(cast)].name
    return ScriptLine(speaker, str(rng.choice(pool)).format(name=other), float(rng.uniform(*effort)))
