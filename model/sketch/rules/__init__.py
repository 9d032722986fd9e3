"""The free voices of a cue, written by rules."""
