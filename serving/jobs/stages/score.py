"""``score``: takes of cues, written to the notes as ordered, in the language agreed on.

The film is not opened: what is needed of it was observed before, in the sandbox. Cues are written some at a time, each
portion a stage of its own, so that a killed worker loses little of a long score.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from model.documents import decode, from_plain, to_plain
from model.errors import CueInvalid
from model.motifs.language import CuePalette, Language
from model.observe.observations import Observations
from model.progress import Progress
from model.review.take import RECORD, read_take, write_take
from model.score.titles import ScoreTitles
from model.scoring.compose import mood_of
from model.scoring.cue_pool import Task, write_cues
from model.scoring.language_files import LANGUAGE
from model.scoring.record import CueChoice, MixRecord, ScoredCue, ScoreRecord
from model.scoring.reel_files import mix_reel, read_cues, write_levels
from model.spotting.check import check_notes
from model.spotting.notes import Cue, SpottingNotes
from serving.jobs.stages.material import all_files, notes_of, observations_of, show_of, source_of
from serving.jobs.stages.themes import devised_in
from serving.jobs.work import Made, Manifest, Work
from serving.store.tables import Record

LANGUAGE_STAGE, COMPOSE = "language", "compose"
FOLDER = "folder/"  # files of a take below this are the cue's folder as it is delivered
_PORTION = 4  # cues a processor writes before its work is safe


def run(work: Work) -> Record:
    """Write the cues that were asked for, or all that are ours to write."""
    notes = notes_of(work)
    cautions = check_notes(notes)
    chosen = _chosen(notes, work.task.params.get("cues") or ())
    portions = _portions(chosen)
    names = [COMPOSE if len(portions) == 1 else f"{COMPOSE} {k}" for k in range(1, len(portions) + 1)]
    given = work.task.inputs.get("language")
    work.plan([*([] if given else [LANGUAGE_STAGE]), *names])
    language = given or _devised(work)
    spoken = decode(Language, work.artefacts.read(language))
    desk = _Desk(work, notes, observations_of(work), spoken)
    written = [_written(work, name, desk, cues) for name, cues in zip(names, portions, strict=True)]
    takes = [take for manifest in written for take in takes_of(work, manifest)]
    return {"takes": takes, "language": language, "cautions": [*cautions, *spoken.cautions]}


def _written(work: Work, stage: str, desk: _Desk, cues: Sequence[Cue]) -> Manifest:
    return work.stage(stage, lambda folder, progress: desk.write(cues, folder, progress))


class _Desk:
    """Everything a portion of cues is written from."""

    def __init__(self, work: Work, notes: SpottingNotes, observations: Observations, language: Language) -> None:
        self._work = work
        self._notes = notes
        self._observations = observations
        self._language = language
        self._choice = choice_of(work.task.params)
        self._show = show_of(work)
        self._titles = ScoreTitles(self._show, notes.settings.picture_version)

    def write(self, cues: Sequence[Cue], folder: Path, progress: Progress) -> Made:
        """Write some cues into ``folder``, and of each what the browser shows and plays."""
        tasks = [
            Task(
                cue,
                self._notes,
                self._language,
                self._choice,
                self._titles,
                mood_of(self._observations, cue),
                folder.absolute(),
            )
            for cue in cues
        ]
        scored = write_cues(tasks, progress)
        levels = self._levels(scored, folder, progress)
        files: dict[str, tuple[Path | bytes, str]] = {}
        for done, cue in enumerate(scored):
            progress("prepare to be heard", done, len(scored))
            files |= self._take(cue, levels, folder)
        return Made(files, {"cues": [to_plain(cue) for cue in scored]})

    def _levels(self, scored: Sequence[ScoredCue], folder: Path, progress: Progress) -> MixRecord:
        """Find out how loud these cues and the film are beside each other; the mix itself is made for a delivery."""
        record = ScoreRecord(self._notes.reel.name, "", 0, self._show, tuple(scored), "", "")
        source = source_of(self._work, folder / "prepared")
        cues = read_cues(record, self._notes, folder)
        return write_levels(mix_reel(source, cues, self._notes, self._observations, progress), self._notes, folder)

    def _take(self, scored: ScoredCue, levels: MixRecord, folder: Path) -> dict[str, tuple[Path | bytes, str]]:
        shown = folder / "shown" / scored.cue
        shown.parent.mkdir(exist_ok=True)
        write_take(folder, scored, self._notes, shown, levels)
        lies = folder / Path(scored.files["sketch"]).parts[0]
        below = f"{scored.cue}/"
        return {**all_files(shown, below), **all_files(lies, below + FOLDER)}


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


def _chosen(notes: SpottingNotes, ids: Sequence[str]) -> list[Cue]:
    """Return the cues to write, in order; raises CueInvalid for one that is not there or not ours to write."""
    cues = {cue.id: cue for cue in sorted(notes.cues, key=lambda cue: cue.span.start)}
    for wanted in ids:
        if wanted not in cues:
            raise CueInvalid(f"The notes have no cue {wanted!r}.", hint="It may have been removed or merged meanwhile.")
        if not cues[wanted].usage.is_composed:
            cue = cues[wanted]
            raise CueInvalid(f"{cue.number} is {cue.usage}: it is not ours to write.", hint="Make it score first.")
    chosen = [cue for cue in cues.values() if (not ids or cue.id in ids) and cue.usage.is_composed]
    if not chosen:
        raise CueInvalid("There is no cue to write music for.", hint="Add one to the notes.")
    return chosen


def _portions(cues: Sequence[Cue]) -> list[Sequence[Cue]]:
    most = _PORTION * (os.cpu_count() or 1)
    return [cues[start : start + most] for start in range(0, len(cues), most)]


def _devised(work: Work) -> str:
    made = work.stage(LANGUAGE_STAGE, lambda folder, progress: devised_in(work, folder, progress))
    return made.files[LANGUAGE].sha256


def takes_of(work: Work, manifest: Manifest) -> list[Record]:
    """Return the takes of a portion: the whole record and the files of each, and what a delivery is made from."""
    takes: list[Record] = []
    for scored in manifest.facts["cues"]:
        below = f"{scored['cue']}/"
        files = {
            name.removeprefix(below): {"sha256": blob.sha256, "bytes": blob.bytes, "media_type": blob.media_type}
            for name, blob in manifest.files.items()
            if name.startswith(below)
        }
        record = read_take(work.artefacts.read(manifest.files[below + RECORD].sha256))
        takes.append({"cue": scored["cue"], "record": to_plain(record), "scored": scored, "files": files})
    return takes
