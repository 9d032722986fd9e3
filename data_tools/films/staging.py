"""Staging: the script becomes shots, sounds and titles in time. Calm beats breathe, violent ones cut fast and shake."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction

import numpy as np

from data_tools.films.cutting import cover, open_scene
from data_tools.films.framing import (
    Framer,
    Stage,
    apart,
    closeup,
    drift,
    frame_action,
    frame_calm,
    frame_look,
    frame_stalk,
    on_set,
    two_shot,
)
from data_tools.films.plan import Bed, Camera, Card, Join, Plan, Shot, Sound, Spoken, Staged
from data_tools.films.script import Beat, Kind, Script
from data_tools.films.truth import TrueLine
from data_tools.films.voices import Reading, Samples, read_lines

_BED = {
    "landscape": "wind", "forest": "birds", "harbour": "sea", "street": "city", "alley": "city", "night": "wind",
    "room": "tone", "office": "tone", "corridor": "hum", "warehouse": "hum",
}  # fmt: skip
_IMPACTS = ("door slam", "crash", "gunshot", "blow")


def stage(script: Script, seed: int, rate: Fraction) -> Plan:
    """Stage the whole script; the voices are read here because lines decide how long talk lasts."""
    rng = np.random.default_rng((seed, 2))
    work = Stage(rng, rate)
    planned = [(line, b) for b in script.beats for line in b.lines]
    takes: Iterator[Samples] = iter(
        read_lines([Reading(script.cast[p.speaker].voice, p.text, p.effort) for p, _ in planned])
    )
    for number, beat in enumerate(script.beats):
        start = work.begun = work.at
        after = script.beats[number + 1] if number + 1 < len(script.beats) else None
        open_scene(work, beat)
        marks = _STAGERS.get(beat.kind, _plain)(work, beat, script, [next(takes) for _ in beat.lines], after)
        work.beats.append(Staged(beat, start, work.at, *marks))
        _sound_beds(work, beat, start)
    flashes = tuple(sorted(set(work.flashes)))
    spoken, sounds = tuple(work.spoken), tuple(sorted(work.sounds, key=lambda s: s.time_s))
    shots, beats = tuple(work.shots), tuple(work.beats)
    letterbox = bool(np.random.default_rng((seed, 3)).random() < 0.3)
    return Plan(
        seed,
        rate,
        work.at,
        script,
        shots,
        beats,
        spoken,
        sounds,
        tuple(work.beds),
        tuple(work.cards),
        flashes,
        letterbox,
    )


def _plain(work: Stage, beat: Beat, _script: Script, _takes: list[Samples], _after: Beat | None) -> tuple[int, int]:
    """Stage a beat without lines: calm places, or faces after a turn."""
    framer = {"react": frame_look, "stalk": frame_stalk, "aftermath": frame_look}.get(beat.kind, frame_calm)
    start, end = work.at, work.at + work.frames(beat.seconds)
    starts = cover(work, beat, end, framer)
    look = starts[1] if beat.kind == "stalk" and len(starts) > 1 else -1
    if beat.kind in {"routine", "stalk", "travel"}:
        _footsteps(work, start, end, 0.55 if beat.kind == "routine" else 0.9)
    if beat.kind == "routine":
        for _ in range(int(work.rng.integers(1, 4))):
            work.sounds.append(Sound("clatter", work.between(work.seconds(start), work.seconds(end)), -31))
    if beat.kind == "montage" and work.chance(0.6):
        _camera_flash(work, starts)
    return look, -1


def _camera_flash(work: Stage, starts: list[int]) -> None:
    inside = [s for s in work.shots if s.start in starts and s.end - s.start > 30]
    for shot in inside[1:3]:
        frame = shot.start + (shot.end - shot.start) // 2
        work.flashes.append(frame)
        work.sounds.append(Sound("click", work.seconds(frame), -28))


def _footsteps(work: Stage, start: int, end: int, every_s: float) -> None:
    for t in np.arange(work.seconds(start) + 0.4, work.seconds(end) - 0.3, every_s):
        work.sounds.append(Sound("step", float(t) + work.between(-0.03, 0.03), work.between(-38, -32)))


def _dialogue(work: Stage, beat: Beat, script: Script, takes: list[Samples], after: Beat | None) -> tuple[int, int]:
    """Stage talk: lines first, then shots that follow the speakers."""
    start = work.at
    at_s = work.seconds(start) + work.between(1.2, 2.6)
    pause = {"talk": (0.25, 0.8), "argue": (0.08, 0.35), "tender": (1.6, 3.2)}[beat.kind]
    spans = list[tuple[int, float, float]]()
    for planned, samples in zip(beat.lines, takes, strict=True):
        _speak(work, script, planned.speaker, planned.text, planned.effort, samples, at_s)
        spans.append((planned.speaker, at_s, at_s + len(samples) / 48_000))
        at_s = spans[-1][2] + work.between(*pause)
    stays = after is not None and after.scene == beat.scene
    end = work.frames(spans[-1][2] + (work.between(0.15, 0.45) if stays else work.between(0.9, 1.7)))
    slam = beat.kind == "argue" and not stays
    _follow(work, beat, spans, end)
    if slam:
        work.impact("door slam", end - work.frames(0.5), work.between(0.6, 0.8))
    return -1, -1


def _follow(work: Stage, beat: Beat, spans: list[tuple[int, float, float]], end: int) -> None:
    """Cut to whoever speaks, now and then to the listener."""
    floor = work.frames(0.7)
    cuts: list[tuple[int, int]] = []
    for speaker, line_start, line_end in spans:
        at = work.frames(line_start) + int(work.between(-5, 7))
        if at - (cuts[-1][0] if cuts else work.at) >= floor and work.chance(0.85):
            cuts.append((at, speaker))
        middle = work.frames((line_start + line_end) / 2)
        if cuts and line_end - line_start > 2.6 and middle - cuts[-1][0] >= floor and work.chance(0.45):
            cuts.append((middle, beat.people[0] if speaker != beat.people[0] else beat.people[-1]))
    cuts = [c for c in cuts if end - c[0] >= floor]
    edges = [c[0] for c in cuts[1:]] if cuts and cuts[0][0] - work.at < floor else [c[0] for c in cuts]
    people = [-1, *[c[1] for c in cuts[-len(edges) :]]] if edges else [-1]
    for person, edge in zip(people, [*edges, end], strict=True):
        framer = _two(person) if person < 0 else _single(person)
        cover(work, beat, edge, framer, shot_s=(60.0, 120.0))


def _two(_person: int) -> Framer:
    return lambda work, beat, _number, _length: two_shot(work, beat, wide=work.chance(0.6))


def _single(person: int) -> Framer:
    def framer(work: Stage, beat: Beat, _number: int, _length: int) -> Shot:
        if work.chance(0.15):
            return two_shot(work, beat, wide=False)
        return closeup(work, beat, person, push=work.between(0, 0.05))

    return framer


def _speak(work: Stage, script: Script, speaker: int, text: str, effort: float, samples: Samples, at_s: float) -> None:
    line = TrueLine(at_s, at_s + len(samples) / 48_000, script.cast[speaker].name, text)
    work.spoken.append(Spoken(line, speaker, samples, -33 + 10 * effort, work.between(-0.15, 0.15)))


def _hold(work: Stage, beat: Beat, _script: Script, _takes: list[Samples], _after: Beat | None) -> tuple[int, int]:
    """Stage the silence before a shock: one still face."""
    end = work.at + work.frames(beat.seconds)
    still = Camera((0.5, 0.5, 1.1), (0.5, 0.5, 1.14))
    shot = apart(work, replace(closeup(work, beat, beat.people[0]), camera=still))
    work.shoot(end, replace(shot, join=Join(subtle=True)))
    return -1, -1


def _shock(work: Stage, beat: Beat, _script: Script, _takes: list[Samples], _after: Beat | None) -> tuple[int, int]:
    """Stage the shock itself: on the cut, with a flash and the loudest sound of the film."""
    turn = work.at
    cover(work, beat, turn + work.frames(beat.seconds), frame_action)
    work.impact(str(work.rng.choice(("explosion", "crash", "gunshot"))), turn, work.between(0.92, 1.0))
    if work.chance(0.6):
        work.flashes.append(turn + int(work.between(5, 8)))
    return -1, turn


def _action(work: Stage, beat: Beat, script: Script, takes: list[Samples], _after: Beat | None) -> tuple[int, int]:
    """Stage a chase or a fight: fast shots, blows inside them, the last one a button."""
    start, end = work.at, work.at + work.frames(beat.seconds)
    starts = cover(work, beat, end, frame_action)
    if takes:
        planned = beat.lines[0]
        at_s = work.seconds(start) + work.between(2.0, 4.0)
        _speak(work, script, planned.speaker, planned.text, planned.effort, takes[0], at_s)
    _footsteps(work, start, end, 0.29)
    shots = [s for s in work.shots if s.start in starts]
    every = 3 if beat.kind == "chase" else 2
    for number, shot in enumerate(shots[1:-1]):
        if number % every == 0 or work.chance(0.12):
            _blow(work, beat, shot)
    last = work.shots[-1]
    turn = last.start + min(7, (last.end - last.start) // 2)
    work.impact("crash" if beat.kind == "chase" else "blow", turn, work.between(0.85, 0.95))
    return -1, turn


def _blow(work: Stage, beat: Beat, shot: Shot) -> None:
    on_cut = work.chance(0.3)
    frame = shot.start if on_cut else shot.start + int(work.between(0.35, 0.6) * (shot.end - shot.start))
    strong = work.chance(0.65)
    strength = work.between(0.65, 0.85) if strong else work.between(0.35, 0.5)
    kind = str(work.rng.choice(_IMPACTS)) if beat.kind == "chase" else str(work.rng.choice(("blow", "blow", "crash")))
    work.impact(kind, frame, strength)
    if kind == "gunshot" and min(frame - shot.start, shot.end - frame) >= 5:
        work.flashes.extend([frame, frame + 1] if work.chance(0.4) else [frame])


def _reveal(work: Stage, beat: Beat, _script: Script, _takes: list[Samples], _after: Beat | None) -> tuple[int, int]:
    """Stage a reveal: a face sees something, then the cut to what it sees."""
    look_end = work.at + work.frames(work.between(1.8, 2.6))
    cover(work, beat, look_end, frame_look)
    end = look_end + work.frames(beat.seconds - 2.2)
    vista = replace(beat, place_seed=beat.place_seed + 77)
    cover(
        work, vista, end, lambda w, b, n, _l: replace(on_set(w, b, n), camera=drift(w, 0.1, push=-0.1 + 0.25 * n)),
        shot_s=(3.0, 6.0),
    )  # fmt: skip
    return -1, look_end


def _main_title(work: Stage, beat: Beat, script: Script, _takes: list[Samples], _after: Beat | None) -> tuple[int, int]:
    """Stage the title: on black before the picture, or over the first view."""
    end = work.at + work.frames(beat.seconds)
    first = work.frames(0.5)
    if work.chance(0.5):
        work.shoot(work.frames(work.between(3.0, 4.0)), Shot(0, 0, backdrop="black"))
        work.cards.append(Card(first, work.at - 6, script.title, 0.11))
        cover(work, beat, end, frame_calm)
        return -1, first
    work.shoot(first, Shot(0, 0, backdrop="black"))
    cover(work, beat, end, frame_calm)
    title_at = work.frames(work.between(2.6, 3.4))
    work.cards.append(Card(title_at, title_at + work.frames(3.2), script.title, 0.12))
    return -1, first


def _end_titles(work: Stage, beat: Beat, script: Script, _takes: list[Samples], _after: Beat | None) -> tuple[int, int]:
    """Stage the end: a last view fades to black, cards follow, then a second of nothing."""
    cover(work, beat, work.at + work.frames(work.between(4.0, 5.0)), frame_calm)
    black = work.at
    cards = [("THE END", 0.13), (script.credit, 0.06)]
    work.shoot(
        black + work.frames(0.5 + 2.3 * len(cards) + 1.2),
        Shot(0, 0, backdrop="black", join=Join("fade_out", work.frames(work.between(0.8, 1.4)), "black")),
    )
    for number, (text, height) in enumerate(cards):
        card = black + work.frames(0.5 + 2.3 * number)
        work.cards.append(Card(card, card + work.frames(2.0), text, height))
    return -1, black


def _sound_beds(work: Stage, beat: Beat, start: int) -> None:
    """Lay the air of the place under a beat, and the rush of movement where there is any."""
    a, b = work.seconds(start), work.seconds(work.at)
    low, high = beat.temper.arousal
    level = -58.0 if beat.kind == "hold" else -56 + 16 * low
    seed = int(work.rng.integers(1 << 30))
    place = next((s.place for s in reversed(work.shots) if s.place), beat.place)
    work.beds.append(Bed(_BED[place], a, b, level, -56 + 16 * high, seed))
    if work.shots[-1].rain:
        work.beds.append(Bed("rain", a, b, -44 if beat.kind != "hold" else -50, -44, seed + 1))
    if low > 0.6 or beat.kind == "travel":
        work.beds.append(Bed("rush", a, b, -44 + 20 * (low - 0.35), -44 + 20 * (high - 0.35), seed + 2))
    if beat.radio:
        work.beds.append(Bed("radio", a + work.between(0.0, 0.6), b, -36, -36, seed + 3))


_STAGERS: dict[Kind, Callable[[Stage, Beat, Script, list[Samples], Beat | None], tuple[int, int]]] = {
    "talk": _dialogue, "argue": _dialogue, "tender": _dialogue, "hold": _hold, "shock": _shock, "chase": _action,
    "fight": _action, "reveal": _reveal, "main_title": _main_title, "end_titles": _end_titles,
}  # fmt: skip
