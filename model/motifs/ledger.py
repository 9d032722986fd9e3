"""The ledger: where each theme shall sound, how developed, and why.

Slots are found first (an owner enters, the cue turns, room is left), then each theme gets its story through them: it is
introduced when its owner appears, developed along the cues' intensity, broadened at the height of the film, and
comes back at the end. Every word of development is checked with the matcher: nothing is planned that nobody
could recognise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from model.errors import ThemeInvalid
from model.motifs.language import STEPS, Owner, OwnerKind, PlannedStatement, Theme
from model.motifs.matching import PRESENT, similarity
from model.motifs.shapes import length as quarters_of
from model.motifs.transforms import apply
from model.spotting.notes import Cue, OutType, SpottingNotes
from model.spotting.vocabulary import VOCABULARY
from model.time import Frame, Timebase

SHORTEST_S = 4.0
_EVERY_S, _APART_S, _LONGEST_S, _WAITS_S, _MOST_A_CUE = 16.0, 8.0, 14.0, 3.0, 8
_LEAST_LEFT_S = 5.0
_QUIET_TALK, _SOFT, _BRIGHT, _DARK, _TENSE, _BUSY, _CALM = 0.4, 1.6, 0.15, -0.15, 0.6, 0.6, 0.35
_MARGIN = 0.08
_SNUG, _SLACK, _TELLING, _PAUSE_S = 0.92, 0.95, 6, 1.5
_SPARE = 2
_GENTLE, _STRONG = {OutType.FADE, OutType.RING_OUT, OutType.TAIL_UNDER}, 3.0
_BACK = "it comes back near the end"
_SAID = {
    "mode": "in {}",
    "augment": "stretched {} times",
    "diminish": "pressed {} times",
    "head": "its first {} notes",
    "tail": "its last {} notes",
    "invert": "upside down",
    "retrograde": "backwards",
    "sequence": "in sequence",
    "ornament": "ornamented",
    "diatonic": "{} steps along the scale",
    "transpose": "{} semitones away",
    "octave": "{} octaves away",
    "ostinato": "its cell as an ostinato",
}
_BY_WORD = {tone.word: tone for tone in VOCABULARY}


_Wish = tuple[float, int, Theme, str]  # seconds into the cue, rank, theme, why


@dataclass(frozen=True, slots=True)
class _Slot:
    """A place for a statement: seconds into its cue of ``length_s``, whose theme, how long it may last, why there."""

    cue: Cue
    second: float
    theme: Theme
    room_s: float
    length_s: float
    why: str

    @property
    def frame(self) -> Frame:
        return self.cue.span.start + round(self.second / self.length_s * self.cue.span.frames)


@dataclass(frozen=True, slots=True)
class Feeling:
    """Arousal 0-1, tension 0-1, valence -1..1 of tone words; the middle where there are none."""

    arousal: float = 0.45
    tension: float = 0.4
    valence: float = 0.0


def feeling(words: Sequence[str]) -> Feeling:
    """Average what the tone words mean, the first counting most; words nobody knows are passed over."""
    tones = [_BY_WORD[w] for w in words if w in _BY_WORD]
    if not tones:
        return Feeling()
    weights = [1.0 / (k + 1) for k in range(len(tones))]
    total = sum(weights)

    def mean(values: Sequence[float]) -> float:
        return sum(w * v for w, v in zip(weights, values, strict=True)) / total

    return Feeling(mean([t.arousal for t in tones]), mean([t.tension for t in tones]), mean([t.valence for t in tones]))


def plan(notes: SpottingNotes, owners: Sequence[Owner], themes: Sequence[Theme]) -> tuple[PlannedStatement, ...]:
    """Plan the statements of all cues, in the order of the film.

    Every cue of ours of at least four seconds gets one; songs and source music get none. At least half of all
    statements are varied wherever there are two.
    """
    cast = {o.id: o for o in owners}
    pairs = [(cast[t.owner], t) for t in themes if t.owner in cast]
    if not pairs:
        return ()
    cues = [c for c in sorted(notes.cues, key=lambda c: c.span.start) if c.usage.is_composed]
    slots: list[_Slot] = []
    for cue in cues:
        slots += _slots(cue, notes, pairs, {s.theme.id for s in slots})
    slots = _all_heard(slots, pairs)
    told = [_told(slot, index, slots, themes) for index, slot in enumerate(slots)]
    return tuple(_varied_enough(told, slots))


def _slots(cue: Cue, notes: SpottingNotes, pairs: Sequence[tuple[Owner, Theme]], heard: set[str]) -> list[_Slot]:
    """Find a cue's slots: at its beginning, where owners enter and where it turns, eight seconds apart at least."""
    base = notes.reel.timebase
    length = float(base.seconds(cue.span.end) - base.seconds(cue.span.start))
    if length < SHORTEST_S:
        return []
    walls = _walls(cue, notes)
    wishes = [
        (_past(at, theme, cue, walls, length - _LEAST_LEFT_S), rank, theme, why)
        for at, rank, theme, why in _wishes(cue, base, pairs, heard)
    ]
    chosen = _apart(wishes, cue, length, min(_MOST_A_CUE, 1 + int(length / _EVERY_S)))
    chosen = _filled(chosen, length, pairs, cue, notes, heard)
    nexts = [*(w[0] for w in chosen[1:]), length]
    ends = [min([end, *(w for w in walls if w > wish[0])]) for wish, end in zip(chosen, nexts, strict=True)]
    return [_Slot(cue, at, theme, end - at, length, why) for (at, _, theme, why), end in zip(chosen, ends, strict=True)]


