"""Choose between candidates by an explicit score, every term of which is kept with the sketch.

Terms are costs, 0 at best: what the plan asked for and was not given (``constraints``), how far measured arousal and
tension lie from what was asked, how much the inner voices jump, parallels of the outer voices, strong beats off the
chord, how unlikely the net finds its own notes, and free melodies that sound like a theme.
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
from model.sketch.rules.slots import TALKED_OVER, Desk
from model.sketch.shade import measured
from model.sketch.sketch_types import Note, Role
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
_PHRASE_REST = Fraction(1)
_JUMP = 5.0
_TALK_SHARE = 0.5
_USUAL_BITS = 8.0
Floats = npt.NDArray[np.float64]


def scored(desk: Desk, notes: Sequence[Note], themes: Sequence[Theme], log_p: float = 0.0) -> dict[str, float]:
    """Weigh one candidate: every cost by name, and ``total``, their weighted sum; smaller is better.

    ``log_p`` is the net's mean log2-probability of a note; 0 where rules wrote.
    """
    seen = measured(desk, notes)
    bars = [b for b in desk.plan.bars[: len(desk.plan.grid)] if b.function != "silence"]
    at = np.array([b.bar for b in bars], np.intp)
    terms = {
        "constraints": broken(desk, notes),
        "arousal": _apart(np.array([b.arousal for b in bars]), seen.arousal[at]),
        "tension": _apart(np.array([b.tension for b in bars]), seen.tension[at]),
        "voice leading": _jumps(notes),
        "parallels": parallel_rate(notes),
        "off the chord": _off_chord(desk, notes),
        "surprise": min(max(-log_p / _USUAL_BITS, 0.0), 2.0),
        "motif budget": borrowed(notes, themes),
    }
    total = sum(WEIGHTS[name] * value for name, value in terms.items())
    return {**{name: round(value, 4) for name, value in terms.items()}, "total": round(total, 4)}


def broken(desk: Desk, notes: Sequence[Note]) -> float:
    """Share of what the plan demands that is not there: hits, stops, the out, stillness under dialogue, ranges."""
    demands: list[bool] = [max((n.end for n in notes), default=Beat(Fraction(0))) == desk.plan.end]
    onsets = {n.onset for n in notes}
    for stroke in desk.plan.strokes:
        if stroke.treatment == "stop":
            demands.append(not any(n.onset < stroke.until and n.end > stroke.beat for n in notes if not n.locked))
        elif stroke.beat < desk.plan.ending.onset:
            demands.append(stroke.beat in onsets)
    lowest = min(i.lowest for i in INSTRUMENTS.values())
    demands.append(all(lowest <= n.pitch <= 108 for n in notes))  # noqa: PLR2004 - the piano's top
    density = talk_density(desk, notes)
    if density is not None:
        demands.append(density <= _TALK_SHARE)
    return demands.count(False) / len(demands)


def talk_density(desk: Desk, notes: Sequence[Note]) -> float | None:
    """Free melody onsets per second in bars under dialogue, against the others; None where one side is missing."""
    under = [b.bar for b in desk.plan.bars[: len(desk.plan.grid)] if b.talk >= TALKED_OVER]
    seconds = [b.seconds for b in desk.plan.grid]
    counts = np.zeros(len(seconds))
    for note in notes:
        if note.role is Role.MELODY and not note.locked:
            counts[desk.plan.tempo_map.position(note.onset)[0]] += 1
    inside, all_s = sum(seconds[k] for k in under), sum(seconds)
    outside = counts.sum() - counts[under].sum()
    if not under or len(under) == len(seconds) or not outside:
        return None
    return float(counts[under].sum() / inside / (outside / (all_s - inside)))


def borrowed(notes: Sequence[Note], themes: Sequence[Theme]) -> float:
    """How far the free phrase most like a theme is over what chance allows, 0 to 0.5."""
    worst = max((similarity(p, t.notes) for p in free_phrases(notes) for t in themes), default=0.0)
    return max(0.0, worst - PRESENT)


def free_phrases(notes: Sequence[Note]) -> list[list[ThemeNote]]:
    """Divide the free melody into phrases at its rests."""
    found: list[list[ThemeNote]] = []
    until: Beat | None = None
    for note in sorted((n for n in notes if n.role is Role.MELODY and not n.locked), key=lambda n: n.onset):
        if until is None or note.onset - until >= _PHRASE_REST:
            found.append([])
        found[-1].append(ThemeNote(note.onset.quarters, note.duration, note.pitch))
        until = note.end
    return found


def _apart(asked: Floats, found: Floats) -> float:
    """Cost of following a curve badly: 0 if the ranks agree, 1 if they have nothing to do with each other, up to 2."""
    if len(asked) < 3 or np.ptp(asked) < 1e-6 or np.ptp(found) < 1e-6:  # noqa: PLR2004 - nothing to follow
        return 0.0
    return float(1.0 - np.corrcoef(_ranks(asked), _ranks(found))[0, 1])


def _ranks(values: Floats) -> Floats:
    return np.argsort(np.argsort(values, kind="stable"), kind="stable").astype(np.float64)


def _jumps(notes: Sequence[Note]) -> float:
    """Mean move of the harmony's top and bottom from chord to chord, in fives of semitones."""
    chords: dict[Beat, list[int]] = {}
    for note in notes:
        if note.role is Role.HARMONY:
            chords.setdefault(note.onset, []).append(note.pitch)
    edges = np.array([(min(chords[k]), max(chords[k])) for k in sorted(chords)], np.float64).reshape(-1, 2)
    return float(np.abs(np.diff(edges, axis=0)).mean() / _JUMP) if len(edges) > 1 else 0.0


def _off_chord(desk: Desk, notes: Sequence[Note]) -> float:
    """Share of free notes on whole beats that are not in the chord; colour in the pad is meant."""
    strong = [n for n in notes if not n.locked and n.onset.quarters % 1 == 0 and n.role is not Role.PAD]
    off = [n for n in strong if n.pitch % 12 not in chord_tones(chord_at(desk.plan.chords, n.onset))]
    return len(off) / len(strong) if strong else 0.0
