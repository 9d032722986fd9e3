"""Score: sketches as MIDI, MusicXML and pages."""

from model.score.midi import write_midi
from model.score.musicxml import write_musicxml, write_parts
from model.score.titles import ScoreTitles

__all__ = ["ScoreTitles", "write_midi", "write_musicxml", "write_parts"]
