"""Spotting: the judgement. Observations go in, spotting notes come out."""

from model.spotting.draft import spot

__all__ = ["spot"]
