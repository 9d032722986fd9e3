"""Cues as a whole: dividing, joining, adding, removing and numbering them."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import replace

from model.errors import CueInvalid
from model.spotting.describe import describe_function
from model.spotting.edges import CLEAR_S, tail_frames
from model.spotting.edits.edges import remove_cue_at
from model.spotting.edits.ground import (
    check_length,
    cue_at,
    fresh_id,
    label,
    least_frames,
    number_new_cues,
)
from model.spotting.edits.kinds import AddCue, MergeCues, RemoveCue, SplitCue
from model.spotting.edits.marks import PERSON, mark_decision, move_span, talk_share
from model.spotting.edits.refusal import field_error
from model.spotting.edits.settle import settle_notes
from model.spotting.hits.entries import ANSWERED_S
from model.spotting.notes import (
    Change,
    Cue,
    Evidence,
    HitKind,
    InType,
    OutType,
    Palette,
    Scene,
    SpottingNotes,
    Usage,
)
from model.spotting.vocabulary import VOCABULARY, MoodValues, register_to_leave, suggest_intensity, suggest_tempo
from model.spotting.wording import write_cue_instruction
from model.time import Frame, Span

_ENTRIES = {
    HitKind.CUT: InType.ON_CUT,
    HitKind.ACTION: InType.ON_ACTION,
    HitKind.IMPACT: InType.ON_ACTION,
    HitKind.LOOK: InType.ON_LOOK,
    HitKind.LINE_END: InType.AFTER_LINE,
    HitKind.FADE: InType.FADE_UP,
}
_EXITS = {
    HitKind.CUT: OutType.ON_CUT,
    HitKind.ACTION: OutType.BUTTON,
    HitKind.IMPACT: OutType.BUTTON,
    HitKind.FADE: OutType.FADE,
}


def split_cue(notes: SpottingNotes, edit: SplitCue, given: Collection[str]) -> SpottingNotes:
    """Divide a cue; the first half keeps id and number, the second leads on under a number of its own.

    Raises CueInvalid where a half would be too short.
    """
    at = cue_at(notes, edit.cue)
    cue, least = notes.cues[at], least_frames(notes)
    low, high = cue.span.start.index + least, cue.span.end.index - least
    if not low <= edit.frame <= high:
        said = f"Cue {cue.number} cannot be split at {label(notes, edit.frame)}: a half would be too short."
        hint = f"Split it between {label(notes, low)} and {label(notes, high)}." if low <= high else "It is too short."
        raise field_error(CueInvalid, "frame", said, hint)
    where = Frame(edit.frame)
    first = move_span(notes, cue, Span(cue.span.start, where))
    rest = move_span(notes, cue, Span(where, cue.span.end))
    second = replace(
        rest,
        id=fresh_id(notes, "cue", rest.span, {one.id for one in notes.cues}),
        number="",
        title=_continue_title(cue.title),
        instruction=next((_sentence(c.text) for c in cue.changes if c.frame == where), rest.instruction),
        scene=_scene(notes, rest.span, cue.scene),
    )
    first = replace(first, scene=_scene(notes, first.span, cue.scene))
    halves = [replace(half, why=mark_decision(half.why, "You split the cue here.", where)) for half in (first, second)]
    cues = number_new_cues(notes, (*notes.cues[:at], *halves, *notes.cues[at + 1 :]), given)
    return settle_notes(replace(notes, cues=cues), notes.silences, joined=notes)


def merge_cues(notes: SpottingNotes, edit: MergeCues) -> SpottingNotes:
    """Join two neighbours and the silence between them; what the second asked for becomes a turn inside the cue.

    Raises CueInvalid for cues that are not neighbours, of different kinds, or too long together.
    """
    places = (cue_at(notes, edit.first, "first"), cue_at(notes, edit.second, "second"))
    at = min(places)
    if max(places) != at + 1:
        said = f"Cues {notes.cues[places[0]].number} and {notes.cues[places[1]].number} are not neighbours."
        raise field_error(CueInvalid, "second", said, "Merge one cue with the next.")
    one, other = notes.cues[at], notes.cues[at + 1]
    if one.usage.is_composed != other.usage.is_composed:
        said = f"{one.number} is {one.usage} and {other.number} is {other.usage}: they cannot be one cue."
        raise field_error(CueInvalid, "second", said, "Give them one usage first.")
    check_length(notes, Span(one.span.start, other.span.end), "second")
    merged = _merge_pair(notes, one, other)
    after = replace(notes, cues=(*notes.cues[:at], merged, *notes.cues[at + 2 :]))
    return settle_notes(after, notes.silences, joined=notes)


def add_cue(notes: SpottingNotes, edit: AddCue, given: Collection[str]) -> SpottingNotes:
    """Put music into a silence, in the words of the nearest cue.

    Raises CueInvalid for a stretch outside the reel, backwards, too short, too long, or upon a cue.
    """
    if not 0 <= edit.start < edit.end <= notes.reel.frames:
        field = "out" if 0 <= edit.start < notes.reel.frames else "in"
        said = f"A cue must come in and go out inside the reel ({notes.reel.frames} frames), in this order."
        raise field_error(CueInvalid, field, said)
    span = Span.of(edit.start, edit.end)
    for cue in notes.cues:
        if cue.span.overlap(span):
            raise _upon(notes, cue, span)
    check_length(notes, span, "out")
    fresh = _write_new_cue(notes, span)
    cues = number_new_cues(notes, sorted((*notes.cues, fresh), key=lambda cue: cue.span), given)
    return settle_notes(replace(notes, cues=cues), notes.silences, joined=notes)


def remove_cue(notes: SpottingNotes, edit: RemoveCue) -> SpottingNotes:
    """Take the music out; its hits stay, in silence."""
    return remove_cue_at(notes, cue_at(notes, edit.cue))


def renumber(notes: SpottingNotes) -> SpottingNotes:
    """Count the cues from one, whatever was published."""
    return replace(notes, cues=number_new_cues(notes, [replace(cue, number="") for cue in notes.cues], ()))


def _continue_title(title: str) -> str:
    return title if title.endswith(", continued") else f"{title}, continued"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def _scene(notes: SpottingNotes, span: Span, otherwise: str) -> str:
    """Describe what happens in a stretch by the scene that most of it lies in."""
    best = _main_scene(notes, span)
    return best.description if best else otherwise


def _main_scene(notes: SpottingNotes, span: Span) -> Scene | None:
    best = max(notes.scenes, key=lambda scene: scene.span.overlap(span), default=None)
    return best if best and best.span.overlap(span) else None


def _merge_pair(notes: SpottingNotes, one: Cue, other: Cue) -> Cue:
    span = Span(one.span.start, other.span.end)
    head, end = move_span(notes, one, span), move_span(notes, other, span)
    longer = one if one.span.frames >= other.span.frames else other
    share = one.span.frames / max(one.span.frames + other.span.frames, 1)
    tone = _unite_words(one.tone, other.tone)
    reasons = {(r.text, r.detector, r.frame): r for r in (*head.why, *end.why)}
    offers = [o for o in head.alternatives if o.span.end == span.end and o.span.start != span.start]
    offers += [o for o in end.alternatives if o.span.start == span.start and o.span.end != span.end]
    turn = (Change(other.span.start, other.instruction),) if other.instruction else ()
    return replace(
        one,
        span=span,
        out_type=other.out_type,
        tail=other.tail,
        scene=longer.scene,
        function="; ".join(_unite_words((one.function,), (other.function,))),
        tone=tone,
        not_tone=tuple(w for w in _unite_words(one.not_tone, other.not_tone) if w not in tone),
        intensity=round(one.intensity * share + other.intensity * (1 - share), 1),
        tempo_bpm=(min(one.tempo_bpm[0], other.tempo_bpm[0]), max(one.tempo_bpm[1], other.tempo_bpm[1])),
        palette=Palette(
            _unite_words(one.palette.families, other.palette.families),
            longer.palette.featured or one.palette.featured or other.palette.featured,
            longer.palette.leave_free or one.palette.leave_free or other.palette.leave_free,
        ),
        dialogue_density=talk_share(notes.dialogue, span),
        confidence=round(one.confidence * share + other.confidence * (1 - share), 3),
        why=mark_decision(tuple(reasons.values()), f"You merged {one.number} and {other.number}.", other.span.start),
        alternatives=tuple(offers),
        changes=(*one.changes, *turn, *other.changes),
        temp_reference="; ".join(_unite_words((one.temp_reference,), (other.temp_reference,))),
        characters=_unite_words(one.characters, other.characters),
    )


def _unite_words(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for word in (*one, *other) if word))


def _upon(notes: SpottingNotes, cue: Cue, span: Span) -> CueInvalid:
    """Say which cue a new one would lie upon, and what is free before or after it."""
    field = "in" if span.start in cue.span else "out"
    said = f"{cue.number} plays there, from {label(notes, cue.span.start)} to {label(notes, cue.span.end)}."
    edge = f"come in at {label(notes, cue.span.end)}" if field == "in" else f"go out by {label(notes, cue.span.start)}"
    return field_error(CueInvalid, field, said, f"The new cue may {edge}.")


def _write_new_cue(notes: SpottingNotes, span: Span) -> Cue:
    """Write a cue a person asked for: its words are those of the nearest cue, if there is one."""
    density = talk_share(notes.dialogue, span)
    mood = _unknown_mood(density)
    entry, leave = _entry(notes, span.start), _exit(notes, span.end)
    scene, near = _main_scene(notes, span), _nearest(notes, span)
    words = near.tone if near else ()
    said = tuple(t for word in words for t in VOCABULARY if t.word == word)
    space = notes.reel.frames - span.end.index
    why: tuple[Evidence, ...] = (Evidence("You put music here.", PERSON, span.start, 1.0),)
    if near:
        why += (Evidence(f"tone and palette are those of {near.number}, the nearest cue", "spotting", None, 0.3),)
    return Cue(
        id=fresh_id(notes, "cue", span, {one.id for one in notes.cues}),
        number="",
        title=f"New cue, scene {scene.number}" if scene else "New cue",
        span=span,
        usage=Usage.SCORE,
        in_type=entry,
        out_type=leave,
        tail=tail_frames(leave, float(notes.reel.timebase.rate), space),
        instruction=write_cue_instruction(Usage.SCORE, entry, leave, said, mood),
        scene=scene.description if scene else "",
        function=describe_function(Usage.SCORE, entry, mood),
        tone=words,
        not_tone=near.not_tone if near else (),
        intensity=near.intensity if near else suggest_intensity(mood),
        tempo_bpm=near.tempo_bpm if near else suggest_tempo(mood),
        palette=replace(near.palette if near else Palette(("strings",)), leave_free=register_to_leave(density)),
        dialogue_density=density,
        confidence=1.0,
        why=why,
        alternatives=(),
        characters=scene.people if scene else (),
    )


def _unknown_mood(talk: float) -> MoodValues:
    nan = math.nan
    return MoodValues(nan, nan, nan, 0.0, 0.0, talk, nan, nan, nan, nan)


def _nearest(notes: SpottingNotes, span: Span) -> Cue | None:
    """Find the cue nearest to a stretch, among those that are not heard inside the scene."""
    score = [cue for cue in notes.cues if cue.usage.is_composed]
    return min(score, key=lambda c: max(c.span.start - span.end, span.start - c.span.end), default=None)


def _entry(notes: SpottingNotes, frame: Frame) -> InType:
    """Name how music comes in on a frame, from what the notes know of it."""
    kinds = [hit.kind for hit in notes.hits if hit.frame == frame and hit.kind in _ENTRIES]
    if kinds:
        return _ENTRIES[kinds[0]]
    reach = ANSWERED_S * notes.reel.timebase.rate
    answers = any(0 <= frame - line.span.end <= reach for line in notes.dialogue)
    talks = any(frame in line.span for line in notes.dialogue)
    return InType.AFTER_LINE if answers and not talks else InType.EASE_IN


def _exit(notes: SpottingNotes, frame: Frame) -> OutType:
    """Name how music goes out on a frame, from what the notes know of it."""
    kinds = [hit.kind for hit in notes.hits if hit.frame == frame and hit.kind in _EXITS]
    if kinds:
        return _EXITS[kinds[0]]
    reach = CLEAR_S * notes.reel.timebase.rate
    speaks = any(0 <= line.span.start - frame <= reach for line in notes.dialogue)
    return OutType.TAIL_UNDER if speaks else OutType.RING_OUT
