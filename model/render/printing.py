"""Printing a cue: its stems and its mix as broadcast wave files under the cue's timecode."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from model.files import write_whole
from model.render.bwf import Label, write_bwf
from model.render.engine import BLOCK, Floats
from model.render.files import CODES, stem_name
from model.render.loudness import LoudnessMeter
from model.render.mix import Mix
from model.render.stems import Stems


@dataclass(frozen=True, slots=True)
class Printed:
    """Where the files of a cue lie: the mix, and each family's stem."""

    mix: Path
    stems: dict[str, Path]


def print_stems(stems: Stems, folder: Path, project: str, version: int = 1) -> Printed:
    """Write every stem and the mix of a cue into ``folder``; same start, same length.

    Raises OutputUnwritable or DiskFull.
    """
    printed = {
        family: write_part(stems, folder, project, version, family, partial(_cut, track))
        for family, track in stems.tracks.items()
    }
    return Printed(write_part(stems, folder, project, version, "mix", stems.blocks), printed)


def print_temp_mix(mixed: Mix, stems: Stems, folder: Path, project: str, version: int = 1) -> list[Path]:
    """Write what is heard around a cue, film and ducked music, and the duck as a table (CSV) beside it.

    The file begins and ends with the cue's stems. Raises OutputUnwritable or DiskFull.
    """

    def blocks() -> Iterator[Floats]:
        first, last = stems.reel_sample, stems.reel_sample + stems.samples
        for start in range(first, last, BLOCK):
            yield mixed.master(start, min(start + BLOCK, last))

    sound = write_part(stems, folder, project, version, "temp mix", blocks)
    table = sound.with_suffix(".duck.csv")
    with write_whole(table) as temporary:
        temporary.write_text(mixed.music_duck.csv(stems.timebase), encoding="utf-8")
    return [sound, table]


def write_part(
    stems: Stems, folder: Path, project: str, version: int, part: str, blocks: Callable[[], Iterable[Floats]]
) -> Path:
    """Write one part of a cue (a key of ``CODES``) that is as long as its stems.

    ``blocks`` yields its sound, float32 [n, 2], and is asked twice: to be measured, then to be written.
    Raises OutputUnwritable or DiskFull.
    """
    meter = LoudnessMeter()
    for block in blocks():
        meter.push(block)
    label = Label(
        project=project,
        scene=stems.number,
        take=f"v{version:02d}",
        name=CODES[part],
        description=f"{stems.number} {stems.title}: {part}, from {stems.timebase.timecode(stems.start)}",
        loudness=(meter.integrated_lufs, meter.true_peak_dbtp, meter.short_term_lufs),
    )
    path = folder / stem_name(project, stems.number, stems.title, part, stems.timebase.rate, version)
    return write_bwf(path, blocks(), stems.samples, stems.timebase, stems.start, label)


def _cut(track: Floats) -> Iterator[Floats]:
    for start in range(0, len(track), BLOCK):
        yield track[start : start + BLOCK]
