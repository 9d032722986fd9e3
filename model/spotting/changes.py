"""Changes: turns inside a cue, where the music must do something else from here on."""

from __future__ import annotations

import numpy as np

from model.spotting.candidates import CandidateMark, Candidates
from model.spotting.evidence import EvidenceSignals
from model.spotting.notes import Change
from model.spotting.vocabulary import MoodValues, Tone, tones
from model.spotting.wording import write_change_instruction
from model.time import Frame

TURN_S = 5.0
LEAST_TURN = 0.13  # change of arousal, 0-1, from which music has to change
CLEAR_S = 4.0
APART_S = 8.0
_PLACES = (
    CandidateMark.SCENE,
    CandidateMark.CUT,
    CandidateMark.IMPACT,
    CandidateMark.LINE_END,
    CandidateMark.LINE_START,
    CandidateMark.DISSOLVE,
)


def changes_in(candidates: Candidates, signals: EvidenceSignals, start_s: float, end_s: float) -> tuple[Change, ...]:
    """Find the turns of a cue on exact places: where arousal or tension before and after differ most."""
    if not np.isfinite(signals.arousal).all():
        return ()
    telling = candidates.marks[:, list(_PLACES)].any(axis=1)
    inside = (candidates.times_s > start_s + CLEAR_S) & (candidates.times_s < end_s - CLEAR_S)
    weighed = [(_turn(signals, float(candidates.times_s[k])), int(k)) for k in np.flatnonzero(telling & inside)]
    chosen: list[int] = []
    for turn, k in sorted(weighed, key=lambda w: (-abs(w[0]), w[1])):
        time = candidates.times_s[k]
        if abs(turn) >= LEAST_TURN and all(abs(time - candidates.times_s[c]) >= APART_S for c in chosen):
            chosen.append(k)
    return tuple(_change(candidates, signals, k) for k in sorted(chosen))


def _turn(signals: EvidenceSignals, time: float) -> float:
    rise = signals.mean("arousal", time, time + TURN_S) - signals.mean("arousal", time - TURN_S, time)
    strain = signals.mean("tension", time, time + TURN_S) - signals.mean("tension", time - TURN_S, time)
    return rise + 0.5 * (strain if np.isfinite(strain) else 0.0)


def _change(candidates: Candidates, signals: EvidenceSignals, at: int) -> Change:
    time = float(candidates.times_s[at])
    text = write_change_instruction(
        _tones(signals, time - TURN_S, time), _tones(signals, time, time + TURN_S), up=_turn(signals, time) > 0
    )
    return Change(Frame(int(candidates.frames[at])), text)


def _tones(signals: EvidenceSignals, start_s: float, end_s: float) -> tuple[Tone, ...]:
    nan = float("nan")
    arousal, tension = (signals.mean(n, start_s, end_s) for n in ("arousal", "tension"))
    return tones(MoodValues(arousal, tension, nan, 0.0, 0.0, 0.0, nan, nan, nan, nan))
