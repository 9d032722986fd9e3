"""The ledger: where each theme sounds, how developed, and why.

Slots are found first: where a cue begins, an owner enters or the cue turns, and in long stretches without a theme.
Then each slot gets its form: a theme is stated plainly first, when its owner appears, varied by what the cues feel
like, broadened in the most intense cue, and stated again at the end. Every development is checked with the matcher:
nothing is planned that could not be recognised as this theme.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from model.errors import ThemeInvalid
from model.motifs.language import STEPS, Owner, PlannedStatement, Theme
from model.motifs.ledger_slots import StatementSlot, beat_seconds, find_slots, share_slots
from model.motifs.matching import PRESENT, similarity
from model.motifs.mood import MIDDLE_MOOD, mood_of_words
from model.motifs.shapes import length_of
from model.motifs.transforms import apply
from model.spotting.notes import OutType, SpottingNotes

_MUCH_TALK_SHARE = 0.4  # of a cue; above it a new theme is only hinted at
_SOFT_INTENSITY = 1.6  # of 5; below it a new theme is only hinted at
_STRONG_INTENSITY = 3.0  # of 5; from it on the last statement is no farewell
_BRIGHT_VALENCE = 0.15  # of -1..1; above it a minor theme is put into major
_DARK_VALENCE = -0.15  # of -1..1; below it a major theme is put into minor
_HIGH_TENSION = 0.6  # of 0-1; above it a theme is inverted, or its head taken up and down
_HIGH_AROUSAL = 0.6  # of 0-1; above it a theme is diminished
_LOW_AROUSAL = 0.35  # of 0-1; below it a theme is augmented
_RIVAL_MARGIN = 0.08  # of similarity, by which a statement must be nearer to its own theme than to any other
_USABLE_SHARE = 0.95  # of a slot, that a statement may last
_RECOGNISABLE_NOTES = 6
_RETURN_AFTER_SHARE = Fraction(2, 3)  # of all slots; a last statement after it is a return
_LATEST_SHARE = 0.999  # of the cue: a statement begins inside it
_MAJOR_THIRD_SEMITONES = 4
_GENTLE_OUTS = {OutType.FADE, OutType.RING_OUT, OutType.TAIL_UNDER}
_DESCRIPTIONS = {
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


def plan_ledger(notes: SpottingNotes, owners: Sequence[Owner], themes: Sequence[Theme]) -> tuple[PlannedStatement, ...]:
    """Plan the statements of all cues, in the order of the film.

    Every composed cue of at least four seconds gets one; songs and source music get none. At least half of all
    statements are varied wherever there are two.
    """
    by_id = {o.id: o for o in owners}
    pairs = [(by_id[t.owner], t) for t in themes if t.owner in by_id]
    if not pairs:
        return ()
    cues = [c for c in sorted(notes.cues, key=lambda c: c.span.start) if c.usage.is_composed]
    slots: list[StatementSlot] = []
    for cue in cues:
        slots += find_slots(cue, notes, pairs, {s.theme.id for s in slots})
    slots = share_slots(slots, pairs)
    planned = [_plan_statement(slot, index, slots, themes) for index, slot in enumerate(slots)]
    return tuple(_vary_half(planned, slots))


def _plan_statement(
    slot: StatementSlot, index: int, slots: Sequence[StatementSlot], themes: Sequence[Theme]
) -> PlannedStatement:
    """Plan a slot's statement: its form by its place among the theme's slots, and the words that develop it."""
    own = [k for k, s in enumerate(slots) if s.theme.id == slot.theme.id]
    most_intense = max(range(len(slots)), key=lambda k: (slots[k].cue.intensity, k))
    first, last = index == own[0], index == own[-1] and len(own) > 1
    if last and index > _RETURN_AFTER_SHARE * len(slots):
        form, words, note = _last_form(slot, index, slots)
    elif first:
        form, words, note = _first_form(slot)
    elif index == most_intense:
        form, words, note = "climax", ("augment:2",), f"the height of the film (intensity {slot.cue.intensity:g})"
    else:
        form, words, note = "variation", _variation(slot, index), " and ".join(slot.cue.tone[:2]) or "no tone said"
    words = _recognisable_words(slot.theme, _shorten_to_fit(slot, words), themes, index)
    if form == "variation" and any(w.startswith("head") for w in words):
        form = "fragment"
    at = round(min(slot.second / slot.length_s, _LATEST_SHARE), 4)
    why = f"{slot.why}; {note}; {describe_transform(words)}"
    return PlannedStatement(slot.cue.id, slot.theme.id, at, form, words, why)


def _first_form(slot: StatementSlot) -> tuple[str, tuple[str, ...], str]:
    if slot.cue.intensity < _SOFT_INTENSITY or slot.cue.dialogue_density > _MUCH_TALK_SHARE:
        return "hint", (f"head:{_RECOGNISABLE_NOTES}",), "first heard, only hinted at"
    return "statement", (), "first heard"


def _last_form(slot: StatementSlot, index: int, slots: Sequence[StatementSlot]) -> tuple[str, tuple[str, ...], str]:
    if index < len(slots) - 1:
        return "return", _variation(slot, index), "it comes back near the end"
    if slot.cue.out_type in _GENTLE_OUTS and slot.cue.intensity < _STRONG_INTENSITY:
        return "farewell", ("augment:2",), "the last time"
    return "return", (), "the last time"


def describe_transform(words: Sequence[str]) -> str:
    """Describe what a transform does, for people: "in minor, stretched 2 times"."""
    parts: list[str] = []
    for word in words:
        name, _, text = word.partition(":")
        known = _DESCRIPTIONS.get(name, word)
        parts.append(known.format(text) if "{}" in known else known)
    return ", ".join(parts) or "plain"


def _variation(slot: StatementSlot, index: int) -> tuple[str, ...]:
    """Choose the words of a variation by the cue's feeling; where no rule applies, by the slot's number in turn."""
    mood, mode = mood_of_words(slot.cue.tone) or MIDDLE_MOOD, slot.theme.key.mode
    major = STEPS[mode][2] == _MAJOR_THIRD_SEMITONES
    tense, lively = mood.tension > _HIGH_TENSION, mood.arousal > _HIGH_AROUSAL
    rules: tuple[tuple[bool, tuple[str, ...]], ...] = (
        (mood.valence < _DARK_VALENCE and major, ("mode:minor",)),
        (mood.valence > _BRIGHT_VALENCE and not major, ("mode:major",)),
        (tense and lively, ("head:6", f"sequence:{1 if index % 2 else -1}x2")),
        (lively, ("diminish:2",)),
        (mood.arousal < _LOW_AROUSAL, ("augment:2",)),
        (tense, ("invert:tonal",)),
    )
    in_turn = ((f"ornament:{index + 1}",), ("diatonic:2",), ("invert:tonal",), ("head:6", "sequence:-1x2"))
    return next((words for applies, words in rules if applies), in_turn[index % len(in_turn)])


def _shorten_to_fit(slot: StatementSlot, words: tuple[str, ...]) -> tuple[str, ...]:
    """Shorten a statement that would outlast its slot: drop the words that lengthen it, then the end of the theme.

    A short head is stated without other words: developed as well, it could not be recognised.
    """
    room = _USABLE_SHARE * slot.room_s / beat_seconds(slot.cue)

    def quarters(transform: Sequence[str]) -> float:
        return float(length_of(apply(slot.theme, transform, slot.theme.key)))

    if quarters(words) <= room:
        return words
    shorter = tuple(w for w in words if not w.startswith(("augment", "sequence")))
    if quarters(shorter) <= room:
        return shorter
    stated = apply(slot.theme, shorter, slot.theme.key)
    count = sum(n.onset + n.duration <= room for n in stated)
    without_head = tuple(w for w in shorter if not w.startswith("head"))
    return (*without_head, f"head:{count}") if count >= _RECOGNISABLE_NOTES else (f"head:{_RECOGNISABLE_NOTES}",)


def _recognisable_words(theme: Theme, words: tuple[str, ...], themes: Sequence[Theme], index: int) -> tuple[str, ...]:
    """Keep words only if the matcher finds this theme and no other in the result; else an ornament, else nothing."""
    for option in (words, (f"ornament:{index + 1}",)):
        try:
            stated = apply(theme, option, theme.key)
        except ThemeInvalid:
            continue
        own = similarity(stated, theme.notes)
        rival = max((similarity(stated, t.notes) for t in themes if t.id != theme.id), default=0.0)
        if own >= PRESENT and own > rival + _RIVAL_MARGIN:
            return option
    return ()


def _vary_half(planned: list[PlannedStatement], slots: Sequence[StatementSlot]) -> list[PlannedStatement]:
    """Ornament plain statements, the latest first, until half of all statements are varied."""
    for index in reversed(range(len(planned))):
        if 2 * sum(bool(p.transform) for p in planned) >= len(planned):
            break
        if not planned[index].transform:
            words = _recognisable_words(slots[index].theme, (f"ornament:{index + 1}",), (), index)
            planned[index] = replace(planned[index], transform=words, why=f"{planned[index].why}, but ornamented")
    return planned
