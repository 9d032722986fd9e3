"""``score``: takes of cues, written to the notes as ordered, in the language agreed on.

Each cue is kept as soon as it is written, so that a worker that is killed loses little of a long score.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from model.cue_steps import compose_cues, mix_cues, plan_score, scored_cue, write_takes
from model.documents import from_plain
from model.errors import CueInvalid
from model.motifs.language import CuePalette
from model.pipeline import COMPOSE, DEVISE, MIX, TAKE_FOLDER, WRITE_TAKE
from model.scoring.language_files import LANGUAGE
from model.scoring.record import CueChoice
from model.steps.step import StepArtefact
from serving.jobs.stages.themes import devise_settings
from serving.jobs.work import JobAttempt, describe_blob
from serving.store.tables import Record

FOLDER = "folder/"  # files of a take below this are the cue's folder as it is delivered


def run(attempt: JobAttempt) -> Record:
    """Write the cues that were asked for, or all that music is written for."""
    files, params = (
        attempt.require_inputs("notes", "observations") | attempt.inputs("language", "sound"),
        attempt.task.params,
    )
    attempt.plan(*([] if "language" in files else [DEVISE]), COMPOSE, MIX, WRITE_TAKE)
    runner, show = attempt.runner, Path(attempt.task.reel["name"]).stem
    if "language" not in files:
        reel = {name: files[name] for name in ("notes", "observations")}
        files["language"] = runner.run(DEVISE, reel, devise_settings({})).files[LANGUAGE]
    plan = plan_score(files, choice_of(params), show, params.get("cues") or ())
    if not plan.requests:
        raise CueInvalid("There is no cue to write music for.", hint="Add one to the notes.")
    composed = compose_cues(runner, plan.requests)
    cues = [scored_cue(artefact) for artefact in composed]
    for artefact in composed:
        files |= artefact.files
    mixed = mix_cues(runner, cues, files, show, print_sound=False)
    shown = write_takes(runner, cues, files, mixed)
    takes = [take_of(*one) for one in zip(composed, shown, strict=True)]
    return {"takes": takes, "language": files["language"].sha256, "cautions": list(plan.cautions)}


def take_of(composed: StepArtefact, shown: StepArtefact) -> Record:
    """Return a take: its whole record and its files, and what a delivery is made from."""
    files = {name.removeprefix(f"{TAKE_FOLDER}/"): file for name, file in shown.files.items()}
    files |= {FOLDER + name.partition("/")[2]: file for name, file in composed.files.items()}
    return {
        "cue": composed.facts["cue"]["cue"],
        "record": shown.facts["take"],
        "scored": composed.facts["cue"],
        "files": {name: describe_blob(name, file) for name, file in files.items()},
    }


def choice_of(params: Record) -> CueChoice:
    """Read what was chosen; what was not is as in the take it starts from (``base``), or as usual."""
    base = from_plain(CueChoice, params["base"]) if params.get("base") else CueChoice()
    named: dict[str, Any] = {name: params[name] for name in ("seed", "engine", "candidates", "theme") if name in params}
    if "tone" in params:
        named["tone"] = tuple(params["tone"])
    palette = params.get("palette")
    return CueChoice(
        settings=replace(base.settings, **named),
        bpm=params.get("bpm", base.bpm),
        palette=CuePalette(tuple(palette["instruments"]), palette.get("featured", ""), tuple(palette.get("banned", ())))
        if palette
        else base.palette,
    )
