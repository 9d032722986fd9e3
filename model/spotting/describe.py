"""Descriptions: what a scene shows, what a cue is for, what it is called. Only what was observed is said."""

from __future__ import annotations

import math

import numpy as np

from model.observe.observations import Observations
from model.spotting.evidence import CLOSE_FACE, EvidenceSignals
from model.spotting.notes import InType, Usage
from model.spotting.vocabulary import MoodValues
from model.time import Span

START_S = 12.0
TITLED = 0.15  # share of a span under titles, or of talk, from which it counts
CREDITS_TITLED = 0.45  # share of a span under titles from which it is credits
BUTTON_S = 5.0  # a cue no longer is a button
TRANSITION_S = 12.0  # a cue no longer that crosses a scene is a transition
ACTION = 0.05  # mean action, 0-1, called much movement
FAST = 0.55  # cuts a second called fast
BRISK = 0.33  # cuts a second called brisk
HIGH = 0.65  # arousal, 0-1, called high
STRAINED = 0.6  # tension, 0-1, called high
TALKED = 0.3  # share of talk that a cue must keep clear of
"""Where arousal and tension are high, and talk is much."""


def mood_of(signals: EvidenceSignals, start_s: float, end_s: float, trust: float) -> MoodValues:
    """Average what was felt and seen over a stretch."""
    third = max((end_s - start_s) / 3, 0.5)
    return MoodValues(
        arousal=signals.mean("arousal", start_s, end_s),
        tension=signals.mean("tension", start_s, end_s),
        valence=signals.mean("valence", start_s, end_s),
        trust=trust,
        rise=signals.mean("arousal", end_s - third, end_s) - signals.mean("arousal", start_s, start_s + third),
        talk=_number(signals.mean("speech", start_s, end_s)),
        cut_rate=signals.mean("cut_rate", start_s, end_s),
        action=signals.mean("action", start_s, end_s),
        face=signals.mean("face", start_s, end_s),
        luma=signals.mean("luma", start_s, end_s),
    )


def valence_confidence(observations: Observations) -> float:
    """Confidence in the reel's valence, 0-1."""
    confidence = observations.affect.valence.confidence
    return float(np.mean(confidence)) if len(confidence) else 0.0


def people_in(observations: Observations, span: Span) -> tuple[str, ...]:
    """Names of the people seen in a stretch, most seen first; someone seen once is not mentioned."""
    counts: dict[int, int] = {}
    for face in observations.faces.faces:
        if face.person >= 0 and face.frame in span:
            counts[face.person] = counts.get(face.person, 0) + 1
    people = observations.faces.people
    ranked = sorted((p for p, n in counts.items() if n > 1 and p < len(people)), key=lambda p: (-counts[p], p))
    return tuple(people[p].name for p in ranked)


def find_speakers(observations: Observations, start_s: float, end_s: float) -> tuple[str, ...]:
    """Names of those who speak in a stretch, in order of first words."""
    lines = observations.dialogue.lines if observations.dialogue else ()
    names = (line.speaker for line in lines if line.start_s < end_s and line.end_s > start_s and line.speaker)
    return tuple(dict.fromkeys(names))


