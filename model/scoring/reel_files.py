"""What belongs to the reel as a whole: the temp mix under the film's sound, its automation, and the preview film."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from model.files import safe_stem, write_atomically
from model.media.reel import ReelInfo
from model.observe.observations import Observations
from model.progress import Progress, silent
from model.render.bwf import Label, write_bwf
from model.render.bwf_read import read_bwf
from model.render.engine import BLOCK, RATE, Floats
from model.render.film import preview
from model.render.mix import Mix, mix
from model.render.overlay import Guide
from model.render.source import FilmSource
from model.render.stems import Stems
from model.scoring.record import MixRecord, ScoredCue, ScoreRecord
from model.sketch.sketch_types import Sketch
from model.sketch.write import load
from model.spotting.notes import SpottingNotes
from model.time import Frame, Timebase
from model.timing.landing import Fit
from model.timing.sync import sync

DUCK = "duck.csv"


@dataclass(frozen=True, slots=True)
class Played:
    """A cue's sketch and its sound: one track, the mix."""

    sketch: Sketch
    stems: Stems


def read_cues(record: ScoreRecord, notes: SpottingNotes, out: Path) -> list[Played]:
    """Read every cue of the record back from its folder: its sketch, and its mix as it was printed."""
    return [_read_cue(cue, notes.reel.timebase, out) for cue in record.cues]


def _read_cue(cue: ScoredCue, base: Timebase, out: Path) -> Played:
    sketch = load((out / cue.files["sketch"]).read_bytes())
    sound, first = read_bwf(out / cue.files["mix"])
    stems = Stems(
        cue=cue.cue,
        number=cue.number,
        title=cue.title,
        timebase=base,
        start=base.nearest(Fraction(first, RATE) - base.start / base.rate),
        cue_in=cue.span.start,
        out=cue.span.end,
        samples=len(sound),
        tracks={"mix": sound},
        gain_db=0.0,
        integrated_lufs=cue.loudness_lufs,
        true_peak_dbtp=cue.true_peak_dbtp,
    )
    return Played(sketch, stems)


def mix_reel(
    film: FilmSource,
    cues: Sequence[Played],
    notes: SpottingNotes,
    observations: Observations,
    progress: Progress = silent,
) -> Mix:
    """Mix the cues under the film's own sound; raises what opening the film raises."""
    base = notes.reel.timebase
    end_s = observations.clock.end_s
    info: ReelInfo = observations.reel
    lines = [(float(base.seconds(d.span.start)), float(base.seconds(d.span.end))) for d in notes.dialogue]
    existing = [(s.start_s, s.end_s) for s in observations.music.stretches] if observations.music else []
    stems = [cue.stems for cue in cues]
    sound = film.sound(info, end_s)
    return mix(stems, sound, round(end_s * RATE), lines, existing=existing, progress=progress)


def write_mix(mixed: Mix, record: ScoreRecord, notes: SpottingNotes, out: Path) -> ScoreRecord:
    """Write the temp mix of the reel and the duck that makes room for the voice."""
    base = notes.reel.timebase
    name = f"{safe_stem(notes.reel.name)}_TEMPMIX.wav"
    label = Label(
        project=record.show,
        scene="reel",
        take="v01",
        name="TEMPMIX",
        description=f"{notes.reel.name}: temp mix, from {base.timecode(Frame(0))}",
        loudness=(mixed.integrated_lufs, mixed.true_peak_dbtp, mixed.integrated_lufs),
    )
    start = _on_a_sample(base)
    first = round(base.seconds(start) * RATE)
    write_bwf(out / name, _blocks(mixed, first), mixed.samples - first, base, start, label)
    figures = write_levels(mixed, notes, out, name)
    return replace(record, mix=figures, cautions=tuple(dict.fromkeys((*record.cautions, *mixed.cautions))))


def write_levels(mixed: Mix, notes: SpottingNotes, out: Path, name: str = "") -> MixRecord:
    """Write the duck of a mix and return its figures; ``name`` is the file the mix was written to, if it was."""
    write_atomically(out / DUCK, mixed.music_duck.csv(notes.reel.timebase).encode())
    return MixRecord(
        name,
        DUCK,
        round(mixed.integrated_lufs, 2),
        round(mixed.true_peak_dbtp, 2),
        round(mixed.dialogue_lufs, 2),
        tuple(round(lu, 2) for lu in mixed.below_speech_lu),
        round(mixed.film_gain_db, 2),
        round(mixed.music_gain_db, 2),
        tuple((round(at, 3), round(level, 2)) for at, level in mixed.film_duck.points),
    )


def _on_a_sample(base: Timebase) -> Frame:
    """Last frame not after the reel's first that is a whole number of samples from midnight."""
    every = (RATE / base.rate).denominator
    return Frame(base.start // every * every - base.start)


def _blocks(mixed: Mix, first: int) -> Iterator[Floats]:
    for start in range(first, mixed.samples, BLOCK):
        yield mixed.master(start, min(start + BLOCK, mixed.samples))


def write_preview(
    film: FilmSource,
    mixed: Mix,
    cues: Sequence[Played],
    record: ScoreRecord,
    notes: SpottingNotes,
    out: Path,
    progress: Progress = silent,
) -> ScoreRecord:
    """Write the film with the temp mix, timecode, cue, bar and beat, streamers and punches."""
    name = f"{safe_stem(notes.reel.name)}_preview.mp4"
    guides = [_guide(cue.sketch, notes.reel.timebase) for cue in cues]
    preview(film.picture, notes.reel, mixed, guides, out / name, progress=progress)
    return replace(record, preview=name)


def _guide(sketch: Sketch, base: Timebase) -> Guide:
    fitted = Fit(sketch.tempo_map, sketch.landings, captured=0.0, changes=0, largest_step=0.0, odd_bars=0)
    return Guide.of(sketch, sync(fitted, sketch.out, base))
