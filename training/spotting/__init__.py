"""The tables of spotting."""
