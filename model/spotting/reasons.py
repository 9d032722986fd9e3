"""Reasons: why a cue is there, why it begins and ends where it does, and why elsewhere there is silence.

Each reason is a plain sentence with the frame that shows it, the detector that saw it, and a weight 0-1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from model.observe.affect.detector import explain
from model.observe.observations import Observations
from model.spotting.candidates import CandidateMark, Candidates, first_after
from model.spotting.edges import BUTTON_S, STRONG, shock_after
from model.spotting.evidence import CLOSE_FACE, EvidenceSignals
from model.spotting.notes import Evidence, InType, OutType
from model.spotting.talk import Talk
from model.time import Frame, Span

MOST = 4  # reasons of one kind shown: the strongest
TURN_S = 5.0
RISE = 0.12  # difference of arousal, 0-1, that is worth a sentence
DRY_TALK = 0.35  # share of talk over which a passage may stay without music
GRAIN_S = 0.5
BREATH_S = 2.0


@dataclass(frozen=True, slots=True)
class ReasonSource:
    """What reasons are read from."""

    observations: Observations
    signals: EvidenceSignals
    talk: Talk
    candidates: Candidates

    def seconds_at(self, frame: Frame) -> float:
        """Seconds from the reel's first frame to ``frame``."""
        return self.observations.clock.seconds(frame)

    def share(self, start_s: float, end_s: float) -> float:
        """Share of talk in a stretch."""
        return float(self.talk.share(np.array([start_s]), np.array([end_s]))[0])


def why_in(source: ReasonSource, at: int, kind: InType) -> list[Evidence]:
    """Say why music comes in at a candidate."""
    time, frame = float(source.candidates.times_s[at]), Frame(int(source.candidates.frames[at]))
    found: list[Evidence] = []
    line_end = _last_line_end(source, time)
    if line_end is not None and time - source.seconds_at(line_end) < 2.0:  # noqa: PLR2004 - further back is no answer
        away = frame - line_end
        when = "on the frame the line ends" if away <= 0 else f"{away} frame{'s' * (away != 1)} after the line ends"
        found.append(Evidence(f"comes in {when}", "dialogue", line_end, 0.8))
    if source.candidates.has(at, CandidateMark.SCENE):
        found.append(Evidence("a new scene begins on this cut", "cuts", frame, 0.8))
    elif kind in (InType.ON_CUT, InType.ON_LOOK):
        found.append(Evidence("enters on the first frame of the shot", "cuts", frame, 0.5))
    if kind is InType.ON_LOOK:
        found.append(Evidence("a close face appears and nobody speaks", "faces", frame, 0.7))
    if kind is InType.ON_ACTION:
        found.append(Evidence("a sudden sound marks the frame", "effects", frame, 0.9))
    if kind is InType.FADE_UP:
        found.append(Evidence("the picture comes up here", "cuts", frame, 0.7))
    return found + _turns(source, time, frame)


def why_out(source: ReasonSource, at: int, kind: OutType) -> list[Evidence]:
    """Say why music goes out at a candidate."""
    time, frame = float(source.candidates.times_s[at]), Frame(int(source.candidates.frames[at]))
    upcoming = _next_line_start(source, time)
    match kind:
        case OutType.TAIL_UNDER if upcoming is not None:
            return [Evidence("clears for the next line", "dialogue", upcoming, 0.7)]
        case OutType.BUTTON:
            return [Evidence("the last blow is a button", "effects", _strongest(source, time) or frame, 0.8)]
        case OutType.HARD_OUT if shock_after(source.candidates, source.signals, time):
            return [Evidence("a held breath before the shock", "effects", frame, 0.8)]
        case OutType.FADE:
            return [Evidence("goes with the picture to black", "cuts", frame, 0.7)]
        case OutType.ON_CUT:
            return [Evidence("leaves with the shot", "cuts", frame, 0.5)]
        case _:
            return []


def why_music(source: ReasonSource, span: Span) -> list[Evidence]:
    """Say why there is music in a stretch at all."""
    start, end = source.seconds_at(span.start), source.seconds_at(span.end)
    signals, found = source.signals, list[Evidence]()
    talk = source.share(start, end) if len(source.talk.starts_s) else 0.0
    if len(source.talk.starts_s) and talk < 0.1:  # noqa: PLR2004 - a line or two
        found.append(Evidence(f"{end - start:.0f} s with hardly a word", "dialogue", span.start, 0.6))
    elif talk > DRY_TALK:
        found.append(Evidence(f"talk over {talk:.0%} of it: stay under the words", "dialogue", span.start, 0.3))
    arousal, usual = (
        signals.mean("arousal", start, end),
        float(np.nanmean(signals.arousal)) if _has_values(signals.arousal) else np.nan,
    )
    if arousal - usual > RISE:
        peak = _peak(source, "arousal", start, end)
        moved = explain(source.observations.affect.arousal, source.seconds_at(peak))
        because = f" ({moved})" if moved else ""
        found.append(Evidence(f"arousal {arousal:.2f} against {usual:.2f} over the reel{because}", "affect", peak, 0.7))
    elif usual - arousal > RISE:
        found.append(Evidence(f"arousal low ({arousal:.2f}), room for music to be small", "affect", span.start, 0.4))
    cutting = signals.mean("cut_rate", start, end)
    if cutting > 0.5:  # noqa: PLR2004 - a shot every two seconds
        found.append(Evidence(f"a cut every {1 / cutting:.1f} s", "cuts", span.start, 0.5))
    if signals.mean("title", start, end) > 0.3:  # noqa: PLR2004 - the title is what the stretch is about
        found.append(Evidence("titles on the screen", "titles", _first_title(source, span), 0.7))
    if signals.mean("face", start, end) > CLOSE_FACE and talk < DRY_TALK:
        found.append(Evidence("faces that do not speak", "faces", span.start, 0.4))
    return found


