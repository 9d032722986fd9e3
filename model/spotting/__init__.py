"""Spotting: the judgement. Observations go in, spotting notes come out."""
