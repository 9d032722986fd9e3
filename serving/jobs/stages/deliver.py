"""``deliver``: one archive with what people take away from the room: documents, scores, stems, mix, preview."""

from __future__ import annotations

from pathlib import Path

from model.cue_steps import Delivery, DeliveryPart, make_delivery
from model.documents import from_plain
from model.errors import StateConflict
from model.files import safe_stem
from model.pipeline import ARCHIVE_FILE, PACK_ARCHIVE, ArchiveSettings, load_notes
from model.scoring.record import ScoredCue, current_cues
from model.steps.step import StoredFile
from serving.jobs.stages.score import FOLDER
from serving.jobs.work import JobAttempt, describe_blob
from serving.store.tables import Record


def run(attempt: JobAttempt) -> Record:
    """Make what is asked for and does not exist yet, and put it all into one archive."""
    parts = frozenset(DeliveryPart(part) for part in attempt.task.params.get("what") or DeliveryPart)
    files = attempt.require_inputs("notes", "observations") | attempt.inputs("language", "picture", "sound")
    taken = [from_plain(ScoredCue, take["scored"]) for take in attempt.task.takes]
    cues, cautions = current_cues(taken, load_notes(files["notes"]))
    if not cues and DeliveryPart.NOTES not in parts:
        raise StateConflict("No take of these cues has been accepted.", hint="Accept one in the room first.")
    files |= _cue_files(attempt, cues)
    delivery = Delivery(parts, tuple(cues), Path(attempt.task.reel["name"]).stem, files)
    attempt.plan(*delivery.steps, PACK_ARCHIVE)
    content = make_delivery(attempt.runner, delivery)
    name = "_".join(map(safe_stem, (delivery.show, attempt.task.reel["cut"], f"r{attempt.task.params['revision']}")))
    archive = attempt.runner.run(PACK_ARCHIVE, content, ArchiveSettings(name)).files[ARCHIVE_FILE]
    file = {**describe_blob(ARCHIVE_FILE, archive), "name": f"{name}.zip"}
    return {"file": file, "content": sorted(content), "cautions": cautions}


def _cue_files(attempt: JobAttempt, cues: list[ScoredCue]) -> dict[str, StoredFile]:
    """Find the files of each take's cue, under the paths in its record."""
    takes = {take["cue"]: take["files"] for take in attempt.task.takes}
    return {
        f"{cue.folder}/{name.removeprefix(FOLDER)}": attempt.find_file(file["sha256"])
        for cue in cues
        for name, file in takes[cue.cue].items()
        if name.startswith(FOLDER)
    }
