"""Write the sketch of a cue: plan it, write the free voices, orchestrate them.

The seed of a cue follows from the settings' seed and the cue's id alone, so that one cue can be written again without
changing the others, and the same settings give the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version

from model.documents import decode, encode
from model.motifs.language import Language
from model.sketch.orchestra.orchestrate import orchestrate, palette_of
from model.sketch.plan.mood import CueMood
from model.sketch.plan.plan import Plan, plan
from model.sketch.rules.slots import make_slot_plan
from model.sketch.settings import SketchSettings
from model.sketch.sketch_types import Sketch
from model.sketch.voices import write_voices
from model.spotting.notes import Cue, DialogueLine, Hit
from model.time import Timebase
from model.timing.landing import Fit


def sketch(
    cue: Cue,
    fit: Fit,
    language: Language,
    timebase: Timebase,
    dialogue: Sequence[DialogueLine] = (),
    mood: CueMood | None = None,
    settings: SketchSettings | None = None,
    hits: Sequence[Hit] = (),
) -> Sketch:
    """Write one cue.

    Parameters
    ----------
    fit: its bars and where its hits land (``model.timing``)
    dialogue: the reel's lines, to keep out of their way
    mood: the mood observed over the cue (``model.sketch.plan.mood.observed_mood``); None takes it from the notes alone
    hits: the reel's hits, for the treatment of each; without them it follows from the width of its window

    Raises CueInvalid for a cue no music can be written for, ThemeInvalid for an unknown transform,
    InstrumentUnknown for a palette with an unknown instrument, SettingInvalid for impossible settings.
    """
    chosen = settings or SketchSettings()
    planned = plan(cue, fit, language, mood, dialogue, timebase, chosen, hits)
    slot_plan = make_slot_plan(planned)
    voices = write_voices(slot_plan, language.themes, chosen)
    orchestration = orchestrate(slot_plan, voices.notes, palette_of(language, cue.id), language)
    return Sketch(
        cue=cue.id,
        number=cue.number,
        title=cue.title,
        cue_in=cue.span.start,
        out=cue.span.end,
        tempo_map=fit.tempo_map,
        landings=fit.landings,
        bars=planned.bars,
        chords=planned.chords,
        notes=voices.notes,
        parts=orchestration.parts,
        statements=planned.statements,
        settings=chosen,
        engine=voices.engine,
        scores={**voices.scores, "unplayed": float(orchestration.unplayed)},
        cautions=_cautions(planned, voices.cautions, orchestration.unplayed),
        cuelight=_version(),
    )


def dump(document: Sketch) -> bytes:
    """Write a sketch as JSON; the same sketch gives the same bytes."""
    return encode(document)


def load(data: bytes) -> Sketch:
    """Read what :func:`dump` wrote; raises NotesInvalid with the path of the first member that does not fit."""
    return decode(Sketch, data)


def _cautions(planned: Plan, of_voices: tuple[str, ...], unplayed: int) -> tuple[str, ...]:
    found = [*planned.cautions, *of_voices]
    if len(planned.grid) <= 1:
        found.append("The cue is no longer than a bar: it is one gesture, without a theme.")
    if unplayed:
        found.append(f"{unplayed} notes of the short score suit nobody in the palette and are not in the parts.")
    return tuple(found)


def _version() -> str:
    try:
        return version("cuelight")
    except PackageNotFoundError:
        return ""
