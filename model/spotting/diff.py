"""What changed between two revisions or two cuts, object by object and field by field, in sentences with timecodes.

What follows from something else is not told twice: the spans of silences follow from the cues, owners of hits,
alternatives and shares from the edges. Reasons are not compared either: they say why, not what.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from model.documents import to_plain
from model.spotting.identity import match_spans
from model.spotting.notes import Cue, Hit, Silence, SpottingNotes
from model.time import Frame, Span

Kind = Literal["cue", "silence", "hit", "setting"]
What = Literal["added", "removed", "changed"]
Thing = Cue | Silence | Hit
Facets = dict[str, object]

_CUE = (
    "number", "title", "usage", "in_type", "out_type", "tail", "instruction", "scene", "function", "tone", "not_tone",
    "intensity", "tempo_bpm", "palette", "changes", "temp_reference", "characters",
)  # fmt: skip
_HIT = ("frame", "kind", "weight", "label", "early", "late", "must_be", "treatment")
_SETTINGS = ("coverage", "hits_per_minute", "picture_version", "numbering", "seed")
_THINGS: tuple[Kind, ...] = ("cue", "silence", "hit")
_MOVES = {"in": "comes in", "out": "goes out", "frame": "lies"}
_SAME_HIT_S = 0.5
_CALLED = {
    "in_type": "way in", "out_type": "way out", "not_tone": "stay away from", "tempo_bpm": "tempo", "changes": "turns",
    "temp_reference": "temp", "must_be": "place in the bar", "early": "frames early", "late": "frames late",
    "characters": "people", "hits_per_minute": "hits per minute", "picture_version": "picture version",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as it was.

    Attributes
    ----------
    id: of the cue, silence or hit; the setting's name
    label: for people: ``1m2``, ``hit “the door”``, ``silence at 01:00:10:00``
    field: what of it changed; empty for what was added or removed
    before, after: JSON values; for what was added or removed the whole of it, on its side
    frame: where to look, on the newer side where there is one
    text: a plain sentence with timecodes
    """

    kind: Kind
    id: str
    label: str
    what: What
    field: str
    before: object
    after: object
    frame: int
    text: str


@dataclass(frozen=True, slots=True)
class Clash:
    """What two people changed differently, or what cannot stand beside each other.

    Attributes
    ----------
    base, mine, theirs: JSON values of the field; None for what is gone on that side
    text: a plain sentence, said to the one whose changes are ``mine``
    """

    kind: Kind
    id: str
    label: str
    field: str
    base: object
    mine: object
    theirs: object
    frame: int
    text: str


def compare_notes(old: SpottingNotes, new: SpottingNotes) -> tuple[Difference, ...]:
    """Tell what is new, gone and changed, in the order of the reel; settings come first.

    Cues, silences and hits are the same by id; in two cuts of a film also by lying on mostly the same frames.
    """
    found = _settings(old, new)
    for kind in _THINGS:
        for before, after in _pairs(old, new, kind):
            found += _compare_documents(kind, _Told(old, before), _Told(new, after))
    rank = ("setting", *_THINGS)
    return tuple(sorted(found, key=lambda d: (d.kind != "setting", d.frame, rank.index(d.kind), d.id, d.field)))


