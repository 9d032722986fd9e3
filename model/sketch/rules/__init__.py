"""The free voices of a cue written by rule."""
