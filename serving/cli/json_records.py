"""The JSON that scripts rely on: the shapes of ``cuelight cuts | spot | score | motifs | run --json``.

Frames count from the reel's first frame. These shapes are a contract (``docs/formats.md``): add, never change.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from model.film_run import WholeRun
    from model.motifs.language import Language
    from model.observe.observations import Observations
    from model.scoring.record import ScoreRecord
    from model.spotting.notes import SpottingNotes

Record = dict[str, Any]


def cuts_record(observations: Observations) -> Record:
    """``cuts``: first new frames; ``gradual``: [first changed, first pure new]; ``flashes``: frames."""
    cuts = observations.cuts
    return {
        "cuts": [frame.index for frame in cuts.hard()],
        "gradual": [[t.start.index, t.end.index] for t in cuts.gradual()],
        "flashes": [frame.index for frame in cuts.flashes],
    }


def spot_record(notes: SpottingNotes, files: Sequence[Path]) -> Record:
    """Rate, length, files, cues, silences, hits and dialogue of the notes."""
    rate = notes.reel.timebase.rate
    return {
        "rate": f"{rate.numerator}/{rate.denominator}",
        "frames": notes.reel.frames,
        "notes": next((str(f) for f in files if f.name.endswith(".notes.json")), ""),
        "files": [str(f) for f in files],
        "cues": [
            {"number": c.number, "in": c.span.start.index, "out": c.span.end.index, "usage": str(c.usage)}
            for c in notes.cues
        ],
        "silences": [
            {"in": s.span.start.index, "out": s.span.end.index, "why": "; ".join(e.text for e in s.why)}
            for s in notes.silences
        ],
        "hits": [
            {"frame": h.frame.index, "weight": round(h.weight, 3), "kind": str(h.kind), "label": h.label}
            for h in notes.hits
        ],
        "dialogue": [[d.span.start.index, d.span.end.index] for d in notes.dialogue],
    }


def observe_record(observations: Observations, path: Path) -> Record:
    """Where the observations lie and how much was observed."""
    dialogue = observations.dialogue.lines if observations.dialogue else ()
    return {
        "observations": str(path),
        "frames": observations.reel.frames,
        "cuts": len(observations.cuts.hard()),
        "gradual": len(observations.cuts.gradual()),
        "lines": len(dialogue),
        "people": len(observations.faces.people),
        "titles": len(observations.titles),
        "extra": sorted(observations.extra),
        "left_out": observations.provenance.left_out,
    }


def score_record(record: ScoreRecord, folder: Path) -> Record:
    """Where each cue's files lie, where its hits landed, and the files of the reel."""

    def lies(path: str) -> str:
        return str(folder / path) if path else ""

    return {
        "cues": [
            {
                "number": cue.number,
                "midi": lies(cue.files["midi"]),
                "musicxml": lies(cue.files["musicxml"]),
                "pdf": lies(cue.files["pdf"]),
                "mix": lies(cue.files["mix"]),
                "click": lies(cue.files["click"]),
                "stems": {family: lies(path) for family, path in cue.stems.items()},
                "hits": [
                    {"frame": h.frame.index, "frames_off": h.frames_off, "landed": h.landed, "reason": h.reason}
                    for h in cue.hits
                ],
            }
            for cue in record.cues
        ],
        "preview": lies(record.preview),
        "ledger": lies(record.ledger),
        "score": str(folder / "score.json"),
    }


def motifs_record(language: Language, files: Sequence[Path]) -> Record:
    """Who has which theme, and where the files lie."""
    owners = {owner.id: owner for owner in language.owners}
    return {
        "themes": [
            {"id": t.id, "label": t.label, "owner": owners[t.owner].name, "origin": t.origin} for t in language.themes
        ],
        "files": [str(f) for f in files],
    }


def run_record(whole: WholeRun, folder: Path) -> Record:
    """Return what ``spot`` and ``score`` print, and how each step went: on how many things it was run, and seconds."""
    return {
        "notes": spot_record(whole.spotted.notes, whole.spotted.files),
        "score": score_record(whole.scored.record, folder / "score"),
        "steps": [
            {"step": r.step, "made": r.made, "reused": r.reused, "files": r.files, "seconds": round(r.seconds, 3)}
            for r in whole.reports
        ],
        "seconds": round(whole.seconds, 3),
    }