def explain_silence(source: ReasonSource, span: Span) -> list[Evidence]:
    """Say why a stretch is left dry; there is always at least one reason."""
    start, end = source.seconds_at(span.start), source.seconds_at(span.end)
    talk = source.share(start, end)
    found: list[Evidence] = []
    if end - start < BREATH_S and talk <= DRY_TALK:
        text = "the picture first" if span.start.index == 0 else "a breath, no more"
        found.append(Evidence(text, "spotting", span.start, 0.5))
    if talk > DRY_TALK:
        line = _next_line_start(source, start - 0.2) or span.start
        found.append(Evidence(f"the words carry it: talk over {talk:.0%}", "dialogue", line, 0.8))
    at = int(np.searchsorted(source.candidates.frames, span.start.index))
    if end - start < 6.0 and shock_after(source.candidates, source.signals, float(source.candidates.times_s[at])):  # noqa: PLR2004
        found.append(Evidence("hold the breath before the shock", "effects", span.end, 0.9))
    arousal, usual = (
        source.signals.mean("arousal", start, end),
        float(np.nanmean(source.signals.arousal)) if _has_values(source.signals.arousal) else np.nan,
    )
    before = source.signals.mean("arousal", start - 8.0, start)
    if before - arousal > RISE:
        found.append(Evidence(f"let it settle: arousal falls {before:.2f} to {arousal:.2f}", "affect", span.start, 0.6))
    if not found and talk <= DRY_TALK and arousal <= usual + 0.02:
        found.append(Evidence("nothing here asks for music; the place has its own sound", "affect", span.start, 0.4))
    impacts = [
        i
        for i in (source.observations.effects.impacts if source.observations.effects else ())
        if start <= i.time_s < end
    ]
    if len(impacts) >= 3 and talk <= DRY_TALK:  # noqa: PLR2004 - a pattern, not an accident
        first = source.observations.clock.frame(impacts[0].time_s)
        found.append(Evidence(f"{len(impacts)} sharp sounds play the rhythm themselves", "effects", first, 0.4))
    if not found:
        found.append(Evidence("music on either side gains from the gap", "spotting", span.start, 0.3))
    return found[:MOST]


def choose_strongest(reasons: list[Evidence]) -> tuple[Evidence, ...]:
    """Keep the most telling reasons, in order of weight, none twice."""
    ranked = sorted(reasons, key=lambda e: -e.weight)
    return tuple({e.text: e for e in reversed(ranked)}[e.text] for e in ranked)[: MOST + 1]


def _turns(source: ReasonSource, time: float, frame: Frame) -> list[Evidence]:
    """Say what rises or falls at a place."""
    found: list[Evidence] = []
    for name, detector in (("arousal", "affect"), ("tension", "affect")):
        before = source.signals.mean(name, time - TURN_S, time)
        after = source.signals.mean(name, time, time + TURN_S)
        if time > 1.0 and abs(after - before) > RISE:
            verb = "rises" if after > before else "falls"
            found.append(Evidence(f"{name} {verb} {before:.2f} to {after:.2f}", detector, frame, 0.6))
    return found


def _last_line_end(source: ReasonSource, time: float) -> Frame | None:
    ends = source.talk.ends_s[source.talk.ends_s <= time + 0.06]
    return Frame(first_after(source.observations, float(ends[-1]))) if len(ends) else None


def _next_line_start(source: ReasonSource, time: float) -> Frame | None:
    starts = source.talk.starts_s[source.talk.starts_s >= time - 0.06]
    return source.observations.clock.frame(float(starts[0])) if len(starts) else None


def _strongest(source: ReasonSource, time: float) -> Frame | None:
    """Find the frame of the blow just before a button."""
    effects = source.observations.effects
    near = [
        i
        for i in (effects.impacts if effects else ())
        if -BUTTON_S - GRAIN_S <= i.time_s - time <= GRAIN_S and i.strength >= STRONG
    ]
    return source.observations.clock.frame(max(near, key=lambda i: i.strength).time_s) if near else None


def _peak(source: ReasonSource, name: str, start: float, end: float) -> Frame:
    grid = source.signals.times_s
    inside = np.flatnonzero((grid >= start) & (grid < end))
    values = getattr(source.signals, name)[inside]
    return source.observations.clock.frame(float(grid[inside[int(np.argmax(values))]]) if len(inside) else start)


def _first_title(source: ReasonSource, span: Span) -> Frame:
    return next((t.span.start for t in source.observations.titles if t.span.overlap(span)), span.start)


def _has_values(values: np.ndarray) -> bool:
    return bool(np.isfinite(values).any())
