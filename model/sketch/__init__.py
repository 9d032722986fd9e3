"""Sketch: the notes of one cue, written to its bars: planned, voiced by net or rule, and given to the players."""

from model.sketch.plan.mood import CueMood, observed_mood, written_mood
from model.sketch.sketch_types import Sketch, SketchSettings
from model.sketch.write import dump, load, sketch

__all__ = ["CueMood", "Sketch", "SketchSettings", "dump", "load", "observed_mood", "sketch", "written_mood"]
