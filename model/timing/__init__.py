"""Timing: bars, meters and tempi that land a cue's hits."""
