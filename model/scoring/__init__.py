"""Scoring: one cue from its fit to its stems, and the record and folder of a score."""
