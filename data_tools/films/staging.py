"""Staging: the script becomes shots, sounds and titles in time. Calm beats breathe, violent ones cut fast and shake."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np

from data_tools.films.plan import Bed, Camera, Card, Figure, Join, Mover, Plan, Shot, Sound, Spoken, Staged
from data_tools.films.script import Beat, Kind, Script
from data_tools.films.truth import TrueLine
from data_tools.films.voices import Reading, Samples, read_lines

_DARK = {"stalk": 0.55, "hold": 0.5, "shock": 0.7, "fight": 0.75, "aftermath": 0.7}
_BED = {
    "landscape": "wind", "forest": "birds", "harbour": "sea", "street": "city", "alley": "city", "night": "wind",
    "room": "tone", "office": "tone", "corridor": "hum", "warehouse": "hum",
}  # fmt: skip
_DISSOLVES: dict[Kind, float] = {"montage": 0.55, "travel": 0.35, "tender": 0.3, "main_title": 0.3}
_INDOORS = frozenset({"room", "office", "corridor", "warehouse"})
_JUMP_CUTS = 0.12
_IMPACTS = ("door slam", "crash", "gunshot", "blow")


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
        _open_scene(work, beat)
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


def _open_scene(work: Stage, beat: Beat) -> None:
    """Now and then a scene opens through black or white: the old one fades out, a few frames stand empty."""
    fresh = work.beats and work.beats[-1].beat.scene != beat.scene
    calm = beat.kind in {"talk", "routine", "tender", "travel", "montage"}
    if fresh and calm and work.chance(0.22):
        via = "white" if work.chance(0.2) else "black"
        join = Join("fade_out", work.frames(work.between(0.4, 1.2)), via)
        work.shoot(work.at + int(work.between(5, 16)), Shot(0, 0, backdrop=via, join=join))


def _first_join(work: Stage, beat: Beat) -> Join:
    last = work.shots[-1] if work.shots else None
    if last is None:
        return Join()
    if last.backdrop != "set":
        return Join("fade_in", work.frames(work.between(0.4, 1.0)), last.backdrop)
    fresh = work.beats and work.beats[-1].beat.scene != beat.scene
    if fresh and beat.temper.arousal[0] < 0.5:
        draw = work.rng.random()
        if draw < 0.16:
            return Join("dissolve", work.frames(work.between(0.5, 1.3)))
        if draw < 0.22:
            return Join("wipe", work.frames(work.between(0.5, 1.0)))
    return Join()


def _inner_join(work: Stage, beat: Beat) -> Join:
    if work.chance(_DISSOLVES.get(beat.kind, 0.0)):
        return Join("dissolve", work.frames(work.between(0.4, 1.0)))
    return Join()


def _edges(work: Stage, end: int, shot_s: tuple[float, float], rise: float) -> list[int]:
    """Divide the time up to ``end`` into shot ends: shorter as arousal rises, none under 60 % of the shortest."""
    edges, at, begin = list[int](), work.at, work.at
    floor = max(8, work.frames(0.6 * shot_s[0]))
    while end - at > work.frames(shot_s[1]):
        pace = 1 - 1.6 * rise * ((at - begin) / (end - begin) - 0.5)
        at += max(floor, work.frames(pace * work.between(*shot_s)))
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


Framer = Callable[[Stage, Beat, int, int], Shot]


def _cover(
    work: Stage, beat: Beat, end: int, framer: Framer, *, shot_s: tuple[float, float] | None = None
) -> list[int]:
    """Cover the time to ``end`` with shots; ``framer`` frames the n-th of given length. Returns the starts."""
    starts = list[int]()
    rise = beat.temper.arousal[1] - beat.temper.arousal[0]
    for number, edge in enumerate(_edges(work, end, shot_s or beat.temper.shot_s, rise)):
        opening = work.at == work.begun or work.shots[-1].backdrop != "set"
        join = _first_join(work, beat) if opening else _inner_join(work, beat)
        room = min(edge - work.at, work.shots[-1].end - work.shots[-1].start) if work.shots else 0
        shot = _apart(work, framer(work, beat, number, edge - work.at))
        before = work.shots[-1] if work.shots else None
        subtle = before is not None and before.place_seed == shot.place_seed and before.backdrop == "set"
        starts.append(work.at)
        join = join if join.kind == "fade_in" else _fit(join, room)
        work.shoot(edge, replace(shot, join=replace(join, subtle=subtle and join.kind == "cut")))
    return starts


def _apart(work: Stage, shot: Shot) -> Shot:
    """Keep the thirty-degree rule: a framing like the one before moves round and back, save for a rare jump cut."""
    if not work.shots or not shot.figures or work.chance(_JUMP_CUTS):
        return shot
    before = work.shots[-1]
    same = (before.place_seed, before.angle, [(f.person, f.close) for f in before.figures])
    if same != (shot.place_seed, shot.angle, [(f.person, f.close) for f in shot.figures]):
        return shot
    moved = tuple(replace(f, height=0.7 * f.height, x=1 - f.x, facing=-f.facing) for f in shot.figures)
    return replace(shot, angle=shot.angle + 3, figures=moved)


def _set(work: Stage, beat: Beat, angle: int) -> Shot:
    light = _DARK.get(beat.kind, 1.0) * work.between(0.92, 1.05)
    warmth = 0.5 * beat.temper.valence + (0.1 if beat.kind == "tender" else 0.0)
    rain = beat.kind in {"stalk", "hold", "shock"} and beat.place == "alley"
    return Shot(0, 0, place=beat.place, place_seed=beat.place_seed, angle=angle, light=light, warmth=warmth, rain=rain)


def _drift(work: Stage, amount: float, *, push: float = 0.0, shake: float = 0.0) -> Camera:
    x, y = work.between(0.4, 0.6), work.between(0.45, 0.55)
    zoom = work.between(1.0, 1.15)
    dx = work.between(-amount, amount)
    return Camera((x - dx / 2, y, zoom), (x + dx / 2, y + work.between(-0.3, 0.3) * amount, zoom + push), shake)


def _closeup(work: Stage, beat: Beat, person: int, *, push: float = 0.0) -> Shot:
    side = 1 if person == beat.people[0] else -1
    figure = Figure(person, 0.5 - 0.12 * side + work.between(-0.04, 0.04), work.between(0.84, 1.02), facing=side)
    shot = _set(work, beat, 1 + (side < 0))
    return replace(shot, figures=(figure,), camera=_drift(work, 0.02, push=push, shake=0.05))


def _two_shot(work: Stage, beat: Beat, *, wide: bool) -> Shot:
    height, close = (work.between(0.5, 0.62), False) if wide else (work.between(0.7, 0.8), True)
    figures = tuple(
        Figure(p, 0.28 + 0.44 * i + work.between(-0.03, 0.03), height, close=close, facing=1 - 2 * i)
        for i, p in enumerate(beat.people[:2])
    )
    return replace(_set(work, beat, 0), figures=figures, camera=_drift(work, 0.05))


def _frame_calm(work: Stage, beat: Beat, number: int, length: int) -> Shot:
    """Frame places and people at ease: travel, daily life, montage."""
    seconds = work.seconds(length)
    person = beat.people[number % len(beat.people)]
    if beat.kind in {"travel", "montage"}:
        beat = replace(beat, place_seed=beat.place_seed + number, place=str(work.rng.choice(beat.temper.places)))
    draw = work.rng.random()
    shot = _set(work, beat, number)
    if number and draw < 0.3:
        return _closeup(work, beat, person, push=0.06)
    if draw < 0.65:
        walk = Figure(person, 0.2, work.between(0.4, 0.55), close=False, travel=0.12 * seconds, steps_per_s=1.8)
        return replace(shot, figures=(walk,), camera=_drift(work, 0.12))
    if beat.place in _INDOORS:
        sits = Figure(person, work.between(0.35, 0.65), work.between(0.6, 0.75), facing=1 if draw < 0.8 else -1)
        return replace(shot, figures=(sits,), camera=_drift(work, 0.06))
    kind = "car" if beat.place in {"street", "alley", "landscape"} else "bird"
    height, y = (0.16, 0.8) if kind == "car" else (0.06, 0.3)
    mover = Mover(kind, -0.2, -0.2 + 0.4 * seconds, y, height)
    return replace(shot, movers=(mover,), camera=_drift(work, 0.2))


def _frame_look(work: Stage, beat: Beat, number: int, _length: int) -> Shot:
    """Frame faces that have just understood something: slow push-ins."""
    return _closeup(work, beat, beat.people[(number + 1) % len(beat.people)], push=work.between(0.1, 0.22))


def _frame_stalk(work: Stage, beat: Beat, number: int, length: int) -> Shot:
    if number % 2 == 1:
        return _closeup(work, beat, beat.people[0], push=0.1)
    seconds = work.seconds(length)
    walk = Figure(beat.people[0], 0.3, 0.45, close=False, travel=0.05 * seconds, steps_per_s=1.1)
    return replace(_set(work, beat, number), figures=(walk,), camera=_drift(work, 0.04, push=0.15, shake=0.1))


def _frame_action(work: Stage, beat: Beat, number: int, length: int) -> Shot:
    """Frame a chase or a fight: whip pans, crossing bodies and cars, a shaking camera."""
    seconds, draw = work.seconds(length), work.rng.random()
    way = 1 if work.chance(0.5) else -1
    pan = way * min(0.55, 0.5 * seconds)
    shake = work.between(0.4, 0.9)
    camera = Camera((0.5 - pan / 2, 0.5, 1.1), (0.5 + pan / 2, 0.5, 1.1 + work.between(0, 0.2)), shake)
    shot = replace(_set(work, beat, number % 5), camera=camera)
    person = beat.people[number % len(beat.people)]
    if draw < 0.25:
        return replace(_closeup(work, beat, person), camera=_drift(work, 0.1, shake=shake))
    if draw < 0.65:
        x, travel = (0.35, 0.25 * seconds) if way > 0 else (0.65, -0.25 * seconds)
        run = Figure(person, x, work.between(0.5, 0.7), close=False, facing=way, travel=travel, steps_per_s=3.4)
        return replace(shot, figures=(run,))
    kind = "car" if beat.place in {"street", "alley"} else "debris"
    x0 = -0.3 if way > 0 else 1.3
    return replace(shot, movers=(Mover(kind, x0, x0 + way * 1.7 * min(1.6, max(seconds, 0.8)), 0.72, 0.28),))


def _plain(work: Stage, beat: Beat, _script: Script, _takes: list[Samples], _after: Beat | None) -> tuple[int, int]:
    """Stage a beat without lines: calm places, or faces after a turn."""
    framer = {"react": _frame_look, "stalk": _frame_stalk, "aftermath": _frame_look}.get(beat.kind, _frame_calm)
    start, end = work.at, work.at + work.frames(beat.seconds)
    starts = _cover(work, beat, end, framer)
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
        _cover(work, beat, edge, framer, shot_s=(60.0, 120.0))


def _two(_person: int) -> Framer:
    return lambda work, beat, _number, _length: _two_shot(work, beat, wide=work.chance(0.6))


def _single(person: int) -> Framer:
    def framer(work: Stage, beat: Beat, _number: int, _length: int) -> Shot:
        if work.chance(0.15):
            return _two_shot(work, beat, wide=False)
        return _closeup(work, beat, person, push=work.between(0, 0.05))

    return framer


def _speak(work: Stage, script: Script, speaker: int, text: str, effort: float, samples: Samples, at_s: float) -> None:
    line = TrueLine(at_s, at_s + len(samples) / 48_000, script.cast[speaker].name, text)
    work.spoken.append(Spoken(line, speaker, samples, -33 + 10 * effort, work.between(-0.15, 0.15)))


def _hold(work: Stage, beat: Beat, _script: Script, _takes: list[Samples], _after: Beat | None) -> tuple[int, int]:
    """Stage the silence before a shock: one still face."""
    end = work.at + work.frames(beat.seconds)
    still = Camera((0.5, 0.5, 1.1), (0.5, 0.5, 1.14))
    shot = _apart(work, replace(_closeup(work, beat, beat.people[0]), camera=still))
    work.shoot(end, replace(shot, join=Join(subtle=True)))
    return -1, -1


def _shock(work: Stage, beat: Beat, _script: Script, _takes: list[Samples], _after: Beat | None) -> tuple[int, int]:
    """Stage the shock itself: on the cut, with a flash and the loudest sound of the film."""
    turn = work.at
    _cover(work, beat, turn + work.frames(beat.seconds), _frame_action)
    work.impact(str(work.rng.choice(("explosion", "crash", "gunshot"))), turn, work.between(0.92, 1.0))
    if work.chance(0.6):
        work.flashes.append(turn + int(work.between(5, 8)))
    return -1, turn


def _action(work: Stage, beat: Beat, script: Script, takes: list[Samples], _after: Beat | None) -> tuple[int, int]:
    """Stage a chase or a fight: fast shots, blows inside them, the last one a button."""
    start, end = work.at, work.at + work.frames(beat.seconds)
    starts = _cover(work, beat, end, _frame_action)
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
    _cover(work, beat, look_end, _frame_look)
    end = look_end + work.frames(beat.seconds - 2.2)
    vista = replace(beat, place_seed=beat.place_seed + 77)
    _cover(
        work, vista, end, lambda w, b, n, _l: replace(_set(w, b, n), camera=_drift(w, 0.1, push=-0.1 + 0.25 * n)),
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
        _cover(work, beat, end, _frame_calm)
        return -1, first
    work.shoot(first, Shot(0, 0, backdrop="black"))
    _cover(work, beat, end, _frame_calm)
    title_at = work.frames(work.between(2.6, 3.4))
    work.cards.append(Card(title_at, title_at + work.frames(3.2), script.title, 0.12))
    return -1, first


def _end_titles(work: Stage, beat: Beat, script: Script, _takes: list[Samples], _after: Beat | None) -> tuple[int, int]:
    """Stage the end: a last view fades to black, cards follow, then a second of nothing."""
    _cover(work, beat, work.at + work.frames(work.between(4.0, 5.0)), _frame_calm)
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
