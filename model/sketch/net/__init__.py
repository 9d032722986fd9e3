"""The free voices of a cue, written by the sketch net."""