def _wishes(cue: Cue, base: Timebase, pairs: Sequence[tuple[Owner, Theme]], heard: set[str]) -> list[_Wish]:
    """List where statements are wanted: first the cue's beginning (rank 0), then entrances (1), then turns (2)."""
    first_owner, first = _whose(cue.span.start, cue, pairs, heard)
    begin = _entrance(first_owner, cue, base.frame(float(base.seconds(cue.span.end)) - _LEAST_LEFT_S))
    why = _reason(first_owner, begin, f"the cue begins at {base.timecode(cue.span.start)}")

    def second(frame: Frame) -> float:
        return float(base.seconds(frame) - base.seconds(cue.span.start))

    wishes: list[_Wish] = [(second(begin), 0, first, why)]
    for owner, theme in pairs:
        for span in owner.presence if owner.kind is not OwnerKind.IDEA else ():
            if cue.span.start < span.start < cue.span.end:
                said = f"{owner.name} enters at {base.timecode(span.start)}"
                wishes.append((second(span.start), 1, theme, said))
    for change in cue.changes:
        if change.frame in cue.span:
            owner, theme = _whose(change.frame, cue, pairs, heard)
            turn = f"the cue turns at {base.timecode(change.frame)} ({change.text})"
            wishes.append((second(change.frame), 2, theme, _reason(owner, change.frame, turn)))
    return wishes


def _walls(cue: Cue, notes: SpottingNotes) -> list[float]:
    """Seconds into the cue at which the music shall stop dead: no statement plays across."""
    base = notes.reel.timebase
    stops = [h.frame for h in notes.hits if h.treatment == "stop" and h.frame in cue.span and h.frame > cue.span.start]
    return sorted(float(base.seconds(frame) - base.seconds(cue.span.start)) for frame in stops)


def _past(at: float, theme: Theme, cue: Cue, walls: Sequence[float], latest: float) -> float:
    """Begin after a stop that would cut the statement in its first half, unless that is too late."""
    half = float(theme.beats) * _beat_s(cue) / 2
    cut = [wall for wall in walls if at < wall < at + half and wall + _PAUSE_S <= latest]
    return cut[-1] + _PAUSE_S if cut else at


def _entrance(owner: Owner, cue: Cue, latest: Frame) -> Frame:
    """Wait with a cue's first statement for an owner who only enters in it, if they enter in time."""
    first = min((s.start for s in owner.presence), default=cue.span.start)
    waits = owner.kind is not OwnerKind.IDEA and cue.span.start < first < latest
    return first if waits else cue.span.start


def _all_heard(slots: list[_Slot], pairs: Sequence[tuple[Owner, Theme]]) -> list[_Slot]:
    """Give a theme that found no slot one of those where its owner is and a theme is heard for the third time."""
    for owner, theme in pairs:
        if any(s.theme.id == theme.id for s in slots):
            continue
        spare: list[tuple[int, int]] = []
        for index, slot in enumerate(slots):
            count = sum(s.theme.id == slot.theme.id for s in slots)
            introduced = any(s.theme.id == slot.theme.id for s in slots[:index])
            there = any(s.overlap(slot.cue.span) and s.start <= slot.frame for s in owner.presence)
            if introduced and count > _SPARE and there:
                spare.append((-count, index))
        if spare:
            index = min(spare)[1]
            why = f"{owner.name} has not been heard yet and is in this cue"
            slots[index] = replace(slots[index], theme=theme, why=why)
    return slots


