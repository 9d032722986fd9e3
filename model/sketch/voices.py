"""The free voices: candidates written by the trained net or by rules, of which the best is taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from model.errors import AssetMissing
from model.motifs.language import Theme
from model.sketch.net.bar_rules import ROLE_RANGES
from model.sketch.plan.bars import bar_at
from model.sketch.rerank import score_candidate
from model.sketch.rules.engine import write_by_rules
from model.sketch.rules.slots import TALKED_OVER_SHARE, ChordSlot, SlotPlan, is_under_talk
from model.sketch.settings import SketchSettings
from model.sketch.shade import finish_candidate
from model.sketch.sketch_types import Note, VoiceRole

_LEAST_BASS_NOTES = 0.5  # sounding on average in a slot; fewer are filled in
_LEAST_CHORD_NOTES = 1.0  # the same for a chord
_LEAST_CHORD_SHARE = 0.6  # of a slot in which some chord should sound
_RHYTHM_AROUSAL = 0.55  # of 0-1; from it on a bar needs a rhythm
_TALK_HIGHEST_PITCH = 62  # MIDI, of free notes under dialogue
_HIGH_THEME_PITCH = 62  # MIDI; below a theme at least so high the free notes stay
_NO_MELODY_FUNCTIONS = frozenset({"intro", "tail"})
_SILENT_UNDER_TALK = frozenset({VoiceRole.MELODY, VoiceRole.COUNTER})
FALLBACK = "The trained net is not installed; the rule engine wrote this cue."


@dataclass(frozen=True, slots=True)
class WrittenVoices:
    """The candidate that was taken: its notes, the engine that wrote it, its costs, and cautions."""

    notes: tuple[Note, ...]
    engine: str
    scores: dict[str, float]
    cautions: tuple[str, ...] = ()


def write_voices(slot_plan: SlotPlan, themes: Sequence[Theme], settings: SketchSettings) -> WrittenVoices:
    """Write the free voices of a plan with the engine asked for, and take the best of its candidates.

    Where the net's weights are missing, the rule engine writes, and a caution says so.
    """
    if settings.engine == "rules":
        return _take_best_of_rules(slot_plan, themes, settings)
    try:
        return _take_best_of_net(slot_plan, themes, settings)
    except AssetMissing:
        written = _take_best_of_rules(slot_plan, themes, settings)
        return replace(written, cautions=(FALLBACK,))


def _take_best_of_rules(slot_plan: SlotPlan, themes: Sequence[Theme], settings: SketchSettings) -> WrittenVoices:
    candidates = [finish_candidate(slot_plan, write_by_rules(slot_plan, seed)) for seed in range(settings.candidates)]
    return _take_best(slot_plan, themes, [(notes, 0.0) for notes in candidates], "rules")


def _take_best_of_net(slot_plan: SlotPlan, themes: Sequence[Theme], settings: SketchSettings) -> WrittenVoices:
    from model.sketch.net.infill import write_infill

    plan = slot_plan.plan
    by_rules = write_by_rules(slot_plan, 0)
    found: list[tuple[list[Note], float]] = []
    shares: list[float] = []
    for number in range(settings.candidates):
        notes, log2_p = write_infill(
            plan.bars[: len(plan.grid)],
            plan.chords,
            plan.locked,
            plan.tempo_map,
            tuple(VoiceRole),
            seed=plan.seed + number,
        )
        free = confine_notes(slot_plan, [n for n in notes if not n.locked])
        added = fill_hollow_slots(slot_plan, free, by_rules)
        shares.append(len(added) / max(len(free) + len(added), 1))
        found.append((finish_candidate(slot_plan, [*free, *added]), log2_p))
    best = _take_best(slot_plan, themes, found, "model")
    return replace(best, scores={**best.scores, "by rule": round(shares[int(best.scores["candidate"])], 4)})


def confine_notes(slot_plan: SlotPlan, notes: Sequence[Note]) -> list[Note]:
    """Confine the net's notes to the roles' ranges; remove melodies under dialogue, in intros and in tails."""
    found: list[Note] = []
    for note in notes:
        bar = slot_plan.plan.bars[bar_at(slot_plan.plan.grid, note.onset).index]
        if bar.function == "silence" or (note.role is VoiceRole.MELODY and bar.function in _NO_MELODY_FUNCTIONS):
            continue
        if note.role in _SILENT_UNDER_TALK and is_under_talk(slot_plan.plan, note.onset):
            continue
        pitch = _move_into_range(note, slot_plan.plan.locked, talked_over=bar.talk >= TALKED_OVER_SHARE)
        found.append(note if pitch == note.pitch else replace(note, pitch=pitch))
    return found


def _move_into_range(note: Note, locked: Sequence[Note], *, talked_over: bool) -> int:
    """Move a pitch by octaves into its role's range, below a theme that sounds with it and below speech."""
    low, high = ROLE_RANGES[note.role]
    high = min(high, _TALK_HIGHEST_PITCH) if talked_over else high
    theme = [n.pitch for n in locked if n.onset < note.end and n.end > note.onset]
    if theme and min(theme) >= _HIGH_THEME_PITCH:
        high = min(high, min(theme) - 1)
    pitch = note.pitch
    while pitch < low:
        pitch += 12
    while pitch > high and pitch - 12 >= low:
        pitch -= 12
    return pitch


