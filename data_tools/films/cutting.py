"""Cutting: where shots begin and end inside a beat, and by which transition one follows the other."""

from __future__ import annotations

from dataclasses import replace

from data_tools.films.framing import FilmDraft, Framer, vary_framing
from data_tools.films.plan import Join, Shot
from data_tools.films.script import Kind, StoryBeat

_DISSOLVES: dict[Kind, float] = {"montage": 0.55, "travel": 0.35, "tender": 0.3, "main_title": 0.3}


def open_scene(draft: FilmDraft, beat: StoryBeat) -> None:
    """Open some calm scenes through black or white: the old scene fades out, and a few frames are plain."""
    fresh = draft.beats and draft.beats[-1].beat.scene != beat.scene
    calm = beat.kind in {"talk", "routine", "tender", "travel", "montage"}
    if fresh and calm and draft.draw_chance(0.22):
        via = "white" if draft.draw_chance(0.2) else "black"
        join = Join("fade_out", draft.frames(draft.draw_between(0.4, 1.2)), via)
        draft.add_shot(draft.at + int(draft.draw_between(5, 16)), Shot(0, 0, backdrop=via, join=join))


def _first_join(draft: FilmDraft, beat: StoryBeat) -> Join:
    last = draft.shots[-1] if draft.shots else None
    if last is None:
        return Join()
    if last.backdrop != "set":
        return Join("fade_in", draft.frames(draft.draw_between(0.4, 1.0)), last.backdrop)
    fresh = draft.beats and draft.beats[-1].beat.scene != beat.scene
    if fresh and beat.traits.arousal[0] < 0.5:
        draw = draft.rng.random()
        if draw < 0.16:
            return Join("dissolve", draft.frames(draft.draw_between(0.5, 1.3)))
        if draw < 0.22:
            return Join("wipe", draft.frames(draft.draw_between(0.5, 1.0)))
    return Join()


def _inner_join(draft: FilmDraft, beat: StoryBeat) -> Join:
    if draft.draw_chance(_DISSOLVES.get(beat.kind, 0.0)):
        return Join("dissolve", draft.frames(draft.draw_between(0.4, 1.0)))
    return Join()


def _edges(draft: FilmDraft, end: int, shot_s: tuple[float, float], rise: float) -> list[int]:
    """Divide the time up to ``end`` into shot ends: shorter as arousal rises, none under 60 % of the shortest."""
    edges, at, begin = list[int](), draft.at, draft.at
    floor = max(8, draft.frames(0.6 * shot_s[0]))
    while end - at > draft.frames(shot_s[1]):
        pace = 1 - 1.6 * rise * ((at - begin) / (end - begin) - 0.5)
        at += max(floor, draft.frames(pace * draft.draw_between(*shot_s)))
        edges.append(at)
    if edges and end - edges[-1] < floor:
        edges.pop()
    return [*edges, end]


def _fit(join: Join, room: int) -> Join:
    """Shorten a gradual join that would not fit into the shorter of the two shots; make a very short one a cut."""
    frames = min(join.frames, int(0.7 * room))
    if join.kind != "cut" and frames < 5:
        return Join("fade_in", 5, join.via) if join.kind == "fade_in" else Join()
    return replace(join, frames=frames)


def cover_with_shots(
    draft: FilmDraft, beat: StoryBeat, end: int, framer: Framer, *, shot_s: tuple[float, float] | None = None
) -> list[int]:
    """Cover the time to ``end`` with shots; ``framer`` frames the n-th of given length. Returns the starts."""
    starts = list[int]()
    rise = beat.traits.arousal[1] - beat.traits.arousal[0]
    for number, edge in enumerate(_edges(draft, end, shot_s or beat.traits.shot_s, rise)):
        opening = draft.at == draft.begun or draft.shots[-1].backdrop != "set"
        join = _first_join(draft, beat) if opening else _inner_join(draft, beat)
        room = min(edge - draft.at, draft.shots[-1].end - draft.shots[-1].start) if draft.shots else 0
        shot = vary_framing(draft, framer(draft, beat, number, edge - draft.at))
        before = draft.shots[-1] if draft.shots else None
        subtle = before is not None and before.place_seed == shot.place_seed and before.backdrop == "set"
        starts.append(draft.at)
        join = join if join.kind == "fade_in" else _fit(join, room)
        draft.add_shot(edge, replace(shot, join=replace(join, subtle=subtle and join.kind == "cut")))
    return starts