def _apart(wishes: Sequence[_Wish], cue: Cue, length: float, most: int) -> list[_Wish]:
    """Grant wishes in order of rank, new themes first; each leaves room for the whole of the statement before it.

    A wish that comes up to three seconds too early waits; one that is too near or too late is not granted.
    """
    granted: list[_Wish] = []
    for wish in sorted(wishes, key=lambda w: (w[1], sum(w[2].id == g[2].id for g in granted), w[0])):
        before = max((g for g in granted if g[0] <= wish[0]), key=lambda g: g[0], default=None)
        free = before[0] + _takes(before[2], cue) if before else 0.0
        at = free if wish[0] < free <= wish[0] + _WAITS_S else wish[0]
        near = at < free or any(at < g[0] < at + _takes(wish[2], cue) for g in granted)
        late = at > 0 and length - at < _LEAST_LEFT_S
        if not near and not late and len(granted) < most:
            granted.append((at, *wish[1:]))
    return sorted(granted, key=lambda w: w[0])


def _takes(theme: Theme, cue: Cue) -> float:
    """Seconds to keep free for a statement: the theme at the cue's tempo, and a little; long themes are cut."""
    return max(_APART_S, min(float(theme.beats) * _beat_s(cue) / _SNUG, _LONGEST_S))


def _filled(
    chosen: list[_Wish],
    length: float,
    pairs: Sequence[tuple[Owner, Theme]],
    cue: Cue,
    notes: SpottingNotes,
    heard: set[str],
) -> list[_Wish]:
    """Put a statement into the middle of any stretch over two statements long."""
    base = notes.reel.timebase
    edges = [w[0] for w in chosen] + [length]
    found = list(chosen)
    for start, end in pairwise(edges):
        if end - start > 2 * _EVERY_S and len(found) < _MOST_A_CUE:
            at = (start + end) / 2
            frame = base.frame(float(base.seconds(cue.span.start)) + at)
            owner, theme = _whose(frame, cue, pairs, heard)
            why = _reason(owner, frame, f"{end - start:.0f} s without a theme")
            found.append((at, 3, theme, why))
    return sorted(found, key=lambda w: w[0])


def _whose(frame: Frame, cue: Cue, pairs: Sequence[tuple[Owner, Theme]], heard: set[str]) -> tuple[Owner, Theme]:
    """Say whose moment it is: who is seen, else whose idea the cue is about, else who has entered, else the first."""
    seen = [p for p in pairs if p[0].kind is not OwnerKind.IDEA and any(frame in s for s in p[0].presence)]
    about = [p for p in pairs if p[0].kind is OwnerKind.IDEA and any(s.overlap(cue.span) for s in p[0].presence)]
    entered = [p for p in pairs if p[1].id in heard or any(s.start <= frame for s in p[0].presence)]
    return (seen or about or entered or list(pairs))[0]


def _reason(owner: Owner, frame: Frame, where: str) -> str:
    if owner.kind is OwnerKind.IDEA:
        return f"{where}: it is about {owner.name}"
    seen = any(frame in span for span in owner.presence)
    return f"{where}: {owner.name} is there" if seen else f"{where}: {owner.name} is in the air"


def _told(slot: _Slot, index: int, slots: Sequence[_Slot], themes: Sequence[Theme]) -> PlannedStatement:
    """Give a slot its place in the theme's story, and the words for it."""
    mine = [k for k, s in enumerate(slots) if s.theme.id == slot.theme.id]
    height = max(range(len(slots)), key=lambda k: (slots[k].cue.intensity, k))
    first, last = index == mine[0], index == mine[-1] and len(mine) > 1
    if last and index > 2 * len(slots) / 3:
        form, words, note = _farewell(slot) if index == len(slots) - 1 else ("return", _variation(slot, index), _BACK)
    elif first:
        form, words, note = _introduced(slot)
    elif index == height:
        form, words, note = "climax", ("augment:2",), f"the height of the film (intensity {slot.cue.intensity:g})"
    else:
        form, words, note = "variation", _variation(slot, index), " and ".join(slot.cue.tone[:2]) or "no tone said"
    words = _recognisable(slot.theme, _fitting(slot, words), themes, index)
    if form == "variation" and any(w.startswith("head") for w in words):
        form = "fragment"
    at = round(min(slot.second / slot.length_s, 0.999), 4)
    return PlannedStatement(slot.cue.id, slot.theme.id, at, form, words, f"{slot.why}; {note}; {described(words)}")