def fill_hollow_slots(slot_plan: SlotPlan, notes: Sequence[Note], by_rules: Sequence[Note]) -> list[Note]:
    """Fill slots in which the net wrote no bass, hardly a chord or no rhythm with the notes of the rule engine.

    Returns the notes to add, each cut at the end of its slot.
    """
    found: list[Note] = []
    for slot in slot_plan.slots:
        inside = [n for n in notes if n.onset < slot.end and n.end > slot.start]
        lacking = _lacking_roles(slot, inside)
        found += [
            replace(n, duration=min(n.duration, slot.end - n.onset))
            for n in by_rules
            if n.role in lacking and slot.start <= n.onset < slot.end
        ]
    return found


def _lacking_roles(slot: ChordSlot, inside: Sequence[Note]) -> set[VoiceRole]:
    """Find the roles that sound too little in a slot."""
    lacking: set[VoiceRole] = set()
    if _mean_sounding(slot, inside, {VoiceRole.BASS}) < _LEAST_BASS_NOTES:
        lacking.add(VoiceRole.BASS)
    chords = [n for n in inside if n.role in {VoiceRole.HARMONY, VoiceRole.PAD}]
    sounding = _mean_sounding(slot, inside, {VoiceRole.HARMONY, VoiceRole.PAD})
    if sounding < _LEAST_CHORD_NOTES or _sounding_share(slot, chords) < _LEAST_CHORD_SHARE:
        lacking.add(VoiceRole.HARMONY)
    if slot.bar.arousal >= _RHYTHM_AROUSAL and not any(n.role is VoiceRole.RHYTHM for n in inside):
        lacking.add(VoiceRole.RHYTHM)
    return lacking


def _sounding_share(slot: ChordSlot, notes: Sequence[Note]) -> float:
    """Share of a slot in which any of some notes sounds."""
    at, total = slot.start, Fraction(0)
    for note in sorted(notes, key=lambda n: n.onset):
        start, end = max(note.onset, at), min(note.end, slot.end)
        if start < end:
            total += end - start
            at = end
    return float(total / slot.length)


def _mean_sounding(slot: ChordSlot, inside: Sequence[Note], roles: set[VoiceRole]) -> float:
    """Mean number of notes of some roles that sound in a slot."""
    sounding = [min(n.end, slot.end) - max(n.onset, slot.start) for n in inside if n.role in roles]
    return float(sum(sounding, Fraction(0)) / slot.length)


def _take_best(
    slot_plan: SlotPlan, themes: Sequence[Theme], candidates: Sequence[tuple[list[Note], float]], engine: str
) -> WrittenVoices:
    scored = [
        (score_candidate(slot_plan, notes, themes, log2_p), index) for index, (notes, log2_p) in enumerate(candidates)
    ]
    scores, index = min(scored, key=lambda pair: (pair[0]["total"], pair[1]))
    return WrittenVoices(tuple(candidates[index][0]), engine, {**scores, "candidate": float(index)})
