"""The folder of a temp score: one folder a cue, written whole or not at all, and the record that lists it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from model.files import fresh_folder, safe_stem
from model.render.click import write_click
from model.render.files import stem_name
from model.render.printing import print_stems
from model.render.stems import Stems
from model.score.engrave import Score
from model.scoring.record import CueChoice, ScoredCue, summarise_landings
from model.sketch.sketch_types import Sketch
from model.sketch.write import dump
from model.spotting.notes import Cue
from model.time import Timebase
from model.timing.landing import OUT_ID, Fit, Fits, Grade
from model.timing.sync import sync


@dataclass(frozen=True, slots=True)
class CuePiece:
    """One cue composed: everything its folder is made from."""

    cue: Cue
    choice: CueChoice
    fits: Fits
    sketch: Sketch
    score: Score
    stems: Stems
    roll: str


def write_piece(piece: CuePiece, out: Path, show: str, timebase: Timebase) -> ScoredCue:
    """Write the folder of a cue in place of the one before it; raises OutputUnwritable or DiskFull."""
    name = safe_stem(piece.cue.number)
    stem = stem_name(show, piece.cue.number, piece.cue.title, "mix", timebase.rate).split("_MIX_")[0]
    documents = _documents(piece, timebase)
    with fresh_folder(out, name) as folder:
        for ending, data in documents.items():
            (folder / f"{stem}{ending}").write_bytes(data)
        parts = _write_parts(piece.score, folder / "parts", stem)
        printed = print_stems(piece.stems, folder / "stems", show)
        clicks = sync(piece.fits.best, piece.cue.span.end, timebase).clicks
        click = write_click(clicks, piece.stems, folder, show)
        lies = _relative(folder, name)
        files = {kind: f"{name}/{stem}{ending}" for kind, ending in _ENDINGS.items()}
        files |= {"mix": lies(printed.mix), "click": lies(click)}
        stems = {family: lies(path) for family, path in printed.stems.items()}
        return _record_cue(piece, files, stems, {part: lies(path) for part, path in parts.items()})


_ENDINGS = {
    "midi": ".mid",
    "musicxml": ".musicxml",
    "short_score": "_short.musicxml",
    "pdf": ".pdf",
    "roll": "_roll.svg",
    "sketch": ".sketch.json",
    "tempo": "_tempo.csv",
}


def _documents(piece: CuePiece, timebase: Timebase) -> dict[str, bytes]:
    score = piece.score
    contents = {
        "midi": score.midi,
        "musicxml": score.musicxml,
        "short_score": score.short_score,
        "pdf": score.pdf,
        "roll": piece.roll.encode(),
        "sketch": dump(piece.sketch),
        "tempo": tempo_table(piece.fits, timebase).encode(),
    }
    return {_ENDINGS[kind]: data for kind, data in contents.items()}


def _write_parts(score: Score, folder: Path, stem: str) -> dict[str, Path]:
    folder.mkdir()
    written = {}
    for part, data in sorted(score.parts.items()):
        written[part] = folder / f"{stem}_{safe_stem(part)}.musicxml"
        written[part].write_bytes(data)
    return written


def _relative(folder: Path, name: str) -> Callable[[Path], str]:
    return lambda path: f"{name}/{path.relative_to(folder).as_posix()}"


def tempo_table(fits: Fits, timebase: Timebase) -> str:
    """Write the tempo maps one could take as a table: what each costs, and where it lands every hit."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    every = (fits.best, fits.single, *fits.alternatives)
    rows.writerow(["", *(fit.name for fit in every)])
    for what, tell in _COSTS:
        rows.writerow([what, *(tell(fit) for fit in every)])
    for index, landing in enumerate(fits.best.landings):
        aim = landing.aim
        label = f"{timebase.timecode(aim.frame)} {aim.label}".strip()
        rows.writerow([label, *_describe_landings(every, index)])
    return out.getvalue()


_COSTS: tuple[tuple[str, Callable[[Fit], str]], ...] = (
    ("bpm", lambda fit: " ".join(f"{float(t.bpm):g}" for t in fit.tempo_map.tempi)),
    ("bars", lambda fit: str(fit.tempo_map.bars)),
    ("hits", lambda fit: _count(fit, Grade.HIT)),
    ("near", lambda fit: _count(fit, Grade.NEAR)),
    ("missed", lambda fit: _count(fit, Grade.MISS)),
    ("weight captured", lambda fit: f"{fit.captured:.3f}"),
    ("tempo changes", lambda fit: str(fit.changes)),
    ("largest step", lambda fit: f"{fit.largest_step:.1%}"),
    ("odd bars", lambda fit: str(fit.odd_bars)),
)


def _count(fit: Fit, grade: Grade) -> str:
    return str(sum(at.grade is grade for at in fit.landings if at.aim.id != OUT_ID))


def _describe_landings(fits: tuple[Fit, ...], index: int) -> Iterator[str]:
    for fit in fits:
        at = fit.landings[index]
        yield f"{at.frames_off:+.2f} {at.grade} {at.where}".strip() + (f" ({at.reason})" if at.reason else "")


def _record_cue(piece: CuePiece, files: dict[str, str], stems: dict[str, str], parts: dict[str, str]) -> ScoredCue:
    tempi = [float(tempo.bpm) for tempo in piece.sketch.tempo_map.tempi]
    return ScoredCue(
        cue=piece.cue.id,
        number=piece.cue.number,
        title=piece.cue.title,
        span=piece.cue.span,
        choice=piece.choice,
        engine=piece.sketch.engine,
        bpm=(min(tempi), max(tempi)),
        bars=piece.sketch.tempo_map.bars,
        statements=tuple(statement.label for statement in piece.sketch.statements),
        hits=tuple(hit for hit in summarise_landings(piece.sketch) if hit.id != OUT_ID),
        files=files,
        stems=stems,
        parts=parts,
        loudness_lufs=round(piece.stems.integrated_lufs, 2),
        true_peak_dbtp=round(piece.stems.true_peak_dbtp, 2),
        cautions=(*piece.sketch.cautions, *piece.stems.cautions),
    )
