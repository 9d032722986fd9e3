"""Timing: bars, meters and tempi under the picture's hits."""
