"""The trade's spotting practice, applied to the hidden script: the true cues, silences and hits.

Enter after the line that turns the scene, on the cut to a new place, on a look, on the shock; leave before the next
line of exposition, on the cut away, before a held breath, or ring out on a button. Talk that tells a story stays dry;
only tenderness is played under words. About one cue in twenty is an exception, as with any composer. Every rule
uses only what can be seen or heard in the film.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data_tools.films.plan import FilmPlan, StagedBeat
from data_tools.films.script import Kind
from data_tools.films.truth import TrueCue, TrueHit, TrueSpan

_EXCEPTION_SHARE = 0.05
_LONGEST_S = 62.0
_SHORTEST_S = 4.0
_PLAYED_SO_FAR_S = 34.0
_PRELAP_SHARE = 0.12
_ENTRIES_AT_TURN: dict[Kind, tuple[str, str]] = {
    "shock": ("on action", "the shock"),
    "reveal": ("on look", "the cut to what the face has seen"),
    "main_title": ("fade up", "the title opens the film"),
}


@dataclass(frozen=True, slots=True)
class CueEdge:
    """One end of a cue: the frame, the trade's name for it, and the reason."""

    frame: int
    manner: str
    why: str


class Spotter:
    """Spots one plan; what the practice leaves open is drawn from the plan's seed."""

    def __init__(self, plan: FilmPlan) -> None:
        """Take the plan to spot."""
        self.plan = plan
        self.rng = np.random.default_rng((plan.seed, 5))

    def cues(self) -> tuple[TrueCue, ...]:
        """Return the cues in order; they never overlap."""
        found = list[TrueCue]()
        for run in self._runs():
            first, last = run[0], run[-1]
            begin, end = self._enter(first), self._leave(last)
            if end.frame - begin.frame >= _SHORTEST_S * self.plan.rate:
                usage = {"main_title": "main title", "end_titles": "end credits"}.get(first.beat.kind, "score")
                why = f"{begin.why}; {end.why}"
                found.append(TrueCue(begin.frame, end.frame, usage, begin.manner, end.manner, why))
        return tuple(found)

    def _runs(self) -> list[list[StagedBeat]]:
        """Group neighbouring played beats; a run that would grow too long starts a new cue on the scene's cut."""
        runs: list[list[StagedBeat]] = []
        open_run = False
        for beat in self.plan.beats:
            played = beat.beat.traits.scored
            if beat.beat.kind in {"travel", "montage", "tender"} and self.rng.random() < _EXCEPTION_SHARE:
                played = False
            if played and open_run and not self._segues(runs[-1], beat):
                runs[-1].append(beat)
            elif played:
                runs.append([beat])
            open_run = played
        return runs

    def _segues(self, run: list[StagedBeat], beat: StagedBeat) -> bool:
        length = (beat.end - run[0].start) / float(self.plan.rate)
        played = (beat.start - run[0].start) / float(self.plan.rate)
        return (length > _LONGEST_S or played > _PLAYED_SO_FAR_S) and beat.beat.scene != run[-1].beat.scene

    def _jitter(self, low_s: float, high_s: float) -> int:
        return round(float(self.rng.uniform(low_s, high_s)) * float(self.plan.rate))

    def _before(self, beat: StagedBeat) -> StagedBeat | None:
        number = self.plan.beats.index(beat)
        return self.plan.beats[number - 1] if number else None

    def _enter(self, staged: StagedBeat) -> CueEdge:
        """Decide where the music of a run that begins with ``staged`` enters."""
        at_turn = _ENTRIES_AT_TURN.get(staged.beat.kind)
        if at_turn:
            return CueEdge(staged.turn, *at_turn)
        before = self._before(staged)
        last_line = self._last_line_end(before) if before else -1
        match staged.beat.kind:
            case "react" if last_line >= 0:
                return CueEdge(last_line + self._jitter(0.15, 0.55), "after line", "the last line turned the scene")
            case "tender":
                first_end = min((b for _, b in self._lines(staged)), default=staged.start)
                frame = first_end + self._jitter(0.15, 0.5)
                return CueEdge(frame, "ease in", "tenderness after the first words")
            case "stalk" if staged.look >= 0:
                return CueEdge(staged.look + self._jitter(-0.1, 0.2), "on look", "a face in the dark feels watched")
            case _:
                return self._on_the_cut(staged)

    def _on_the_cut(self, staged: StagedBeat) -> CueEdge:
        if self.rng.random() < _PRELAP_SHARE:
            return CueEdge(staged.start - self._jitter(0.1, 0.35), "prelap", "leads over the cut to a new place")
        return CueEdge(staged.start, "on cut", "the cut to a new place without talk")

    def _leave(self, staged: StagedBeat) -> CueEdge:
        number = self.plan.beats.index(staged)
        after = self.plan.beats[number + 1] if number + 1 < len(self.plan.beats) else None
        if after is None:
            end = max(card.end for card in self.plan.cards)
            if end < staged.start:
                return CueEdge(staged.end, "with fade out", "goes with the picture")
            return CueEdge(
                min(self.plan.frames, end + self._jitter(-0.2, 0.3)), "ring out", "rings out with the last card"
            )
        if after.beat.kind == "hold":
            return CueEdge(after.start, "hard out", "stops dead before the shock")
        if after.beat.kind == "aftermath":
            return CueEdge(staged.turn + self._jitter(0.3, 0.7), "button", "ends on the last blow")
        first = min((a for a, _ in self._lines(after)), default=-1)
        if 0 <= first - after.start < 4.0 * self.plan.rate and not after.beat.traits.scored:
            return CueEdge(first - self._jitter(0.35, 0.75), "before line", "clears for the first line of the talk")
        return CueEdge(after.start, "on cut", "the cut away")

    def _lines(self, staged: StagedBeat) -> list[tuple[int, int]]:
        rate = float(self.plan.rate)
        spans = ((round(s.line.start_s * rate), round(s.line.end_s * rate)) for s in self.plan.spoken)
        return [s for s in spans if staged.start <= s[0] < staged.end]

    def _last_line_end(self, staged: StagedBeat) -> int:
        return max((b for _, b in self._lines(staged)), default=-1)


