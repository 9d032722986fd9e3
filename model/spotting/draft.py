"""``spot``: from what was seen and heard to where music starts and ends, where there is silence, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import version

import numpy as np

from model.errors import NotesInvalid
from model.observe.observations import Observations
from model.spotting.candidates import first_after
from model.spotting.cues import ReelEvidence, judge
from model.spotting.evidence import gather, talk_of
from model.spotting.existing import heard_music, sources
from model.spotting.hits.entries import answered_lines
from model.spotting.hits.find import find_hits
from model.spotting.identity import match_spans, new_id
from model.spotting.notes import Cue, DialogueLine, Hit, Silence, SpottingNotes
from model.spotting.numbering import number_cues
from model.spotting.scenes import scene_spans
from model.spotting.settings import SpotSettings
from model.spotting.tables import priors, weights
from model.spotting.write import NotesContext, source_cues, write_cues, write_scenes, write_silences
from model.time import Span


def spot(
    observations: Observations,
    settings: SpotSettings | None = None,
    previous: SpottingNotes | None = None,
) -> SpottingNotes:
    """Draft the spotting notes of a reel.

    ``previous`` notes of the same reel keep their cue ids and their published numbers: cues that are still there keep
    both, inserted ones take suffix letters. Raises SettingInvalid for a coverage outside 0-1 and NotesInvalid for
    previous notes of another reel number.
    """
    chosen = settings or SpotSettings()
    _check(chosen, previous)
    talk = talk_of(observations)
    signals = gather(observations, talk)
    scenes = scene_spans(observations, signals, talk, weights().scenes)
    seen = ReelEvidence(observations, signals, talk, [span for span, _ in scenes], heard_music(observations))
    context = NotesContext(seen, judge(seen, priors(), weights(), chosen.coverage))
    played = write_cues(context)
    inside = [] if seen.is_temped else source_cues(context, sources(seen.heard, [c.span for c in played]))
    cues = _give_identities(sorted([*played, *inside], key=lambda c: c.span), observations, chosen, previous)
    return SpottingNotes(
        reel=observations.reel,
        settings=chosen,
        scenes=write_scenes(context, [confidence for _, confidence in scenes]),
        cues=tuple(cues),
        silences=tuple(_silences(write_silences(context, cues), observations, previous)),
        hits=tuple(_within(_hits(observations, chosen, cues), cues)),
        dialogue=dialogue_lines(observations),
        cautions=_cautions(seen, cues, chosen),
        cuelight=version("cuelight"),
        revision=previous.revision + 1 if previous else 1,
    )


def dialogue_lines(observations: Observations) -> tuple[DialogueLine, ...]:
    """Write the lines in frames: from the frame on which a line begins to the first one after it."""
    found: list[DialogueLine] = []
    for line in observations.dialogue.lines if observations.dialogue else ():
        start = observations.clock.frame(line.start_s).index
        end = max(first_after(observations, line.end_s), start + 1)
        found.append(DialogueLine(Span.of(start, end), line.confidence, line.speaker, line.text))
    return tuple(found)


def _check(settings: SpotSettings, previous: SpottingNotes | None) -> None:
    if previous is not None and previous.settings.numbering != settings.numbering:
        raise NotesInvalid(
            "The earlier notes number their cues differently.", hint="Keep the numbering the notes were published with."
        )


def _give_identities(
    cues: Sequence[Cue], observations: Observations, settings: SpotSettings, previous: SpottingNotes | None
) -> list[Cue]:
    """Give every cue its id and number: those of the earlier notes where it is the same cue."""
    old = previous.cues if previous else ()
    matched = match_spans([c.span for c in old], [c.span for c in cues])
    kept = [old[matched[k]].number if k in matched else None for k in range(len(cues))]
    played_inside = [not c.usage.is_composed for c in cues]
    numbers = number_cues(settings.numbering, kept, played_inside, [c.number for c in old])
    ids = [
        old[matched[k]].id if k in matched else new_id("cue", observations.reel.sha256, cue.span)
        for k, cue in enumerate(cues)
    ]
    return [replace(cue, id=i, number=n) for cue, i, n in zip(cues, ids, numbers, strict=True)]


def _silences(silences: Sequence[Silence], observations: Observations, previous: SpottingNotes | None) -> list[Silence]:
    old = previous.silences if previous else ()
    matched = match_spans([s.span for s in old], [s.span for s in silences])
    return [
        replace(s, id=old[matched[k]].id if k in matched else new_id("silence", observations.reel.sha256, s.span))
        for k, s in enumerate(silences)
    ]


def _hits(observations: Observations, settings: SpotSettings, cues: Sequence[Cue]) -> list[Hit]:
    """Find the hits of the film itself, and those that the cues bring with them."""
    found = find_hits(observations, settings)
    return sorted([*found, *answered_lines(cues, found, observations)], key=lambda hit: hit.frame)


def _within(hits: Sequence[Hit], cues: Sequence[Cue]) -> list[Hit]:
    """Tell every hit which cue it lies in."""
    return [replace(h, cue=next((c.id for c in cues if h.frame in c.span), "")) for h in hits]


def _cautions(seen: ReelEvidence, cues: Sequence[Cue], settings: SpotSettings) -> tuple[str, ...]:
    """Say what the reader should know before trusting the notes."""
    observations, found = seen.observations, list[str]()
    if observations.dialogue is None:
        found.append("The reel has no sound: spotted by the picture alone.")
    if observations.cuts.method.startswith("PySceneDetect"):
        found.append("The cut nets were missing: hard cuts come from PySceneDetect, gradual ones are not known.")
    if seen.is_temped:
        found.append(
            "The cut has music most of the time: taken for a temp track, and as evidence of where music is wanted."
        )
    if not np.isfinite(seen.signals.arousal).all():
        found.append("No arousal could be measured; tone and tempo are guesses.")
    found.append(
        "Arousal is measured and can be trusted; valence and tension are weak, read their tone words as offers."
    )
    if settings.coverage is not None:
        share = sum(c.span.frames for c in cues if c.usage.is_composed) / max(observations.reel.frames, 1)
        if abs(share - settings.coverage) > 0.05:  # noqa: PLR2004 - more than the dial's own steps
            found.append(f"Asked for {settings.coverage:.0%} music; the nearest sensible division has {share:.0%}.")
    return tuple(found)
