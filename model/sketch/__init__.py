"""Sketch: every note of a cue, by role and by instrument."""
