"""Score candidates by an explicit sum of costs, all of which are kept with the sketch.

The costs, 0 at best: demands of the plan that are not met (``constraints``), how far measured arousal and tension are
from what was asked, jumps of the inner voices, parallels of the outer voices, strong beats off the chord, how unlikely
the net finds its own notes (``surprise``), and free melodies that sound like a theme (``motif budget``).
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from model.motifs.harmony import chord_tones
from model.motifs.instruments import INSTRUMENTS
from model.motifs.language import Theme, ThemeNote
from model.motifs.matching import PRESENT, similarity
from model.sketch.plan.progression import chord_at
from model.sketch.rules.parallels import parallel_rate
from model.sketch.rules.slots import TALKED_OVER_SHARE, SlotPlan
from model.sketch.shade import measure_notes
from model.sketch.sketch_types import Note, VoiceRole
from model.time import Beat

WEIGHTS = {
    "constraints": 4.0,
    "arousal": 2.0,
    "tension": 3.0,
    "voice leading": 0.5,
    "parallels": 2.0,
    "off the chord": 1.0,
    "surprise": 0.25,
    "motif budget": 2.0,
}
_PHRASE_REST_QUARTERS = Fraction(1)
_JUMP_SEMITONES = 5.0
_LARGEST_TALK_DENSITY = 0.5  # melody onsets a second under dialogue, relative to elsewhere
_USUAL_LOG2_PROBABILITY = 8.0  # of a note, negated; the surprise of such notes is 1
_MOST_SURPRISE = 2.0  # so that one odd candidate does not outweigh the other costs
_HIGHEST_PITCH = 108  # MIDI, the piano's
_FEWEST_BARS = 3  # for a rank correlation
Floats = npt.NDArray[np.float64]


def score_candidate(
    slot_plan: SlotPlan, notes: Sequence[Note], themes: Sequence[Theme], log2_p: float = 0.0
) -> dict[str, float]:
    """Score one candidate: every cost by name, and ``total``, their weighted sum; smaller is better.

    ``log2_p`` is the net's mean log2-probability of a note; 0 for candidates of the rules.
    """
    measures = measure_notes(slot_plan, notes)
    bars = [b for b in slot_plan.plan.bars[: len(slot_plan.plan.grid)] if b.function != "silence"]
    at = np.array([b.bar for b in bars], np.intp)
    terms = {
        "constraints": broken_demands(slot_plan, notes),
        "arousal": _rank_distance(np.array([b.arousal for b in bars]), measures.arousal[at]),
        "tension": _rank_distance(np.array([b.tension for b in bars]), measures.tension[at]),
        "voice leading": _jumps(notes),
        "parallels": parallel_rate(notes),
        "off the chord": _off_chord(slot_plan, notes),
        "surprise": min(max(-log2_p / _USUAL_LOG2_PROBABILITY, 0.0), _MOST_SURPRISE),
        "motif budget": theme_likeness(notes, themes),
    }
    total = sum(WEIGHTS[name] * value for name, value in terms.items())
    return {**{name: round(value, 4) for name, value in terms.items()}, "total": round(total, 4)}


def broken_demands(slot_plan: SlotPlan, notes: Sequence[Note]) -> float:
    """Share of the plan's demands that are broken: hits, stops, the out, calm under dialogue, ranges."""
    demands: list[bool] = [max((n.end for n in notes), default=Beat(Fraction(0))) == slot_plan.plan.end]
    onsets = {n.onset for n in notes}
    for hit in slot_plan.plan.hits:
        if hit.treatment == "stop":
            demands.append(not any(n.onset < hit.until and n.end > hit.beat for n in notes if not n.locked))
        elif hit.beat < slot_plan.plan.ending.onset:
            demands.append(hit.beat in onsets)
    lowest = min(i.lowest for i in INSTRUMENTS.values())
    demands.append(all(lowest <= n.pitch <= _HIGHEST_PITCH for n in notes))
    density = talk_density(slot_plan, notes)
    if density is not None:
        demands.append(density <= _LARGEST_TALK_DENSITY)
    return demands.count(False) / len(demands)


def talk_density(slot_plan: SlotPlan, notes: Sequence[Note]) -> float | None:
    """Density of free melody onsets in bars under dialogue, relative to the other bars; None where one has none."""
    under = [b.bar for b in slot_plan.plan.bars[: len(slot_plan.plan.grid)] if b.talk >= TALKED_OVER_SHARE]
    seconds = [b.seconds for b in slot_plan.plan.grid]
    counts = np.zeros(len(seconds))
    for note in notes:
        if note.role is VoiceRole.MELODY and not note.locked:
            counts[slot_plan.plan.tempo_map.position(note.onset)[0]] += 1
    inside, all_s = sum(seconds[k] for k in under), sum(seconds)
    outside = counts.sum() - counts[under].sum()
    if not under or len(under) == len(seconds) or not outside:
        return None
    return float(counts[under].sum() / inside / (outside / (all_s - inside)))


def theme_likeness(notes: Sequence[Note], themes: Sequence[Theme]) -> float:
    """Likeness of the free phrase most like a theme, above what chance allows: 0 to 0.5."""
    largest = max((similarity(p, t.notes) for p in free_phrases(notes) for t in themes), default=0.0)
    return max(0.0, largest - PRESENT)


def free_phrases(notes: Sequence[Note]) -> list[list[ThemeNote]]:
    """Divide the free melody into phrases at its rests."""
    found: list[list[ThemeNote]] = []
    until: Beat | None = None
    for note in sorted((n for n in notes if n.role is VoiceRole.MELODY and not n.locked), key=lambda n: n.onset):
        if until is None or note.onset - until >= _PHRASE_REST_QUARTERS:
            found.append([])
        found[-1].append(ThemeNote(note.onset.quarters, note.duration, note.pitch))
        until = note.end
    return found


def _rank_distance(asked: Floats, found: Floats) -> float:
    """1 minus the rank correlation of two curves: 0 if the ranks agree, 1 if unrelated, 2 if reversed.

    0 for curves too short or flat to be compared.
    """
    if len(asked) < _FEWEST_BARS or np.ptp(asked) < 1e-6 or np.ptp(found) < 1e-6:  # noqa: PLR2004 - flat
        return 0.0
    return float(1.0 - np.corrcoef(_ranks(asked), _ranks(found))[0, 1])


def _ranks(values: Floats) -> Floats:
    return np.argsort(np.argsort(values, kind="stable"), kind="stable").astype(np.float64)


def _jumps(notes: Sequence[Note]) -> float:
    """Mean move of the harmony's highest and lowest note from chord to chord, in units of five semitones."""
    chords: dict[Beat, list[int]] = {}
    for note in notes:
        if note.role is VoiceRole.HARMONY:
            chords.setdefault(note.onset, []).append(note.pitch)
    edges = np.array([(min(chords[k]), max(chords[k])) for k in sorted(chords)], np.float64).reshape(-1, 2)
    return float(np.abs(np.diff(edges, axis=0)).mean() / _JUMP_SEMITONES) if len(edges) > 1 else 0.0


def _off_chord(slot_plan: SlotPlan, notes: Sequence[Note]) -> float:
    """Share of free notes on whole beats that are not in the chord; the pad, which has colour notes, is left out."""
    strong = [n for n in notes if not n.locked and n.onset.quarters % 1 == 0 and n.role is not VoiceRole.PAD]
    off = [n for n in strong if n.pitch % 12 not in chord_tones(chord_at(slot_plan.plan.chords, n.onset))]
    return len(off) / len(strong) if strong else 0.0
