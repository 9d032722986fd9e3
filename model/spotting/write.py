"""Writing the notes: the division of the reel becomes cues and silences in the trade's words, each with its reasons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from model.spotting.alternatives import Neighbours, Shift, other_ins, other_outs
from model.spotting.changes import changes_in
from model.spotting.cues import Judgement, ReelEvidence
from model.spotting.describe import (
    TALKED,
    describe,
    describe_function,
    mood_of,
    people_in,
    title_of,
    usage_of,
    valence_confidence,
)
from model.spotting.edges import in_type, out_type, tail_frames
from model.spotting.existing import ExistingMusic, find_temp
from model.spotting.notes import Alternative, Cue, Evidence, InType, OutType, Palette, Scene, Silence, Usage
from model.spotting.reasons import ReasonSource, choose_strongest, explain_silence, why_in, why_music, why_out
from model.spotting.vocabulary import choose_negatives, palette, suggest_intensity, suggest_tempo, tones
from model.spotting.wording import write_cue_instruction, write_silence_instruction
from model.time import Frame, Span

LEAST_SILENCE_S = 1.0


@dataclass(frozen=True, slots=True)
class NotesContext:
    """What cues and silences are written from."""

    seen: ReelEvidence
    judgement: Judgement

    @property
    def reason_source(self) -> ReasonSource:
        """What reasons are read from."""
        return ReasonSource(self.seen.observations, self.seen.signals, self.seen.talk, self.judgement.candidates)

    def span_seconds(self, span: Span) -> tuple[float, float]:
        """Start and end of a span in seconds."""
        clock = self.seen.observations.clock
        return clock.seconds(span.start), clock.seconds(span.end)

    def scene_at(self, frame: Frame) -> int:
        """Find the number of the scene a frame lies in, counted from 1."""
        starts = [s.start.index for s in self.seen.scenes]
        return int(np.searchsorted(starts, frame.index, side="right"))


def write_scenes(context: NotesContext, confidences: Sequence[float]) -> tuple[Scene, ...]:
    """Describe every scene."""
    observations, trust = context.seen.observations, valence_confidence(context.seen.observations)
    found: list[Scene] = []
    for number, (span, confidence) in enumerate(zip(context.seen.scenes, confidences, strict=True), start=1):
        mood = mood_of(context.seen.signals, *context.span_seconds(span), trust)
        text = describe(observations, mood, span)
        found.append(Scene(number, span, text, people_in(observations, span), round(confidence, 3)))
    return tuple(found)


def write_cues(context: NotesContext) -> list[Cue]:
    """Write every cue of the division; ids and numbers come later."""
    cues = context.judgement.cues
    last = len(context.judgement.candidates.frames) - 1
    found: list[Cue] = []
    for k, cue in enumerate(cues):
        between = Neighbours(cues[k - 1][1] if k else 0, cues[k + 1][0] if k + 1 < len(cues) else last)
        found.append(_write_cue(context, cue, between, first=k == 0, final=k + 1 == len(cues)))
    return found


def _write_cue(context: NotesContext, cue: tuple[int, int], between: Neighbours, *, first: bool, final: bool) -> Cue:
    seen, candidates = context.seen, context.judgement.candidates
    span = context.judgement.span(cue)
    start, end = context.span_seconds(span)
    entry = in_type(candidates, cue[0], seen.signals, seen.talk, follows=not first and between.out_before == cue[0])
    leave = out_type(candidates, cue[1], seen.signals, seen.talk, follows=not final and between.in_after == cue[1])
    mood = mood_of(seen.signals, start, end, valence_confidence(seen.observations))
    usage, chosen = usage_of(seen.observations, mood, span, crosses=_crosses(context, span)), tones(mood)
    people = people_in(seen.observations, span)
    room = (
        int(candidates.frames[between.in_after]) - span.end.index
        if not final
        else seen.observations.reel.frames - span.end.index
    )
    temp = find_temp(span, context.seen.heard)
    why = [
        *why_in(context.reason_source, cue[0], entry),
        *why_music(context.reason_source, span),
        *why_out(context.reason_source, cue[1], leave),
    ]
    return Cue(
        id="",
        number="",
        title=title_of(usage, mood, people, context.scene_at(span.start)),
        span=span,
        usage=usage,
        in_type=entry,
        out_type=leave,
        tail=tail_frames(leave, float(seen.observations.reel.timebase.rate), room),
        instruction=write_cue_instruction(usage, entry, leave, chosen, mood),
        scene=describe(seen.observations, mood, span),
        function=describe_function(usage, entry, mood),
        tone=tuple(t.word for t in chosen),
        not_tone=choose_negatives(chosen),
        intensity=suggest_intensity(mood),
        tempo_bpm=suggest_tempo(mood),
        palette=palette(chosen, mood),
        dialogue_density=round(mood.talk, 3),
        confidence=_confidence(context.judgement, cue),
        why=choose_strongest(why)
        or (Evidence("the evidence of the whole reel favours music here", "spotting", span.start, 0.3),),
        alternatives=_alternatives(context, cue, between),
        changes=changes_in(candidates, seen.signals, start, end),
        temp_reference=_temp_words(temp) if temp else "",
        characters=people,
    )


def _crosses(context: NotesContext, span: Span) -> bool:
    """Tell whether a new scene begins in the middle of a stretch, or right at its start."""
    reach = span.frames // 4
    return any(span.start.index <= s.start.index < span.end.index - reach for s in context.seen.scenes[1:])


def _confidence(judgement: Judgement, cue: tuple[int, int]) -> float:
    """How sure the optimisation is: mostly of music inside the cue, partly of its two edges being near."""
    sure, times = judgement.sure, judgement.lattice.times_s
    steps = np.diff(times[cue[0] : cue[1] + 1])
    inside = float(np.average(sure.music[cue[0] : cue[1]], weights=steps))
    edges = [
        sure.ins[np.abs(times - times[cue[0]]) <= 1.0].sum(),
        sure.outs[np.abs(times - times[cue[1]]) <= 1.0].sum(),
    ]
    return round(float(np.clip(0.7 * inside + 0.15 * min(edges[0], 1.0) + 0.15 * min(edges[1], 1.0), 0.0, 1.0)), 3)


def _alternatives(context: NotesContext, cue: tuple[int, int], between: Neighbours) -> tuple[Alternative, ...]:
    """Offer the best other in and the best other out, and a second of whichever comes closer."""
    judgement = context.judgement
    ins = other_ins(judgement.lattice, judgement.candidates, cue, between)
    outs = other_outs(judgement.lattice, judgement.candidates, cue, between)
    offered = [_alternative(judgement, cue, s, entry=True) for s in ins[:2]]
    offered += [_alternative(judgement, cue, s, entry=False) for s in outs[:2]]
    sides = sorted(offered, key=lambda a: -a.score)
    best = [next((a for a in sides if a.text.startswith(word)), None) for word in ("come in", "go out")]
    rest = [a for a in sides if a not in best]
    return tuple(a for a in [*best, *rest[:1]] if a is not None) or (_half(judgement.span(cue)),)


def _alternative(judgement: Judgement, cue: tuple[int, int], shift: Shift, *, entry: bool) -> Alternative:
    times = judgement.candidates.times_s
    pair = (shift.at, cue[1]) if entry else (cue[0], shift.at)
    away = float(times[shift.at] - times[cue[0] if entry else cue[1]])
    text = f"{'come in' if entry else 'go out'} {shift.called}, {abs(away):.1f} s {'later' if away > 0 else 'earlier'}"
    return Alternative(judgement.span(pair), text, round(float(np.exp(-shift.cost)), 3))


def _half(span: Span) -> Alternative:
    """Where no other place offers itself: come in late, half-way."""
    middle = (span.start.index + span.end.index) // 2
    return Alternative(Span(Frame(middle), span.end), "come in late, half-way", 0.1)


def source_cues(context: NotesContext, sources: list[ExistingMusic]) -> list[Cue]:
    """Write music that plays inside the scenes as cues of its own."""
    found: list[Cue] = []
    for heard in sources:
        start, end = context.span_seconds(heard.span)
        mood = mood_of(context.seen.signals, start, end, 0.0)
        usage = Usage.SONG if heard.label == "song" else Usage.SOURCE
        tempo = (
            (round(0.97 * heard.tempo_bpm, 1), round(1.03 * heard.tempo_bpm, 1))
            if heard.tempo_bpm
            else suggest_tempo(mood)
        )
        why = (
            Evidence(
                "music is heard in the cut where nothing asks for score", "music", heard.span.start, heard.confidence
            ),
        )
        found.append(
            Cue(
                id="",
                number="",
                title=title_of(usage, mood, (), context.scene_at(heard.span.start)),
                span=heard.span,
                usage=usage,
                in_type=InType.ON_CUT if _at_shot(context, heard.span.start) else InType.EASE_IN,
                out_type=OutType.ON_CUT if _at_shot(context, heard.span.end) else OutType.RING_OUT,
                tail=0,
                instruction=write_cue_instruction(usage, InType.EASE_IN, OutType.RING_OUT, (), mood),
                scene=describe(context.seen.observations, mood, heard.span),
                function=describe_function(usage, InType.EASE_IN, mood),
                tone=(),
                not_tone=(),
                intensity=suggest_intensity(mood),
                tempo_bpm=tempo,
                palette=Palette(()),
                dialogue_density=round(mood.talk, 3),
                confidence=round(heard.confidence, 3),
                why=why,
                alternatives=(Alternative(heard.span, "drop it and keep the scene dry", 0.5),),
                temp_reference=_temp_words(heard),
            )
        )
    return found


def _at_shot(context: NotesContext, frame: Frame) -> bool:
    return any(abs(s.start - frame) <= 1 for s in context.seen.observations.shots)


def _temp_words(heard: ExistingMusic) -> str:
    tempo = f", about {heard.tempo_bpm:.0f} bpm" if heard.tempo_bpm else ""
    return f"{heard.label or 'music'} in the cut from frame {heard.span.start.index} to {heard.span.end.index}{tempo}"


def write_silences(context: NotesContext, cues: Sequence[Cue]) -> list[Silence]:
    """Write what lies between the cues; a gap too short to be heard as one is still named, so that all is covered."""
    frames = context.seen.observations.reel.frames
    edges = [0, *(f for c in cues for f in (c.span.start.index, c.span.end.index)), frames]
    gaps = [Span.of(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if b > a]
    return [_write_silence(context, gap) for gap in gaps]


def _write_silence(context: NotesContext, span: Span) -> Silence:
    start, end = context.span_seconds(span)
    sure, times = context.judgement.sure, context.judgement.candidates.times_s
    inside = (times[:-1] >= start - 1e-6) & (times[:-1] < end)
    music = float(np.mean(sure.music[:-1][inside])) if inside.any() else 0.5
    why = sorted(explain_silence(context.reason_source, span), key=lambda e: -e.weight)
    temp = find_temp(span, context.seen.heard)
    offers = [Alternative(span, _instead(context, span), round(music, 3))] if end - start >= LEAST_SILENCE_S else []
    if temp is not None:
        why.append(Evidence("music in the cut here; proposed to go without it", "music", temp.span.start, 0.3))
        kept = Span(max(span.start, temp.span.start), min(span.end, temp.span.end))
        offers.append(Alternative(kept, "keep what plays here now", round(music, 3)))
    return Silence(
        id="",
        span=span,
        instruction=write_silence_instruction(why[0].text),
        confidence=round(1.0 - music, 3),
        why=tuple(why),
        alternatives=tuple(offers),
    )


def _instead(context: NotesContext, span: Span) -> str:
    """Say what one could do in place of a silence."""
    if span.start.index == 0:
        return "start with the first frame"
    talk = mood_of(context.seen.signals, *context.span_seconds(span), 0.0).talk
    return "low pedal under it" if talk > TALKED else "let the last cue ring on through it"
