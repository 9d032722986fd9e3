"""Sketch: the notes of one cue, written to its bars: planned, written by net or rules, and orchestrated."""
