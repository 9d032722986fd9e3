"""One cue from its place in the notes to its sound: fit -> sketch -> engrave -> perform.

A :class:`CueRequest` holds all that a cue's music depends on, and nothing else: cues know nothing of each other, so
any of them can be composed again alone, in any process, to the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from model.errors import CueInvalid, SettingInvalid
from model.motifs.language import Language
from model.observe.observations import Observations
from model.progress import Progress, ignore_progress, report_as
from model.render.stems import perform
from model.score.engrave import engrave
from model.score.piano_roll import piano_roll
from model.score.titles import ScoreTitles
from model.scoring.folder import CuePiece
from model.scoring.record import CueChoice
from model.sketch.plan.mood import CueMood, observed_mood
from model.sketch.write import sketch
from model.spotting.check import hits_of
from model.spotting.notes import Cue, DialogueLine, Hit, SpottingNotes
from model.time import Timebase
from model.timing.fit import fit, settings_for
from model.timing.landing import Fits, FitSettings

TEMPO_TOLERANCE = 0.04  # a tempo that a person names may still bend by so much to reach a hit


@dataclass(frozen=True, slots=True)
class CueRequest:
    """One cue to compose.

    Attributes
    ----------
    hits: those inside the cue, in order
    dialogue: the lines of the whole reel; the music keeps out of their way
    language: of the reel; the palette chosen for this cue stands in it already
    mood: what was observed over the cue; None reads the notes alone
    """

    cue: Cue
    hits: tuple[Hit, ...]
    timebase: Timebase
    dialogue: tuple[DialogueLine, ...]
    language: Language
    choice: CueChoice
    titles: ScoreTitles
    mood: CueMood | None = None


def request_cue(
    cue: Cue,
    notes: SpottingNotes,
    observations: Observations | None,
    language: Language,
    choice: CueChoice,
    titles: ScoreTitles,
) -> CueRequest:
    """Gather from the notes, the observations and the language what one cue is composed from."""
    if choice.palette is not None:
        language = replace(language, cue_palettes={**language.cue_palettes, cue.id: choice.palette})
    timebase = notes.reel.timebase
    mood = observed_mood(observations.affect, cue, observations.reel.timebase) if observations else None
    return CueRequest(cue, hits_of(notes, cue), timebase, notes.dialogue, language, choice, titles, mood)


def compose(request: CueRequest, progress: Progress = ignore_progress) -> CuePiece:
    """Write, engrave and play one cue.

    Raises CueInvalid, TempoInvalid, ThemeInvalid, InstrumentUnknown or AssetMissing.
    """
    cue, base, choice = request.cue, request.timebase, request.choice
    fits = fit_cue(cue, request.hits, base, choice)
    music = sketch(
        cue, fits.best, request.language, base, request.dialogue, request.mood, choice.settings, request.hits
    )
    progress("compose", 0, 0)
    score = engrave(music, base, request.titles, {theme.id: theme.label for theme in request.language.themes})
    progress("compose", 0, 0)
    stems = perform(music, base, progress=report_as("compose", 0, 0, progress))
    return CuePiece(cue, choice, fits, music, score, stems, piano_roll(music, base))


def fit_cue(cue: Cue, hits: Sequence[Hit], timebase: Timebase, choice: CueChoice) -> Fits:
    """Fit bars to a cue, near the tempo the person chose if they did."""
    settings: FitSettings = settings_for(cue)
    if choice.bpm is not None:
        half_steps = [round(choice.bpm * (1 + bend) * 2) for bend in (-TEMPO_TOLERANCE, TEMPO_TOLERANCE)]
        settings = replace(settings, bpm=(half_steps[0] / 2, half_steps[1] / 2), target=choice.bpm)
    return fit(cue, hits, timebase, settings)


def cue_ids(notes: SpottingNotes, numbers: Sequence[str]) -> tuple[str, ...]:
    """Return the ids of the cues of these numbers; raises SettingInvalid for a number nobody has."""
    ids = {cue.number: cue.id for cue in sorted(notes.cues, key=lambda cue: cue.span.start)}
    for number in numbers:
        if number not in ids:
            message = f"There is no cue {number}."
            raise SettingInvalid(message, hint=f"There are {', '.join(ids) or 'none'}.")
    return tuple(ids[number] for number in numbers)


def chosen_cues(notes: SpottingNotes, ids: Sequence[str] = ()) -> list[Cue]:
    """Return the cues of these ids, or all that music is written for, in the order of the reel.

    Raises CueInvalid for an id nobody has, and for a cue that plays inside the film.
    """
    cues = {cue.id: cue for cue in sorted(notes.cues, key=lambda cue: cue.span.start)}
    for wanted in ids:
        if wanted not in cues:
            message = f"The notes have no cue {wanted!r}."
            raise CueInvalid(message, hint="It may have been removed or merged meanwhile.")
        if not cues[wanted].usage.is_composed:
            message = f"{cues[wanted].number} is {cues[wanted].usage}: no music is written for it."
            raise CueInvalid(message, hint="Make it score first.")
    return [cue for cue in cues.values() if (cue.id in ids if ids else cue.usage.is_composed)]


def cues_not_written(notes: SpottingNotes) -> tuple[str, ...]:
    """Name the cues that no music is written for."""
    return tuple(
        f"{cue.number} is {cue.usage}: nothing was written for it." for cue in notes.cues if not cue.usage.is_composed
    )
