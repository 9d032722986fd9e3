"""Themes to approve: each as a page of music and as a short demo in several moods."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from model.files import safe_stem, write_all
from model.motifs.language import Language, PlannedStatement, Theme
from model.progress import Progress, ignore_progress
from model.render.bwf import Label, write_bwf
from model.render.bwf_read import read_bwf
from model.render.flac import write_flac
from model.render.stems import perform
from model.score.engrave import engrave_theme
from model.sketch.settings import SketchSettings
from model.sketch.write import sketch
from model.spotting.notes import Cue, InType, OutType, Palette, Usage
from model.time import Frame, Span, Timebase
from model.timing.fit import fit
from model.timing.landing import FitSettings

RATE = Fraction(25)  # a demo has no picture; at this rate every frame is a whole number of samples
ROUNDS = 2  # times the theme is heard, and as long again around it


@dataclass(frozen=True, slots=True)
class Mood:
    """A light to show a theme in: words for the players, its pace against the theme's own, what becomes of it."""

    name: str
    tone: tuple[str, ...]
    pace: float
    intensity: float
    transform: tuple[str, ...] = ()


MOODS = (
    Mood("as itself", (), 1.0, 2.5),
    Mood("tender", ("tender", "warm"), 0.8, 1.5, ("octave:1",)),
    Mood("under threat", ("ominous", "tense"), 1.1, 3.5, ("mode:phrygian",)),
)


def write_demos(
    language: Language, out: Path, progress: Progress = ignore_progress, *, flac: bool = False
) -> list[Path]:
    """Write each theme's page and demos into ``out``; the sound as broadcast wave, or as FLAC of 16 bit.

    Raises AssetMissing without the soundfont, OutputUnwritable or DiskFull.
    """
    files: list[Path] = []
    for done, theme in enumerate(language.themes):
        progress("play the themes", done, len(language.themes))
        page = engrave_theme(theme)
        stem = safe_stem(theme.id)
        files += write_all(
            out, {f"{stem}.musicxml": page.musicxml, f"{stem}.svg": page.svg.encode(), f"{stem}.pdf": page.pdf}
        )
        files += _sounds(theme, language, out / stem, flac=flac)
    progress("play the themes", len(language.themes), len(language.themes))
    return files


def _sounds(theme: Theme, language: Language, stem: Path, *, flac: bool) -> Iterator[Path]:
    base = Timebase.from_label(RATE, "00:00:10:00")
    for mood in MOODS:
        cue = demo_cue(theme, mood)
        settings = FitSettings(bpm=(theme.bpm * mood.pace * 0.97, theme.bpm * mood.pace * 1.03))
        fits = fit(cue, (), base, settings)
        spoken = replace(language, ledger=_entries(theme, mood))
        music = sketch(cue, fits.best, spoken, base, settings=SketchSettings(seed=theme.seed))
        stems = perform(music, base)
        label = Label("Themes", theme.id, "v01", "MIX", f"{theme.label}, {mood.name}")
        path = stem.with_name(f"{stem.name}_{safe_stem(mood.name).replace(' ', '_')}.wav")
        write_bwf(path, stems.blocks(), stems.samples, base, stems.start, label)
        yield _as_flac(path) if flac else path


def _as_flac(path: Path) -> Path:
    """Replace a broadcast wave file by what a browser plays."""
    sound, _ = read_bwf(path)
    target = path.with_suffix(".flac")
    write_flac(target, [sound], 16)
    path.unlink()
    return target


def demo_cue(theme: Theme, mood: Mood) -> Cue:
    """Invent a cue of the theme's own length, in a mood."""
    beats = theme.beats * 2 * ROUNDS
    frames = int(beats * 60 / Fraction(theme.bpm * mood.pace).limit_denominator(100) * RATE)
    return Cue(
        id=f"demo-{theme.id}-{safe_stem(mood.name)}",
        number="demo",
        title=f"{theme.label}, {mood.name}",
        span=Span(Frame(0), Frame(frames)),
        usage=Usage.SCORE,
        in_type=InType.EASE_IN,
        out_type=OutType.RING_OUT,
        tail=0,
        instruction="",
        scene="",
        function="",
        tone=mood.tone,
        not_tone=(),
        intensity=mood.intensity,
        tempo_bpm=(theme.bpm * mood.pace, theme.bpm * mood.pace),
        palette=Palette(()),
        dialogue_density=0.0,
        confidence=1.0,
        why=(),
        alternatives=(),
    )


def _entries(theme: Theme, mood: Mood) -> tuple[PlannedStatement, ...]:
    cue = demo_cue(theme, mood).id
    first = PlannedStatement(cue, theme.id, 0.0, "statement", mood.transform)
    return (first, replace(first, at=0.5, form="variation", transform=(*mood.transform, "ornament:3")))
