"""The smallest film with one of everything, for tests that run the whole pipeline in seconds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from data_tools.films import lines as say
from data_tools.films.film import RATE_24, render
from data_tools.films.plan import (
    Bed,
    Camera,
    Figure,
    FilmPlan,
    Join,
    Mover,
    Shot,
    SoundEvent,
    SpokenLine,
    StagedBeat,
    TitleCard,
)
from data_tools.films.script import CastMember, FilmScript, Kind, ScriptLine, StoryBeat
from data_tools.films.truth import TrueLine, Truth
from data_tools.films.voices import FILM_RATE_HZ, Reading, Voice, read_lines

_TEXT = "We have to leave before the rain comes back."
_EDGES_S: tuple[tuple[Kind, float], ...] = (("main_title", 3.0), ("talk", 6.6), ("travel", 8.4), ("fight", 10.8))
_BLACK_S = 0.5
_END_S = 11.5


def make_tiny(
    seed: int,
    path: Path,
    *,
    rate: Fraction = RATE_24,
    size: tuple[int, int] = (320, 180),
    start_timecode: str = "01:00:00:00",
) -> Truth:
    """Write an 11.5-second film: fade in, title, cut, a line, dissolve, cut, a crash, a flash, fade out."""
    return render(_plan(seed, rate), path, profile="tiny", start_timecode=start_timecode, size=size)


def _plan(seed: int, rate: Fraction) -> FilmPlan:
    def at(seconds: float) -> int:
        return round(seconds * float(rate))

    cast = (CastMember(say.NAMES[seed % len(say.NAMES)], Voice("en-us+m3", 34, 165), seed),)
    beats, shots = _beats(seed, at), _shots(seed, at)
    script = FilmScript("TINY", "", cast, tuple(s.beat for s in beats))
    voice = read_lines([Reading(cast[0].voice, _TEXT, 0.2)])[0]
    line = TrueLine(3.6, 3.6 + len(voice) / FILM_RATE_HZ, cast[0].name, _TEXT)
    sounds = (SoundEvent("step", 7.2, -34), SoundEvent("crash", float(at(9.2) / rate) + 0.002, -5, 0.9))
    beds = (
        Bed("wind", 0, 3, -50, -50, seed),
        Bed("tone", 3, 6.6, -54, -54, seed),
        Bed("city", 6.6, _END_S, -48, -42, seed),
    )
    cards = (TitleCard(at(1.4), at(2.7), "A TINY FILM", 0.14),)
    spoken = (SpokenLine(line, 0, voice, -31, 0.0),)
    return FilmPlan(
        seed, rate, at(_END_S), script, shots, beats, spoken, sounds, beds, cards, (at(9.9),), letterbox=False
    )


def _beats(seed: int, at: Callable[[float], int]) -> tuple[StagedBeat, ...]:
    found, begin = list[StagedBeat](), 0
    for number, (kind, end_s) in enumerate(_EDGES_S):
        lines = (ScriptLine(0, _TEXT, 0.2),) if kind == "talk" else ()
        beat = StoryBeat(kind, number, "street", seed, (0,), end_s, lines)
        end = at(end_s) if number < len(_EDGES_S) - 1 else at(_END_S)
        found.append(StagedBeat(beat, begin, end, turn=at(9.2) if kind == "fight" else at(_BLACK_S)))
        begin = end
    return tuple(found)


def _shots(seed: int, at: Callable[[float], int]) -> tuple[Shot, ...]:
    pan = Camera((0.45, 0.5, 1.0), (0.55, 0.5, 1.1))
    run = Figure(0, 0.2, 0.6, close=False, travel=0.6, steps_per_s=3.2)
    ends = [at(s) for s in (_BLACK_S, *(e for _, e in _EDGES_S), _END_S)]
    starts = [0, *ends[:-1]]
    kinds = (
        Shot(0, 0, "black"),
        Shot(0, 0, place="landscape", place_seed=seed + 1, camera=pan, join=Join("fade_in", at(0.5), "black")),
        Shot(0, 0, place="room", place_seed=seed + 2, figures=(Figure(0, 0.5, 0.95),)),
        Shot(
            0,
            0,
            place="street",
            place_seed=seed + 3,
            movers=(Mover("car", -0.2, 0.9, 0.8, 0.2),),
            join=Join("dissolve", at(0.5)),
        ),
        Shot(0, 0, place="warehouse", place_seed=seed + 4, light=0.8, figures=(run,), camera=Camera(shake=0.6)),
        Shot(0, 0, "black", join=Join("fade_out", at(0.6), "black")),
    )
    return tuple(replace(s, start=a, end=b) for s, a, b in zip(kinds, starts, ends, strict=True))
