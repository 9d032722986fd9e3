"""Spotting: the judgement. Observations go in, spotting notes come out."""

from model.spotting.spot import spot

__all__ = ["spot"]
