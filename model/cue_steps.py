"""The steps that work on the cues of a reel, wired together as the command and the service both run them.

``files`` are what there is of a reel: ``notes``, ``observations``, ``language``, ``picture`` and ``sound``, as far as
they are needed, and the files of cues under the paths in their records.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from model.documents import from_plain
from model.pipeline import (
    COMPOSE,
    DELIVER,
    DRAW_LEDGER,
    MIX,
    WRITE_PREVIEW,
    WRITE_RECORD,
    WRITE_TAKE,
    DeliverSettings,
    MixRequest,
    PreviewRequest,
    TakeRequest,
    load_notes,
    load_observations,
)
from model.score.titles import ScoreTitles
from model.scoring.compose import CueRequest, chosen_cues, cues_not_written, request_cue
from model.scoring.language_files import LANGUAGE, read_language
from model.scoring.language_files import PICTURE as LEDGER
from model.scoring.record import CueChoice, MixRecord, ScoredCue, empty_record
from model.spotting.check import check_notes
from model.steps.runner import StepCall, StepRunner
from model.steps.step import Inputs, Step, StepArtefact, StoredFile


@dataclass(frozen=True, slots=True)
class ScorePlan:
    """What is to be composed, in the order of the reel, and what a person should know of what will be left out."""

    requests: tuple[CueRequest, ...]
    cautions: tuple[str, ...]


def plan_score(files: Inputs, choice: CueChoice, show: str, ids: Sequence[str] = ()) -> ScorePlan:
    """Plan the cues of these ids, or all that music is written for; ``show`` is the title on pages and in file names.

    Raises CueInvalid for notes no music can be written to and for ids of cues that it is not written for.
    """
    notes, observations = load_notes(files["notes"]), load_observations(files["observations"])
    language = read_language(files["language"].path)
    titles = ScoreTitles(show, notes.settings.picture_version)
    cautions = (*check_notes(notes), *(() if ids else cues_not_written(notes)), *language.cautions)
    requests = (request_cue(cue, notes, observations, language, choice, titles) for cue in chosen_cues(notes, ids))
    return ScorePlan(tuple(requests), cautions)


def compose_cues(
    runner: StepRunner, requests: Sequence[CueRequest], on_kept: Callable[[StepArtefact], None] | None = None
) -> list[StepArtefact]:
    """Compose cues that are not there yet, several at once, and return all in the order of ``requests``.

    ``on_kept`` is told about each that was written now. What is broken off goes on after the last cue that was kept.
    """
    longest_first = sorted(requests, key=lambda request: -request.cue.span.frames)  # so that nobody waits for one
    calls = [StepCall(request.cue.number, {}, request) for request in longest_first]
    made = runner.run_all(COMPOSE, calls, on_kept)
    return [made[request.cue.number] for request in requests]


def mix_cues(
    runner: StepRunner, cues: Sequence[ScoredCue], files: Inputs, show: str, *, print_sound: bool = True
) -> StepArtefact:
    """Mix cues under the film's own sound."""
    names = ["notes", "observations", *["sound"] * ("sound" in files), *(cue.files["mix"] for cue in cues)]
    return runner.run(MIX, {name: files[name] for name in names}, MixRequest(tuple(cues), show, print_sound))


def preview_cues(runner: StepRunner, cues: Sequence[ScoredCue], files: Inputs, mixed: StepArtefact) -> StepArtefact:
    """Make the film with the temp score."""
    inputs = {name: files[name] for name in ("notes", "picture", *(cue.files["sketch"] for cue in cues))}
    inputs["mix"] = mixed.files[mix_record(mixed).file]
    return runner.run(WRITE_PREVIEW, inputs, PreviewRequest(tuple(cues)))