def _introduced(slot: _Slot) -> tuple[str, tuple[str, ...], str]:
    if slot.cue.intensity < _SOFT or slot.cue.dialogue_density > _QUIET_TALK:
        return "hint", ("head:6",), "first heard, only hinted at"
    return "statement", (), "first heard"


def _farewell(slot: _Slot) -> tuple[str, tuple[str, ...], str]:
    if slot.cue.out_type in _GENTLE and slot.cue.intensity < _STRONG:
        return "farewell", ("augment:2",), "the last time"
    return "return", (), "the last time"


def described(words: Sequence[str]) -> str:
    """Say in words what a transform does: "in minor, twice as slow"."""
    said: list[str] = []
    for word in words:
        name, _, text = word.partition(":")
        known = _SAID.get(name, word)
        said.append(known.format(text) if "{}" in known else known)
    return ", ".join(said) or "plain"


def _variation(slot: _Slot, index: int) -> tuple[str, ...]:
    """Choose how the theme is developed by what the cue feels like; where that says little, by turns."""
    mood, mode = feeling(slot.cue.tone), slot.theme.key.mode
    bright = STEPS[mode][2] == 4  # noqa: PLR2004 - the major third
    rules: tuple[tuple[bool, tuple[str, ...]], ...] = (
        (mood.valence < _DARK and bright, ("mode:minor",)),
        (mood.valence > _BRIGHT and not bright, ("mode:major",)),
        (mood.tension > _TENSE and mood.arousal > _BUSY, ("head:6", f"sequence:{1 if index % 2 else -1}x2")),
        (mood.arousal > _BUSY, ("diminish:2",)),
        (mood.arousal < _CALM, ("augment:2",)),
        (mood.tension > _TENSE, ("invert:tonal",)),
    )
    turns = ((f"ornament:{index + 1}",), ("diatonic:2",), ("invert:tonal",), ("head:6", "sequence:-1x2"))
    return next((words for holds, words in rules if holds), turns[index % len(turns)])


def _fitting(slot: _Slot, words: tuple[str, ...]) -> tuple[str, ...]:
    """Shorten what would outlast its room: broad words go first, then the end of the theme.

    A short head is stated as it is: developed as well, nobody would know it.
    """
    room = _SLACK * slot.room_s / _beat_s(slot.cue)
    if _quarters(slot.theme, words) <= room:
        return words
    narrow = tuple(w for w in words if not w.startswith(("augment", "sequence")))
    if _quarters(slot.theme, narrow) <= room:
        return narrow
    stated = apply(slot.theme, narrow, slot.theme.key)
    count = sum(n.onset + n.duration <= room for n in stated)
    bare = tuple(w for w in narrow if not w.startswith("head"))
    return (*bare, f"head:{count}") if count >= _TELLING else (f"head:{_TELLING}",)


def _quarters(theme: Theme, words: Sequence[str]) -> float:
    return float(quarters_of(apply(theme, words, theme.key)))


def _beat_s(cue: Cue) -> float:
    return 60.0 / max(sum(cue.tempo_bpm) / 2, 1.0)


def _recognisable(theme: Theme, words: tuple[str, ...], themes: Sequence[Theme], index: int) -> tuple[str, ...]:
    """Keep words only if the matcher still hears this theme and no other in the result; else ornament, or nothing."""
    for option in (words, (f"ornament:{index + 1}",)):
        try:
            stated = apply(theme, option, theme.key)
        except ThemeInvalid:
            continue
        own = similarity(stated, theme.notes)
        rival = max((similarity(stated, t.notes) for t in themes if t.id != theme.id), default=0.0)
        if own >= PRESENT and own > rival + _MARGIN:
            return option
    return ()


def _varied_enough(told: list[PlannedStatement], slots: Sequence[_Slot]) -> list[PlannedStatement]:
    """Vary plain statements, the latest first, until half of all are varied."""
    for index in reversed(range(len(told))):
        if 2 * sum(bool(p.transform) for p in told) >= len(told):
            break
        if not told[index].transform:
            words = _recognisable(slots[index].theme, (f"ornament:{index + 1}",), (), index)
            told[index] = replace(told[index], transform=words, why=f"{told[index].why}, but ornamented")
    return told
