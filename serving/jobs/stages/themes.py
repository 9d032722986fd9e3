"""``themes``: the musical language of a reel, and each theme played in several moods, ready for the browser."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from model.documents import decode
from model.motifs.devise import devise
from model.motifs.language import Language
from model.motifs.settings import DeviseSettings
from model.progress import Progress
from model.render.bwf_read import read_bwf
from model.render.flac import write_flac
from model.scoring.demos import write_demos
from model.scoring.language_files import LANGUAGE, write_language
from serving.jobs.stages.material import made_of, notes_of, observations_of
from serving.jobs.work import Made, Work
from serving.store.tables import Record

STAGES = ("themes", "demos")


def run(work: Work) -> Record:
    """Devise the language, then play its themes."""
    work.plan(STAGES)
    devised = work.stage("themes", lambda folder, progress: devised_in(work, folder, progress))
    language = devised.files[LANGUAGE].sha256
    spoken = decode(Language, work.artefacts.read(language))
    demos = work.stage("demos", lambda folder, progress: _played(spoken, folder, progress))
    files = {name: asdict(blob) for name, blob in sorted({**devised.files, **demos.files}.items())}
    return {"language": language, "files": files, "cautions": list(spoken.cautions)}


def devised_in(work: Work, folder: Path, progress: Progress) -> Made:
    """Propose the themes of a reel: the language itself, its ledger as a table and as a picture."""
    progress("themes", 0, 1)
    notes = notes_of(work)
    params = work.task.params
    settings = DeviseSettings(seed=params.get("seed") or 7, most_themes=params.get("most_themes") or 4)
    write_language(devise(notes, observations_of(work), settings), notes, folder)
    return made_of(folder)


def _played(language: Language, folder: Path, progress: Progress) -> Made:
    """Write pages and demos; the sound as FLAC, which every browser plays to the sample."""
    for path in write_demos(language, folder, progress):
        if path.suffix == ".wav":
            sound, _ = read_bwf(path)
            write_flac(path.with_suffix(".flac"), [sound], 16)
            path.unlink()
    return made_of(folder)