def find_clashes(base: SpottingNotes, mine: SpottingNotes, theirs: SpottingNotes) -> tuple[Clash, ...]:
    """Tell where two people who both began from ``base`` cannot both have their way.

    That is the same field changed to two values, a thing changed by one and removed by the other, and edges that one
    moved and the other moved or set so that cues would lie upon each other.
    """
    ours = {(d.kind, d.id, d.field): d for d in compare_notes(base, mine)}
    others = {(d.kind, d.id, d.field): d for d in compare_notes(base, theirs)}
    found = [
        _field_clash(mine, theirs, ours[key], others[key])
        for key in sorted(ours.keys() & others.keys())
        if ours[key].after != others[key].after and (key[0], ours[key].what) != ("silence", "added")
    ]
    for removing, changing, by_me in ((ours, others, True), (others, ours, False)):
        gone = [d for d in removing.values() if d.what == "removed"]
        for lost in gone:
            kept = [d for d in changing.values() if (d.kind, d.id, d.what) == (lost.kind, lost.id, "changed")]
            found += [_lost_clash(lost, change, by_me=by_me) for change in kept]
    edges = [*_edge_clashes(base, mine, theirs), *_edge_clashes(base, mine, theirs, theirs_first=True)]
    told = {(clash.kind, clash.id, clash.field) for clash in found}
    found += {c.text: c for c in edges if (c.kind, c.id, c.field) not in told}.values()
    return tuple(sorted(found, key=lambda c: (c.frame, c.kind, c.id, c.field, c.text)))


@dataclass(frozen=True, slots=True)
class _Told:
    """A cue, a silence or a hit, or none, with the notes it stands in."""

    notes: SpottingNotes
    thing: Thing | None

    @property
    def frame(self) -> int:
        """Where it begins."""
        if self.thing is None:
            return 0
        return (self.thing.frame if isinstance(self.thing, Hit) else self.thing.span.start).index

    @property
    def label(self) -> str:
        """What people call it."""
        match self.thing:
            case Cue(number=number):
                return number
            case Hit(label=label):
                return f"hit “{label}”"
            case _:
                return f"silence at {_timecode(self.notes, self.frame)}"

    @property
    def facets(self) -> Facets:
        """What is compared, as JSON values."""
        match self.thing:
            case Cue(span=span) as cue:
                return {"in": span.start.index, "out": span.end.index, **_plain(cue, _CUE)}
            case Hit() as hit:
                return _plain(hit, _HIT)
            case Silence() as silence:
                return _plain(silence, ("instruction",))
            case _:
                return {}

    @property
    def whole(self) -> Facets | None:
        """All of it, as JSON values."""
        edges = {}
        if isinstance(self.thing, Silence):
            edges = {"in": self.thing.span.start.index, "out": self.thing.span.end.index}
        return {**edges, **self.facets} if self.thing is not None else None

    @property
    def place(self) -> str:
        """Where it lies, in timecode."""
        if isinstance(self.thing, Cue | Silence):
            return f"{_timecode(self.notes, self.frame)} to {_timecode(self.notes, self.thing.span.end.index)}"
        return _timecode(self.notes, self.frame)


def _things(notes: SpottingNotes, kind: Kind) -> Sequence[Thing]:
    every: dict[Kind, Sequence[Thing]] = {"cue": notes.cues, "silence": notes.silences, "hit": notes.hits}
    return every[kind]


def _plain(thing: Thing, names: Sequence[str]) -> Facets:
    return {name: to_plain(getattr(thing, name)) for name in names}


def _pairs(old: SpottingNotes, new: SpottingNotes, kind: Kind) -> list[tuple[Thing | None, Thing | None]]:
    """Put together what is the same thing on both sides; None where there is no other."""
    olds, news = {t.id: t for t in _things(old, kind)}, {t.id: t for t in _things(new, kind)}
    found: list[tuple[Thing | None, Thing | None]] = [(olds[name], news[name]) for name in olds.keys() & news.keys()]
    lost = [thing for name, thing in olds.items() if name not in news]
    fresh = [thing for name, thing in news.items() if name not in olds]
    if old.reel.sha256 != new.reel.sha256:
        found += _alike(lost, fresh, int(_SAME_HIT_S * new.reel.timebase.rate))
    paired = {thing.id for pair in found for thing in pair if thing is not None}
    found += [(thing, None) for thing in lost if thing.id not in paired]
    return found + [(None, thing) for thing in fresh if thing.id not in paired]


