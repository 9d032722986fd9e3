"""``engrave(sketch) -> Score``: a cue as all that a person reads or opens; ``engrave_theme``: a page of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from model.motifs.instruments import INSTRUMENTS
from model.motifs.language import Theme
from model.score.directions import TEMPO, Direction
from model.score.engraver import PageShape, engrave_pages
from model.score.layout import StaffGroup
from model.score.meters import snap
from model.score.midi import write_midi
from model.score.musicxml import write_document, write_musicxml, write_parts
from model.score.notation import Staff, bar_lines
from model.score.pages import PageHead, a4, head, write_pdf
from model.score.short_score import tune_staff, write_short_score
from model.score.spelling import chord_pitches
from model.score.systems import choose_systems
from model.score.titles import ScoreTitles
from model.score.voices import StaffNote
from model.sketch.settings import SketchSettings
from model.sketch.sketch_types import BarPlan, Note, Sketch, VoiceRole
from model.time import Beat, Frame, Timebase
from model.timing.tempo_map import Meter, Tempo, TempoMap

_THEME_SHAPE = PageShape(
    width_mm=182, height_mm=240, staff_mm=6.5, fit_height=True, options={"minLastJustification": 0.3}
)
_ANY_PICTURE = Timebase(Fraction(24))
_LOWEST_CHORD = 48  # MIDI pitch C3: the chords of a theme's page stand above it


@dataclass(frozen=True, slots=True)
class Score:
    """One cue, written.

    Attributes
    ----------
    midi: type 1, with tempo map, meters, markers and SMPTE offset
    musicxml: the full score; ``parts``: each part by its id, both at written pitch
    short_score: MusicXML of the four-stave version; ``pdf`` and ``pages`` (SVG) are its pages
    """

    midi: bytes
    musicxml: bytes
    short_score: bytes
    pdf: bytes
    pages: tuple[str, ...]
    parts: dict[str, bytes] = field(default_factory=dict[str, bytes])


@dataclass(frozen=True, slots=True)
class ThemePage:
    """A theme as a page of music: MusicXML, one SVG, PDF."""

    musicxml: bytes
    svg: str
    pdf: bytes


def engrave(sketch: Sketch, timebase: Timebase, titles: ScoreTitles, themes: Mapping[str, str] | None = None) -> Score:
    """Write a cue as MIDI, MusicXML, parts and pages; same sketch, same bytes.

    Parameters
    ----------
    themes: labels by theme id, for the MIDI markers; without them the statements' own labels

    Raises
    ------
    InstrumentUnknown: a part is for an instrument that is not in the orchestra
    """
    shape = a4()
    breaks = choose_systems(sketch, timebase, bar_lines(sketch), shape.width_mm)
    short = write_short_score(sketch, timebase, titles, breaks)
    laid = engrave_pages(short, shape, breaks="line")
    return Score(
        midi=write_midi(sketch, timebase, themes or {}),
        musicxml=write_musicxml(sketch, timebase, titles),
        short_score=short,
        pdf=write_pdf(laid, head(sketch, timebase, titles, "short score")),
        pages=laid.pages,
        parts=write_parts(sketch, timebase, titles),
    )


def engrave_theme(theme: Theme, titles: ScoreTitles | None = None) -> ThemePage:
    """Write a theme as a lead sheet: its line, its chords, its tempo and what makes it itself."""
    said = titles or ScoreTitles("")
    sketch = _as_sketch(theme)
    line = _theme_line(theme, sketch)
    signs = [Direction(0, 0, TEMPO, "", sketch.tempo_map.tempi[0].bpm)]
    lines = (line, _chord_line(theme)) if theme.chords else (line,)
    musicxml = write_document(sketch, _ANY_PICTURE, said, lines, signs, symbols=line.id)
    laid = engrave_pages(musicxml, _THEME_SHAPE)
    return ThemePage(musicxml, laid.pages[0], write_pdf(laid, _theme_head(theme, said)))


def _theme_line(theme: Theme, sketch: Sketch) -> StaffGroup:
    player = INSTRUMENTS.get(theme.character.instrument)
    notes = tuple(
        StaffNote(snap(n.onset.quarters), max(snap(n.end.quarters), snap(n.onset.quarters) + 1), n.pitch, n.velocity)
        for n in sketch.notes
    )
    name = player.name.split(" in ")[0] if player else "Theme"  # a lead sheet is at sounding pitch
    return StaffGroup("theme", name, player.short if player else "", "", (tune_staff(notes),))


def _chord_line(theme: Theme) -> StaffGroup:
    """Voice the theme's chords closely under middle C, for whoever plays it at the piano."""
    notes: list[StaffNote] = []
    for chord in theme.chords:
        start, end = snap(chord.onset), max(snap(chord.onset + chord.duration), snap(chord.onset) + 1)
        pitches = {_LOWEST_CHORD + (pitch - _LOWEST_CHORD) % 12 for pitch in chord_pitches(chord)}
        notes += [StaffNote(start, end, pitch, 64) for pitch in sorted(pitches)]
    return StaffGroup("chords", "Chords", "", "", (Staff("bass", tuple(notes)),))


def _theme_head(theme: Theme, titles: ScoreTitles) -> PageHead:
    character = theme.character
    words = [w for w in (character.contour, character.rhythm, character.harmony, character.register) if w]
    return PageHead("", theme.label, "theme", "   ".join(words), f"{theme.origin}, seed {theme.seed}", titles)


def _as_sketch(theme: Theme) -> Sketch:
    """Dress a theme as a cue without picture."""
    meter = Meter(0, *theme.meter)
    end = max([theme.beats, *(n.onset + n.duration for n in theme.notes)])
    bars = max(1, -(-end // meter.quarters))
    tempo = Tempo(Beat(Fraction(0)), Fraction(theme.bpm).limit_denominator(100))
    notes = tuple(
        Note(VoiceRole.MELODY, Beat(n.onset), n.duration, n.pitch, round(64 + 40 * (n.accent - 0.5)))
        for n in theme.notes
    )
    return Sketch(
        cue=theme.id,
        number="",
        title=theme.label,
        cue_in=Frame(0),
        out=Frame(0),
        tempo_map=TempoMap(Fraction(0), int(bars), (tempo,), (meter,)),
        landings=(),
        bars=(BarPlan(0, "statement", theme.key, 0.5, 64, 0.5, 0.5, 0.0, 0.0),),
        chords=theme.chords,
        notes=notes,
        parts=(),
        statements=(),
        settings=SketchSettings(seed=theme.seed),
        engine="rules",
    )
