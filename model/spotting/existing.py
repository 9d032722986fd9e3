"""Music already in the cut: a temp track to learn from, or music that plays inside the scene.

The evidence decides, not a label. A cut that has music most of the time is temped: all of it is temp, and counts as
evidence of where music is wanted. Otherwise a stretch that lies where music is wanted anyway is a temp reference for
the cue there, and one that plays where nothing asks for score is taken for source music and becomes a cue of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from model.observe.observations import Observations
from model.spotting.candidates import first_after
from model.time import Span

LEAST_S = 4.0
TEMP_SHARE = 0.25
TEMPED = 0.45  # share of the reel under music from which the cut is temped throughout
"""A cut with this share of music is temped."""


@dataclass(frozen=True, slots=True)
class ExistingMusic:
    """A stretch of music in the cut: its frames, how sure, its tempo (0 unknown) and what the detector called it."""

    span: Span
    confidence: float
    tempo_bpm: float
    label: str


def heard_music(observations: Observations) -> list[ExistingMusic]:
    """List the stretches of music in the cut that are long enough to mean something."""
    music = observations.music
    if music is None:
        return []
    found: list[ExistingMusic] = []
    for number, stretch in enumerate(music.stretches):
        if stretch.end_s - stretch.start_s < LEAST_S:
            continue
        start = observations.clock.frame(stretch.start_s).index
        end = max(first_after(observations, stretch.end_s), start + 1)
        tempo = music.tempo_bpm[number] if number < len(music.tempo_bpm) else 0.0
        found.append(ExistingMusic(Span.of(start, end), stretch.confidence, tempo, stretch.label))
    return found


def is_temped(heard: list[ExistingMusic], frames: int) -> bool:
    """Tell whether a cut of so many frames carries a temp track throughout."""
    return sum(h.span.frames for h in heard) >= TEMPED * frames


def sources(heard: list[ExistingMusic], cues: list[Span]) -> list[ExistingMusic]:
    """Those stretches that play mostly where no cue is: source music, trimmed to what the cues leave free."""
    found: list[ExistingMusic] = []
    for stretch in heard:
        covered = sum(stretch.span.overlap(c) for c in cues)
        if covered >= TEMP_SHARE * stretch.span.frames:
            continue
        free = _longest_free(stretch.span, cues)
        if free.frames:
            found.append(ExistingMusic(free, stretch.confidence, stretch.tempo_bpm, stretch.label))
    return found


def find_temp(span: Span, heard: list[ExistingMusic]) -> ExistingMusic | None:
    """Find the stretch of existing music that says most about a cue, if one covers at least a quarter of it."""
    best = max(heard, key=lambda h: h.span.overlap(span), default=None)
    return best if best is not None and best.span.overlap(span) >= span.frames / 4 else None


def _longest_free(span: Span, cues: list[Span]) -> Span:
    """Find the longest part of ``span`` that no cue touches."""
    edges = [span.start.index]
    for cue in cues:
        if cue.overlap(span):
            edges += [max(cue.start.index, span.start.index), min(cue.end.index, span.end.index)]
    edges.append(span.end.index)
    free = [Span.of(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if b >= a]
    return max(free, key=lambda s: s.frames)
