"""Sketch: the notes of one cue, written to its bars: planned, voiced by net or rule, and given to the players."""
