"""The truth of a film, computed from its plan."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d

from data_tools.films.plan import FilmPlan, Shot
from data_tools.films.practice import Spotter, choose_hits, name_silences
from data_tools.films.truth import TrueImpact, TrueSpan, TrueTransition, Truth

CURVE_HZ = 2
_AUDIBLE_STRENGTH = 0.3  # weaker impacts drown in the mix and are not part of the truth


def transition_span(shot: Shot) -> tuple[int, int]:
    """Span of the transition that opens ``shot``: its first changed frame and its first pure new frame."""
    n, edge = shot.join.frames, shot.start
    match shot.join.kind:
        case "fade_out":
            return edge - n, edge
        case "fade_in":
            return edge, edge + n
        case "cut":
            return edge, edge
        case _:
            return edge - n // 2, edge - n // 2 + n


def truth_of(plan: FilmPlan, *, profile: str, start_timecode: str, size: tuple[int, int]) -> Truth:
    """Return everything that is true about ``plan``."""
    cues = Spotter(plan).cues()
    arousal, tension, valence = mood_curves(plan)
    return Truth(
        seed=plan.seed,
        profile=profile,
        rate=f"{plan.rate.numerator}/{plan.rate.denominator}",
        frames=plan.frames,
        start_timecode=start_timecode,
        width=size[0],
        height=size[1],
        transitions=tuple(
            TrueTransition(s.join.kind, *transition_span(s), s.join.via, s.join.subtle) for s in plan.shots[1:]
        ),
        flashes=plan.flashes,
        dialogue=tuple(s.line for s in plan.spoken),
        impacts=tuple(
            TrueImpact(int(s.time_s * plan.rate), s.time_s, s.strength, s.kind)
            for s in plan.sounds
            if s.strength > _AUDIBLE_STRENGTH
        ),
        scenes=_scenes(plan),
        beats=tuple(TrueSpan(s.start, s.end, s.beat.kind) for s in plan.beats),
        titles=tuple(TrueSpan(c.start, c.end, c.text) for c in plan.cards),
        music=tuple(
            TrueSpan(round(b.start_s * float(plan.rate)), round(b.end_s * float(plan.rate)), "source")
            for b in plan.beds
            if b.kind == "radio"
        ),
        cues=cues,
        silences=name_silences(plan, cues),
        hits=choose_hits(plan, cues),
        arousal=arousal,
        tension=tension,
        valence=valence,
    )


def _scenes(plan: FilmPlan) -> tuple[TrueSpan, ...]:
    numbers = sorted({s.beat.scene for s in plan.beats})
    groups = [[s for s in plan.beats if s.beat.scene == n] for n in numbers]
    return tuple(TrueSpan(g[0].start, g[-1].end, g[0].beat.place) for g in groups)


def mood_curves(plan: FilmPlan) -> tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...]]:
    """Curves of arousal, tension and valence at 2 Hz: those of the beats, smoothed over about a second."""
    times = np.arange(int(float(plan.frames / plan.rate) * CURVE_HZ)) / CURVE_HZ
    raw = np.zeros((3, len(times)))
    for staged in plan.beats:
        a, b = float(staged.start / plan.rate), float(staged.end / plan.rate)
        inside = (times >= a) & (times < b)
        low, high = staged.beat.traits.arousal
        raw[0, inside] = low + (high - low) * (times[inside] - a) / max(b - a, 1e-6)
        raw[1, inside], raw[2, inside] = staged.beat.traits.tension, staged.beat.traits.valence
    smooth = gaussian_filter1d(raw, 1.6, axis=1, mode="nearest").round(4)
    return tuple(smooth[0].tolist()), tuple(smooth[1].tolist()), tuple(smooth[2].tolist())
