"""The free voices: written by the trained net or by rule, several times over, and the best one taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from model.errors import AssetMissing, SettingInvalid
from model.motifs.language import Theme
from model.sketch.desk import Desk, under_talk
from model.sketch.rerank import scored
from model.sketch.rules import write_by_rules
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
_MOST = 64
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

    Without the net's weights the rule engine writes, and a caution says so. Raises SettingInvalid for an engine
    nobody knows or an impossible number of candidates.
    """
    if settings.engine not in {"model", "rules"} or not 1 <= settings.candidates <= _MOST:
        message = f"Engine {settings.engine!r} with {settings.candidates} candidates is not possible."
        raise SettingInvalid(message, hint=f"Engines: model, rules; candidates: 1 to {_MOST}.")
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
    from model.sketch.infill import infill

    plan = desk.plan
    found: list[tuple[list[Note], float]] = []
    for turn in range(settings.candidates):
        notes, log_p = infill(
            plan.bars[: len(plan.grid)], plan.chords, plan.locked, plan.tempo_map, tuple(Role), plan.seed + turn
        )
        free = [n for n in notes if not n.locked]
        found.append((settled(desk, tamed(desk, free)), log_p))
    return _best(desk, themes, found, "model")


def tamed(desk: Desk, notes: Sequence[Note]) -> list[Note]:
    """Keep what a net wrote inside the roles' ranges, out of dialogue and of bars that shall be silent."""
    silent = [b for b in desk.plan.grid if desk.plan.bars[b.index].function == "silence"]
    found: list[Note] = []
    for note in notes:
        if any(b.start <= note.onset < b.end for b in silent):
            continue
        if note.role in _STILL and under_talk(desk.plan, note.onset):
            continue
        low, high = _RANGES[note.role]
        pitch = note.pitch
        while pitch < low:
            pitch += 12
        while pitch > high:
            pitch -= 12
        found.append(note if pitch == note.pitch else replace(note, pitch=pitch))
    return found


def _best(desk: Desk, themes: Sequence[Theme], candidates: Sequence[tuple[list[Note], float]], engine: str) -> Written:
    weighed = [(scored(desk, notes, themes, log_p), index) for index, (notes, log_p) in enumerate(candidates)]
    scores, index = min(weighed, key=lambda pair: (pair[0]["total"], pair[1]))
    return Written(tuple(candidates[index][0]), engine, {**scores, "candidate": float(index)})