def describe(observations: Observations, mood: MoodValues, span: Span) -> str:
    """Describe a stretch in plain words: shots, people, talk, pace, light."""
    joins = ((t.start.index + t.end.index) // 2 for t in observations.cuts.transitions)
    shots = 1 + sum(span.start.index < join < span.end.index for join in joins)
    start, end = (observations.clock.seconds(f) for f in (span.start, span.end))
    parts = [f"{shots} shot{'s' * (shots > 1)}", _who(observations, mood, span)]
    speakers = find_speakers(observations, start, end)
    if mood.talk > TITLED:
        voices = f" between {_list(speakers[:3])}" if len(speakers) > 1 else f" from {speakers[0]}" if speakers else ""
        parts.append(("talk throughout" if mood.talk > 0.5 else "some talk") + voices)  # noqa: PLR2004 - more than half
    elif observations.dialogue is not None:
        parts.append("no talk")
    titles = [t for t in observations.titles if t.span.overlap(span)]
    if titles:
        text = next((t.text for t in titles if t.text), "")
        parts.append(f'title "{text}"' if text else "text on the screen")
    parts += [_pace(mood), _light(mood)]
    return "; ".join(p for p in parts if p)


def usage_of(observations: Observations, mood: MoodValues, span: Span, *, crosses: bool) -> Usage:
    """Name what kind of music a proposed cue is; ``crosses`` when a new scene begins in it."""
    start, end = (observations.clock.seconds(f) for f in (span.start, span.end))
    whole = observations.clock.end_s
    titled = _title_share(observations, span)
    if start < START_S and titled > TITLED and end < 0.5 * whole:
        return Usage.MAIN_TITLE
    if whole - end < START_S and titled > CREDITS_TITLED and start > 0.5 * whole:
        return Usage.END_CREDITS
    if end - start <= BUTTON_S:
        return Usage.BUTTON
    if end - start <= TRANSITION_S and mood.talk < TITLED and crosses and not mood.arousal > HIGH:
        return Usage.TRANSITION
    return Usage.SCORE


def describe_function(usage: Usage, kind: InType, mood: MoodValues) -> str:
    """Say why there is music at all."""
    fixed = {
        Usage.MAIN_TITLE: "open the film and set its colour",
        Usage.END_CREDITS: "play the film out",
        Usage.BUTTON: "put a point behind the scene",
        Usage.TRANSITION: "carry from one place to the next",
        Usage.SOURCE: "plays inside the scene",
        Usage.SONG: "plays inside the scene",
    }
    reasons = (
        (mood.arousal > HIGH, "drive the action and bind its cuts"),
        (mood.tension > STRAINED, "raise the threat before it shows itself"),
        (mood.talk > TALKED, "hold what is under the words"),
        (kind is InType.AFTER_LINE, "say what the last line leaves unsaid"),
        (mood.cut_rate > BRISK, "bind the images and pass the time"),
    )
    played = "give the images their feeling where nobody speaks"
    return fixed.get(usage) or next((text for holds, text in reasons if holds), played)


def title_of(usage: Usage, mood: MoodValues, people: tuple[str, ...], scene: int) -> str:
    """Give a cue a working title from what is known."""
    fixed = {
        Usage.MAIN_TITLE: "Main title",
        Usage.END_CREDITS: "End credits",
        Usage.SOURCE: f"Source, scene {scene}",
        Usage.SONG: f"Song, scene {scene}",
        Usage.BUTTON: f"Button, scene {scene}",
        Usage.TRANSITION: f"Into scene {scene}",
    }
    return fixed.get(usage) or f"{_subject(mood, people)}, scene {scene}"


def _subject(mood: MoodValues, people: tuple[str, ...]) -> str:
    if mood.arousal > HIGH:
        return "The chase" if mood.cut_rate < FAST else "The fight"
    if mood.tension > STRAINED:
        return "Something is coming"
    if mood.talk > TALKED:
        return "Under the talk"
    alone = "Faces" if mood.face > 0 else "The place"
    return " and ".join(people[:2]) or alone


def _title_share(observations: Observations, span: Span) -> float:
    shown = sum(t.span.overlap(span) for t in observations.titles)
    return shown / max(span.frames, 1)


def _who(observations: Observations, mood: MoodValues, span: Span) -> str:
    people = people_in(observations, span)
    close = "close on " if mood.face > CLOSE_FACE else ""
    if people:
        return close + _list(people[:3])
    return "faces" if mood.face > 0.05 else "nobody close" if math.isfinite(mood.face) else ""  # noqa: PLR2004


def _pace(mood: MoodValues) -> str:
    if mood.cut_rate > FAST:
        return f"cut fast, a shot every {1 / mood.cut_rate:.1f} s"
    return "much movement" if mood.action > ACTION else "hardly any movement" if mood.action < ACTION / 5 else ""


def _light(mood: MoodValues) -> str:
    if not math.isfinite(mood.luma):
        return ""
    return "dark" if mood.luma < 0.2 else "bright" if mood.luma > 0.6 else ""  # noqa: PLR2004 - of full scale


def _list(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]


def _number(value: float) -> float:
    return value if math.isfinite(value) else 0.0
