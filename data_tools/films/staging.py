"""Staging turns the script into shots, sounds and titles in time. Calm beats get long shots, violent ones fast cuts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction

import numpy as np

from data_tools.films.cutting import cover_with_shots, open_scene
from data_tools.films.framing import (
    FilmDraft,
    Framer,
    drifting_camera,
    frame_action,
    frame_calm,
    frame_closeup,
    frame_look,
    frame_set,
    frame_stalk,
    frame_two_shot,
    vary_framing,
)
from data_tools.films.plan import Bed, Camera, FilmPlan, Join, Shot, SoundEvent, SpokenLine, StagedBeat, TitleCard
from data_tools.films.script import FilmScript, Kind, StoryBeat
from data_tools.films.truth import TrueLine
from data_tools.films.voices import Reading, Samples, read_lines

_BED = {
    "landscape": "wind",
    "forest": "birds",
    "harbour": "sea",
    "street": "city",
    "alley": "city",
    "night": "wind",
    "room": "tone",
    "office": "tone",
    "corridor": "hum",
    "warehouse": "hum",
}
_IMPACTS = ("door slam", "crash", "gunshot", "blow")


def stage_script(script: FilmScript, seed: int, rate: Fraction) -> FilmPlan:
    """Stage the whole script; the lines are spoken here, since their length decides how long a talk lasts."""
    rng = np.random.default_rng((seed, 2))
    draft = FilmDraft(rng, rate)
    planned = [(line, b) for b in script.beats for line in b.lines]
    takes: Iterator[Samples] = iter(
        read_lines([Reading(script.cast[p.speaker].voice, p.text, p.effort) for p, _ in planned])
    )
    for number, beat in enumerate(script.beats):
        start = draft.begun = draft.at
        after = script.beats[number + 1] if number + 1 < len(script.beats) else None
        open_scene(draft, beat)
        marks = _STAGERS.get(beat.kind, _plain)(draft, beat, script, [next(takes) for _ in beat.lines], after)
        draft.beats.append(StagedBeat(beat, start, draft.at, *marks))
        _sound_beds(draft, beat, start)
    flashes = tuple(sorted(set(draft.flashes)))
    spoken, sounds = tuple(draft.spoken), tuple(sorted(draft.sounds, key=lambda s: s.time_s))
    shots, beats = tuple(draft.shots), tuple(draft.beats)
    letterbox = bool(np.random.default_rng((seed, 3)).random() < 0.3)
    return FilmPlan(
        seed,
        rate,
        draft.at,
        script,
        shots,
        beats,
        spoken,
        sounds,
        tuple(draft.beds),
        tuple(draft.cards),
        flashes,
        letterbox,
    )


def _plain(
    draft: FilmDraft, beat: StoryBeat, _script: FilmScript, _takes: list[Samples], _after: StoryBeat | None
) -> tuple[int, int]:
    """Stage a beat without lines: calm places, or faces after a turn."""
    framer = {"react": frame_look, "stalk": frame_stalk, "aftermath": frame_look}.get(beat.kind, frame_calm)
    start, end = draft.at, draft.at + draft.frames(beat.seconds)
    starts = cover_with_shots(draft, beat, end, framer)
    look = starts[1] if beat.kind == "stalk" and len(starts) > 1 else -1
    if beat.kind in {"routine", "stalk", "travel"}:
        _footsteps(draft, start, end, 0.55 if beat.kind == "routine" else 0.9)
    if beat.kind == "routine":
        for _ in range(int(draft.rng.integers(1, 4))):
            draft.sounds.append(
                SoundEvent("clatter", draft.draw_between(draft.seconds(start), draft.seconds(end)), -31)
            )
    if beat.kind == "montage" and draft.draw_chance(0.6):
        _camera_flash(draft, starts)
    return look, -1


def _camera_flash(draft: FilmDraft, starts: list[int]) -> None:
    inside = [s for s in draft.shots if s.start in starts and s.end - s.start > 30]
    for shot in inside[1:3]:
        frame = shot.start + (shot.end - shot.start) // 2
        draft.flashes.append(frame)
        draft.sounds.append(SoundEvent("click", draft.seconds(frame), -28))


def _footsteps(draft: FilmDraft, start: int, end: int, every_s: float) -> None:
    for t in np.arange(draft.seconds(start) + 0.4, draft.seconds(end) - 0.3, every_s):
        draft.sounds.append(
            SoundEvent("step", float(t) + draft.draw_between(-0.03, 0.03), draft.draw_between(-38, -32))
        )


def _dialogue(
    draft: FilmDraft, beat: StoryBeat, script: FilmScript, takes: list[Samples], after: StoryBeat | None
) -> tuple[int, int]:
    """Stage talk: lines first, then shots that follow the speakers."""
    start = draft.at
    at_s = draft.seconds(start) + draft.draw_between(1.2, 2.6)
    pause = {"talk": (0.25, 0.8), "argue": (0.08, 0.35), "tender": (1.6, 3.2)}[beat.kind]
    spans = list[tuple[int, float, float]]()
    for planned, samples in zip(beat.lines, takes, strict=True):
        _speak(draft, script, planned.speaker, planned.text, planned.effort, samples, at_s)
        spans.append((planned.speaker, at_s, at_s + len(samples) / 48_000))
        at_s = spans[-1][2] + draft.draw_between(*pause)
    stays = after is not None and after.scene == beat.scene
    end = draft.frames(spans[-1][2] + (draft.draw_between(0.15, 0.45) if stays else draft.draw_between(0.9, 1.7)))
    slam = beat.kind == "argue" and not stays
    _follow(draft, beat, spans, end)
    if slam:
        draft.add_impact("door slam", end - draft.frames(0.5), draft.draw_between(0.6, 0.8))
    return -1, -1


def _follow(draft: FilmDraft, beat: StoryBeat, spans: list[tuple[int, float, float]], end: int) -> None:
    """Cut to whoever speaks, now and then to the listener."""
    floor = draft.frames(0.7)
    cuts: list[tuple[int, int]] = []
    for speaker, line_start, line_end in spans:
        at = draft.frames(line_start) + int(draft.draw_between(-5, 7))
        if at - (cuts[-1][0] if cuts else draft.at) >= floor and draft.draw_chance(0.85):
            cuts.append((at, speaker))
        middle = draft.frames((line_start + line_end) / 2)
        if cuts and line_end - line_start > 2.6 and middle - cuts[-1][0] >= floor and draft.draw_chance(0.45):
            cuts.append((middle, beat.people[0] if speaker != beat.people[0] else beat.people[-1]))
    cuts = [c for c in cuts if end - c[0] >= floor]
    edges = [c[0] for c in cuts[1:]] if cuts and cuts[0][0] - draft.at < floor else [c[0] for c in cuts]
    people = [-1, *[c[1] for c in cuts[-len(edges) :]]] if edges else [-1]
    for person, edge in zip(people, [*edges, end], strict=True):
        framer = _frame_both if person < 0 else _single(person)
        cover_with_shots(draft, beat, edge, framer, shot_s=(60.0, 120.0))


def _frame_both(draft: FilmDraft, beat: StoryBeat, _number: int, _length: int) -> Shot:
    return frame_two_shot(draft, beat, wide=draft.draw_chance(0.6))


def _single(person: int) -> Framer:
    def framer(draft: FilmDraft, beat: StoryBeat, _number: int, _length: int) -> Shot:
        if draft.draw_chance(0.15):
            return frame_two_shot(draft, beat, wide=False)
        return frame_closeup(draft, beat, person, push=draft.draw_between(0, 0.05))

    return framer


def _speak(
    draft: FilmDraft, script: FilmScript, speaker: int, text: str, effort: float, samples: Samples, at_s: float
) -> None:
    line = TrueLine(at_s, at_s + len(samples) / 48_000, script.cast[speaker].name, text)
    draft.spoken.append(SpokenLine(line, speaker, samples, -33 + 10 * effort, draft.draw_between(-0.15, 0.15)))


def _hold(
    draft: FilmDraft, beat: StoryBeat, _script: FilmScript, _takes: list[Samples], _after: StoryBeat | None
) -> tuple[int, int]:
    """Stage the silence before a shock: one still face."""
    end = draft.at + draft.frames(beat.seconds)
    still = Camera((0.5, 0.5, 1.1), (0.5, 0.5, 1.14))
    shot = vary_framing(draft, replace(frame_closeup(draft, beat, beat.people[0]), camera=still))
    draft.add_shot(end, replace(shot, join=Join(subtle=True)))
    return -1, -1


def _shock(
    draft: FilmDraft, beat: StoryBeat, _script: FilmScript, _takes: list[Samples], _after: StoryBeat | None
) -> tuple[int, int]:
    """Stage the shock itself: on the cut, with a flash and the loudest sound of the film."""
    turn = draft.at
    cover_with_shots(draft, beat, turn + draft.frames(beat.seconds), frame_action)
    draft.add_impact(str(draft.rng.choice(("explosion", "crash", "gunshot"))), turn, draft.draw_between(0.92, 1.0))
    if draft.draw_chance(0.6):
        draft.flashes.append(turn + int(draft.draw_between(5, 8)))
    return -1, turn


def _action(
    draft: FilmDraft, beat: StoryBeat, script: FilmScript, takes: list[Samples], _after: StoryBeat | None
) -> tuple[int, int]:
    """Stage a chase or a fight: fast shots, blows inside them, the last one a button."""
    start, end = draft.at, draft.at + draft.frames(beat.seconds)
    starts = cover_with_shots(draft, beat, end, frame_action)
    if takes:
        planned = beat.lines[0]
        at_s = draft.seconds(start) + draft.draw_between(2.0, 4.0)
        _speak(draft, script, planned.speaker, planned.text, planned.effort, takes[0], at_s)
    _footsteps(draft, start, end, 0.29)
    shots = [s for s in draft.shots if s.start in starts]
    every = 3 if beat.kind == "chase" else 2
    for number, shot in enumerate(shots[1:-1]):
        if number % every == 0 or draft.draw_chance(0.12):
            _blow(draft, beat, shot)
    last = draft.shots[-1]
    turn = last.start + min(7, (last.end - last.start) // 2)
    draft.add_impact("crash" if beat.kind == "chase" else "blow", turn, draft.draw_between(0.85, 0.95))
    return -1, turn


def _blow(draft: FilmDraft, beat: StoryBeat, shot: Shot) -> None:
    on_cut = draft.draw_chance(0.3)
    frame = shot.start if on_cut else shot.start + int(draft.draw_between(0.35, 0.6) * (shot.end - shot.start))
    strong = draft.draw_chance(0.65)
    strength = draft.draw_between(0.65, 0.85) if strong else draft.draw_between(0.35, 0.5)
    kind = str(draft.rng.choice(_IMPACTS)) if beat.kind == "chase" else str(draft.rng.choice(("blow", "blow", "crash")))
    draft.add_impact(kind, frame, strength)
    if kind == "gunshot" and min(frame - shot.start, shot.end - frame) >= 5:
        draft.flashes.extend([frame, frame + 1] if draft.draw_chance(0.4) else [frame])


def _reveal(
    draft: FilmDraft, beat: StoryBeat, _script: FilmScript, _takes: list[Samples], _after: StoryBeat | None
) -> tuple[int, int]:
    """Stage a reveal: a face sees something, then the cut to what it sees."""
    look_end = draft.at + draft.frames(draft.draw_between(1.8, 2.6))
    cover_with_shots(draft, beat, look_end, frame_look)
    end = look_end + draft.frames(beat.seconds - 2.2)
    vista = replace(beat, place_seed=beat.place_seed + 77)
    cover_with_shots(
        draft,
        vista,
        end,
        lambda w, b, n, _l: replace(frame_set(w, b, n), camera=drifting_camera(w, 0.1, push=-0.1 + 0.25 * n)),
        shot_s=(3.0, 6.0),
    )
    return -1, look_end


def _main_title(
    draft: FilmDraft, beat: StoryBeat, script: FilmScript, _takes: list[Samples], _after: StoryBeat | None
) -> tuple[int, int]:
    """Stage the title: on black before the picture, or over the first view."""
    end = draft.at + draft.frames(beat.seconds)
    first = draft.frames(0.5)
    if draft.draw_chance(0.5):
        draft.add_shot(draft.frames(draft.draw_between(3.0, 4.0)), Shot(0, 0, backdrop="black"))
        draft.cards.append(TitleCard(first, draft.at - 6, script.title, 0.11))
        cover_with_shots(draft, beat, end, frame_calm)
        return -1, first
    draft.add_shot(first, Shot(0, 0, backdrop="black"))
    cover_with_shots(draft, beat, end, frame_calm)
    title_at = draft.frames(draft.draw_between(2.6, 3.4))
    draft.cards.append(TitleCard(title_at, title_at + draft.frames(3.2), script.title, 0.12))
    return -1, first


def _end_titles(
    draft: FilmDraft, beat: StoryBeat, script: FilmScript, _takes: list[Samples], _after: StoryBeat | None
) -> tuple[int, int]:
    """Stage the end: a last view fades to black, cards follow, then a second of nothing."""
    cover_with_shots(draft, beat, draft.at + draft.frames(draft.draw_between(4.0, 5.0)), frame_calm)
    black = draft.at
    cards = [("THE END", 0.13), (script.credit, 0.06)]
    draft.add_shot(
        black + draft.frames(0.5 + 2.3 * len(cards) + 1.2),
        Shot(0, 0, backdrop="black", join=Join("fade_out", draft.frames(draft.draw_between(0.8, 1.4)), "black")),
    )
    for number, (text, height) in enumerate(cards):
        card = black + draft.frames(0.5 + 2.3 * number)
        draft.cards.append(TitleCard(card, card + draft.frames(2.0), text, height))
    return -1, black


def _sound_beds(draft: FilmDraft, beat: StoryBeat, start: int) -> None:
    """Add the bed of the place under a beat, and those of rain, movement and a radio where there are any."""
    a, b = draft.seconds(start), draft.seconds(draft.at)
    low, high = beat.traits.arousal
    level = -58.0 if beat.kind == "hold" else -56 + 16 * low
    seed = int(draft.rng.integers(1 << 30))
    place = next((s.place for s in reversed(draft.shots) if s.place), beat.place)
    draft.beds.append(Bed(_BED[place], a, b, level, -56 + 16 * high, seed))
    if draft.shots[-1].rain:
        draft.beds.append(Bed("rain", a, b, -44 if beat.kind != "hold" else -50, -44, seed + 1))
    if low > 0.6 or beat.kind == "travel":
        draft.beds.append(Bed("rush", a, b, -44 + 20 * (low - 0.35), -44 + 20 * (high - 0.35), seed + 2))
    if beat.radio:
        draft.beds.append(Bed("radio", a + draft.draw_between(0.0, 0.6), b, -36, -36, seed + 3))


_STAGERS: dict[Kind, Callable[[FilmDraft, StoryBeat, FilmScript, list[Samples], StoryBeat | None], tuple[int, int]]] = {
    "talk": _dialogue,
    "argue": _dialogue,
    "tender": _dialogue,
    "hold": _hold,
    "shock": _shock,
    "chase": _action,
    "fight": _action,
    "reveal": _reveal,
    "main_title": _main_title,
    "end_titles": _end_titles,
}
