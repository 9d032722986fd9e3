"""The free voices: written by the trained net or by rule, several times over, and the best one taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from model.errors import AssetMissing
from model.motifs.language import Theme
from model.sketch.plan.bars import bar_at
from model.sketch.rerank import scored
from model.sketch.rules.engine import write_by_rules
from model.sketch.rules.slots import TALKED_OVER, Desk, Slot, under_talk
from model.sketch.shade import settled
from model.sketch.sketch_types import Note, Role, SketchSettings

_RANGES = {
    Role.MELODY: (55, 91),
    Role.COUNTER: (43, 79),
    Role.HARMONY: (43, 79),
    Role.BASS: (28, 55),
    Role.RHYTHM: (36, 79),
    Role.PAD: (43, 88),
}
_HALF, _CHORD = 0.5, 1.0  # notes that should sound on average in a bass and in a chord
_MOSTLY = 0.6  # of a slot some chord should sound
_PULSE = 0.55
_TALK_HIGH = 62
_COVERED = 62  # a theme at least so high is kept clear above
_UNSUNG = frozenset({"intro", "tail"})
_STILL = frozenset({Role.MELODY, Role.COUNTER})
FALLBACK = "The trained net is not installed; the rule engine wrote this cue."


@dataclass(frozen=True, slots=True)
class Written:
    """A candidate that was taken: its notes, who wrote it, its scores, and what had to be given up."""

    notes: tuple[Note, ...]
    engine: str
    scores: dict[str, float]
    cautions: tuple[str, ...] = ()


def write_voices(desk: Desk, themes: Sequence[Theme], settings: SketchSettings) -> Written:
    """Write the free voices of a plan with the engine asked for and take the best of its candidates.

    Without the net's weights the rule engine writes, and a caution says so.
    """
    if settings.engine == "rules":
        return _by_rules(desk, themes, settings)
    try:
        return _by_net(desk, themes, settings)
    except AssetMissing:
        written = _by_rules(desk, themes, settings)
        return replace(written, cautions=(FALLBACK,))


def _by_rules(desk: Desk, themes: Sequence[Theme], settings: SketchSettings) -> Written:
    candidates = [settled(desk, write_by_rules(desk, seed)) for seed in range(settings.candidates)]
    return _best(desk, themes, [(notes, 0.0) for notes in candidates], "rules")


def _by_net(desk: Desk, themes: Sequence[Theme], settings: SketchSettings) -> Written:
    from model.sketch.net.infill import infill

    plan = desk.plan
    ground = write_by_rules(desk, 0)
    found: list[tuple[list[Note], float]] = []
    shares: list[float] = []
    for turn in range(settings.candidates):
        notes, log_p = infill(
            plan.bars[: len(plan.grid)], plan.chords, plan.locked, plan.tempo_map, tuple(Role), plan.seed + turn
        )
        free = tamed(desk, [n for n in notes if not n.locked])
        added = grounded(desk, free, ground)
        shares.append(len(added) / max(len(free) + len(added), 1))
        found.append((settled(desk, [*free, *added]), log_p))
    best = _best(desk, themes, found, "model")
    return replace(best, scores={**best.scores, "by rule": round(shares[int(best.scores["candidate"])], 4)})


def tamed(desk: Desk, notes: Sequence[Note]) -> list[Note]:
    """Keep what a net wrote inside the roles' ranges, out of dialogue, and out of bars where nobody sings."""
    found: list[Note] = []
    for note in notes:
        bar = desk.plan.bars[bar_at(desk.plan.grid, note.onset).index]
        if bar.function == "silence" or (note.role is Role.MELODY and bar.function in _UNSUNG):
            continue
        if note.role in _STILL and under_talk(desk.plan, note.onset):
            continue
        pitch = _placed(note, desk.plan.locked, talked_over=bar.talk >= TALKED_OVER)
        found.append(note if pitch == note.pitch else replace(note, pitch=pitch))
    return found


def _placed(note: Note, locked: Sequence[Note], *, talked_over: bool) -> int:
    """Move a pitch by octaves into its role's range, under a theme that sounds with it, and out of the voice's way."""
    low, high = _RANGES[note.role]
    high = min(high, _TALK_HIGH) if talked_over else high
    sung = [n.pitch for n in locked if n.onset < note.end and n.end > note.onset]
    if sung and min(sung) >= _COVERED:
        high = min(high, min(sung) - 1)
    pitch = note.pitch
    while pitch < low:
        pitch += 12
    while pitch > high and pitch - 12 >= low:
        pitch -= 12
    return pitch


def grounded(desk: Desk, notes: Sequence[Note], ground: Sequence[Note]) -> list[Note]:
    """Take from the rule engine what a net left hollow: a missing bass, a chord of less than two notes, a lost pulse.

    Returns the notes to add, each cut at the end of its slot.
    """
    found: list[Note] = []
    for slot in desk.slots:
        inside = [n for n in notes if n.onset < slot.end and n.end > slot.start]
        lacking = _lacking(slot, inside)
        found += [
            replace(n, duration=min(n.duration, slot.end - n.onset))
            for n in ground
            if n.role in lacking and slot.start <= n.onset < slot.end
        ]
    return found


def _lacking(slot: Slot, inside: Sequence[Note]) -> set[Role]:
    """Say which roles are hollow in a slot: sounding for less than half of it."""
    lacking: set[Role] = set()
    if _held(slot, inside, {Role.BASS}) < _HALF:
        lacking.add(Role.BASS)
    chords = [n for n in inside if n.role in {Role.HARMONY, Role.PAD}]
    if _held(slot, inside, {Role.HARMONY, Role.PAD}) < _CHORD or _covered(slot, chords) < _MOSTLY:
        lacking.add(Role.HARMONY)
    if slot.bar.arousal >= _PULSE and not any(n.role is Role.RHYTHM for n in inside):
        lacking.add(Role.RHYTHM)
    return lacking


def _covered(slot: Slot, notes: Sequence[Note]) -> float:
    """Share of a slot in which any of some notes sounds."""
    at, total = slot.start, Fraction(0)
    for note in sorted(notes, key=lambda n: n.onset):
        start, end = max(note.onset, at), min(note.end, slot.end)
        if start < end:
            total += end - start
            at = end
    return float(total / slot.length)


def _held(slot: Slot, inside: Sequence[Note], roles: set[Role]) -> float:
    """Average number of notes of some roles that sound in a slot."""
    sounding = [min(n.end, slot.end) - max(n.onset, slot.start) for n in inside if n.role in roles]
    return float(sum(sounding, Fraction(0)) / slot.length)


def _best(desk: Desk, themes: Sequence[Theme], candidates: Sequence[tuple[list[Note], float]], engine: str) -> Written:
    weighed = [(scored(desk, notes, themes, log_p), index) for index, (notes, log_p) in enumerate(candidates)]
    scores, index = min(weighed, key=lambda pair: (pair[0]["total"], pair[1]))
    return Written(tuple(candidates[index][0]), engine, {**scores, "candidate": float(index)})
