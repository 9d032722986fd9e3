"""Score: sketches as MIDI, MusicXML and pages."""

from model.score.engrave import Score, ThemePage, engrave, engrave_theme
from model.score.midi import write_midi
from model.score.musicxml import write_musicxml, write_parts
from model.score.piano_roll import piano_roll
from model.score.short_score import write_short_score
from model.score.titles import ScoreTitles

__all__ = [
    "Score",
    "ScoreTitles",
    "ThemePage",
    "engrave",
    "engrave_theme",
    "piano_roll",
    "write_midi",
    "write_musicxml",
    "write_parts",
    "write_short_score",
]
