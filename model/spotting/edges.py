"""How a cue begins and how it ends, from what lies at its edges; and how long it may ring."""

from __future__ import annotations

import numpy as np

from model.spotting.candidates import CandidateMark, Candidates
from model.spotting.evidence import CLOSE_FACE, EvidenceSignals
from model.spotting.notes import InType, OutType
from model.spotting.talk import Talk, place

PRELAP_S = 0.5
ANSWER_S = 0.8
CLEAR_S = 1.0
BUTTON_S = 0.8
SHOCK_S = 4.5
STRONG = 0.6  # strength of an impact, 0-1, that music may end on or wait for
HARD = 0.4  # strength of an impact, 0-1, that music may enter on
QUIET = 0.2  # share of talk under which a passage counts as free of it
DARK = 0.12  # mean luma, 0-1, of a picture that fades in or out

TAIL_S: dict[OutType, float] = {
    OutType.RING_OUT: 4.0,
    OutType.TAIL_UNDER: 2.5,
    OutType.BUTTON: 2.0,
    OutType.FADE: 1.5,
    OutType.ON_CUT: 0.5,
    OutType.SEGUE: 0.0,
    OutType.HARD_OUT: 0.0,
}
"""Delivered music ends about 4 s after the out that was spotted (research: median 103 frames at 23.976)."""


def in_type(candidates: Candidates, at: int, signals: EvidenceSignals, talk: Talk, *, follows: bool) -> InType:
    """Name how music enters at candidate ``at``; ``follows`` when a cue ends on the same frame."""
    if follows:
        return InType.SEGUE
    time = float(candidates.times_s[at])
    if candidates.has(at, CandidateMark.IMPACT) and _level(signals, "impact", time - 0.1, 0.35, most=True) >= HARD:
        return InType.ON_ACTION
    if candidates.has(at, CandidateMark.FADE_IN) or (
        candidates.has(at, CandidateMark.EDGE) and _level(signals, "luma", time, 1.0) < DARK
    ):
        return InType.FADE_UP
    if _on_cut(candidates, at):
        return InType.ON_LOOK if _look(signals, talk, time) else InType.ON_CUT
    where = place(talk, np.array([time]))
    if len(talk.starts_s) and not where.inside[0] and where.since[0] <= ANSWER_S < time:
        return InType.AFTER_LINE
    return InType.PRELAP if 0.0 < _until_cut(candidates, at) <= PRELAP_S else InType.EASE_IN


def out_type(candidates: Candidates, at: int, signals: EvidenceSignals, talk: Talk, *, follows: bool) -> OutType:
    """Name how music leaves at candidate ``at``; ``follows`` when the next cue begins on the same frame."""
    if follows:
        return OutType.SEGUE
    time, end = float(candidates.times_s[at]), float(candidates.times_s[-1])
    until = place(talk, np.array([time])).until[0] if len(talk.starts_s) else np.inf
    speaks = candidates.has(at, CandidateMark.LINE_START) or (0.0 < until <= CLEAR_S and time + until < end)
    manners = (
        (candidates.has(at, CandidateMark.FADE_OUT), OutType.FADE),
        (time >= end, OutType.RING_OUT),
        (shock_after(candidates, signals, time), OutType.HARD_OUT),
        (_level(signals, "impact", time - BUTTON_S, BUTTON_S, most=True) >= STRONG, OutType.BUTTON),
        (speaks, OutType.TAIL_UNDER),
        (_on_cut(candidates, at), OutType.ON_CUT),
    )
    return next((manner for holds, manner in manners if holds), OutType.RING_OUT)


def tail_frames(out: OutType, rate: float, room: int) -> int:
    """How many frames the music may ring past its out: as the trade does, but never into ``room`` that is not there."""
    return max(0, min(round(TAIL_S[out] * rate), room))


def shock_after(candidates: Candidates, signals: EvidenceSignals, time: float) -> bool:
    """Whether a strong sudden sound comes soon after a quiet moment: a held breath before a shock."""
    if not np.isfinite(signals.impact).all():
        return False
    ahead = [t for t in candidates.times_s[candidates.marks[:, CandidateMark.IMPACT]] if 1.0 < t - time <= SHOCK_S]
    loud = [t for t in ahead if _level(signals, "impact", t, 0.5, most=True) >= STRONG]
    quiet = bool(loud) and signals.mean("speech", time, loud[0]) < QUIET
    return quiet and not _level(signals, "impact", time + 0.5, loud[0] - time - 1.25, most=True) >= STRONG


def _on_cut(candidates: Candidates, at: int) -> bool:
    return any(candidates.has(at, m) for m in (CandidateMark.CUT, CandidateMark.SCENE, CandidateMark.DISSOLVE))


def _look(signals: EvidenceSignals, talk: Talk, time: float) -> bool:
    """Tell whether a close face appears on the cut and nobody speaks on either side."""
    after, before = signals.mean("face", time + 0.25, time + 1.5), signals.mean("face", time - 1.5, time - 0.25)
    quiet = float(talk.share(np.array([time - 2.0]), np.array([time + 2.0]))[0]) < 0.1  # noqa: PLR2004 - a word
    return bool(after >= CLOSE_FACE and not before >= CLOSE_FACE and quiet)


def _until_cut(candidates: Candidates, at: int) -> float:
    cuts = candidates.times_s[candidates.marks[:, CandidateMark.CUT] | candidates.marks[:, CandidateMark.SCENE]]
    ahead = cuts[cuts > candidates.times_s[at]]
    return float(ahead[0] - candidates.times_s[at]) if len(ahead) else np.inf


def _level(signals: EvidenceSignals, name: str, start_s: float, length_s: float, *, most: bool = False) -> float:
    """Mean (or largest) value of a signal in a stretch; NaN where not observed."""
    if not most:
        return signals.mean(name, start_s, start_s + length_s)
    grid = signals.times_s
    part = getattr(signals, name)[(grid > start_s - 0.25) & (grid < start_s + length_s + 0.25)]
    return float(part.max()) if len(part) else 0.0