def _alike(lost: Sequence[Thing], fresh: Sequence[Thing], width: int) -> list[tuple[Thing | None, Thing | None]]:
    """Pair what lies on mostly the same frames in two cuts; hits only with hits of their kind."""
    found: list[tuple[Thing | None, Thing | None]] = []
    for kind in sorted({_sort(thing) for thing in (*lost, *fresh)}):
        olds, news = ([t for t in things if _sort(t) == kind] for things in (lost, fresh))
        matched = match_spans([_span(t, width) for t in olds], [_span(t, width) for t in news])
        found += [(olds[i], news[k]) for k, i in matched.items()]
    return found


def _sort(thing: Thing) -> str:
    return thing.kind.value if isinstance(thing, Hit) else ""


def _span(thing: Thing, width: int) -> Span:
    if isinstance(thing, Hit):
        return Span.of(thing.frame.index - width, thing.frame.index + width + 1)
    return thing.span


def _compare_documents(kind: Kind, old: _Told, new: _Told) -> list[Difference]:
    if old.thing is None or new.thing is None:
        there = new if old.thing is None else old
        what: What = "added" if there is new else "removed"
        text = f"{there.label} is {'new' if there is new else 'gone'} ({there.place})"
        name = there.thing.id if there.thing else ""
        return [Difference(kind, name, there.label, what, "", old.whole, new.whole, there.frame, text)]
    before, after, found = old.facets, new.facets, list[Difference]()
    for field, value in after.items():
        if before[field] != value:
            text = _sentence(old, new, field)
            at = int(str(value)) if field == "out" else new.frame
            found.append(Difference(kind, new.thing.id, new.label, "changed", field, before[field], value, at, text))
    return found


def _settings(old: SpottingNotes, new: SpottingNotes) -> list[Difference]:
    found: list[Difference] = []
    for name in _SETTINGS:
        before, after = (to_plain(getattr(notes.settings, name)) for notes in (old, new))
        if before != after:
            label = _CALLED.get(name, name)
            text = f"{label}: {_spell_value(before)} -> {_spell_value(after)}"
            found.append(Difference("setting", name, label, "changed", "", before, after, 0, text))
    return found


def _sentence(old: _Told, new: _Told, field: str) -> str:
    before, after = old.facets[field], new.facets[field]
    label = new.label
    if field in _MOVES and isinstance(before, int) and isinstance(after, int):
        away = after - before
        way = f"{abs(away)} frame{'s' * (abs(away) != 1)} {'later' if away > 0 else 'earlier'}"
        marks = f"{_timecode(old.notes, before)} -> {_timecode(new.notes, after)}"
        return f"{label} {_MOVES[field]} {way} ({marks})"
    match field:
        case "number":
            return f"{before} is now {after}"
        case "title":
            return f"{label} is now called {_spell_value(after)} (was {_spell_value(before)})"
        case "label":
            return f"hit {_spell_value(before)} is now called {_spell_value(after)}"
        case "instruction":
            return f"{label} now says {_spell_value(after)} (was {_spell_value(before)})"
        case _:
            return f"{label}, {_name_field(field)}: {_spell_value(before)} -> {_spell_value(after)}"


def _name_field(field: str) -> str:
    return _CALLED.get(field, field)


def _spell_value(value: object) -> str:
    """Say a JSON value in words."""
    match value:
        case str():
            return f"“{value}”"
        case float():
            return f"{value:g}"
        case {"frame": _, "text": text}:
            return _spell_value(text)
        case dict():
            return "; ".join(
                f"{_name_field(str(name)).replace('_', ' ')} {_spell_value(one)}" for name, one in value.items()
            )
        case list():
            return ", ".join(_spell_value(one) for one in value) or "none"
        case _:
            return "none" if value is None else str(value)


def _timecode(notes: SpottingNotes, frame: int) -> str:
    return notes.reel.timebase.timecode(Frame(frame))