def write_takes(
    runner: StepRunner, cues: Sequence[ScoredCue], files: Inputs, mixed: StepArtefact
) -> list[StepArtefact]:
    """Make of each cue what the review room plays and draws."""
    mix = mix_record(mixed)
    common = {"notes": files["notes"], mix.duck: mixed.files[mix.duck]}
    calls = [
        StepCall(cue.number, {**common, **{name: files[name] for name in cue.paths}}, TakeRequest(cue, mix))
        for cue in cues
    ]
    return list(runner.run_all(WRITE_TAKE, calls).values())


class DeliveryPart(StrEnum):
    """What a delivery may hold."""

    NOTES = "notes"
    SCORE = "score"
    MIX = "mix"
    STEMS = "stems"
    PREVIEW = "preview"


@dataclass(frozen=True, slots=True)
class Delivery:
    """What is put together for somebody outside: which parts, of which cues, under which title."""

    parts: frozenset[DeliveryPart]
    cues: tuple[ScoredCue, ...]
    show: str
    files: Inputs

    @property
    def steps(self) -> tuple[Step[Any], ...]:
        """The steps that make it, in order."""
        is_mixed = bool(self.cues) and bool(self.parts & {DeliveryPart.MIX, DeliveryPart.PREVIEW})
        wanted: dict[Step[Any], bool] = {
            DELIVER: DeliveryPart.NOTES in self.parts,
            DRAW_LEDGER: DeliveryPart.SCORE in self.parts and "language" in self.files,
            MIX: is_mixed,
            WRITE_PREVIEW: is_mixed and DeliveryPart.PREVIEW in self.parts,
            WRITE_RECORD: is_mixed,
        }
        return tuple(step for step, is_wanted in wanted.items() if is_wanted)


def make_delivery(runner: StepRunner, delivery: Delivery) -> dict[str, StoredFile]:
    """Make what a delivery holds and does not exist yet; return all its files by their path in it."""
    steps, files, cues = delivery.steps, delivery.files, delivery.cues
    reel = {name: files[name] for name in ("notes", "observations")}
    found: dict[str, StoredFile] = {}
    if DELIVER in steps:
        found |= _below("notes", runner.run(DELIVER, reel, DeliverSettings()).files)
    for cue in cues:
        found |= _below("score", {name: files[name] for name in cue.paths if _part_of(name) in delivery.parts})
    record = empty_record(load_notes(files["notes"]), delivery.show)
    record = replace(record, cues=cues)
    if DRAW_LEDGER in steps:
        ledger = runner.run(DRAW_LEDGER, {"notes": files["notes"], "language": files["language"]}, None)
        found |= _below("score", {LANGUAGE: files["language"], **ledger.files})
        record = replace(record, language=LANGUAGE, ledger=LEDGER)
    if MIX in steps:
        mixed = mix_cues(runner, cues, files, delivery.show)
        mix = mix_record(mixed)
        record = replace(record, mix=mix, cautions=tuple(mixed.facts["cautions"]))
        is_wanted = {mix.file: DeliveryPart.MIX in delivery.parts}
        found |= _below("score", {name: file for name, file in mixed.files.items() if is_wanted.get(name, True)})
        if WRITE_PREVIEW in steps:
            made = preview_cues(runner, cues, files, mixed)
            record = replace(record, preview=made.facts["preview"])
            found |= _below("score", made.files)
        found |= _below("score", runner.run(WRITE_RECORD, {}, record).files)
    return found


def _part_of(path: str) -> DeliveryPart:
    """Tell which part of a delivery a file of a cue's folder belongs to: sound to the stems, all else to the score."""
    return DeliveryPart.STEMS if path.endswith(".wav") else DeliveryPart.SCORE


def _below(folder: str, files: Inputs) -> dict[str, StoredFile]:
    return {f"{folder}/{name}": file for name, file in files.items()}


def scored_cue(composed: StepArtefact) -> ScoredCue:
    """Read the record of a cue off what ``compose`` has made."""
    return from_plain(ScoredCue, composed.facts["cue"])


def mix_record(mixed: StepArtefact) -> MixRecord:
    """Read the figures of a mix off what ``mix`` has made."""
    return from_plain(MixRecord, mixed.facts["mix"])
