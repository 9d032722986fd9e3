"""One cue from its place in the notes to its sound: fit -> sketch -> engrave -> perform."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from model.motifs.language import Language
from model.observe.observations import Observations
from model.progress import Progress, silent
from model.render.stems import perform
from model.score.engrave import engrave
from model.score.piano_roll import piano_roll
from model.score.titles import ScoreTitles
from model.scoring.folder import Piece
from model.scoring.record import CueChoice
from model.sketch.plan.mood import CueMood, observed_mood
from model.sketch.write import sketch
from model.spotting.check import hits_of
from model.spotting.notes import Cue, Hit, SpottingNotes
from model.timing.fit import fit, settings_for
from model.timing.landing import Fits, FitSettings

AROUND = 0.04  # a tempo that a person names may still bend by so much to reach a hit


def compose(
    cue: Cue,
    notes: SpottingNotes,
    language: Language,
    choice: CueChoice,
    titles: ScoreTitles,
    mood: CueMood | None = None,
    progress: Progress = silent,
) -> Piece:
    """Write, engrave and play one cue; nothing outside it is looked at but the film's dialogue.

    Raises CueInvalid, TempoInvalid, ThemeInvalid, InstrumentUnknown or AssetMissing.
    """
    base = notes.reel.timebase
    hits = hits_of(notes, cue)
    fits = lay(cue, hits, notes, choice)
    spoken = with_palette(language, cue, choice)
    music = sketch(cue, fits.best, spoken, base, notes.dialogue, mood, choice.settings, hits)
    progress("compose", 0, 0)
    score = engrave(music, base, titles, {theme.id: theme.label for theme in language.themes})
    progress("compose", 0, 0)
    stems = perform(music, base, progress=heard_as("compose", 0, 0, progress))
    return Piece(cue, choice, fits, music, score, stems, piano_roll(music, base))


def heard_as(named: str, at: int, of: int, progress: Progress) -> Progress:
    """Let the steps inside a stage be heard as that stage, ``at`` ``of`` so many, so that a stop is quick."""

    def say(stage: str, done: int, total: int) -> None:
        del stage, done, total
        progress(named, at, of)

    return say


def lay(cue: Cue, hits: Sequence[Hit], notes: SpottingNotes, choice: CueChoice) -> Fits:
    """Lay the bars under a cue, at the tempo the person chose if they did."""
    settings: FitSettings = settings_for(cue)
    if choice.bpm is not None:
        near = (round(choice.bpm * (1 - AROUND) * 2) / 2, round(choice.bpm * (1 + AROUND) * 2) / 2)
        settings = replace(settings, bpm=near, target=choice.bpm)
    return fit(cue, hits, notes.reel.timebase, settings)


def with_palette(language: Language, cue: Cue, choice: CueChoice) -> Language:
    """Let the palette chosen for this cue stand instead of the language's."""
    if choice.palette is None:
        return language
    return replace(language, cue_palettes={**language.cue_palettes, cue.id: choice.palette})


def mood_of(observations: Observations | None, cue: Cue) -> CueMood | None:
    """Read the mood of a cue off what was observed, if anything was."""
    if observations is None:
        return None
    return observed_mood(observations.affect, cue, observations.reel.timebase)