def _field_clash(mine: SpottingNotes, theirs: SpottingNotes, ours: Difference, other: Difference) -> Clash:
    label, field = ours.label, ours.field
    values = [
        _timecode(notes, value) if (field in _MOVES and isinstance(value, int)) else _spell_value(value)
        for notes, value in ((mine, _unlike(ours.after, other.after)), (theirs, _unlike(other.after, ours.after)))
    ]
    about = f"{label}, {_name_field(field)}" if field else label
    text = f"{about}: you have {values[0]}, they have {values[1]}"
    return Clash(ours.kind, ours.id, label, field, ours.before, ours.after, other.after, ours.frame, text)


def _unlike(value: object, other: object) -> object:
    """Leave out of an object what the other has as well."""
    if isinstance(value, dict) and isinstance(other, dict):
        return {name: one for name, one in value.items() if other.get(name) != one}
    return value


def _lost_clash(lost: Difference, change: Difference, *, by_me: bool) -> Clash:
    who = ("You removed", "they changed it") if by_me else ("They removed", "you changed it")
    text = f"{who[0]} {lost.label}, {who[1]}: {change.text}"
    mine, theirs = (None, change.after) if by_me else (change.after, None)
    return Clash(lost.kind, lost.id, lost.label, change.field, change.before, mine, theirs, lost.frame, text)


def _edge_clashes(
    base: SpottingNotes, mine: SpottingNotes, theirs: SpottingNotes, *, theirs_first: bool = False
) -> list[Clash]:
    """Find cues that would lie upon each other if both had their way, on the same edge one of the two first."""
    together = _merge_cues(base, theirs, mine) if theirs_first else _merge_cues(base, mine, theirs)
    found: list[Clash] = []
    for k, (one, start, end) in enumerate(together):
        if start >= end:
            text = f"{one.number} would end before it begins: one of you moved its in, the other its out"
            found.append(_edge_clash((base, mine, theirs), one, text))
        for other, in_, out in together[k + 1 :]:
            shared = min(end, out) - max(start, in_)
            if shared > 0 and _apart(mine, one, other) and _apart(theirs, one, other):
                where = _timecode(base, max(start, in_))
                text = f"{one.number} and {other.number} would lie upon each other for {shared} frames from {where}"
                found.append(_edge_clash((base, mine, theirs), one, text))
    return found


def _merge_cues(base: SpottingNotes, mine: SpottingNotes, theirs: SpottingNotes) -> list[tuple[Cue, int, int]]:
    """Place every cue as it would lie with both people's edges, in order; what either removed is gone."""
    sides = [{cue.id: cue for cue in notes.cues} for notes in (base, mine, theirs)]
    origin, ours, others = sides
    found: list[tuple[Cue, int, int]] = []
    for name in ours.keys() | others.keys():
        was, here, there = origin.get(name), ours.get(name), others.get(name)
        cue = here or there
        if cue is None or (was is not None and (here is None or there is None)):
            continue
        one, other = here or cue, there or cue
        start = one.span.start if was is None or one.span.start != was.span.start else other.span.start
        end = one.span.end if was is None or one.span.end != was.span.end else other.span.end
        found.append((cue, start.index, end.index))
    return sorted(found, key=lambda placed: (placed[1], placed[2], placed[0].id))


def _apart(notes: SpottingNotes, one: Cue, other: Cue) -> bool:
    """Whether these notes do not themselves hold both cues upon each other."""
    spans = [cue.span for cue in notes.cues if cue.id in {one.id, other.id}]
    return len(spans) < 2 or not spans[0].overlap(spans[1])  # noqa: PLR2004 - both of them


def _edge_clash(sides: tuple[SpottingNotes, SpottingNotes, SpottingNotes], cue: Cue, text: str) -> Clash:
    base, mine, theirs = (next((c.span.end.index for c in n.cues if c.id == cue.id), None) for n in sides)
    return Clash("cue", cue.id, cue.number, "out", base, mine, theirs, cue.span.start.index, text)