_DRY = {
    "talk": "the talk tells the story", "argue": "the quarrel needs no help", "hold": "a held breath before the shock",
    "routine": "daily life, left to its own sounds", "aftermath": "stunned quiet after the blow",
}  # fmt: skip


def name_silences(plan: FilmPlan, cues: tuple[TrueCue, ...]) -> tuple[TrueSpan, ...]:
    """Name every gap of two seconds and more between cues by what happens in most of it."""
    edges = [0, *(f for c in cues for f in (c.in_frame, c.out_frame)), plan.frames]
    gaps = [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if b - a >= 2 * plan.rate]
    return tuple(TrueSpan(a, b, _DRY.get(_main_kind(plan, a, b), "left dry")) for a, b in gaps)


def _main_kind(plan: FilmPlan, a: int, b: int) -> str:
    return max(plan.beats, key=lambda s: min(b, s.end) - max(a, s.start)).beat.kind


_MOST_A_MINUTE = 14.0  # hits: more would tie the music down to mickey-mousing
_APART_S = 0.5
_STRONG = 0.6  # strength 0-1 from which an impact is worth a hit
_JUMP = 0.25  # of arousal across a cut, from which the cut is a heavier hit


def choose_hits(plan: FilmPlan, cues: tuple[TrueCue, ...]) -> tuple[TrueHit, ...]:
    """Choose the moments to catch: strongest first, half a second apart, at most fourteen a minute."""
    wanted = sorted(_candidates(plan, cues), key=lambda h: (-h.weight, h.frame))
    most = int(_MOST_A_MINUTE * plan.frames / float(plan.rate) / 60)
    apart = _APART_S * plan.rate
    chosen = list[TrueHit]()
    for hit in wanted:
        if len(chosen) < most and all(abs(hit.frame - c.frame) >= apart for c in chosen):
            chosen.append(hit)
    return tuple(sorted(chosen, key=lambda h: h.frame))


def _candidates(plan: FilmPlan, cues: tuple[TrueCue, ...]) -> list[TrueHit]:
    found = [
        TrueHit(int(s.time_s * plan.rate), "impact", round(1 + 4 * s.strength**2, 1), s.kind)
        for s in plan.sounds
        if s.strength >= _STRONG
    ]
    found += [TrueHit(c.start, "title", 3.5, c.text) for c in plan.cards]
    found += [TrueHit(s.turn, "reveal", 4.0, "what the face has seen") for s in plan.beats if s.beat.kind == "reveal"]
    found += [TrueHit(s.start, "fade", 2.0, "black") for s in plan.shots if s.join.kind == "fade_out"]
    found += _scene_turns(plan)
    found += _line_ends(plan, cues)
    return found


def _scene_turns(plan: FilmPlan) -> list[TrueHit]:
    """Take the cuts into a new scene, heavier where the energy jumps."""
    cut_at = {s.start for s in plan.shots if s.join.kind == "cut"}
    found = list[TrueHit]()
    for a, b in zip(plan.beats, plan.beats[1:], strict=False):
        jump = abs(b.beat.traits.arousal[0] - a.beat.traits.arousal[1])
        if b.start in cut_at and b.beat.scene != a.beat.scene:
            found.append(TrueHit(b.start, "cut", 3.0 if jump >= _JUMP else 2.2, "new scene"))
    return found


def _line_ends(plan: FilmPlan, cues: tuple[TrueCue, ...]) -> list[TrueHit]:
    after = [c.in_frame for c in cues if c.in_type == "after line"]
    ends = [round(s.line.end_s * float(plan.rate)) for s in plan.spoken]
    return [TrueHit(max(e for e in ends if e <= f), "line end", 2.0, "the turning line") for f in after]
