"""What belongs to the reel as a whole: the temp mix under the film's sound, its automation, and the preview film."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from model.files import safe_stem, write_atomically
from model.observe.observations import Observations
from model.progress import Progress, ignore_progress
from model.render.bwf import Label, write_bwf
from model.render.bwf_read import read_bwf
from model.render.engine import BLOCK, RATE, Floats
from model.render.film import preview
from model.render.film_sound import FilmSound, has_split_tracks
from model.render.flac import read_flac
from model.render.mix import Mix, mix
from model.render.overlay import Guide
from model.render.stems import Stems
from model.scoring.record import MixRecord, ScoredCue
from model.sketch.sketch_types import Sketch
from model.spotting.notes import SpottingNotes
from model.time import Frame, Timebase
from model.timing.landing import Fit
from model.timing.sync import sync

DUCK = "duck.csv"


@dataclass(frozen=True, slots=True)
class PrintedMix:
    """The temp mix of a reel as it was written: float32 [n, 2] at 48 kHz, ``before`` samples of it before the reel."""

    sound: Floats
    before: int

    @property
    def samples(self) -> int:
        """Length from the reel's first frame."""
        return len(self.sound) - self.before

    def master(self, start: int, stop: int) -> Floats:
        """Return the master from sample ``start`` to ``stop`` of the reel: float32 [n, 2]."""
        return self.sound[start + self.before : stop + self.before]


def read_mix(path: Path, timebase: Timebase) -> PrintedMix:
    """Read a temp mix back; raises NotesInvalid for a damaged file."""
    sound, reference = read_bwf(path)
    return PrintedMix(sound, -round(timebase.seconds(_frame_of(reference, timebase)) * RATE))


def read_stems(cue: ScoredCue, path: Path, timebase: Timebase) -> Stems:
    """Read the sound of a cue back from its mix as it was printed, as one track; raises NotesInvalid."""
    sound, reference = read_bwf(path)
    return Stems(
        cue=cue.cue,
        number=cue.number,
        title=cue.title,
        timebase=timebase,
        start=_frame_of(reference, timebase),
        cue_in=cue.span.start,
        out=cue.span.end,
        samples=len(sound),
        tracks={"mix": sound},
        gain_db=0.0,
        integrated_lufs=cue.loudness_lufs,
        true_peak_dbtp=cue.true_peak_dbtp,
    )


def _frame_of(reference: int, base: Timebase) -> Frame:
    """Return the frame of the reel at a sample counted from timecode 00:00:00:00."""
    return base.nearest(Fraction(reference, RATE) - base.start / base.rate)


def mix_reel(
    sound: Path | None,
    stems: Sequence[Stems],
    notes: SpottingNotes,
    observations: Observations,
    progress: Progress = ignore_progress,
) -> Mix:
    """Mix the cues under the film's own sound (``sound.flac`` as prepared; None for a silent film).

    Raises NotesInvalid if that file is damaged, DiskFull without room to unpack it.
    """
    base = notes.reel.timebase
    end_s = observations.clock.end_s
    lines = [(float(base.seconds(d.span.start)), float(base.seconds(d.span.end))) for d in notes.dialogue]
    existing = [(s.start_s, s.end_s) for s in observations.music.stretches] if observations.music else []
    samples = round(end_s * RATE)
    film = FilmSound(read_flac(sound, samples), has_split_tracks(observations.reel)) if sound else None
    return mix(stems, film, samples, lines, existing=existing, progress=progress)


def write_mix(mixed: Mix, notes: SpottingNotes, show: str, out: Path) -> MixRecord:
    """Write the temp mix of the reel and the duck that makes room for the voice."""
    base = notes.reel.timebase
    name = f"{safe_stem(notes.reel.name)}_TEMPMIX.wav"
    label = Label(
        project=show,
        scene="reel",
        take="v01",
        name="TEMPMIX",
        description=f"{notes.reel.name}: temp mix, from {base.timecode(Frame(0))}",
        loudness=(mixed.integrated_lufs, mixed.true_peak_dbtp, mixed.integrated_lufs),
    )
    start = _on_a_sample(base)
    first = round(base.seconds(start) * RATE)
    write_bwf(out / name, _blocks(mixed, first), mixed.samples - first, base, start, label)
    return write_levels(mixed, notes, out, name)


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
    picture: Path,
    mixed: PrintedMix,
    sketches: Sequence[Sketch],
    notes: SpottingNotes,
    out: Path,
    progress: Progress = ignore_progress,
) -> str:
    """Write the film with the temp mix, timecode, cue, bar and beat, streamers and punches; return its name."""
    name = f"{safe_stem(notes.reel.name)}_preview.mp4"
    guides = [_guide(sketch, notes.reel.timebase) for sketch in sketches]
    preview(picture, notes.reel, mixed, guides, out / name, progress=progress)
    return name


def _guide(sketch: Sketch, base: Timebase) -> Guide:
    fitted = Fit(sketch.tempo_map, sketch.landings, captured=0.0, changes=0, largest_step=0.0, odd_bars=0)
    return Guide.of(sketch, sync(fitted, sketch.out, base))
